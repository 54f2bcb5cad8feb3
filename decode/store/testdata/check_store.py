"""Reads a shard of encoded clips with pyarrow alone: FILE DIR CODEC, where DIR/ROW-FRAME are the files of column view_1."""
import json
import pathlib
import sys

import pyarrow as pa

path, files, codec = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
table = pa.ipc.open_file(pa.memory_map(path)).read_all()
field = table.schema.field("view_1")
storage = pa.list_(pa.field("item", pa.binary(), nullable=False)) if codec == "jpeg" else pa.binary()
assert field.type == storage, field.type
assert field.metadata[b"ARROW:extension:name"] == b"vidcsl.encoded_clip", field.metadata
meta = json.loads(field.metadata[b"ARROW:extension:metadata"])
assert meta["codec"] == codec and meta["shape"] == [3, 20, 24, 3], meta

column = table["view_1"]
for i in range(len(column)):
    row = column[i].as_py()
    row = row if codec == "jpeg" else [row]
    assert len(row) == (3 if codec == "jpeg" else 1)
    for k, got in enumerate(row):
        assert got == (files / f"{i}-{k}").read_bytes(), (i, k)
        assert got[:3] == b"\xff\xd8\xff" if codec == "jpeg" else got[4:8] == b"ftyp"


class EncodedClip(pa.ExtensionType):
    def __init__(self, storage, meta):
        self.meta = meta
        super().__init__(storage, "vidcsl.encoded_clip")

    def __arrow_ext_serialize__(self):
        return json.dumps(self.meta).encode()

    @classmethod
    def __arrow_ext_deserialize__(cls, storage, serialized):
        return cls(storage, json.loads(serialized))


pa.register_extension_type(EncodedClip(pa.binary(), {}))
table = pa.ipc.open_file(pa.memory_map(path)).read_all()
known = table["view_1"].type
assert isinstance(known, EncodedClip) and known.meta == meta, known
table.validate(full=True)
print(f"{codec}: {known.storage_type}, {meta}")
