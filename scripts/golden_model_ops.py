#!/usr/bin/env python3
"""Reference values for the tests of package model/op: shapes, softmax, norms, indices, pixels, optimisers, bfloat16.

    golden_model_ops.py [--output model/op/testdata/ops.json]

Needs torch and numpy. The output is a function of their versions, which it records; nothing else is random.

A case is a spec, its attributes, its inputs, what PyTorch makes of them in float64, the gradient gy of the result and the
gradients of the inputs (null where there is none). Floats are multiples of 1/64, which float32 holds as well.
A trajectory is what an optimiser makes of a parameter with a given gradient and rate at every step.
"""

import argparse
import json
import math
from pathlib import Path
from typing import Callable, Optional

import numpy as np
import torch
import torch.nn.functional as F
from torch.optim.swa_utils import get_ema_avg_fn

Tensor = torch.Tensor
NAMES = {torch.float64: "f64", torch.float32: "f32", torch.int32: "i32", torch.uint8: "u8"}
INF, NAN = math.inf, math.nan
rng = np.random.default_rng(11)
cases: list = []


def normal(*shape: int, spread: float = 1.0) -> Tensor:
    return torch.from_numpy(np.asarray(np.round(rng.normal(0, spread, shape) * 64) / 64))


def integers(low: int, high: int, *shape: int) -> Tensor:
    return torch.from_numpy(rng.integers(low, high, shape).astype(np.int32))


def number(v: float) -> object:
    """A number, or its name if JSON has none for it."""
    if isinstance(v, int):
        return v
    if not math.isfinite(v):
        return str(v)
    return int(v) if v == int(v) and math.copysign(1, v) > 0 and v < 1e15 else v


def plain(t: Optional[Tensor]) -> Optional[dict]:
    if t is None:
        return None
    return {"dtype": NAMES[t.dtype], "shape": list(t.shape), "data": [number(v) for v in t.detach().flatten().tolist()]}


def dims(*shape: int) -> dict:
    return {"N": len(shape), "D": [*shape] + [0] * (8 - len(shape))}


def case(spec: str, f: Callable[..., Tensor], *inputs: Tensor, dead: tuple = (), **attributes: object) -> None:
    """Adds a case. Rows of x that are dead (all -inf) have no gradient: PyTorch's is NaN there."""
    inputs = tuple(x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs)
    out = f(*inputs)
    one = {"spec": spec, "attributes": attributes, "in": [plain(x) for x in inputs], "out": plain(out)}
    if out.requires_grad:
        gy = normal(*out.shape).to(out.dtype)
        wrt = [x for x in inputs if x.requires_grad]
        grads = dict(zip(map(id, wrt), torch.autograd.grad(out, wrt, gy)))
        for row in dead:
            grads[id(inputs[0])][row] = 0
        one |= {"gy": plain(gy), "grads": [plain(grads.get(id(x))) for x in inputs]}
    cases.append(one)


def elementwise() -> None:
    a, b = normal(3, 4), normal(3, 4)
    positive = normal(3, 4).abs() + 0.5
    case("Add", torch.add, a, b)
    case("Sub", torch.sub, a, b)
    case("Mul", torch.mul, a, b)
    case("Div", torch.div, a, positive)
    case("MulScalar", torch.mul, a, normal())
    case("Scale", lambda x: x * -2.5, a, Factor=-2.5)
    case("Shift", lambda x: x + 0.75, a, By=0.75)
    for spec, f in {"Sqrt": torch.sqrt, "Exp": torch.exp, "Log": torch.log, "Square": torch.square}.items():
        case(spec, f, positive)
    keep = torch.from_numpy((rng.random((3, 4)) < 0.5).astype(np.uint8))
    case("Mask", lambda x, m: x.masked_fill(m == 0, -7.5), a, keep, Fill=-7.5)


def shapes() -> None:
    x = normal(2, 3, 4)
    case("Reshape", lambda x: x.reshape(4, 6), x, Shape=dims(4, 6))
    case("Transpose", lambda x: x.permute(2, 0, 1), x, Perm=dims(2, 0, 1))
    case("Transpose", lambda x: x.permute(0, 2, 3, 4, 1), normal(2, 3, 2, 1, 4), Perm=dims(0, 2, 3, 4, 1))
    for axis in range(3):
        other = list(x.shape)
        other[axis] = 2
        case("Concat", lambda *x, axis=axis: torch.cat(x, axis), x, normal(*other), normal(*other), Axis=axis)
        case("Slice", lambda x, axis=axis: x.narrow(axis, 1, x.shape[axis] - 1), x, Axis=axis, From=1, To=x.shape[axis])
        case("SumAxis", lambda x, axis=axis: x.sum(axis), x, Axis=axis)
        case("Expand", lambda x, axis=axis: torch.stack([x] * 3, axis), normal(2, 4), Axis=axis, N=3)
    case("Sum", torch.sum, x)
    case("Fill", lambda x: x.expand(2, 3), normal(), Shape=dims(2, 3))


