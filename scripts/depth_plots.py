#!/usr/bin/env python3
"""Draws the figures of docs/false-negatives.md from docs/results/depth.json, and prints the numbers in them as tables in Markdown. Needs matplotlib.

    depth_plots.py docs/results/depth.json --output docs/figures
"""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

matplotlib.rcParams.update({"svg.hashsalt": "vidcsl", "svg.fonttype": "path", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False})

MEASURE = "mPC"
COLORS = {"supervised": "#555555", "csl": "#888888", "oracle": "#0072b2", "neighbors": "#d55e00", "cluster": "#009e73"}
MARKERS = {"supervised": "^", "csl": "o", "oracle": "s", "neighbors": "D", "cluster": "v"}
# What is changed: its name in ways, what it is, its value in the base, and whether its axis is logarithmic.
THINGS = [
    ("temperature", "temperature", 0.1, True),
    ("queue", "keys in the queue", 2048, True),
    ("classes", "classes", 10, True),
    ("steps", "steps of training", 600, True),
    ("warmup", "warm-up, share of the steps", 0.1, False),
    ("k", "clusters (of 10 classes)", None, True),
    ("precision", "precision of the detector", 1.0, False),
]
Point = tuple[float, dict]


def series(studies: list[dict], thing: str, base: float | None) -> dict[str, list[Point]]:
    """Of each way, its points along a thing."""
    found: dict[str, list[Point]] = {}
    for study in studies:
        classes = study["study"].removeprefix("classes-")
        for way in study["ways"]:
            if thing == "classes" and not way["thing"]:
                at = float(classes) if classes.isdigit() else base
            elif way["thing"] == thing:
                at = float(way["value"])
            elif not way["thing"] and not classes.isdigit():
                at = base
            else:
                continue
            if at is not None:
                found.setdefault(way["way"], []).append((at, way))
    changed = {way["way"] for study in studies for way in study["ways"] if way["thing"] == thing}
    ends = {"csl", "supervised"} if thing in ("temperature", "queue", "steps", "classes") else set()
    keep = changed | ends | ({"oracle", "neighbors"} if thing == "classes" else set())
    return {name: sorted(points, key=lambda p: p[0]) for name, points in found.items() if name in keep}


def draw(ax: plt.Axes, points: list[Point], way: str, part: str) -> None:
    """A line of values with their intervals; what is not defined is left out."""
    rows = [(at, value) for at, w in points if "undefined" not in (value := w["measures"][MEASURE][part])]
    if not rows:
        return
    x, y = [at for at, _ in rows], [100 * v["value"] for _, v in rows]
    error = [[100 * max(0, v["value"] - v["low"]) for _, v in rows], [100 * max(0, v["high"] - v["value"]) for _, v in rows]]
    ax.errorbar(x, y, error, color=COLORS[way], marker=MARKERS[way], ms=4, lw=1.2, elinewidth=0.8, capsize=2, label=way)


def axes(ax: plt.Axes, points: dict[str, list[Point]], label: str, log: bool) -> None:
    values = sorted({at for line in points.values() for at, _ in line})
    if log:
        ax.set_xscale("log")
    ax.set_xticks(values, [f"{v:g}" for v in values])
    ax.minorticks_off()
    ax.set_xlabel(label)
    ax.grid(axis="y", color="#dddddd", lw=0.5)


def figure(studies: list[dict], things: list, path: Path) -> None:
    """Robust accuracy above, share of the gap that is closed below."""
    fig, grid = plt.subplots(2, len(things), figsize=(3 * len(things), 5.2), sharey="row", constrained_layout=True, squeeze=False)
    for (thing, label, base, log), top, bottom in zip(things, grid[0], grid[1]):
        points = series(studies, thing, base)
        for way, line in points.items():
            draw(top, line, way, "accuracy")
            if way not in ("csl", "supervised"):
                draw(bottom, line, way, "closed")
        for ax in (top, bottom):
            axes(ax, points, label, log)
        bottom.axhline(0, color="black", lw=0.6)
    grid[0][0].set_ylabel("accuracy under corruptions, mPC, %")
    grid[1][0].set_ylabel("of the gap closed, %")
    for row in grid:
        known: dict[str, object] = {}
        for ax in row:
            known.update({name: line for line, name in zip(*ax.get_legend_handles_labels()) if name not in known})
        row[-1].legend(known.values(), known.keys(), frameon=False, fontsize=8)
    fig.savefig(path, metadata={"Date": None})
    plt.close(fig)


def percent(value: dict) -> str:
    return "-" if "undefined" in value else f"{100 * value['value']:.1f}"


def share(value: dict) -> str:
    return "-" if "undefined" in value else f"{100 * value['value']:.0f} ({100 * value['low']:.0f} to {100 * value['high']:.0f})"


def table(studies: list[dict], thing: str, label: str, base: float | None) -> None:
    print(f"\n| {label} | way | removed | precision | clean | mPC | of the gap closed, % |\n|---|---|---|---|---|---|---|")
    for way, points in series(studies, thing, base).items():
        for at, w in points:
            clean, robust, removed = w["measures"]["clean"], w["measures"][MEASURE], w["removed"]
            found = f"{100 * removed['share']:.1f} % | {removed['precision']:.2f}" if removed["share"] else "- | -"
            closed = "-" if way in ("csl", "supervised") else share(robust["closed"])
            print(f"| {at:g} | {way} | {found} | {percent(clean['accuracy'])} | {percent(robust['accuracy'])} | {closed} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("record", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    args = parser.parse_args()
    studies = json.loads(args.record.read_text())["studies"]
    args.output.mkdir(parents=True, exist_ok=True)
    figure(studies, THINGS[:4], args.output / "depth-training.svg")
    figure(studies, THINGS[4:], args.output / "depth-detector.svg")
    for thing, label, base, _ in THINGS:
        table(studies, thing, label, base)


if __name__ == "__main__":
    main()
