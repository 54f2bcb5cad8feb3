"""One row of a run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import numpy as np
import numpy.typing as npt

from .errors import MissingPackageError

if TYPE_CHECKING:
    import torch

PADDED = 1
"""Bit of ``flags``: the source was shorter than the span asked for, and its last frame is repeated."""

NO_LABEL = -1
"""What stands for no label in a TensorSample, which cannot hold None."""


@dataclass(frozen=True)
class Sample:
    """One row of a run: some views of one clip of a source, as NumPy arrays.

    The arrays are read-only. Those of an uncompressed run share the memory of the mapped file, and keep it mapped as long
    as they live. Those of a compressed run share the record batch they were decompressed with, some 8 MB, and keep it.
    """

    key: str
    """Unique in the run: the source and the number of the clip."""
    label: int | None
    """Class; its name is ``dataset.labels[label]``. None if the source has none."""
    source: str
    """File, relative to the input of the run."""
    views: tuple[npt.NDArray[np.uint8], ...]
    """Pixels of each view: uint8 [T, H, W, 3], RGB."""
    pts: tuple[npt.NDArray[np.int64], ...]
    """Timestamps of the frames of each view: int64 [T], in ticks of the ``time_base`` in its plan."""
    plans_json: tuple[str, ...]
    """The plan of each view, as stored: enough to make its pixels again."""
    flags: int
    """See PADDED."""

    @property
    def plans(self) -> tuple[dict[str, Any], ...]:
        """The plan of each view: pts, time_base, crop, width, height, and flip and padded where they are true."""
        return tuple([json.loads(text) for text in self.plans_json])


class TensorSample(TypedDict):
    """A Sample as PyTorch's default_collate takes it: a dict of strings, integers and tuples of tensors."""

    key: str
    label: int
    """NO_LABEL if the source has none."""
    source: str
    views: tuple[torch.Tensor, ...]
    """uint8 [T, H, W, 3], RGB."""
    pts: tuple[torch.Tensor, ...]
    """int64 [T]."""
    plans: tuple[str, ...]
    """JSON: default_collate takes no dicts whose keys differ."""
    flags: int


def to_tensors(sample: Sample, mode: Literal[True, "share"]) -> TensorSample:
    """Converts a sample. Raises MissingPackageError without PyTorch.

    With "share" the pixels share memory with the sample's where that is writable; else they are copied.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingPackageError("as_tensor needs PyTorch: pip install torch") from error
    views = [v if mode == "share" and v.flags.writeable else v.copy() for v in sample.views]
    return {
        "key": sample.key,
        "label": NO_LABEL if sample.label is None else sample.label,
        "source": sample.source,
        "views": tuple([torch.from_numpy(v) for v in views]),
        "pts": tuple([torch.from_numpy(p.copy()) for p in sample.pts]),
        "plans": sample.plans_json,
        "flags": sample.flags,
    }
