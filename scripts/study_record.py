#!/usr/bin/env python3
"""Keeps what a study found as docs/results/NAME.json, and prints it as a table in Markdown.

    study_record.py STUDY.JSON... --json docs/results/study-sprites.json
    study_record.py docs/results/study-sprites.json

Of a study.json it keeps the answer, and of each way its description, seeds, accuracies by each measure and how much of the gap it closes, both with
intervals, at the end of the trainings and at matched accuracy, and of each run its cells; beside them the machine, versions, command and digests. Paths are
left out.
"""

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench"))
import machine  # noqa: E402


def compared(study: dict, report: dict | None) -> dict | None:
    """The ways of one comparison, by name."""
    if not report or not report.get("closed"):
        return None
    closed, names = report["closed"], {run: way["name"] for way in study["ways"] for run in way.get("runs") or []}
    clean = {run["run"]: run["summary"]["clean"]["accuracy"]["n"] for run in report["runs"]}
    ways = [
        {"way": names[way["runs"][0].split("@")[0]], "runs": len(way["runs"]), "accuracy": way["values"], "closed": way["closed"]}
        for way in closed["ways"]
    ]
    return {"measures": closed["measures"], "videos": max(clean.values()), "ways": ways}


def cells(report: dict) -> dict:
    """Of each run, how many clips of how many it is right about, by cell."""
    found = {}
    for run in report["runs"]:
        summary = run["summary"]
        each = [summary["clean"], *summary["attacks"], *(s for c in summary["corruptions"] for s in c["severities"])]
        found[run["run"].partition("/runs/")[2]] = {label(cell): f"{cell['accuracy']['hits']} of {cell['accuracy']['n']}" for cell in each}
    return found


def label(cell: dict) -> str:
    """Such as clean, fog 3 or pgd linf 1/255."""
    words = [cell.get("name", "clean")]
    if "epsilon" in cell:
        words += [cell["norm"], f"{255 * cell['epsilon']:g}/255"]
    if "severity" in cell:
        words += [str(cell["severity"])]
    return " ".join(words)


def kept(study: dict) -> dict:
    """What is kept of a study."""
    ways = [{"name": w["name"], "role": w.get("role", ""), "seeds": w["seeds"], "validation": w["validation"]} for w in study["ways"]]
    matched = study.get("matched")
    found = {"answer": study["answer"], "findings": study.get("findings") or [], "notes": study.get("notes") or [], "ways": ways, "choices": study.get("choices") or []}
    found |= {"end": compared(study, study["report"]), "threads": study["threads"]}
    if matched:
        found["matched"] = {k: matched[k] for k in ("probe", "target", "within", "ways")} | {"end": compared(study, matched.get("report"))}
    found |= {"removal": {r["run"].split("/", 1)[-1]: r["removal"] for r in study["report"]["runs"]}}
    found["cells"] = cells(study["report"])
    command = [machine.local(word) for word in study["command"]]
    return found | {"command": " ".join(command), "data": study["data"], "config": study["config"]}


def percent(value: dict) -> str:
    return "-" if "undefined" in value else f"{100 * value['value']:.1f}"


def cell(accuracy: dict, closed: dict, end: bool) -> str:
    if end or "undefined" in closed:
        return percent(accuracy)
    low, high = closed.get("low"), closed.get("high")
    limits = "" if low is None or high is None else f" ({100 * low:.0f} to {100 * high:.0f})"
    return f"{percent(accuracy)}, closes {100 * closed['value']:.0f}{limits}"


def table(found: dict, only: list[str]) -> None:
    roles = {w["name"]: w["role"] for w in found["ways"]}
    for name, part in (("at the end", found["end"]), ("at matched accuracy", (found.get("matched") or {}).get("end"))):
        if not part:
            continue
        columns = [i for i, measure in enumerate(part["measures"]) if measure in only or not only]
        print(f"\n| {name} | seeds | " + " | ".join(part["measures"][i] for i in columns) + " |")
        print("|---" * (len(columns) + 2) + "|")
        for way in part["ways"]:
            row = [cell(way["accuracy"][i], way["closed"][i], roles[way["way"]] != "") for i in columns]
            print(f"| {way['way']} | {way['runs']} | " + " | ".join(row) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, help="study.json of one study or of several, or what was kept of them")
    parser.add_argument("--json", type=Path, help="keep it there")
    parser.add_argument("--measures", default="", help="print these alone, such as clean,mPC")
    args = parser.parse_args()
    read = [json.loads(path.read_text()) for path in args.files]
    studies = read[0]["studies"] if "studies" in read[0] else [kept(study) for study in read]
    for study in studies:
        table(study, args.measures.split(",") if args.measures else [])
    if args.json:
        record = {"machine": machine.describe(), "version": read[0]["version"], "studies": studies}
        args.json.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
