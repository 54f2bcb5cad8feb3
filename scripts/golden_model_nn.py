#!/usr/bin/env python3
"""Reference numbers for the layers of package model/op, made by PyTorch in float64 on the CPU.

    golden_model_nn.py [--output model/op/testdata/nn.json.gz]

Needs torch and numpy. A case is an op with its attributes, its inputs, its output, the weights of the loss
sum(weights * output), and the gradient of that loss for every input that has one. Inputs are multiples of 1/16 from a fixed
seed, exact in float32 too; results have ten digits.
"""

import argparse
import gzip
import json
from pathlib import Path
from typing import Callable, Optional

import numpy as np
import torch
from torch.nn import functional as F

RNG = np.random.default_rng(5)
CASES: list[dict] = []
Attrs = dict[str, object]


def draw(*shape: int, positive: bool = False) -> torch.Tensor:
    x = np.round(RNG.normal(0, 1, shape) * 16) / 16
    return torch.from_numpy(np.abs(x) + 0.25 if positive else x)


def packed(x: Optional[torch.Tensor]) -> Optional[dict]:
    if x is None:
        return None
    return {"shape": list(x.shape), "data": [float(f"{v:.10g}") for v in x.detach().flatten().tolist()]}


def case(op: str, attrs: Attrs, f: Callable[..., torch.Tensor], *inputs: torch.Tensor, fixed: tuple[int, ...] = ()) -> None:
    """Adds a case; inputs whose places are in fixed have no gradient."""
    leaves = [x.clone().requires_grad_(i not in fixed) for i, x in enumerate(inputs)]
    y = f(*leaves)
    weights, grads = None, [None] * len(leaves)
    if y.requires_grad:
        weights = draw(*y.shape)
        (weights * y).sum().backward()
        grads = [x.grad for x in leaves]
    CASES.append({
        "op": op, "attrs": attrs, "inputs": [packed(x) for x in inputs],
        "output": packed(y), "weights": packed(weights), "grads": [packed(g) for g in grads],
    })


def conv(x: tuple[int, ...], w: tuple[int, ...], stride=(1, 1, 1), pad=(0, 0, 0), dilation=(1, 1, 1), groups: int = 1) -> None:
    attrs = {"Stride": stride, "Pad": pad, "Dilation": dilation, "Groups": groups}

    def f(x, w):
        return F.conv3d(x, w, None, stride, pad, dilation, groups)

    case("Conv3D", attrs, f, draw(*x), draw(*w))


def convolutions() -> None:
    conv((2, 3, 4, 5, 6), (4, 3, 3, 3, 3), pad=(1, 1, 1))
    conv((2, 3, 5, 7, 6), (5, 3, 3, 3, 3), stride=(2, 2, 2), pad=(1, 1, 1))
    conv((1, 2, 3, 9, 11), (3, 2, 3, 7, 7), stride=(1, 2, 2), pad=(1, 3, 3))
    conv((2, 2, 5, 6, 9), (3, 2, 2, 3, 2), stride=(2, 1, 3), pad=(0, 2, 1), dilation=(1, 2, 3))
    conv((1, 3, 2, 4, 4), (4, 3, 3, 3, 3), pad=(1, 1, 1))  # depth 2
    conv((2, 2, 3, 4, 5), (3, 2, 3, 4, 5))  # one position
    conv((1, 2, 5, 8, 8), (2, 2, 2, 2, 2), stride=(3, 3, 4))  # places that no kernel sees
    conv((2, 4, 3, 4, 5), (6, 2, 2, 3, 2), pad=(1, 1, 0), groups=2)
    conv((2, 5, 3, 4, 5), (5, 1, 3, 3, 3), pad=(1, 1, 1), groups=5)  # depthwise
    conv((1, 3, 3, 4, 4), (6, 1, 1, 3, 3), stride=(1, 2, 2), pad=(0, 1, 1), groups=3)  # two kernels for a channel
    conv((2, 5, 2, 3, 4), (3, 5, 1, 1, 1))
    conv((2, 5, 3, 5, 4), (3, 5, 1, 1, 1), stride=(2, 2, 2))
    conv((2, 4, 5, 3, 3), (3, 4, 3, 1, 1), pad=(1, 0, 0))  # time only
    # images, by the convolution of two dimensions
    attrs = {"Stride": (1, 2, 2), "Pad": (0, 1, 1), "Dilation": (1, 1, 1), "Groups": 1}
    case("Conv3D", attrs, lambda x, w: F.conv2d(x[:, :, 0], w[:, :, 0], None, 2, 1)[:, :, None],
         draw(2, 3, 1, 8, 7), draw(4, 3, 1, 3, 3))
    # gradients as operations, with their own gradients
    attrs = {"Stride": (2, 1, 2), "Pad": (1, 0, 1), "Dilation": (1, 2, 1), "Groups": 2}
    settings = ((2, 1, 2), (1, 0, 1), (1, 2, 1), 2)
    x, w = (2, 4, 4, 5, 6), (6, 2, 3, 2, 3)
    gy = F.conv3d(draw(*x), draw(*w), None, *settings).shape
    case("Conv3DInput", {"Conv": attrs, "Shape": x}, lambda w, gy: torch.nn.grad.conv3d_input(x, w, gy, *settings), draw(*w), draw(*gy))
    case("Conv3DWeight", {"Conv": attrs, "Shape": w}, lambda x, gy: torch.nn.grad.conv3d_weight(x, w, gy, *settings), draw(*x), draw(*gy))


