#!/usr/bin/env python3
"""Reference numbers for the attacks of package robust/attack that are not PGD's, made on the CPU.

    golden_attack_minimal.py --auto-attack CHECKOUT [--output robust/attack/testdata/minimal.json]

CHECKOUT is a working tree of github.com/fra31/auto-attack. Needs torch, numpy, scikit-learn, foolbox, eagerpy and torchattacks (for the
last three pip install --no-deps is enough, with their GitPython and requests).

A small network is trained, with FGSM so that attacks have something to do, on clips [3,2,8,8] made of scikit-learn's digits: a digit, then the same
one pixel to the right, in three channels of falling brightness. Its weights are rounded to a byte, and are part of the
output, as are the digits, so that the test attacks the very network. AutoAttack sees time folded into the channels.

  projections  fab_projections of AutoAttack in float64
  fab          AutoAttack's FAB-T with few targets and steps: the smallest norms
  deepfool     foolbox's: the norms; and torchattacks': their median
  cw           foolbox's, with few steps: the norms
  square       AutoAttack's, and torchattacks' in linf with the schedule rescaled: which clips stand; with
               squares anywhere in the frame, as in the paper
  autoattack   the standard version: which clips stand after each attack
"""

import argparse
import base64
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

HIDDEN, COUNT, SIDE = 24, 200, 8
GAINS = (1.0, 0.75, 0.5)
EPS = {"Linf": 0.12, "L2": 1.0, "L1": 8.0}


def clips(digits: np.ndarray) -> torch.Tensor:
    """[N,8,8] of 0 to 16 as [N,6,8,8], channel 2c + t."""
    later = np.zeros_like(digits)
    later[:, :, 1:] = digits[:, :, :-1]
    planes = [gain * frame / 16 for gain in GAINS for frame in (digits, later)]
    return torch.from_numpy(np.stack(planes, 1)).float()


def train(x: torch.Tensor, y: torch.Tensor) -> nn.Module:
    torch.manual_seed(1)
    net = nn.Sequential(nn.Flatten(), nn.Linear(x[0].numel(), HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 10))
    opt = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(60):
        for b in torch.randperm(len(x)).split(64):
            near = x[b].clone().requires_grad_()
            grad = torch.autograd.grad(nn.functional.cross_entropy(net(near), y[b]), near)[0]
            near = (x[b] + 0.08 * grad.sign()).clamp(0, 1)
            opt.zero_grad()
            nn.functional.cross_entropy(net(near), y[b]).backward()
            opt.step()
    return net.eval().requires_grad_(False)


def rounded(net: nn.Module) -> list[dict]:
    """Rounds the weights in place, and returns the layers."""
    layers = []
    for layer in (net[1], net[3]):
        scale = np.float32(layer.weight.abs().max().item() / 127)
        q = np.round(layer.weight.numpy() / scale).astype(np.int8)
        bias = np.round(layer.bias.numpy(), 4).astype(np.float32)
        layer.weight.copy_(torch.from_numpy(q.astype(np.float32) * scale))
        layer.bias.copy_(torch.from_numpy(bias))
        layers.append({"Scale": float(scale), "Weight": base64.b64encode(q.tobytes()).decode(), "Bias": [round(float(v), 4) for v in bias]})
    return layers


def norms(kind: str, d: torch.Tensor) -> torch.Tensor:
    return torch.linalg.vector_norm(d.flatten(1).double(), {"Linf": float("inf"), "L2": 2, "L1": 1}[kind], 1)


def listed(v: torch.Tensor) -> list[float]:
    return [float(f"{e:.5g}") for e in v.tolist()]


def flags(v: torch.Tensor) -> str:
    return "".join("1" if e else "0" for e in v.tolist())


def stands(net: nn.Module, adv: torch.Tensor, x: torch.Tensor, y: torch.Tensor, kind: str) -> str:
    assert norms(kind, adv - x).max() <= EPS[kind] * (1 + 1e-5) and 0 <= adv.min() and adv.max() <= 1
    return flags(net(adv).argmax(1) == y)


def projections() -> list[dict]:
    from autoattack import fab_projections

    torch.set_default_dtype(torch.float64)
    rng = np.random.default_rng(5)
    out = []
    for kind in ("Linf", "L2", "L1"):
        for n, far in ((7, 0.1), (12, 0.5), (12, -0.5), (16, 0.9), (9, 5.0)):
            t, w = np.round(rng.uniform(0, 1, n), 4), np.round(rng.normal(0, 1, n), 4)
            t[0], t[1], w[2] = 0, 1, 0
            b = round(float(w @ t + far * np.abs(w).sum() / 2), 6)
            f = getattr(fab_projections, "projection_" + kind.lower())
            d = f(torch.from_numpy(t)[None], torch.from_numpy(w)[None], torch.tensor([b]))[0]
            out.append({"Norm": kind.lower(), "Point": t.tolist(), "Plane": w.tolist(), "Offset": b, "Change": [float(f"{v:.14g}") for v in d]})
    torch.set_default_dtype(torch.float32)
    return out


