#!/usr/bin/env python3
"""Reference numbers for the tests of package model/train: losses of the first steps of training in PyTorch.

    golden_train.py [--output model/train/testdata/steps.json]

Needs torch and numpy. The network is tiny3d of model_zoo.py, its weights and the pixels come from a formula (value and
pixels), so that the file holds results alone. All is computed in float64; how far PyTorch's own float32 is from that stands
beside it, since batch normalization of a small batch makes rounding grow from step to step. The same eight samples, with
other pixels, come at every step; entries of the queue of an anchor's own sample are no negatives of it.
"""

import argparse
import copy
import json
import math
from pathlib import Path

import numpy as np
import torch
from model_zoo import build, fill, numbers

BATCH, FRAMES, SIZE, CLASSES, STEPS = 8, 4, 12, 4, 10
MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)
CASES = {
    "sgd": {"kind": "sgd", "lr": 0.05, "weight_decay": 0.01},
    "nesterov": {"kind": "sgd", "lr": 0.05, "weight_decay": 0.01, "nesterov": True, "warmup": 0.3},
    "clipped": {"kind": "sgd", "lr": 0.1, "clip_norm": 0.5},
    "parts": {"kind": "sgd", "lr": 0.05, "accumulate": 2},
    "adamw": {"kind": "adamw", "lr": 0.002, "weight_decay": 0.1},
    "lars": {"kind": "lars", "lr": 0.5, "weight_decay": 0.001},
    "moco": {"kind": "sgd", "lr": 0.1, "weight_decay": 0.0001, "objective": "moco"},
    "simclr": {"kind": "sgd", "lr": 0.005, "weight_decay": 0.0001, "objective": "simclr"},
}
DIM, QUEUE, TEMPERATURE, MOMENTUM = 16, 16, 0.2, 0.9


def pixels(step: int, view: int = 0) -> torch.Tensor:
    shape = (BATCH, FRAMES, SIZE, SIZE, 3)
    name = f"pixels {step}" + (f" view {view}" if view else "")
    return torch.from_numpy(np.floor((numbers(name, math.prod(shape)) + 1) * 128).reshape(shape))


def labels(step: int) -> torch.Tensor:
    return torch.from_numpy(np.floor((numbers(f"labels {step}", BATCH) + 1) / 2 * CLASSES).astype(np.int64))


def rate(case: dict, step: int) -> float:
    warm = round(case.get("warmup", 0) * STEPS)
    if step < warm:
        return case["lr"] * (step + 1) / warm
    return case["lr"] * (1 + math.cos(math.pi * (step - warm) / (STEPS - warm))) / 2


class Lars(torch.optim.SGD):
    """You, Gitman and Ginsburg 2017, with the rate inside of the momentum; vectors go by SGD."""

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                v = state.setdefault("v", torch.zeros_like(p))
                if p.dim() == 1:
                    v.mul_(group["momentum"]).add_(p.grad)
                    p.sub_(v, alpha=group["lr"])
                    continue
                decay, wide, steep = group["weight_decay"], p.norm(), p.grad.norm()
                local = 0.001 * wide / (steep + decay * wide)
                v.mul_(group["momentum"]).add_((p.grad + decay * p) * (local * group["lr"]))
                p.sub_(v)


def optimizer(case: dict, model: torch.nn.Module) -> torch.optim.Optimizer:
    decay = case.get("weight_decay", 0)
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() == 1]
    groups = [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0}]
    if case["kind"] == "adamw":
        return torch.optim.AdamW(groups)
    if case["kind"] == "lars":
        return Lars(groups, momentum=0.9)
    return torch.optim.SGD(model.parameters(), momentum=0.9, nesterov=case.get("nesterov", False), weight_decay=decay)


