"""The peer of main.go: the same PGD of torchattacks on the same networks in PyTorch (scripts/model_zoo.py), and the same lines of JSON."""

import argparse
import json
import math
import resource
import sys
import time
from pathlib import Path

import torch
import torchattacks
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import model_zoo

CLASSES = 10
LAYOUTS = {"contiguous": torch.contiguous_format, "channels-last": torch.channels_last_3d}


class Normalized(nn.Module):
    """A network of pixels from 0 to 1."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model((x - 0.5) / 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-arch", default="r3d_18")
    parser.add_argument("-shape", default="4,3,16,112,112")
    parser.add_argument("-steps", type=int, default=20)
    parser.add_argument("-threads", type=int, default=2)
    parser.add_argument("-layout", choices=LAYOUTS, default="channels-last")
    parser.add_argument("-frozen", action="store_true", help="parameters need no gradient: less work than the library's default")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    zoo = model_zoo.build(args.arch, 1, 1, "", CLASSES)
    parameters = {name: p.numel() for name, p in zoo.named_parameters()}
    model = Normalized(zoo).eval().to(memory_format=LAYOUTS[args.layout])
    model.requires_grad_(not args.frozen)
    x = torch.rand([int(d) for d in args.shape.split(",")]).to(memory_format=LAYOUTS[args.layout])
    attack = torchattacks.PGD(model, 8 / 255, 2 / 255, args.steps, random_start=True)

    def run() -> None:
        with torch.inference_mode():
            labels = model(x).argmax(1)
        adversarial = attack(x, labels.clone())
        with torch.inference_mode():
            model(adversarial)

    run()
    print(json.dumps({"parameters": parameters}), flush=True)
    for line in sys.stdin:
        runs, seconds = line.split()
        best = best_cpu = math.inf
        done, began = 0, time.perf_counter()
        while done < int(runs) or time.perf_counter() - began < float(seconds):
            start, used = time.perf_counter(), time.process_time()
            run()
            best, best_cpu = min(best, time.perf_counter() - start), min(best_cpu, time.process_time() - used)
            done += 1
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(json.dumps({"seconds": best, "cpu_seconds": best_cpu, "peak_mb": peak, "runs": done}), flush=True)


if __name__ == "__main__":
    main()
