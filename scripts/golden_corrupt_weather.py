#!/usr/bin/env python3
"""Writes robust/corrupt/testdata/weather.json: what imagecorruptions, a port of ImageNet-C's program, makes of one picture. The port has another
elastic transform; that one is taken from ImageNet-C's own program, a checkout of which is the argument.

For each corruption of weather and digital processing, at each severity: the mean and deviation of the result, and the mean of the absolute and
squared difference to the picture, over some draws, with the deviation of the third from draw to draw; and, where nothing is drawn, some pixels.

Run from the repository root with imagecorruptions 1.1.2 (numpy below 2, scikit-image below 0.25, setuptools below 80):
python3 scripts/golden_corrupt_weather.py path/to/hendrycks/robustness
"""
import ast
import base64
import json
import sys
import warnings

import cv2
import numpy as np
from imagecorruptions import corrupt
from scipy.ndimage import map_coordinates
from skimage.filters import gaussian

warnings.simplefilter("ignore")
SIDE = 224
FIXED = ["brightness", "contrast", "pixelate", "jpeg_compression", "saturate"]
DRAWN = {"snow": 12, "frost": 48, "fog": 96, "spatter": 12, "elastic_transform": 24}


def picture():
    """Bands, squares and a little noise; black, grey and white in the corner. The Go test makes the same."""
    y, x, c = np.meshgrid(np.arange(SIDE), np.arange(SIDE), np.arange(3), indexing="ij")
    noise = ((x * 1299709 + y * 104729 + c * 15485863) * 2654435761 % 2**32) >> 28
    p = 20 + abs((x * (c + 1) + y * 2) % 256 - 128) + 60 * ((x // 37 + y // 37) % 2) - 15 * c + noise
    p[:48, :16] = np.repeat([0, 128, 255], 16)[:, None, None]
    return np.clip(p, 0, 255).astype(np.uint8)


def original(name):
    """The function of that name in ImageNet-C's program, without the rest of it, which wants ImageMagick."""
    path = sys.argv[1] + "/ImageNet-C/create_c/make_imagenet_c.py"
    with open(path) as f:
        tree = ast.parse(f.read())
    tree.body = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
    scope = {"np": np, "cv2": cv2, "gaussian": gaussian, "map_coordinates": map_coordinates}
    exec(compile(tree, path, "exec"), scope)
    return scope[name]


def main():
    elastic = original("elastic_transform")
    clean, cases = picture(), []
    at = np.arange(100) * 7919 % (SIDE * SIDE)
    for name in FIXED + list(DRAWN):
        for severity in range(1, 6):
            means, devs, diffs, squares = [], [], [], []
            for draw in range(DRAWN.get(name, 1)):
                np.random.seed(draw)
                if name == "elastic_transform":
                    out = np.uint8(elastic(clean, severity))
                else:
                    out = corrupt(clean, corruption_name=name, severity=severity)
                d = out.astype(float) - clean
                means.append(out.mean())
                devs.append(out.std())
                diffs.append(abs(d).mean())
                squares.append((d**2).mean())
            case = {"name": name, "severity": severity, "mean": means, "dev": devs, "diff": diffs, "mse": squares}
            case = {k: round(float(np.mean(v)), 3) if isinstance(v, list) else v for k, v in case.items()}
            case["spread"] = round(float(np.std(diffs)), 3)
            if name in FIXED:
                case["pixels"] = base64.b64encode(out.reshape(-1, 3)[at].tobytes()).decode()
            cases.append(case)
            print(name, severity, {k: v for k, v in case.items() if k != "pixels"})
    with open("robust/corrupt/testdata/weather.json", "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")


main()
