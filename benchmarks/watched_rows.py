"""Views of programs whose queues and threads come and go by chance: each must be drawn.

    python -m benchmarks.watched_rows                   a million snapshots, in about an hour
    python -m benchmarks.watched_rows --snapshots 20000

What makes the view is called for each: session, sentence, trend, history, the lines of all tables
and of the drawing, and in turn the lines of a queue's details, a worker's, the timeline, and who
waits for whom. It prints the seed of what fails.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from traceback import format_exc

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.fake_program import FakeProgram
from tests.tui.drawn import watch

EACH = 2_000
"""Snapshots of one program."""


def one(seed: int) -> str:
    """What went wrong with one program; empty for nothing."""
    try:
        watch(FakeProgram(seed, most=2 + seed % 9, step=(0.1, 2.0, 900.0)[seed % 3]), EACH)
    except Exception:  # noqa: BLE001 - whatever it is, it is a finding
        return f"seed {seed}: {format_exc()}"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--snapshots", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=1)
    options = parser.parse_args()
    began, wrong = time.monotonic(), 0
    seeds = range(options.seed, options.seed + -(-options.snapshots // EACH))
    with ProcessPoolExecutor(options.processes) as pool:
        for done, finding in enumerate(pool.map(one, seeds), start=1):
            if finding:
                wrong += 1
                print(finding)
            if done % 50 == 0 or done == len(seeds):
                seconds = time.monotonic() - began
                print(f"{done * EACH:,} snapshots, {wrong} wrong, {seconds:.0f} s", flush=True)
    return bool(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
