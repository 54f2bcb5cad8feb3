#!/usr/bin/env python3
"""Runs the augmentation benchmark: this project and its peers, interleaved.

    run.py [--part recipe|path] [--rounds 9] [--seconds 2] [--json PATH]

recipe: clips in memory through the recipe mocov2, on 1 and 2 threads. path: video files to batches of
two augmented views, with 2 workers. Every contestant is started once. In each round every contestant
works for the given time, in an order drawn anew, so that a change in the machine's speed hits all of them;
the first round warms up and is dropped. Peers run in the Python of --python or VIDCSL_PEERS, or in
.venv/peers-augment, made from requirements.txt. Everything runs on two processors. Standard library only.
"""

import argparse
import json
import os
import random
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "decode"), str(HERE)]

import clips  # noqa: E402
import corpus  # noqa: E402
import machine  # noqa: E402

ROOT = machine.ROOT

OURS = "vidcsl"
SEED, WORKERS = 1, 2
RECIPE_PEERS = ["torchvision", "kornia", "albumentations", "albumentations-tuned"]
OURS_PATH = {OURS: "assemble", f"{OURS} (apply)": "apply"}
PATH_PEERS = {"torchcodec, torchvision": "torchvision", "torchcodec, albumentations-tuned": "albumentations-tuned"}
Command = list[str]


class Server:
    """A process that answers a line of numbers with what it did."""

    def __init__(self, command: Command) -> None:
        pipe = subprocess.PIPE
        self.name = shlex.join(command[1:3])
        self.began = time.monotonic()
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)

    def ask(self, *numbers: float) -> None:
        self.process.stdin.write(",".join(map(str, numbers)) + "\n")
        self.process.stdin.flush()

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} died")
        return json.loads(line)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Entry:
    """One line of the results: how a contestant works in one setting."""

    def __init__(self, name: str, setting: str, servers: list[Server], arguments: tuple[float, ...]) -> None:
        self.name, self.setting, self.servers, self.arguments = name, setting, servers, arguments
        self.runs: list[dict] = []

    def turn(self, keep: bool) -> None:
        """All its servers work at once; their rates add up."""
        for server in self.servers:
            server.ask(*self.arguments)
        answers = [server.answer() for server in self.servers]
        rate = sum(a["done"] / a["wall"] for a in answers)
        cpu = sum(a["cpu"] for a in answers) / sum(a["done"] for a in answers)
        if keep:
            self.runs.append({"rate": rate, "cpu": cpu})

    def rate(self) -> float:
        return statistics.median(run["rate"] for run in self.runs)

    def figures(self, unit: str, ours: "Entry") -> dict:
        rates = [run["rate"] for run in self.runs]
        faster = [own["rate"] / run["rate"] for run, own in zip(self.runs, ours.runs)]
        cpu = [run["cpu"] / own["cpu"] for run, own in zip(self.runs, ours.runs)]
        return {
            "contestant": self.name,
            f"{unit}_per_s": round(statistics.median(rates), 1),
            f"{unit}_per_s_min": round(min(rates), 1),
            f"{unit}_per_s_max": round(max(rates), 1),
            "cpu_ms": round(statistics.median(run["cpu"] for run in self.runs) * 1e3, 3),
            "ours_faster_wall": round(statistics.median(faster), 2),
            "ours_faster_wall_min": round(min(faster), 2),
            "ours_faster_wall_max": round(max(faster), 2),
            "ours_faster_cpu": round(statistics.median(cpu), 2),
        }


