"""Trains with every way of removing false negatives over several seeds, on moving sprites, and compares: what does each gain, and what of the oracle's?

    run.py --runs FOLDER [--data FOLDER] [--seeds 5] [--jobs 2] [--only hard/plain,hard/oracle] [--json FILE]

FOLDER keeps the runs; what is there already is not done again. The data are rendered from the sheet of ../shared/data, split by item; configurations
were chosen on its validation part, and figures are those of its test part. Runs of one seed share data, first weights and views, so that they
are compared in pairs. A run has one thread; --jobs of them go at the same time.
"""

import argparse
import json
import shlex
import statistics
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import machine  # noqa: E402

SHEET = ROOT.parent / "shared/data/images/fashion-mnist"
VIDCSL = str(ROOT / "bin/vidcsl")
BASE = Path(__file__).with_name("base.yaml")
REMOVAL = {
    "plain": {"detector": "none"},
    "oracle": {"detector": "oracle"},
    "random": {"detector": "random", "share": 0.14, "warmup": 0.1, "ramp": 0.15},
    "neighbors": {"detector": "neighbors", "action": "both", "weight": 3, "share": 0.1367, "attracted": 0.01, "partners": 1200}
    | {"refresh": 16, "warmup": 0.1, "ramp": 0.15},
    "neighbors-eliminate": {"detector": "neighbors", "share": 0.1367, "partners": 1200, "refresh": 16, "warmup": 0.1, "ramp": 0.15},
    "cluster": {"detector": "cluster", "features": "whitened", "clusters": [20], "refresh": 16, "warmup": 0.1, "ramp": 0.15},
    "cluster-keys": {"detector": "cluster", "features": "keys", "clusters": [20], "refresh": 16, "warmup": 0.1, "ramp": 0.15},
}
SEEDS = {"hard": ["plain", "oracle", "random", "neighbors", "neighbors-eliminate"]}  # all seeds; others the first three
CASES = [("hard", v) for v in [*REMOVAL, "supervised"]] + [("easy", v) for v in ["cluster", "neighbors"]]


def call(*command: str) -> None:
    done = subprocess.run(command, text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"{shlex.join(command)}\n{done.stderr}")


def prepare(data: Path, difficulty: str, seed: int) -> Path:
    """The clips of a seed: folders train, val and test of shards."""
    out = data / f"{difficulty}-{seed}"
    videos = data / f"videos-{difficulty}-{seed}"
    for part in ["train", "val", "test"]:
        if not (out / part / "manifest.json").exists():
            if not videos.exists():
                sheet = next(SHEET.glob("*.png"))
                call(VIDCSL, "synth", "--sprites", str(sheet), "--difficulty", difficulty, "--seed", str(seed), "--output", str(videos))
            shape = ["--frames", "12", "--stride", "1", "--size", "native", "--sampler", "regular"]
            call(VIDCSL, "preprocess", "--input", str(videos / part), "--output", str(out / part), *shape)
    return out


def config(variant: str, path: Path) -> None:
    text = BASE.read_text()
    if variant == "supervised":
        text = text.replace("objective: moco", "objective: supervised").replace("views: 2", "views: 1").replace("kind: moco", "kind: none")
    else:
        text += f"removal: {json.dumps(REMOVAL[variant])}\n"
    path.write_text(text)


