"""Small programs whose every schedule is run, each with what it came to and the states it met."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pcsim
from pcsim import testing

Note = Callable[[Any], None]
"""Takes what a schedule came to, or a core to note the states of."""


@testing.explore(preemptions=2, grain="calls")
def put_and_get(end: Note, watch: Note) -> None:
    """Two putters of one item each, and a getter of both."""
    queue: pcsim.Queue[int] = pcsim.Queue(1)
    watch(queue._pcsim_core)
    got = testing.threads(
        lambda: queue.put(1), lambda: queue.put(2), lambda: (queue.get(), queue.get())
    )
    end(got[2])


@testing.explore(preemptions=2, grain="calls")
def in_time(end: Note, watch: Note) -> None:
    """Those that give up, and those that are served at the last moment."""
    queue: pcsim.Queue[int] = pcsim.Queue(1)
    watch(queue._pcsim_core)

    def put(item: int) -> bool:
        try:
            queue.put(item, timeout=1)
        except pcsim.Full:
            return False
        return True

    def get() -> int:
        try:
            return queue.get(timeout=1)
        except pcsim.Empty:
            return 0

    end((testing.threads(lambda: put(1), lambda: put(2), get), list(queue.queue)))


@testing.explore(preemptions=2, grain="calls")
def get_any(end: Note, watch: Note) -> None:
    """A getter of two queues, each of which is put into."""
    left: pcsim.Queue[int] = pcsim.Queue(1)
    right: pcsim.Queue[int] = pcsim.Queue(1)
    watch(left._pcsim_core)
    watch(right._pcsim_core)
    got = testing.threads(
        lambda: left.put(1), lambda: right.put(2), lambda: pcsim.get_any([left, right])[1]
    )
    end(got[2])


@testing.explore(preemptions=2, grain="calls")
def shut_down(end: Note, watch: Note) -> None:
    """A putter, a getter, and one that shuts the queue down in one of both ways."""
    queue: pcsim.Queue[int] = pcsim.Queue(1)
    watch(queue._pcsim_core)

    def put() -> int:
        for item in range(2):
            try:
                queue.put(item)
            except pcsim.ShutDown:
                return item
        return 2

    def get() -> list[int]:
        got: list[int] = []
        while True:
            try:
                got.append(queue.get())
            except pcsim.ShutDown:
                return got

    end(testing.threads(put, get, lambda: queue.shutdown(testing.choose(False, True))))


@testing.explore(preemptions=2, grain="calls")
def look_inside(end: Note, watch: Note) -> None:
    """A queue that is looked into while it is used."""
    queue: pcsim.Queue[int] = pcsim.Queue(1)
    watch(queue._pcsim_core)
    end(testing.threads(lambda: queue.put(1), queue.get, lambda: len(queue.queue)))


@testing.explore(preemptions=2, grain="calls")
def interrupted(end: Note, watch: Note) -> None:
    """A getter that may be interrupted, and one that waits its turn."""
    queue: pcsim.Queue[int] = pcsim.Queue(1)
    watch(queue._pcsim_core)

    def get() -> int:
        try:
            with testing.interrupts():
                return queue.get()
        except (KeyboardInterrupt, pcsim.ShutDown):
            return 0

    def put() -> None:
        queue.put(1)
        queue.shutdown()

    def get_the_rest() -> int:
        try:
            return queue.get()
        except pcsim.ShutDown:
            return 0

    end(testing.threads(put, get, get_the_rest))


@testing.explore(preemptions=2, grain="calls")
def interrupted_lock(end: Note, watch: Note) -> None:
    """Threads that may be interrupted while they wait for a lock, have it, or leave it."""
    lock, did = threading.Lock(), []

    def work(name: str) -> None:
        try:
            with testing.interrupts(), lock:
                did.append(name)
                did.append(name.upper())
        except KeyboardInterrupt:
            did.append("-")

    testing.threads(lambda: work("a"), lambda: work("b"))
    end("".join(did))


@testing.explore(preemptions=2)
def without_a_lock(end: Note, watch: Note) -> None:
    """A look and a change of what is not pcsim's, at every statement."""
    numbers = {"a": 0, "b": 0}

    def add(name: str) -> None:
        before = numbers["a"]
        numbers[name] += 1
        numbers["a"] = before + 2

    testing.threads(lambda: add("a"), lambda: add("b"))
    end(tuple(numbers.items()))


@testing.explore(preemptions=2)
def closures(end: Note, watch: Note) -> None:
    """Names that functions share, and a choice."""
    flag, seen = 0, []

    def set_flag() -> None:
        nonlocal flag
        flag += testing.choose(1, 10)
        flag *= 2

    testing.threads(set_flag, set_flag, lambda: seen.append(flag))
    end((flag, seen[0]))


@testing.explore(preemptions=2)
def events(end: Note, watch: Note) -> None:
    """What the standard classes share, looked at without their locks."""
    event, lock, turns = threading.Event(), threading.RLock(), threading.Semaphore(1)
    seen: list[object] = []

    def look() -> None:
        seen.append(event.is_set())
        seen.append(event.wait(0.5))
        with lock, turns:
            seen.append(event.is_set())

    def change() -> None:
        with lock:
            event.set()
            time.sleep(0.5)
        with turns:
            event.clear()

    testing.threads(look, change)
    end(tuple(seen))


@testing.explore(preemptions=2)
def threads_that_end(end: Note, watch: Note) -> None:
    """Whether a thread lives, is waited for, and starts at all."""
    testing.starts_may_fail()
    seen: list[object] = []
    thread = threading.Thread(target=lambda: seen.append("ran"))

    def start() -> None:
        try:
            thread.start()
        except RuntimeError:
            seen.append("failed")

    def look() -> None:
        seen.append(thread.is_alive())
        time.sleep(0)
        seen.append(thread.is_alive())

    testing.threads(start, look)
    end(tuple(seen))
