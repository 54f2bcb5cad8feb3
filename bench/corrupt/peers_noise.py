"""Noise and blur. "original" is the published code; the others are what its formulas become for who knows the library."""

import math

import albumentations
import cv2
import numpy as np
import torch
import torch.nn.functional as F
from clips import Clip, frames, scale
from original import original

GAUSS = [0.08, 0.12, 0.18, 0.26, 0.38]
SHOT = [60, 25, 12, 5, 3]
IMPULSE = [0.03, 0.06, 0.09, 0.17, 0.27]
SPECKLE = [0.15, 0.2, 0.35, 0.45, 0.6]
BLUR = [1, 2, 3, 4, 6]
GLASS = [(0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)]
DEFOCUS = [(3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5)]
MOTION = [(10, 3), (15, 5), (15, 8), (15, 12), (20, 15)]
ZOOM = [(1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03)]
rng = np.random.default_rng(1)


def gauss_numpy(clip: Clip, s: int) -> Clip:
    n = rng.standard_normal(clip.shape, np.float32)
    n *= 255 * GAUSS[s - 1]
    n += clip
    return np.clip(n, 0, 255, out=n).astype(np.uint8)


def gauss_torch(clip: Clip, s: int) -> Clip:
    n = torch.randn(clip.shape).mul_(255 * GAUSS[s - 1]).add_(torch.from_numpy(clip))
    return n.clamp_(0, 255).to(torch.uint8).numpy()


def gauss_opencv(clip: Clip, s: int) -> Clip:
    flat, n = clip.reshape(len(clip), -1), np.empty((len(clip), clip[0].size), np.int16)
    cv2.randn(n, 0, 255 * GAUSS[s - 1])
    return cv2.add(flat, n, dtype=cv2.CV_8U).reshape(clip.shape)


def speckle_numpy(clip: Clip, s: int) -> Clip:
    n = rng.standard_normal(clip.shape, np.float32)
    n *= SPECKLE[s - 1]
    n += 1
    n *= clip
    return np.clip(n, 0, 255, out=n).astype(np.uint8)


def speckle_torch(clip: Clip, s: int) -> Clip:
    n = torch.randn(clip.shape).mul_(SPECKLE[s - 1]).add_(1).mul_(torch.from_numpy(clip))
    return n.clamp_(0, 255).to(torch.uint8).numpy()


def speckle_opencv(clip: Clip, s: int) -> Clip:
    flat, n = clip.reshape(len(clip), -1), np.empty((len(clip), clip[0].size), np.float32)
    cv2.randn(n, 1, SPECKLE[s - 1])
    return cv2.multiply(flat, n, dtype=cv2.CV_8U).reshape(clip.shape)


