"""A program whose main thread feeds its workers, or waits for ever while another one does."""

from __future__ import annotations

import queue
import sys
import threading
import time

tasks: queue.Queue[int] = queue.Queue(5)


def work() -> None:
    while True:
        tasks.get()
        time.sleep(0.002)


def feed() -> None:
    while True:
        tasks.put(1)
        time.sleep(0.001)


threading.Thread(target=work, name="work", daemon=True).start()
print("ready", flush=True)
if sys.argv[1:] == ["main"]:
    feed()
feeder = threading.Thread(target=feed, name="feed", daemon=True)
feeder.start()
feeder.join()
