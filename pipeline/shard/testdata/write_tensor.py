"""Writes a file with one column of four uint8 tensors of shape [2, 3], 0 to 23, with pyarrow.

Usage: write_tensor.py FILE
"""

import sys

import numpy as np
import pyarrow as pa

column = pa.FixedShapeTensorArray.from_numpy_ndarray(np.arange(24, dtype=np.uint8).reshape(4, 2, 3))
table = pa.table({"view_0": column})
with pa.ipc.new_file(sys.argv[1], table.schema) as writer:
    writer.write_table(table, max_chunksize=3)
