#!/usr/bin/env python3
"""Reference numbers for the tests of package model/nn: what PyTorch computes with the models of model_zoo.py.

    golden_model_zoo.py [--output model/nn/testdata/zoo.json.gz]

Needs torch, torchvision and numpy. Weights and inputs come from a formula (model_zoo.value and numbers), so that the
file holds results alone: the loss, the output, and of every gradient, and of every buffer after a step, its norm, its
product with the formula's numbers, and a few elements. All is computed in float64 from float32 weights.

Where a number that enters a ReLU is so close to 0 that rounding decides its sign, gradients in float32 are off by far
more than rounding. So of five inputs (two at full width) each case takes the first for which PyTorch's own float32 is
close to its float64, or the best one; how close stands in the file.
"""

import argparse
import gzip
import io
import json
import math
from functools import partial
from pathlib import Path

import torch
import torchvision
from model_zoo import build, fill, numbers
from torch import nn

SMALL = {"width": 0.125, "depth": 0.5, "stem": "small"}
VIDEO, CLIP, IMAGE = [2, 3, 8, 32, 32], [4, 3, 16, 64, 64], [4, 3, 1, 64, 64]
# architecture, settings, shape of the input, modes, only in long tests
CASES = [
    ("r3d_18", {"width": 0.125}, VIDEO, ["train", "eval"], False),
    ("r3d_18", SMALL, [2, 3, 8, 16, 16], ["train"], False),
    ("r2plus1d_18", {"width": 0.125}, VIDEO, ["train", "eval"], False),
    ("r2plus1d_18", SMALL, [2, 3, 8, 16, 16], ["train"], False),
    ("c3d", {"width": 0.125}, VIDEO, ["train", "eval"], False),
    ("c3d", {"width": 0.1, "depth": 1.5, "stem": "small"}, [2, 3, 8, 16, 16], ["train"], False),
    ("s3d", {"width": 0.125}, CLIP, ["train", "eval"], False),
    ("s3d", SMALL, [2, 3, 16, 32, 32], ["train"], False),
    ("s3d", {"width": 0.0625}, [1, 3, 32, 32, 32], ["eval"], False),
    ("slow_r50", {"width": 0.125}, [2, 3, 4, 64, 64], ["train", "eval"], False),
    ("slow_r50", SMALL, [2, 3, 4, 16, 16], ["train"], False),
    ("resnet18", {"width": 0.125}, IMAGE, ["train", "eval"], False),
    ("resnet18", SMALL, [4, 3, 1, 16, 16], ["train"], False),
    ("resnet50", {"width": 0.125}, IMAGE, ["train", "eval"], False),
    ("resnet50", SMALL, [4, 3, 1, 16, 16], ["train"], False),
    ("tiny3d", {}, VIDEO, ["train", "eval"], False),
    ("tiny3d", {"width": 0.5, "depth": 2, "stem": "small"}, [2, 3, 4, 8, 8], ["train"], False),
    ("r3d_18", {}, VIDEO, ["train"], True),
    ("r2plus1d_18", {}, VIDEO, ["train"], True),
    ("c3d", {}, VIDEO, ["train"], True),
    ("s3d", {}, CLIP, ["train"], True),
    ("slow_r50", {}, [2, 3, 4, 64, 64], ["train"], True),
    ("resnet18", {}, IMAGE, ["train", "eval"], True),
    ("resnet50", {}, IMAGE, ["train", "eval"], True),
]
HEADS = {
    "simclr": lambda: nn.Sequential(
        nn.Linear(16, 16, bias=False), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 8, bias=False), nn.BatchNorm1d(8)
    ),
    "moco": lambda: nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 8)),
    "byol": lambda: nn.Sequential(nn.Linear(16, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 8)),
}


def rounded(v: float) -> float:
    return float(f"{v:.11g}")


def digest(name: str, t: torch.Tensor) -> list[float]:
    """The norm, the product with the formula's numbers, and the first, middle and last element."""
    v = t.detach().double().reshape(-1).numpy()
    weights = numbers("digest " + name, v.size)
    return [rounded(x) for x in (math.sqrt((v * v).sum()), (v * weights).sum(), v[0], v[v.size // 2], v[-1])]


def measure(model: nn.Module, shape: list[int], name: str, train: bool, image: bool = False, dtype=torch.float64) -> dict:
    model = fill(model).to(dtype).train(train)
    x = torch.from_numpy(numbers(name, math.prod(shape)).astype("float32")).to(dtype).reshape(shape).requires_grad_()
    y = model(x.flatten(1, 2) if image else x)
    loss = (y * torch.from_numpy(numbers("loss", y.numel()).astype("float32")).to(dtype).reshape(y.shape)).sum()
    loss.backward()
    result = {
        "loss": rounded(loss.item()),
        "output": [rounded(v) for v in y.detach().reshape(-1).tolist()],
        "input": digest("input", x.grad),
        "gradients": {name: digest(name, p.grad) for name, p in model.named_parameters()},
    }
    if train:
        buffers = {n: digest(n, b) for n, b in model.named_buffers() if not n.endswith("num_batches_tracked")}
        result["buffers"] = buffers
    return result


def distance(got: dict, want: dict, sizes: dict[str, int]) -> tuple[float, float]:
    """How far the output and the gradients are, as the tests measure it."""
    largest = max(abs(v) for v in want["output"])
    forward = max(abs(a - b) / largest for a, b in zip(got["output"], want["output"], strict=True))
    floor, backward = 1e-3 * want["input"][0], 0.0
    for name, w in want["gradients"].items():
        norm, g = max(w[0], floor), got["gradients"][name]
        rms = norm / math.sqrt(sizes[name])
        scales = [norm, norm] + [max(rms, abs(v)) for v in w[2:]]
        backward = max(backward, *(abs(a - b) / s for a, b, s in zip(g, w, scales, strict=True)))
    return forward, backward


def choose(make, shape: list[int], train: bool, image: bool = False, tries: int = 5) -> dict:
    """The case with the first input that rounding does not disturb, or else the one that it disturbs least."""
    best: dict = {}
    sizes = {name: p.numel() for name, p in make().named_parameters()}
    for k in range(tries):
        name = f"input {k}"
        want = measure(make(), shape, name, train, image)
        single = measure(make(), shape, name, train, image, torch.float32)
        forward, backward = distance(single, want, sizes)
        if not best or max(forward, backward) < max(best["float32"]):
            best = {"input": name, "float32": [forward, backward], "want": want}
        if max(forward, backward) < 3e-5:
            break
    return best


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--output", type=Path, default=Path("model/nn/testdata/zoo.json.gz"))
    out = ap.parse_args().output
    zoo, heads = [], []
    for arch, settings, shape, modes, long in CASES:
        for mode in modes:
            made = choose(
                partial(build, arch, **settings), shape, mode == "train", arch.startswith("resnet"), 2 if long else 5
            )
            zoo.append({"arch": arch, **settings, "shape": shape, "mode": mode, "long": long, **made})
            print(arch, settings, shape, mode, made["input"], made["float32"], flush=True)
    for name, make in HEADS.items():
        heads.append({"head": name, "shape": [6, 16], **choose(make, [6, 16], True)})
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    text = json.dumps({"versions": versions, "encoders": zoo, "heads": heads}, separators=(",", ":"))
    out.parent.mkdir(parents=True, exist_ok=True)
    raw = io.BytesIO()
    with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0, filename="") as f:
        f.write(text.encode())
    out.write_bytes(raw.getvalue())


if __name__ == "__main__":
    main()
