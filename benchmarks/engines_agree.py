"""Threads against virtual time: the four demos and ten further scenarios on both engines.

Counts must be equal; of throughput and of the shares of time the greatest difference is shown.
The goal is 3 % on an idle machine: throughput in % of its value, shares in points of a hundred,
since a share of nearly nothing has no percentage. The random numbers are the same on both.
Which of several equal consumers takes an item, threads leave to chance, so counts are those of
the whole system and of each queue. Exits with 1 where counts differ.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from pcsim import run, simulate
from pcsim.analysis.result import Result
from pcsim.scenario import Scenario
from pcsim.scenario.demos import DEMOS

FOLDER = Path(__file__).parent / "scenarios"
GOAL = 3.0
ROW = "{:<20} {:>20} {:>7} {:>9} {:>9} {:>6} {:>6}  {}"


class Gap(NamedTuple):
    """The greatest difference of a share of time, in points, and the worker that it is of."""

    points: float
    whose: str


def counts(result: Result) -> dict[str, tuple[int, ...]]:
    """What must be equal to the last item."""
    queues = {row.name: (row.put_total, row.got_total) for row in result.snapshot.queues}
    return {"": tuple(result.snapshot.totals), **queues}


def shares(result: Result, scenario: Scenario) -> dict[str, list[float]]:
    """Running, blocked on full and blocked on empty, of each kind of worker. The copies
    of a worker (`count`) are one kind: on threads it is chance which of them does how much."""
    kinds: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    at = result.snapshot.at
    kind_of = {
        f"{spec.name}-{number}": spec.name
        for spec in (*scenario.producers, *scenario.consumers)
        for number in range(1, spec.count + 1)
    }
    for row in result.snapshot.workers:
        spent = row.shares(at)
        kinds[kind_of.get(row.name, row.name)].append(tuple(spent[:3]))
    return {
        kind: [sum(column) / len(rows) for column in zip(*rows, strict=True)]
        for kind, rows in kinds.items()
    }


def widest(mine: dict[str, list[float]], other: dict[str, list[float]]) -> Gap:
    states = ("running", "full", "empty")
    return max(
        Gap(abs(a - b) * 100, f"{kind} {state}")
        for kind in mine
        for state, a, b in zip(states, mine[kind], other[kind], strict=True)
    )


def compare(name: str, scenario: Scenario) -> tuple[bool, float]:
    """Print its row; whether the counts are equal, and the greatest difference in %."""
    threads, virtual = run(scenario), simulate(scenario)
    real, ideal = threads.system.throughput.mean, virtual.system.throughput.mean
    gap = widest(shares(threads, scenario), shares(virtual, scenario))
    off = (real / ideal - 1) * 100
    is_equal = counts(threads) == counts(virtual)
    totals = virtual.snapshot.totals
    ended = f"{totals.consumed}/{totals.dropped}/{totals.failed}/{totals.produced}"
    cells = ended, "equal" if is_equal else "DIFFER", f"{real:.3f}", f"{ideal:.3f}"
    print(ROW.format(name, *cells, f"{off:+.2f}", f"{gap.points:.2f}", gap.whose), flush=True)
    if not is_equal:
        print(f"  threads {counts(threads)}\n  virtual {counts(virtual)}")
    return is_equal, max(abs(off), gap.points)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="the scenarios in whose name this is")
    options = parser.parse_args()
    named = {f"demo {number}": demo for number, demo in enumerate(DEMOS, 1)}
    named |= {path.stem: Scenario.load(path) for path in sorted(FOLDER.glob("*.toml"))}
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    heads = "done/drop/fail/made", "counts", "threads/s", "virtual/s", "off %", "share", "whose"
    print(ROW.format("", *heads))
    results = [compare(name, s) for name, s in named.items() if options.only in name]
    unequal = sum(not is_equal for is_equal, _ in results)
    wide = sum(off > GOAL for _, off in results)
    print(f"{len(results)} scenarios: {unequal} with other counts, {wide} beyond {GOAL:g} %")
    sys.exit(1 if unequal else 0)


if __name__ == "__main__":
    main()
