"""The recipes of bench/train in PyTorch: trains on the batches, from the weights and at the rates that the Go side wrote down.

    peer.py FOLDER

FOLDER holds meta.json, weights.safetensors, batches.u8 [steps, views, N, T, H, W], batches.i32 [steps, N] and, for kNN, train.u8 and test.u8 [n, T, H, W]
with train.i32 and test.i32. Pictures are grey. Prints one JSON object: the losses, the seconds of training, kNN accuracy, the peak of memory.
"""

import copy
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

STRIDES = [(1, 2, 2), (2, 2, 2), (1, 2, 2), (2, 1, 1)]


def safetensors(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a file of float32 tensors."""
    raw = path.read_bytes()
    n = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8 : 8 + n])
    header.pop("__metadata__", None)
    out = {}
    for name, t in header.items():
        begin, end = (8 + n + at for at in t["data_offsets"])
        out[name] = torch.from_numpy(np.frombuffer(raw[begin:end], np.float32).reshape(t["shape"]).copy())
    return out


class Layer(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: tuple[int, int, int]) -> None:
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn = nn.BatchNorm3d(outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.bn(self.conv(x)), inplace=True)


class Encoder(nn.Module):
    """tiny3d of package model/nn."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        channels = [3, 16, 32, 64, 128]
        self.layers = nn.Sequential(*[Layer(a, b, s) for a, b, s in zip(channels, channels[1:], STRIDES, strict=True)])
        if classes:
            self.fc = nn.Linear(128, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x).mean((2, 3, 4))


class Net(nn.Module):
    """The encoder with a classifier, or with MoCo v2's projection head."""

    def __init__(self, classes: int, dim: int) -> None:
        super().__init__()
        self.encoder = Encoder(classes)
        if not classes:
            self.head = nn.Sequential(nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, dim))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.encoder(x).float()
        return self.encoder.fc(h) if hasattr(self.encoder, "fc") else F.normalize(self.head(h), dim=1)


def clips(x: np.ndarray, meta: dict) -> torch.Tensor:
    """uint8 [N, T, H, W] -> float [N, 3, T, H, W]"""
    t = torch.from_numpy(np.ascontiguousarray(x)).float().div_(255)[:, None]
    t = (t - meta["mean"]) / meta["std"]
    return t.expand(-1, 3, -1, -1, -1).contiguous(memory_format=torch.channels_last_3d)


def knn(train: torch.Tensor, labels: torch.Tensor, test: torch.Tensor, truth: torch.Tensor, k: int, temperature: float) -> float:
    mean = train.mean(0)
    sim = F.normalize(test - mean, dim=1) @ F.normalize(train - mean, dim=1).t()
    v, i = sim.topk(k, 1)
    votes = torch.zeros(len(test), int(labels.max()) + 1).scatter_add_(1, labels[i], torch.exp(v / temperature))
    return (votes.argmax(1) == truth).float().mean().item()


def train(folder: Path, meta: dict) -> tuple[Net, list[float], float]:
    steps, n, shape = meta["steps"], meta["batch"], meta["shape"]
    views = np.memmap(folder / "batches.u8", np.uint8, "r", shape=(steps, meta["views"], n, *shape))
    labels = torch.from_numpy(np.fromfile(folder / "batches.i32", np.int32).reshape(steps, n).astype(np.int64))
    net = Net(meta["classes"] if meta["objective"] == "supervised" else 0, meta["dim"])
    weights = safetensors(folder / "weights.safetensors")
    missing = net.load_state_dict(weights, strict=False).missing_keys
    assert all(m.endswith("num_batches_tracked") for m in missing), missing
    net = net.to(memory_format=torch.channels_last_3d)
    key = copy.deepcopy(net).requires_grad_(False)
    queue, filled, at = torch.zeros(meta["queue"] or 1, meta["dim"]), 0, 0
    optimiser = torch.optim.SGD(
        net.parameters(), lr=1, momentum=meta["sgd_momentum"], weight_decay=meta["weight_decay"], nesterov=meta["nesterov"]
    )
    losses, seconds = [], 0.0
    for step in range(steps):
        batch = [np.array(v) for v in views[step]]  # reading the file is not the recipe's time
        start = time.perf_counter()
        optimiser.param_groups[0]["lr"] = meta["lr"][step]
        with torch.autocast("cpu", torch.bfloat16, enabled=meta["bf16"]):
            out = net(clips(batch[0], meta))
        if meta["objective"] == "supervised":
            loss = F.cross_entropy(out.float(), labels[step])
        else:
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16, enabled=meta["bf16"]):
                for p, q in zip(key.parameters(), net.parameters(), strict=True):
                    p.mul_(meta["momentum"]).add_(q, alpha=1 - meta["momentum"])
                k = key(clips(batch[1], meta)).float()
            out = out.float()
            logits = torch.cat([(out * k).sum(1, keepdim=True), out @ queue[:filled].t()], 1) / meta["temperature"]
            own = torch.zeros(n, dtype=torch.int64)
            if "index" in meta:
                mine = torch.tensor(meta["index"][step])
                ids = torch.tensor(meta.setdefault("ids", [])[:filled] if filled else [], dtype=torch.int64)
                logits[:, 1:].masked_fill_(mine[:, None] == ids[None], -torch.inf)
            loss = F.cross_entropy(logits, own)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if meta["objective"] != "supervised":
            place = (torch.arange(n) + at) % meta["queue"]
            queue[place] = k
            if "index" in meta:
                ids = meta["ids"]
                for p, i in zip(place.tolist(), meta["index"][step], strict=True):
                    ids[p : p + 1] = [i]
            at, filled = (at + n) % meta["queue"], min(filled + n, meta["queue"])
        losses.append(loss.item())
        seconds += time.perf_counter() - start
    return net.eval(), losses, seconds


def features(net: Net, folder: Path, name: str, meta: dict) -> tuple[torch.Tensor, torch.Tensor]:
    labels = torch.from_numpy(np.fromfile(folder / f"{name}.i32", np.int32).astype(np.int64))
    x = np.memmap(folder / f"{name}.u8", np.uint8, "r", shape=(len(labels), *meta["shape"]))
    with torch.no_grad():
        return torch.cat([net.encoder(clips(x[i : i + 200], meta)) for i in range(0, len(x), 200)]), labels


def main() -> None:
    folder = Path(sys.argv[1])
    meta = json.loads((folder / "meta.json").read_text())
    torch.set_num_threads(meta["threads"])
    net, losses, seconds = train(folder, meta)
    accuracy = knn(*features(net, folder, "train", meta), *features(net, folder, "test", meta), meta["knn"], meta["knn_temperature"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "knn": accuracy, "peak_mb": peak, "losses": losses}))


if __name__ == "__main__":
    main()
