"""Corruptions of a camera that moves, drifts off its focus, or has little light."""

import albumentations
import cv2
import numpy as np
from clips import Clip, frames, scale

TURNED = [7.5, 15, 30, 45, 90]
SHIFTED = [4, 8, 14, 22, 32]
SHAKEN = [(2, 0.25), (4, 0.5), (6, 0.75), (9, 1.1), (13, 1.6)]
DEFOCUSED = [1, 2, 3, 4, 6]
UNSTEADY = [0.5, 1, 1.5, 2, 2.5]
LIT = [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32]
EXPOSED = [3, 5, 7, 9, 11]
rng = np.random.default_rng(1)
rain = albumentations.RandomRain(drop_length=13, drop_width=1, rain_type="heavy", p=1)


def moved(clip: Clip, maps, border: int = cv2.BORDER_CONSTANT) -> Clip:
    h, w = clip.shape[1:3]
    return frames(lambda t, frame, to: cv2.warpAffine(frame, maps[t], (w, h), to, cv2.INTER_LINEAR, border), clip)


def turn(clip: Clip, degrees: float):
    h, w = clip.shape[1:3]
    return cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), degrees, 1)


def static_rotation_opencv(clip: Clip, s: int) -> Clip:
    return moved(clip, [turn(clip, TURNED[s - 1])] * len(clip))


def random_rotation_opencv(clip: Clip, s: int) -> Clip:
    return moved(clip, [turn(clip, a) for a in rng.uniform(-TURNED[s - 1], TURNED[s - 1], len(clip))])


def translation_opencv(clip: Clip, s: int) -> Clip:
    most = round(SHIFTED[s - 1] * scale(clip))
    return moved(clip, [np.float32([[1, 0, x], [0, 1, y]]) for x, y in rng.integers(-most, most + 1, (len(clip), 2))])


def shake_opencv(clip: Clip, s: int) -> Clip:
    pixels, degrees = SHAKEN[s - 1]
    t = np.arange(len(clip))[:, None]
    path = sum(a * np.sin(2 * np.pi * (t / n + rng.random(3))) for n, a in ((25, 0.57), (10.4, 0.29), (5, 0.14)))
    maps = [turn(clip, degrees * a) for a in path[:, 2]]
    for m, (x, y, _) in zip(maps, path):
        m[:, 2] += pixels * scale(clip) * x, pixels * scale(clip) * y
    return moved(clip, maps, cv2.BORDER_REFLECT_101)


def focus_opencv(clip: Clip, s: int) -> Clip:
    sigmas = DEFOCUSED[s - 1] * scale(clip) * (1 - np.cos(2 * np.pi * (np.arange(len(clip)) / len(clip) + rng.random()))) / 2
    return frames(lambda t, frame, to: cv2.GaussianBlur(frame, (0, 0), max(sigmas[t], 0.01), to), clip)


def flicker_opencv(clip: Clip, s: int) -> Clip:
    gains = 2 ** (rng.uniform(-UNSTEADY[s - 1], UNSTEADY[s - 1], len(clip)) / 2.2)
    return frames(lambda t, frame, to: cv2.LUT(frame, np.clip(np.arange(256) * gains[t], 0, 255).astype(np.uint8), to), clip)


def low_light_numpy(clip: Clip, s: int) -> Clip:
    light = (np.arange(256) / 255) ** 2.2 * LIT[s - 1] * 1000
    electrons = rng.poisson(light[clip]) + rng.standard_normal(clip.shape, np.float32) * 2
    table = (np.clip(np.arange(1001) / 1000, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    return table[np.clip(electrons, 0, 1000).astype(np.int16)]


def motion_numpy(clip: Clip, s: int) -> Clip:
    sums = np.cumsum(np.concatenate([np.zeros_like(clip[:1], np.uint16), clip]), 0, dtype=np.uint16)
    out, half = np.empty_like(clip), EXPOSED[s - 1] // 2
    for t in range(len(clip)):
        a, b = max(t - half, 0), min(t + half + 1, len(clip))
        out[t] = (sums[b] - sums[a] + (b - a) // 2) // (b - a)
    return out


def motion_opencv(clip: Clip, s: int) -> Clip:
    """Time as the rows of one picture."""
    flat = clip.reshape(len(clip), -1)
    return cv2.blur(flat, (1, EXPOSED[s - 1]), borderType=cv2.BORDER_REPLICATE).reshape(clip.shape)


def rain_albumentations(clip: Clip, s: int) -> Clip:
    return np.stack([rain(image=frame)["image"] for frame in clip])


PEERS = {
    "temporal_motion_blur": {"numpy": motion_numpy, "opencv": motion_opencv},
    "static_rotation": {"opencv": static_rotation_opencv},
    "random_rotation": {"opencv": random_rotation_opencv},
    "translation": {"opencv": translation_opencv},
    "shake": {"opencv": shake_opencv},
    "focus_drift": {"opencv": focus_opencv},
    "flicker": {"opencv": flicker_opencv},
    "low_light": {"numpy": low_light_numpy},
    "rain": {"albumentations": rain_albumentations},
}
