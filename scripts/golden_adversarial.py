#!/usr/bin/env python3
"""Reference numbers for adversarial views in package model/train: losses, gradients and views of the first steps in PyTorch.

    golden_adversarial.py [--output model/train/testdata/adversarial.json]

Needs torch and numpy. Network, data and formulas are those of golden_train.py. All is computed in float64; how far PyTorch's own
float32 is from that stands beside it: where a gradient is 0 but for rounding, its sign, and so a pixel, differs.
"""

import argparse
import copy
import json
import math
from pathlib import Path

import numpy as np
import torch
from golden_train import BATCH, DIM, MEAN, MOMENTUM, QUEUE, STD, TEMPERATURE, Embed, labels, normalized, pixels
from model_zoo import fill

STEPS, SHOWN, CLUSTERS, RADIUS = 4, 3, 3, 2.5
CASES = {
    "rocl moco": {"kind": "rocl", "objective": "moco", "steps": 3, "weight": 0.5},
    "rocl moco, removed": {"kind": "rocl", "objective": "moco", "steps": 2, "weight": 0.5, "removal": True, "random_start": True},
    "rocl simclr": {"kind": "rocl", "objective": "simclr", "steps": 2, "weight": 0.25, "random_start": True},
    "rocl simclr, removed": {"kind": "rocl", "objective": "simclr", "steps": 2, "weight": 0.25, "removal": True},
    "acl moco": {"kind": "acl", "objective": "moco", "steps": 2, "weight": 1},
    "acl simclr": {"kind": "acl", "objective": "simclr", "steps": 2, "weight": 0.5, "random_start": True},
    "acl simclr, removed": {"kind": "acl", "objective": "simclr", "steps": 2, "weight": 0.5, "removal": True},
    "advcl moco": {"kind": "advcl", "objective": "moco", "steps": 2, "weight": 0.2},
    "advcl moco, removed": {"kind": "advcl", "objective": "moco", "steps": 2, "weight": 0.2, "removal": True},
    "advcl simclr": {"kind": "advcl", "objective": "simclr", "steps": 2, "weight": 0.2},
}
LR, EPSILON, STEP = {"moco": 0.05, "simclr": 0.005}, 4 / 255, 3 / 255


def mix(h: np.ndarray) -> np.ndarray:
    h = h.astype(np.uint32)
    h = (h ^ (h >> 16)) * np.uint32(0x7FEB352D)
    h = (h ^ (h >> 15)) * np.uint32(0x846CA68B)
    return h ^ (h >> 16)


def uniform(step: int, shape: list[int]) -> torch.Tensor:
    """The numbers of op.Uniform, for the seed of a step of a run of seed 0."""
    z = ((step + 1) * 0x9E3779B97F4A7C15) % 2**64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
    seed = (z ^ (z >> 31)) % 2**32
    start = mix(np.array([(seed + 0x9E3779B9 * (1 << 20)) % 2**32], dtype=np.uint32))
    u = mix(np.arange(math.prod(shape), dtype=np.uint32) + start) >> 8
    return torch.from_numpy(u.astype(np.float64) / 2**23 - 1).reshape(shape)


def high_pass(x: torch.Tensor) -> torch.Tensor:
    h, w = x.shape[-2:]
    fy, fx = torch.fft.fftfreq(h, 1 / h), torch.fft.fftfreq(w, 1 / w)
    keep = (fy[:, None] ** 2 + fx[None] ** 2).sqrt() >= RADIUS
    return torch.fft.ifft2(torch.fft.fft2(x) * keep).real


def share(model: Embed) -> Embed:
    """The same network with batch normalization of its own."""
    other = copy.deepcopy(model)
    for a, b in zip(model.modules(), other.modules(), strict=True):
        if not isinstance(a, torch.nn.modules.batchnorm._BatchNorm):
            for name, p in list(a._parameters.items()):
                if p is not None:
                    b._parameters[name] = p
    return other


