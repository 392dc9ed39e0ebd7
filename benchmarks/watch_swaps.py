"""Watch a busy program and stop, thousands of times: nothing may be lost, doubled or reordered.

    python benchmarks/watch_swaps.py --swaps 10000       # any Python from 3.11

Producers put numbered items into queues of the standard library, consumers take them, some with
timeouts and some without blocking; meanwhile conditions are put in their place and taken out again.
"""

from __future__ import annotations

import argparse
import queue
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from watch_cost import load_agent


class Traffic:
    """Two producers and two consumers at one queue, until they are stopped."""

    def __init__(self, kind: Any, size: int) -> None:
        self.queue = kind(size)
        self.is_over = threading.Event()
        self.taken: list[list[tuple[int, int]]] = [[], []]
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
        taken = self.taken[number]
        while True:
            try:
                item = self.queue.get(timeout=0.01) if len(taken) % 3 else self.queue.get()
            except queue.Empty:
                continue
            if item == (-1, -1):
                return
            taken.append(item)

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
        both = [item for taken in self.taken for item in taken]
        expected = {(item, number) for number in range(2) for item in range(self.put[number])}
        assert len(both) == len(expected), (len(both), len(expected))
        assert set(both) == expected
        if type(self.queue) is queue.Queue:
            for taken in self.taken:
                for number in range(2):
                    own = [item for item, by in taken if by == number]
                    assert own == sorted(own)
        return len(both)


def main() -> int:
    """Swap, and check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--swaps", type=int, default=10_000)
    swaps = parser.parse_args().swaps
    module = load_agent()
    traffic = [
        Traffic(kind, size)
        for kind in (queue.Queue, queue.LifoQueue, queue.PriorityQueue)
        for size in (1, 10)
    ]
    for one in traffic:
        for thread in one.threads:
            thread.start()
    agent = module.Agent("allow")
    looks = 0
    for number in range(swaps):
        agent.begin(finds=False)
        for one in traffic:
            agent.watch(one.queue, None)
        agent._note_standing()
        if number % 3 == 0:
            agent.begin_record({})
        if number % 5 == 0:
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
