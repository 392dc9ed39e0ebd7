"""What it costs a program to be watched, against itself in the same run: CPU time, not the clock's.

    python benchmarks/watch_cost.py          # any Python from 3.11; it needs nothing of pcsim

The budget: at most 0.5 µs a pair of put and get while it is watched, 1 µs while it is recorded,
3 % of a program that works 100 µs on each item and is looked at ten times a second; nothing while
nobody looks. Rounds alternate, and the best of each counts: a loaded machine only makes it worse.
"""

from __future__ import annotations

import argparse
import importlib.util
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

AGENT = Path(__file__).parent.parent / "pcsim" / "watch" / "agent.py"
PAIRS = 20_000
ITEMS = 3_000
WORK = 100e-6
LOOKS = 10
"""Looks a second."""


def load_agent() -> Any:
    """The agent, from its file."""
    spec = importlib.util.spec_from_file_location("agent_of_benchmark", AGENT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def pairs(one: queue.Queue[int]) -> float:
    """Seconds of CPU for a put and a get."""
    put, get = one.put, one.get
    begin = time.process_time()
    for _ in range(PAIRS):
        put(1)
        get()
    return (time.process_time() - begin) / PAIRS


def spin(loops: int) -> None:
    """Work."""
    for _ in range(loops):
        pass


def loops_of(seconds: float) -> int:
    """How many loops take that long."""
    best = min(_timed(lambda: spin(100_000)) for _ in range(7))
    return int(100_000 * seconds / best)


def _timed(work: Callable[[], None]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def working(one: queue.Queue[int | None], loops: int) -> float:
    """Seconds of CPU an item, of a producer and a consumer that works on each."""

    def consume() -> None:
        while one.get() is not None:
            spin(loops)

    consumer = threading.Thread(target=consume)
    begin = time.process_time()
    consumer.start()
    for number in range(ITEMS):
        one.put(number)
    one.put(None)
    consumer.join()
    return (time.process_time() - begin) / ITEMS


class Looking:
    """A viewer that looks while the block lasts."""

    def __init__(self, agent: Any) -> None:
        self._agent = agent
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        import json

        while not self._is_over.wait(1 / LOOKS):
            json.dumps(self._agent.look({}))


def main() -> int:
    """Measure, print, and compare with the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    module = load_agent()
    loops = loops_of(WORK)
    best: dict[str, float] = {}

    def note(name: str, seconds: float) -> None:
        best[name] = min(best.get(name, seconds), seconds)

    for _ in range(rounds):
        one: queue.Queue[Any] = queue.Queue()
        note("bare", pairs(one))
        agent = module.Agent("allow")
        note("nobody looks", pairs(one))
        agent.begin(finds=False)
        agent.watch(one, None)
        note("watched", pairs(one))
        agent.begin_record({})
        note("recorded", pairs(one))
        agent.end_record({})
        agent.restore()
        note("restored", pairs(one))
        assert not agent.faults, agent.faults
    for _ in range(max(rounds // 3, 1)):
        note("work", working(queue.Queue(10), loops))
        agent = module.Agent("allow")
        agent.begin(finds=False)
        with Looking(agent):
            note("work looked at", working(queue.Queue(10), loops))
        agent.restore()
        note("work again", working(queue.Queue(10), loops))
    bare = best["bare"]
    build = "free-threaded" if not getattr(sys, "_is_gil_enabled", lambda: True)() else ""
    print(f"Python {sys.version.split()[0]} {build}")
    print(f"  a pair: {bare * 1e9:.0f} ns")
    budget = {"nobody looks": 0.05, "watched": 0.5, "recorded": 1.0, "restored": 0.05}
    is_within = True
    for name, most in budget.items():
        more = (best[name] - bare) * 1e6
        is_within &= more <= most
        print(f"  {name:<14} {more * 1e3:+5.0f} ns  (at most {most * 1e3:.0f})")
    share = best["work looked at"] / best["work"] - 1
    is_within &= share <= 0.03
    noise = best["work again"] / best["work"] - 1
    print(f"  {best['work'] * 1e6:.0f} µs an item, looked at: {share:+.1%}  (at most 3 %;", end=" ")
    print(f"the same, not watched: {noise:+.1%})")
    return 0 if is_within else 1


if __name__ == "__main__":
    raise SystemExit(main())
