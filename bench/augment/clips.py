#!/usr/bin/env python3
"""Makes the in-memory clips of the augmentation benchmark; what exists is kept.

    clips.py VIDEOS... FILE

FILE is uint8 RGB [COUNT, 16, 128, 171, 3]: 16 frames, 2 apart, of each video in turn, scaled to 171x128
by the ffmpeg command. That is what a clip data set stores: the short side scaled, nothing cropped.
"""

import argparse
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

COUNT = 32
FRAMES, STRIDE, HEIGHT, WIDTH, CROP = 16, 2, 128, 171, 112
CLIP_BYTES = FRAMES * HEIGHT * WIDTH * 3


def clips_of(video: Path) -> Iterator[bytes]:
    """Clips that follow one another in the video; a last one that is too short is dropped."""
    scale = f"select='not(mod(n,{STRIDE}))',scale={WIDTH}:{HEIGHT}:flags=bilinear"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-i", str(video), "-an", "-vf", scale]
    command += ["-fps_mode", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    for at in range(0, len(done.stdout) - CLIP_BYTES + 1, CLIP_BYTES):
        yield done.stdout[at : at + CLIP_BYTES]


def make(videos: list[Path], path: Path) -> None:
    """Writes COUNT clips, one of each video in turn; videos that cannot be decoded are passed over."""
    if path.exists():
        return
    sources = [clip for clip in map(lambda v: list(clips_of(v)), videos) if clip]
    if not sources:
        raise SystemExit(f"none of {len(videos)} videos has {FRAMES * STRIDE} frames that ffmpeg decodes")
    part = path.with_name("part-" + path.name)
    with part.open("wb") as file:
        for k in range(COUNT):
            source = sources[k % len(sources)]
            file.write(source[k // len(sources) % len(source)])
    os.replace(part, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("file", type=Path)
    args = parser.parse_args()
    make(args.videos, args.file)


if __name__ == "__main__":
    main()
