#!/usr/bin/env python3
"""Compares ShardDataset with what one would write without it, side by side. Needs vidcsl and torch.

    loader.py RUN [ROUNDS]

RUN is an uncompressed output of vidcsl preprocess. Reads its rows in random order: one by one, touching each view, and in
batches of 16 through a DataLoader with 0 and 2 workers. The sides take turns; prints the median rows per second of each.
"""

import bisect
import json
import statistics
import sys
import time
from pathlib import Path

import pyarrow as pa
import torch
from torch.utils.data import DataLoader, Dataset

import vidcsl


class Naive(Dataset):
    """Opens the file, takes the row, makes tensors of it."""

    def __init__(self, path):
        self.files = sorted(map(str, Path(path).glob("part-*")))
        self.starts = [0]
        for f in self.files:
            self.starts.append(self.starts[-1] + pa.ipc.open_file(pa.memory_map(f)).read_all().num_rows)

    def __len__(self):
        return self.starts[-1]

    def __getitem__(self, i):
        k = bisect.bisect_right(self.starts, i) - 1
        with pa.memory_map(self.files[k]) as f:
            table = pa.ipc.open_file(f).read_all().slice(i - self.starts[k], 1).combine_chunks()
            views = [c for c in table.column_names if c.startswith("view_")]
            return {
                "key": table.column("key")[0].as_py(),
                "label": table.column("label")[0].as_py(),
                "views": tuple(torch.from_numpy(table.column(c).chunk(0).to_numpy_ndarray()[0].copy()) for c in views),
            }


def one_by_one(dataset):
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(1)).tolist()
    for i in order:
        for view in dataset[i]["views"]:
            int(view[0, 0, 0, 0])


def batches(workers):
    def run(dataset):
        shuffle = None if isinstance(dataset, vidcsl.ShardStream) else True
        for _ in DataLoader(dataset, batch_size=16, shuffle=shuffle, num_workers=workers):
            pass

    return run


def main():
    path, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    torch.set_num_threads(1)
    sides = {
        "naive": lambda: Naive(path),
        "copies": lambda: vidcsl.ShardDataset(path, as_tensor=True),
        "share": lambda: vidcsl.ShardDataset(path, as_tensor="share"),
        "stream": lambda: vidcsl.ShardStream(vidcsl.ShardDataset(path, as_tensor="share")),
    }
    rows = len(vidcsl.ShardDataset(path))
    for name, work in {"one by one": one_by_one, "0 workers": batches(0), "2 workers": batches(2)}.items():
        rates = {side: [] for side in sides if side != "stream" or work is not one_by_one}
        for n in range(rounds + 1):
            for side in rates:
                dataset, start = sides[side](), time.perf_counter()
                work(dataset)
                if n:  # the first round warms up
                    rates[side].append(rows / (time.perf_counter() - start))
        print(json.dumps({name: {side: round(statistics.median(r)) for side, r in rates.items()}}))


if __name__ == "__main__":
    main()
