"""Contestants that take turns: processes that answer a line with the best of some runs, see main.go."""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess

FIGURES = ("seconds", "cpu_seconds", "peak_mb")


class Contestant:
    """A process with one network, which has run once. What it says on standard error is seen."""

    def __init__(self, name: str, command: list[str], cwd: str) -> None:
        self.name, self.runs = name, []
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=cwd)
        try:
            self.ready = self.answer()
        except BaseException:
            self.close()
            raise

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} died, with status {self.process.wait()}")
        return json.loads(line)

    def turn(self, steps: int, seconds: float) -> dict:
        """The best of at least so many runs that take at least so long together."""
        with contextlib.suppress(BrokenPipeError):  # then there is no answer either
            self.process.stdin.write(f"{steps} {seconds}\n")
            self.process.stdin.flush()
        self.runs.append(self.answer())
        return self.runs[-1]

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def figures(self, ours: Contestant) -> dict:
        """Medians over the rounds; ratios, theirs / ours, are medians of those of each round."""
        seconds = [run["seconds"] for run in self.runs]
        ratios = {f: [run[f] / own[f] for run, own in zip(self.runs, ours.runs, strict=True)] for f in FIGURES}
        return {
            "contestant": self.name,
            **{f: round(statistics.median(run[f] for run in self.runs), 5) for f in FIGURES},
            "seconds_min": round(min(seconds), 5),
            "seconds_max": round(max(seconds), 5),
            "ours_faster_wall": round(statistics.median(ratios["seconds"]), 2),
            "ours_faster_wall_min": round(min(ratios["seconds"]), 2),
            "ours_faster_wall_max": round(max(ratios["seconds"]), 2),
            "ours_faster_cpu": round(statistics.median(ratios["cpu_seconds"]), 2),
            "ours_smaller_peak": round(statistics.median(ratios["peak_mb"]), 2),
        }


def check_parameters(contestants: list[Contestant]) -> int:
    """How many numbers the network has to learn; all must have the same parameters of the same sizes."""
    first = contestants[0]
    ours = first.ready["parameters"]
    for other in contestants[1:]:
        theirs = other.ready["parameters"]
        for name in sorted(ours.keys() | theirs.keys()):
            mine, its = ours.get(name), theirs.get(name)
            if mine != its:
                raise RuntimeError(f"not the same network: {name} is of {mine} in {first.name}, of {its} in {other.name}")
    return sum(ours.values())


def summary(contestants: list[Contestant]) -> dict:
    """Figures of all, ours first, and the ratios to the fastest of the others."""
    results = [c.figures(contestants[0]) for c in contestants]
    best = min(results[1:], key=lambda r: r["seconds"])
    ratios = {key: value for key, value in best.items() if key.startswith("ours_")}
    return {"best_peer": best["contestant"], **ratios, "results": results}


def table(setting: dict) -> str:
    lines = [
        f"\n{setting['case']}, {setting['dtype']}: ours x{setting['ours_faster_wall']:.2f}"
        f" [{setting['ours_faster_wall_min']:.2f}-{setting['ours_faster_wall_max']:.2f}]"
        f" of the best peer, {setting['best_peer']}",
        f"  {'':30} {'ms':>9} {'[min-max]':>17} {'cpu ms':>9} {'peak MB':>8}   ours better: wall [min-max], cpu, peak",
    ]
    for r in setting["results"]:
        span = f"[{r['seconds_min'] * 1e3:.1f}-{r['seconds_max'] * 1e3:.1f}]"
        lines.append(
            f"  {r['contestant']:30} {r['seconds'] * 1e3:9.1f} {span:>17} {r['cpu_seconds'] * 1e3:9.1f} {r['peak_mb']:8.0f}"
            f"   x{r['ours_faster_wall']:.2f} [{r['ours_faster_wall_min']:.2f}-{r['ours_faster_wall_max']:.2f}],"
            f" x{r['ours_faster_cpu']:.2f}, x{r['ours_smaller_peak']:.2f}"
        )
    return "\n".join(lines)
