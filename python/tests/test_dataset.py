import gc
import json
import multiprocessing
import pickle
import random
import threading
import unittest

import numpy as np

import vidcsl
from tests import support


def digest(dataset, rows):
    """What a worker process sees."""
    return [(dataset[i].key, int(dataset[i].views[1].sum())) for i in rows]


class Reading(unittest.TestCase):
    def test_rows_are_what_pyarrow_reads(self):
        for store in ("raw", "lz4", "zstd"):
            with self.subTest(store):
                path = support.run("--store", store)
                dataset = vidcsl.ShardDataset(path)
                n = 0
                for sample, want in zip(dataset, support.naive_rows(path)):
                    self.assertEqual((sample.key, sample.label, sample.source, sample.flags),
                                     (want["key"], want["label"], want["source"], want["flags"]))  # fmt: skip
                    for k in range(2):
                        self.assertEqual(sample.views[k].shape, (support.FRAMES, support.SIZE, support.SIZE, 3))
                        np.testing.assert_array_equal(sample.views[k], want[f"view_{k}"])
                        self.assertEqual(sample.pts[k].tolist(), want[f"pts_{k}"])
                        self.assertEqual(sample.plans[k], json.loads(want[f"plan_{k}"]))
                    n += 1
                self.assertEqual(n, len(dataset))
                self.assertEqual(n, 6 * support.CLIPS)
                self.assertEqual(len({s.key for s in dataset}), n)

    def test_numbers(self):
        dataset = vidcsl.ShardDataset(support.run())
        n = len(dataset)
        self.assertEqual(dataset[-1].key, dataset[n - 1].key)
        self.assertEqual(dataset[-n].key, dataset[np.int64(0)].key)
        for wrong in (n, -n - 1):
            with self.assertRaisesRegex(IndexError, f"row {wrong} of {n}"):
                dataset[wrong]
        with self.assertRaises(TypeError):
            dataset["0"]
        self.assertEqual([i for shard in dataset.shards for i in shard], list(range(n)))
        self.assertEqual(len(dataset.shards), len(support.parts(support.run())))

    def test_labels(self):
        dataset = vidcsl.ShardDataset(support.run())
        for sample in dataset:
            self.assertEqual(dataset.labels[sample.label], sample.source.split("/")[0])
        flat = support.run(source=next(p for p in sorted(support.videos().iterdir()) if p.is_dir()))
        dataset = vidcsl.ShardDataset(flat)
        self.assertEqual(dataset.labels, ())
        self.assertIsNone(dataset[0].label)

    def test_views(self):
        path = support.run()
        both, second, swapped = (vidcsl.ShardDataset(path, views=v) for v in (None, [1], (1, 0)))
        self.assertEqual((both.views, second.views, swapped.views), ((0, 1), (1,), (1, 0)))
        self.assertEqual(len(second[0].views), 1)
        np.testing.assert_array_equal(second[0].views[0], both[0].views[1])
        np.testing.assert_array_equal(swapped[3].views[1], both[3].views[0])
        self.assertEqual(swapped[3].plans, both[3].plans[::-1])
        with self.assertRaisesRegex(ValueError, r"views is \[2\].*the views 0 to 1"):
            vidcsl.ShardDataset(path, views=[2])
        compressed = vidcsl.ShardDataset(support.run("--store", "zstd"), views=[1])
        np.testing.assert_array_equal(compressed[5].views[0], both[5].views[1])

    def test_native_sizes(self):
        dataset = vidcsl.ShardDataset(support.run("--size", "native"))
        self.assertEqual(dataset[0].views[0].shape, (support.FRAMES, 48, 48, 3))

    def test_few_files_and_batches_kept(self):
        for store in ("raw", "lz4"):
            path = support.run("--store", store)
            all_kept, one_kept = vidcsl.ShardDataset(path), vidcsl.ShardDataset(path, open_files=1, cache_batches=1)
            order = [random.Random(1).randrange(len(all_kept)) for _ in range(60)]
            self.assertEqual(digest(all_kept, order), digest(one_kept, order))

    def test_manifest_and_repr(self):
        dataset = vidcsl.ShardDataset(support.run())
        self.assertEqual(dataset.manifest.config["frames"], support.FRAMES)
        self.assertEqual(dataset.manifest.rows, len(dataset))
        self.assertIn(f"{len(dataset)} rows", repr(dataset))

    def test_failures(self):
        table = vidcsl.ShardDataset(support.run()).failures()
        self.assertEqual(table.num_rows, support.CLIPS)
        self.assertTrue(all(key.split("/")[-1].startswith("bad.mp4#") for key in table.column("key").to_pylist()))
        good = support.run("--clips-per-video", 1, source=next(support.videos().glob("*/video-000.mp4")))
        table = vidcsl.ShardDataset(good).failures()
        self.assertEqual((table.num_rows, table.schema.names[:3]), (0, ["key", "stage", "reason"]))

    def test_nothing_delivered(self):
        dataset = vidcsl.ShardDataset(support.run(source=next(support.videos().glob("*/bad.mp4"))))
        self.assertEqual((len(dataset), list(dataset), dataset.failures().num_rows), (0, [], support.CLIPS))