def softmaxes() -> None:
    x = normal(6, 7, spread=3)
    x[1] *= 300  # no exponential of these is a number
    x[2] += 900
    x[3, ::2] = -INF
    x[4] = -INF
    case("LogSumExp", lambda x: torch.logsumexp(x, 1), x, dead=(4,))
    case("LogSumExp", lambda x: torch.logsumexp(x, 2), normal(2, 3, 5))
    mask = torch.from_numpy((rng.random((6, 7)) < 0.5).astype(np.uint8))
    mask[5] = 0
    case("MaskedLogSumExp", lambda x, m: torch.logsumexp(x.masked_fill(m == 0, -INF), 1), x, mask, dead=(4, 5))
    finite = x[[0, 1, 2, 5]]
    case("LogSoftmax", lambda x: F.log_softmax(x, 1), finite)
    case("Softmax", lambda x: F.softmax(x, 1), finite)
    labels = torch.tensor([3, -1, 6, 0], dtype=torch.int32)
    loss = lambda x, y: F.cross_entropy(x, y.long(), reduction="none", ignore_index=-1)  # noqa: E731
    case("CrossEntropy", loss, finite, labels)
    rows = normal(4, 5)
    rows[1] = 0
    rows[2] /= 16
    for eps in (1e-12, 0.5):
        case("L2Normalize", lambda x, eps=eps: F.normalize(x, eps=eps), rows, Eps=eps)


def indices() -> None:
    table, at = normal(5, 3), torch.tensor([4, 0, 4, 2, 1, 4], dtype=torch.int32)
    case("Gather", lambda x, i: x[i.long()], table, at)
    case("Gather", lambda x, i: x[i.long()], integers(0, 9, 5), at)
    case("ScatterAdd", lambda x, i: torch.zeros(5, 3, dtype=x.dtype).index_add(0, i.long(), x), normal(6, 3), at, Rows=5)
    case("OneHot", lambda i: F.one_hot(i.long(), 5).double(), at, Depth=5)
    case("Equal", lambda a, b: (a[:, None] == b).to(torch.uint8), integers(0, 4, 5), integers(0, 4, 6))
    tied = integers(0, 4, 4, 9).double()
    tied[1, 3], tied[2, 0], tied[2, 5], tied[3] = INF, NAN, NAN, 0.0
    tied[3, ::2] = -0.0
    for k in (1, 4, 9):
        case("TopK", lambda x, k=k: x.detach().sort(dim=1, descending=True, stable=True)[1][:, :k].int(), tied, K=k)
    case("TopK", lambda x: x.detach().topk(5)[1].int(), torch.from_numpy(rng.permutation(40) / 64.0).reshape(2, 20), K=5)
    case("ArgMax", lambda x: torch.from_numpy(x.detach().numpy().argmax(1).astype(np.int32)), tied)
    keys = integers(0, 5, 24).double()
    keys[3], keys[7], keys[11], keys[12] = NAN, -INF, INF, NAN
    case("SortByKey", lambda x: x.detach().sort(stable=True)[1].int(), keys)
    for at in (0, 5, 6, 13):
        where = torch.tensor([at], dtype=torch.int32)
        for bank, rows in ((normal(7, 2), normal(3, 2)), (integers(0, 9, 7), integers(10, 19, 3))):
            case("RingWrite", ring_write, bank, rows, where)


def ring_write(bank: Tensor, rows: Tensor, at: Tensor) -> Tensor:
    out = bank.detach().clone()
    out[(at.long() + torch.arange(len(rows))) % len(bank)] = rows.detach()
    return out


