"""Reads the clips that ``vidcsl preprocess`` writes, from NumPy and PyTorch.

    from torch.utils.data import DataLoader
    from vidcsl import ShardDataset

    dataset = ShardDataset("clips", as_tensor="share")
    for batch in DataLoader(dataset, batch_size=32, shuffle=True, num_workers=2):
        first, second = batch["views"]  # uint8 [32, T, H, W, 3] each

PyTorch is imported only where it is asked for: by ``as_tensor`` and by ShardStream.
"""

from typing import TYPE_CHECKING, Any

from .dataset import ShardDataset
from .errors import DamagedFileError, IncompleteRunError, ManifestError, MissingPackageError, ShardError
from .manifest import Entry, Manifest
from .sample import NO_LABEL, PADDED, Sample, TensorSample

if TYPE_CHECKING:
    from .stream import ShardStream

__all__ = [
    "NO_LABEL",
    "PADDED",
    "DamagedFileError",
    "Entry",
    "IncompleteRunError",
    "Manifest",
    "ManifestError",
    "MissingPackageError",
    "Sample",
    "ShardDataset",
    "ShardError",
    "ShardStream",
    "TensorSample",
]


def __getattr__(name: str) -> Any:
    """ShardStream is imported when it is used: its base class is PyTorch's, where there is one."""
    if name == "ShardStream":
        from .stream import ShardStream

        return ShardStream
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
