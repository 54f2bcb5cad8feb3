"""Weather and digital corruptions. "original" is the published code, on each frame anew; the others make what a clip has in common once, as who
knows the library would."""

import io

import cv2
import numpy as np
from clips import Clip, frames, scale
from original import CODE, original
from PIL import Image

FOG = [(1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)]
FROST = [(1, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75)]
SNOW = [(0.1, 0.3, 3, 0.5, 10, 4, 0.8), (0.2, 0.3, 2, 0.5, 12, 4, 0.7), (0.55, 0.3, 4, 0.9, 12, 8, 0.7),
        (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65), (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55)]
SPATTER = [(0.65, 0.3, 4, 0.69, 0.6), (0.65, 0.3, 3, 0.68, 0.6), (0.65, 0.3, 2, 0.68, 0.5)]
CONTRAST = [0.4, 0.3, 0.2, 0.1, 0.05]
SATURATE = [(0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)]
PIXELATE = [0.6, 0.5, 0.4, 0.3, 0.25]
JPEG = [25, 18, 15, 10, 7]
ELASTIC = [(2, 0.7, 0.1), (2, 0.08, 0.2), (0.05, 0.01, 0.02), (0.07, 0.01, 0.02), (0.12, 0.01, 0.02)]
rng = np.random.default_rng(1)
frost_photo = np.clip(rng.normal(120, 40, (512, 512, 3)), 0, 255).astype(np.uint8)


def hsv_opencv(clip: Clip, channel: int, table: np.ndarray) -> Clip:
    """In bytes, which lose hues; all frames as one picture."""
    tables = np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (1, 1, 3))
    tables[0, :, channel] = table
    flat = cv2.cvtColor(clip.reshape(-1, *clip.shape[2:]), cv2.COLOR_RGB2HSV_FULL)
    flat = cv2.LUT(flat, tables)
    return cv2.cvtColor(flat, cv2.COLOR_HSV2RGB_FULL).reshape(clip.shape)


def brightness_opencv(clip: Clip, s: int) -> Clip:
    return hsv_opencv(clip, 2, np.clip(np.arange(256) + 25.5 * s, 0, 255))


def saturate_opencv(clip: Clip, s: int) -> Clip:
    gain, add = SATURATE[s - 1]
    return hsv_opencv(clip, 1, np.clip(np.arange(256) * gain + 255 * add, 0, 255))


def contrast_opencv(clip: Clip, s: int) -> Clip:
    k, values = CONTRAST[s - 1], np.arange(256)[None, :, None]

    def one(_, frame, to):
        cv2.LUT(frame, (values * k + (1 - k) * np.array(cv2.mean(frame)[:3])).astype(np.uint8), to)

    return frames(one, clip)


def pixelate_opencv(clip: Clip, s: int) -> Clip:
    h, w = clip.shape[1:3]
    small = int(w * PIXELATE[s - 1]), int(h * PIXELATE[s - 1])

    def one(_, frame, to):
        cv2.resize(cv2.resize(frame, small, interpolation=cv2.INTER_AREA), (w, h), to, interpolation=cv2.INTER_NEAREST)

    return frames(one, clip)


def jpeg_pillow(clip: Clip, s: int) -> Clip:
    def one(_, frame, to):
        b = io.BytesIO()
        Image.fromarray(frame).save(b, "JPEG", quality=JPEG[s - 1])
        to[:] = np.asarray(Image.open(b))

    return frames(one, clip)


def jpeg_opencv(clip: Clip, s: int) -> Clip:
    def one(_, frame, to):
        to[:] = cv2.imdecode(cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, JPEG[s - 1]])[1], cv2.IMREAD_COLOR)

    return frames(one, clip)


def elastic_opencv(clip: Clip, s: int) -> Clip:
    h, w = clip.shape[1:3]
    reach, sigma, shift = (244 * scale(clip) * v for v in ELASTIC[s - 1])
    size, half = min(h, w) // 3, np.float32([w // 2, h // 2])
    corners = np.float32([half + size, [half[0] + size, half[1] - size], half - size])
    back = cv2.getAffineTransform(corners + rng.uniform(-shift, shift, (3, 2)).astype(np.float32), corners)
    taps = 2 * int(3 * sigma + 0.5) + 1
    noise = rng.uniform(-reach, reach, (2, h, w)).astype(np.float32)
    dx, dy = (cv2.GaussianBlur(n, (taps, taps), sigma, borderType=cv2.BORDER_REFLECT) for n in noise)
    dx += np.arange(w, dtype=np.float32)
    dy += np.arange(h, dtype=np.float32)[:, None]
    at = cv2.transform(cv2.merge([dx, dy]), back.astype(np.float32))
    maps = cv2.convertMaps(at, None, cv2.CV_16SC2)
    return frames(lambda _, frame, to: cv2.remap(frame, *maps, cv2.INTER_LINEAR, to, cv2.BORDER_REFLECT_101), clip)


