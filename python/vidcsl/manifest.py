"""The content of manifest.json: what a run is, and one entry per finished shard."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from .errors import ManifestError

FORMAT = 1
"""The version of the layout that this package reads."""

_T = TypeVar("_T", str, int)


@dataclass(frozen=True)
class Entry:
    """A finished shard. ``items == rows + failures``."""

    index: int
    group: str
    """Shards of different groups may differ in frame size; empty unless the run keeps native sizes."""
    items: int
    file: str
    """Name of the part file below the run's directory; empty when no item was delivered."""
    rows: int
    bytes: int
    sha256: str
    failures: int
    failures_file: str
    """Slash-separated, below the run's directory; empty without failures."""
    failures_bytes: int
    failures_sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a run is. Read-only; holds nothing that differs between two runs of the same plan."""

    tool: str
    fingerprint: str
    compression: str
    """How the buffers of a part file are stored: raw, lz4 or zstd."""
    items: int
    """Number of items planned."""
    shards: int
    """Number of shards planned."""
    config: dict[str, Any]
    """The configuration of the run."""
    entries: tuple[Entry, ...]
    """Finished shards in the order of the plan."""

    @property
    def complete(self) -> bool:
        """Whether every shard is finished."""
        return len(self.entries) == self.shards

    @property
    def rows(self) -> int:
        """Rows of all finished shards."""
        return sum(e.rows for e in self.entries)


def read_manifest(directory: Path) -> Manifest:
    """Reads the manifest of a run's directory; raises ManifestError."""
    path = directory / "manifest.json"
    try:
        tree = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ManifestError(f"{path}: no such file: {directory} is not the output of vidcsl preprocess") from None
    except OSError as error:
        raise ManifestError(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise ManifestError(f"{path}: damaged manifest: {error}") from None
    try:
        return _manifest(tree)
    except ValueError as error:
        raise ManifestError(f"{path}: damaged manifest: {error}") from None


def _manifest(tree: Any) -> Manifest:
    if not isinstance(tree, dict):
        raise ValueError(f"{type(tree).__name__}, want an object")
    version = _get(tree, "format", int)
    if version != FORMAT:
        raise ValueError(f"format {version}, this package reads {FORMAT}")
    entries = tree.get("entries")
    config = tree.get("config", {})
    if not isinstance(entries, list) or not isinstance(config, dict):
        raise ValueError("entries must be a list and config an object")
    m = Manifest(
        tool=_get(tree, "tool", str),
        fingerprint=_get(tree, "fingerprint", str),
        compression=_get(tree, "compression", str),
        items=_get(tree, "items", int),
        shards=_get(tree, "shards", int),
        config=config,
        entries=tuple(_entry(e) for e in entries),
    )
    _check(m)
    return m


def _entry(tree: Any) -> Entry:
    if not isinstance(tree, dict):
        raise ValueError(f"an entry is a {type(tree).__name__}, want an object")
    return Entry(
        index=_get(tree, "index", int),
        group=_get(tree, "group", str),
        items=_get(tree, "items", int),
        file=_get(tree, "file", str),
        rows=_get(tree, "rows", int),
        bytes=_get(tree, "bytes", int),
        sha256=_get(tree, "sha256", str),
        failures=_get(tree, "failures", int),
        failures_file=_get(tree, "failures_file", str, ""),
        failures_bytes=_get(tree, "failures_bytes", int, 0),
        failures_sha256=_get(tree, "failures_sha256", str, ""),
    )


def _get(tree: dict[str, Any], name: str, kind: type[_T], default: _T | None = None) -> _T:
    value = tree.get(name, default)
    if isinstance(value, bool) or not isinstance(value, kind):
        raise ValueError(f"{name} is {value!r}, want {kind.__name__}")
    return value


def _check(m: Manifest) -> None:
    """Refuses what vidcsl would not write, above all names that lead out of the directory."""
    if m.compression not in ("raw", "lz4", "zstd"):
        raise ValueError(f"compression {m.compression!r}, want raw, lz4 or zstd")
    before = -1
    for e in m.entries:
        if not before < e.index < m.shards:
            raise ValueError(f"entry of shard {e.index} of {m.shards} after shard {before}")
        before = e.index
        part = f"part-{e.index:05d}-of-{m.shards:05d}.arrow"
        if e.file != (part if e.rows else "") or e.failures_file != (f"failures/{part}" if e.failures else ""):
            raise ValueError(
                f"shard {e.index}: {e.rows} rows in {e.file!r} and {e.failures} failures in {e.failures_file!r}, want {part}"
            )
        if min(e.rows, e.failures) < 0 or e.rows + e.failures != e.items:
            raise ValueError(f"shard {e.index}: {e.rows} rows and {e.failures} failures of {e.items} items")
    if m.complete and sum(e.items for e in m.entries) != m.items:
        raise ValueError(f"complete, with {sum(e.items for e in m.entries)} of {m.items} items")
