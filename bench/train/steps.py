"""The part "step": a step of MoCo v2 with R3D-18, with and without the search for false negatives, and in PyTorch."""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
from pathlib import Path

import contest
import machine

HERE = Path(__file__).resolve().parent
DETECTORS, LAYOUTS = ("oracle", "cluster"), ("channels-last", "contiguous")
PROBLEM = "MoCo v2, R3D-18, batch 4, two views of 3x16x112x112, queue 65,536 x 128, SGD with momentum"


def commands(ours: Path, dtype: str, args: argparse.Namespace) -> dict[str, list[str]]:
    """How the contestants start, ours first."""
    flags = ["-threads", str(args.threads), *(["-bf16"] if dtype == "bf16" else [])]
    mine = {f"vidcsl {d}": [str(ours), "-detector", d, *flags] for d in DETECTORS}
    peer = [args.python, str(HERE / "step" / "peer.py"), *flags]
    return {"vidcsl": [str(ours), *flags], **mine, **{f"torch {each}": [*peer, "-layout", each] for each in LAYOUTS}}


def removal(contestants: list[contest.Contestant]) -> list[dict]:
    """What each detector adds to a step, as a share of it: medians of the rounds' ratios to the step without."""
    plain, found = contestants[0], []
    for c in contestants[1 : 1 + len(DETECTORS)]:
        of = {f: [run[f] / own[f] - 1 for run, own in zip(c.runs, plain.runs)] for f in ("seconds", "cpu_seconds")}
        figures = {f"{f}_share": round(statistics.median(v), 4) for f, v in of.items()}
        figures["seconds_share_min"], figures["seconds_share_max"] = (
            round(min(of["seconds"]), 4),
            round(max(of["seconds"]), 4),
        )
        if refresh := c.ready.get("refresh_seconds"):
            step = statistics.median(run["seconds"] for run in c.runs)
            figures["refresh_seconds"] = round(refresh, 3)
            figures["steps_for_refresh_of_1_percent"] = round(100 * refresh / step)
        found.append({"detector": c.name.split()[1], **figures})
    return found


def measure(ours: Path, dtype: str, args: argparse.Namespace, rng: random.Random) -> dict:
    """All rounds of one type of numbers."""
    contestants: list[contest.Contestant] = []
    try:
        for name, command in commands(ours, dtype, args).items():  # one after the other, so that each starts alone
            contestants.append(contest.Contestant(name, command, str(machine.ROOT)))
        parameters = contest.check_parameters(contestants)
        for number in range(args.rounds):
            for contestant in rng.sample(contestants, len(contestants)):
                contestant.turn(args.steps_per_turn, 0)
            load = os.getloadavg()[0]
            print(f"step {dtype}: round {number + 1} of {args.rounds}, load {load:.1f}", file=sys.stderr)
        head = {"case": PROBLEM, "dtype": dtype, "parameters": parameters, "removal": removal(contestants)}
        return head | contest.summary([contestants[0], *contestants[1 + len(DETECTORS) :]])
    finally:
        for contestant in contestants:
            contestant.close()


def run(args: argparse.Namespace, scratch: Path) -> dict:
    """Measures both types of numbers."""
    ours, rng = scratch / "step", random.Random(1)
    subprocess.run(["go", "build", "-o", str(ours), "./bench/train/step"], check=True, cwd=machine.ROOT)
    settings = [measure(ours, dtype, args, rng) for dtype in ("f32", "bf16")]
    return {"rounds": args.rounds, "steps_per_turn": args.steps_per_turn, "threads": args.threads, "settings": settings}


def table(report: dict) -> str:
    lines = []
    for setting in report["settings"]:
        lines.append(contest.table(setting))
        for r in setting["removal"]:
            span = f"[{r['seconds_share_min']:+.1%} to {r['seconds_share_max']:+.1%}]"
            line = f"  detector {r['detector']:21} {r['seconds_share']:+.1%} {span} of a step,"
            line += f" {r['cpu_seconds_share']:+.1%} of its cpu time"
            if "refresh_seconds" in r:
                line += f"; a refresh takes {r['refresh_seconds']:.1f} s, 1 % of {r['steps_for_refresh_of_1_percent']} steps"
            lines.append(line)
    return "\n".join(lines)
