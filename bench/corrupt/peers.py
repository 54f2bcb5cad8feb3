#!/usr/bin/env python3
"""The peers in the benchmark of corruptions: for each corruption, ways to do it to a clip with public libraries.

    peers.py --clips FOLDER     reads lines such as {"name": "fog", "peer": "opencv", "severity": 3, "side": 112,
                                "seconds": 0.3}, corrupts the clip SIDE.rgb over and over on one thread and answers
                                {"wall", "cpu", "done"}, or for 0 seconds the mean squared {"change"} of one clip
    peers.py --list             prints {name: [peers]}
    peers.py --make FOLDER      writes the clips
    peers.py --versions         prints the libraries' versions

A peer is a function of a clip, uint8 [16, H, W, 3], and a severity, and returns such a clip. Files peers_*.py each have a
PEERS of the corruptions of one kind; a new one is a line there, and a new file a line in KINDS.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1", NO_ALBUMENTATIONS_UPDATE="1")

import cv2
import numpy as np
import peers_noise
import peers_video
import peers_weather

Peer = Callable[[np.ndarray, int], np.ndarray]
KINDS = [peers_noise, peers_weather, peers_video]
PEERS: dict[str, dict[str, Peer]] = {name: ways for kind in KINDS for name, ways in kind.PEERS.items()}
FRAMES, SIDES = 16, (112, 224)


def make(folder: Path) -> None:
    """Clips of a moving scene: gradients, a disk, squares, fine texture."""
    rng = np.random.default_rng(1)
    for side in SIDES:
        y, x = np.mgrid[0:side, 0:side] / side
        texture = rng.normal(0, 6, (side, side, 3))
        out = np.empty((FRAMES, side, side, 3), np.uint8)
        for t in range(FRAMES):
            frame = np.stack([200 * x, 180 * y, 120 + 90 * np.sin(7 * x + 5 * y + t / 5)], -1)
            frame[(x - 0.3 - t / 40) ** 2 + (y - 0.5) ** 2 < 0.03] = (230, 40, 20)
            frame[(x * 12).astype(int) % 3 + (y * 12).astype(int) % 3 == 0] += 40
            out[t] = np.clip(frame + texture, 0, 255)
        out.tofile(folder / f"{side}.rgb")


def serve(folder: Path) -> None:
    cv2.setNumThreads(1)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    for line in sys.stdin:
        request = json.loads(line)
        side, severity = request["side"], request["severity"]
        clip = np.fromfile(folder / f"{side}.rgb", np.uint8).reshape(FRAMES, side, side, 3)
        peer = PEERS[request["name"]][request["peer"]]
        print(json.dumps(work(peer, clip, severity, request["seconds"])), flush=True)


def work(peer: Peer, clip: np.ndarray, severity: int, seconds: float) -> dict[str, float]:
    out = peer(clip, severity)
    assert out.shape == clip.shape and out.dtype == np.uint8, (out.shape, out.dtype)
    if not seconds:
        return {"change": float(((out.astype(float) - clip) ** 2).mean())}
    done, wall, began, busy = 0, 0.0, time.monotonic(), cpu_seconds()
    while wall < seconds:
        peer(clip, severity)
        done, wall = done + 1, time.monotonic() - began
    return {"wall": wall, "cpu": cpu_seconds() - busy, "done": done}


def cpu_seconds() -> float:
    use = resource.getrusage(resource.RUSAGE_SELF)
    return use.ru_utime + use.ru_stime


def versions() -> dict[str, str]:
    names = ("numpy", "scipy", "scikit-image", "imagecorruptions", "albumentations", "torch", "torchvision")
    return {"python": sys.version.split()[0], **{n: version(n) for n in names}, "opencv": version("opencv-python-headless")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--make", type=Path)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--versions", action="store_true")
    args = parser.parse_args()
    if args.list:
        print(json.dumps({name: list(ways) for name, ways in PEERS.items()}))
    elif args.versions:
        print(json.dumps(versions()))
    elif args.make:
        make(args.make)
    else:
        serve(args.clips)


if __name__ == "__main__":
    main()
