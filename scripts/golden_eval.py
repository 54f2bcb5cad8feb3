#!/usr/bin/env python3
"""Reference numbers for package model/eval, made by scikit-learn, SciPy and PyTorch in float64 on the CPU.

    golden_eval.py [--output model/eval/testdata/eval.json.gz]

Needs torch, numpy, scipy and scikit-learn. Features are those of seven overlapping classes, of unequal sizes and unequal
scales, multiples of 1/64: exact in float32 too. Where a result is a list of classes, no two candidates are within 1e-5.
"""

import argparse
import gzip
import json
from pathlib import Path

import numpy as np
import scipy.stats
import sklearn
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.preprocessing import StandardScaler
from torch.nn import functional as F

CLASSES, DIM = 7, 20


def features(rng: np.random.Generator, centres: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    labels = np.minimum(rng.integers(0, CLASSES + 2, n), CLASSES - 1)  # the last class is the largest
    scale = np.linspace(0.5, 3, DIM)
    x = (centres[labels] + rng.normal(0, 1, (n, DIM))) * scale + 1
    return np.round(x * 64) / 64, labels


def knn(train: np.ndarray, labels: np.ndarray, test: np.ndarray, k: int, temperature: float, center: bool) -> np.ndarray:
    """Scores of the classes: sums of exp(similarity / temperature) over the k nearest (Wu et al. 2018)."""
    mean = train.mean(0) if center else 0
    a = F.normalize(torch.from_numpy(train - mean))
    b = F.normalize(torch.from_numpy(test - mean))
    similarity, nearest = (b @ a.T).topk(k)
    votes = F.one_hot(torch.from_numpy(labels)[nearest], CLASSES)
    return (votes * (similarity / temperature).exp()[:, :, None]).sum(1).numpy()


def knn_case(train, labels, test, truth, k: int, temperature: float, center: bool) -> dict:
    scores = knn(train, labels, test, k, temperature, center)
    order = np.argsort(-scores, 1, kind="stable")
    best = -np.sort(-scores, 1)
    assert ((best[:, 0] - best[:, 1]) / best[:, 0]).min() > 1e-5
    hits = [t in [c for c in row[:5] if s[c] > 0] for t, row, s in zip(truth, order, scores)]
    return {"k": k, "temperature": temperature, "center": center, "predicted": order[:, 0].tolist(), "top5": int(np.sum(hits))}


def probe_case(train, labels, test, truth, c: float) -> dict:
    scaler = StandardScaler().fit(train)
    x, y = scaler.transform(train), scaler.transform(test)
    model = LogisticRegression(C=c, tol=1e-10, max_iter=10000).fit(x, labels)
    w, b = torch.from_numpy(model.coef_), torch.from_numpy(model.intercept_)
    loss = F.cross_entropy(torch.from_numpy(x) @ w.T + b, torch.from_numpy(labels)) + 0.5 / (c * len(x)) * (w**2).sum()
    scores = model.decision_function(y)
    top = np.argsort(-scores, 1)[:, :5]
    predicted = model.predict(y)
    return {"c": c, "loss": loss.item(), "predicted": predicted.tolist(),
            "top5": int((top == truth[:, None]).any(1).sum()),
            "confusion": confusion_matrix(truth, predicted, labels=range(CLASSES)).tolist()}


def recall(query, labels, gallery, gallery_labels, itself: bool) -> dict[str, int]:
    s = F.normalize(torch.from_numpy(query)) @ F.normalize(torch.from_numpy(gallery)).T
    if itself:
        s.fill_diagonal_(-torch.inf)
    found = torch.from_numpy(gallery_labels)[s.topk(10).indices] == torch.from_numpy(labels)[:, None]
    return {str(k): int(found[:, :k].any(1).sum()) for k in (1, 5, 10)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path("model/eval/testdata/eval.json.gz"))
    args = parser.parse_args()
    rng = np.random.default_rng(7)
    centres = rng.normal(0, 0.5, (CLASSES, DIM))
    train, labels = features(rng, centres, 320)
    test, truth = features(rng, centres, 190)
    z = F.normalize(torch.from_numpy(train))
    y = F.normalize(torch.from_numpy(train[::-1].copy()))
    golden = {
        "versions": {"torch": torch.__version__, "sklearn": sklearn.__version__, "scipy": scipy.__version__},
        "dim": DIM, "classes": CLASSES,
        "train": train.flatten().tolist(), "train_labels": labels.tolist(),
        "test": test.flatten().tolist(), "test_labels": truth.tolist(),
        "knn": [knn_case(train, labels, test, truth, *o) for o in ((1, 0.07, False), (5, 0.07, True), (20, 0.07, False), (50, 0.5, True))],
        "probe": [probe_case(train, labels, test, truth, c) for c in (1.0, 0.01, 100.0)],
        "retrieval": recall(test, truth, train, labels, False), "within": recall(test, truth, test, truth, True),
        "alignment": (z - y).norm(dim=1).pow(2).mean().item(),  # of the features with themselves in reverse order
        "uniformity": torch.pdist(z).pow(2).mul(-2).exp().mean().log().item(),
        "wilson": [[k, n, *scipy.stats.binomtest(k, n).proportion_ci(0.95, "wilson")] for k, n in ((0, 10), (10, 10), (7, 10), (950, 1800))],
    }
    text = json.dumps(golden, separators=(",", ":"))
    args.output.parent.mkdir(parents=True, exist_ok=True)
    with open(args.output, "wb") as file, gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packer:
        packer.write(text.encode())
    print({k: golden[k] for k in ("retrieval", "within", "alignment", "uniformity", "wilson")},
          [float(np.mean(np.array(c["predicted"]) == truth)) for c in golden["knn"] + golden["probe"]],
          args.output.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
