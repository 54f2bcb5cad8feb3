#!/usr/bin/env python3
"""Runs the decoding benchmark: this project's decoder and its peers, interleaved.

    run.py [--rounds 7] [--deadline 900] [--corpora g12,g250,avi] [--workers 1,2] [--json PATH]

Every contestant is a set of server processes, one per worker, started once. In each round every
contestant decodes every plan once, in an order drawn anew, so that a change in the machine's speed
hits all of them. The first round warms up and is dropped. Peers run in the Python that VIDCSL_PEERS
names, or in .venv/peers, made from requirements.txt. Standard library only.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import corpus  # noqa: E402
import machine  # noqa: E402

ROOT = machine.ROOT
OURS = "vidcsl"
PEERS = ["pyav", "pyav-tuned", "decord", "torchcodec", "opencv"]
Runs = dict[tuple[str, int, str], list[dict]]


def build(folder: Path) -> Path:
    binary = folder / "decode-bench"
    subprocess.run(["go", "build", "-o", str(binary), "./bench/decode"], cwd=ROOT, check=True)
    return binary


class Contestant:
    """Server processes that decode a plan together, each its share."""

    def __init__(self, name: str, command: list[str], workers: int) -> None:
        self.name = name
        pipe = subprocess.PIPE
        self.processes = [
            subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
            for _ in range(workers)
        ]

    def run(self, plan: Path, workers: int) -> dict:
        began = time.monotonic()
        used = self.processes[:workers]
        for i, process in enumerate(used):
            process.stdin.write(f"{plan} {i} {workers}\n")
            process.stdin.flush()
        answers = [process.stdout.readline() for process in used]
        wall = time.monotonic() - began
        if not all(answers):
            raise RuntimeError(f"{self.name} died on {plan.name}")
        parts = [json.loads(answer) for answer in answers]
        summed = {key: sum(part[key] for part in parts) for key in ("cpu", "errs", "clips", "rss", "peak")}
        return summed | {"wall": wall}

    def close(self) -> None:
        for process in self.processes:
            process.stdin.close()
            process.wait()


def measure(contestants: list[Contestant], plans: dict[str, Path], workers: list[int],
            rounds: int, deadline: float) -> tuple[Runs, int]:
    """All rounds; stops early at the deadline, after a whole round. Returns runs and rounds done."""
    runs: Runs = {}
    end, rng, done, longest = time.monotonic() + deadline, random.Random(corpus.SEED), 0, 0.0
    for number in range(rounds + 1):
        began = time.monotonic()
        if number > 1 and began + longest > end:
            break
        for name, plan in plans.items():
            for count in workers:
                for contestant in rng.sample(contestants, len(contestants)):
                    result = contestant.run(plan, count)
                    if number > 0:
                        runs.setdefault((name, count, contestant.name), []).append(result)
        longest, done = max(longest, time.monotonic() - began), number
        print(f"round {number} of {rounds}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    return runs, done


def figures(runs: list[dict], ours: list[dict]) -> dict:
    """Medians of one contestant in one setting; ratios are medians of the per-round ratios."""
    clips = runs[0]["clips"]
    speeds = [clips / run["wall"] for run in runs]
    rates = [run["wall"] / own["wall"] for run, own in zip(runs, ours)]
    return {
        "clips_per_s": round(statistics.median(speeds), 1),
        "clips_per_s_min": round(min(speeds), 1),
        "clips_per_s_max": round(max(speeds), 1),
        "cpu_ms_per_clip": round(statistics.median(run["cpu"] for run in runs) / clips * 1e3, 2),
        "rss_mib": round(runs[-1]["rss"]),
        "peak_rss_mib": round(runs[-1]["peak"]),
        "errors": max(run["errs"] for run in runs),
        "ours_faster_wall": round(statistics.median(rates), 2),
        "ours_faster_wall_min": round(min(rates), 2),
        "ours_faster_wall_max": round(max(rates), 2),
        "ours_faster_cpu": round(statistics.median(r["cpu"] / o["cpu"] for r, o in zip(runs, ours)), 2),
    }


def compare(python: str, binary: Path, plans: dict[str, Path], names: list[str]) -> dict:
    """Every contestant's pixels against ffmpeg's; see compare.py."""
    verdicts = {}
    with tempfile.TemporaryDirectory() as folder:
        for corpus_name, plan in plans.items():
            dumps = []
            for name in names:
                path = Path(folder) / name
                command = [str(binary)] if name == OURS else [python, str(HERE / "peers.py"), name]
                command += ["-plan" if name == OURS else "--plan", str(plan)]
                command += ["-dump" if name == OURS else "--dump", str(path)]
                subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
                dumps.append(f"{name}={path}")
            command = [python, str(HERE / "compare.py"), str(plan), *dumps]
            verdicts[corpus_name] = json.loads(subprocess.check_output(command, text=True))
    return verdicts


def versions(python: str) -> dict:
    found = {
        "vidcsl": machine.output(["git", "describe", "--always", "--dirty"]),
        "go": machine.output(["go", "env", "GOVERSION"]),
        "go-astiav": machine.output(["go", "list", "-m", "-f", "{{.Version}}", "github.com/asticode/go-astiav"]),
        "libavcodec": machine.output(["pkg-config", "--modversion", "libavcodec"]),
        "ffmpeg": machine.output(["ffmpeg", "-version"]).splitlines()[0].split()[2],
    }
    return found | json.loads(machine.output([python, str(HERE / "peers.py"), "--versions"]))


def table(results: list[dict]) -> str:
    lines = []
    for result in results:
        if result["contestant"] == OURS:
            lines.append(f"\n{result['corpus']}, {result['workers']} worker(s)")
            lines.append(f"  {'':11} {'clips/s':>8} {'[min-max]':>13} {'cpu ms/clip':>12} {'rss':>5} {'peak':>5}"
                         f" {'err':>4}   ours faster: wall [min-max], cpu")
        span = f"[{result['clips_per_s_min']:.0f}-{result['clips_per_s_max']:.0f}]"
        rates = f"x{result['ours_faster_wall']:.2f} [{result['ours_faster_wall_min']:.2f}-{result['ours_faster_wall_max']:.2f}], x{result['ours_faster_cpu']:.2f}"
        lines.append(f"  {result['contestant']:11} {result['clips_per_s']:8.1f} {span:>13} {result['cpu_ms_per_clip']:12.2f}"
                     f" {result['rss_mib']:5} {result['peak_rss_mib']:5} {result['errors']:4}"
                     f"   {'' if result['contestant'] == OURS else rates}")
    return "\n".join(lines)


def equality(verdicts: dict) -> str:
    lines = ["\nequal work: median PSNR against ffmpeg's frames: scaled then cropped / cropped then scaled / the same, area filter"]
    for name, contestants in verdicts.items():
        for contestant, v in contestants.items():
            lines.append(f"  {name:5} {contestant:11} {' / '.join(str(v.get(f'psnr_{way}_db')) for way in ('scaled', 'cropped', 'area'))} dB,"
                         f" worst {v.get('psnr_min_db')}, wrong frames {v.get('wrong_frames', 0)} of {v['frames']}"
                         f" (commonest offset {v.get('commonest_offset', 0):+d}), failed items {v['failed_items']}")
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--deadline", type=float, default=900, help="seconds for the rounds")
    parser.add_argument("--corpora", default="g12,g250,avi")
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--contestants", default=",".join([OURS, *PEERS]), help="must include " + OURS)
    parser.add_argument("--folder", type=Path, default=ROOT / ".cache" / "bench", help="for videos and plans")
    parser.add_argument("--no-compare", action="store_true", help="skip the check of equal work")
    parser.add_argument("--json", type=Path, help="also write the results there")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    names = args.contestants.split(",")
    workers = sorted(int(count) for count in args.workers.split(","))
    if OURS not in names or not set(names) <= {OURS, *PEERS}:
        sys.exit(f"contestants are {OURS} and any of {', '.join(PEERS)}")
    corpus.make(args.folder)
    plans = {name: args.folder.resolve() / f"plan_{name}.json" for name in args.corpora.split(",")}
    python = machine.peers_python("peers", HERE / "requirements.txt")
    with tempfile.TemporaryDirectory() as folder:
        binary = build(Path(folder))
        verdicts = {} if args.no_compare else compare(python, binary, plans, names)
        if verdicts:
            print(equality(verdicts))
        commands = {name: [python, str(HERE / "peers.py"), name] for name in names} | {OURS: [str(binary)]}
        contestants = [Contestant(name, commands[name], max(workers)) for name in names]
        try:
            runs, rounds = measure(contestants, plans, workers, args.rounds, args.deadline)
        finally:
            for contestant in contestants:
                contestant.close()
    order = [OURS, *(name for name in names if name != OURS)]
    results = [
        {"corpus": plan, "workers": count, "contestant": name}
        | figures(runs[plan, count, name], runs[plan, count, OURS])
        for plan in plans for count in workers for name in order
    ]
    print(table(results))
    if args.json:
        report = {
            "command": machine.command("bench/decode/run.py"),
            "seed": corpus.SEED, "rounds": rounds, "machine": machine.describe(), "versions": versions(python),
            "equal_work": verdicts, "results": results,
        }
        args.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
