"""The peer of main.go: MoCo v2's step with torchvision's R3D-18 against a full queue, and the same lines of JSON.

peer.py [-layout channels-last|contiguous] [-bf16] [-threads N]
"""

import argparse
import copy
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models.video import r3d_18

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]

import turns  # noqa: E402
from peer import LAYOUTS, Queue  # noqa: E402

BATCH, SHAPE, QUEUE, DIM, SAMPLES = 4, (16, 112, 112, 3), 65536, 128, 10000
TEMPERATURE, MOMENTUM, RATE = 0.2, 0.999, 0.03
MEAN, STD = (0.43216, 0.394666, 0.37645), (0.22803, 0.22145, 0.216989)


class Net(nn.Module):
    """R3D-18 and MoCo v2's projection head."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = r3d_18()
        width = self.encoder.fc.in_features
        self.encoder.fc = nn.Identity()
        self.head = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, DIM))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.normalize(self.head(self.encoder(x)).float(), dim=1)


class Step:
    def __init__(self, layout: str, bf16: bool) -> None:
        self.layout, self.half = LAYOUTS[layout], torch.autocast("cpu", torch.bfloat16, enabled=bf16)
        self.net = Net().to(memory_format=self.layout).train()
        self.key = copy.deepcopy(self.net).requires_grad_(False)
        self.sgd = torch.optim.SGD(self.net.parameters(), RATE, momentum=0.9, weight_decay=1e-4, fused=True)
        self.queue = Queue(QUEUE, DIM)
        self.queue.push(F.normalize(torch.randn(QUEUE, DIM), dim=1), torch.arange(QUEUE) % SAMPLES)
        self.mean, self.std = (torch.tensor(v)[:, None, None, None] for v in (MEAN, STD))
        self.samples, self.views = torch.arange(BATCH), torch.randint(256, (2, BATCH, *SHAPE), dtype=torch.uint8)

    def clips(self, view: int) -> torch.Tensor:
        """uint8 [N, T, H, W, 3] -> float [N, 3, T, H, W], normalized"""
        x = self.views[view].permute(0, 4, 1, 2, 3).contiguous(memory_format=self.layout)
        return x.float().div_(255).sub_(self.mean).div_(self.std)

    def __call__(self) -> None:
        with self.half:
            query = self.net(self.clips(0))
        with torch.no_grad(), self.half:
            keys = self.key(self.clips(1))
        loss = self.queue.loss(query, keys, self.samples, TEMPERATURE)
        self.sgd.zero_grad()
        loss.backward()
        self.sgd.step()
        self.queue.push(keys, self.samples)
        with torch.no_grad():
            torch._foreach_lerp_(list(self.key.parameters()), list(self.net.parameters()), 1 - MOMENTUM)
        loss.item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-layout", choices=LAYOUTS, default="channels-last")
    parser.add_argument("-bf16", action="store_true")
    parser.add_argument("-threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    step = Step(args.layout, args.bf16)
    turns.serve(step.net, step)


if __name__ == "__main__":
    main()
