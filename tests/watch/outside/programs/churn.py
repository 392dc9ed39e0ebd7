"""A program in which threads and queues come and go as fast as they can."""

from __future__ import annotations

import contextlib
import itertools
import queue
import sys
import threading

queues: list[queue.Queue[int]] = [queue.Queue(2) for _ in range(4)]


def work(inbox: queue.Queue[int], outbox: queue.Queue[int]) -> None:
    for _ in range(5):
        with contextlib.suppress(queue.Empty, queue.Full):
            outbox.put(inbox.get(timeout=0.001), timeout=0.001)


def main() -> None:
    print("ready", flush=True)
    threads: list[threading.Thread] = []
    for number in itertools.count():
        place = number % len(queues)
        queues[place] = queue.LifoQueue(number % 5) if number % 3 else queue.Queue(2)
        queues[place].put(number)
        thread = threading.Thread(target=work, args=(queues[place], queues[place - 1]))
        thread.start()
        threads.append(thread)
        if len(threads) > 20:
            threads.pop(0).join()


threading.Thread(target=main, daemon=True).start()
sys.stdin.readline()
