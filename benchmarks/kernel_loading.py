"""How long it takes a process to have the kernel: from a wheel, and from a clone.

Each time is that of a process of its own, in which all that a simulation in Python needs has been
imported: what is measured is what the kernel adds. `first` compares it with the Python engine, and
in a clone builds it before; `then` finds that noted. Medians, wall time and CPU time with that of
the compiler.

    python benchmarks/kernel_loading.py [--wheel dist/pcsim-0.1.0-py3-none-any.whl] [--rounds 15]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent

LOOK = """
import math, resource, time
import pcsim.experiments.one_run
from pcsim.kernel.choice import KNOWN

def cpu():
    return sum(time[0] + time[1] for time in map(resource.getrusage, (0, -1)))

wall, spent = time.perf_counter(), cpu()
KNOWN.library(math.inf)
print(time.perf_counter() - wall, cpu() - spent)
"""


def look(package: Path, home: Path) -> tuple[float, float]:
    """Seconds until a new process has it: wall time, CPU time."""
    environment = {**os.environ, "PYTHONPATH": str(package), "HOME": str(home)}
    for name in ("PCSIM_CACHE_DIR", "XDG_CACHE_HOME"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    wall, spent = map(float, done.stdout.split())
    return wall, spent


def measure(name: str, package: Path, rounds: int) -> None:
    """Print the medians of a kernel that is new, and of one that is known."""
    times: dict[str, list[tuple[float, float]]] = {"first": [], "then": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as home:
            for which in times:
                times[which].append(look(package, Path(home)))
    for which, found in times.items():
        wall, spent = (1000 * median(column) for column in zip(*found, strict=True))
        print(f"{name:6} {which:6} {wall:8.1f} ms wall {spent:8.1f} ms CPU")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--wheel", type=Path, help="with binaries in it")
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    measure("clone", ROOT, options.rounds)
    if options.wheel is not None:
        with tempfile.TemporaryDirectory() as folder:
            zipfile.ZipFile(options.wheel).extractall(folder)
            subprocess.run([sys.executable, "-m", "compileall", "-q", folder], check=True)
            measure("wheel", Path(folder), options.rounds)


if __name__ == "__main__":
    main()
