"""Where the time of our runs goes, by kind of operation, and how much of what the machine can do that is."""

from __future__ import annotations

import json
import subprocess


def peaks(binary: str, threads: int) -> dict[str, float]:
    """GFLOP/s of a large matrix product and of large convolutions, and GB/s of a copy."""
    return json.loads(subprocess.check_output([binary, "-peaks", "-threads", str(threads)], text=True))


def best(a: dict[str, float], b: dict[str, float]) -> dict[str, float]:
    """The higher of each."""
    return {name: round(max(value, b[name]), 1) for name, value in a.items()}


def profile(command: list[str]) -> list[dict]:
    """The classes of our best run, the most expensive first."""
    return json.loads(subprocess.check_output([*command, "-profile"], text=True))


def rated(found: list[dict], dtype: str, peaks: dict[str, float]) -> list[dict]:
    """The same with rates, and their share of the machine's, where one knows what a class does; in a cache it is above 1."""
    f32 = max(peaks["matmul_f32_gflops"], peaks["conv_f32_gflops"])
    rows = []
    for c in found:
        row = {"class": c["class"], "calls": c["calls"], "ms": round(c["ms"], 3)}
        if c["gflop"]:
            peak = peaks["conv_bf16_gflops"] if dtype == "bf16" and c["class"] != "matmul" else f32
            row["gflops"] = round(c["gflop"] / c["ms"] * 1e3, 1)
            row["share"] = round(row["gflops"] / peak, 3)
        elif c["mb"]:
            row["gbps"] = round(c["mb"] / c["ms"], 1)
            row["share"] = round(row["gbps"] / peaks["copy_gbps"], 3)
        rows.append(row)
    return rows


def table(title: str, rows: list[dict]) -> str:
    """Text; classes of less than half a percent of the time are added up."""
    total = sum(row["ms"] for row in rows)
    lines = [
        f"\n{title}: {total:.1f} ms in operations",
        f"  {'':22} {'calls':>5} {'ms':>9} {'of it':>6} {'rate':>15} {'of the machine':>15}",
    ]
    rest = [row for row in rows if row["ms"] < 0.005 * total]
    for row in rows:
        if row in rest:
            continue
        rate = f"{row['gflops']:.1f} GFLOP/s" if "gflops" in row else f"{row['gbps']:.1f} GB/s   " if "gbps" in row else "?"
        share = f"{row['share']:.0%}" if "share" in row else ""
        lines.append(
            f"  {row['class']:22} {row['calls']:5} {row['ms']:9.2f} {row['ms'] / total:6.1%} {rate:>15} {share:>15}"
        )
    ms = sum(row["ms"] for row in rest)
    lines.append(f"  {'others':22} {sum(row['calls'] for row in rest):5} {ms:9.2f} {ms / total:6.1%}")
    return "\n".join(lines)
