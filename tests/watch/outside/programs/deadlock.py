"""Two threads that put into each other's queue, which are both full: neither can go on.

With the argument `timed` one of them gives up after a quarter of an hour.
"""

from __future__ import annotations

import queue
import sys
import threading

TIMEOUT = 1000 if sys.argv[1:] == ["timed"] else None
left: queue.Queue[int] = queue.Queue(1)
right: queue.Queue[int] = queue.Queue(1)


def forward() -> None:
    while True:
        right.put(1)
        right.put(2, timeout=TIMEOUT)
        left.get()


def back() -> None:
    while True:
        left.put(1)
        left.put(2)
        right.get()


for target in (forward, back):
    threading.Thread(target=target, name=target.__name__, daemon=True).start()
for one in (left, right):
    while True:
        with one.not_full:
            if one.not_full._waiters:  # type: ignore[attr-defined]
                break
print("ready", flush=True)
sys.stdin.readline()
