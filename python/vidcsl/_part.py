"""One part file, mapped into memory, and its record batches."""

from __future__ import annotations

import hashlib
import json
import mmap
from bisect import bisect_right
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ._codecs import Clip, check_field, open_column
from .errors import DamagedFileError, ShardError
from .manifest import Entry

SCHEMA_VERSION = "1"
"""The version of the record batch schema that this package reads."""

_PLAIN = {"key": pa.utf8(), "label": pa.int32(), "source": pa.utf8(), "flags": pa.uint32()}


class Batch:
    """One record batch, its columns opened. Rows are valid as long as anyone holds them."""

    def __init__(self, path: Path, batch: Any, views: tuple[int, ...], mapping: mmap.mmap, writable: bool) -> None:
        self._path = path
        # Offsets and text are checked, pixels cannot be wrong: nothing below reads outside the file.
        batch.validate(full=True)
        for name in ("key", "source", "flags"):
            if batch.column(name).null_count:
                raise ValueError(f"nulls in column {name}")
        self.rows: int = batch.num_rows
        self.key = batch.column("key")
        self.label = batch.column("label")
        self.source = batch.column("source")
        self.flags = batch.column("flags")
        self._plans = [batch.column(f"plan_{k}") for k in views]
        self._pts = [_list_rows(batch.column(f"pts_{k}")) for k in views]
        self._views = [
            open_column(batch.schema.field(f"view_{k}"), batch.column(f"view_{k}"), mapping, writable) for k in views
        ]

    def views(self, i: int) -> tuple[Clip, ...]:
        """The chosen views of row i, each uint8 [T, H, W, 3]; raises DamagedFileError if one cannot be decoded."""
        try:
            return tuple([column.row(i) for column in self._views])
        except ValueError as error:
            raise DamagedFileError(f"{self._path}: row {self.key[i].as_py()}: {error}") from None

    def pts(self, i: int) -> tuple[npt.NDArray[np.int64], ...]:
        """The timestamps of the frames of each chosen view of row i, int64 [T]."""
        return tuple([values[offsets[i] : offsets[i + 1]] for values, offsets in self._pts])

    def plans(self, i: int) -> tuple[str, ...]:
        """The plan of each chosen view of row i, as JSON."""
        return tuple([column[i].as_py() for column in self._plans])


def _list_rows(array: Any) -> tuple[npt.NDArray[np.int64], list[int]]:
    if not len(array):
        return np.zeros(0, np.int64), [0]
    return array.values.to_numpy(zero_copy_only=True), array.offsets.to_pylist()


class Part:
    """One part file, mapped; it needs no file descriptor but the one of the mapping.

    Args:
        path: the file.
        entry: what the manifest says of it.
        views: the numbers of the views to read.
        writable: hand out writable arrays; the mapping is private, so the file never changes.
        compressed: whether its buffers are; then batches are not kept but decompressed by each ``load``.

    """

    def __init__(self, path: Path, entry: Entry, views: tuple[int, ...], writable: bool, compressed: bool) -> None:
        self.path = path
        self._views = views
        self._writable = writable
        self._mapping = _map(path, entry, writable and not compressed)
        try:
            self._open(entry, compressed)
        except (pa.ArrowException, ValueError, OSError) as error:
            raise DamagedFileError(f"{path}: {error}") from None

    def _open(self, entry: Entry, compressed: bool) -> None:
        reader = self._reader()
        self.labels = _labels(reader.schema)
        columns = _columns(reader.schema, self._views)
        self._batches: list[Batch] | None = None
        if compressed:
            # Keys are decompressed alone, to learn how many rows each batch has.
            keys = self._reader([reader.schema.get_field_index("key")])
            counts = [keys.get_batch(i).num_rows for i in range(keys.num_record_batches)]
            self._loader = self._reader([reader.schema.get_field_index(c) for c in columns])
        else:
            # Without included_fields, which would copy: the batches lie in the mapping.
            self._batches = [self._batch(reader, i) for i in range(reader.num_record_batches)]
            counts = [b.rows for b in self._batches]
        self._starts = [0]
        for n in counts:
            self._starts.append(self._starts[-1] + n)
        if self._starts[-1] != entry.rows:
            raise ValueError(f"{self._starts[-1]} rows, want {entry.rows} as in manifest.json")

    def _reader(self, fields: list[int] | None = None) -> Any:
        # use_threads off: Arrow's thread pool does not survive a fork.
        options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=fields)
        return pa.ipc.open_file(pa.BufferReader(pa.py_buffer(self._mapping)), options=options)

    def _batch(self, reader: Any, number: int) -> Batch:
        return Batch(self.path, reader.get_batch(number), self._views, self._mapping, self._writable)

    def find(self, row: int) -> tuple[int, int]:
        """Returns the number of the batch that holds a row of the part, and the row's number in it."""
        number = bisect_right(self._starts, row) - 1
        return number, row - self._starts[number]

    def kept(self, number: int) -> Batch | None:
        """Returns a batch of an uncompressed part; None if the part is compressed."""
        return None if self._batches is None else self._batches[number]

    def load(self, number: int) -> Batch:
        """Decompresses the chosen columns of a batch."""
        try:
            return self._batch(self._loader, number)
        except (pa.ArrowException, ValueError, OSError) as error:
            raise DamagedFileError(f"{self.path}: record batch {number}: {error}") from None


