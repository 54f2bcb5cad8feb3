"""How a view column becomes clips. The one place that knows how pixels are stored.

A column is opened once per record batch and then asked for single rows. To add a storage, write a class with ``shape`` and
``row`` and name it in ``open_column``.
"""

from __future__ import annotations

import mmap
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ._encoded import EncodedColumn, EncodedType, is_encoded

Clip = npt.NDArray[np.uint8]
"""One view: uint8 [T, H, W, 3], RGB."""


class Column(Protocol):
    """One view column of one record batch."""

    @property
    def shape(self) -> tuple[int, ...]:
        """T, H, W, C of every row."""

    def row(self, i: int) -> Clip:
        """Returns row i. It shares memory with the column where the storage allows it."""


class TensorColumn:
    """A column of ``arrow.fixed_shape_tensor``: rows are slices of one array.

    Where the pixels lie in ``mapping`` (uncompressed files), so do the rows: no copy. Else they lie in the memory into which
    the batch was decompressed, which lives as long as any row of it.
    """

    def __init__(self, array: Any, mapping: mmap.mmap, writable: bool) -> None:
        kind = array.type
        if kind.value_type != pa.uint8() or len(kind.shape) != 4:
            raise ValueError(f"{kind}, want a fixed_shape_tensor of uint8 [T,H,W,C]")
        if kind.permutation is not None and list(kind.permutation) != sorted(kind.permutation):
            raise ValueError(f"{kind} is permuted")
        pixels = array.storage.flatten()
        if array.null_count or pixels.null_count:
            raise ValueError("nulls among the pixels")
        self._rows = _values(pixels, mapping).reshape(len(array), *kind.shape)
        if not writable:
            self._rows.flags.writeable = False

    @property
    def shape(self) -> tuple[int, ...]:
        """T, H, W, C of every row."""
        return self._rows.shape[1:]

    def row(self, i: int) -> Clip:
        """Returns row i: a slice, no copy."""
        clip: Clip = self._rows[i]
        return clip


def _values(array: Any, mapping: mmap.mmap) -> Clip:
    """The bytes of a uint8 array, through the mapping if they lie there: pyarrow itself would hand them out read-only."""
    buffer = array.buffers()[1]
    if buffer is None or len(array) == 0:
        return np.zeros(0, np.uint8)
    at = buffer.address + array.offset - pa.py_buffer(mapping).address
    if at >= 0 and at + len(array) <= len(mapping):
        return np.frombuffer(mapping, np.uint8, len(array), at)
    return np.frombuffer(buffer, np.uint8, len(array), array.offset)


def open_column(field: Any, array: Any, mapping: mmap.mmap, writable: bool) -> Column:
    """Opens the view column ``field`` of a record batch; raises ValueError for a storage it does not know.

    ``mapping`` is the file that the batch was read from. Rows that share memory are read-only unless ``writable``.
    """
    if is_encoded(field):
        return EncodedColumn(field, array)
    if isinstance(array.type, pa.FixedShapeTensorType):
        return TensorColumn(array, mapping, writable)
    raise ValueError(f"{field.name} is {array.type}, want fixed_shape_tensor or vidcsl.encoded_clip")


def check_field(field: Any) -> None:
    """Raises MissingPackageError if reading a view column needs a package that is not there."""
    if is_encoded(field):
        EncodedType(field)
