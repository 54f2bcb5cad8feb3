"""Compares k-means with scikit-learn's, in turns, and prints ratios: peer's time / ours, so above 1 we are faster.

    run.py [--points 65536] [--dim 128] [--clusters 1000] [--iterations 10] [--rounds 3] [--threads 2] [--json FILE]

Both begin from the same centroids and make the same iterations of Lloyd's algorithm in float32. A round runs each contestant
once, in an order drawn anew; a contestant reports the best of two fits after one to warm up. Figures are medians over the
rounds. The peer runs in the Python of --python or VIDCSL_PEERS, or in .venv/peers-train, made from train/requirements.txt.
"""

import argparse
import json
import random
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import machine  # noqa: E402

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
    text = subprocess.run(command, check=True, text=True, capture_output=True, cwd=machine.ROOT).stdout
    return {name: float(re.search(pattern, text)[1]) for name, pattern in FIGURES.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=65536)
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--clusters", type=int, default=1000)
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--python", help="Python with scikit-learn")
    parser.add_argument("--json")
    args = parser.parse_args()
    args.python = machine.peers_python("peers-train", HERE.parent / "train" / "requirements.txt", args.python)
    with tempfile.TemporaryDirectory() as folder:
        ours, files = f"{folder}/kmeans", [f"{folder}/points", f"{folder}/start"]
        subprocess.run(["go", "build", "-o", ours, "./bench/kmeans"], check=True, cwd=machine.ROOT)
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
        "command": machine.command("bench/kmeans/run.py"),
        "machine": machine.describe(),
        "versions": {
            "go": machine.output(["go", "version"]),
            "scikit-learn": machine.output([args.python, "-c", "import sklearn; print(sklearn.__version__)"]),
        },
        "problem": f"{args.points} points of {args.dim} numbers, {args.clusters} clusters, {args.iterations} iterations",
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
