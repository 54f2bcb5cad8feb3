#!/usr/bin/env python3
"""Reference numbers for package robust/attack: torchattacks, foolbox and AutoAttack's own code on a small network.

    golden_attack.py AUTO_ATTACK [--output robust/attack/testdata]

AUTO_ATTACK is a checkout of github.com/fra31/auto-attack. Needs torch, numpy, scikit-learn, torchattacks and foolbox.

The network (two convolutions with batch normalisation, ReLU, the mean over time and place, a linear map) learns scikit-learn's digits,
as clips of one frame of 8x8. digits.safetensors are its weights; attack.json.gz has 600 of the pictures that it did not see, perturbations
of some in float64, and how many of the 600 the attacks leave right, with four seeds each.
"""

import argparse
import gzip
import json
import struct
import sys
from pathlib import Path

import foolbox
import numpy as np
import torch
import torchattacks
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

SAMPLES, SHOWN, SEED, RUNS = 600, 6, 1, 4
PERTURBED = {"eps": 0.1, "step": 0.03, "steps": 7}
L2 = {"eps": 0.8, "step": 0.25, "steps": 7}
CASES = [("Linf", 0.1, loss) for loss in ("ce", "dlr", "t")] + [("L2", 0.6, "ce"), ("L2", 0.6, "dlr"), ("L1", 3.0, "ce"), ("L1", 3.0, "t")]
STEPS = {"ce": 20, "dlr": 20, "t": 8}


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(3, 12, (1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1), bias=False)
        self.bn1 = nn.BatchNorm3d(12)
        self.conv2 = nn.Conv3d(12, 32, (1, 3, 3), padding=(0, 1, 1), bias=False)
        self.bn2 = nn.BatchNorm3d(32)
        self.fc = nn.Linear(32, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.dim() == 4:  # pictures, as the attacks know them
            x = x.unsqueeze(2)
        x = self.bn1(self.conv1(x)).relu()
        return self.fc(self.bn2(self.conv2(x)).relu().mean((2, 3, 4)))


def trained(x: torch.Tensor, y: torch.Tensor) -> Net:
    """The network with a little noise on the pictures, so that attacks have something to do."""
    torch.manual_seed(SEED)
    net = Net()
    sgd = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9, weight_decay=5e-4)
    steps = 1500
    schedule = torch.optim.lr_scheduler.OneCycleLR(sgd, 0.1, steps)
    for _ in range(steps):
        pick = torch.randint(len(x), (64,))
        noisy = (x[pick] + 0.15 * torch.randn_like(x[pick])).clamp(0, 1)
        loss = F.cross_entropy(net(noisy), y[pick])
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        schedule.step()
    return net.eval().requires_grad_(False)


def write_weights(net: Net, path: Path) -> None:
    """A safetensors file of the weights."""
    state = {k: v.float().numpy() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    header, data = {}, b""
    for name, value in state.items():
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + value.nbytes]}
        data += value.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def numbers(x: torch.Tensor) -> list[float]:
    return [float(f"{v:.7g}") for v in x.double().flatten().tolist()]


def perturbations(net: Net, x: torch.Tensor, y: torch.Tensor) -> list[dict]:
    """What torchattacks makes in float64 without random starts; foolbox has to agree where it has the attack."""
    net, x = net.double(), x.double()
    eps, step, steps = PERTURBED.values()
    linf = {"norm": "linf", **PERTURBED}
    cases = [
        ("fgsm", {"norm": "linf", "eps": eps, "step": eps, "steps": 1}, torchattacks.FGSM(net, eps)),
        ("pgd", linf, torchattacks.PGD(net, eps, step, steps, random_start=False)),
        ("pgd", {"norm": "l2", **L2}, torchattacks.PGDL2(net, *L2.values(), random_start=False)),
        ("mi-fgsm", linf, torchattacks.MIFGSM(net, eps, step, steps, decay=1.0)),
        ("ni-fgsm", linf, torchattacks.NIFGSM(net, eps, step, steps, decay=1.0)),
    ]
    found = [{"attack": name, **c, "x": attack(x, y)} for name, c, attack in cases]
    theirs = foolbox.PyTorchModel(net, bounds=(0, 1))
    for case, attack, size in (
        (found[0], foolbox.attacks.LinfFastGradientAttack(random_start=False), eps),
        (found[1], foolbox.attacks.LinfPGD(abs_stepsize=step, steps=steps, random_start=False), eps),
        (found[2], foolbox.attacks.L2PGD(abs_stepsize=L2["step"], steps=L2["steps"], random_start=False), L2["eps"]),
    ):
        off = (attack(theirs, x, y, epsilons=size)[1] - case["x"]).abs().max()
        assert off < 1e-6, (case["attack"], off)
    return [c | {"x": numbers(c["x"])} for c in found]


