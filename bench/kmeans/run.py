"""Compares k-means with scikit-learn's, in turns, and prints ratios: peer's time / ours, so above 1 we are faster.

    run.py [--points 65536] [--dim 128] [--clusters 1000] [--iterations 10] [--rounds 3] [--threads 2] [--python PY] [--json FILE]

PY is a Python with scikit-learn (default: VIDCSL_PEERS). Both begin from the same centroids and make the same iterations of Lloyd's algorithm in float32. A
round runs each contestant once, in an order drawn anew; a contestant reports the best of two fits after one to warm up.
Figures are medians over the rounds.
"""

import argparse
import json
import os
import random
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench" / "decode"))
import run as decoding  # noqa: E402  the machine's description

FIGURES = {
    "seconds": r"fit ([\d.]+) s",
    "cpu_seconds": r"\(([\d.]+) s of CPU",
    "iterations": r"(\d+) iterations",
    "inertia": r"inertia ([\d.e+]+)",
    "peak_mb": r"peak (\d+) MB",
}
RATIOS = ["seconds", "cpu_seconds", "peak_mb"]
# Points of as many groups as clusters, so that clusters have something to find; the start is some of the points.
DATA = """
import sys, numpy as np
n, d, k, folder = *map(int, sys.argv[1:4]), sys.argv[4]
r = np.random.default_rng(1)
x = (r.normal(size=(k, d))[r.integers(k, size=n)] + r.normal(size=(n, d))).astype("<f4")
x.tofile(folder + "/points")
x[r.permutation(n)[:k]].tofile(folder + "/start")
"""


def measure(command: list[str]) -> dict[str, float]:
    text = subprocess.run(command, check=True, text=True, capture_output=True, cwd=ROOT).stdout
    return {name: float(re.search(pattern, text)[1]) for name, pattern in FIGURES.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=65536)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--clusters", type=int, default=1000)
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--python", default=os.environ.get("VIDCSL_PEERS", "python3"))
    parser.add_argument("--json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours, files = f"{folder}/kmeans", [f"{folder}/points", f"{folder}/start"]
        subprocess.run(["go", "build", "-o", ours, "./bench/kmeans"], check=True, cwd=ROOT)
        subprocess.run([args.python, "-c", DATA, str(args.points), str(args.dim), str(args.clusters), folder], check=True)
        sizes = [str(args.dim), str(args.iterations), str(args.threads), "2"]
        names = ["-points", "-start", "-dim", "-iterations", "-threads", "-rounds"]
        flags = [v for pair in zip(names, files + sizes) for v in pair]
        contestants = {"vidcsl": [ours, *flags], "scikit-learn": [args.python, "bench/kmeans/peer.py", *files, *sizes]}
        runs = {name: [] for name in contestants}
        for k in range(args.rounds):
            for name in random.sample(list(contestants), len(contestants)):
                runs[name].append(measure(contestants[name]))
                print(f"round {k + 1} of {args.rounds}, {name}: {runs[name][-1]}", file=sys.stderr)
    medians = {name: {f: statistics.median(r[f] for r in rs) for f in FIGURES} for name, rs in runs.items()}
    report = {
        "command": shlex.join(["python3", "bench/kmeans/run.py", *map(decoding.local, sys.argv[1:])]),
        "machine": decoding.machine(),
        "versions": {
            "go": decoding.output(["go", "version"]),
            "scikit-learn": decoding.output([args.python, "-c", "import sklearn; print(sklearn.__version__)"]),
        },
        "problem": f"{args.points} points of {args.dim} numbers, {args.clusters} clusters, {args.iterations} iterations, float32",
        "threads": args.threads,
        "medians": medians,
        "runs": runs,
        "peer_by_ours": {f: round(medians["scikit-learn"][f] / medians["vidcsl"][f], 2) for f in RATIOS},
    }
    print(json.dumps({"medians": medians, "peer_by_ours": report["peer_by_ours"]}, indent=2))
    if args.json:
        Path(args.json).write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