def products() -> None:
    for ta in (False, True):
        for tb in (False, True):
            def f(a, b):
                return (a.T if ta else a) @ (b.T if tb else b)
            case("MatMul", {"TransA": ta, "TransB": tb}, f, draw(*((7, 5) if ta else (5, 7))), draw(*((6, 7) if tb else (7, 6))))
    case("MatMul", {"TransA": False, "TransB": False}, torch.matmul, draw(1, 9), draw(9, 1))
    case("AddBias", {}, lambda x, b: x + b[:, None, None, None], draw(2, 3, 2, 3, 4), draw(3))
    case("AddBias", {}, lambda x, b: x + b, draw(4, 5), draw(5))


def activations() -> None:
    edges = torch.tensor([0.0, -0.0, 1e-3, -1e-3, 6, -6, 12, -12, -30, 30], dtype=torch.float64)
    for op, f in (("ReLU", F.relu), ("GELU", F.gelu)):
        case(op, {}, f, draw(2, 3, 2, 3, 4))
        case(op, {}, f, edges)


def norms() -> None:
    eps = 1e-5

    def bn(groups):
        def f(x, gamma, beta):
            return torch.cat([F.batch_norm(part, None, None, gamma, beta, True, 0.1, eps) for part in x.chunk(groups)])
        return f

    def running(groups, which):
        """What PyTorch's running statistics become at momentum 1, the mean over the groups."""
        def f(x):
            parts = []
            for part in x.chunk(groups):
                stats = torch.zeros(x.shape[1], dtype=x.dtype), torch.ones(x.shape[1], dtype=x.dtype)
                F.batch_norm(part.detach(), *stats, None, None, True, 1.0, eps)
                parts.append(stats[which])
            return torch.stack(parts).mean(0)
        return f

    for groups, shape in ((1, (3, 4, 2, 3, 5)), (2, (4, 3, 2, 3, 3)), (1, (6, 5)), (2, (8, 2)), (4, (4, 2, 1, 3, 2))):
        attrs = {"Eps": eps, "Groups": groups}
        c = shape[1]
        case("BatchNorm", attrs, bn(groups), 3 * draw(*shape) + 2, draw(c), draw(c))
        case("RunningMean", attrs, running(groups, 0), 3 * draw(*shape) + 2, fixed=(0,))
        case("RunningVar", attrs, running(groups, 1), 3 * draw(*shape) + 2, fixed=(0,))
    for shape in ((2, 3, 2, 3, 4), (4, 5)):
        c = shape[1]
        case("BNInfer", {"Eps": 1e-3}, lambda x, m, v, g, b: F.batch_norm(x, m, v, g, b, False, 0.1, 1e-3),
             draw(*shape), draw(c), draw(c, positive=True), draw(c), draw(c), fixed=(1, 2))
    for shape in ((4, 7), (2, 3, 5), (6,)):
        c = shape[-1]
        case("LayerNorm", {"Eps": eps}, lambda x, g, b: F.layer_norm(x, (c,), g, b, eps), 2 * draw(*shape) + 1, draw(c), draw(c))


def pools() -> None:
    for kernel, stride, pad, shape in (
        ((1, 3, 3), (1, 2, 2), (0, 1, 1), (2, 3, 2, 7, 8)),
        ((2, 2, 2), (2, 2, 2), (0, 0, 0), (2, 2, 5, 6, 7)),
        ((3, 3, 3), (2, 2, 2), (1, 1, 1), (1, 2, 4, 5, 6)),
        ((3, 3, 3), (1, 1, 1), (1, 1, 1), (1, 2, 3, 3, 4)),
        ((3, 2, 1), (1, 3, 2), (1, 0, 0), (1, 2, 3, 6, 5)),
    ):
        attrs = {"Kernel": kernel, "Stride": stride, "Pad": pad}
        case("MaxPool3D", attrs, lambda x: F.max_pool3d(x, kernel, stride, pad), draw(*shape))
        coarse = torch.round(draw(*shape))  # many equal values under a window
        case("MaxPool3D", attrs, lambda x: F.max_pool3d(x, kernel, stride, pad), coarse)
        case("MaxPool3D", attrs, lambda x: F.max_pool3d(x, kernel, stride, pad), -draw(*shape, positive=True))  # all below 0
        for count in (False, True):
            case("AvgPool3D", attrs | {"CountPad": count},
                 lambda x: F.avg_pool3d(x, kernel, stride, pad, count_include_pad=count), draw(*shape))
    case("GlobalAvgPool", {}, lambda x: F.adaptive_avg_pool3d(x, 1).flatten(1), draw(2, 3, 2, 3, 5))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("model/op/testdata/nn.json.gz"))
    args = parser.parse_args()
    convolutions()
    products()
    activations()
    norms()
    pools()
    args.output.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"torch": torch.__version__, "cases": CASES}, separators=(",", ":"))
    with open(args.output, "wb") as file, gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packer:
        packer.write(text.encode())
    print(f"{len(CASES)} cases, {args.output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
