#!/usr/bin/env python3
"""Runs the benchmark of corruptions: this project and public libraries, interleaved, one thread each.

    run.py [--only NAMES] [--sides 112,224] [--severity 3] [--rounds 5] [--seconds 0.4] [--json PATH]

In each round every contestant corrupts clips of 16 frames for the given time, in an order drawn anew, so that a change in
the machine's speed hits all of them; the first round warms up and is dropped. Peers run in the Python of --python or
VIDCSL_PEERS, or in .venv/peers-corrupt, made from requirements.txt. A corruption that peers.py does not know is timed
alone. Everything runs on one processor. What --only leaves out stays in the JSON as it was. The best peer is the one that
takes the least time of the processor: on a machine with others on it, that says more than the clock.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import machine  # noqa: E402

OURS = "vidcsl"
SLOW = 4.0  # a peer whose clip takes longer than this many seconds is not timed further


class Server:
    """A process that answers lines of JSON."""

    def __init__(self, command: list[str]) -> None:
        pipe = subprocess.PIPE
        self.name = command[0]
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=HERE)

    def ask(self, **request: object) -> dict:
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} died of {request}")
        return json.loads(line)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def contest(ask: dict, request: dict, rounds: int, seconds: float) -> list[dict]:
    """Figures of all contestants in one setting, ours first; ask gives the answer of each to a request."""
    change = {key: ask[key](seconds=0, **request).get("change", 0.0) for key in ask}
    runs: dict[str, list[dict]] = {key: [] for key in ask}
    rng = random.Random(1)
    for number in range(rounds + 1):
        for key in rng.sample(list(ask), len(ask)):
            if number == 0 or runs[key][0]["wall"] < SLOW * runs[key][0]["done"]:
                runs[key].append(ask[key](seconds=seconds, **request))
    results = []
    for key, found in runs.items():
        kept = found[1:] or found
        rates = [r["done"] / r["wall"] for r in kept]
        own = [r["done"] / r["wall"] for r in runs[OURS][1:]]
        faster = [a / b for a, b in zip(own, rates)]
        busy = [r["cpu"] / r["done"] for r in kept]
        less = [b / (r["cpu"] / r["done"]) for b, r in zip(busy, runs[OURS][1:])]
        results.append({
            "contestant": key,
            "clips_per_s": round(statistics.median(rates), 2),
            "clips_per_s_min": round(min(rates), 2),
            "clips_per_s_max": round(max(rates), 2),
            "cpu_ms": round(statistics.median(busy) * 1e3, 3),
            "cpu_ms_min": round(min(busy) * 1e3, 3),
            "ours_faster": round(statistics.median(faster), 2),
            "ours_faster_min": round(min(faster), 2),
            "ours_faster_max": round(max(faster), 2),
            "ours_faster_cpu": round(statistics.median(less), 2),
            "change": round(change[key], 1),
        })
    return results


def setting(name: str, side: int, args: argparse.Namespace, ours: Server, peers: Server, ways: list[str]) -> dict:
    """What came of one corruption at one size."""
    ask = {OURS: ours.ask}
    for way in ways:
        ask[way] = lambda way=way, **request: peers.ask(peer=way, **request)
    request = {"name": name, "severity": args.severity, "side": side}
    results = contest(ask, request, args.rounds, args.seconds)
    found = {"name": name, "clip": f"16x{side}x{side}", "severity": args.severity}
    if len(results) > 1:
        best = min(results[1:], key=lambda r: r["cpu_ms"])
        found |= {"best_peer": best["contestant"], **{k: v for k, v in best.items() if k.startswith("ours_faster")}}
    return found | {"results": results}


def table(found: dict) -> str:
    head = f"{found['name']}, {found['clip']}"
    if "best_peer" in found:
        span = f"[{found['ours_faster_min']:.2f}-{found['ours_faster_max']:.2f}]"
        head += f": ours x{found['ours_faster']:.2f} {span}, cpu x{found['ours_faster_cpu']:.2f} of {found['best_peer']}"
    lines = [head]
    for r in found["results"]:
        span = f"[{r['clips_per_s_min']:.1f}-{r['clips_per_s_max']:.1f}]"
        rate = f"{r['clips_per_s']:9.1f} clips/s {span:>18}"
        lines.append(f"  {r['contestant']:16} {rate} {r['cpu_ms']:9.2f} cpu ms   change {r['change']:.0f}")
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", help="names of corruptions; default: all of pixels")
    parser.add_argument("--sides", default="112,224")
    parser.add_argument("--severity", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.4, help="time of each contestant in each round")
    parser.add_argument("--without", default="", help="peers to leave out, such as original")
    parser.add_argument("--python", help="Python with the peers")
    parser.add_argument("--json", type=Path, help="also write the results there")
    return parser.parse_args()


def main() -> None:
    args = arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    python = machine.peers_python("peers-corrupt", HERE / "requirements.txt", args.python)
    peers_py = [python, "-W", "ignore", str(HERE / "peers.py")]
    settings = []
    with tempfile.TemporaryDirectory() as folder:
        binary = str(Path(folder) / "corrupt-bench")
        subprocess.run(["go", "build", "-o", binary, "./bench/corrupt"], cwd=machine.ROOT, check=True)
        subprocess.run([*peers_py, "--make", folder], check=True)
        known = json.loads(subprocess.check_output([*peers_py, "--list"], text=True))
        versions = json.loads(subprocess.check_output([*peers_py, "--versions"], text=True))
        names = subprocess.check_output([binary, "-list"], text=True).split()
        ours, peers = Server([binary, "-clips", folder]), Server([*peers_py, "--clips", folder])
        for name in args.only.split(",") if args.only else names:
            ways = [way for way in known.get(name, []) if way not in args.without.split(",")]
            for side in map(int, args.sides.split(",")):
                settings.append(setting(name, side, args, ours, peers, ways))
                print(table(settings[-1]), f"load {os.getloadavg()[0]:.1f}", sep="\n  ", flush=True)
        ours.close()
        peers.close()
    if args.json:
        write(args, settings, versions)


def write(args: argparse.Namespace, settings: list[dict], versions: dict) -> None:
    """Adds the settings to what the file holds of others."""
    command = machine.command("bench/corrupt/run.py")
    taken = {"command": command, "versions": {"vidcsl": machine.output(["git", "describe", "--always", "--dirty"]),
             "go": machine.output(["go", "env", "GOVERSION"]), **versions}, "machine": machine.describe()}
    key = ("name", "clip", "severity")
    new = {tuple(s[k] for k in key) for s in settings}
    old = json.loads(args.json.read_text())["settings"] if args.json.exists() else []
    kept = [s for s in old if tuple(s[k] for k in key) not in new]
    report = {"rounds": args.rounds, "seconds": args.seconds, **taken, "settings": kept + settings}
    args.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
