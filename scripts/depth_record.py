#!/usr/bin/env python3
"""Keeps what decides whether removing false negatives helps, from the studies of make study-depth, as docs/results/depth.json.

    depth_record.py study/depth/out study/classes-3/out … --vidcsl bin/vidcsl --json docs/results/depth.json

A way called WAY-THING-VALUE is WAY with one thing changed. Where csl or supervised were trained with it changed, they are the ends of the gap for it, else those
of the base are. vidcsl robust compares them, from the cells that the study made. Intervals are over test videos and seeds.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench"))
import machine  # noqa: E402

CHANGED = re.compile(r"(?P<way>[a-z]+)-(?P<thing>[a-z]+)-(?P<value>[0-9.]+)")


def parts(name: str) -> tuple[str, str, str]:
    """The way, what is changed, and its value: two empty words where nothing is."""
    found = CHANGED.fullmatch(name)
    return (found["way"], found["thing"], found["value"]) if found else (name, "", "")


def tested(test: dict) -> list[str]:
    """The flags of vidcsl robust that a study tested with."""
    plain = {"--suite": "suite", "--head": "head", "--norm": "norm", "--steps": "steps", "--clips": "clips", "--seed": "seed"}
    lists = {"--corruptions": "corruptions", "--severities": "severities", "--attacks": "attacks", "--epsilon": "epsilons"}
    flags = [f"{flag}={test[name]}" for flag, name in plain.items()]
    return flags + [f"{flag}={','.join(map(str, test[name]))}" for flag, name in lists.items()]


def compared(args: argparse.Namespace, out: Path, study: dict, names: list[str], baseline: str, supervised: str) -> list[dict]:
    """What the ways of names close of the gap between two."""
    runs = {way["name"]: [str(out / "runs" / run.partition("/runs/")[2]) for run in way["runs"] or []] for way in study["ways"]}
    list_ = [baseline, supervised, *(n for n in names if n not in (baseline, supervised))]
    with tempfile.TemporaryDirectory() as folder:
        to = Path(folder) / "report.json"
        command = [str(args.vidcsl), "robust", *(run for name in list_ for run in runs[name]), "--data", str(out.parent / "data/test")]
        command += ["--baseline", runs[baseline][0], "--supervised", runs[supervised][0], "--threads", str(study["threads"]), "--output", str(to)]
        subprocess.run([*command, *tested(study["config"]["test"]), "--log-level", "warn"], check=True, stdout=subprocess.DEVNULL)
        report = json.loads(to.read_text())
    of = {run: name for name in list_ for run in runs[name]}
    removal = {run["run"]: run["removal"] for run in report["runs"]}
    found = []
    for way in report["closed"]["ways"]:
        name = of[way["runs"][0]]
        kind, thing, value = parts(name)
        found.append({"way": kind, "name": name, "thing": thing, "value": value, "runs": len(way["runs"]), "baseline": baseline, "supervised": supervised,
                      "removed": {key: sum(removal[run][key] for run in way["runs"]) / len(way["runs"]) for key in ("share", "precision", "recall", "base_rate")},
                      "measures": {m: {"accuracy": a, "closed": c} for m, a, c in zip(report["closed"]["measures"], way["values"], way["closed"], strict=True)}})
    return found


def groups(study: dict) -> list[tuple[list[str], str, str]]:
    """Ways that are compared with each other, and the two ends of the gap between them."""
    names = [way["name"] for way in study["ways"] if way["seeds"]]
    found: dict[tuple[str, str], list[str]] = {}
    for name in names:
        _, thing, value = parts(name)
        ends = tuple(f"{end}-{thing}-{value}" if f"{end}-{thing}-{value}" in names else end for end in ("csl", "supervised"))
        found.setdefault(ends, []).append(name)
    return [(list_, *ends) for ends, list_ in found.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studies", nargs="+", type=Path, help="folders of studies, with study.json")
    parser.add_argument("--vidcsl", type=Path, default=ROOT / "bin/vidcsl")
    parser.add_argument("--json", type=Path, required=True, help="keep it there")
    args = parser.parse_args()
    kept = []
    for out in args.studies:
        study = json.loads((out / "study.json").read_text())
        ways = [way for names, *ends in groups(study) for way in compared(args, out, study, names, *ends)]
        kept.append({"study": out.parent.name, "config": study["config"], "data": study["data"], "version": study["version"], "ways": ways})
    record = {"machine": machine.describe(), "command": machine.command("scripts/depth_record.py"), "studies": kept}
    args.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