class Memory(unittest.TestCase):
    def test_raw_pixels_lie_in_the_mapped_file(self):
        path = support.run()
        dataset = vidcsl.ShardDataset(path)
        files = [str(p) for p in support.parts(path) for _ in range(support.CLIPS)]
        seen = set()
        for i in range(len(dataset)):
            for view in dataset[i].views:
                seen.add(support.mapped_file(view))
        self.assertEqual(seen, set(files))
        self.assertTrue(np.shares_memory(dataset[0].views[0], dataset[0].views[0]))
        self.assertFalse(np.shares_memory(dataset[0].views[0], dataset[0].views[1]))

    def test_arrays_are_read_only(self):
        for store in ("raw", "zstd"):
            with self.assertRaises(ValueError):
                vidcsl.ShardDataset(support.run("--store", store))[0].views[0][0] = 1

    def test_arrays_outlive_the_dataset(self):
        for store in ("raw", "zstd"):
            dataset = vidcsl.ShardDataset(support.run("--store", store), open_files=1, cache_batches=1)
            sample = dataset[0]
            before = [view.copy() for view in sample.views]
            list(dataset)
            del dataset
            gc.collect()
            for view, want in zip(sample.views, before):
                np.testing.assert_array_equal(view, want)


class Processes(unittest.TestCase):
    def test_pickle(self):
        dataset = vidcsl.ShardDataset(support.run())
        dataset[0]
        again = pickle.loads(pickle.dumps(dataset))
        self.assertEqual(digest(again, range(len(dataset))), digest(dataset, range(len(dataset))))

    def test_fork_and_spawn(self):
        for store in ("raw", "lz4"):
            dataset = vidcsl.ShardDataset(support.run("--store", store))
            want = digest(dataset, range(len(dataset)))
            for method in ("fork", "spawn"):
                with self.subTest(method), multiprocessing.get_context(method).Pool(2) as pool:
                    jobs = [pool.apply_async(digest, (dataset, range(len(dataset)))) for _ in range(2)]
                    for job in jobs:
                        self.assertEqual(job.get(60), want)

    def test_threads(self):
        for store in ("raw", "lz4"):
            dataset = vidcsl.ShardDataset(support.run("--store", store), open_files=2, cache_batches=2)
            want = digest(dataset, range(len(dataset)))
            found = []

            def work(seed, dataset=dataset, want=want, found=found):
                order = list(range(len(dataset)))
                random.Random(seed).shuffle(order)
                found.append(digest(dataset, order) == [want[i] for i in order])

            threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
            for t in threads:
                t.start()
            for t in threads:
                t.join()
            self.assertEqual(found, [True] * 8)


