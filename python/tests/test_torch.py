import unittest
import warnings

import numpy as np

import vidcsl
from tests import support

try:
    import torch
    from torch.utils.data import DataLoader
except ImportError:
    torch = None


@unittest.skipIf(torch is not None, "this Python has PyTorch")
class WithoutTorch(unittest.TestCase):
    def test_error_names_the_package(self):
        dataset = vidcsl.ShardDataset(support.run(), as_tensor=True)
        with self.assertRaisesRegex(vidcsl.MissingPackageError, "pip install torch"):
            dataset[0]


@unittest.skipIf(torch is None, "this Python has no PyTorch")
class Tensors(unittest.TestCase):
    def setUp(self):
        context = warnings.catch_warnings()
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        warnings.simplefilter("error")

    def test_tensors_are_the_arrays(self):
        for store in ("raw", "lz4"):
            path = support.run("--store", store)
            arrays = vidcsl.ShardDataset(path)
            for mode in (True, "share"):
                for got, want in zip(vidcsl.ShardDataset(path, as_tensor=mode), arrays):
                    self.assertEqual((got["key"], got["label"], got["source"], got["flags"], got["plans"]),
                                     (want.key, want.label, want.source, want.flags, want.plans_json))  # fmt: skip
                    for k in range(2):
                        self.assertIs(got["views"][k].dtype, torch.uint8)
                        np.testing.assert_array_equal(got["views"][k].numpy(), want.views[k])
                        np.testing.assert_array_equal(got["pts"][k].numpy(), want.pts[k])

    def test_share_lies_in_the_file_and_never_changes_it(self):
        path = support.copy_of(support.run())
        part = support.parts(path)[0]
        before = part.read_bytes()
        dataset = vidcsl.ShardDataset(path, as_tensor="share")
        view = dataset[0]["views"][0]
        self.assertEqual(support.mapped_file(view), str(part))
        view.zero_()
        self.assertEqual(int(dataset[0]["views"][0].sum()), 0)  # as the documentation says
        self.assertEqual(part.read_bytes(), before)
        self.assertNotEqual(int(vidcsl.ShardDataset(path, as_tensor="share")[0]["views"][0].sum()), 0)

    def test_copies_are_their_own(self):
        for store in ("raw", "zstd"):
            dataset = vidcsl.ShardDataset(support.run("--store", store), as_tensor=True)
            want = int(dataset[0]["views"][0].sum())
            dataset[0]["views"][0].zero_()
            self.assertEqual(int(dataset[0]["views"][0].sum()), want)

    def test_no_label(self):
        flat = support.run(source=next(p for p in sorted(support.videos().iterdir()) if p.is_dir()))
        batch = next(iter(DataLoader(vidcsl.ShardDataset(flat, as_tensor="share"), batch_size=2)))
        self.assertEqual(batch["label"].tolist(), [vidcsl.NO_LABEL] * 2)


@unittest.skipIf(torch is None, "this Python has no PyTorch")
class Loading(unittest.TestCase):
    def check(self, dataset, **options):
        want = {s.key: s for s in vidcsl.ShardDataset(dataset.path)}
        keys = []
        for batch in DataLoader(dataset, batch_size=4, **options):
            for i, key in enumerate(batch["key"]):
                for k in range(2):
                    np.testing.assert_array_equal(batch["views"][k][i].numpy(), want[key].views[k])
                    self.assertEqual(batch["pts"][k][i].tolist(), want[key].pts[k].tolist())
                    self.assertEqual(batch["plans"][k][i], want[key].plans_json[k])
                self.assertEqual(int(batch["label"][i]), want[key].label)
            keys += batch["key"]
        self.assertEqual(sorted(keys), sorted(want))
        return keys == list(want)

    def test_in_this_process(self):
        for mode in (True, "share"):
            self.assertTrue(self.check(vidcsl.ShardDataset(support.run(), as_tensor=mode)))
        self.assertFalse(self.check(vidcsl.ShardDataset(support.run(), as_tensor="share"), shuffle=True))

    def test_in_workers(self):
        for store in ("raw", "lz4"):
            dataset = vidcsl.ShardDataset(support.run("--store", store), as_tensor="share")
            for opened in (False, True):
                if opened:
                    dataset[0]  # what is open in this process must not disturb the workers
                with self.subTest(store=store, opened=opened):
                    self.assertTrue(self.check(dataset, num_workers=2, multiprocessing_context="fork"))
        self.assertTrue(self.check(dataset, num_workers=2, multiprocessing_context="spawn"))

    def test_error_of_a_worker(self):
        path = support.copy_of(support.run())
        dataset = vidcsl.ShardDataset(path, as_tensor="share")
        part = support.parts(path)[1]
        part.unlink()
        with self.assertRaisesRegex(vidcsl.DamagedFileError, str(part)):
            list(DataLoader(dataset, batch_size=4, num_workers=2))