def shot_numpy(clip: Clip, s: int) -> Clip:
    lam = (np.arange(256) / 255 * SHOT[s - 1])[clip]
    n = rng.poisson(lam)
    return np.minimum(np.arange(1000) * 255 // SHOT[s - 1], 255).astype(np.uint8)[n]


def shot_torch(clip: Clip, s: int) -> Clip:
    n = torch.poisson(torch.from_numpy(clip).float().mul_(SHOT[s - 1] / 255))
    return n.mul_(255 / SHOT[s - 1]).clamp_(0, 255).to(torch.uint8).numpy()


def shot_table(clip: Clip, s: int) -> Clip:
    """By a table of 4096 quantiles for each value, made once."""
    if s not in tables:
        q = (np.arange(4096) + 0.5) / 4096
        lam = np.arange(256)[:, None] / 255 * SHOT[s - 1]
        n = np.arange(SHOT[s - 1] + 1)
        logs = np.concatenate([[0], np.cumsum(np.log(np.arange(1, len(n))))])
        with np.errstate(divide="ignore", invalid="ignore"):
            p = np.exp(np.where(n == 0, 0, n * np.log(lam)) - lam - logs)
        cdf = np.cumsum(p, 1)[:, :-1]
        counts = np.stack([np.searchsorted(row, q) for row in cdf])
        tables[s] = (counts * 255 / SHOT[s - 1]).astype(np.uint8).ravel()
    r = rng.integers(0, 4096, clip.shape, np.uint16).astype(np.uint32)
    r += clip.astype(np.uint32) << 12
    return tables[s].take(r)


tables: dict[int, np.ndarray] = {}


def impulse_numpy(clip: Clip, s: int) -> Clip:
    r, out, half = rng.integers(0, 1 << 16, clip.shape, np.uint16), clip.copy(), round(IMPULSE[s - 1] * (1 << 15))
    out[r < half] = 0
    out[r >= (1 << 16) - half] = 255
    return out


def impulse_opencv(clip: Clip, s: int) -> Clip:
    """With saturating arithmetic: noise of 16 bits, whose tails go beyond black and white."""
    flat, half = clip.reshape(len(clip), -1), round(IMPULSE[s - 1] * (1 << 15))
    r = np.empty(flat.shape, np.uint16)
    cv2.randu(r, 0, 1 << 16)
    low, high = cv2.compare(r, half, cv2.CMP_LT), cv2.compare(r, (1 << 16) - half, cv2.CMP_GE)
    return cv2.bitwise_or(cv2.subtract(flat, low), high).reshape(clip.shape)


def impulse_torch(clip: Clip, s: int) -> Clip:
    r, half = torch.rand(clip.shape), IMPULSE[s - 1] / 2
    return torch.from_numpy(clip).masked_fill(r < half, 0).masked_fill_(r >= 1 - half, 255).numpy()


def gaussian(clip: Clip, sigma: float) -> Clip:
    size = 2 * int(4 * sigma + 0.5) + 1
    return frames(lambda _, x, to: cv2.GaussianBlur(x, (size, size), sigma, to, borderType=cv2.BORDER_REPLICATE), clip)


def gaussian_opencv(clip: Clip, s: int) -> Clip:
    return gaussian(clip, BLUR[s - 1] * scale(clip))


def gaussian_torch(clip: Clip, s: int) -> Clip:
    sigma = BLUR[s - 1] * scale(clip)
    r = int(4 * sigma + 0.5)
    k = torch.exp(-(torch.arange(-r, r + 1) ** 2) / (2 * sigma**2))
    k = (k / k.sum()).expand(3, 1, -1)
    x = F.pad(torch.from_numpy(clip).permute(0, 3, 1, 2).float(), (r, r, r, r), mode="replicate")
    x = F.conv2d(F.conv2d(x, k[:, :, None], groups=3), k[..., None], groups=3)
    return x.permute(0, 2, 3, 1).round_().to(torch.uint8).contiguous().numpy()


def cropped(k: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """A filter without its empty margins, and where its middle is then."""
    ys, xs = np.nonzero(k.any(1))[0], np.nonzero(k.any(0))[0]
    part = k[min(ys[0], len(k) // 2) : max(ys[-1], len(k) // 2) + 1, min(xs[0], len(k) // 2) : max(xs[-1], len(k) // 2) + 1]
    return np.ascontiguousarray(part), (len(k) // 2 - min(xs[0], len(k) // 2), len(k) // 2 - min(ys[0], len(k) // 2))


def disk(clip: Clip, s: int) -> np.ndarray:
    radius, smooth = DEFOCUS[s - 1][0] * scale(clip), DEFOCUS[s - 1][1]
    r = 8 if radius <= 8 else math.ceil(radius)
    y, x = np.mgrid[-r : r + 1, -r : r + 1]
    k = (x * x + y * y <= radius * radius).astype(np.float32)
    size = 3 if radius <= 8 else 5
    return cv2.GaussianBlur(k / k.sum(), (size, size), smooth)


def defocus_opencv(clip: Clip, s: int) -> Clip:
    k = disk(clip, s)
    k[k < 1e-6] = 0
    k, anchor = cropped(k)
    return frames(lambda _, x, to: cv2.filter2D(x, -1, k, to, anchor=anchor), clip)


def defocus_torch(clip: Clip, s: int) -> Clip:
    k, _ = cropped(np.where(disk(clip, s) < 1e-6, 0, disk(clip, s)))
    r = len(k) // 2
    x = F.pad(torch.from_numpy(clip).permute(0, 3, 1, 2).float(), (r, r, r, r), mode="reflect")
    x = F.conv2d(x, torch.from_numpy(k).expand(3, 1, -1, -1), groups=3)
    return x.clamp_(0, 255).permute(0, 2, 3, 1).round_().to(torch.uint8).contiguous().numpy()


def line(clip: Clip, s: int) -> np.ndarray:
    (radius, sigma), angle = MOTION[s - 1], math.radians(rng.uniform(-45, 45))
    width = 2 * math.ceil(radius * scale(clip)) + 1
    k = np.zeros((2 * width + 1, 2 * width + 1), np.float32)
    for i in range(width):
        at = math.ceil(i * math.sin(angle) - 0.5), math.ceil(i * math.cos(angle) - 0.5)
        k[width + at[0], width + at[1]] += math.exp(-(i**2) / (2 * (sigma * scale(clip)) ** 2))
    return k / k.sum()


def motion_opencv(clip: Clip, s: int) -> Clip:
    k, anchor = cropped(line(clip, s))
    return frames(lambda _, x, to: cv2.filter2D(x, -1, k, to, anchor=anchor, borderType=cv2.BORDER_REPLICATE), clip)


def motion_shifts(clip: Clip, s: int) -> Clip:
    """Sums of shifted frames."""
    k = line(clip, s)
    half, (_, h, w, _) = len(k) // 2, clip.shape
    taps = [(int(y), int(x), float(k[y, x])) for y, x in zip(*np.nonzero(k))]

    def one(_: int, frame: np.ndarray, to: np.ndarray) -> None:
        x = cv2.copyMakeBorder(frame, half, half, half, half, cv2.BORDER_REPLICATE).astype(np.float32)
        total = np.zeros(frame.shape, np.float32)
        for dy, dx, weight in taps:
            cv2.scaleAdd(x[dy : dy + h, dx : dx + w], weight, total, total)
        cv2.convertScaleAbs(total, to)

    return frames(one, clip)


def boxes(clip: Clip, s: int):
    """For each factor of zoom_blur: the part of a frame, its size enlarged, and what to cut off then."""
    side = clip.shape[1]
    for factor in np.arange(1, *ZOOM[s - 1]):
        crop = math.ceil(side / factor)
        top, size = (side - crop) // 2, round(crop * factor)
        yield slice(top, top + crop), size, slice((size - side) // 2, (size - side) // 2 + side)


def zoom_opencv(clip: Clip, s: int) -> Clip:
    parts = list(boxes(clip, s))

    def one(_: int, frame: np.ndarray, to: np.ndarray) -> None:
        total = frame.astype(np.float32)
        for part, size, cut in parts:
            cv2.accumulate(cv2.resize(frame[part, part], (size, size))[cut, cut], total)
        cv2.convertScaleAbs(total, to, 1 / (len(parts) + 1))

    return frames(one, clip)


def zoom_torch(clip: Clip, s: int) -> Clip:
    x = torch.from_numpy(clip).permute(0, 3, 1, 2).float()
    total, n = x.clone(), 1
    for part, size, cut in boxes(clip, s):
        total += F.interpolate(x[:, :, part, part], (size, size), mode="bilinear", align_corners=True)[:, :, cut, cut]
        n += 1
    return total.div_(n).permute(0, 2, 3, 1).round_().to(torch.uint8).contiguous().numpy()


def glass_opencv(clip: Clip, s: int) -> Clip:
    """Less work: pixels come from independent places, and not from where others were taken to before."""
    sigma, reach, times = GLASS[s - 1]
    sigma, reach, side = sigma * scale(clip), max(round(reach * scale(clip)), 1), clip.shape[1]
    at = np.indices((side, side))
    for _ in range(times):
        at = np.clip(at + rng.integers(-reach, reach, at.shape), 0, side - 1)
    source = at[0] * side + at[1]
    moved = gaussian(clip, sigma).reshape(len(clip), -1, 3).take(source.ravel(), 1)
    return gaussian(moved.reshape(clip.shape), sigma)


def glass_albumentations(clip: Clip, s: int) -> Clip:
    sigma, reach, times = GLASS[s - 1]
    by = scale(clip)
    one = albumentations.GlassBlur(sigma * by, max(round(reach * by), 1), times, "fast", p=1)
    return np.stack([one(image=frame)["image"] for frame in clip])


WAYS = {
    "gaussian_noise": {"numpy": gauss_numpy, "torch": gauss_torch, "opencv": gauss_opencv},
    "shot_noise": {"numpy": shot_numpy, "torch": shot_torch, "numpy-table": shot_table},
    "impulse_noise": {"numpy": impulse_numpy, "torch": impulse_torch, "opencv": impulse_opencv},
    "speckle_noise": {"numpy": speckle_numpy, "torch": speckle_torch, "opencv": speckle_opencv},
    "gaussian_blur": {"opencv": gaussian_opencv, "torch": gaussian_torch},
    "defocus_blur": {"opencv": defocus_opencv, "torch": defocus_torch},
    "glass_blur": {"albumentations": glass_albumentations, "opencv": glass_opencv},
    "motion_blur": {"opencv": motion_opencv, "opencv-shifts": motion_shifts},
    "zoom_blur": {"opencv": zoom_opencv, "torch": zoom_torch},
}
PEERS = {name: {"original": original(name)} | ways for name, ways in WAYS.items()}
