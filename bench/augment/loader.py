#!/usr/bin/env python3
"""Makes batches of two augmented views out of videos with PyTorch's DataLoader.

    loader.py HOW --videos FILE                       serve: reads lines "SECONDS" and answers
                                                      {"wall","cpu","done"}; done is samples of two views.
                                                      Before, answers twice: at its first batch, and when ready
    loader.py HOW --videos FILE --dump OUT --draws N  writes the pixels of N views, for compare.py

HOW: torchvision or albumentations-tuned, as in peers.py. FILE is a JSON list of videos. A sample: open a
file with torchcodec, decode the frames of both views (16, 2 apart, from a random place each) in one call, with
one decoding thread, and augment each view. Batches of 8 are uint8; workers are kept between rounds.
"""

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler
from torchcodec.decoders import VideoDecoder

import peers

STRIDE, WARM = 2, 4
HOWS = ("torchvision", "albumentations-tuned")


class Pairs(Dataset):
    """Two views of a video, each [16, 3, 112, 112] or [16, 112, 112, 3]: as the transforms leave them."""

    def __init__(self, videos: list[str], how: str) -> None:
        self.videos, self.how = videos, how
        self.torch = how == "torchvision"
        self.transform = None  # made by the worker

    def __getitem__(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        if self.transform is None:
            self.prepare()
        # approximate: no scan of the file, exact for a constant frame rate
        decoder = VideoDecoder(
            self.videos[number % len(self.videos)], dimension_order="NHWC", num_ffmpeg_threads=1, seek_mode="approximate"
        )
        free = decoder.metadata.num_frames - ((peers.FRAMES - 1) * STRIDE + 1)
        starts = [random.randint(0, free) for _ in range(2)]
        wanted = [range(start, start + peers.FRAMES * STRIDE, STRIDE) for start in starts]
        union = sorted({*wanted[0], *wanted[1]})
        frames = decoder.get_frames_at(union).data
        first, second = (self.view(frames[[union.index(frame) for frame in view]]) for view in wanted)
        return first, second

    def prepare(self) -> None:
        peers.seed_everything(torch.initial_seed() % 2**32)
        if self.torch:
            self.transform = peers.torchvision_transform()
            return
        import cv2

        cv2.setNumThreads(1)
        self.transform = peers.albumentations_transform(tuned=True)

    def view(self, frames: torch.Tensor) -> torch.Tensor:
        if self.torch:
            with torch.no_grad():
                return self.transform(frames.permute(0, 3, 1, 2))
        return torch.from_numpy(np.ascontiguousarray(self.transform(frames.numpy())))


class Endless(Sampler[list[int]]):
    """Batches of numbers until it is told to stop."""

    def __init__(self, size: int) -> None:
        self.size, self.next, self.stopped = size, 0, False

    def __iter__(self) -> Iterator[list[int]]:
        self.stopped = False
        while not self.stopped:
            yield list(range(self.next, self.next + self.size))
            self.next += self.size


class Server:
    """A DataLoader whose workers stay."""

    def __init__(self, videos: list[str], how: str, workers: int, size: int) -> None:
        self.numbers = Endless(size)
        self.loader = DataLoader(
            Pairs(videos, how), batch_sampler=self.numbers, num_workers=workers, persistent_workers=True
        )

    def cpu(self) -> float:
        """Seconds of this process and its workers."""
        ticks = 0
        for process in [os.getpid(), *(worker.pid for worker in self.loader._iterator._workers)]:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def run(self, seconds: float) -> dict:
        """Takes batches until the time is over, and some before the clock starts; then lets the workers run dry.
        Only pairs of batches are counted, as two workers often finish together."""
        done, wall, cpu, began = 0, 0.0, 0.0, 0.0
        for count, (first, _) in enumerate(self.loader, 1):
            if self.numbers.stopped or count < WARM:
                continue
            now = time.perf_counter()
            if count == WARM:
                began, cpu = now, self.cpu()
            elif (count - WARM) % 2 == 0:
                done += 2 * len(first)
                if now - began >= seconds:
                    wall, cpu = now - began, self.cpu() - cpu
                    self.numbers.stopped = True
        return {"wall": wall, "cpu": cpu, "done": done}

    def serve(self) -> None:
        began = time.perf_counter()
        for first, _ in self.loader:
            if not self.numbers.stopped:
                print(json.dumps({"wall": time.perf_counter() - began, "cpu": 0, "done": len(first)}), flush=True)
            self.numbers.stopped = True
        print(json.dumps(self.run(0)), flush=True)
        for line in sys.stdin:
            print(json.dumps(self.run(float(line))), flush=True)

    def dump(self, path: Path, draws: int) -> None:
        with path.open("wb") as file:
            for batch in self.loader:
                for pair in zip(*batch):
                    for view in pair[:draws]:
                        pixels = view.permute(0, 2, 3, 1) if view.shape[1] == 3 else view
                        assert pixels.shape == (peers.FRAMES, peers.CROP, peers.CROP, 3) and pixels.dtype == torch.uint8
                        file.write(pixels.contiguous().numpy().tobytes())
                        draws -= 1
                self.numbers.stopped = draws == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("how", choices=HOWS)
    parser.add_argument("--videos", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--dump", type=Path)
    parser.add_argument("--draws", type=int, default=320)
    args = parser.parse_args()
    torch.manual_seed(1)
    server = Server(json.loads(args.videos.read_text()), args.how, args.workers, args.batch)
    if args.dump:
        server.dump(args.dump, args.draws)
    else:
        server.serve()


if __name__ == "__main__":
    main()
