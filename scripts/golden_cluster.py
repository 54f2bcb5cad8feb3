#!/usr/bin/env python3
"""Reference values for the tests of package model/cluster: k-means, mutual information, the detector of neighbours.

    golden_cluster.py [--output model/cluster/testdata/cluster.json]

Needs numpy and scikit-learn. The output is a function of their versions, which it records; nothing else is random. Points are multiples of
1/64, which float32 holds as well.

The detector is written out plainly here, with N x N matrices, in float64.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score

rng = np.random.default_rng(23)


def coarse(x: np.ndarray) -> np.ndarray:
    return np.round(x * 64).astype(int)


def kmeans(n: int, d: int, k: int, iterations: int, lost: int = 0) -> dict:
    """Points in groups; lost centroids begin far from all points, and are left without any."""
    x = coarse(rng.normal(0, 2, (k, d))[rng.integers(k, size=n)] + rng.normal(0, 1, (n, d)) + 3)
    start = x[rng.permutation(n)[:k]].copy()
    start[rng.permutation(k)[:lost]] += 64 * 100
    fit = KMeans(k, init=(start / 64).astype("f4"), n_init=1, max_iter=iterations, tol=0, algorithm="lloyd").fit((x / 64).astype("f4"))
    return {
        "n": n, "d": d, "k": k, "iterations": iterations, "points": x.flatten().tolist(), "start": start.flatten().tolist(),
        "centroids": [round(float(v), 6) for v in fit.cluster_centers_.flatten()],
        "labels": fit.labels_.tolist(), "inertia": float(fit.inertia_),
    }  # fmt: skip


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def principal(x: np.ndarray, d: int) -> np.ndarray:
    x = x - x.mean(0)
    _, s, v = np.linalg.svd(x, full_matrices=False)
    return unit(x @ v[:d].T / np.sqrt(s[:d]))


def spread(c: np.ndarray, ridge: float) -> np.ndarray:
    e, u = np.linalg.eigh(c)
    return u / np.sqrt(np.maximum(e, 0) + ridge * e.mean())


def shared(x: np.ndarray, k: int) -> np.ndarray:
    s = x @ x.T
    near = s.copy()
    np.fill_diagonal(near, -9)
    a = np.zeros_like(s)
    np.put_along_axis(a, np.argsort(-near, axis=1)[:, :k], 1, axis=1)
    np.fill_diagonal(a, 1)
    both, size = a @ a.T, a.sum(1)
    return both / (size[:, None] + size[None] - both) + 1e-3 * s


def top(s: np.ndarray, share: float, entries: int) -> np.ndarray:
    s = s.copy()
    np.fill_diagonal(s, -9)
    v = np.sort(s[s > -9] if entries < s.size else s.flatten())
    a = s > v[max(1, int((1 - share) * entries)) - 1]
    return a | a.T


def pairs(a: np.ndarray, rows: np.ndarray) -> list:
    return [[int(rows[i]), int(rows[j])] for i, j in zip(*np.nonzero(a)) if i < j]


def neighbors(n: int, h: int, classes: int, d: int, k: int, pseudo: float, share: float, attract: float, spacing: float) -> dict:
    """Features with a large variance that says nothing of the class and shows in the residual."""
    ridge = 0.05
    noise = rng.normal(0, 1, (h, h)) * np.geomspace(2, 0.05, h)
    labels = rng.integers(classes, size=n)
    mean = coarse((rng.normal(0, spacing, (classes, h))[labels] + 0.5 * rng.normal(0, 1, (n, h)) @ noise / np.sqrt(h)) + 0.2)
    residual = coarse(rng.normal(0, 1, (n, h)) @ noise / np.sqrt(h) + 0.1)
    seen = rng.random(n) > 0.05
    x, r, rows = mean[seen] / 64, residual[seen] / 64, np.nonzero(seen)[0]
    r = r - r.mean(0)
    w = unit((x - x.mean(0)) @ spread(r.T @ r / len(r), ridge))
    first = principal(w, d)
    a = top(shared(first, k), pseudo, len(x) ** 2).astype(float)
    c = unit(w - w.mean(0))
    degree = a.sum(1)
    second = principal(unit(c @ spread(c.T @ (np.diag(degree) - a) @ c / degree.sum(), ridge)), d)
    s = shared(second, k)
    found = [top(s, v, len(x) * (len(x) - 1)) for v in (share, attract)]
    same = labels[seen][:, None] == labels[seen][None]
    return {
        "n": n, "h": h, "d": d, "k": k, "ridge": ridge, "pseudo": pseudo, "share": share, "attract": attract,
        "mean": mean.flatten().tolist(), "residual": residual.flatten().tolist(), "labels": labels.tolist(),
        "unseen": np.nonzero(~seen)[0].tolist(), "whitened": [round(float(v), 5) for v in first.flatten()],
        "partners": pairs(found[0], rows), "attracted": pairs(found[1], rows), "precision": float(same[found[0]].mean()),
    }  # fmt: skip


def information(n: int, a: int, b: int, noise: float) -> dict:
    x = rng.integers(a, size=n)
    y = np.where(rng.random(n) < noise, rng.integers(b, size=n), x % b)
    return {"a": x.tolist(), "b": y.tolist(), "nmi": float(normalized_mutual_info_score(x, y))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default=Path(__file__).resolve().parents[1] / "model/cluster/testdata/cluster.json")
    out = {
        "versions": {"numpy": np.__version__, "scikit-learn": sklearn.__version__},
        "kmeans": [kmeans(300, 5, 12, 3), kmeans(200, 3, 7, 300), kmeans(60, 2, 1, 5), kmeans(300, 4, 9, 4, lost=1), kmeans(300, 4, 9, 300, lost=3)],
        "nmi": [information(50, 4, 4, 0.3), information(80, 6, 3, 0.5), information(40, 5, 5, 0), information(30, 1, 4, 1), information(20, 1, 1, 0)],
        "neighbors": [neighbors(200, 24, 8, 8, 20, 0.02, 0.05, 0.01, 0.07), neighbors(150, 12, 5, 12, 15, 0.05, 0.1, 0, 0.06)],
    }
    print([c["precision"] for c in out["neighbors"]])
    path = Path(parser.parse_args().output)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(out, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
