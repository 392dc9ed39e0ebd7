"""A program that knows nothing of pcsim: workers who sleep, who compute, or who do both.

    python benchmarks/watched/workers.py sleeping|mixed|computing WORKERS SECONDS LOOPS

Prints the items a second that the workers did in the second half of that time. LOOPS is the number
of turns of a loop that stands for 4 ms of work in Python.
"""

from __future__ import annotations

import queue
import random
import sys
import threading
import time

LATE = "over"


def compute(loops: int) -> int:
    total = 0
    for number in range(loops):
        total += number & 3
    return total


def main(kind: str, workers: int, seconds: float, loops: int) -> None:
    jobs: queue.Queue[object] = queue.Queue(20)
    began = time.monotonic()
    done: list[list[float]] = [[] for _ in range(workers)]

    def work(number: int) -> None:
        rng, mine = random.Random(number), done[number]
        while jobs.get() is not LATE:
            if kind != "computing":
                time.sleep(rng.uniform(0.006, 0.018))
            if kind != "sleeping":
                compute(loops)
            mine.append(time.monotonic())

    threads = [
        threading.Thread(target=work, args=(number,), name=f"worker-{number}")
        for number in range(workers)
    ]
    for thread in threads:
        thread.start()
    number = 0
    while time.monotonic() < began + seconds:
        jobs.put(number)
        number += 1
    end = time.monotonic()
    for _ in threads:
        jobs.put(LATE)
    for thread in threads:
        thread.join()
    half = (began + end) / 2
    counted = sum(half < at < end for mine in done for at in mine)
    print(counted / (end - half))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
