#!/usr/bin/env python3
"""Reference numbers for the objectives of package model/contrast, made in float64 on the CPU.

    golden_contrast.py [--output model/contrast/testdata/contrast.json]

Needs torch, numpy, lightly (pip install --no-deps is enough) and pytorch-metric-learning. A case is an objective, its temperature,
the embeddings before they are brought to unit length, the numbers and labels of the samples and of what is in the bank, the
loss, and its gradients with respect to the embeddings. Where the source is a library, its loss is what is stored, and has to
equal the formula written out here.

  moco      lightly's NTXentLoss with a memory bank
  simclr    lightly's NTXentLoss, and pytorch-metric-learning's
  supcon    pytorch-metric-learning's SupConLoss, in the batch and against a bank
  eliminate, attract, both: the formulas of docs/design/011-trainer.md with the oracle's pairs
"""

import argparse
import json
from pathlib import Path
from typing import Callable

import numpy as np
import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
RNG = np.random.default_rng(3)
N, D, Q = 6, 8, 12


def draw(*shape: int) -> torch.Tensor:
    return torch.from_numpy(np.round(RNG.normal(0, 1, shape) * 64) / 64)


def listed(t: torch.Tensor) -> list:
    return [float(f"{v:.14g}") for v in t.detach().flatten().tolist()]


QUERY, KEY, BANK = draw(N, D), draw(N, D), F.normalize(draw(Q, D), dim=1)
INDEX = torch.tensor([3, 8, 0, 5, 9, 7])
LABELS = torch.tensor([0, 1, 0, 2, 1, -1])
BANK_IDS = torch.tensor([11, 12, 3, 13, 14, 3, 15, 16, 17, 18, -1, -1])  # two of anchor 0, the last two empty
BANK_LABELS = torch.tensor([0, 1, 0, 2, -1, 0, 0, 2, 1, 0, -1, -1])
VALID = (BANK_IDS[None] >= 0) & (INDEX[:, None] != BANK_IDS[None])
SAME = VALID & (LABELS[:, None] == BANK_LABELS[None]) & (LABELS[:, None] >= 0)


def against_bank(action: str, t: float) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    def loss(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        sp, sn = (q * k).sum(1) / t, q @ BANK.T / t
        nothing = torch.full_like(sn, -torch.inf)

        def lse(m: torch.Tensor) -> torch.Tensor:
            return torch.logsumexp(torch.cat([sp[:, None], torch.where(m, sn, nothing)], 1), 1)

        if action == "none":
            return (lse(VALID) - sp).mean()
        if action == "attract":
            return (lse(VALID) - (sp + (sn * SAME).sum(1)) / (1 + SAME.sum(1))).mean()
        rest = lse(VALID & ~SAME)
        total = rest - sp
        if action == "both":
            each = -(sn - torch.logaddexp(rest[:, None], sn)) * SAME
            total = total + 0.5 * each.sum(1) / SAME.sum(1).clamp(min=1)
        return total.mean()

    return loss


def lightly_moco(t: float) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    from lightly.loss import NTXentLoss

    module = NTXentLoss(temperature=t, memory_bank_size=(Q, D))
    module.memory_bank.bank = BANK.clone() if module.memory_bank.bank.shape == BANK.shape else BANK.T.clone()
    return module


def lightly_simclr(t: float) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    from lightly.loss import NTXentLoss

    return NTXentLoss(temperature=t)


def metric_learning(name: str, t: float, labels: torch.Tensor) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    from pytorch_metric_learning import losses

    return lambda q, k: getattr(losses, name)(temperature=t)(torch.cat([q, k]), torch.cat([labels, labels]))


def supcon_bank(t: float) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """pytorch-metric-learning's SupConLoss of each anchor against its own key and the entries that are valid for it."""
    from pytorch_metric_learning import losses

    def loss(q: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
        total = 0
        for i in range(N):
            ref = torch.cat([k[i : i + 1], BANK[VALID[i]]])
            labels = torch.cat([torch.zeros(1, dtype=int), torch.where(SAME[i][VALID[i]], 0, 1 + torch.arange(int(VALID[i].sum())))])
            total = total + losses.SupConLoss(temperature=t)(q[i : i + 1], torch.zeros(1, dtype=int), ref_emb=ref, ref_labels=labels)
        return total / N

    return loss


def case(name: str, config: dict, f: Callable, bank: bool, labels: torch.Tensor = LABELS, ids: torch.Tensor = BANK_IDS, same_as: Callable = None) -> dict:
    q, k = QUERY.clone().requires_grad_(), KEY.clone().requires_grad_()
    loss = f(F.normalize(q, dim=1), F.normalize(k, dim=1))
    if same_as is not None:
        other = same_as(F.normalize(q, dim=1), F.normalize(k, dim=1))
        assert torch.allclose(loss, other, rtol=1e-12), (name, loss, other)
    gq, gk = torch.autograd.grad(loss, [q, k], allow_unused=True)
    one = {"name": name, "config": config, "labels": labels.tolist(), "loss": loss.item(), "gradQuery": listed(gq)}
    if bank:
        return one | {"ids": ids.tolist()}
    return one | {"gradKey": listed(gk)}


def cases() -> list:
    global VALID, SAME
    keep = VALID, SAME
    out = [
        case("moco", {"Objective": "moco", "Temperature": 0.2}, against_bank("none", 0.2), True),
        case("eliminate", {"Objective": "moco", "Temperature": 0.2, "Action": "eliminate"}, against_bank("eliminate", 0.2), True),
        case("attract", {"Objective": "moco", "Temperature": 0.3, "Action": "attract"}, against_bank("attract", 0.3), True, same_as=supcon_bank(0.3)),
        case("both", {"Objective": "moco", "Temperature": 0.2, "Action": "both"}, against_bank("both", 0.2), True),
        case("supcon against a bank", {"Objective": "supcon", "Temperature": 0.1}, supcon_bank(0.1), True),
        case("simclr", {"Objective": "simclr", "Temperature": 0.5}, lightly_simclr(0.5), False, same_as=metric_learning("NTXentLoss", 0.5, torch.arange(N))),
    ]
    labels = torch.tensor([0, 1, 0, 2, 1, 3])
    out.append(case("supcon", {"Objective": "supcon", "Temperature": 0.2}, metric_learning("SupConLoss", 0.2, labels), False, labels))
    all_there = torch.arange(20, 20 + Q)
    VALID = torch.ones_like(VALID)
    out.append(case("moco of a full bank", {"Objective": "moco", "Temperature": 0.07}, against_bank("none", 0.07), True, ids=all_there, same_as=lightly_moco(0.07)))
    VALID, SAME = keep
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="model/contrast/testdata/contrast.json", type=Path)
    args = parser.parse_args()
    import lightly
    import pytorch_metric_learning

    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(json.dumps({
        "torch": torch.__version__, "lightly": lightly.__version__, "pytorch-metric-learning": pytorch_metric_learning.__version__,
        "dim": D, "query": listed(QUERY), "key": listed(KEY), "bank": listed(BANK), "index": INDEX.tolist(),
        "bankLabels": BANK_LABELS.tolist(), "cases": cases()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
