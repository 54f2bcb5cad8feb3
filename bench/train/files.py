"""The part "files": the train verb straight from videos, and from raw shards of the same videos, in turns."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import machine

STEPS = 100
CONFIG = """\
objective: moco
queue: 1024
encoder: {arch: tiny3d}
schedule: {epochs: 0, steps: %d, decay: cosine}
batch: 32
log_every: 1000000
checkpoint: {every: 0}
data:
  frames: 8
  stride: %d
  size: 64
  augment:
    - random_resized_crop: {scale: [0.4, 1.0]}
    - horizontal_flip: {}
    - color_jitter: {brightness: 0.2, contrast: 0.4}
"""


def corpus(folder: Path) -> dict[str, Path]:
    """200 videos of 128x128 and 4 s, and raw shards of them with every second frame, made if they are not there."""
    made = {"videos": folder / "videos", "shards": folder / "shards"}
    if not folder.exists():
        vidcsl, part = str(machine.ROOT / "bin" / "vidcsl"), folder.with_name("part-" + folder.name)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        subprocess.run([vidcsl, "synth", "--videos-per-class", "20", "--output", str(part / "videos")], check=True)
        store = [vidcsl, "preprocess", "--input", str(part / "videos"), "--output", str(part / "shards")]
        store += ["--frames", "32", "--stride", "2", "--size", "native", "--sampler", "regular"]
        subprocess.run(store, check=True)
        part.rename(folder)
    return made


def train(name: str, data: Path, args: argparse.Namespace, scratch: Path) -> dict:
    """The figures of one training."""
    config, out = scratch / f"{name}.yaml", scratch / "run"
    config.write_text(CONFIG % (args.steps or STEPS, 2 if name == "videos" else 1))
    command = [
        str(machine.ROOT / "bin" / "vidcsl"),
        "train",
        "--data",
        str(data),
        "--config",
        str(config),
        "--output",
        str(out),
    ]
    command += ["--threads", str(args.threads), "--workers", str(args.threads), "--log-level", "error"]
    try:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        result = json.loads((out / "run.json").read_text())["result"]
    finally:
        shutil.rmtree(out, ignore_errors=True)
    found = {key: result.get(key) for key in ("clips_per_second", "waiting", "bottleneck")}
    print(f"files: {name}: {found}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    return found


def run(args: argparse.Namespace, scratch: Path) -> dict:
    """All rounds, each in an order drawn anew. The first makes sure that files are in memory, and is dropped."""
    subprocess.run(["go", "build", "-o", "bin/vidcsl", "./cmd/vidcsl"], check=True, cwd=machine.ROOT)
    sources, rng = corpus(machine.ROOT / ".cache" / "bench" / "train-files"), random.Random(1)
    runs: dict[str, list[dict]] = {name: [] for name in sources}
    for number in range(args.rounds + 1):
        for name in rng.sample(list(sources), len(sources)):
            found = train(name, sources[name], args, scratch)
            if number > 0:
                runs[name].append(found)
    medians = {
        name: {key: statistics.median(r[key] for r in rs) for key in ("clips_per_second", "waiting")}
        for name, rs in runs.items()
    }
    faster = [s["clips_per_second"] / v["clips_per_second"] for s, v in zip(runs["shards"], runs["videos"])]
    return {
        "config": CONFIG % (args.steps or STEPS, 2),
        "threads": args.threads,
        "rounds": args.rounds,
        "medians": medians,
        "shards_by_videos": {"median": statistics.median(faster), "min": min(faster), "max": max(faster)},
        "runs": runs,
    }


def table(report: dict) -> str:
    lines = ["\nfiles: the train verb with tiny3d, 8 frames of 64x64", f"  {'':10} {'clips/s':>9} {'waiting':>8}   for"]
    for name, m in report["medians"].items():
        waited = ", ".join(sorted({r["bottleneck"] or "-" for r in report["runs"][name]}))
        lines.append(f"  {name:10} {m['clips_per_second']:9.1f} {m['waiting']:8.1%}   {waited}")
    f = report["shards_by_videos"]
    return "\n".join([*lines, f"  shards by videos x{f['median']:.2f} [{f['min']:.2f}-{f['max']:.2f}]"])
