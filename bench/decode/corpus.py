#!/usr/bin/env python3
"""Makes the videos and the plans of the decoding benchmark; what exists is kept.

    corpus.py [FOLDER]          default: .cache/bench under the repository root

24 H.264 files (6 sources x 320x240 and 340x256 x GOP 12 and GOP 250) and 6 MPEG-4 ASP files (Xvid,
B-frames, AVI), 10 s at 25 fps each, and one plan per corpus: plan_g12.json, plan_g250.json,
plan_avi.json. A plan is a list of items; an item names a file and two views of 16 frame indexes
(display order, stride 2) with the corner of a 112x112 crop in the frame scaled to short side 128.
"region" is the same crop in source pixels, rounded to even coordinates, for who crops before scaling.
Files and draws depend on nothing but the seed and the ffmpeg that encodes.
"""

import argparse
import json
import os
import random
import subprocess
from pathlib import Path

SEED = 1
FRAMES, STRIDE, CROP, SHORT = 16, 2, 112, 128
SECONDS, RATE = 10, 25
USABLE = 240  # of the 250 frames; players differ about the last ones of an AVI with B-frames
SIZES = ((320, 240), (340, 256))
SOURCES = (
    "mandelbrot=s={w}x{h}:r=25,noise=alls=6:allf=t",
    "testsrc2=s={w}x{h}:r=25,noise=alls=7:allf=t",
    "life=s=80x60:r=25:mold=10:ratio=0.12:death_color=#303080:life_color=#c0e0a0:seed=1,"
    "scale={w}:{h}:flags=bicubic,noise=alls=4:allf=t",
    "cellauto=s={w}x{h}:r=25:rule=110:seed=1,boxblur=3:1,noise=alls=10:allf=t",
    "gradients=s={w}x{h}:r=25:c0=red:c1=teal:c2=yellow:c3=purple:nb_colors=4:speed=0.02:seed=1,"
    "noise=alls=8:allf=t",
    "mandelbrot=s={w}x{h}:r=25:start_scale=0.3:end_scale=0.02:end_pts=250,"
    "rotate=a=0.02*n:c=gray,noise=alls=5:allf=t",
)
H264 = "-c:v libx264 -preset medium -crf 26 -maxrate 600k -bufsize 900k -threads 1"
XVID = "-c:v libxvid -b:v 400k -bf 2 -g 250 -vtag XVID"


def scaled_width(width: int, height: int) -> int:
    """The width of a frame scaled to short side 128 (all files are landscape)."""
    return int(width * SHORT / height + 0.5)


def encode(source: str, width: int, height: int, codec: str, path: Path) -> None:
    if path.exists():
        return
    part = path.with_name("part-" + path.name)
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi"]
    command += ["-i", source.format(w=width, h=height), "-t", str(SECONDS), "-pix_fmt", "yuv420p"]
    subprocess.run([*command, *codec.split(), str(part)], check=True)
    os.replace(part, path)


def videos(folder: Path) -> dict[str, list[tuple[Path, int, int]]]:
    """Encodes what is missing; returns (file, width, height) for each corpus."""
    made: dict[str, list[tuple[Path, int, int]]] = {"g12": [], "g250": [], "avi": []}
    for number, source in enumerate(SOURCES):
        for width, height in SIZES:
            for gop in (12, 250):
                path = folder / f"h264_g{gop}_{width}x{height}_{number}.mp4"
                encode(source, width, height, f"{H264} -g {gop}", path)
                made[f"g{gop}"].append((path, width, height))
        path = folder / f"xvid_320x240_{number}.avi"
        encode(source.replace("alls=8", "alls=3"), 320, 240, XVID, path)  # noise that 400 kb/s can carry
        made["avi"].append((path, 320, 240))
    return made


def even(value: float) -> int:
    return 2 * round(value / 2)


def region(width: int, height: int, x: int, y: int) -> list[int]:
    """[x, y, width, height] in source pixels of the 112x112 crop at (x, y) of the scaled frame."""
    across, down = width / scaled_width(width, height), height / SHORT
    w, h = even(CROP * across), even(CROP * down)
    return [min(even(x * across), width - w), min(even(y * down), height - h), w, h]


def plan(files: list[tuple[Path, int, int]], draws: int, rng: random.Random) -> list[dict]:
    items = []
    span = (FRAMES - 1) * STRIDE + 1
    for path, width, height in sorted(files) * draws:
        views = []
        for _ in range(2):
            first = rng.randrange(USABLE - span + 1)
            x, y = rng.randint(0, scaled_width(width, height) - CROP), rng.randint(0, SHORT - CROP)
            index = [first + STRIDE * k for k in range(FRAMES)]
            views.append({"idx": index, "x": x, "y": y, "region": region(width, height, x, y)})
        items.append({"file": path.name, "width": width, "height": height, "views": views})
    rng.shuffle(items)
    return items


def make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for corpus, files in videos(folder).items():
        draws = 24 // len(files)  # 24 items, 48 clips, in every plan
        items = plan(files, draws, random.Random(f"{SEED} {corpus}"))
        (folder / f"plan_{corpus}.json").write_text(json.dumps(items) + "\n")


def main() -> None:
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=root / ".cache" / "bench")
    make(parser.parse_args().folder)


if __name__ == "__main__":
    main()
