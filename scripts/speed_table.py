#!/usr/bin/env python3
"""Prints README's speed table from docs/results/decode.json: wall-clock ratios, peer's time divided by ours."""

import json
from pathlib import Path

ROWS = {"g12": "H.264, a keyframe every 12 frames", "g250": "H.264, a keyframe every 250", "avi": "MPEG-4 with B-frames in AVI"}
PEERS = {"pyav": "PyAV", "pyav-tuned": "PyAV, tuned", "decord": "decord", "torchcodec": "torchcodec", "opencv": "OpenCV"}


def main() -> None:
    results = json.loads((Path(__file__).parents[1] / "docs/results/decode.json").read_text())["results"]
    ratio = {(r["corpus"], r["workers"], r["contestant"]): r["ours_faster_wall"] for r in results}
    print("| times faster than, at 1 / 2 workers | " + " | ".join(PEERS.values()) + " |")
    print("|---" * (len(PEERS) + 1) + "|")
    for corpus, title in ROWS.items():
        cells = [f"{ratio[corpus, 1, peer]:.2f} / {ratio[corpus, 2, peer]:.2f}" for peer in PEERS]
        print(f"| {title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
