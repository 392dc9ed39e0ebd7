"""`pcsim.Queue` against `queue.Queue`: items a second between threads, and uncontended.

Prints the ratio of each pairing, the median of interleaved rounds.
"""

from __future__ import annotations

import argparse
import queue
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

import pcsim.queue

GOALS = {1: 1.8, 10: 1.2, 1000: 3.8}


def between_threads(
    make: Callable[[int], Any], capacity: int, crowd: tuple[int, int], items: int
) -> float:
    """Items a second through one queue, from `crowd[0]` producers to `crowd[1]` consumers."""
    producers, consumers = crowd
    q = make(capacity)
    share = items // producers
    counts = [share * producers // consumers] * consumers
    counts[0] += share * producers - sum(counts)
    gate = threading.Barrier(producers + consumers + 1)

    def produce() -> None:
        gate.wait()
        put = q.put
        for number in range(share):
            put(number)

    def consume(number: int) -> None:
        gate.wait()
        get = q.get
        for _ in range(number):
            get()

    threads = [threading.Thread(target=produce) for _ in range(producers)]
    threads += [threading.Thread(target=consume, args=(number,)) for number in counts]
    for thread in threads:
        thread.start()
    gate.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    return share * producers / (time.perf_counter() - begin)


def in_pairs(make: Callable[[int], Any], capacity: int, pairs: int, items: int) -> float:
    """Items a second through that many queues together, each with a producer and a consumer."""
    gate = threading.Barrier(2 * pairs + 1)
    share = items // pairs

    def produce(q: Any) -> None:
        gate.wait()
        for number in range(share):
            q.put(number)

    def consume(q: Any) -> None:
        gate.wait()
        for _ in range(share):
            q.get()

    queues = [make(capacity) for _ in range(pairs)]
    threads = [
        threading.Thread(target=work, args=(q,)) for q in queues for work in (produce, consume)
    ]
    for thread in threads:
        thread.start()
    gate.wait()
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    return share * pairs / (time.perf_counter() - begin)


def own_queues(make: Callable[[int], Any], threads: int, items: int) -> float:
    """Pairs of put and get a second in threads that share nothing, each with its own queue."""
    gate = threading.Barrier(threads + 1)

    def work() -> None:
        q = make(10)
        gate.wait()
        for number in range(items):
            q.put(number)
            q.get()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    gate.wait()
    begin = time.perf_counter()
    for worker in workers:
        worker.join()
    return threads * items / (time.perf_counter() - begin)


def scaling(make: Callable[[int], Any], rounds: int, items: int) -> float:
    """How many times as much as one thread two threads do that share nothing."""
    return statistics.median(
        own_queues(make, 2, items) / own_queues(make, 1, items) for _ in range(rounds)
    )


def uncontended(make: Callable[[int], Any], items: int) -> float:
    """Pairs of put and get a second in one thread."""
    q = make(1000)
    put, get = q.put, q.get
    begin = time.perf_counter()
    for number in range(items):
        put(number)
        get()
    return items / (time.perf_counter() - begin)


def compare(
    measure: Callable[[Callable[[int], Any]], float], rounds: int
) -> tuple[float, float, float]:
    ours, theirs = [], []
    for _ in range(rounds):
        theirs.append(measure(queue.Queue))
        ours.append(measure(pcsim.queue.Queue))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    return statistics.median(ours), statistics.median(theirs), ratio


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="more or fewer items a round")
    options = parser.parse_args()
    row = "{:<22} {:>12} {:>12} {:>7} {:>6}"
    print(row.format("", "pcsim/s", "queue/s", "ratio", "goal"))
    for capacity, goal in GOALS.items():
        for crowd in ((1, 1), (3, 2), (8, 8)):
            items = int({1: 30_000, 10: 60_000, 1000: 200_000}[capacity] * options.scale)

            def measure(
                make: Callable[[int], Any],
                c: int = capacity,
                w: tuple[int, int] = crowd,
                n: int = items,
            ) -> float:
                return between_threads(make, c, w, n)

            ours, theirs, ratio = compare(measure, options.rounds)
            name = f"capacity {capacity}, {crowd[0]}P{crowd[1]}C"
            print(
                row.format(name, f"{ours:,.0f}", f"{theirs:,.0f}", f"{ratio:.2f}", goal), flush=True
            )
    ours, theirs, ratio = compare(
        lambda make: uncontended(make, int(300_000 * options.scale)), options.rounds
    )
    print(
        row.format("uncontended put + get", f"{ours:,.0f}", f"{theirs:,.0f}", f"{ratio:.2f}", 4.0)
    )
    for capacity in GOALS:
        items = int({1: 10_000, 10: 20_000, 1000: 80_000}[capacity] * options.scale)
        ours, theirs, ratio = compare(
            lambda make, c=capacity, n=items: in_pairs(make, c, 8, n), options.rounds
        )
        name = f"8 pairs, capacity {capacity}"
        print(row.format(name, f"{ours:,.0f}", f"{theirs:,.0f}", f"{ratio:.2f}", 1.0), flush=True)
    print("two threads with a queue each, by one: ", end="")
    for make in (pcsim.queue.Queue, queue.Queue):
        figure = scaling(make, options.rounds, int(100_000 * options.scale))
        print(f"{make.__module__.split('.')[0]} {figure:.2f}", end="  ")
    print()


if __name__ == "__main__":
    main()
