#!/usr/bin/env python3
"""Checks from Python that a preprocess output folder is what its manifest says. Needs pyarrow, numpy.

    check_shards.py FOLDER [--shape 16,112,112,3]

Every part file of manifest.json is opened by memory map: each view_k column must be a
FixedShapeTensorArray of uint8 with the given shape (default: one shape in every group of files) whose
values reach numpy without a copy (uncompressed files only), pts_k must hold one timestamp per frame,
plan_k JSON, and key no null and nothing twice. Rows must be as listed, and failures.arrow must open.
Prints a JSON summary; exit 1 if it lists any problem.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa

PLAIN = {"key": pa.utf8(), "label": pa.int32(), "source": pa.utf8(), "flags": pa.uint32()}
FAILURES = ["key", "stage", "reason", "message", "pts", "bytes_read"]


class Check:
    """What was found so far."""

    def __init__(self, folder: Path, shape: list[int] | None) -> None:
        self.folder = folder
        self.manifest = json.loads((folder / "manifest.json").read_text())
        self.raw = self.manifest["compression"] == "raw"
        self.shapes: dict[str, list[int]] = {}
        self.shape = shape
        self.keys: set[str] = set()
        self.rows = self.failures = 0
        self.problems: list[str] = []

    def problem(self, where: str, text: str) -> None:
        self.problems.append(f"{where}: {text}")

    def run(self) -> None:
        entries = [entry for entry in self.manifest["entries"] if entry["file"]]
        for entry in entries:
            try:
                self.part(entry)
            except (OSError, ValueError, pa.ArrowException) as error:
                self.problem(entry["file"], f"{type(error).__name__}: {error}")
        listed = {entry["file"] for entry in entries}
        for path in sorted(self.folder.glob("part-*.arrow")):
            if path.name not in listed:
                self.problem(path.name, "not in the manifest")
        try:
            self.failure_table(sum(entry["failures"] for entry in self.manifest["entries"]))
        except (OSError, ValueError, pa.ArrowException) as error:
            self.problem("failures.arrow", f"{type(error).__name__}: {error}")

    def part(self, entry: dict) -> None:
        name, rows = entry["file"], 0
        with pa.memory_map(str(self.folder / name)) as source:
            reader = pa.ipc.open_file(source)
            self.schema(name, reader.schema, entry["group"])
            for i in range(reader.num_record_batches):
                batch = reader.get_batch(i)
                batch.validate(full=True)
                rows += batch.num_rows
                self.batch(name, batch)
        self.rows += rows
        if rows != entry["rows"]:
            self.problem(name, f"{rows} rows, the manifest lists {entry['rows']}")

    def schema(self, name: str, schema: pa.Schema, group: str) -> None:
        for column, kind in PLAIN.items():
            if column not in schema.names:
                self.problem(name, f"no column {column}")
            elif schema.field(column).type != kind:
                self.problem(name, f"{column} is {schema.field(column).type}, want {kind}")
        views = [n for n in schema.names if n.startswith("view_")]
        if not views:
            self.problem(name, "no view columns")
        for column in views:
            kind = schema.field(column).type
            if not isinstance(kind, pa.FixedShapeTensorType) or kind.value_type != pa.uint8():
                self.problem(name, f"{column} is {kind}, want fixed_shape_tensor of uint8")
                continue
            want = self.shape or self.shapes.setdefault(f"{group} {column}".strip(), kind.shape)
            if kind.shape != want:
                self.problem(name, f"{column} has shape {kind.shape}, want {want}")
            number = column.removeprefix("view_")
            for other, other_kind in ((f"pts_{number}", pa.list_(pa.int64())), (f"plan_{number}", pa.utf8())):
                if other not in schema.names:
                    self.problem(name, f"no column {other}")
                elif not same_kind(schema.field(other).type, other_kind):
                    self.problem(name, f"{other} is {schema.field(other).type}, want {other_kind}")

    def batch(self, name: str, batch: pa.RecordBatch) -> None:
        for key in batch.column("key").to_pylist():
            if key is None:
                self.problem(name, "a key is null")
            elif key in self.keys:
                self.problem(name, f"key {key!r} appears twice")
            self.keys.add(key)
        for column in batch.schema.names:
            array = batch.column(column)
            if column.startswith("view_") and isinstance(array, pa.FixedShapeTensorArray):
                self.view(name, batch, column, array)

    def view(self, name: str, batch: pa.RecordBatch, column: str, array: pa.FixedShapeTensorArray) -> None:
        values = array.to_numpy_ndarray()
        shape = (batch.num_rows, *array.type.shape)
        if values.shape != shape or values.dtype != np.uint8:
            self.problem(name, f"{column} gives numpy {values.dtype}{values.shape}, want uint8{shape}")
        pixels = array.storage.flatten().buffers()[1]
        if self.raw and batch.num_rows and not inside(values, pixels):
            self.problem(name, f"{column} was copied on its way to numpy")
        number = column.removeprefix("view_")
        for pts, plan in zip(batch.column(f"pts_{number}").to_pylist(), batch.column(f"plan_{number}").to_pylist()):
            if len(pts) != array.type.shape[0] or None in pts:
                self.problem(name, f"pts_{number} has {len(pts)} entries for {array.type.shape[0]} frames")
            if not isinstance(json.loads(plan), dict):
                self.problem(name, f"plan_{number} is no JSON object")

    def failure_table(self, expected: int) -> None:
        path = self.folder / "failures.arrow"
        if not path.exists() and expected == 0:
            return
        with pa.memory_map(str(path)) as source:
            table = pa.ipc.open_file(source).read_all()
        self.failures = table.num_rows
        if table.schema.names != FAILURES:
            self.problem(path.name, f"columns {table.schema.names}, want {FAILURES}")
            return
        if table.num_rows != expected:
            self.problem(path.name, f"{table.num_rows} rows, the manifest lists {expected}")
        for key in table.column("key").to_pylist():
            if key in self.keys:
                self.problem(path.name, f"key {key!r} was delivered as well, or appears twice")
            self.keys.add(key)

    def summary(self) -> dict:
        complete = len(self.manifest["entries"]) == self.manifest["shards"]
        if complete and self.rows + self.failures != self.manifest["items"]:
            self.problem("manifest.json", f"{self.manifest['items']} items, {self.rows} rows, {self.failures} failures")
        shapes = {column: shape for column, shape in self.shapes.items()} or {"view_k": self.shape}
        return {
            "shards": len(self.manifest["entries"]), "complete": complete, "rows": self.rows,
            "failures": self.failures, "shapes": shapes, "ok": not self.problems, "problems": self.problems,
        }


def same_kind(a: pa.DataType, b: pa.DataType) -> bool:
    """Equal types, whatever the name and nullability of a list's items."""
    if pa.types.is_list(a) and pa.types.is_list(b):
        return a.value_type == b.value_type
    return a == b


def inside(values: np.ndarray, buffer: pa.Buffer) -> bool:
    """Whether the array's memory is the buffer's."""
    at = values.__array_interface__["data"][0]
    return buffer.address <= at and at + values.nbytes <= buffer.address + buffer.size


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shape", type=lambda s: [int(n) for n in s.split(",")], help="T,H,W,3 of every view")
    args = parser.parse_args()
    check = Check(args.folder, args.shape)
    check.run()
    summary = check.summary()
    print(json.dumps(summary))
    return 0 if summary["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
