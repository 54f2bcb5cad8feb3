#!/usr/bin/env python3
"""Decodes a plan with one of the libraries a user would pick instead: one process per worker.

    peers.py NAME                          serve: reads lines "PLAN I N", decodes items I, I+N, ...
                                           and answers {"wall","cpu","errs","clips","rss","peak"}
    peers.py NAME --plan PLAN --dump FILE  writes every item's pixels, for compare.py
    peers.py --versions                    what is installed, as JSON

NAME: pyav, pyav-tuned, decord, torchcodec, opencv. Every decoder here opens the file for each item,
uses one decoding thread, decodes the union of both views' frames once, scales to short side 128
with its library's own antialiased scaler, and fills an existing uint8 array [2, 16, 112, 112, 3].
"""

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

FRAMES, CROP, SHORT = 16, 112, 128
Item = dict
Decode = Callable[[Item, np.ndarray], None]


def scaled_width(item: Item) -> int:
    return int(item["width"] * SHORT / item["height"] + 0.5)


def slots(item: Item) -> dict[int, list[tuple[int, int]]]:
    """Frame index -> the (view, position) pairs that want it, in frame order."""
    wanted: dict[int, list[tuple[int, int]]] = {}
    for v, view in enumerate(item["views"]):
        for k, frame in enumerate(view["idx"]):
            wanted.setdefault(frame, []).append((v, k))
    return dict(sorted(wanted.items()))


def place(image: np.ndarray, item: Item, where: list[tuple[int, int]], out: np.ndarray) -> None:
    for v, k in where:
        x, y = item["views"][v]["x"], item["views"][v]["y"]
        out[v, k] = image[y : y + CROP, x : x + CROP]


def place_batch(batch: np.ndarray, frames: list[int], item: Item, out: np.ndarray) -> None:
    row = {frame: i for i, frame in enumerate(frames)}
    for v, view in enumerate(item["views"]):
        x, y = view["x"], view["y"]
        out[v] = batch[[row[f] for f in view["idx"]], y : y + CROP, x : x + CROP]


def pyav(tuned: bool) -> Decode:
    """PyAV: seeks by the container's own index, converts wanted frames only.

    tuned adds what a user who knows FFmpeg could still do from Python: let the decoder drop
    non-reference frames nobody wants, and drain it instead of feeding it packets past the last
    wanted frame. Not for AVI, which stores no pts: there frames are counted from the keyframe.
    """
    import av

    av.logging.set_level(av.logging.FATAL)

    def decode(item: Item, out: np.ndarray) -> None:
        width, wanted = scaled_width(item), slots(item)
        frames = list(wanted)
        with av.open(item["file"]) as container:
            stream = container.streams.video[0]
            context, index, skipping = stream.codec_context, stream.index_entries, False
            stream.thread_count, stream.thread_type = 1, "NONE"
            start = stream.start_time or 0
            step = stream.duration / stream.frames
            counting = container.format.name == "avi"
            at, sought = 0, -1  # the next wanted frame; the one last sought
            while at < len(frames):
                target = round(start + frames[at] * step)
                container.seek(target, backward=True, stream=stream)
                number = index.search_timestamp(target, backward=True) - 1  # only used when counting
                unsent, again, sought = set(frames[at:]), False, at
                for packet in container.demux(stream):
                    finish = False
                    if tuned and not counting and packet.pts is not None:
                        coming = round((packet.pts - start) / step)
                        if (coming not in wanted) != skipping:
                            skipping = not skipping
                            context.skip_frame = "NONREF" if skipping else "DEFAULT"
                        unsent.discard(coming)
                        finish = not unsent
                    got = packet.decode()
                    if finish:
                        got += context.decode(None)
                    for frame in got:
                        number = number + 1 if counting else round((frame.pts - start) / step)
                        if frames[at] < number:
                            raise EOFError(f"frame {frames[at]} is missing")
                        if frames[at] == number:
                            image = frame.reformat(width, SHORT, "rgb24", interpolation="BILINEAR", threads=1)
                            place(image.to_ndarray(), item, wanted[number], out)
                            at += 1
                        if at == len(frames):
                            return
                        if frames[at] - number > 3 and at != sought:  # a gap: is there a keyframe in it?
                            before = round(start + (frames[at] - 3) * step)  # the index is in decode time
                            again = index.search_timestamp(before, backward=True) > number + 1
                            if again:
                                break
                    if again:
                        break
                if not again:
                    raise EOFError(f"{len(frames) - at} frames missing")

    return decode


def decord() -> Decode:
    import decord as library

    library.logging.set_level(library.logging.QUIET)

    def decode(item: Item, out: np.ndarray) -> None:
        frames = list(slots(item))
        reader = library.VideoReader(
            item["file"], ctx=library.cpu(0), num_threads=1, width=scaled_width(item), height=SHORT
        )
        place_batch(reader.get_batch(frames).asnumpy(), frames, item, out)

    return decode


