#!/usr/bin/env python3
"""Compares training on the CPU with PyTorch's, in turns.

    run.py [--parts recipes,step,kmeans,files] [--json FILE]

recipes  sprites from equal weights on equal batches: kNN, losses and time of both. --seeds and --data narrow it down;
         --data FOLDER holds FOLDER/{easy,hard}-SEED/{train,test} as preprocess stored them. --bf16 is a report of its own.
step     a step of MoCo v2 with R3D-18, with and without detectors.
kmeans   65,536 points of 128 numbers, 1,000 clusters, and scikit-learn's.
files    the train verb from videos and from shards.

Each part is written to FILE as soon as it is done; the other parts that FILE holds stay. The peers run in the Python of
--python or VIDCSL_PEERS, or in .venv/peers-train, made from requirements.txt.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "model"), str(HERE)]

import files  # noqa: E402
import machine  # noqa: E402
import recipes  # noqa: E402
import steps  # noqa: E402

PARTS = ("recipes", "step", "kmeans", "files")
CACHE = machine.ROOT / ".cache" / "bench"


def kmeans(args: argparse.Namespace, scratch: Path) -> dict:
    """The report of bench/kmeans, without what this one says itself."""
    out = scratch / "kmeans.json"
    command = [sys.executable, "bench/kmeans/run.py", "--python", args.python, "--json", str(out)]
    command += ["--rounds", str(args.rounds), "--threads", str(args.threads)]
    subprocess.run(command, check=True, cwd=machine.ROOT, stdout=subprocess.DEVNULL)
    report = json.loads(out.read_text())
    return {key: report[key] for key in ("problem", "threads", "medians", "runs", "peer_by_ours")}


def kmeans_table(report: dict) -> str:
    lines = [f"\nkmeans: {report['problem']}"]
    for name, m in report["medians"].items():
        lines.append(
            f"  {name:14} {m['seconds']:8.2f} s {m['cpu_seconds']:8.2f} s of cpu"
            f" {m['peak_mb']:6.0f} MB, inertia {m['inertia']:.6g}"
        )
    ratios = ", ".join(f"{name} x{value:.2f}" for name, value in report["peer_by_ours"].items())
    return "\n".join([*lines, f"  ours better: {ratios}"])


MEASURE = {"recipes": recipes.run, "step": steps.run, "kmeans": kmeans, "files": files.run}
TABLE = {"recipes": recipes.table, "step": steps.table, "kmeans": kmeans_table, "files": files.table}


def versions(python: str) -> dict:
    libraries = (
        "import json, sklearn as s, torch as t, torchvision as v; "
        "print(json.dumps({m.__name__: m.__version__ for m in (s, t, v)}))"
    )
    found = {
        "vidcsl": machine.output(["git", "describe", "--always", "--dirty"]),
        "go": machine.output(["go", "env", "GOVERSION"]),
    }
    return found | json.loads(machine.output([python, "-c", libraries]))


def merge(path: Path, part: str, report: dict) -> None:
    """Puts the report of a part into a file, beside the others."""
    parts = json.loads(path.read_text()) if path.exists() else {}
    parts[part] = report
    path.write_text(json.dumps(dict(sorted(parts.items())), indent=1) + "\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--seeds", default="0,1,2", help="of recipes")
    parser.add_argument("--steps", type=int, default=0, help="of recipes and files, in place of theirs: to try them")
    parser.add_argument("--bf16", action="store_true", help="activations of recipes in bfloat16")
    parser.add_argument("--data", type=Path, default=CACHE / "sprites", help="clips of recipes")
    parser.add_argument("--rounds", type=int, default=3, help="of step, kmeans and files")
    parser.add_argument("--steps-per-turn", type=int, default=3, help="of each contestant in each round of step")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--python", help="Python with the peers")
    parser.add_argument("--json", type=Path, help="also write the results there")
    args = parser.parse_args()
    args.parts, args.seeds, args.data = args.parts.split(","), [int(s) for s in args.seeds.split(",")], args.data.resolve()
    if not set(args.parts) <= set(PARTS):
        parser.error(f"want any of {', '.join(PARTS)}, not {','.join(args.parts)}")
    if args.rounds < 1 or args.steps < 0 or args.steps_per_turn < 1 or args.threads < 1:
        parser.error("want at least 1 round, step and thread")
    return args


def main() -> None:
    args = arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.threads])
    args.python = machine.peers_python("peers-train", HERE / "requirements.txt", args.python)
    reports = {}
    CACHE.mkdir(parents=True, exist_ok=True)
    head = {
        "command": machine.command("bench/train/run.py"),
        "machine": machine.describe(),
        "versions": versions(args.python),
    }
    for part in args.parts:
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            report = head | MEASURE[part](args, Path(scratch))
        reports[part] = report
        if args.json:
            merge(args.json, f"{part}-bf16" if part == "recipes" and args.bf16 else part, report)
    print("\n".join(TABLE[part](report) for part, report in reports.items()))


if __name__ == "__main__":
    main()
