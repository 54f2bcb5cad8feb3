import json
import os
import pickle
import subprocess
import unittest

import numpy as np
import pyarrow as pa

import vidcsl
from tests import support

try:
    import av
except ImportError:
    av = None

CODECS = ("jpeg", "h264")


def can_store():
    """Whether the program writes these stores."""
    binary = os.environ.get("VIDCSL_BIN")
    if not binary:
        raise unittest.SkipTest("VIDCSL_BIN does not name the vidcsl program (make build makes bin/vidcsl)")
    said = subprocess.run([binary, "preprocess", "--help"], capture_output=True, text=True).stdout
    if not all(codec in said for codec in CODECS):
        raise unittest.SkipTest("this vidcsl stores neither jpeg nor h264")


def change_type(part, change):
    """Changes the metadata of the type of view_0."""

    def changed(table):
        i = table.schema.get_field_index("view_0")
        field = table.schema.field(i)
        meta = json.loads(field.metadata[b"ARROW:extension:metadata"])
        change(meta)
        field = field.with_metadata({**field.metadata, b"ARROW:extension:metadata": json.dumps(meta).encode()})
        return table.cast(table.schema.set(i, field))

    support.rewrite(part, changed)


@unittest.skipIf(av is not None, "this Python has PyAV")
class WithoutAV(unittest.TestCase):
    def test_error_names_the_package(self):
        can_store()
        for codec in CODECS:
            with self.assertRaisesRegex(vidcsl.MissingPackageError, "pip install av"):
                vidcsl.ShardDataset(support.run("--store", codec))


@unittest.skipIf(av is None, "this Python has no PyAV")
class Encoded(unittest.TestCase):
    def setUp(self):
        can_store()

    def test_rows_are_close_to_what_was_coded(self):
        for codec in CODECS:
            for size in (32, 33):
                raw = vidcsl.ShardDataset(support.run("--size", size))
                coded = vidcsl.ShardDataset(support.run("--size", size, "--store", codec))
                self.assertEqual([s.key for s in coded], [s.key for s in raw])
                for got, want in zip(coded, raw):
                    self.assertEqual((got.label, got.plans, got.flags), (want.label, want.plans, want.flags))
                    for a, b in zip(got.views, want.views):
                        self.assertEqual((a.shape, a.dtype, a.flags.c_contiguous), (b.shape, b.dtype, True))
                        error = np.square(a.astype(float) - b).mean()
                        self.assertLess(error, 255**2 / 10**2.4, f"{codec} {size} {got.key}: PSNR below 24 dB")

    def test_views_pickle_and_stream(self):
        for codec in CODECS:
            path = support.run("--store", codec)
            dataset = vidcsl.ShardDataset(path)
            second = pickle.loads(pickle.dumps(vidcsl.ShardDataset(path, views=[1])))
            np.testing.assert_array_equal(second[4].views[0], dataset[4].views[1])
            got = {s.key: s.views[0].sum() for s in vidcsl.ShardStream(dataset)}
            self.assertEqual(got, {s.key: s.views[0].sum() for s in dataset})

    def test_damaged_rows(self):
        for codec in CODECS:
            path = support.copy_of(support.run("--store", codec))
            part = support.parts(path)[1]

            def cut(table):
                field = table.schema.field("view_0")
                rows = [row[: len(row) // 2] for row in table.column("view_0").to_pylist()]
                return table.set_column(3, field, pa.array(rows, field.type))

            support.rewrite(part, cut)
            with self.assertRaisesRegex(vidcsl.DamagedFileError, f"{part}: row .*mp4#"):
                list(vidcsl.ShardDataset(path))

    def test_other_types(self):
        cases = {
            "coded as 'avif', this package reads jpeg and h264": lambda m: m.update(codec="avif"),
            r"want a codec and a shape \[T,H,W,3\]": lambda m: m.update(shape=[1, 2, 3]),
            "4 frames, want 5|3 frames, want 5": lambda m: m["shape"].__setitem__(0, 5),
            "want yuvj?420p 40x40|Invalid|40": lambda m: m.update(shape=[support.FRAMES, 40, 40, 3]),
        }
        for codec in CODECS:
            for pattern, change in cases.items():
                with self.subTest(codec=codec, pattern=pattern):
                    path = support.copy_of(support.run("--store", codec))
                    change_type(support.parts(path)[1], change)
                    with self.assertRaisesRegex(vidcsl.DamagedFileError, pattern):
                        list(vidcsl.ShardDataset(path))
