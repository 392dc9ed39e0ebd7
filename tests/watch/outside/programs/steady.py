"""A program that comes to stand still in many ways, says how things are in it, and waits.

It runs on every Python that can be watched, without anything that is not Python's own.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import queue
import sys
import threading
from collections.abc import Callable
from typing import Any


class Orders(queue.Queue[int]):
    pass


class Sets(queue.Queue[int]):
    def _init(self, maxsize: int) -> None:
        self.queue: Any = set()

    def _put(self, item: int) -> None:
        self.queue.add(item)

    def _get(self) -> int:
        return int(self.queue.pop())


class Store:
    def __init__(self) -> None:
        self.rows = Orders(4)
        self.shelves: dict[str, queue.Queue[int]] = {
            "high": queue.Queue(7),
            "low": queue.LifoQueue(),
        }


full: queue.Queue[int] = queue.Queue(2)
empty: queue.LifoQueue[int] = queue.LifoQueue()
ranked: queue.PriorityQueue[int] = queue.PriorityQueue(9)
chosen = Sets(5)
spread: queue.Queue[int] = queue.Queue()
spread.__dict__["note"] = "its attributes are in a dict now"
store = Store()
numbers: list[queue.Queue[int]] = [queue.Queue(), queue.Queue(3)]
simple: queue.SimpleQueue[int] = queue.SimpleQueue()
release = threading.Event()


def put_until(inbox: queue.Queue[int]) -> None:
    while not release.is_set():
        inbox.put(1)


def get_until(inbox: queue.Queue[int]) -> None:
    while not release.is_set():
        inbox.get()


def get_for(inbox: queue.Queue[int], seconds: float) -> None:
    while not release.is_set():
        with contextlib.suppress(queue.Empty):
            inbox.get(timeout=seconds)


class Reader:
    def __init__(self, inbox: queue.Queue[int]) -> None:
        self.inbox = inbox

    def take(self) -> int:
        return self.inbox.get()

    def run(self) -> None:
        while not release.is_set():
            self.take()


def feed(outbox: queue.Queue[int]) -> None:
    outbox.put(0)
    release.wait()


def start(name: str, target: Callable[..., object], *args: object) -> None:
    threading.Thread(target=target, args=args, name=name, daemon=True).start()


def waiters(condition: Any) -> int:
    return len(condition._waiters)


def until(condition: threading.Condition, count: int) -> None:
    while True:
        with condition:
            if waiters(condition) == count:
                return


def main() -> None:
    start("putter-1", put_until, full)
    start("putter-2", put_until, full)
    start("getter", get_until, empty)
    start("zweite Ernte äöü", get_for, empty, 1000)
    start("\N{SNOWMAN} reader", Reader(store.rows).run)
    start("feeder", feed, spread)
    start("joiner", spread.join)
    for number in range(3):
        ranked.put(number)
        chosen.put(number % 2)
        simple.put(number)
        store.shelves["low"].put(number)
    for _ in range(100):
        numbers[0].put(1)
    for _ in range(40):
        numbers[0].get()
    simple.get()
    numbers[1].unfinished_tasks = 2**35 + 5
    until(full.not_full, 2)
    until(empty.not_empty, 2)
    until(store.rows.not_empty, 1)
    until(spread.all_tasks_done, 1)
    named: dict[str, queue.Queue[int]] = {
        "full": full,
        "empty": empty,
        "ranked": ranked,
        "chosen": chosen,
        "spread": spread,
        "Store.rows": store.rows,
        "Store.shelves['high']": store.shelves["high"],
        "Store.shelves['low']": store.shelves["low"],
        "numbers[0]": numbers[0],
        "numbers[1]": numbers[1],
    }
    truth = {
        "version": sys.version.split()[0],
        "queues": {
            name: {
                "kind": type(one).__name__,
                "depth": one.qsize(),
                "maxsize": one.maxsize,
                "unfinished": one.unfinished_tasks,
                "getters": waiters(one.not_empty),
                "putters": waiters(one.not_full),
            }
            for name, one in named.items()
        },
        "simple": simple.qsize(),
        "waits": {
            "putter-1": ["full", "put", False],
            "putter-2": ["full", "put", False],
            "getter": ["empty", "get", False],
            "zweite Ernte äöü": ["empty", "get", True],
            "\N{SNOWMAN} reader": ["Store.rows", "get", False],
            "joiner": ["spread", "join", False],
        },
        "uses": {
            "putter-1": [[], ["full"]],
            "getter": [["empty"], []],
            "\N{SNOWMAN} reader": [["Store.rows"], []],
            "feeder": [[], ["spread"]],
        },
        "threads": {one.name: [one.ident, one.native_id] for one in threading.enumerate()},
    }
    print(json.dumps(truth), flush=True)
    held = sys.stdin.readline().strip()
    if held:  # keep Python's lock, in C, for as long as anybody looks
        print("holding", flush=True)
        ctypes.PyDLL(None).sleep(60)
    sys.stdin.readline()


main()
