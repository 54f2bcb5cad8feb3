"""The rows of a run by number: what PyTorch calls a map-style dataset."""

from __future__ import annotations

import operator
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Generic, Literal, SupportsIndex, TypeVar, cast, overload

import pyarrow as pa

from ._files import Files
from ._part import check_file, read_head
from .errors import DamagedFileError, IncompleteRunError
from .manifest import Manifest, read_manifest
from .sample import Sample, TensorSample, to_tensors

T_co = TypeVar("T_co", covariant=True)


class ShardDataset(Generic[T_co]):
    """The rows of a run in the order of its plan, by number.

    Files are mapped when a row of theirs is first asked for, once in every process: a dataset can be pickled, forked and
    shared between threads. What it hands out stays valid when the dataset is gone.

    Args:
        path: output folder of ``vidcsl preprocess``.
        views: numbers of the views to read, in the order wanted; None reads all. Others are neither read nor decompressed.
        as_tensor: False gives a Sample of NumPy arrays, read-only where they share memory with the file. True gives a
            TensorSample, a dict for PyTorch's default_collate, whose tensors are copies of their own. "share" is the same
            without the copy: tensors lie in a private mapping of the file (uncompressed runs). Writing to one never
            reaches the file, but this process sees it again in its next read of that row: ``clone()`` before changing it
            in place. A DataLoader that makes batches copies anyway, so "share" is right for it.
        verify: check size and SHA-256 of every file now, which reads them all.
        allow_incomplete: take the finished shards of a run that is interrupted or still under way.
        open_files: part files each process keeps open.
        cache_batches: decompressed record batches (some 8 MB each) each process keeps; of use to compressed runs only.

    Raises:
        ManifestError: there is no run at path, or its manifest cannot be understood.
        IncompleteRunError: the run is not complete, and allow_incomplete is False.
        DamagedFileError: a file is missing or not what the manifest says; reading a row may raise it as well.

    """

    @overload
    def __init__(
        self: ShardDataset[Sample],
        path: str | os.PathLike[str],
        *,
        views: Sequence[int] | None = None,
        as_tensor: Literal[False] = False,
        verify: bool = False,
        allow_incomplete: bool = False,
        open_files: int = 256,
        cache_batches: int = 4,
    ) -> None: ...

    @overload
    def __init__(
        self: ShardDataset[TensorSample],
        path: str | os.PathLike[str],
        *,
        views: Sequence[int] | None = None,
        as_tensor: Literal[True, "share"],
        verify: bool = False,
        allow_incomplete: bool = False,
        open_files: int = 256,
        cache_batches: int = 4,
    ) -> None: ...

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        views: Sequence[int] | None = None,
        as_tensor: Literal[True, False, "share"] = False,
        verify: bool = False,
        allow_incomplete: bool = False,
        open_files: int = 256,
        cache_batches: int = 4,
    ) -> None:
        if as_tensor not in (True, False, "share"):
            raise ValueError(f'as_tensor is {as_tensor!r}, want True, False or "share"')
        if open_files < 1 or cache_batches < 1:
            raise ValueError(f"open_files is {open_files} and cache_batches {cache_batches}, want at least 1")
        # Absolute: a worker process may have another working directory.
        self.path = Path(path).absolute()
        self.manifest: Manifest = read_manifest(self.path)
        self._as_tensor = as_tensor
        self._open_files = open_files
        self._cache_batches = cache_batches
        m = self.manifest
        if not m.complete and not allow_incomplete:
            raise IncompleteRunError(
                f"{self.path}: {len(m.entries)} of {m.shards} shards are finished; "
                "go on with vidcsl preprocess --resume, or read what is there with allow_incomplete=True"
            )
        self._entries = tuple([e for e in m.entries if e.rows])
        self._starts = [0]
        for e in self._entries:
            self._starts.append(self._starts[-1] + e.rows)
        self._check_files(verify)
        self.labels, self.views = self._head(views)
        self._opened: tuple[int, Files] | None = None

    labels: tuple[str, ...]
    """Names of the classes, by label."""
    views: tuple[int, ...]
    """Numbers of the views that a sample holds."""

    def __len__(self) -> int:
        return self._starts[-1]

    def __getitem__(self, index: SupportsIndex) -> T_co:
        """Returns a row; a negative index counts from the end."""
        i = operator.index(index)
        row = i + len(self) if i < 0 else i
        if not 0 <= row < len(self):
            raise IndexError(f"row {i} of {len(self)}")
        sample = self._sample(row)
        if self._as_tensor is False:
            return cast(T_co, sample)
        return cast(T_co, to_tensors(sample, self._as_tensor))

    def __iter__(self) -> Iterator[T_co]:
        for i in range(len(self)):
            yield self[i]

    def __repr__(self) -> str:
        return f"ShardDataset({str(self.path)!r}: {len(self)} rows in {len(self._entries)} shards, views {self.views})"

    @property
    def shards(self) -> tuple[range, ...]:
        """The rows of each part file: numbers that are cheap to read together."""
        return tuple([range(a, b) for a, b in zip(self._starts, self._starts[1:])])

    def failures(self) -> Any:
        """Returns the clips that were asked for and not delivered, as a pyarrow.Table in the order of the plan.

        Columns: key, stage, reason and message utf8; pts int64, null where it has none; bytes_read int64.
        """
        tables = [_read_table(self.path / e.failures_file) for e in self.manifest.entries if e.failures]
        if not tables:
            return _FAILURES.empty_table()
        return pa.concat_tables(tables)

    def keeping(self) -> AbstractContextManager[None]:
        """Within it this process keeps every record batch it decompresses, however many: for reading in a known window."""
        return self._files().keeping()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_opened": None}

    def _sample(self, row: int) -> Sample:
        part = bisect_right(self._starts, row) - 1
        batch, i = self._files().find(part, row - self._starts[part])
        return Sample(
            key=batch.key[i].as_py(),
            label=batch.label[i].as_py(),
            source=batch.source[i].as_py(),
            views=batch.views(i),
            pts=batch.pts(i),
            plans_json=batch.plans(i),
            flags=batch.flags[i].as_py(),
        )

    def _files(self) -> Files:
        """The files of this process. After a fork it opens its own: a thread of the parent may have held the lock."""
        if self._opened is None or self._opened[0] != os.getpid():
            files = Files(
                self.path,
                self._entries,
                self.views,
                writable=self._as_tensor == "share",
                compressed=self.manifest.compression != "raw",
                labels=self.labels,
                open_files=self._open_files,
                cache_batches=self._cache_batches,
            )
            self._opened = (os.getpid(), files)
        return self._opened[1]

    def _check_files(self, verify: bool) -> None:
        for e in self.manifest.entries:
            if e.rows:
                check_file(self.path / e.file, e.bytes, e.sha256 if verify else None)
            if e.failures and verify:
                check_file(self.path / e.failures_file, e.failures_bytes, e.failures_sha256)

    def _head(self, views: Sequence[int] | None) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Reads the names of the classes and finds out which views to read, from the first part."""
        if not self._entries:
            return tuple(self.manifest.config.get("labels") or ()), tuple(views or ())
        labels, n = read_head(self.path / self._entries[0].file)
        if views is None:
            return labels, tuple(range(n))
        chosen = tuple([operator.index(k) for k in views])
        if not chosen:
            raise ValueError("views is empty, want the numbers of the views to read, or None for all")
        for k in chosen:
            if not 0 <= k < n:
                raise ValueError(f"views is {list(views)}, {self.path} has the views 0 to {n - 1}")
        return labels, chosen


_FAILURES = pa.schema(
    [
        pa.field("key", pa.utf8(), nullable=False),
        pa.field("stage", pa.utf8(), nullable=False),
        pa.field("reason", pa.utf8(), nullable=False),
        pa.field("message", pa.utf8(), nullable=False),
        pa.field("pts", pa.int64()),
        pa.field("bytes_read", pa.int64(), nullable=False),
    ]
)


def _read_table(path: Path) -> Any:
    try:
        with pa.OSFile(str(path), "rb") as f:
            table = pa.ipc.open_file(f).read_all()
    except (pa.ArrowException, OSError) as error:
        raise DamagedFileError(f"{path}: {error}") from None
    if not table.schema.equals(_FAILURES):
        raise DamagedFileError(f"{path}: columns {table.schema.names}, want {_FAILURES.names} of failures")
    return table
