"""The peer of main.go: the same networks in PyTorch (scripts/model_zoo.py), and the same lines of JSON.

-bf16 is autocast; with -cast the model itself is of bfloat16, for inference, where now the one is faster and now the other.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "scripts"), str(HERE.parent)]

import model_zoo  # noqa: E402
import turns  # noqa: E402

CLASSES = 10
LAYOUTS = {
    "contiguous": {4: torch.contiguous_format, 5: torch.contiguous_format},
    "channels-last": {4: torch.channels_last, 5: torch.channels_last_3d},
}


def training(model: nn.Module, x: torch.Tensor, bf16: bool) -> Callable[[], object]:
    """A step: forward, backward, SGD, in the fastest of PyTorch's implementations of it."""
    labels = torch.arange(len(x)) % CLASSES
    sgd = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, weight_decay=1e-4, fused=True)
    model.train()

    def step() -> None:
        sgd.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            loss = nn.functional.cross_entropy(model(x), labels)
        loss.backward()
        sgd.step()

    return step


def inference(model: nn.Module, x: torch.Tensor, bf16: bool) -> Callable[[], object]:
    model.eval()

    def step() -> None:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            model(x)

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-arch", default="r3d_18")
    parser.add_argument("-width", type=float, default=1)
    parser.add_argument("-depth", type=float, default=1)
    parser.add_argument("-stem", default="")
    parser.add_argument("-shape", default="4,3,16,112,112")
    parser.add_argument("-train", action="store_true")
    parser.add_argument("-bf16", action="store_true")
    parser.add_argument("-cast", action="store_true")
    parser.add_argument("-threads", type=int, default=2)
    parser.add_argument("-layout", choices=LAYOUTS, default="channels-last")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    model = model_zoo.build(args.arch, args.width, args.depth, args.stem, CLASSES)
    x = torch.randn([int(d) for d in args.shape.split(",")])
    if not any(isinstance(m, nn.Conv3d) for m in model.modules()):
        x = x.squeeze(2)  # a model of images
    layout = LAYOUTS[args.layout][x.dim()]
    dtype = torch.bfloat16 if args.cast else torch.float32
    model, x = model.to(dtype=dtype, memory_format=layout), x.to(dtype=dtype, memory_format=layout)
    step = (training if args.train else inference)(model, x, args.bf16)
    turns.serve(model, step)


if __name__ == "__main__":
    main()
