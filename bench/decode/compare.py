#!/usr/bin/env python3
"""Checks that contestants of the benchmark did the same work.

    compare.py PLAN NAME=DUMP...

References are made by the ffmpeg command, whole file, one thread, swscale bilinear, once in each
order of work: the frame scaled then cropped ("scaled"), and the region cropped then scaled
("cropped"; "area" is the same with swscale's area filter, OpenCV's kind). Scaled and cropped differ by
a part of a pixel in the resampling phase. Prints for each contestant,
as JSON: median PSNR against each (99: identical), failed items, and wrong frames: frames that match a
neighbour within 4 frames clearly better (0.5 dB) than the frame asked for, with the commonest offset.
That is judged on means of 4x4 pixels, against the reference that the contestant resembles most: a
scrolling picture makes a difference in phase look like one in time.
"""

import argparse
import json
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np

FRAMES, CROP, SHORT, REACH = 16, 112, 128, 4
WAYS = ("scaled", "cropped", "area")


def frames(path: Path, filters: str, width: int, height: int) -> np.ndarray:
    command = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-i", str(path), "-an"]
    command += ["-fps_mode", "passthrough", "-vf", filters, "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    data = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return np.frombuffer(data, np.uint8).reshape(-1, height, width, 3)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    error = np.mean(np.square(a.astype(np.float32) - b), dtype=np.float64)
    return 99.0 if error == 0 else float(10 * np.log10(255 * 255 / error))


def coarse(image: np.ndarray) -> np.ndarray:
    return image.reshape(CROP // 4, 4, CROP // 4, 4, 3).mean((1, 3), dtype=np.float32)


class Reference:
    """The right pixels of one item, both ways, for every frame of the file."""

    def __init__(self, item: dict, path: Path, decoded: dict[Path, np.ndarray]) -> None:
        self.item = item
        width = int(item["width"] * SHORT / item["height"] + 0.5)
        if path not in decoded:
            decoded[path] = frames(path, f"scale={width}:{SHORT}:flags=bilinear", width, SHORT)
        self.whole = decoded[path]
        self.regions, self.areas = [], []
        for view in item["views"]:
            x, y, w, h = view["region"]
            filters = f"crop={w}:{h}:{x}:{y},scale={CROP}:{CROP}:flags="
            self.regions.append(frames(path, filters + "bilinear", CROP, CROP))
            self.areas.append(frames(path, filters + "area", CROP, CROP))

    def scaled(self, v: int, frame: int) -> np.ndarray:
        x, y = self.item["views"][v]["x"], self.item["views"][v]["y"]
        return self.whole[frame, y : y + CROP, x : x + CROP]

    def cropped(self, v: int, frame: int) -> np.ndarray:
        return self.regions[v][frame]

    def area(self, v: int, frame: int) -> np.ndarray:
        return self.areas[v][frame]

    def wanted(self) -> list[tuple[int, int, int]]:
        return [(v, k, frame) for v, view in enumerate(self.item["views"]) for k, frame in enumerate(view["idx"])]

    @cache
    def coarse(self, way: str, v: int, frame: int) -> np.ndarray:
        return coarse(getattr(self, way)(v, frame))

    def offset(self, way: str, v: int, frame: int, got: np.ndarray) -> int:
        """How far off the frame is in time; 0 if it is the one asked for."""
        last = min(len(self.whole), len(self.regions[v])) - 1
        near = range(max(0, frame - REACH), min(last, frame + REACH) + 1)
        small = coarse(got)
        marks = {f: psnr(small, self.coarse(way, v, f)) for f in near}
        best = max(marks, key=marks.__getitem__)
        return best - frame if marks[best] > marks[frame] + 0.5 else 0


def judge(references: list[Reference], dump: Path) -> dict:
    pixels = np.fromfile(dump, np.uint8).reshape(len(references), 2, FRAMES, CROP, CROP, 3)
    pairs = [(reference, item) for reference, item in zip(references, pixels) if item.any()]
    if not pairs:
        return {"frames": 0, "failed_items": len(references)}
    likeness = {way: medians(pairs, way, Counter()) for way in WAYS}
    way = max(WAYS, key=lambda way: likeness[way][0])  # how this contestant works, phase included
    offsets = {
        (i, v, k): reference.offset(way, v, frame, item[v, k])
        for i, (reference, item) in enumerate(pairs)
        for v, k, frame in reference.wanted()
    }
    wrong = Counter(offset for offset in offsets.values() if offset)
    found = {way: medians(pairs, way, offsets) for way in WAYS}
    return {
        **{f"psnr_{way}_db": round(found[way][0], 2) for way in WAYS},
        "psnr_min_db": round(found[way][1], 2),
        "frames": len(offsets),
        "wrong_frames": wrong.total(),
        "commonest_offset": wrong.most_common(1)[0][0] if wrong else 0,
        "failed_items": len(references) - len(pairs),
    }


def medians(pairs: list[tuple[Reference, np.ndarray]], way: str, offsets: dict) -> tuple[float, float]:
    """Median and least PSNR over all frames; offsets says how far off in time each is."""
    marks = [
        psnr(item[v, k], getattr(reference, way)(v, frame + offsets.get((i, v, k), 0)))
        for i, (reference, item) in enumerate(pairs)
        for v, k, frame in reference.wanted()
    ]
    return float(np.median(marks)), min(marks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("plan", type=Path)
    parser.add_argument("dumps", nargs="+", metavar="NAME=DUMP")
    args = parser.parse_args()
    decoded: dict[Path, np.ndarray] = {}
    items = json.loads(args.plan.read_text())
    references = [Reference(item, args.plan.parent / item["file"], decoded) for item in items]
    verdicts = {}
    for pair in args.dumps:
        name, dump = pair.split("=", 1)
        verdicts[name] = judge(references, Path(dump))
    print(json.dumps(verdicts))


if __name__ == "__main__":
    main()
