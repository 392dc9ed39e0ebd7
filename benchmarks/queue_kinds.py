"""Queues of all kinds against the same of the standard library, in the same run.

Prints the ratio of items a second, the median of interleaved rounds: in one thread, and between
threads. The last row is `pcsim.Queue` against `queue.SimpleQueue`, which is written in C.
"""

from __future__ import annotations

import argparse
import queue
import statistics
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from queue_throughput import between_threads

import pcsim.queue

Make = Callable[[int], Any]


def hooked(base: Any) -> Any:
    """A subclass that stores its items itself."""

    class Hooked(base):  # type: ignore[misc]
        def _init(self, maxsize: int) -> None:
            self.queue = deque()

        def _put(self, item: object) -> None:
            self.queue.append(item)

        def _get(self) -> object:
            return self.queue.popleft()

    return Hooked


def extended(base: Any) -> Any:
    """A subclass without hooks."""

    class Extended(base):  # type: ignore[misc]
        pass

    return Extended


def looked_into(maxsize: int) -> Any:
    """One of ours in which somebody has looked."""
    made = pcsim.queue.Queue[Any](maxsize)
    made.mutex  # noqa: B018
    return made


KINDS: dict[str, tuple[Make, Make, float]] = {
    "Queue": (pcsim.queue.Queue, queue.Queue, 4.0),
    "Queue, looked into": (looked_into, queue.Queue, 1.0),
    "subclass without hooks": (extended(pcsim.queue.Queue), extended(queue.Queue), 1.0),
    "subclass with hooks": (hooked(pcsim.queue.Queue), hooked(queue.Queue), 0.9),
    "LifoQueue": (pcsim.queue.LifoQueue, queue.LifoQueue, 1.0),
    "PriorityQueue": (pcsim.queue.PriorityQueue, queue.PriorityQueue, 1.0),
}


def pairs(make: Make, items: int) -> float:
    """Pairs of put and get a second in one thread."""
    made = make(10)
    put, get = made.put, made.get
    begin = time.perf_counter()
    for number in range(items):
        put(number)
        get()
    return items / (time.perf_counter() - begin)


def filled_and_drained(make: Make, items: int) -> float:
    """Items a second into a new queue without a limit, and out of it."""
    made = make(0)
    put, get = made.put, made.get
    begin = time.perf_counter()
    for number in range(items):
        put(number)
    for _ in range(items):
        get()
    return items / (time.perf_counter() - begin)


def ratio(ours: Make, theirs: Make, measure: Callable[[Make], float], rounds: int) -> float:
    found = [measure(ours) / measure(theirs) for _ in range(rounds)]
    return statistics.median(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--scale", type=float, default=1.0, help="more or fewer items a round")
    options = parser.parse_args()
    scale = options.scale
    measures: dict[str, Callable[[Make], float]] = {
        "one thread": lambda make: pairs(make, int(60_000 * scale)),
        "filled": lambda make: filled_and_drained(make, int(60_000 * scale)),
        "10, 3P2C": lambda make: between_threads(make, 10, (3, 2), int(24_000 * scale)),
        "1000, 8P8C": lambda make: between_threads(make, 1000, (8, 8), int(60_000 * scale)),
        "none, 3P2C": lambda make: between_threads(make, 0, (3, 2), int(60_000 * scale)),
    }
    row = "{:<24}" + " {:>11}" * len(measures) + " {:>6}"
    print(row.format("", *measures, "goal"))
    for name, (ours, theirs, goal) in KINDS.items():
        ratios = [ratio(ours, theirs, one, options.rounds) for one in measures.values()]
        print(row.format(name, *(f"{one:.2f}" for one in ratios), goal), flush=True)
    quick = ratio(
        pcsim.queue.Queue,
        lambda _: queue.SimpleQueue[Any](),
        measures["one thread"],
        options.rounds,
    )
    print(f"SimpleQueue, unbounded, is {1 / quick:.1f} times as fast as Queue in one thread")


if __name__ == "__main__":
    main()