def train(runs: Path, data: Path, difficulty: str, variant: str, seed: int) -> dict:
    """One run: its figures."""
    run = runs / f"{difficulty}-{variant}-{seed}"
    report = run.with_suffix(".json")
    if not report.exists():
        print(f"training {run.name}", file=sys.stderr)
        clips, yaml = data / f"{difficulty}-{seed}", run.with_suffix(".yaml")
        config(variant, yaml)
        fresh = ["--resume"] if (run / "run.json").exists() else []
        one = ["--threads", "1", "--workers", "1"]
        call(VIDCSL, "train", "--config", str(yaml), "--seed", str(seed), "--data", str(clips / "train"), "--val", str(clips / "val"), "--output", str(run), *one, *fresh)
        call(VIDCSL, "eval", str(run), "--data", str(clips / "test"), "--probe", "knn,linear", "--output", str(report), *one)
    tested, trained = json.loads(report.read_text()), json.loads((run / "run.json").read_text())["result"]
    kept = {k: trained["metrics"][k] for k in ["precision", "recall", "removed", "base_rate", "alignment", "uniformity"] if k in trained["metrics"]}
    return {
        "difficulty": difficulty,
        "variant": variant,
        "seed": seed,
        "knn_val": trained["knn"]["value"],
        "knn_test": tested["knn"]["top1"]["value"],
        "linear_test": tested["linear"]["top1"]["value"],
        "seconds": trained["seconds"],
        "waiting": trained["waiting"],
    } | kept


def mean(values: list[float]) -> dict[str, float]:
    """The mean, and its standard error."""
    return {"mean": statistics.mean(values), "error": statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else None}


def compare(rows: list[dict]) -> list[dict]:
    table = []
    for case in dict.fromkeys((r["difficulty"], r["variant"]) for r in rows):
        mine = {r["seed"]: r for r in rows if (r["difficulty"], r["variant"]) == case}
        plain, oracle = ({r["seed"]: r for r in rows if (r["difficulty"], r["variant"]) == (case[0], v)} for v in ["plain", "oracle"])
        line = {"difficulty": case[0], "variant": case[1], "seeds": len(mine)}
        for name in ["knn_test", "linear_test", "precision", "recall", "removed", "base_rate"]:
            values = [r[name] for r in mine.values() if name in r]
            if values:
                line[name] = mean(values)
        both = sorted(mine.keys() & plain.keys())
        if both and case[1] not in ["plain", "supervised"]:
            line["gain"] = mean([mine[s]["knn_test"] - plain[s]["knn_test"] for s in both])
            best = sorted(set(both) & oracle.keys())
            if best:
                total = sum(oracle[s]["knn_test"] - plain[s]["knn_test"] for s in best)
                line["of_oracle"] = sum(mine[s]["knn_test"] - plain[s]["knn_test"] for s in best) / total
        table.append(line)
    return table


def show(table: list[dict]) -> None:
    print(f"{'':27} seeds   kNN test        gain over plain  of oracle's  precision (base rate)  removed")
    for t in table:
        text = f"{t['difficulty']:5}{t['variant']:22} {t['seeds']:5}   {100 * t['knn_test']['mean']:5.1f} %"
        if "gain" in t:
            error = f" +- {100 * t['gain']['error']:.1f}" if t["gain"]["error"] is not None else ""
            text += f"         {100 * t['gain']['mean']:+5.1f}{error:8}" + (f"  {100 * t['of_oracle']:5.0f} %" if "of_oracle" in t else "")
        if "precision" in t:
            text += f"      {t['precision']['mean']:.3f} ({t['base_rate']['mean']:.3f})          {100 * t['removed']['mean']:4.1f} %"
        print(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", help="cases, as hard/plain,hard/oracle")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    data = args.data or args.runs / "data"
    args.runs.mkdir(parents=True, exist_ok=True)
    only = args.only.split(",") if args.only else []
    jobs = [
        (d, v, s)
        for s in range(args.seeds)
        for d, v in CASES
        if (s < 3 or v in SEEDS.get(d, [])) and (not only or f"{d}/{v}" in only)
    ]
    for d, s in dict.fromkeys((d, s) for d, _, s in jobs):
        prepare(data, d, s)
    with ThreadPoolExecutor(args.jobs) as pool:
        rows = list(pool.map(lambda j: train(args.runs, data, *j), jobs))
    table = compare(rows)
    show(table)
    if args.json:
        command = machine.command("bench/removal/run.py")
        report = {"command": command, "machine": machine.describe(), "table": table, "runs": rows, "removal": REMOVAL, "base": BASE.read_text()}
        args.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