def torchcodec() -> Decode:
    import torch
    from torchcodec.decoders import VideoDecoder
    from torchcodec.transforms import Resize

    torch.set_num_threads(1)

    def decode(item: Item, out: np.ndarray) -> None:
        frames = list(slots(item))
        decoder = VideoDecoder(
            item["file"],
            dimension_order="NHWC",
            num_ffmpeg_threads=1,
            seek_mode="approximate",  # no scan of the file; exact for a constant frame rate
            transforms=[Resize((SHORT, scaled_width(item)))],
        )
        place_batch(decoder.get_frames_at(frames).data.numpy(), frames, item, out)

    return decode


def opencv() -> Decode:
    """OpenCV: grabs what it only passes, crops before scaling; INTER_AREA is its antialiased scaler."""
    os.environ["OPENCV_FFMPEG_LOGLEVEL"] = "-8"
    import cv2

    cv2.setNumThreads(1)
    far = 24  # frames; seeking costs OpenCV at least 16 decoded frames

    def decode(item: Item, out: np.ndarray) -> None:
        capture = cv2.VideoCapture(item["file"], cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        if not capture.isOpened():
            raise OSError("cannot open")
        here = 0
        for frame, where in slots(item).items():
            if frame - here > far:
                capture.set(cv2.CAP_PROP_POS_FRAMES, frame)
                here = frame
            while here <= frame:
                if not capture.grab():
                    raise EOFError(f"no frame {here}")
                here += 1
            _, image = capture.retrieve()
            for v, k in where:
                x, y, w, h = item["views"][v]["region"]
                small = cv2.resize(image[y : y + h, x : x + w], (CROP, CROP), interpolation=cv2.INTER_AREA)
                cv2.cvtColor(small, cv2.COLOR_BGR2RGB, dst=out[v, k])
        capture.release()

    return decode


PEERS: dict[str, Callable[[], Decode]] = {
    "pyav": lambda: pyav(tuned=False),
    "pyav-tuned": lambda: pyav(tuned=True),
    "decord": decord,
    "torchcodec": torchcodec,
    "opencv": opencv,
}


def load(plan: Path) -> list[Item]:
    items = json.loads(plan.read_text())
    for item in items:
        item["file"] = str(plan.parent / item["file"])
    return items


def memory(field: str) -> float:
    """MiB of this process: VmHWM (peak) or VmRSS (now)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    return 0.0


def try_decode(decode: Decode, item: Item, out: np.ndarray) -> bool:
    try:
        decode(item, out)
    except Exception as error:  # every library has its own; a failed item is counted, not fatal
        print(f"{Path(item['file']).name}: {type(error).__name__}: {error}", file=sys.stderr)
        return False
    return True


def serve(decode: Decode, out: np.ndarray) -> None:
    plans: dict[str, list[Item]] = {}
    for line in sys.stdin:
        path, first, step = line.split()
        if path not in plans:
            plans[path] = load(Path(path))
        items = plans[path][int(first) :: int(step)]
        wall, cpu = time.monotonic(), time.process_time()
        errors = sum(not try_decode(decode, item, out) for item in items)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        answer = {"wall": wall, "cpu": cpu, "errs": errors, "clips": 2 * len(items)}
        print(json.dumps(answer | {"rss": memory("VmRSS"), "peak": memory("VmHWM")}), flush=True)


def dump(decode: Decode, out: np.ndarray, plan: Path, path: Path) -> None:
    with path.open("wb") as file:
        for item in load(plan):
            out[:] = 0
            if not try_decode(decode, item, out):
                out[:] = 0
            file.write(out.tobytes())


def versions() -> dict[str, str]:
    import av
    import cv2
    import decord as decord_library
    import torch
    import torchcodec as torchcodec_library
    from torchcodec._core import get_ffmpeg_library_versions

    avcodec = re.search(r"avcodec:.*\((.*)\)", cv2.getBuildInformation())
    return {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "pyav": f"{av.__version__}, libavcodec {'.'.join(map(str, av.library_versions['libavcodec']))}",
        "decord": decord_library.__version__,
        "torch": torch.__version__,
        "torchcodec": f"{torchcodec_library.__version__}, FFmpeg {get_ffmpeg_library_versions()['ffmpeg_version']}",
        "opencv": f"{cv2.__version__}, libavcodec {avcodec[1] if avcodec else 'unknown'}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("name", nargs="?", choices=PEERS)
    parser.add_argument("--plan", type=Path)
    parser.add_argument("--dump", type=Path)
    parser.add_argument("--versions", action="store_true")
    args = parser.parse_args()
    if args.versions:
        print(json.dumps(versions()))
        return
    if not args.name:
        parser.error("which peer?")
    out = np.zeros((2, FRAMES, CROP, CROP, 3), np.uint8)
    decode = PEERS[args.name]()
    if args.dump:
        dump(decode, out, args.plan, args.dump)
    else:
        serve(decode, out)


if __name__ == "__main__":
    main()
