#!/usr/bin/env python3
"""Frame timestamps as ffprobe reports them, to compare ours with.

    ffprobe_pts.py FOLDER [--stream N] [--timeout S]        prints JSON
    ffprobe_pts.py FOLDER --compare FILE.json               prints the differences, exit 1 on any

The JSON maps each regular file, by its path in FOLDER, to
    {"stream": index in the file, "time_base": "1/12800", "pts": [best_effort_timestamp or null, ...],
     "pkt_dts": [...], "key_frame": [0 or 1, ...]}
in display order, or to {"error": "..."} where ffprobe finds no frame of video stream number N.
FILE.json has the same shape; fields it leaves out are not compared, a file it leaves out, or with an
error, must be one that ffprobe finds no frames in. One decoding thread: damaged files are only
deterministic so. Standard library only.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ENTRIES = "stream=index,time_base:frame=best_effort_timestamp,pkt_dts,key_frame"
FIELDS = ("stream", "time_base", "pts", "pkt_dts", "key_frame")


def whole(value: object) -> int | None:
    """ffprobe leaves out, or prints N/A for, what it does not know."""
    return int(str(value)) if value is not None and value != "N/A" else None


def probe(path: Path, stream: int, timeout: float) -> dict:
    command = ["ffprobe", "-v", "error", "-threads", "1", "-select_streams", f"v:{stream}"]
    command += ["-show_frames", "-show_entries", ENTRIES, "-of", "json", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        return {"error": f"ffprobe took more than {timeout:g} s"}
    try:
        found = json.loads(done.stdout or b"{}")
    except ValueError:
        found = {}
    streams, frames = found.get("streams", []), found.get("frames", [])
    if not streams or not frames:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        return {"error": lines[-1].rsplit(": ", 1)[-1] if lines else "no video frames"}
    return {
        "stream": streams[0]["index"],
        "time_base": streams[0]["time_base"],
        "pts": [whole(frame.get("best_effort_timestamp")) for frame in frames],
        "pkt_dts": [whole(frame.get("pkt_dts")) for frame in frames],
        "key_frame": [whole(frame.get("key_frame")) for frame in frames],
    }


def describe(field: str, want: object, got: object) -> str:
    """One line about a difference; for lists the lengths and the first position that differs."""
    if not (isinstance(want, list) and isinstance(got, list)):
        return f"{field}: ffprobe {want}, ours {got}"
    text = f"{field}: ffprobe has {len(want)}, ours {len(got)}"
    for i, (a, b) in enumerate(zip(want, got)):
        if a != b:
            differing = sum(x != y for x, y in zip(want, got))
            return f"{text}; first of {differing} differing at {i}: ffprobe {a}, ours {b}"
    return text


def differences(want: dict, got: dict) -> list[str]:
    if "error" in want or "error" in got:
        if "error" in want and "error" in got:
            return []
        return [f"ffprobe: {want.get('error', 'decodes it')}; ours: {got.get('error', 'decodes it')}"]
    if "pts" not in got:
        return ["ours has no pts"]
    return [describe(f, want[f], got[f]) for f in FIELDS if f in got and want[f] != got[f]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--stream", type=int, default=0, help="which of the file's video streams (default 0)")
    parser.add_argument("--timeout", type=float, default=60, help="seconds per file (default 60)")
    parser.add_argument("--compare", type=Path, metavar="FILE.json")
    args = parser.parse_args()
    if not args.folder.is_dir():
        parser.error(f"{args.folder} is not a folder")
    files = sorted(path for path in args.folder.rglob("*") if path.is_file())
    names = [str(path.relative_to(args.folder)) for path in files]
    if not args.compare:
        print(json.dumps({name: probe(args.folder / name, args.stream, args.timeout) for name in names}))
        return 0
    ours = json.loads(args.compare.read_text())
    different = 0
    for name in sorted({*names, *ours}):
        got = ours.get(name, {"error": "not listed"})
        path = args.folder / name
        want = probe(path, args.stream, args.timeout) if path.is_file() else {"error": "no such file"}
        lines = differences(want, got)
        different += bool(lines)
        for line in lines:
            print(f"{name}: {line}")
    print(f"{len(ours)} files compared, {different} differ", file=sys.stderr)
    return 1 if different or not ours else 0


if __name__ == "__main__":
    sys.exit(main())
