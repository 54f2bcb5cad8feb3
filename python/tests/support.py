"""Runs for the tests, made once by the program that VIDCSL_BIN names."""

import atexit
import functools
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
import pyarrow as pa

FRAMES, SIZE, CLIPS = 4, 32, 3


def vidcsl(*args):
    """Runs the program; fails loudly."""
    binary = os.environ.get("VIDCSL_BIN")
    if not binary:
        raise unittest.SkipTest("VIDCSL_BIN does not name the vidcsl program (make build makes bin/vidcsl)")
    done = subprocess.run([binary, *map(str, args)], capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"vidcsl {args}: exit code {done.returncode}\n{done.stderr}")


@functools.cache
def folder():
    path = Path(tempfile.mkdtemp(prefix="vidcsl-python-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


@functools.cache
def videos():
    """Six videos of three classes, and one file that is not a video."""
    path = folder() / "videos"
    vidcsl("synth", "--output", path, "--classes", 3, "--videos-per-class", 2, "--seconds", 1, "--size", 48)
    (next(p for p in sorted(path.iterdir()) if p.is_dir()) / "bad.mp4").write_text("text")
    return path


@functools.cache
def run(*args, source=None):
    """The output folder of a run; the same flags give the same folder, which nobody may change."""
    path = folder() / f"run-{run.cache_info().currsize}"
    vidcsl(
        "preprocess", "--input", source or videos(), "--output", path, "--frames", FRAMES, "--stride", 2, "--views", 2,
        "--clips-per-video", CLIPS, "--size", SIZE, "--max-failures", "100%", "--log-level", "error", *args,
    )  # fmt: skip
    return path


def copy_of(path):
    """A copy of a run, to be damaged."""
    copy = Path(tempfile.mkdtemp(dir=folder())) / "run"
    shutil.copytree(path, copy)
    return copy


def entries(path):
    return json.loads((path / "manifest.json").read_text())["entries"]


def parts(path):
    return [path / e["file"] for e in entries(path) if e["rows"]]


def edit_manifest(path, change):
    tree = json.loads((path / "manifest.json").read_text())
    change(tree)
    (path / "manifest.json").write_text(json.dumps(tree))


def rewrite(part, change):
    """Writes the table of a part file anew, changed, and fits the manifest to it."""
    table = change(pa.ipc.open_file(pa.OSFile(str(part))).read_all())
    with pa.OSFile(str(part), "wb") as f, pa.ipc.new_file(f, table.schema) as writer:
        writer.write_table(table)

    def fit(tree):
        for e in tree["entries"]:
            if e["file"] == part.name:
                e["bytes"] = part.stat().st_size

    edit_manifest(part.parent, fit)


def naive_rows(path):
    """Every row as plain pyarrow reads it, in the order of the manifest."""
    for part in parts(path):
        table = pa.ipc.open_file(pa.OSFile(str(part))).read_all().combine_chunks()
        pixels = [table.column(f"view_{k}").chunk(0).to_numpy_ndarray() for k in range(2)]
        small = table.drop_columns(["view_0", "view_1"]).to_pylist()
        for i, row in enumerate(small):
            yield {**row, "view_0": pixels[0][i], "view_1": pixels[1][i]}


def mapped_file(array):
    """The file in whose mapping the first byte of an array lies, or ''."""
    at = array.__array_interface__["data"][0] if isinstance(array, np.ndarray) else array.data_ptr()
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, _, _, _, _, *name = line.split(maxsplit=5)
        low, high = (int(x, 16) for x in span.split("-"))
        if low <= at < high:
            return name[0] if name else ""
    return ""
