"""Predictions of one and two more workers, from recordings, beside what these workers do.

    python -m benchmarks.what_if [--seconds 12] [--seen 1,2,3] [--kinds sleeping,mixed,computing]

Each program runs bare with every number of workers, twice and by turns, and once watched while it
is recorded. Predictions are right within 5 %, or refused with a reason. On a machine that does
other things meanwhile, computing programs differ by more than that from one run to the next: the
spread of the bare runs is printed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks.watched.workers import compute
from pcsim.recording.program import read
from pcsim.watch import programs
from pcsim.watch.checking import self_check
from pcsim.watch.fitting import FitError, fit
from pcsim.watch.lock_looks import LockLooks
from pcsim.watch.recorder import record
from pcsim.watch.what_if import Question, answer
from pcsim.watch.wire import WatchError

PROGRAM = Path(__file__).parent / "watched" / "workers.py"
GOAL = 0.05
LOOP_TIME = 0.004
BARE_RUNS = 2


def loops_for(seconds: float) -> int:
    """Turns of the program's loop that take this time here, when nothing else runs."""
    number, best = 20_000, float("inf")
    for _ in range(15):
        began = time.perf_counter()
        compute(number)
        best = min(best, time.perf_counter() - began)
    return int(number * seconds / best)


def command(kind: str, workers: int, seconds: float, loops: int) -> list[str]:
    return [str(PROGRAM), kind, str(workers), str(seconds), str(loops)]


def bare(kind: str, workers: int, seconds: float, loops: int) -> float:
    words = [sys.executable, *command(kind, workers, seconds, loops)]
    return float(subprocess.run(words, capture_output=True, check=True, text=True).stdout)


def recorded(path: Path, kind: str, workers: int, seconds: float, loops: int) -> None:
    """Record a program that runs watched, after its first second."""
    words = [sys.executable, "-m", "pcsim", "exec", *command(kind, workers, seconds + 2, loops)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        while True:
            try:
                connection = programs.connect(process.pid)
                break
            except WatchError:
                time.sleep(0.1)
        time.sleep(1.0)
        with LockLooks(process.pid) as looks:
            record(connection, path, seconds, programs.cores_of(process.pid), looks)
        connection.close()
        process.communicate()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--seen", default="1,2,3")
    parser.add_argument("--kinds", default="sleeping,mixed,computing")
    options = parser.parse_args()
    seen = [int(each) for each in options.seen.split(",")]
    loops = loops_for(LOOP_TIME)
    wrong = 0
    print(f"{loops:,} turns of the loop are {LOOP_TIME * 1e3:g} ms")
    for kind in options.kinds.split(","):
        numbers = range(min(seen), max(seen) + 3)
        rates: dict[int, list[float]] = {number: [] for number in numbers}
        for _ in range(BARE_RUNS):
            for number in numbers:
                rates[number].append(bare(kind, number, options.seconds, loops))
        spread = max((max(each) - min(each)) / statistics.fmean(each) for each in rates.values())
        shown = ", ".join(
            f"{number}: {statistics.fmean(each):.1f}" for number, each in rates.items()
        )
        print(f"{kind}: {shown} items/s by the number of workers; runs differ by {spread:.0%}")
        with tempfile.TemporaryDirectory() as folder:
            for number in seen:
                path = Path(folder) / f"{number}.rec"
                recorded(path, kind, number, options.seconds, loops)
                wrong += judge(path, number, {one: statistics.fmean(r) for one, r in rates.items()})
    print(f"{wrong} wrong by more than {GOAL:.0%}")
    return bool(wrong)


def judge(path: Path, seen: int, truth: dict[int, float]) -> int:
    """Print what is predicted from a recording; how many of the predictions are wrong."""
    wrong = 0
    try:
        fitted = fit(read(path))
        check = self_check(fitted)
    except FitError as error:
        print(f"  seen with {seen}: refused: {error}")
        return 0
    program = fitted.recording.program
    held = program.times_held / program.looks if program.looks else float("nan")
    print(f"  seen with {seen}: lock held {held:.0%}")
    for workers in (seen + 1, seen + 2):
        try:
            found = answer(fitted, check, Question("worker", workers))
        except FitError as error:
            print(f"    {workers} workers: refused: {error}")
            continue
        error_of_rate = found.throughput / truth[workers] - 1
        wrong += abs(error_of_rate) > GOAL
        print(
            f"    {workers} workers: {found.throughput:.1f}/s, limited by {found.limit};"
            f" measured {truth[workers]:.1f}/s ({error_of_rate:+.1%})"
            f"   [simulated {found.simulated:.1f}, lock {found.by_lock:.1f},"
            f" cores {found.by_cores:.1f}]"
        )
    return wrong


if __name__ == "__main__":
    sys.exit(main())
