"""imagecorruptions, ImageNet-C's code as a package, with the names that it wants of the libraries of its time."""

import importlib.resources
import sys
import types
from collections.abc import Callable

import numpy as np
import scipy.ndimage
import skimage.filters


def load() -> types.ModuleType:
    old = types.ModuleType("scipy.ndimage.interpolation")
    old.map_coordinates = scipy.ndimage.map_coordinates
    sys.modules["scipy.ndimage.interpolation"] = old
    resources = types.ModuleType("pkg_resources")
    resources.resource_filename = lambda name, path: str(importlib.resources.files("imagecorruptions") / path)
    sys.modules["pkg_resources"] = resources
    np.float_ = np.float64
    from imagecorruptions import corruptions

    def gaussian(image: np.ndarray, sigma: float, multichannel: bool = False, **options) -> np.ndarray:
        return skimage.filters.gaussian(image, sigma=sigma, channel_axis=-1 if multichannel else None, **options)

    corruptions.gaussian = gaussian
    return corruptions


CODE = load()


def original(name: str) -> Callable[[np.ndarray, int], np.ndarray]:
    """The original's corruption, of a clip: frame by frame, as it is published."""

    def run(clip: np.ndarray, severity: int) -> np.ndarray:
        return np.stack([np.uint8(getattr(CODE, name)(frame, severity)) for frame in clip])

    return run
