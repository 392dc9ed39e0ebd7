"""Cycles of random systems and queues on real threads, for minutes or hours; laws are checked.

    python -m benchmarks.soak --hours 1 [--seed 7] [--queue-only]
    python -m benchmarks.soak --seed 7 --cycle 1234          one cycle again, up to 200 times

Each cycle makes a system or some queues from the seed and its number, and runs it with a short
switch interval: it is started, paused, drained, aborted and looked at by several threads, while
sinks and sources raise or hang, threads do not start, and signals interrupt calls. No item may be
lost or doubled, no value may leave its range, nothing may hang or stay behind. Exit status 1 when
a law was broken: each has a command that runs its cycle again. Threads take their turns
differently each time, so that it may need some tries.

With `--queue-only` nothing is needed but the standard library.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import os
import platform
import signal
import sys
import threading
import time
from array import array
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks.endurance.findings import Findings
from benchmarks.endurance.growth import (
    grown,
    objects_by_type,
    open_descriptors,
    slope,
    thread_count,
    usage,
)
from benchmarks.endurance.queue_cycle import QueueCycle
from pcsim.runtime import has_interpreter_lock

SWITCH_INTERVALS = (1e-6, 1e-5, 1e-4)
SAMPLE_EVERY = 2.0
"""Seconds between two looks at what the process has."""
WARM_UP = 0.2
"""The share of the time after which memory counts."""
LONGEST_CYCLE = 200.0
"""Seconds after which the main thread hangs: more than all else is waited for."""
SETTLED_WITHIN = 2.0
LONG_ENOUGH = 300.0
"""Seconds from which on the growth of memory can be seen."""
SHOWN = 30
"""Broken laws that are printed, at most."""
GROWING = ("memory", "blocks", "objects")
"""Of what the process has, what may grow."""
QUEUES_EVERY = 4
"""One cycle in four is of queues alone."""
EXIT_BROKEN = 1


class Options(NamedTuple):
    """What the command line asks for."""

    seconds: float
    seed: int
    cycle: int | None
    tries: int
    queue_only: bool


def parsed(arguments: list[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--hours", type=float, default=0.0)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    parser.add_argument("--cycle", type=int, help="run this one alone, again and again")
    parser.add_argument("--tries", type=int, default=200, help="how often, at most")
    parser.add_argument("--queue-only", action="store_true", help="only cycles of queues")
    given = parser.parse_args(arguments)
    seconds = 3600 * given.hours + 60 * given.minutes or 60.0
    return Options(seconds, given.seed, given.cycle, given.tries, given.queue_only)


class Soak:
    """All cycles of one call, and what they added up to."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.totals: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()
        self.slowest = 0.0, 0
        self.most_threads = 0
        self.has_moved = threading.Event()
        self.kept: list[Any] = []
        self.samples = {name: array("d") for name in ("at", *GROWING)}
        """What was seen at each look; arrays, since objects of our own would count as growth."""
        self.types: Counter[str] = Counter()
        """How many objects of each type there were after the warm-up."""
        threading.Thread(target=self.watch, name="watch", daemon=True).start()
        self.base = usage()
        self.last = self.base
        self.began = time.monotonic()
        self.number = 0
        """Of the cycle that runs."""

    def run(self) -> int:
        """Run cycles until time is up; return the exit status."""
        options = self.options
        if options.cycle is not None:
            for _ in range(options.tries):
                if not self.one(options.cycle):
                    break
                self.look()
        else:
            number, looked_at = 0, self.began
            while time.monotonic() < self.began + options.seconds:
                if not self.one(number):
                    break
                number += 1
                if time.monotonic() > looked_at + SAMPLE_EVERY:
                    self.look()
                    looked_at = time.monotonic()
        self.print()
        return EXIT_BROKEN if self.broken else 0

    def one(self, number: int) -> bool:
        """Run a cycle; whether another one can be run."""
        options = self.options
        self.number = number
        self.has_moved.set()
        rng = Random(f"{options.seed} {number}")
        sys.setswitchinterval(rng.choice(SWITCH_INTERVALS))
        findings = Findings()
        is_of_queues = options.queue_only or number % QUEUES_EVERY == 0
        before = thread_count(), open_descriptors()
        with findings.law("the cycle"):
            _kind(is_of_queues)(rng, findings, has_signals=hasattr(signal, "setitimer")).run()
        if not findings.hangs:
            after = _settled(*before)
            names = [thread.name for thread in threading.enumerate()]
            is_clean = after[0] <= before[0] and after[1] <= before[1]
            findings.require(is_clean, "threads or descriptors are left", (*after, names))
        self.add(number, findings)
        self.totals["queue cycles" if is_of_queues else "system cycles"] += 1
        return not findings.hangs

    def watch(self) -> None:
        """End the process when a cycle does not end: the main thread itself may hang."""
        while self.has_moved.wait(LONGEST_CYCLE):
            self.has_moved.clear()
        faulthandler.dump_traceback(all_threads=True)
        self.report(self.number, "no end", "hangs: the main thread", f"{LONGEST_CYCLE} s")
        self.print()
        os._exit(EXIT_BROKEN)

    def add(self, number: int, findings: Findings) -> None:
        """Add up what a cycle found."""
        self.totals["items"] += findings.moved
        self.totals["lost"] += findings.lost
        self.totals["doubled"] += findings.doubled
        self.totals["snapshots"] += sum(findings.looks)
        self.slowest = max(self.slowest, (findings.abort_time, number))
        self.most_threads = max(self.most_threads, findings.threads)
        self.kept.extend((number, findings.what, one) for one in findings.kept)
        for law, seen in findings.broken.items():
            self.report(number, findings.what, law, seen)

    def report(self, number: int, what: str, law: str, seen: object) -> None:
        """A law is broken: say how to see it again."""
        self.broken[law] += 1
        if self.broken.total() <= SHOWN:
            only = " --queue-only" * self.options.queue_only
            print(f"broken in cycle {number} ({what}):\n  {law}: {seen}", flush=True)
            print(f"  python -m benchmarks.soak --seed {self.options.seed} --cycle {number}{only}")

    def look(self) -> None:
        """Between two cycles: nothing is left of those before."""
        self.last = usage()
        at = time.monotonic() - self.began
        if at > WARM_UP * self.options.seconds:
            self.types = self.types or objects_by_type()
            self.samples["at"].append(at)
            for name in GROWING:
                self.samples[name].append(getattr(self.last, name))
        for number, what, kept in self.kept:
            if kept() is not None:
                holders = [type(one).__name__ for one in gc.get_referrers(kept())]
                self.report(number, what, "a run stays in memory", f"held by {holders[:8]}")
        self.kept.clear()

    def print(self) -> None:
        """Print what it came to."""
        totals, base, last = self.totals, self.base, self.last
        lock = "" if has_interpreter_lock() else ", no interpreter lock"
        minutes = (time.monotonic() - self.began) / 60
        seconds, number = self.slowest
        print(f"Python {platform.python_version()}{lock}, seed {self.options.seed}, ", end="")
        print(f"{minutes:.1f} minutes")
        print(f"cycles          {totals['system cycles']:,} of systems, ", end="")
        print(f"{totals['queue cycles']:,} of queues")
        print(f"items moved     {totals['items']:,}")
        print(f"lost, doubled   {totals['lost']}, {totals['doubled']}")
        print(f"snapshots       {totals['snapshots']:,}")
        print(f"slowest abort   {seconds:.3f} s (cycle {number})")
        print(f"threads         {last.threads} (before: {base.threads}, most: {self.most_threads})")
        print(f"descriptors     {last.descriptors} (before: {base.descriptors})")
        memory = self.growth("memory")
        print(f"memory          {last.memory:.1f} MB (before: {base.memory:.1f}){memory}")
        for what in ("blocks", "objects"):
            now, before = getattr(last, what), getattr(base, what)
            print(f"{what:<15} {now:,} (before: {before:,}){self.growth(what)}")
        if self.types:
            print(f"more since then {grown(self.types, objects_by_type())}")
        print(f"laws broken     {self.broken.total()}")
        for law, times in self.broken.most_common():
            print(f"  {times} times: {law}")

    def growth(self, what: str) -> str:
        """How a field of what the process has grows after the warm-up, in words."""
        found = slope(list(zip(self.samples["at"], self.samples[what], strict=True)))
        if found is None or self.options.seconds < LONG_ENOUGH:
            return ""
        return f", {found.per_hour:+,.1f} ± {found.half_width:,.1f} an hour after the warm-up"


def _settled(threads: int, descriptors: int) -> tuple[int, int]:
    """The numbers of threads and descriptors: a start that was interrupted leaves a thread that
    nobody can wait for. It begins, opens its file, and ends at once."""
    until = time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < until:
        if thread_count() <= threads and open_descriptors() <= descriptors:
            break
        time.sleep(0.001)
    return thread_count(), open_descriptors()


def _kind(is_of_queues: bool) -> Any:
    if is_of_queues:
        return QueueCycle
    from benchmarks.endurance.system_cycle import SystemCycle  # needs msgspec

    return SystemCycle


def main() -> None:
    """Run it."""
    sys.exit(Soak(parsed()).run())


if __name__ == "__main__":
    main()
