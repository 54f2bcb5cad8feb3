"""What the benchmarks' runners share: the machine and the command that a report names, and the Python of the peers."""

from __future__ import annotations

import os
import platform
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def describe() -> dict:
    """The machine that the figures were taken on."""
    info = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", info)
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return {
        "cpu": model[1] if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(memory[1]) / 2**20, 1) if memory else None,
        "kernel": platform.release(),
    }


def output(command: list[str]) -> str:
    """What a command prints, in the root of this checkout."""
    return subprocess.check_output(command, text=True, cwd=ROOT).strip()


def command(script: str) -> str:
    """How a runner was called, without the place of this checkout, or of anything else on this machine."""
    return shlex.join(["python3", script, *map(local, sys.argv[1:])])


def local(argument: str) -> str:
    """The argument without the place of this checkout, or of anything else on this machine."""
    flag, equals, value = argument.rpartition("=")
    path = Path(value)
    if not path.is_absolute():
        return argument
    return f"{flag}{equals}{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name}"


def peers_python(venv: str, requirements: Path, given: str | None = None) -> str:
    """The Python with the peers: the given one, or VIDCSL_PEERS, or that of .venv/<venv>, made from the requirements."""
    if given := given or os.environ.get("VIDCSL_PEERS"):
        return given
    folder = ROOT / ".venv" / venv
    python, stamp = folder / "bin" / "python", folder / "installed"
    if not stamp.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", "-r", str(requirements)], check=True)
        stamp.touch()
    return str(python)
