"""The rows of a run in a shuffled order that reads files one after another: what PyTorch calls an iterable dataset."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .dataset import ShardDataset


class _Plain:
    """Base of ShardStream where there is no PyTorch."""


if TYPE_CHECKING:
    _Base = _Plain
else:
    try:  # DataLoader tells an iterable dataset by this class.
        from torch.utils.data import IterableDataset as _Base
    except ImportError:
        _Base = _Plain

T = TypeVar("T")

_VERSION = 1


class ShardStream(_Base, Generic[T]):
    """Every row of a run once per epoch, shard by shard, shuffled, shared out among ranks and DataLoader workers.

    The order is decided by seed and epoch alone: shards are permuted, and rows are permuted among ``buffer`` neighbours
    in that order. Each rank takes a part of one common order and each worker a part of its rank's, so that nothing is read
    twice; parts of the workers of one rank differ by one row at most.

    Call ``set_epoch`` before every epoch, or it repeats the last one. What the stream hands out is the dataset's. It holds
    no pixels, but of compressed runs the record batches of ``buffer`` rows, in every worker.

    Args:
        dataset: where the rows come from.
        seed: of all that is shuffled.
        shuffle: False gives the order of the plan.
        buffer: rows that are shuffled together.
        rank: number of this process among ``world``; by default that of torch.distributed, else 0 of 1.
        world: number of processes that share the rows.
        even: give every rank the same number of rows, and leave out up to ``world - 1`` of them, others in each epoch:
            processes that train together wait for one another.

    """

    def __init__(
        self,
        dataset: ShardDataset[T],
        *,
        seed: int = 0,
        shuffle: bool = True,
        buffer: int = 256,
        rank: int | None = None,
        world: int | None = None,
        even: bool = True,
    ) -> None:
        if (rank is None) != (world is None):
            raise ValueError(f"rank is {rank} and world {world}: give both or none")
        if rank is None or world is None:
            rank, world = _distributed()
        if not 0 <= rank < world:
            raise ValueError(f"rank is {rank}, want 0 to {world - 1}")
        if buffer < 1:
            raise ValueError(f"buffer is {buffer}, want at least 1")
        self.dataset = dataset
        self.epoch = 0
        # What must be equal for a saved position to mean the same row.
        self._order_id: dict[str, Any] = {
            "version": _VERSION,
            "run": _digest(dataset),
            "seed": seed,
            "shuffle": shuffle,
            "buffer": buffer if shuffle else 1,
            "rank": rank,
            "world": world,
            "even": even,
        }
        self._positions: dict[int, int] = {}  # rows delivered, by share
        self._start: dict[str, Any] | None = None  # where the next pass begins, if not at the first row
        self._passed = False

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch of the next pass, which begins at its first row."""
        self.epoch = epoch
        self._start = None

    @property
    def rows(self) -> int:
        """Rows of this rank in an epoch."""
        return len(self._span())

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_passed": False}

    def __iter__(self) -> Iterator[T]:
        worker, workers = _worker()
        if workers and self._passed:
            raise ValueError("a second pass in one worker: with persistent_workers=True, set_epoch does not reach it")
        self._passed = True
        share, position, start = worker, 0, self._start
        if start is not None:
            if start["workers"] != max(1, workers):
                raise ValueError(f"the state is one of {start['workers']} workers, this DataLoader has {workers}")
            share = (worker + int(start["first"])) % max(1, workers)
            position = int(start["positions"].get(str(share), 0))
            self._start = None  # used; a worker clears its copy, set_epoch that of the main process
        self._positions = {share: position}
        span = _share(self._span(), share, max(1, workers))
        for row in itertools.islice(self._order(span), position, None):
            self._positions[share] += 1
            yield self.dataset[row]

    def state_dict(self) -> dict[str, Any]:
        """Returns the position of the pass under way in this process, as JSON-able values.

        Without workers this is all that is needed. With workers each has its own, which a DataLoader does not collect: use
        ``state_after``. Raises ValueError where no pass has begun.
        """
        _, workers = _worker()
        if self._start is not None:
            return {**self._order_id, "epoch": self.epoch, **self._start}
        if not self._positions and not workers:
            raise ValueError("no pass has begun in this process: if workers read the stream, use state_after")
        return self._state(max(1, workers), 0, self._positions)

    def state_after(self, batches: int, batch_size: int, num_workers: int, drop_last: bool = False) -> dict[str, Any]:
        """Returns the state after a DataLoader over this stream has delivered some batches since the start of the epoch.

        ``num_workers`` and the rest are the loader's; the one that goes on must have the same. It delivers exactly the
        batches that are missing, in the order in which the first would have.
        """
        workers = max(1, num_workers)
        sizes = [len(_share(self._span(), k, workers)) for k in range(workers)]
        whole = [n // batch_size if drop_last else -(-n // batch_size) for n in sizes]
        if not 0 <= batches <= sum(whole):
            raise ValueError(f"batches is {batches}, an epoch has {sum(whole)}")
        # Batch j of worker k is number j * workers + k: no worker has more batches than the one before it.
        done = [max(0, -(-(batches - k) // workers)) for k in range(workers)]
        positions = {k: min(d * batch_size, n) for k, (d, n) in enumerate(zip(done, sizes))}
        return self._state(workers, batches % workers, positions)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from a state: the next pass, here or in workers, begins after what it counts as delivered.

        Raises ValueError for a state of another run, seed, buffer or rank.
        """
        for name, want in self._order_id.items():
            if state.get(name) != want:
                raise ValueError(f"the state has {name} {state.get(name)!r}, this stream {want!r}")
        self.epoch = int(state["epoch"])
        self._start = {name: state[name] for name in ("workers", "first", "positions")}

    def _state(self, workers: int, first: int, positions: dict[int, int]) -> dict[str, Any]:
        return {
            **self._order_id,
            "epoch": self.epoch,
            "workers": workers,
            "first": first,
            "positions": {str(k): n for k, n in positions.items()},
        }

    def _span(self) -> range:
        """The places in the order of the epoch that belong to this rank."""
        n, rank, world = len(self.dataset), self._order_id["rank"], self._order_id["world"]
        return _share(range(n - n % world if self._order_id["even"] else n), rank, world)

    def _order(self, span: range) -> Iterator[int]:
        """The rows at some consecutive places of the order of the epoch."""
        seed, buffer = self._order_id["seed"], self._order_id["buffer"]
        shards = list(self.dataset.shards)
        if self._order_id["shuffle"]:
            _shuffle(shards, random.Random(f"shards {seed} {self.epoch}"))
        rows = itertools.islice(itertools.chain.from_iterable(shards), span.start, span.stop)
        rng = random.Random(f"rows {seed} {self.epoch} {span.start}")
        while block := list(itertools.islice(rows, buffer)):
            if self._order_id["shuffle"]:
                _shuffle(block, rng)
            with self.dataset.keeping():
                yield from block


def _digest(dataset: ShardDataset[Any]) -> str:
    """Stands for what a run is and which rows it has."""
    m = dataset.manifest
    what = [m.fingerprint, m.config, [[e.index, e.rows] for e in m.entries]]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def _share(span: range, k: int, n: int) -> range:
    """Part k of n of a span; where it does not divide, the first parts are longer by one."""
    size, more = divmod(len(span), n)
    start = k * size + min(k, more)
    return span[start : start + size + (k < more)]


def _shuffle(items: list[Any], rng: random.Random) -> None:
    """Fisher and Yates, on random() alone: the one method whose numbers Python promises not to change."""
    for i in range(len(items) - 1, 0, -1):
        j = int(rng.random() * (i + 1))
        items[i], items[j] = items[j], items[i]


def _worker() -> tuple[int, int]:
    """The number of this DataLoader worker and how many there are; 0 and 0 in any other process."""
    torch = sys.modules.get("torch")
    info = torch.utils.data.get_worker_info() if torch else None
    return (info.id, info.num_workers) if info else (0, 0)


def _distributed() -> tuple[int, int]:
    """Rank and world size of torch.distributed, if it is in use."""
    torch = sys.modules.get("torch")
    if torch and torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return 0, 1
