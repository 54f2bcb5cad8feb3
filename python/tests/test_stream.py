import itertools
import json
import pickle
import unittest
import warnings

import vidcsl
from tests import support

try:
    import torch
    from torch.utils.data import DataLoader
except ImportError:
    torch = None


def stream(*store, as_tensor=False, **options):
    return vidcsl.ShardStream(vidcsl.ShardDataset(support.run(*store), as_tensor=as_tensor), **options)


def keys(rows):
    return [row.key for row in rows]


class Order(unittest.TestCase):
    def setUp(self):
        self.all = keys(vidcsl.ShardDataset(support.run()))

    def test_every_row_once(self):
        for buffer in (1, 4, 1000):
            for store in ("raw", "lz4"):
                got = keys(stream("--store", store, buffer=buffer))
                self.assertEqual(sorted(got), sorted(self.all))
                self.assertNotEqual(got, self.all)
        self.assertEqual(keys(stream(shuffle=False)), self.all)

    def test_seed_and_epoch_decide(self):
        s = stream(seed=1)
        first, again = keys(s), keys(s)
        self.assertEqual(first, again)
        self.assertNotEqual(first, keys(stream(seed=2)))
        s.set_epoch(1)
        second = keys(s)
        self.assertNotEqual(first, second)
        s.set_epoch(0)
        self.assertEqual(keys(s), first)
        self.assertEqual(keys(stream("--store", "zstd", seed=1)), first)

    def test_order_stays_the_same_between_versions(self):
        s = stream(seed=7, buffer=6)
        rows = {key: i for i, key in enumerate(self.all)}
        self.assertEqual([rows[k] for k in keys(s)], [15, 14, 17, 13, 2, 1, 7, 16, 8, 11, 12, 0, 4, 10, 6, 9, 5, 3])

    def test_ranks(self):
        for world in (1, 2, 4, 5):
            parts = [stream(rank=r, world=world) for r in range(world)]
            got = [keys(p) for p in parts]
            self.assertEqual([len(g) for g in got], [18 // world] * world)
            self.assertEqual([p.rows for p in parts], [18 // world] * world)
            self.assertEqual(len(set(itertools.chain(*got))), 18 // world * world)
            uneven = [keys(stream(rank=r, world=world, even=False)) for r in range(world)]
            self.assertEqual(sorted(itertools.chain(*uneven)), sorted(self.all))

    def test_wrong_values(self):
        for options in ({"rank": 1}, {"rank": 2, "world": 2}, {"buffer": 0}):
            with self.assertRaisesRegex(ValueError, next(iter(options))):
                stream(**options)

    def test_no_rows(self):
        bad = support.run(source=next(support.videos().glob("*/bad.mp4")))
        self.assertEqual(list(vidcsl.ShardStream(vidcsl.ShardDataset(bad))), [])

    def test_a_compressed_batch_is_decompressed_once_in_a_window(self):
        from vidcsl._part import Part

        loads, load = [], Part.load

        def counted(part, number):
            loads.append((part.path, number))
            return load(part, number)

        Part.load = counted
        try:
            dataset = vidcsl.ShardDataset(support.run("--store", "lz4"), cache_batches=1)
            list(vidcsl.ShardStream(dataset, buffer=1000))
        finally:
            Part.load = load
        self.assertEqual(len(loads), len(set(loads)))


class Resume(unittest.TestCase):
    def test_goes_on_after_every_row(self):
        for store in ("raw", "lz4"):
            whole = keys(stream("--store", store, seed=3, buffer=5))
            for n in (1, 4, 5, 17, 18):
                s = stream("--store", store, seed=3, buffer=5)
                begun = keys(itertools.islice(s, n))
                state = json.loads(json.dumps(s.state_dict()))
                other = pickle.loads(pickle.dumps(stream("--store", store, seed=3, buffer=5)))
                other.load_state_dict(state)
                self.assertEqual(other.state_dict(), state)
                self.assertEqual(begun + keys(other), whole)
                self.assertEqual(keys(other), whole)  # the next pass is a whole one

    def test_state_of_something_else(self):
        s = stream(seed=3)
        with self.assertRaisesRegex(ValueError, "no pass has begun"):
            s.state_dict()
        next(iter(s))
        for options, name in (({"seed": 4}, "seed"), ({"seed": 3, "buffer": 9}, "buffer"),
                              ({"seed": 3, "rank": 0, "world": 2}, "world")):  # fmt: skip
            with self.assertRaisesRegex(ValueError, f"the state has {name}"):
                stream(**options).load_state_dict(s.state_dict())
        with self.assertRaisesRegex(ValueError, "the state has run"):
            stream("--seed", "9", seed=3).load_state_dict(s.state_dict())


@unittest.skipIf(torch is None, "this Python has no PyTorch")
class Workers(unittest.TestCase):
    def setUp(self):
        context = warnings.catch_warnings()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        warnings.filterwarnings("ignore", "This DataLoader will create")  # more workers than processors

    def batches(self, s, workers, **options):
        return [batch["key"] for batch in DataLoader(s, batch_size=4, num_workers=workers, **options)]

    def test_every_row_once(self):
        want = sorted(keys(vidcsl.ShardDataset(support.run())))
        for workers in (0, 1, 2, 3):
            got = self.batches(stream(as_tensor="share"), workers)
            self.assertEqual(sorted(itertools.chain(*got)), want)

    def test_goes_on_after_every_batch(self):
        for workers in (0, 2, 3):
            for drop_last in (False, True):
                s = stream(as_tensor="share", seed=5, buffer=7)
                s.set_epoch(2)
                whole = self.batches(s, workers, drop_last=drop_last)
                for n in range(len(whole) + 1) if workers == 2 else (1, len(whole) - 1):
                    state = json.loads(json.dumps(s.state_after(n, 4, workers, drop_last)))
                    other = stream(as_tensor="share", seed=5, buffer=7)
                    other.load_state_dict(state)
                    self.assertEqual(self.batches(other, workers, drop_last=drop_last), whole[n:])
        with self.assertRaisesRegex(ValueError, "an epoch has"):
            s.state_after(99, 4, 2)

    def test_another_number_of_workers(self):
        s = stream(as_tensor="share")
        s.load_state_dict(s.state_after(1, 4, 2))
        with self.assertRaisesRegex(ValueError, "the state is one of 2 workers"):
            self.batches(s, 0)

    def test_persistent_workers(self):
        loader = DataLoader(stream(as_tensor="share"), batch_size=4, num_workers=1, persistent_workers=True)
        list(loader)
        with self.assertRaisesRegex(ValueError, "persistent_workers"):
            list(loader)
