#!/usr/bin/env python3
"""Checks that weights go from package model/nn to torchvision and back. Needs torch, torchvision, numpy.

    check_weights.py FOLDER

For every ARCH.safetensors in the folder: it must load strictly, and give the tensor output of ARCH.result.safetensors
for the tensor input there. Then weights of torchvision's model as they start, with its counters, are written to
ARCH.theirs.safetensors. The models are torchvision's own, with ten classes.
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from model_zoo import PUBLISHED, build

TYPES = {"F32": np.float32, "I64": np.int64}


def read(path: Path) -> dict[str, torch.Tensor]:
    """Every tensor of a safetensors file."""
    raw = path.read_bytes()
    (n,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + n])
    header.pop("__metadata__", None)
    out = {}
    for name, info in header.items():
        begin, end = info["data_offsets"]
        values = np.frombuffer(raw[8 + n + begin : 8 + n + end], TYPES[info["dtype"]])
        out[name] = torch.from_numpy(values.copy().reshape(info["shape"]))
    return out


def write(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Writes a safetensors file."""
    header, data = {}, b""
    for name, t in tensors.items():
        values = t.detach().contiguous().numpy().tobytes()
        dtype = {torch.float32: "F32", torch.int64: "I64"}[t.dtype]
        header[name] = {"dtype": dtype, "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def check(folder: Path, arch: str) -> bool:
    """Checks one model and writes one."""
    model = build(arch)
    write(folder / f"{arch}.theirs.safetensors", model.state_dict())
    model.load_state_dict(read(folder / f"{arch}.safetensors"), strict=True)
    result = read(folder / f"{arch}.result.safetensors")
    x = result["input"].flatten(1, 2) if arch.startswith("resnet") else result["input"]
    with torch.no_grad():
        y = model.eval()(x)
    off = ((y - result["output"]).abs().max() / y.abs().max()).item()
    print(f"{arch}: outputs differ by {off:.1e} of the largest")
    return off < 1e-4


def main() -> None:
    """Runs the command."""
    folder = Path(sys.argv[1])
    torch.manual_seed(1)
    archs = [a for a in sorted(PUBLISHED) if (folder / f"{a}.safetensors").exists()]
    if not archs or not all([check(folder, a) for a in archs]):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
