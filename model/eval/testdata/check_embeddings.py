"""Checks an embeddings file against a JSON file: check_embeddings.py FILE EXPECTED."""

import json
import sys

import pyarrow as pa

path, expected = sys.argv[1:]
with open(expected, encoding="utf-8") as f:
    want = json.load(f)
table = pa.ipc.open_file(path).read_all()
table.validate(full=True)
assert table.schema.field("embedding").type == pa.list_(pa.float32(), want["dim"]), table.schema
assert table.column("key").to_pylist() == want["keys"]
assert table.column("label").to_pylist() == want["labels"]
assert table.schema.metadata == {k.encode(): v.encode() for k, v in want["metadata"].items()}, table.schema.metadata
x = table.column("embedding").combine_chunks().flatten().to_numpy().reshape(-1, want["dim"])
assert x.dtype == "float32" and x.tolist() == want["embeddings"]
print(len(x), "rows in", table.column("key").num_chunks, "batches")
