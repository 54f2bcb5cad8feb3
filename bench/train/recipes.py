"""The part "recipes": sprites learned by labels and by contrast, here and by PyTorch from equal weights on equal batches."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import machine

HERE = Path(__file__).resolve().parent
SHEET = machine.ROOT.parent / "shared" / "data" / "images" / "fashion-mnist" / "fashion-mnist-sprite.png"
CASES = [("supervised", "hard", 600), ("moco", "hard", 800)]
COMPARED = 50  # steps whose losses are compared: later, rounding has led anywhere
CALM = "0.01"  # a rate at which rounding is not magnified within those steps


def output(command: list[str]) -> dict:
    """What a contestant prints."""
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=machine.ROOT).stdout)


def sprites(folder: Path, level: str, seed: int) -> Path:
    """Clips of sprites in FOLDER/LEVEL-SEED, made if they are not there."""
    made = folder / f"{level}-{seed}"
    if made.exists():
        return made
    if not SHEET.exists():
        raise SystemExit(
            f"no ../{SHEET.relative_to(machine.ROOT.parent)} beside this checkout: give --data a folder of clips"
        )
    part, vidcsl = made.with_name("part-" + made.name), str(machine.ROOT / "bin" / "vidcsl")
    shutil.rmtree(part, ignore_errors=True)
    synth = [
        vidcsl,
        "synth",
        "--sprites",
        str(SHEET),
        "--difficulty",
        level,
        "--seed",
        str(seed),
        "--output",
        str(part / "videos"),
    ]
    subprocess.run(synth, check=True)
    for name in ("train", "test"):
        store = [vidcsl, "preprocess", "--input", str(part / "videos" / name), "--output", str(part / name)]
        store += ["--frames", "12", "--stride", "1", "--size", "native", "--sampler", "regular"]
        subprocess.run(store, check=True)
    shutil.rmtree(part / "videos")
    part.rename(made)
    return made


def apart(a: list[float], b: list[float]) -> float:
    """The largest difference of two lists of losses, relative to the second."""
    pairs = list(zip(a, b))[:COMPARED]
    return max(abs(x - y) / (abs(y) or 1) for x, y in pairs)


def first_beyond(a: list[float], b: list[float], limit: float) -> int | None:
    """The first step, from 1, at which losses are further apart than that."""
    return next((i + 1 for i, (x, y) in enumerate(zip(a, b)) if abs(x - y) > limit * abs(y)), None)


def measure(case: tuple[str, str, int], seed: int, args: argparse.Namespace, scratch: Path) -> dict:
    """One case with one seed: ours, which writes the batches down, then the peer on them."""
    objective, level, steps = case
    clips, out, steps = sprites(args.data, level, seed), scratch / "batches", args.steps or steps
    flags = ["-objective", objective, "-steps", str(steps), "-seed", str(seed), "-threads", str(args.threads)]
    flags += [
        "-data",
        str(clips / "train"),
        "-test",
        str(clips / "test"),
        "-out",
        str(out),
        *(["-bf16"] if args.bf16 else []),
    ]
    peer = [args.python, str(HERE / "peer.py"), str(out)]
    try:
        ours, theirs = output([str(scratch / "train"), *flags]), output(peer)
        other = output([*peer, "--layout", "contiguous", "--steps", str(COMPARED)])
    finally:
        shutil.rmtree(out, ignore_errors=True)  # about 1 GB
    calm = calm_difference(objective, clips, seed, args, scratch)
    found = {
        "objective": objective,
        "difficulty": level,
        "seed": seed,
        "steps": steps,
        "knn": round(100 * ours["knn"], 2),
        "peer_knn": round(100 * theirs["knn"], 2),
        "knn_points_above_peer": round(100 * (ours["knn"] - theirs["knn"]), 2),
        f"loss_difference_at_rate_{CALM}": calm,
        "loss_difference": apart(ours["losses"], theirs["losses"]),
        "loss_difference_of_peers_layouts": apart(other["losses"], theirs["losses"]),
        "first_step_beyond_1e-3": first_beyond(ours["losses"], theirs["losses"], 1e-3),
        "first_step_beyond_1e-3_of_peers_layouts": first_beyond(other["losses"], theirs["losses"][:COMPARED], 1e-3),
        "seconds": round(ours["seconds"], 2),
        "peer_seconds": round(theirs["seconds"], 2),
        "ours_faster": round(theirs["seconds"] / ours["seconds"], 2),
        "peak_mb": round(ours["peak_mb"]),
        "peer_peak_mb": round(theirs["peak_mb"]),
    }
    print(row(found), file=sys.stderr, flush=True)
    return found


def calm_difference(objective: str, clips: Path, seed: int, args: argparse.Namespace, scratch: Path) -> float:
    """The largest relative difference of the losses of a short run at a low rate."""
    out = scratch / "calm"
    flags = ["-objective", objective, "-steps", str(args.steps or COMPARED), "-seed", str(seed), "-lr", CALM]
    flags += ["-threads", str(args.threads), "-data", str(clips / "train"), "-test", str(clips / "test"), "-out", str(out)]
    try:
        ours = output([str(scratch / "train"), *flags])
        return apart(ours["losses"], output([args.python, str(HERE / "peer.py"), str(out)])["losses"])
    finally:
        shutil.rmtree(out, ignore_errors=True)


def run(args: argparse.Namespace, scratch: Path) -> dict:
    """All cases, the seeds one after the other."""
    args.data.mkdir(parents=True, exist_ok=True)
    build = ["go", "build", "-o"]
    subprocess.run([*build, str(scratch / "train"), "./bench/train"], check=True, cwd=machine.ROOT)
    subprocess.run([*build, "bin/vidcsl", "./cmd/vidcsl"], check=True, cwd=machine.ROOT)
    results = [measure(case, seed, args, scratch) for case in CASES for seed in args.seeds]
    dtype = "bf16" if args.bf16 else "f32"
    return {"dtype": dtype, "threads": args.threads, "compared_steps": COMPARED, "results": results}


def row(r: dict) -> str:
    return (
        f"  {r['objective']:10} {r['difficulty']:4} {r['seed']:4} {r['knn']:7.2f} {r['peer_knn']:7.2f}"
        f" {r['knn_points_above_peer']:+7.2f}"
        f" {r[f'loss_difference_at_rate_{CALM}']:9.1e} {r['loss_difference']:10.1e} {r['loss_difference_of_peers_layouts']:10.1e}"
        f" {r['seconds']:8.1f} {r['peer_seconds']:8.1f}   x{r['ours_faster']:.2f}"
    )


def table(report: dict) -> str:
    lines = [
        f"\nrecipes, {report['dtype']}: kNN in %; the largest relative difference of the first"
        f" {report['compared_steps']} losses, ours from PyTorch's at a calm rate of {CALM}, at the recipe's, and PyTorch's own in another layout",
        f"  {'':10} {'':4} {'seed':>4} {'ours':>7} {'torch':>7} {'points':>7}"
        f" {'calm':>9} {'loss':>10} {'torch own':>10} {'s':>8} {'torch s':>8}   ours faster",
    ]
    return "\n".join([*lines, *map(row, report["results"])])
