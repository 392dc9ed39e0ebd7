"""Watch a busy program and stop, thousands of times: nothing may be lost, doubled or reordered.

    python benchmarks/watch_swaps.py --swaps 10000       # any Python from 3.11

Producers put numbered items into queues of the standard library and of pcsim, consumers take them,
some with timeouts and some without blocking; meanwhile the queues are watched, and left again.
"""

from __future__ import annotations

import argparse
import math
import queue
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
from watch_cost import load_agent  # noqa: E402 - found by the line before

from pcsim.queue.queue import Queue as OurQueue  # noqa: E402


class Traffic:
    """Two producers and two consumers at one queue, until they are stopped."""

    def __init__(self, kind: Any, size: int) -> None:
        self.queue = kind(size)
        self.is_over = threading.Event()
        self.taken = [[[0, 0, 0, -1] for _ in range(2)] for _ in range(2)]
        """By consumer and producer: how many items, their sum, that of their squares, the last."""
        self.unordered = 0
        self.put = [0, 0]
        self.threads = [threading.Thread(target=self._produce, args=(n,)) for n in range(2)]
        self.threads += [threading.Thread(target=self._consume, args=(n,)) for n in range(2)]

    def _produce(self, number: int) -> None:
        put = self.queue.put
        while not self.is_over.is_set():
            if self.put[number] % 3:
                put((self.put[number], number))
            else:
                try:
                    put((self.put[number], number), timeout=0.01)
                except queue.Full:
                    continue
            self.put[number] += 1

    def _consume(self, number: int) -> None:
        taken, tries = self.taken[number], 0
        while True:
            tries += 1
            try:
                item, by = self.queue.get(timeout=0.01) if tries % 3 else self.queue.get()
            except queue.Empty:
                continue
            if by == -1:
                return
            seen = taken[by]
            seen[0] += 1
            seen[1] += item
            seen[2] += item * item
            self.unordered += item < seen[3]
            seen[3] = item

    def stop(self) -> None:
        """End the producers, then the consumers, after the last item."""
        self.is_over.set()
        for thread in self.threads[:2]:
            thread.join()
        while not self.queue.empty():  # only then the next item is the last in any order
            threading.Event().wait(0.001)
        for _ in range(2):
            self.queue.put((-1, -1))
        for thread in self.threads[2:]:
            thread.join()

    def check(self) -> int:
        """How many items went through; each exactly once, and those of a producer in order."""
        for number, put in enumerate(self.put):
            seen = [sum(taken[number][what] for taken in self.taken) for what in range(3)]
            expected = [put, put * (put - 1) // 2, (put - 1) * put * (2 * put - 1) // 6]
            assert seen == expected, (seen, expected)
        if type(self.queue) in (queue.Queue, OurQueue):
            assert not self.unordered
        return sum(self.put)


def main() -> int:
    """Swap, and check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--swaps", type=int, default=10_000)
    parser.add_argument("--queues", type=int, default=8, help="at most 8, with 4 threads each")
    options = parser.parse_args()
    swaps = options.swaps
    module = load_agent()
    traffic = [
        Traffic(kind, size)
        for size in (1, 10)
        for kind in (queue.LifoQueue, queue.PriorityQueue, queue.Queue, OurQueue)
    ][-options.queues :]
    for one in traffic:
        for thread in one.threads:
            thread.start()
    module.find_names = lambda _: None  # it takes most of a look, and is not what is tried here
    agent = module.Agent("allow")
    looks = 0
    for number in range(swaps):
        if number % 1_000 == 0:
            print(f"{number} swaps, {time.process_time():.0f} s of CPU", flush=True)
        agent.begin(finds=False)
        for one in traffic:
            agent.watch(one.queue, None)
        agent.others[-1].begin()
        agent._note_standing(agent.books.values())
        if number % 3 == 0:
            agent.begin_record({})
        agent.looked_at.find_at = math.inf
        if number % 20 == 0:
            looks += len(agent.look({})["queues"])
        agent.restore()
    for one in traffic:
        one.stop()
    passed = sum(one.check() for one in traffic)
    assert not agent.faults, agent.faults
    print(
        f"Python {sys.version.split()[0]}: {swaps} swaps at {len(traffic)} queues, {looks} rows"
        f" looked at, {passed} items went through, each once"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