class Damage(unittest.TestCase):
    def damaged(self):
        path = support.copy_of(support.run())
        return path, support.parts(path)[1]

    def refuse(self, error, pattern, path, **options):
        with self.assertRaisesRegex(error, pattern) as caught:
            list(vidcsl.ShardDataset(path, **options))
        self.assertIsInstance(caught.exception, vidcsl.ShardError)
        # A DataLoader makes the error again from its text.
        self.assertEqual(str(type(caught.exception)(str(caught.exception))), str(caught.exception))

    def test_incomplete(self):
        path = support.run("--task", "0/3")
        self.refuse(vidcsl.IncompleteRunError, r"of \d+ shards are finished.*--resume", path)
        dataset = vidcsl.ShardDataset(path, allow_incomplete=True)
        keys = [row["key"] for row in support.naive_rows(support.run())]
        self.assertEqual([s.key for s in dataset], [k for k in keys if k in {s.key for s in dataset}])
        self.assertTrue(0 < len(dataset) < len(keys))
        self.assertEqual(dataset.failures().num_rows, sum(e.failures for e in dataset.manifest.entries))

    def test_missing_file(self):
        path, part = self.damaged()
        part.unlink()
        self.refuse(vidcsl.DamagedFileError, f"{part}: No such file.*want \\d+ bytes", path)

    def test_truncated_file(self):
        path, part = self.damaged()
        size = part.stat().st_size
        with part.open("r+b") as f:
            f.truncate(size - 8)
        self.refuse(vidcsl.DamagedFileError, f"{part}: {size - 8} bytes, want {size}", path)

    def test_file_gone_or_cut_after_opening(self):
        path, part = self.damaged()
        dataset = vidcsl.ShardDataset(path)
        with part.open("r+b") as f:
            f.truncate(100)
        with self.assertRaisesRegex(vidcsl.DamagedFileError, f"{part}: 100 bytes"):
            list(dataset)

    def test_verify(self):
        path, part = self.damaged()
        self.assertEqual(len(vidcsl.ShardDataset(path, verify=True)), 18)
        with part.open("r+b") as f:
            f.seek(part.stat().st_size // 2)
            byte = f.read(1)[0]
            f.seek(-1, 1)
            f.write(bytes([byte ^ 1]))
        vidcsl.ShardDataset(path)
        self.refuse(vidcsl.DamagedFileError, f"{part}: SHA-256 [0-9a-f]+, want [0-9a-f]+", path, verify=True)

    def test_damaged_structure_is_an_error_or_harmless(self):
        """Bytes outside the pixels changed at random: an error of ours, or rows; never another error, never a crash."""
        path, part = self.damaged()
        good, rng, errors = part.read_bytes(), random.Random(3), 0
        pixels = support.FRAMES * support.SIZE**2 * 3
        spans = [
            range(0, 1024),
            range(len(good) - 3000, len(good)),
            range(1024, len(good) - 3000, max(1, pixels // 40)),
        ]
        for _ in range(300):
            bad = bytearray(good)
            for _ in range(rng.randint(1, 3)):
                bad[rng.choice(spans[rng.randrange(3)])] = rng.randrange(256)
            part.write_bytes(bad)
            try:
                for sample in vidcsl.ShardDataset(path):
                    sum(int(v.sum()) for v in sample.views)
            except vidcsl.DamagedFileError as error:
                self.assertIn(str(part), str(error))
                errors += 1
        self.assertGreater(errors, 50)

    def test_other_schemas(self):
        changes = {
            "schema version 2, this package reads 1": lambda t: t.replace_schema_metadata(
                {b"vidcsl.schema_version": b"2", b"vidcsl.labels": b"[]"}
            ),
            "labels .* as in the first part": lambda t: t.replace_schema_metadata(
                {b"vidcsl.schema_version": b"1", b"vidcsl.labels": b'["x"]'}
            ),
            "no column view_1": lambda t: t.drop_columns(["view_1"]),
            "column flags is int64, want uint32": lambda t: t.set_column(
                t.schema.get_field_index("flags"), "flags", t.column("flags").cast("int64")
            ),
            "view_0 is string, want": lambda t: t.set_column(3, "view_0", t.column("key")),
            r"1 rows, want 2 as in manifest": lambda t: t.slice(0, 1),
        }
        for pattern, change in changes.items():
            with self.subTest(pattern):
                path, part = self.damaged()
                support.rewrite(part, change)
                self.refuse(vidcsl.DamagedFileError, f"{part}: {pattern}", path)

    def test_manifest(self):
        cases = {
            "format 2, this package reads 1": lambda m: m.update(format=2),
            "items is '3', want int": lambda m: m.update(items="3"),
            "compression 'brotli', want raw": lambda m: m.update(compression="brotli"),
            r"rows in '\.\./x'": lambda m: m["entries"][0].update(file="../x"),
            r"entry of shard \d+ of \d+ after shard": lambda m: m["entries"].reverse(),
            "rows and .* failures of 99 items": lambda m: m["entries"][0].update(items=99),
            "complete, with": lambda m: m.update(items=m["items"] + 1),
        }
        for pattern, change in cases.items():
            with self.subTest(pattern):
                path = support.copy_of(support.run())
                support.edit_manifest(path, change)
                self.refuse(vidcsl.ManifestError, f"{path / 'manifest.json'}: .*{pattern}", path)
        (path / "manifest.json").write_text("{")
        self.refuse(vidcsl.ManifestError, "damaged manifest", path)
        self.refuse(vidcsl.ManifestError, "no such file.*not the output", support.videos())


class Options(unittest.TestCase):
    def test_wrong_values(self):
        for options in ({"as_tensor": "copy"}, {"open_files": 0}, {"cache_batches": 0}):
            with self.assertRaisesRegex(ValueError, next(iter(options))):
                vidcsl.ShardDataset(support.run(), **options)

    def test_relative_path_and_another_working_directory(self):
        import os
        from pathlib import Path

        path = support.run()
        before = Path.cwd()
        try:
            os.chdir(path.parent)
            dataset = vidcsl.ShardDataset(path.name)
            os.chdir("/")
            self.assertTrue(dataset[0].key)
        finally:
            os.chdir(before)
