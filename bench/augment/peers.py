#!/usr/bin/env python3
"""Augments clips in memory with one of the libraries a user would pick instead.

    peers.py NAME --clips FILE                       serve: reads lines "THREADS SECONDS" and answers
                                                     {"wall","cpu","done"}
    peers.py NAME --clips FILE --dump OUT --draws N  writes the pixels of N views, for compare.py
    peers.py --versions                              what is installed, as JSON

NAME: torchvision, kornia, albumentations, albumentations-tuned. Each draws MoCo v2's augmentation
(arXiv 2003.04297) once for a clip, uint8 [16,128,171,3], and applies it to all its frames: crop of 20 to
100 % of the area scaled to 112x112, flip .5, jitter .4/.4/.4/.1 at .8, grey .2, blur of 11 taps at .5.
The clips lie in memory in the layout that the library is fastest with.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # it would ask the network for a newer release

import numpy as np

FRAMES, HEIGHT, WIDTH, CROP = 16, 128, 171, 112
SCALE, SIGMA, TAPS = (0.2, 1.0), (0.1, 2.0), 11


class Peer:
    """clips are what apply takes, one by one; apply returns uint8, in whatever layout."""

    def __init__(self, clips: Sequence, apply: Callable, threads: Callable[[int], None], channels_first: bool) -> None:
        self.clips, self.apply, self.threads, self.channels_first = clips, apply, threads, channels_first

    def pixels(self, number: int) -> np.ndarray:
        """View of a clip as [16, 112, 112, 3]."""
        out = np.asarray(self.apply(self.clips[number % len(self.clips)]))
        return out.transpose(0, 2, 3, 1) if self.channels_first else out


def torchvision_transform() -> Callable:
    """mocov2 of torchvision's v2 transforms, for uint8 [T,3,H,W].

    The crop is made on uint8 in channels_last memory, for which torchvision has a vectorised resampler.
    The rest is made on float32 and turned back: every one of those transforms would do so by itself, and
    doing it once is faster.
    """
    import torch
    from torchvision.transforms import v2

    return v2.Compose([
        v2.RandomResizedCrop(CROP, scale=SCALE, antialias=True),
        v2.RandomHorizontalFlip(),
        v2.ToDtype(torch.float32, scale=True),
        v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
        v2.RandomGrayscale(0.2),
        v2.RandomApply([v2.GaussianBlur(TAPS, SIGMA)], p=0.5),
        v2.ToDtype(torch.uint8, scale=True),
    ])


def torchvision(clips: np.ndarray) -> Peer:
    import torch

    tensors = torch.from_numpy(clips).permute(0, 1, 4, 2, 3)  # [N,T,C,H,W] over channels_last memory
    transform = torch.inference_mode()(torchvision_transform())
    return Peer(tensors, transform, torch.set_num_threads, channels_first=True)


def kornia(clips: np.ndarray) -> Peer:
    """Kornia takes float [B,T,C,H,W]; one clip a call is faster than a batch of 8. It crops by slicing,
    its faster way, and scales without antialiasing, as it has no other. Its blur is separable."""
    import kornia.augmentation as K
    import torch

    augment = K.VideoSequential(
        K.RandomResizedCrop((CROP, CROP), scale=SCALE),
        K.ColorJitter(0.4, 0.4, 0.4, 0.1, p=0.8),
        K.RandomGrayscale(p=0.2),
        K.RandomGaussianBlur((TAPS, TAPS), SIGMA, p=0.5),
        K.RandomHorizontalFlip(),
        data_format="BTCHW",
        same_on_frame=True,
    )

    @torch.inference_mode()
    def apply(clip: torch.Tensor) -> torch.Tensor:
        out = augment(clip[None].float().div_(255))[0]
        return out.mul_(255).round_().clamp_(0, 255).to(torch.uint8)

    tensors = torch.from_numpy(clips).permute(0, 1, 4, 2, 3).contiguous()
    return Peer(tensors, apply, torch.set_num_threads, channels_first=True)


def albumentations_transform(tuned: bool) -> Callable[[np.ndarray], np.ndarray]:
    """mocov2 of Albumentations, for uint8 [T,H,W,3].

    The target "images" gives all frames one draw. Scaling is bilinear without antialiasing, the default and
    the fastest. tuned hands the colour transforms, which look at single pixels, all frames as one tall image, so
    that they make few calls of OpenCV; then contrast turns on the mean of the clip, as this project's does.
    """
    import albumentations as A

    crop = A.RandomResizedCrop(size=(CROP, CROP), scale=SCALE)
    flip = A.HorizontalFlip(p=0.5)
    color = [A.ColorJitter((0.6, 1.4), (0.6, 1.4), (0.6, 1.4), (-0.1, 0.1), p=0.8), A.ToGray(p=0.2)]
    blur = A.GaussianBlur(blur_limit=(TAPS, TAPS), sigma_limit=SIGMA, p=0.5)
    if not tuned:
        whole = A.Compose([crop, flip, *color, blur])
        return lambda clip: whole(images=clip)["images"]
    before, tall, after = A.Compose([crop, flip]), A.Compose(color), A.Compose([blur])

    def apply(clip: np.ndarray) -> np.ndarray:
        frames = np.ascontiguousarray(before(images=clip)["images"])
        column = tall(image=frames.reshape(-1, CROP, 3))["image"]
        return after(images=column.reshape(frames.shape))["images"]

    return apply


def albumentations(clips: np.ndarray, tuned: bool) -> Peer:
    import cv2

    return Peer(clips, albumentations_transform(tuned), cv2.setNumThreads, channels_first=False)


PEERS: dict[str, Callable[[np.ndarray], Peer]] = {
    "torchvision": torchvision,
    "kornia": kornia,
    "albumentations": lambda clips: albumentations(clips, tuned=False),
    "albumentations-tuned": lambda clips: albumentations(clips, tuned=True),
}


def run(peer: Peer, seconds: float) -> dict:
    """Augments for a while, all clips in turn."""
    done, cpu, began = 0, time.process_time(), time.perf_counter()
    while (wall := time.perf_counter() - began) < seconds:
        peer.apply(peer.clips[done % len(peer.clips)])
        done += 1
    return {"wall": wall, "cpu": time.process_time() - cpu, "done": done}


def serve(peer: Peer) -> None:
    for line in sys.stdin:
        threads, seconds = line.split(",")
        peer.threads(int(threads))
        run(peer, float(seconds) / 10)
        print(json.dumps(run(peer, float(seconds))), flush=True)


def dump(peer: Peer, path: Path, draws: int) -> None:
    with path.open("wb") as file:
        for number in range(draws):
            pixels = peer.pixels(number)
            assert pixels.shape == (FRAMES, CROP, CROP, 3) and pixels.dtype == np.uint8, pixels.shape
            file.write(pixels.tobytes())


def versions() -> dict[str, str]:
    names = ("numpy", "torch", "torchvision", "torchcodec", "kornia", "albumentations", "albucore")
    found = {name: version(name) for name in names}
    return {"python": sys.version.split()[0], **found, "opencv": version("opencv-python-headless")}


def seed_everything(seed: int) -> None:
    import random

    random.seed(seed)
    np.random.seed(seed)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("name", nargs="?", choices=PEERS)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dump", type=Path)
    parser.add_argument("--draws", type=int, default=320)
    parser.add_argument("--versions", action="store_true")
    args = parser.parse_args()
    if args.versions:
        print(json.dumps(versions()))
        return
    if not args.name or not args.clips:
        parser.error("which peer, and which clips?")
    clips = np.fromfile(args.clips, np.uint8).reshape(-1, FRAMES, HEIGHT, WIDTH, 3)
    peer = PEERS[args.name](clips)
    seed_everything(args.seed)
    if args.dump:
        peer.threads(1)
        dump(peer, args.dump, args.draws)
    else:
        serve(peer)


if __name__ == "__main__":
    main()
