"""The part files a process has open, and the record batches it has decompressed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ._part import Batch, Part
from .errors import DamagedFileError
from .manifest import Entry


class Files:
    """Opens part files when they are first asked for and keeps the last few. Safe for concurrent use by threads.

    A mapping lives as long as any array in it, so letting go of a part harms nobody who holds its rows.

    Args:
        directory: of the run.
        entries: the part files, by number.
        views: the numbers of the views to read.
        writable: see Part.
        compressed: see Part.
        open_files: how many part files are kept open, each with one file descriptor.
        cache_batches: how many decompressed record batches are kept.

    """

    def __init__(
        self,
        directory: Path,
        entries: tuple[Entry, ...],
        views: tuple[int, ...],
        *,
        writable: bool,
        compressed: bool,
        labels: tuple[str, ...],
        open_files: int,
        cache_batches: int,
    ) -> None:
        self._directory = directory
        self._entries = entries
        self._views = views
        self._writable = writable
        self._compressed = compressed
        self._labels = labels
        self._open_files = open_files
        self._cache_batches = cache_batches
        self._lock = threading.Lock()
        self._parts: OrderedDict[int, Part] = OrderedDict()
        self._batches: OrderedDict[tuple[int, int], Batch] = OrderedDict()
        self._keeping = 0

    def find(self, part: int, row: int) -> tuple[Batch, int]:
        """Returns the record batch that holds a row of a part, and the row's number in it."""
        with self._lock:
            p = self._part(part)
            number, row = p.find(row)
            batch = p.kept(number)
            if batch is None:
                batch = self._batch(part, p, number)
            return batch, row

    def _part(self, number: int) -> Part:
        part = self._parts.get(number)
        if part is not None:
            self._parts.move_to_end(number)
            return part
        entry = self._entries[number]
        part = Part(self._directory / entry.file, entry, self._views, self._writable, self._compressed)
        if part.labels != self._labels:
            raise DamagedFileError(f"{part.path}: labels {part.labels}, want {self._labels} as in the first part")
        self._parts[number] = part
        while len(self._parts) > self._open_files:
            self._parts.popitem(last=False)
        return part

    def _batch(self, part: int, opened: Part, number: int) -> Batch:
        batch = self._batches.get((part, number))
        if batch is not None:
            self._batches.move_to_end((part, number))
            return batch
        self._trim(self._cache_batches - 1)
        batch = opened.load(number)
        self._batches[part, number] = batch
        return batch

    def _trim(self, to: int) -> None:
        while not self._keeping and len(self._batches) > to:
            self._batches.popitem(last=False)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Within it no decompressed record batch is let go."""
        with self._lock:
            self._keeping += 1
        try:
            yield
        finally:
            with self._lock:
                self._keeping -= 1
                self._trim(self._cache_batches)
