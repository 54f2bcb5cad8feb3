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

CASES = {"tiny3d": (100, 32), "r3d_18": (12, 8)}  # steps, and samples of a batch
CONFIG = """\
objective: moco
queue: 1024
encoder: {arch: %s}
schedule: {epochs: 0, steps: %d, decay: cosine}
batch: %d
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


def train(arch: str, name: str, data: Path, args: argparse.Namespace, scratch: Path) -> dict:
    """The figures of one training."""
    config, out = scratch / f"{name}.yaml", scratch / "run"
    steps, batch = CASES[arch]
    config.write_text(CONFIG % (arch, args.steps or steps, batch, 2 if name == "videos" else 1))
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
    found = {key: result.get(key) for key in ("clips_per_second", "waiting", "making", "bottleneck")}
    print(f"files: {arch}, {name}: {found}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    return found


def run(args: argparse.Namespace, scratch: Path) -> dict:
    """All cases."""
    subprocess.run(["go", "build", "-o", "bin/vidcsl", "./cmd/vidcsl"], check=True, cwd=machine.ROOT)
    sources = corpus(machine.ROOT / ".cache" / "bench" / "train-files")
    cases = {arch: compare(arch, sources, args, scratch) for arch in CASES}
    return {"config": CONFIG, "threads": args.threads, "rounds": args.rounds, "cases": cases}


def compare(arch: str, sources: dict[str, Path], args: argparse.Namespace, scratch: Path) -> dict:
    """All rounds, each in an order drawn anew. The first makes sure that files are in memory, and is dropped."""
    rng = random.Random(1)
    runs: dict[str, list[dict]] = {name: [] for name in sources}
    for number in range(args.rounds + 1):
        for name in rng.sample(list(sources), len(sources)):
            found = train(arch, name, sources[name], args, scratch)
            if number > 0:
                runs[name].append(found)
    figures = ("clips_per_second", "waiting", "making")
    medians = {name: {key: statistics.median(r[key] for r in rs) for key in figures} for name, rs in runs.items()}
    faster = [s["clips_per_second"] / v["clips_per_second"] for s, v in zip(runs["shards"], runs["videos"])]
    ratio = {"median": statistics.median(faster), "min": min(faster), "max": max(faster)}
    return {"medians": medians, "shards_by_videos": ratio, "runs": runs}


def table(report: dict) -> str:
    head = f"  {'':20} {'clips/s':>9} {'waiting':>8} {'making':>8}   bottleneck"
    lines = ["\nfiles: the train verb, 8 frames of 64x64; making: share of the processors that makes data", head]
    for arch, case in report["cases"].items():
        for name, m in case["medians"].items():
            slow = ", ".join(sorted({r["bottleneck"] or "-" for r in case["runs"][name]}))
            lines.append(f"  {arch:10} {name:9} {m['clips_per_second']:9.1f} {m['waiting']:8.1%} {m['making']:8.1%}   {slow}")
        f = case["shards_by_videos"]
        lines.append(f"  {arch:10} shards by videos x{f['median']:.2f} [{f['min']:.2f}-{f['max']:.2f}]")
    return "\n".join(lines)
