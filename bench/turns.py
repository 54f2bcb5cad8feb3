"""What the peers that take turns with a Go program share: its protocol, see model/contest.py and model/main.go."""

import json
import math
import resource
import sys
import time
from collections.abc import Callable

from torch import nn


def serve(model: nn.Module, step: Callable[[], object]) -> None:
    """Runs once, says what the model's parameters are, and then answers the lines of standard input until it ends."""
    step()
    print(json.dumps({"parameters": {name: p.numel() for name, p in model.named_parameters()}}), flush=True)
    for line in sys.stdin:
        steps, seconds = line.split()
        print(json.dumps(measure(step, int(steps), float(seconds))), flush=True)


def measure(step: Callable[[], object], steps: int, seconds: float) -> dict:
    """The best of at least so many runs that take at least so long together."""
    best = best_cpu = math.inf
    done, began = 0, time.perf_counter()
    while done < steps or time.perf_counter() - began < seconds:
        start, used = time.perf_counter(), time.process_time()
        step()
        best, best_cpu = min(best, time.perf_counter() - start), min(best_cpu, time.process_time() - used)
        done += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    return {"seconds": best, "cpu_seconds": best_cpu, "peak_mb": peak, "steps": done}
