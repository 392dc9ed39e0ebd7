"""A pool of two threads with five tasks: three wait until the first two are done."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

go_on = threading.Event()
begun = threading.Semaphore(0)


def task() -> None:
    begun.release()
    go_on.wait()


resizing = ThreadPoolExecutor(2, thread_name_prefix="resize")
for _ in range(5):
    resizing.submit(task)
for _ in range(2):
    begun.acquire()
print("ready", flush=True)
sys.stdin.readline()
go_on.set()
for _ in range(3):
    begun.acquire()
print("done", flush=True)
sys.stdin.readline()