def fab(net: nn.Module, x: torch.Tensor, y: torch.Tensor, targets: int, steps: int) -> dict:
    from autoattack.fab_pt import FABAttack_PT

    out = {"Targets": targets, "Steps": steps}
    for kind in EPS:
        best = torch.full((len(x),), torch.inf, dtype=torch.float64)
        a = FABAttack_PT(net, norm=kind, n_iter=steps, eps=EPS[kind], device="cpu", targeted=True)
        for target in range(2, 2 + targets):
            a.target_class = target
            adv = a.attack_single_run(x, y, is_targeted=True)
            d = norms(kind, adv - x)
            best = torch.where(net(adv).argmax(1) != y, torch.minimum(best, d), best)
        out[kind] = listed(torch.where(best.isinf(), -1, best))  # -1: not found
    return out


def deepfool(net: nn.Module, x: torch.Tensor, y: torch.Tensor) -> dict:
    import foolbox
    import torchattacks

    model, out = foolbox.PyTorchModel(net, bounds=(0, 1), device="cpu"), {}
    for kind, a in (("L2", foolbox.attacks.L2DeepFoolAttack()), ("Linf", foolbox.attacks.LinfDeepFoolAttack())):
        adv = a.run(model, x, foolbox.criteria.Misclassification(y))
        out[kind] = listed(torch.where(net(adv).argmax(1) != y, norms(kind, adv - x), -1))
    d = norms("L2", torchattacks.DeepFool(net)(x, y) - x)
    out["Torchattacks"] = listed(d[d > 0].median()[None])[0]
    return out


def cw(net: nn.Module, x: torch.Tensor, y: torch.Tensor) -> dict:
    import foolbox

    c = {"Searches": 6, "Steps": 100, "Rate": 0.02, "Constant": 0.05}
    a = foolbox.attacks.L2CarliniWagnerAttack(
        binary_search_steps=c["Searches"], steps=c["Steps"], stepsize=c["Rate"], initial_const=c["Constant"])
    model, found = foolbox.PyTorchModel(net, bounds=(0, 1), device="cpu"), []
    for i in range(60):  # one by one, as the end of a search depends on the batch
        adv = a.run(model, x[i : i + 1], foolbox.criteria.Misclassification(y[i : i + 1]))
        found += listed(torch.where(adv.flatten(1).any(1), norms("L2", adv - x[i : i + 1]), -1))  # zeros: nothing found
    return c | {"Norms": found}


def square(net: nn.Module, x: torch.Tensor, y: torch.Tensor, queries: int) -> dict:
    import torchattacks
    from autoattack.square import SquareAttack

    def place(self, low: int = 0, high: int = 1, shape: tuple = (1,)) -> torch.Tensor:
        return torch.randint(low, high + 1, tuple(shape))  # theirs leaves out the last place, and so the last row and column

    SquareAttack.random_int = torchattacks.Square.random_int = place
    out = {"Queries": queries}
    for kind in ("Linf", "L2"):
        a = SquareAttack(net, norm=kind, n_queries=queries, eps=EPS[kind], resc_schedule=False, seed=0, device="cpu")
        out[kind] = stands(net, a.perturb(x, y), x, y, kind)
    b = torchattacks.Square(net, norm="Linf", n_queries=queries, eps=EPS["Linf"], resc_schedule=True, seed=0)
    return out | {"Rescaled": stands(net, b(x, y), x, y, "Linf")}


def cascade(net: nn.Module, x: torch.Tensor, y: torch.Tensor) -> dict:
    from autoattack import AutoAttack

    out = {}
    for kind in ("Linf", "L2"):
        a = AutoAttack(net, norm=kind, eps=EPS[kind], seed=0, version="standard", device="cpu", verbose=False)
        names, now, steps = a.attacks_to_run, x, []
        for name in names:  # as run_standard_evaluation does, but with what is left after each
            a.attacks_to_run = [name]
            left = net(now).argmax(1) == y
            if left.any():
                now = now.clone()
                now[left] = a.run_standard_evaluation(x[left], y[left], bs=COUNT)
            steps.append({"Name": name, "Stand": stands(net, now, x, y, kind)})
        out[kind.lower()] = steps
    return out


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--auto-attack", type=Path, required=True)
    p.add_argument("--output", type=Path, default=Path("robust/attack/testdata/minimal.json"))
    args = p.parse_args()
    sys.path.insert(0, str(args.auto_attack))
    from sklearn.datasets import load_digits

    digits, labels = load_digits(return_X_y=True)
    digits, y = digits.reshape(-1, SIDE, SIDE), torch.from_numpy(labels)
    x = clips(digits)
    net = train(x[:-COUNT], y[:-COUNT])
    layers = rounded(net)
    digits, x, y = digits[-COUNT:], x[-COUNT:].contiguous(), y[-COUNT:]
    golden = {
        "Gains": GAINS,
        "Digits": base64.b64encode(digits.astype(np.uint8).tobytes()).decode(),
        "Labels": "".join(str(int(v)) for v in y),
        "Layers": layers,
        "Eps": {kind.lower(): eps for kind, eps in EPS.items()},
        "Clean": flags(net(x).argmax(1) == y),
        "Logits": listed(net(x[:1])[0]),
        "Projections": projections(),
        "FAB": fab(net, x, y, 3, 30),
        "DeepFool": deepfool(net, x, y),
        "CW": cw(net, x, y),
        "AutoAttack": cascade(net, x, y),
        "Square": square(net, x, y, 1000),
    }
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print("clean", golden["Clean"].count("1"), "of", COUNT)
    for kind, steps in golden["AutoAttack"].items():
        print(kind, [(s["Name"], s["Stand"].count("1")) for s in steps])
    print({k: v.count("1") for k, v in golden["Square"].items() if k != "Queries"})
    print(args.output, args.output.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