class Tentative:
    """Running statistics stay."""

    def __init__(self, model: torch.nn.Module):
        self.norms = [m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]

    def __enter__(self):
        for m in self.norms:
            m.momentum = 0.0

    def __exit__(self, *_):
        for m in self.norms:
            m.momentum = 0.1


def apart(anchor, positives, entries, left):
    pos = torch.stack([(anchor * p).sum(1) for p in positives], 1) / TEMPERATURE
    neg = (anchor @ entries.T / TEMPERATURE).masked_fill(~left, -math.inf)
    return torch.logsumexp(torch.cat([pos, neg], 1), 1) - pos.mean(1)


class Run:
    def __init__(self, case: dict, dtype: torch.dtype):
        self.case, self.dtype = case, dtype
        self.own = Embed(dtype, case["objective"])
        self.clean = share(self.own) if case["kind"] == "acl" else self.own
        self.key = copy.deepcopy(self.own)
        self.fc = fill(torch.nn.ModuleDict({"fc": torch.nn.Linear(128, CLUSTERS)})).to(dtype)["fc"]
        self.queue, self.queued = torch.zeros(0, DIM, dtype=dtype), torch.zeros(0, dtype=torch.int64)
        self.bank, self.both = case["objective"] == "moco", case["kind"] == "acl" and case["objective"] == "simclr"
        params = {id(p): p for m in (self.own, self.clean) for p in m.parameters()}
        if case["kind"] == "advcl":
            params |= {id(p): p for p in self.fc.parameters()}
        self.params = list(params.values())
        self.opt = torch.optim.SGD(self.params, momentum=0.9, lr=0)

    def limits(self, x):
        mean, std = (torch.tensor(v, dtype=torch.float64).reshape(1, 3, 1, 1, 1) for v in (MEAN, STD))
        return [v.to(self.dtype) for v in (STEP / std, EPSILON / std, (0 - mean) / std, (1 - mean) / std)]

    def clip(self, x, origin):
        _, radius, low, high = self.limits(x)
        return torch.minimum(torch.maximum(torch.minimum(torch.maximum(x, origin - radius), origin + radius), low), high)

    def pseudo(self, features):
        return torch.nn.functional.cross_entropy(self.fc(features), torch.arange(BATCH) % CLUSTERS)

    def anchored(self, z):
        """The loss of the adversarial anchors that the attack raises, without pseudo-labels."""
        if self.both:
            a, b = z.chunk(2)
            return apart(z, [torch.cat([b, a])], z, self.left).mean()
        more = [self.q, self.high] if self.case["kind"] == "advcl" else []
        return apart(z, [self.k, *more], self.entries, self.left[:BATCH]).mean()

    def raised(self, z, features):
        l = self.anchored(z)
        return l + self.case["weight"] * self.pseudo(features) if self.case["kind"] == "advcl" else l

    def embed(self, x):
        features = self.own.encoder(x)
        return torch.nn.functional.normalize(self.own.head(features)), features

    def attack(self, origin, step):
        at = origin
        if self.case.get("random_start"):
            at = self.clip(origin + EPSILON * uniform(step, list(origin.shape)).to(self.dtype) / torch.tensor(STD, dtype=self.dtype).reshape(1, 3, 1, 1, 1), origin)
        first = None
        for _ in range(self.case["steps"]):
            at = at.detach().requires_grad_()
            with Tentative(self.own):
                value = self.raised(*self.embed(at))
            first = value.item() if first is None else first
            (grad,) = torch.autograd.grad(value, at, retain_graph=True)
            at = self.clip(at + self.limits(at)[0] * grad.sign(), origin)
        return at.detach(), first

    def views(self, *made):
        n, all_ = BATCH, [self.k, self.q, *made]
        losses = []
        for i, anchor in enumerate(all_):
            if i == 0 and self.bank:
                continue
            left = self.left[n : 2 * n] if i == 0 else self.left[:n]
            losses.append(apart(anchor, [v for j, v in enumerate(all_) if j != i], self.entries, left))
        return torch.cat(losses).mean()

    def step(self, step: int) -> tuple[list[float], torch.Tensor]:
        own = torch.arange(BATCH)
        first, second = (normalized(pixels(step, view), self.dtype) for view in (0, 1))
        y = labels(step)
        if self.bank:
            with torch.no_grad():
                source = dict(self.clean.named_parameters())
                for name, k in self.key.named_parameters():
                    k.copy_(MOMENTUM * k + (1 - MOMENTUM) * source[name])
                self.k = self.key(second)
            self.q = self.clean(first)
            ids, self.entries, other = own, self.queue, torch.arange(len(self.queue)) % BATCH
            anchors, positives, label, others = self.q, self.k, y, self.queued
        else:
            self.q, self.k = self.clean(torch.cat([first, second])).chunk(2)
            ids = other = torch.cat([own, own])
            self.entries = torch.cat([self.q, self.k])
            anchors, positives, label, others = self.entries, torch.cat([self.k, self.q]), y.repeat(2), y.repeat(2)
        self.left = ids[:, None] != other[None]
        if self.case.get("removal"):
            self.left = self.left & (label[:, None] != others[None])
        if self.case["kind"] == "advcl":
            with Tentative(self.own):
                self.high = self.own(high_pass(first))
        origin = torch.cat([first, second]) if self.both else first
        at, before = self.attack(origin, step)
        z, features = self.embed(at)
        clean = apart(anchors, [positives], self.entries, self.left).mean()
        adversarial = self.anchored(z) if self.both else apart(z, [self.k], self.entries, self.left[:BATCH]).mean()
        gain = self.raised(z, features).item() - before
        weight = self.case["weight"]
        if self.case["kind"] == "acl":
            loss = (clean + weight * adversarial) / (1 + weight)
        elif self.case["kind"] == "rocl":
            loss = self.views(z) + weight * adversarial
        else:
            loss = self.views(z, self.high) + weight * self.pseudo(features)
        for group in self.opt.param_groups:
            group["lr"] = LR[self.case["objective"]] * (1 + math.cos(math.pi * step / STEPS)) / 2
        self.opt.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.params, math.inf)
        self.opt.step()
        if self.bank:
            self.queue, self.queued = torch.cat([self.queue, self.k])[-QUEUE:], torch.cat([self.queued, y])[-QUEUE:]
        return [loss.item(), norm.item(), clean.item(), adversarial.item(), gain], at - origin


