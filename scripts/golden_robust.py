#!/usr/bin/env python3
"""Reference numbers for package robust, by NumPy from the formulas of the papers.

    golden_robust.py [--output robust/testdata/robust.json.gz]

Needs numpy. Five runs (two seeds of one method, two of the baseline, one supervised) on 120 videos, 40 of which are attacked too. Intervals
are of a bootstrap of its own, of 5,000 resamples.
"""

import argparse
import gzip
import json
from pathlib import Path

import numpy as np

VIDEOS, ATTACKED, CLASSES, RESAMPLES = 120, 40, 5, 5000
CONDITIONS = [("fog", 1), ("fog", 2), ("packets", 1), ("packets", 2)]
SKILL = {"x0": 0.75, "x1": 0.7, "csl0": 0.55, "csl1": 0.6, "supervised": 0.95}


def cell(rng, labels, skill, lost):
    right = rng.random(len(labels)) < skill
    predicted = np.where(right, labels, (labels + 1 + rng.integers(0, CLASSES - 1, len(labels))) % CLASSES)
    predicted[rng.random(len(labels)) < lost] = -1
    return {"predicted": predicted.tolist(), "confidence": np.round(rng.uniform(0.2, 1, len(labels)), 3).tolist()}


def ece(labels, c):
    p, conf = np.array(c["predicted"]), np.array(c["confidence"])
    labels, conf, p = labels[p >= 0], conf[p >= 0], p[p >= 0]
    edges, total = np.linspace(0, 1, 16), 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (conf > low) & (conf <= high)
        if inside.any():
            total += inside.mean() * abs((p[inside] == labels[inside]).mean() - conf[inside].mean())
    return total


class Sample:
    """Accuracies of one draw of the videos: w says how often each was drawn."""

    def __init__(self, runs, labels, w):
        self.runs, self.labels, self.w = runs, labels, w

    def accuracy(self, run, name, like=None):
        p = np.array(self.runs[run][name]["predicted"])
        ok = p >= 0
        if like:
            ok &= np.array(self.runs[run][like]["predicted"]) >= 0
        w = self.w[: len(p)] * ok
        return np.average(p == self.labels[: len(p)], weights=w) if w.sum() else np.nan

    def over(self, runs, f):
        """Mean over seeds, corruptions, severities."""
        return np.mean([np.mean([np.mean([f(r, f"{n}{s}") for m, s in CONDITIONS if m == n]) for n in ("fog", "packets")]) for r in runs])

    def mpc(self, runs):
        return self.over(runs, self.accuracy)

    def clean(self, runs):
        return np.mean([self.accuracy(r, "clean") for r in runs])

    def mce(self, runs, base, relative=False):
        def errors(run, name):
            e = 1 - self.accuracy(run, name)
            if not relative:
                return e
            p = np.array(self.runs[run]["clean"]["predicted"])
            ok = self.w * (np.array(self.runs[run][name]["predicted"]) >= 0)
            return e - (1 - np.average(p == self.labels, weights=ok))

        return np.mean([
            sum(errors(r, f"{n}{s}") for r in runs for m, s in CONDITIONS if m == n) / len(runs)
            / (sum(errors(r, f"{n}{s}") for r in base for m, s in CONDITIONS if m == n) / len(base))
            for n in ("fog", "packets")
        ])

    def matched(self, run, name):
        p = np.array(self.runs[run]["clean"]["predicted"])
        other = np.array(self.runs[run][name]["predicted"])
        w = self.w[: len(other)] * (other >= 0)
        return np.average(p[: len(other)] == self.labels[: len(other)], weights=w)


def statistics(s, x, csl, sup):
    gap = (s.mpc(x) - s.mpc(csl)) / (s.mpc(sup) - s.mpc(csl))
    one = x[0]
    return {
        "mpc": s.mpc([one]), "rpc": s.mpc([one]) / s.clean([one]), "mce": s.mce([one], csl), "relative_mce": s.mce([one], csl, True),
        "gamma_a": 1 - (s.matched(one, "packets2") - s.accuracy(one, "packets2")),
        "gamma_r": 1 - (s.matched(one, "packets2") - s.accuracy(one, "packets2")) / s.matched(one, "packets2"),
        "attack_gamma_r": s.accuracy(one, "pgd") / s.matched(one, "pgd"),
        "mean_of_seeds": s.mpc(x), "gap": gap,
    }


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--output", default="robust/testdata/robust.json.gz")
    out = Path(args.parse_args().output)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, VIDEOS)
    runs = {}
    for name, skill in SKILL.items():
        runs[name] = {"clean": cell(rng, labels, skill, 0)}
        for n, s in CONDITIONS:
            runs[name][f"{n}{s}"] = cell(rng, labels, skill - 0.17 * s, 0.1 * s if n == "packets" else 0)
        attack = cell(rng, labels[:ATTACKED], skill / 2, 0)
        runs[name]["pgd"] = attack
    x, csl, sup = ["x0", "x1"], ["csl0", "csl1"], ["supervised"]
    values = statistics(Sample(runs, labels, np.ones(VIDEOS)), x, csl, sup)
    draws = {k: [] for k in values}
    for _ in range(RESAMPLES):
        w = np.concatenate([rng.multinomial(ATTACKED, np.full(ATTACKED, 1 / ATTACKED)),
                            rng.multinomial(VIDEOS - ATTACKED, np.full(VIDEOS - ATTACKED, 1 / (VIDEOS - ATTACKED)))])
        pick = lambda role: [role[i] for i in rng.integers(0, len(role), len(role))]
        a, b, s = pick(x), pick(csl), Sample(runs, labels, w)
        got = statistics(s, ["x0"], b, sup)  # of one run
        got["mean_of_seeds"], got["gap"] = s.mpc(a), (s.mpc(a) - s.mpc(b)) / (s.mpc(sup) - s.mpc(b))
        for k, v in got.items():
            draws[k].append(v)
    result = {
        "labels": labels.tolist(), "runs": runs, "ece": {n: ece(labels, r["clean"]) for n, r in runs.items()},
        "values": {k: [v, *np.nanpercentile(draws[k], [2.5, 97.5])] for k, v in values.items()},
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(gzip.compress(json.dumps(result).encode(), mtime=0))
    print(out, out.stat().st_size, result["values"])


if __name__ == "__main__":
    main()
