"""Opens a shard with pyarrow and compares it with what the caller expects.

Usage: check_tensor.py FILE EXPECTED.json
"""

import json
import sys

import pyarrow as pa


def main(path, expected_path):
    with open(expected_path) as f:
        expected = json.load(f)
    with pa.memory_map(path) as source:
        reader = pa.ipc.open_file(source)
        for name, value in expected["metadata"].items():
            assert reader.schema.metadata[name.encode()] == value.encode(), reader.schema.metadata
        batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
        keys, tensors = [], []
        for batch in batches:
            batch.validate(full=True)
            keys += batch.column("key").to_pylist()
            column = batch.column("view_0")
            assert isinstance(column, pa.FixedShapeTensorArray), type(column)
            assert list(column.type.shape) == expected["shape"], column.type
            assert column.null_count == 0
            array = column.to_numpy_ndarray()
            assert list(array.shape) == [batch.num_rows] + expected["shape"], array.shape
            assert array.dtype == expected["dtype"], array.dtype
            if expected["compression"] == "raw":
                address = column.storage.flatten().buffers()[1].address
                assert array.__array_interface__["data"][0] == address, "copied"
            tensors += [list(row.tobytes()) for row in array]
    assert keys == expected["keys"], keys
    assert tensors == expected["tensors"], "other values"
    print("pyarrow", pa.__version__, "rows", len(keys))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
