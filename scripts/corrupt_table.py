#!/usr/bin/env python3
"""Prints the speed table of docs/corruptions.md from docs/results/corrupt.json: clips/s on one core, and the best peer's processor time by ours."""

import json
from pathlib import Path

CLIPS = ["16x112x112", "16x224x224"]


def cell(setting: dict | None) -> str:
    if setting is None:
        return "- | -"
    ours = setting["results"][0]
    rate = f"{1000 / ours['cpu_ms']:,.0f}"
    peer = setting.get("best_peer")
    return f"{rate} | {setting['ours_faster_cpu']:.1f} ({peer})" if peer else f"{rate} | -"


def main() -> None:
    settings = json.loads((Path(__file__).parents[1] / "docs/results/corrupt.json").read_text())["settings"]
    found = {(s["name"], s["clip"]): s for s in settings}
    print("| corruption | clips/s at 112 | times faster | clips/s at 224 | times faster |\n|---|---|---|---|---|")
    for name in dict.fromkeys(s["name"] for s in settings):
        print(f"| {name} | " + " | ".join(cell(found.get((name, clip))) for clip in CLIPS) + " |")


if __name__ == "__main__":
    main()