def check_file(path: Path, size: int, sha256: str | None) -> None:
    """Raises DamagedFileError unless the file is there, has the size and, if one is given, the hash."""
    try:
        found = path.stat().st_size
    except OSError as error:
        raise DamagedFileError(f"{path}: {error.strerror}, want {size} bytes as in manifest.json") from None
    if found != size:
        raise DamagedFileError(f"{path}: {found} bytes, want {size} as in manifest.json")
    if sha256 is None:
        return
    h = hashlib.sha256()
    with path.open("rb") as f:
        while block := f.read(1 << 20):
            h.update(block)
    if h.hexdigest() != sha256:
        raise DamagedFileError(f"{path}: SHA-256 {h.hexdigest()}, want {sha256} as in manifest.json")


def _map(path: Path, entry: Entry, writable: bool) -> mmap.mmap:
    check_file(path, entry.bytes, None)  # a mapping of a file that is too short ends the process when it is read
    try:
        with path.open("rb") as f:
            return mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_COPY if writable else mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise ShardError(f"{path}: cannot be mapped: {error}") from None


def _labels(schema: Any) -> tuple[str, ...]:
    metadata = schema.metadata or {}
    version = metadata.get(b"vidcsl.schema_version", b"").decode()
    if version != SCHEMA_VERSION:
        raise ValueError(f"schema version {version or 'missing'}, this package reads {SCHEMA_VERSION}")
    return tuple(_json_labels(metadata.get(b"vidcsl.labels", b"[]")))


def _json_labels(text: bytes) -> list[str]:
    labels = json.loads(text)
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise ValueError(f"vidcsl.labels is {text[:80]!r}, want a JSON list of strings")
    return labels


def read_head(path: Path) -> tuple[tuple[str, ...], int]:
    """Returns the names of the classes and the number of views that a part file holds: view_0, view_1, … without a gap."""
    try:
        with pa.OSFile(str(path), "rb") as f:
            schema = pa.ipc.open_file(f).schema
        labels = _labels(schema)
        n = 0
        while f"view_{n}" in schema.names:
            check_field(schema.field(f"view_{n}"))
            n += 1
    except (pa.ArrowException, ValueError, OSError) as error:
        raise DamagedFileError(f"{path}: {error}") from None
    return labels, n


def _columns(schema: Any, views: tuple[int, ...]) -> list[str]:
    """The columns to read; raises ValueError where one is missing or of another type."""
    for name, kind in _PLAIN.items():
        if name not in schema.names or schema.field(name).type != kind:
            raise ValueError(f"column {name} is {_type(schema, name)}, want {kind}")
    columns = list(_PLAIN)
    for k in views:
        pts, plan = _type(schema, f"pts_{k}"), _type(schema, f"plan_{k}")
        if f"view_{k}" not in schema.names:
            raise ValueError(f"no column view_{k}")
        if not isinstance(pts, pa.ListType) or pts.value_type != pa.int64():
            raise ValueError(f"column pts_{k} is {pts}, want list<int64>")
        if plan != pa.utf8():
            raise ValueError(f"column plan_{k} is {plan}, want {pa.utf8()}")
        columns += [f"view_{k}", f"pts_{k}", f"plan_{k}"]
    return columns


def _type(schema: Any, name: str) -> Any:
    return schema.field(name).type if name in schema.names else "missing"