def pixels() -> None:
    mean, std = (torch.tensor(v, dtype=torch.float64) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    x = torch.from_numpy(rng.integers(0, 256, (2, 3, 4, 5, 3)).astype(np.uint8))
    x[0, 0, 0] = torch.tensor([[v] * 3 for v in (0, 1, 127, 128, 255)], dtype=torch.uint8)

    def normalize(x: Tensor) -> Tensor:
        return ((x.double() / 255 - mean) / std).permute(0, 4, 1, 2, 3)

    case("Normalize", normalize, x, Mean=mean.tolist(), Std=std.tolist())


def bfloat16() -> None:
    bits = [0x3F800000, 0x3F808000, 0x3F818000, 0x3F808001, 0x3F807FFF, 0x3F817FFF, 0xBF808000, 0xBF818000]  # ties
    bits += [0x00000000, 0x80000000, 0x00000001, 0x00008000, 0x00018000, 0x007FFFFF, 0x80008001]  # zeros and denormals
    bits += [0x7F7F0000, 0x7F7F7FFF, 0x7F7F8000, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000]  # the end
    special = torch.from_numpy(np.array(bits, dtype=np.uint32).view(np.float32))
    x = torch.cat([special, torch.from_numpy(rng.normal(0, 3, 40).astype(np.float32))])
    case("RoundBF16", lambda x: x.bfloat16().float(), x)


def averages() -> None:
    """What has a gradient in PyTorch but none here: only the results count."""
    a, b = normal(2, 3), normal(2, 3)
    case("EMA", lambda a, b: get_ema_avg_fn(0.99)(a, b, torch.tensor(1)).detach(), a, b, Decay=0.99)
    for largest in (0.5, 100.0):
        grads = [normal(2, 3), normal(4), normal()]
        leaves = [torch.zeros_like(g).requires_grad_() for g in grads]
        for leaf, g in zip(leaves, grads):
            leaf.grad = g.clone()
        norm = torch.nn.utils.clip_grad_norm_(leaves, largest)
        case("GlobalNorm", lambda *_, norm=norm: norm, *grads)
        clip = leaves[0].grad[0, 0] / grads[0][0, 0]
        case("ClipScale", lambda _, clip=clip: clip, norm, Max=largest)


STEPS, RATES = 6, [0.1, 0.1, 0.05, 0.2, 0.01, 0.1]
Step = Callable[[np.ndarray, np.ndarray, float], np.ndarray]  # of the parameter, its gradient and the rate


def trajectory(start: Tensor, grads: Tensor, step: Step, **what: object) -> dict:
    p, after = start.numpy().copy(), []
    for g, lr in zip(grads.numpy(), RATES):
        p = step(p, g, lr)
        after.append(plain(torch.from_numpy(p.copy())))
    return {**what, "start": plain(start), "grads": [plain(g) for g in grads], "rates": RATES, "after": after}


def by_torch(make: Callable[[list], torch.optim.Optimizer]) -> Step:
    state: list = []

    def step(p: np.ndarray, g: np.ndarray, lr: float) -> np.ndarray:
        if not state:
            leaf = torch.from_numpy(p).clone().requires_grad_()
            state.extend([leaf, make([leaf])])
        leaf, optimizer = state
        leaf.grad = torch.from_numpy(g).clone()
        optimizer.param_groups[0]["lr"] = lr
        optimizer.step()
        return leaf.detach().numpy()

    return step


def lars(momentum: float, decay: float, trust: float) -> Step:
    """Algorithm 1 of arXiv 1708.03888, for one layer."""
    v = [0.0]

    def step(w: np.ndarray, g: np.ndarray, lr: float) -> np.ndarray:
        local = trust * np.linalg.norm(w) / (np.linalg.norm(g) + decay * np.linalg.norm(w))
        v[0] = momentum * v[0] + lr * local * (g + decay * w)
        return w - v[0]

    return step


def trajectories() -> list:
    start, grads, out = normal(5), normal(STEPS, 5), []
    for momentum, decay, nesterov in ((0.0, 0.0, False), (0.9, 0.0, False), (0.9, 0.01, False), (0.9, 0.01, True)):
        step = by_torch(lambda p, m=momentum, d=decay, n=nesterov: torch.optim.SGD(p, 0.1, m, weight_decay=d, nesterov=n))
        out.append(trajectory(start, grads, step, optimizer="sgd", momentum=momentum, decay=decay, nesterov=nesterov))
    for betas, eps, decay in (((0.9, 0.999), 1e-8, 0.01), ((0.8, 0.95), 1e-3, 0.0)):
        step = by_torch(lambda p, b=betas, e=eps, d=decay: torch.optim.AdamW(p, 0.1, b, e, weight_decay=d))
        out.append(trajectory(start, grads, step, optimizer="adamw", betas=betas, eps=eps, decay=decay))
    for momentum, decay, trust in ((0.9, 0.01, 0.02), (0.0, 0.0, 0.001)):
        step = lars(momentum, decay, trust)
        out.append(trajectory(start, grads, step, optimizer="lars", momentum=momentum, decay=decay, trust=trust))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=Path("model/op/testdata/ops.json"))
    args = parser.parse_args()
    for add in (elementwise, shapes, softmaxes, indices, pixels, bfloat16, averages):
        add()
    content = {
        "made_by": "scripts/golden_model_ops.py",
        "versions": {m.__name__: m.__version__ for m in (torch, np)},
        "cases": cases,
        "trajectories": trajectories(),
    }
    lines = []
    for key, value in content.items():
        text = json.dumps(value, allow_nan=False)
        if isinstance(value, list):
            text = "[\n  " + ",\n  ".join(json.dumps(v, allow_nan=False) for v in value) + "\n]"
        lines.append(f"{json.dumps(key)}: {text}")
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    main()