def fog_opencv(clip: Clip, s: int) -> Clip:
    """The veil moves by whole pixels."""
    h, w = clip.shape[1:3]
    (thick, decay), size = FOG[s - 1], 1 << (max(h, w) - 1).bit_length()
    peak = clip.max() / 255
    dim = peak / (peak + thick)
    veil = (CODE.plasma_fractal(size, decay) * (255 * thick * dim)).astype(np.uint8)
    veil = cv2.cvtColor(np.tile(veil, (2, 2)), cv2.COLOR_GRAY2RGB)
    return frames(lambda t, frame, to: cv2.addWeighted(frame, dim, veil[t : t + h, t : t + w], 1, 0, to), clip)


def frost_opencv(clip: Clip, s: int) -> Clip:
    """Of one picture in memory."""
    h, w = clip.shape[1:3]
    pane = cv2.resize(frost_photo, None, fx=scale(clip), fy=scale(clip))
    pane = np.ascontiguousarray(pane[:h, :w])
    return frames(lambda _, frame, to: cv2.addWeighted(frame, FROST[s - 1][0], pane, FROST[s - 1][1], 0, to), clip)


def snow_opencv(clip: Clip, s: int) -> Clip:
    h, w = clip.shape[1:3]
    mean, spread, zoom, least, radius, sigma, keep = SNOW[s - 1]
    zoom, radius, sigma = max(zoom * scale(clip), 1), radius * scale(clip), sigma * scale(clip)
    layer = np.empty((round(h / zoom), round(w / zoom)), np.float32)
    cv2.randn(layer, mean, spread)
    layer = cv2.resize(layer, (w, h))
    layer = np.clip(cv2.threshold(layer, least, 0, cv2.THRESH_TOZERO)[1], 0, 1)
    taps = 2 * int(np.ceil(radius)) + 1
    angle, line = np.deg2rad(rng.uniform(-135, -45)), np.zeros((2 * taps + 1, 2 * taps + 1), np.float32)
    for i in range(taps):
        line[taps + round(i * np.sin(angle)), taps + round(i * np.cos(angle))] += np.exp(-(i**2) / (2 * sigma**2))
    layer = cv2.filter2D(layer, -1, line / line.sum())
    layer = (np.minimum(layer + cv2.rotate(layer, cv2.ROTATE_180), 1) * 255).astype(np.uint8)
    layer = cv2.cvtColor(np.tile(layer, (2, 1)), cv2.COLOR_GRAY2RGB)

    def one(t, frame, to):
        white = cv2.convertScaleAbs(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), alpha=1.5, beta=127.5)
        white = cv2.max(frame, cv2.cvtColor(white, cv2.COLOR_GRAY2RGB))
        top = int(h - radius * t) % h
        cv2.add(cv2.addWeighted(frame, keep, white, 1 - keep, 0), layer[top : top + h], to)

    return frames(one, clip)


def spatter_opencv(clip: Clip, s: int) -> Clip:
    """Water only."""
    h, w = clip.shape[1:3]
    mean, spread, sigma, least, strength = SPATTER[s - 1]
    liquid = np.empty((h, w), np.float32)
    cv2.randn(liquid, mean, spread * scale(clip))
    taps = 2 * int(4 * sigma * scale(clip) + 0.5) + 1
    liquid = cv2.GaussianBlur(liquid, (taps, taps), sigma * scale(clip), borderType=cv2.BORDER_REPLICATE)
    wet = (cv2.threshold(liquid, least, 0, cv2.THRESH_TOZERO)[1] * 255).astype(np.uint8)
    dist = cv2.distanceTransform(255 - cv2.Canny(wet, 50, 150), cv2.DIST_L2, 5)
    dist = cv2.equalizeHist(cv2.blur(np.minimum(dist, 20), (3, 3)).astype(np.uint8))
    dist = cv2.filter2D(dist, cv2.CV_8U, np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], np.float32))
    m = wet * cv2.blur(dist, (3, 3)).astype(np.float32)
    drops = (m[..., None] * (strength / max(m.max(), 1)) * np.array([175, 238, 238], np.float32)).astype(np.uint8)
    return frames(lambda _, frame, to: cv2.add(frame, drops, to), clip)


PEERS = {
    "snow": {"original": original("snow"), "opencv": snow_opencv},
    "frost": {"original": original("frost"), "opencv": frost_opencv},
    "fog": {"original": original("fog"), "opencv": fog_opencv},
    "brightness": {"original": original("brightness"), "opencv": brightness_opencv},
    "spatter": {"original": original("spatter"), "opencv": spatter_opencv},
    "contrast": {"original": original("contrast"), "opencv": contrast_opencv},
    "elastic_transform": {"original": original("elastic_transform"), "opencv": elastic_opencv},
    "pixelate": {"pillow": lambda clip, s: frames(lambda _, f, to: to.__setitem__(slice(None), CODE.pixelate(Image.fromarray(f), s)), clip), "opencv": pixelate_opencv},
    "jpeg_compression": {"pillow": jpeg_pillow, "opencv": jpeg_opencv},
    "saturate": {"original": original("saturate"), "opencv": saturate_opencv},
}
