#!/usr/bin/env python3
"""Reference frames of moving sprites for the tests of package decode/synth, made by PyTorch.

    golden_sprites.py [--output decode/synth/testdata/sprites.json]

Needs torch and numpy. An item is sampled bilinearly through an affine map of the frame, with zeros outside, over a field
of noise that bicubic enlargement makes smooth, sampled bilinearly with reflection; there is no sensor noise. Each case lists
the parameters (times are in frames, lengths in halves of the frame's side), the item and the expected greys, both a byte per
pixel in base64.
"""

import argparse
import base64
import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

CASES = [
    {"size": 32, "cell": 28, "frames": [0, 6, 11], "scale": 0.9, "grow": 0.008, "angle": -0.25, "turn": 0.025,
     "x": 0.2, "y": -0.25, "vx": 0.06, "vy": -0.05, "gain": 0.8, "level": 0.4, "amplitude": 0.12,
     "drift_x": 1 / 48, "drift_y": -0.6 / 48},
    {"size": 48, "cell": 16, "frames": [40], "scale": 0.75, "grow": -0.002, "angle": 0.2, "turn": -0.01,
     "x": -0.1, "y": 0.1, "vx": -0.03, "vy": 0.04, "gain": 1.0, "level": 0.5, "amplitude": 0.5,
     "drift_x": -1 / 48, "drift_y": 0.9 / 48},
]  # fmt: skip


def blob(cell: int, rng: np.random.Generator) -> np.ndarray:
    """A picture of blocks in an oval, black around it, without symmetry."""
    y, x = np.mgrid[0:cell, 0:cell] / (cell - 1) * 2 - 1
    blocks = np.kron(rng.integers(20, 256, (4, 4)), np.ones((cell // 4, cell // 4)))
    return np.where((x / 0.7) ** 2 + (y + 0.1 * x) ** 2 < 0.9, blocks, 0).astype(np.uint8)


def bounce(p: float) -> float:
    return 2 / math.pi * math.asin(math.sin(p * math.pi / 0.6)) * 0.3


def affine(rows: list[list[float]], size: int) -> torch.Tensor:
    return F.affine_grid(torch.tensor([rows], dtype=torch.float64), [1, 1, size, size], align_corners=False)


def render(c: dict, item: np.ndarray, knots: np.ndarray, t: int) -> np.ndarray:
    size = c["size"]
    back = F.interpolate(torch.from_numpy(knots)[None, None], size=(size * 3 // 2,) * 2, mode="bicubic", align_corners=True)
    back = back / back.std()
    s = (c["scale"] + c["grow"] * t) * 28 / 32
    angle, x0, y0 = c["angle"] + c["turn"] * t, bounce(c["x"] + c["vx"] * t), bounce(c["y"] + c["vy"] * t)
    co, si = math.cos(angle) / s, math.sin(angle) / s
    grid = affine([[co, si, -(co * x0 + si * y0)], [-si, co, -(-si * x0 + co * y0)]], size)
    ink = F.grid_sample(torch.from_numpy(item / 255.0)[None, None], grid, align_corners=False)
    grid = affine([[2 / 3, 0, c["drift_x"] * (t - 6)], [0, 2 / 3, c["drift_y"] * (t - 6)]], size)
    back = c["level"] + c["amplitude"] / 2 * F.grid_sample(back, grid, align_corners=False, padding_mode="reflection")
    cover = (5 * ink).clamp(0, 1)
    out = (back * (1 - cover) + cover * ink * c["gain"]).clamp(0, 1)
    return (255 * out).round().byte().numpy()[0, 0]


def text(a: np.ndarray) -> str:
    return base64.b64encode(a.tobytes()).decode()


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--output", type=Path, default=Path("decode/synth/testdata/sprites.json"))
    output = p.parse_args().output
    rng = np.random.default_rng(5)
    cases = []
    for c in CASES:
        item, knots = blob(c["cell"], rng), rng.standard_normal((5, 5))
        greys = np.stack([render(c, item, knots, t) for t in c["frames"]])
        cases.append(c | {"knots": knots.ravel().tolist(), "item": text(item), "greys": text(greys)})
    output.write_text(json.dumps({"torch": torch.__version__, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