def right(net: Net, x: torch.Tensor, y: torch.Tensor) -> int:
    return int((net(x).argmax(1) == y).sum())


def robust(net: Net, x: torch.Tensor, y: torch.Tensor) -> list[dict]:
    """How many samples stay right, after AutoAttack's own APGD and after that of torchattacks."""
    from autoattack.autopgd_base import APGDAttack, APGDAttack_targeted

    counts = []
    for norm, eps, loss in CASES:
        steps = STEPS[loss]
        case = {"norm": norm.lower(), "eps": eps, "loss": loss, "steps": steps, "autoattack": [], "torchattacks": []}
        for seed in range(RUNS):
            own = {"n_iter": steps, "norm": norm, "eps": eps, "use_largereps": norm == "L1", "device": "cpu", "seed": seed}
            attack = APGDAttack_targeted(net, **own) if loss == "t" else APGDAttack(net, loss=loss, **own)
            case["autoattack"].append(right(net, attack.perturb(x, y), y))
            if norm == "L1":
                continue  # which torchattacks has not
            kind = torchattacks.APGDT if loss == "t" else torchattacks.APGD
            extra = {"n_classes": 10} if loss == "t" else {"loss": loss}
            attack = kind(net, norm=norm, eps=eps, steps=steps, n_restarts=1, seed=seed, **extra)
            case["torchattacks"].append(right(net, attack(x, y), y))
        print(case, file=sys.stderr)
        counts.append(case)
    return counts


def resized() -> dict:
    """A frame resized as input diversity does it."""
    x = torch.rand(1, 1, 8, 7, generator=torch.Generator().manual_seed(SEED))
    y = F.interpolate(x, size=(6, 5), mode="bilinear", align_corners=False)
    return {"x": numbers(x), "y": numbers(y)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("auto_attack", type=Path)
    parser.add_argument("--output", type=Path, default=Path("robust/attack/testdata"))
    args = parser.parse_args()
    sys.path.insert(0, str(args.auto_attack))
    torch.set_num_threads(1)
    digits = load_digits()
    order = np.random.default_rng(SEED).permutation(len(digits.target))
    levels, y = digits.images[order].astype(int), torch.from_numpy(digits.target[order])
    x = torch.from_numpy(levels / 16).float().unsqueeze(1).repeat(1, 3, 1, 1)
    net = trained(x[SAMPLES:], y[SAMPLES:])
    x, y, levels = x[:SAMPLES], y[:SAMPLES], levels[:SAMPLES]
    shown = (net(x).argmax(1) == y).nonzero().flatten()[:SHOWN]
    args.output.mkdir(exist_ok=True)
    write_weights(net, args.output / "digits.safetensors")
    report = {
        "versions": {m.__name__: m.__version__ for m in (torch, torchattacks, foolbox)},
        "levels": levels.reshape(SAMPLES, -1).tolist(),  # of 16
        "labels": y.tolist(),
        "clean": right(net, x, y),
        "shown": shown.tolist(),
        "resized": resized(),
        "robust": robust(net, x, y),
        "perturbed": perturbations(net, x[shown], y[shown]),
    }
    with gzip.GzipFile(args.output / "attack.json.gz", "wb", mtime=0) as f:
        f.write(json.dumps(report, separators=(",", ":")).encode())


if __name__ == "__main__":
    main()
