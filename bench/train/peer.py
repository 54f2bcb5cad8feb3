"""The recipes of main.go in PyTorch: trains on the batches, from the weights and at the rates that it wrote down.

    peer.py FOLDER [--layout channels-last|contiguous] [--steps N]

FOLDER holds meta.json, weights.safetensors, batches.u8 [steps, views, N, T, H, W], batches.i32 [steps, N] and, for kNN,
train.u8 and test.u8 [n, T, H, W] with train.i32 and test.i32. Pictures are grey. Prints one JSON object: the losses, the
seconds of training, kNN accuracy, the peak of memory. With --steps it ends after so many, without kNN: another layout
sums in another order, and how far its losses are from those of the first says what rounding alone does.
"""

import argparse
import copy
import json
import resource
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

CHANNELS = [3, 16, 32, 64, 128]
LAYOUTS = {"channels-last": torch.channels_last_3d, "contiguous": torch.contiguous_format}
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
        self.layers = nn.Sequential(*[Layer(*layer) for layer in zip(CHANNELS, CHANNELS[1:], STRIDES)])
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
    t = torch.from_numpy(np.array(x)).float().div_(255)[:, None]
    t = (t - meta["mean"]) / meta["std"]
    return t.expand(-1, 3, -1, -1, -1).contiguous(memory_format=LAYOUTS[meta["layout"]])


def knn(train: torch.Tensor, labels: torch.Tensor, test: torch.Tensor, truth: torch.Tensor, meta: dict) -> float:
    """The share of the test clips whose nearest training clips vote for their class, with features centred."""
    mean = train.mean(0)
    sim = F.normalize(test - mean, dim=1) @ F.normalize(train - mean, dim=1).t()
    v, i = sim.topk(meta["knn"], 1)
    votes = torch.zeros(len(test), int(labels.max()) + 1).scatter_add_(1, labels[i], torch.exp(v / meta["knn_temperature"]))
    return (votes.argmax(1) == truth).float().mean().item()


class Queue:
    """The latest keys, and which samples they are of. The loss sees those that were written, less the own sample's."""

    def __init__(self, size: int, dim: int) -> None:
        self.keys, self.samples = torch.zeros(size, dim), torch.full((size,), -1)
        self.filled = self.at = 0

    def loss(self, query: torch.Tensor, key: torch.Tensor, samples: torch.Tensor, temperature: float) -> torch.Tensor:
        """InfoNCE of queries and their keys, both [N, D] of length 1: the mean over the batch."""
        negatives = query @ self.keys[: self.filled].t()
        negatives = negatives.masked_fill(samples[:, None] == self.samples[None, : self.filled], -torch.inf)
        logits = torch.cat([(query * key).sum(1, keepdim=True), negatives], 1) / temperature
        return F.cross_entropy(logits, torch.zeros(len(query), dtype=torch.int64))

    def push(self, keys: torch.Tensor, samples: torch.Tensor) -> None:
        """Writes over the oldest keys."""
        place = (torch.arange(len(keys)) + self.at) % len(self.keys)
        self.keys[place], self.samples[place] = keys, samples
        self.at = (self.at + len(keys)) % len(self.keys)
        self.filled = min(self.filled + len(keys), len(self.keys))


class Recipe:
    """The networks, the optimiser and the queue of a run. The key encoder is in training mode as well."""

    def __init__(self, folder: Path, meta: dict) -> None:
        self.meta = meta
        self.moco = meta["objective"] == "moco"
        self.net = Net(0 if self.moco else meta["classes"], meta["dim"])
        missing = self.net.load_state_dict(safetensors(folder / "weights.safetensors"), strict=False).missing_keys
        assert all(m.endswith("num_batches_tracked") for m in missing), missing
        self.net = self.net.to(memory_format=LAYOUTS[meta["layout"]])
        self.key = copy.deepcopy(self.net).requires_grad_(False)
        self.queue = Queue(meta["queue"], meta["dim"])
        rule = {"momentum": meta["sgd_momentum"], "weight_decay": meta["weight_decay"], "nesterov": meta["nesterov"]}
        self.optimiser = torch.optim.SGD(self.net.parameters(), lr=1, fused=True, **rule)

    def step(self, views: list[np.ndarray], labels: torch.Tensor, samples: torch.Tensor, rate: float) -> float:
        """Makes a step and returns its loss."""
        self.optimiser.param_groups[0]["lr"] = rate
        half = torch.autocast("cpu", torch.bfloat16, enabled=self.meta["bf16"])
        with half:
            out = self.net(clips(views[0], self.meta)).float()
        if self.moco:
            with torch.no_grad(), half:
                keys = self.key(clips(views[1], self.meta)).float()
            loss = self.queue.loss(out, keys, samples, self.meta["temperature"])
        else:
            loss = F.cross_entropy(out, labels)
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        if self.moco:
            self.queue.push(keys, samples)
            self.follow()
        return loss.item()

    @torch.no_grad()
    def follow(self) -> None:
        """Moves the key encoder towards the encoder after its step: the weights alone."""
        keys, queries = list(self.key.parameters()), list(self.net.parameters())
        torch._foreach_lerp_(keys, queries, 1 - self.meta["momentum"])


def train(folder: Path, meta: dict, stop: int) -> tuple[Net, list[float], float]:
    steps, n = meta["steps"], meta["batch"]
    views = np.memmap(folder / "batches.u8", np.uint8, "r", shape=(steps, meta["views"], n, *meta["shape"]))
    labels = torch.from_numpy(np.fromfile(folder / "batches.i32", np.int32).reshape(steps, n).astype(np.int64))
    samples = torch.tensor(meta["index"])
    recipe, losses, seconds = Recipe(folder, meta), [], 0.0
    for i in range(stop):
        batch = [np.array(v) for v in views[i]]  # reading the file is not the recipe's time
        start = time.perf_counter()
        losses.append(recipe.step(batch, labels[i], samples[i], meta["lr"][i]))
        seconds += time.perf_counter() - start
    return recipe.net.eval(), losses, seconds


def features(net: Net, folder: Path, name: str, meta: dict) -> tuple[torch.Tensor, torch.Tensor]:
    labels = torch.from_numpy(np.fromfile(folder / f"{name}.i32", np.int32).astype(np.int64))
    x = np.memmap(folder / f"{name}.u8", np.uint8, "r", shape=(len(labels), *meta["shape"]))
    with torch.no_grad():
        return torch.cat([net.encoder(clips(x[i : i + 200], meta)) for i in range(0, len(x), 200)]), labels


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--layout", choices=LAYOUTS, default="channels-last")
    parser.add_argument("--steps", type=int)
    args = parser.parse_args()
    folder, meta = args.folder, json.loads((args.folder / "meta.json").read_text())
    meta["layout"] = args.layout
    torch.set_num_threads(meta["threads"])
    net, losses, seconds = train(folder, meta, min(args.steps or meta["steps"], meta["steps"]))
    report = {"seconds": seconds, "losses": losses}
    if not args.steps:
        report["knn"] = knn(*features(net, folder, "train", meta), *features(net, folder, "test", meta), meta)
    report["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(report))


if __name__ == "__main__":
    main()