class Embed(torch.nn.Module):
    """The encoder, without its classifier, and a head."""

    def __init__(self, dtype: torch.dtype, kind: str):
        super().__init__()
        self.encoder = fill(build("tiny3d", classes=CLASSES)).to(dtype).train()
        self.encoder.fc = torch.nn.Identity()
        linear, norm = torch.nn.Linear, torch.nn.BatchNorm1d
        layers = {
            "moco": lambda: [linear(128, 128), torch.nn.ReLU(), linear(128, DIM)],
            "simclr": lambda: [linear(128, 128, False), norm(128), torch.nn.ReLU(), linear(128, DIM, False), norm(DIM)],
        }[kind]()
        self.head = fill(torch.nn.Sequential(*layers)).to(dtype).train()

    def forward(self, x):
        return torch.nn.functional.normalize(self.head(self.encoder(x)))


def contrastive(case: dict, dtype: torch.dtype) -> list[list[float]]:
    model = Embed(dtype, case["objective"])
    key, opt = copy.deepcopy(model), optimizer(case, model)
    queue, own = torch.zeros(0, DIM, dtype=dtype), torch.arange(BATCH)
    result = []
    for step in range(STEPS):
        for group in opt.param_groups:
            group["lr"] = rate(case, step)
        first, second = (normalized(pixels(step, view), dtype) for view in (0, 1))
        if case["objective"] == "moco":
            with torch.no_grad():
                for k, q in zip(key.parameters(), model.parameters(), strict=True):
                    k.copy_(MOMENTUM * k + (1 - MOMENTUM) * q)
                keys = key(second)
            query = model(first)
            mine = own[:, None] == torch.arange(len(queue)) % BATCH
            negatives = (query @ queue.T).masked_fill(mine, -math.inf)
            logits = torch.cat([(query * keys).sum(1, keepdim=True), negatives], 1)
            loss = torch.nn.functional.cross_entropy(logits / TEMPERATURE, torch.zeros(BATCH, dtype=torch.long))
            queue = torch.cat([queue, keys])[-QUEUE:]
        else:
            both = model(torch.cat([first, second]))
            logits = (both @ both.T / TEMPERATURE).masked_fill(torch.eye(2 * BATCH, dtype=torch.bool), -math.inf)
            loss = torch.nn.functional.cross_entropy(logits, torch.cat([own + BATCH, own]))
        opt.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), math.inf)
        opt.step()
        result.append([loss.item(), norm.item()])
    return result


def normalized(x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    mean, std = (torch.tensor(v, dtype=torch.float64) for v in (MEAN, STD))
    return ((x / 255 - mean) / std).permute(0, 4, 1, 2, 3).to(dtype)


def train(case: dict, dtype: torch.dtype) -> list[list[float]]:
    if "objective" in case:
        return contrastive(case, dtype)
    model = fill(build("tiny3d", classes=CLASSES)).to(dtype).train()
    opt = optimizer(case, model)
    result = []
    for step in range(STEPS):
        for group in opt.param_groups:
            group["lr"] = rate(case, step)
        x = normalized(pixels(step), dtype)
        opt.zero_grad()
        total, parts = 0.0, case.get("accumulate", 1)
        for clips, truth in zip(x.chunk(parts), labels(step).chunk(parts), strict=True):
            loss = torch.nn.functional.cross_entropy(model(clips), truth) / parts
            loss.backward()
            total += loss.item()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), case.get("clip_norm", math.inf))
        opt.step()
        result.append([total, norm.item()])
    return result


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--output", type=Path, default=Path("model/train/testdata/steps.json"))
    out = ap.parse_args().output
    cases = []
    for name, case in CASES.items():
        want, single = train(case, torch.float64), train(case, torch.float32)
        off = max(abs(a[0] - b[0]) / max(1, b[0]) for a, b in zip(single, want, strict=True))
        print(name, off, want[0], want[-1])
        steps = [[float(f"{v:.10g}") for v in pair] for pair in want]
        cases.append({"name": name, **case, "float32": float(f"{off:.2g}"), "steps": steps})
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps({"torch": torch.__version__, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
