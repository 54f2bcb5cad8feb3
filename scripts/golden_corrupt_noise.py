#!/usr/bin/env python3
"""Reference figures for the tests of noise and blur in robust/corrupt, made by the published code.

    golden_corrupt_noise.py [--output robust/corrupt/testdata/noise.json]

Needs imagecorruptions, which is ImageNet-C's code as a package, with numpy, scipy, scikit-image and opencv-python; their
versions are recorded. Results are taken before the original cuts them off to 8 bits, since ours are rounded.

picture is made of whole numbers, and anew in Go. For each corruption and severity: mean and standard deviation of the
result, mean absolute and mean squared change. Noise also has mean and standard deviation of what becomes of even frames.
Where nothing is random, or the angle is given, samples holds every 16th pixel of the result, from the 6th on.
"""

import argparse
import functools
import json
import sys
import types
from importlib.metadata import version
from pathlib import Path

import numpy as np
import scipy.ndimage
import skimage.filters
import skimage.util

SIDE = 224
LEVELS = [0, 10, 64, 128, 200, 255]
ANGLES = [-45.0, -20.0, 0.0, 17.0, 45.0]
MOTION = [(10, 3), (15, 5), (15, 8), (15, 12), (20, 15)]
NOISES = ["gaussian_noise", "shot_noise", "impulse_noise", "speckle_noise"]
FIXED = ["gaussian_blur", "defocus_blur", "motion_blur", "zoom_blur"]


def original() -> types.ModuleType:
    """imagecorruptions, with the names that it wants of the libraries of its time."""
    old = types.ModuleType("scipy.ndimage.interpolation")
    old.map_coordinates = scipy.ndimage.map_coordinates
    sys.modules["scipy.ndimage.interpolation"] = old
    np.float_ = np.float64
    from imagecorruptions import corruptions

    def gaussian(image: np.ndarray, sigma: float, multichannel: bool) -> np.ndarray:
        return skimage.filters.gaussian(image, sigma=sigma, channel_axis=-1 if multichannel else None)

    salt_and_pepper = functools.partial(skimage.util.random_noise, rng=np.random.default_rng(1))
    corruptions.sk = types.SimpleNamespace(util=types.SimpleNamespace(random_noise=salt_and_pepper))
    corruptions.gaussian = gaussian
    corruptions.clipped_zoom = clipped_zoom
    return corruptions


def clipped_zoom(image: np.ndarray, factor: float) -> np.ndarray:
    """As in ImageNet-C, the middle; the package takes the upper left corner of what is enlarged."""
    side = image.shape[0]
    crop = int(np.ceil(side / factor))
    top = (side - crop) // 2
    large = scipy.ndimage.zoom(image[top : top + crop, top : top + crop], (factor, factor, 1), order=1)
    trim = (large.shape[0] - side) // 2
    return large[trim : trim + side, trim : trim + side]


def picture() -> np.ndarray:
    """Gradients, squares, a disk, a grating and fine texture, in whole numbers."""
    y, x, c = np.meshgrid(np.arange(SIDE), np.arange(SIDE), np.arange(3), indexing="ij")
    v = (x * (3 - c) + y * (1 + c)) * 255 // (4 * (SIDE - 1))
    v = np.where((x // 28 + y // 28) % 4 == 0, 255 - v, v)
    v = np.where((x - 112) ** 2 + (y - 80) ** 2 < 2500, np.where(c == 0, 240, 20 * c + 10), v)
    v = np.where(y >= 168, (x * x // 16 + 7 * c * y) // 8 % 2 * 40 + 80, v)
    texture = ((x * 7919 + y * 104729 + c * 1299709) * 2654435761 & 0xFFFFFFFF) >> 28
    return np.clip(v + texture - 8, 0, 255).astype(np.uint8)


def figures(clean: np.ndarray, outs: list[np.ndarray]) -> dict:
    """What is compared of results, over all of them."""
    out, change = np.stack(outs), np.stack(outs) - clean.astype(float)
    return {
        "mean": round(float(out.mean()), 3),
        "std": round(float(out.std()), 3),
        "mad": round(float(np.abs(change).mean()), 3),
        "mse": round(float((change**2).mean()), 2),
    }


def main() -> None:
    """Runs the original and writes what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("robust/corrupt/testdata/noise.json"))
    args = parser.parse_args()
    code, clean, results = original(), picture(), {}
    np.random.seed(1)
    for name in NOISES:
        results[name] = []
        for severity in range(1, 6):
            run = getattr(code, name)
            found = figures(clean, [np.rint(run(clean, severity)) for _ in range(4)])
            frames = [np.rint(run(np.full_like(clean, v), severity)) for v in LEVELS]
            found["even"] = [[round(float(f.mean()), 3), round(float(f.std()), 3)] for f in frames]
            results[name].append(found)
    for name in FIXED:
        results[name] = []
        for severity in range(1, 6):
            if name == "motion_blur":
                out = code._motion_blur(clean, *MOTION[severity - 1], ANGLES[severity - 1])
            else:
                out = getattr(code, name)(clean, severity)
            out = np.rint(out)
            samples = out[5::16, 5::16].astype(int).ravel().tolist()
            results[name].append({**figures(clean, [out]), "samples": samples})
    results["glass_blur"] = [
        figures(clean, [np.rint(code.glass_blur(clean, severity)) for _ in range(3)]) for severity in range(1, 6)
    ]
    packages = ["imagecorruptions", "numpy", "scipy", "scikit-image", "opencv-python"]
    document = {
        "versions": {p: version(p) for p in packages},
        "levels": LEVELS,
        "angles": ANGLES,
        "results": results,
    }
    args.output.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, separators=(",", ":"))
    args.output.write_text(text.replace("},{", "},\n{") + "\n")


if __name__ == "__main__":
    main()