def measure(entries: list[Entry], rounds: int, label: str) -> None:
    rng = random.Random(SEED)
    for number in range(rounds + 1):
        for entry in rng.sample(entries, len(entries)):
            entry.turn(keep=number > 0)
        print(f"{label}: round {number} of {rounds}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)


def summary(entries: list[Entry], unit: str) -> dict:
    """Figures of the entries of one setting, ours first, and the ratio to the fastest of the peers."""
    ours = entries[0]
    own_names = {OURS, *OURS_PATH}
    best = max((entry for entry in entries if entry.name not in own_names), key=Entry.rate)
    results = [entry.figures(unit, ours) for entry in entries]
    ratios = {key: value for key, value in best.figures(unit, ours).items() if key.startswith("ours_faster")}
    return {"setting": ours.setting, "best_peer": best.name, **ratios, "results": results}


def described(python: str, contestants: dict[str, Callable[[Path, bool], list[Command]]], sheets: Path | None) -> dict:
    """What each contestant's pixels look like; see compare.py. A contestant gives the command that dumps to a path,
    of real clips or, if asked, of still ones; none where there are no still ones."""
    found = {}
    for name, commands in contestants.items():
        with tempfile.TemporaryDirectory() as folder:
            real, still = Path(folder) / "real", Path(folder) / "still"
            for command in [*commands(real, False), *commands(still, True)]:
                subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
            command = [python, str(HERE / "compare.py"), str(real)]
            command += ["--still", str(still)] if still.exists() else []
            command += ["--sheet", str(sheets / f"{name.replace(', ', '-')}.png")] if sheets else []
            found[name] = json.loads(subprocess.check_output(command, text=True))
    return found


def still_of(path: Path) -> Path:
    """The same clips, with frame 0 in the place of every frame."""
    out = path.with_name("still-" + path.name)
    if not out.exists():
        data, frame = path.read_bytes(), clips.CLIP_BYTES // clips.FRAMES
        firsts = [data[at : at + frame] for at in range(0, len(data), clips.CLIP_BYTES)]
        out.write_bytes(b"".join(first * clips.FRAMES for first in firsts))
    return out


def recipe(args: argparse.Namespace, python: str, scratch: Path, binary: str) -> dict:
    """Clips in memory, on one thread and on two."""
    if args.input:
        videos = sorted(path for path in args.input.rglob("*") if path.is_file())
        path = scratch / "clips.rgb"
    else:
        videos = [path for path, _, _ in corpus.videos(args.folder)["g12"]]
        path = args.folder / f"clips_{clips.COUNT}x{clips.FRAMES}x{clips.HEIGHT}x{clips.WIDTH}.rgb"
    clips.make(videos, path)
    still = still_of(path)

    def command(name: str, path: Path) -> Command:
        own = [binary, "recipe"] if name == OURS else [python, "-W", "ignore", str(HERE / "peers.py"), name]
        dash = "-" if name == OURS else "--"
        return [*own, f"{dash}clips", str(path)]

    def dumps(name: str) -> Callable[[Path, bool], list[Command]]:
        dash = "-" if name == OURS else "--"
        return lambda out, of_still: [
            [*command(name, still if of_still else path), f"{dash}dump", str(out), f"{dash}draws", "64" if of_still else "320"]
        ]

    names = [OURS, *(name for name in RECIPE_PEERS if name in args.peers)]
    report = {} if args.no_compare else {"same_work": described(python, {name: dumps(name) for name in names}, args.sheets)}
    servers: dict[str, list[Server]] = {}
    for name in names:
        count = 1 if name == OURS else WORKERS
        seeded = [[] if name == OURS else ["--seed", str(k)] for k in range(count)]
        servers[name] = [Server(command(name, path) + extra) for extra in seeded]
    one = [Entry(name, "1 thread", servers[name][:1], (1, args.seconds)) for name in names]
    two = [Entry(name, "2 threads", servers[name][:1], (WORKERS, args.seconds)) for name in names]
    two += [Entry(f"{name}, 2 processes", "2 threads", servers[name], (1, args.seconds)) for name in names if name != OURS]
    try:
        measure(one + two, args.rounds, "recipe")
    finally:
        close(servers)
    parts = json.loads(subprocess.check_output([binary, "breakdown", "-clips", str(path)], text=True))
    return report | {"unit": "clips", "settings": [summary(one, "clips"), summary(two, "clips")], "our_parts": parts}


def path(args: argparse.Namespace, python: str, scratch: Path, binary: str) -> dict:
    """Files to batches, one corpus after the other."""
    report: dict = {"unit": "samples", "settings": [], "startup_s": {}, "same_work": {}}
    found = corpus.videos(args.folder)
    for name in args.corpora.split(","):
        listing = scratch / f"{name}.json"
        listing.write_text(json.dumps([str(path.resolve()) for path, _, _ in found[name]]))
        own = {key: [binary, "path", "-how", how, "-videos", str(listing)] for key, how in OURS_PATH.items()}
        loader = [python, "-W", "ignore", str(HERE / "loader.py")]
        peers = {key: [*loader, how, "--videos", str(listing)] for key, how in PATH_PEERS.items() if how in args.peers}
        commands = own | peers

        def dumps(key: str, commands: dict[str, Command] = commands) -> Callable[[Path, bool], list[Command]]:
            dash = "-" if key in OURS_PATH else "--"
            return lambda out, of_still: [] if of_still else [[*commands[key], f"{dash}dump", str(out)]]

        if not args.no_compare:
            report["same_work"][name] = described(python, {key: dumps(key) for key in commands}, args.sheets)
        report["settings"].append(run_path(args, name, commands, report["startup_s"]))
    return report


def run_path(args: argparse.Namespace, name: str, commands: dict[str, Command], startup: dict) -> dict:
    servers: dict[str, list[Server]] = {}
    try:
        for key, command in commands.items():  # one after the other, so that each starts alone
            server = Server(command)
            servers[key] = [server]
            first = server.answer()
            startup.setdefault(name, {})[key] = {
                "process_to_first_batch": round(time.monotonic() - server.began, 2),
                "loader_to_first_batch": round(first["wall"], 2),
            }
            server.answer()  # it is ready, and works no more until it is asked
        entries = [Entry(key, name, servers[key], (args.seconds,)) for key in commands]
        measure(entries, args.rounds, f"path, {name}")
    finally:
        close(servers)
    return summary(entries, "samples")


def close(servers: dict[str, list[Server]]) -> None:
    for group in servers.values():
        for server in group:
            server.close()


def versions(python: str) -> dict:
    found = {
        "vidcsl": machine.output(["git", "describe", "--always", "--dirty"]),
        "go": machine.output(["go", "env", "GOVERSION"]),
        "libavcodec": machine.output(["pkg-config", "--modversion", "libavcodec"]),
    }
    return found | json.loads(subprocess.check_output([python, str(HERE / "peers.py"), "--versions"], text=True))


def table(part: str, report: dict) -> str:
    unit, lines = report["unit"], []
    for setting in report["settings"]:
        lines.append(f"\n{part}, {setting['setting']}: ours x{setting['ours_faster_wall']:.2f}"
                     f" [{setting['ours_faster_wall_min']:.2f}-{setting['ours_faster_wall_max']:.2f}]"
                     f" of the best peer, {setting['best_peer']}")
        lines.append(f"  {'':36} {unit + '/s':>9} {'[min-max]':>15} {'cpu ms':>8}   ours faster: wall [min-max], cpu")
        for r in setting["results"]:
            span = f"[{r[f'{unit}_per_s_min']:.0f}-{r[f'{unit}_per_s_max']:.0f}]"
            lines.append(f"  {r['contestant']:36} {r[f'{unit}_per_s']:9.1f} {span:>15} {r['cpu_ms']:8.2f}"
                         f"   x{r['ours_faster_wall']:.2f} [{r['ours_faster_wall_min']:.2f}-{r['ours_faster_wall_max']:.2f}],"
                         f" x{r['ours_faster_cpu']:.2f}")
    for cost in report.get("our_parts", []):
        lines.append(f"  {cost['part']:40} {cost['ns'] / 1e3:8.1f} µs [from {cost['ns_min'] / 1e3:.1f}] {cost['bytes']:6} B/op {cost['allocs']:4} allocs/op")
    for name, startup in report.get("startup_s", {}).items():
        lines.append(f"\nseconds to the first batch, {name}: process / loader")
        lines += [f"  {key:36} {s['process_to_first_batch']:6.2f} / {s['loader_to_first_batch']:.2f}" for key, s in startup.items()]
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--part", choices=("recipe", "path"), help="only this part")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=2, help="time of each contestant in each round")
    parser.add_argument("--python", help="Python with the peers")
    parser.add_argument("--peers", default=",".join(RECIPE_PEERS), help="the libraries to compare with")
    parser.add_argument("--input", type=Path, help="folder of videos for the clips of recipe; default: the corpus")
    parser.add_argument("--corpora", default="g12,g250", help="of the decoding benchmark, for path")
    parser.add_argument("--folder", type=Path, default=ROOT / ".cache" / "bench", help="for videos and clips")
    parser.add_argument("--no-compare", action="store_true", help="skip the check of same work")
    parser.add_argument("--sheets", type=Path, help="folder for pictures of every contestant's views")
    parser.add_argument("--json", type=Path, help="also write the results there")
    args = parser.parse_args()
    args.peers = args.peers.split(",")
    if not set(args.peers) <= set(RECIPE_PEERS):
        parser.error(f"peers are {', '.join(RECIPE_PEERS)}")
    return args


def main() -> None:
    args = arguments()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:WORKERS])
    for folder in filter(None, (args.folder, args.sheets)):
        folder.mkdir(parents=True, exist_ok=True)
    python = machine.peers_python("peers-augment", HERE / "requirements.txt", args.python)
    parts = {"recipe": recipe, "path": path}
    reports = {}
    with tempfile.TemporaryDirectory() as folder:
        binary = str(Path(folder) / "augment-bench")
        subprocess.run(["go", "build", "-o", binary, "./bench/augment"], cwd=ROOT, check=True)
        for part in [args.part] if args.part else parts:
            reports[part] = parts[part](args, python, Path(folder), binary)
            print(table(part, reports[part]))
    if args.json:
        report = {
            "command": machine.command("bench/augment/run.py"),
            "seed": SEED, "rounds": args.rounds, "seconds": args.seconds,
            "machine": machine.describe(), "versions": versions(python), **reports,
        }
        args.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
