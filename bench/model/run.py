"""Compares training steps of R3D-18 with PyTorch's, in turns, and prints ratios: peer's time / ours, so above 1 we are faster.

    run.py [--rounds 3] [--steps 4] [--threads 2] [--python PY] [--json FILE]

PY is a Python with torch (default: VIDCSL_PEERS). A round runs every contestant once, in an order drawn anew; a contestant reports the best of
its steps after one to warm up. Figures are medians over the rounds.
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

FIGURES = {"seconds": r"step ([\d.]+) s", "cpu_seconds": r"\(([\d.]+) s of CPU", "peak_mb": r"peak (\d+) MB"}


def measure(command: list[str]) -> dict[str, float]:
    text = subprocess.run(command, check=True, text=True, capture_output=True, cwd=ROOT).stdout
    return {name: float(re.search(pattern, text)[1]) for name, pattern in FIGURES.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--python", default=os.environ.get("VIDCSL_PEERS", "python3"))
    parser.add_argument("--json")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ours, peer = f"{folder}/model", [args.python, "bench/model/peer.py"]
        subprocess.run(["go", "build", "-o", ours, "./bench/model"], check=True, cwd=ROOT)
        steps, threads = str(args.steps), str(args.threads)
        contestants = {
            "vidcsl f32": [ours, "-threads", threads, "-steps", steps],
            "vidcsl bf16": [ours, "-threads", threads, "-steps", steps, "-bf16"],
            "torch f32 channels-last": [*peer, "cl3d", "f32", threads, steps],
            "torch f32 contiguous": [*peer, "contig", "f32", threads, steps],
            "torch bf16 channels-last": [*peer, "cl3d", "bf16", threads, steps],
        }
        runs = {name: [] for name in contestants}
        for k in range(args.rounds):
            for name in random.sample(list(contestants), len(contestants)):
                runs[name].append(measure(contestants[name]))
                print(f"round {k + 1} of {args.rounds}, {name}: {runs[name][-1]}", file=sys.stderr)
    medians = {name: {f: statistics.median(r[f] for r in rs) for f in FIGURES} for name, rs in runs.items()}
    report = {
        "command": shlex.join(["python3", "bench/model/run.py", *map(decoding.local, sys.argv[1:])]),
        "machine": decoding.machine(),
        "versions": {"go": decoding.output(["go", "version"]), "torch": decoding.output([args.python, "-c", "import torch; print(torch.__version__)"])},
        "model": "R3D-18, batch 4, 3x16x112x112, forward, backward, SGD",
        "threads": args.threads,
        "medians": medians,
        "runs": runs,
        "torch_by_ours": {
            kind: {f: round(min(m[f] for n, m in medians.items() if n.startswith(f"torch {kind}")) / medians[f"vidcsl {kind}"][f], 2) for f in FIGURES}
            for kind in ["f32", "bf16"]
        },
    }
    print(json.dumps({"medians": medians, "torch_by_ours": report["torch_by_ours"]}, indent=2))
    if args.json:
        Path(args.json).write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
