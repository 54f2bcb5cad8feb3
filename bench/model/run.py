#!/usr/bin/env python3
"""Compares networks on the CPU with PyTorch's, in turns: steps of training, and inference of every encoder.

    run.py [--rounds 5] [--cases train/r3d_18,...] [--json FILE]

Every contestant is a process of its own that has run its network once. In each round every contestant of a case does
at least --steps runs and at least --seconds of them, in an order drawn anew, and gives the best. Figures are medians over
the rounds. Ratios are the peer's / ours, of each round: above 1 we are better. PyTorch takes part in both of its layouts.
The peers run in the Python of --python or VIDCSL_PEERS, or in .venv/peers-model, made from requirements.txt.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import classes  # noqa: E402
import contest  # noqa: E402
import machine  # noqa: E402

OURS, SEED = "vidcsl", 1
VIDEO, IMAGE = "4,3,16,112,112", "16,3,1,224,224"
SMALL = ["-width", "0.25", "-depth", "0.5", "-stem", "small"]
CASES = {
    "train/r3d_18": ["-arch", "r3d_18", "-shape", VIDEO, "-train"],
    "train/r3d_18-small": ["-arch", "r3d_18", *SMALL, "-shape", "64,3,8,32,32", "-train"],
    "train/tiny3d": ["-arch", "tiny3d", "-shape", "128,3,8,32,32", "-train"],
    **{f"infer/{arch}": ["-arch", arch, "-shape", VIDEO] for arch in ("r3d_18", "r2plus1d_18", "c3d", "s3d")},
    "infer/slow_r50": ["-arch", "slow_r50", "-shape", "4,3,8,112,112"],
    **{f"infer/{arch}": ["-arch", arch, "-shape", IMAGE] for arch in ("resnet18", "resnet50")},
}
DTYPES = {"f32": [], "bf16": ["-bf16"]}
LAYOUTS = ("channels-last", "contiguous")


def commands(case: str, dtype: str, args: argparse.Namespace, ours: str) -> dict[str, list[str]]:
    """How the contestants start, ours first. bfloat16 is autocast in PyTorch; for inference, also a model of bfloat16."""
    network = [*CASES[case], *DTYPES[dtype], "-threads", str(args.threads)]
    ways = {"": network}
    if dtype == "bf16" and "-train" not in network and "s3d" not in network:  # whose avg_pool3d PyTorch lacks in bfloat16
        ways = {" autocast": network, " model": [*(a for a in network if a != "-bf16"), "-cast"]}
    peer = [args.python, str(HERE / "peer.py")]
    peers = {f"torch {layout}{way}": [*peer, *rest, "-layout", layout] for layout in LAYOUTS for way, rest in ways.items()}
    return {OURS: [ours, *network], **peers}


def measure(case: str, dtype: str, args: argparse.Namespace, ours: str, rng: random.Random) -> dict:
    """All rounds of one case."""
    contestants: list[contest.Contestant] = []
    try:
        for name, command in commands(case, dtype, args, ours).items():  # one after the other, so that each starts alone
            contestants.append(contest.Contestant(name, command, str(machine.ROOT)))
        parameters = contest.check_parameters(contestants)
        for number in range(args.rounds):
            for contestant in rng.sample(contestants, len(contestants)):
                contestant.turn(args.steps, args.seconds)
            print(f"{case} {dtype}: round {number + 1} of {args.rounds}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        own = {key: value for key, value in contestants[0].ready.items() if key != "parameters"}
        own["heap_bytes"] = min(run["heap_bytes"] for run in contestants[0].runs)
        shape = CASES[case][CASES[case].index("-shape") + 1]
        head = {"case": case, "dtype": dtype, "shape": shape, "parameters": parameters, "ours": own}
        return head | contest.summary(contestants)
    finally:
        for contestant in contestants:
            contestant.close()


def versions(python: str) -> dict:
    libraries = "import json, torch as t, torchvision as v; print(json.dumps({m.__name__: m.__version__ for m in (t, v)}))"
    found = {
        "vidcsl": machine.output(["git", "describe", "--always", "--dirty"]),
        "go": machine.output(["go", "env", "GOVERSION"]),
    }
    return found | json.loads(machine.output([python, "-c", libraries]))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=2, help="runs of each contestant in each round, at least")
    parser.add_argument("--seconds", type=float, default=1, help="time of each contestant in each round, at least")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--dtypes", default=",".join(DTYPES))
    parser.add_argument("--python", help="Python with the peers")
    parser.add_argument("--json", type=Path, help="also write the results there")
    args = parser.parse_args()
    args.cases, args.dtypes = args.cases.split(","), args.dtypes.split(",")
    for given, known in ((args.cases, CASES), (args.dtypes, DTYPES)):
        if not set(given) <= set(known):
            parser.error(f"want any of {', '.join(known)}, not {','.join(given)}")
    if args.rounds < 1 or args.steps < 1 or args.threads < 1:
        parser.error("want at least 1 round, step and thread")
    return args


def main() -> None:
    args = arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.threads])
    args.python = machine.peers_python("peers-model", HERE / "requirements.txt", args.python)
    rng, settings, profiles = random.Random(SEED), [], {}
    with tempfile.TemporaryDirectory() as folder:
        ours = str(Path(folder) / "model-bench")
        subprocess.run(["go", "build", "-o", ours, "./bench/model"], check=True, cwd=machine.ROOT)
        peaks = classes.peaks(ours, args.threads)
        for case in args.cases:
            for dtype in args.dtypes:
                settings.append(measure(case, dtype, args, ours, rng))
                print(contest.table(settings[-1]), flush=True)
                if "-train" in CASES[case]:
                    profiles[case, dtype] = classes.profile(commands(case, dtype, args, ours)[OURS])
        peaks = classes.best(peaks, classes.peaks(ours, args.threads))
    rated = [
        {"case": case, "dtype": dtype, "classes": classes.rated(found, dtype, peaks)}
        for (case, dtype), found in profiles.items()
    ]
    print("\nthe machine: " + ", ".join(f"{name} {value}" for name, value in peaks.items()))
    for profile in rated:
        print(classes.table(f"{profile['case']}, {profile['dtype']}", profile["classes"]))
    if args.json:
        report = {
            "command": machine.command("bench/model/run.py"),
            "seed": SEED, "rounds": args.rounds, "steps": args.steps, "seconds": args.seconds, "threads": args.threads,
            "machine": machine.describe() | peaks, "versions": versions(args.python),
            "settings": settings, "profiles": rated,
        }  # fmt: skip
        args.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
