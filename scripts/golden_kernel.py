#!/usr/bin/env python3
"""Writes augment/internal/kernel/testdata/golden.json: what Pillow and torchvision make of the same noise.

Run from the repository root with numpy, pillow and torchvision installed: python3 scripts/golden_kernel.py
"""
import base64
import json

import numpy as np
import torch
from PIL import Image
from torchvision.transforms.v2 import functional as F
from torchvision.transforms.v2.functional._geometry import _get_inverse_affine_matrix

rng = np.random.default_rng(7)
cases = []


def b64(a):
    return base64.b64encode(np.ascontiguousarray(a, dtype=np.uint8).tobytes()).decode()


def noise(h, w):
    return rng.integers(0, 256, (h, w, 3), dtype=np.uint8)


def chw(a):
    return torch.from_numpy(a.copy()).permute(2, 0, 1)


def add(name, src, want, **more):
    if isinstance(want, torch.Tensor):
        want = want.permute(1, 2, 0).numpy()
    cases.append({"Name": name, "H": src.shape[0], "W": src.shape[1], "Src": b64(src), "Want": b64(want), **more})


for name, (h, w), (x, y, rw, rh), (dw, dh), flip in [
    ("down", (40, 53), (4, 2, 45, 36), (41, 33), False),
    ("mirror", (40, 53), (0, 3, 50, 37), (47, 20), True),
    ("up", (20, 21), (3, 3, 12, 9), (40, 37), False),
    ("third", (40, 60), (0, 0, 60, 40), (18, 13), False),
    ("tenth", (60, 90), (1, 1, 88, 58), (8, 5), True),
    ("column", (30, 9), (8, 0, 1, 30), (17, 11), False),
]:
    src = noise(h, w)
    out = Image.fromarray(src).crop((x, y, x + rw, y + rh)).resize((dw, dh), Image.Resampling.BILINEAR)
    out = np.asarray(out)
    region = {"X": x, "Y": y, "W": rw, "H": rh}
    add("pillow " + name, src, out[:, ::-1] if flip else out, DW=dw, DH=dh, Region=region, Flip=flip)
    out = F.resized_crop(chw(src), y, x, rh, rw, [dh, dw], antialias=True)
    add("torchvision " + name, src, out.flip(2) if flip else out, DW=dw, DH=dh, Region=region, Flip=flip)

for name, (h, w), args, fill in [
    ("turn", (24, 31), dict(angle=15.0, translate=[2, -3], scale=1.0, shear=[0.0, 0.0]), None),
    ("shear", (24, 31), dict(angle=0.0, translate=[0, 0], scale=0.8, shear=[12.0, -7.0]), None),
    ("fill", (24, 31), dict(angle=-40.0, translate=[1, 1], scale=1.3, shear=[3.0, 0.0]), [200, 10, 90]),
]:
    src = noise(h, w)
    want = F.affine(chw(src), interpolation=F.InterpolationMode.BILINEAR, fill=fill, **args)
    m = _get_inverse_affine_matrix([0.0, 0.0], args["angle"], [float(v) for v in args["translate"]], args["scale"], args["shear"])
    cx, cy = (w - 1) / 2, (h - 1) / 2
    inv = [m[0], m[1], m[2] + cx - m[0] * cx - m[1] * cy, m[3], m[4], m[5] + cy - m[3] * cx - m[4] * cy]
    skip = []
    if fill is not None:  # torchvision applies partial coverage twice where there is a fill
        ones = torch.full((3, h, w), 1.0)
        cover = F.affine(ones, interpolation=F.InterpolationMode.BILINEAR, fill=None, **args)[0].flatten()
        skip = [int(i) for i in torch.nonzero((cover > 1e-4) & (cover < 1 - 1e-4)).flatten()]
    add("affine " + name, src, want, Inv=inv, Fill=fill or [0, 0, 0], Skip=skip)

for size, sigma in [(3, 0.8), (11, 1.7), (23, 4.0)]:
    src = noise(26, 33)
    add(f"blur {size}", src, F.gaussian_blur(chw(src), [size, size], [sigma, sigma]), Sigma=sigma, Taps=size)

for factor in [0.3, 1.8]:
    src = noise(17, 22)
    add(f"sharpness {factor}", src, F.adjust_sharpness(chw(src), factor), Factor=factor)

with open("augment/internal/kernel/testdata/golden.json", "w") as f:
    json.dump(cases, f, indent=0)
    f.write("\n")
print(len(cases), "cases")
