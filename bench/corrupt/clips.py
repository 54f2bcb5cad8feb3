"""What the peers share: what a clip is, and how lengths grow with it."""

from collections.abc import Callable

import numpy as np

Clip = np.ndarray  # uint8 [frames, height, width, 3]


def scale(clip: Clip) -> float:
    return min(clip.shape[1:3]) / 224


def frames(one: Callable[[int, np.ndarray, np.ndarray], object], clip: Clip) -> Clip:
    """Each frame by one, which is given its number, into one array."""
    out = np.empty_like(clip)
    for t, (frame, to) in enumerate(zip(clip, out)):
        one(t, frame, to)
    return out
