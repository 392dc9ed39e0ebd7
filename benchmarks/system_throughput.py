"""The whole system against the hand-written pipeline of `queue.Queue`, threads and sentinels.

3 producers, 1 queue, 2 consumers, no delays. Ours keeps the counters, item records and the
percentiles of the waiting time. Prints the ratio for each capacity, the median of interleaved
rounds; then the cost of 30 snapshots a second, of a snapshot of 1,000 workers, and of a hand-off
from thread to thread. Capacity 10 needs two of them for every 13 items.
"""

from __future__ import annotations

import argparse
import queue
import statistics
import threading
import time
from collections.abc import Callable

from pcsim import ProducerConsumerSystem
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario

GOALS = {1: 1.8, 10: 1.1, 100: 1.15, 1000: 1.15}
PRODUCERS, CONSUMERS = 3, 2


def by_hand(capacity: int, items: int) -> float:
    """Items a second through the pipeline that people write."""
    line: queue.Queue[object] = queue.Queue(capacity)
    end = object()
    kept: list[list[object]] = [[] for _ in range(CONSUMERS)]

    def produce() -> None:
        for number in range(items // PRODUCERS):
            line.put(number)

    def consume(destination: list[object]) -> None:
        while (item := line.get()) is not end:
            destination.append(item)

    producers = [threading.Thread(target=produce) for _ in range(PRODUCERS)]
    consumers = [threading.Thread(target=consume, args=(into,)) for into in kept]
    begin = time.perf_counter()
    for thread in producers + consumers:
        thread.start()
    for thread in producers:
        thread.join()
    for _ in consumers:
        line.put(end)
    for thread in consumers:
        thread.join()
    total = sum(map(len, kept))
    assert total == items // PRODUCERS * PRODUCERS
    return total / (time.perf_counter() - begin)


def by_pcsim(capacity: int, items: int, snapshots_per_second: float = 0) -> float:
    """Items a second through a system of ours."""
    system = ProducerConsumerSystem()
    system.add_queue("main", capacity)
    kept: list[object] = []
    for number in range(PRODUCERS):
        system.add_producer(f"P{number}", range(items // PRODUCERS), 0, queue_name="main")
    for number in range(CONSUMERS):
        system.add_consumer(f"C{number}", kept, 0, queue_names="main")
    begin = time.perf_counter()
    system.start()
    if snapshots_per_second:
        while not system.wait_for_completion(timeout=1 / snapshots_per_second):
            system.snapshot()
    else:
        system.wait_for_completion()
    spent = time.perf_counter() - begin
    assert len(kept) == system.snapshot().totals.consumed == items // PRODUCERS * PRODUCERS
    return len(kept) / spent


def ratio(ours: Callable[[], float], theirs: Callable[[], float], rounds: int) -> list[float]:
    """The medians of both, and the median of the rounds' ratios."""
    pairs = [(theirs(), ours()) for _ in range(rounds)]
    return [
        statistics.median(pair[1] for pair in pairs),
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] / pair[0] for pair in pairs),
    ]


def snapshot_of_a_crowd(rounds: int) -> tuple[float, float]:
    """CPU seconds of a snapshot of 1,000 workers nearly all of whose rows have changed, and of
    reading every row of it: a row is made when it is read."""
    engine = ThreadsEngine(
        Scenario(
            queues=tuple(QueueSpec(f"q{n}", 10) for n in range(10)),
            producers=tuple(ProducerSpec(f"p{n}", f"q{n % 10}", 0.2) for n in range(500)),
            consumers=tuple(ConsumerSpec(f"c{n}", (f"q{n % 10}",), 0.2) for n in range(500)),
        )
    )
    engine.start()
    engine.join(1.0)
    taken, read = [], []
    for _ in range(rounds):
        engine.join(0.25)
        begin = time.thread_time()
        snapshot = engine.snapshot()
        taken.append(time.thread_time() - begin)
        assert len(tuple(snapshot.workers)) == 1_000
        read.append(time.thread_time() - begin - taken[-1])
    engine.abort()
    engine.join()
    return statistics.median(taken), statistics.median(read)


def hand_off(times: int) -> float:
    """Seconds from one thread to another and nothing else: they pass a lock to and fro. What a
    queue of few places costs on this machine is mostly this, in any implementation."""
    there, back = threading.Lock(), threading.Lock()
    there.acquire()
    back.acquire()

    def answer() -> None:
        for _ in range(times):
            there.acquire()
            back.release()

    other = threading.Thread(target=answer)
    other.start()
    begin = time.perf_counter()
    for _ in range(times):
        there.release()
        back.acquire()
    spent = time.perf_counter() - begin
    other.join()
    return spent / times / 2


def idle_share(seconds: float) -> float:
    """CPU of the process over time while 1,000 workers have nothing to do."""
    engine = ThreadsEngine(
        Scenario(
            queues=(QueueSpec("main", 10),),
            producers=(ProducerSpec("p", "main", 3600.0),),
            consumers=tuple(ConsumerSpec(f"c{n}", ("main",), 1.0) for n in range(999)),
        )
    )
    engine.start()
    engine.join(1.0)
    cpu, begin = time.process_time(), time.perf_counter()
    engine.join(seconds)
    share = (time.process_time() - cpu) / (time.perf_counter() - begin)
    engine.abort()
    engine.join()
    return share


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="more or fewer items a round")
    options = parser.parse_args()
    row = "{:<34} {:>11} {:>11} {:>7} {:>6}"
    print(row.format("3P, one queue, 2C", "pcsim/s", "by hand/s", "ratio", "goal"))
    for capacity, goal in GOALS.items():
        items = int({1: 30_000, 10: 90_000}.get(capacity, 200_000) * options.scale)

        def ours(c: int = capacity, n: int = items) -> float:
            return by_pcsim(c, n)

        def theirs(c: int = capacity, n: int = items) -> float:
            return by_hand(c, n)

        mine, other, median = ratio(ours, theirs, options.rounds)
        name = f"capacity {capacity}"
        print(row.format(name, f"{mine:,.0f}", f"{other:,.0f}", f"{median:.2f}", goal), flush=True)
    items = int(600_000 * options.scale)
    mine, other, median = ratio(
        lambda: by_pcsim(100, items, 30), lambda: by_pcsim(100, items), options.rounds
    )
    name = "30 snapshots a second / none"
    print(row.format(name, f"{mine:,.0f}", f"{other:,.0f}", f"{median:.2f}", 0.97))
    taken, read = snapshot_of_a_crowd(30)
    print(f"a snapshot of 1,000 workers: {taken * 1e3:.2f} ms of CPU (goal 2)", end="; ")
    print(f"reading all of its rows: {read * 1e3:.2f} ms")
    bare = statistics.median(hand_off(10_000) for _ in range(options.rounds)) * 1e6
    print(f"a hand-off between two threads that share nothing but locks: {bare:.1f} us")
    print(f"1,000 idle workers: {idle_share(3) * 100:.2f} % of a core (goal 0.5)")


if __name__ == "__main__":
    main()
