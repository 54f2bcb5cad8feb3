#!/usr/bin/env python3
"""Compares PGD with torchattacks' on the same networks, side by side, on the CPU.

    bench/attack/run.py [--rounds 5] [--json docs/results/attack.json] ...

A run is 20 steps in linf on a batch of clips, and what the network takes them for before and after; no clip leaves early. Each round every
contestant does at least --runs of them, in an order drawn anew, and gives the best. Figures are medians over the rounds. Ratios are the
peer's / ours, of each round: above 1 we are better. The peer takes part in both layouts of PyTorch, with its network as it is and
with parameters that need no gradient. Peers run in the Python of --python or VIDCSL_PEERS, or in .venv/peers-attack, made
from requirements.txt.
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
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "model")]

import contest  # noqa: E402
import machine  # noqa: E402

OURS, SEED = "vidcsl", 1
CASES = {
    "pgd-20/r3d_18": ["-arch", "r3d_18", "-shape", "4,3,16,112,112", "-steps", "20"],
    "pgd-20/tiny3d": ["-arch", "tiny3d", "-shape", "32,3,8,32,32", "-steps", "20"],
}
PEERS = [(layout, *way) for layout in ("channels-last", "contiguous") for way in (("", []), (" frozen", ["-frozen"]))]


def measure(case: str, args: argparse.Namespace, ours: str, rng: random.Random) -> dict:
    """All rounds of one case."""
    attack = [*CASES[case], "-threads", str(args.threads)]
    peer = [args.python, str(HERE / "peer.py"), *attack]
    commands = {OURS: [ours, *attack]} | {f"torchattacks {layout}{name}": [*peer, "-layout", layout, *way] for layout, name, way in PEERS}
    contestants: list[contest.Contestant] = []
    try:
        for name, command in commands.items():  # one after the other, so that each starts alone
            contestants.append(contest.Contestant(name, command, str(machine.ROOT)))
        parameters = contest.check_parameters(contestants)
        for number in range(args.rounds):
            for contestant in rng.sample(contestants, len(contestants)):
                contestant.turn(args.runs, 0)
            print(f"{case}: round {number + 1} of {args.rounds}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
        shape = CASES[case][CASES[case].index("-shape") + 1]
        return {"case": case, "dtype": "f32", "shape": shape, "parameters": parameters} | contest.summary(contestants)
    finally:
        for contestant in contestants:
            contestant.close()


def versions(python: str) -> dict:
    libraries = "import json, torch as t, torchattacks as a; print(json.dumps({m.__name__: m.__version__ for m in (t, a)}))"
    found = {
        "vidcsl": machine.output(["git", "describe", "--always", "--dirty"]),
        "go": machine.output(["go", "env", "GOVERSION"]),
    }
    return found | json.loads(machine.output([python, "-c", libraries]))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=1, help="attacks of each contestant in each round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--python", help="Python with the peers")
    parser.add_argument("--json", type=Path, help="also write the results there")
    args = parser.parse_args()
    args.cases = args.cases.split(",")
    if not set(args.cases) <= set(CASES):
        parser.error(f"want any of {', '.join(CASES)}, not {','.join(args.cases)}")
    if args.rounds < 1 or args.runs < 1 or args.threads < 1:
        parser.error("want at least 1 round, run and thread")
    return args


def main() -> None:
    args = arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.threads])
    args.python = machine.peers_python("peers-attack", HERE / "requirements.txt", args.python)
    rng, settings = random.Random(SEED), []
    with tempfile.TemporaryDirectory() as folder:
        ours = str(Path(folder) / "attack-bench")
        subprocess.run(["go", "build", "-o", ours, "./bench/attack"], check=True, cwd=machine.ROOT)
        for case in args.cases:
            settings.append(measure(case, args, ours, rng))
            print(contest.table(settings[-1]), flush=True)
    if args.json:
        report = {
            "command": machine.command("bench/attack/run.py"),
            "seed": SEED, "rounds": args.rounds, "runs": args.runs, "threads": args.threads,
            "machine": machine.describe(), "versions": versions(args.python), "settings": settings,
        }  # fmt: skip
        args.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