def moved(delta: torch.Tensor) -> str:
    """How far the pixels of the first clip were moved, from A for -4/255 to I for 4/255."""
    levels = (delta[0] * torch.tensor(STD, dtype=delta.dtype).reshape(3, 1, 1, 1) * 255).round().int() + 4
    return "".join(chr(65 + v) for v in levels.flatten().tolist())


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--output", type=Path, default=Path("model/train/testdata/adversarial.json"))
    out = ap.parse_args().output
    cases = []
    for name, case in CASES.items():
        run, single = Run(case, torch.float64), Run(case, torch.float32)
        steps, off, views = [], 0.0, ""
        for step in range(SHOWN):
            want, delta = run.step(step)
            got, _ = single.step(step)
            off = max([off] + [abs(a - b) / max(1, abs(b)) for a, b in zip(got, want, strict=True)])
            steps.append([float(f"{v:.10g}") for v in want])
            if step == 1:
                views = moved(delta)
        running = run.own.encoder.layers[0].bn.running_mean.tolist()
        print(name, off, steps)
        cases.append({"name": name, **case, "float32": float(f"{off:.2g}"), "views": views, "running": [float(f"{v:.10g}") for v in running], "steps": case["steps"], "numbers": steps})
    out.write_text(json.dumps({"torch": torch.__version__, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
