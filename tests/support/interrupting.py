"""Interrupt a queue by real signals, and see whether it is whole after each of them."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, Full
from typing import Any, Protocol

PATIENCE = 2.0
"""Seconds after which a thread that does not go on counts as one that hangs."""
LONGEST = 0.002
"""The longest time in seconds until an interrupt comes."""

STOP = object()


class AnyQueue(Protocol):
    """What the standard class and ours have in common."""

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Put an item."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """Take an item."""


class Alarm(BaseException):
    """What the signal handler raises."""


class Alarms:
    """A timer whose signal raises `Alarm` in the main thread, while they are allowed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._may_raise = False
        self._before: Any = None

    def __enter__(self) -> Alarms:
        self._before = signal.signal(signal.SIGALRM, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._before)

    def _on_signal(self, _number: int, _frame: object) -> None:
        if self._may_raise:
            self._may_raise = False
            raise Alarm

    def interrupt(self, operation: Callable[[], object]) -> str:
        """Repeat the operation until an interrupt has come in the middle of it; return what was
        raised instead of that, or nothing."""
        seconds = 1e-6 + self._random.random() * LONGEST
        try:
            self._may_raise = True
            signal.setitimer(signal.ITIMER_REAL, seconds)
            while True:
                operation()
        except Alarm:
            return ""
        except RuntimeError as error:
            return f"it raises RuntimeError: {error}"


def fault_of_put(make: Callable[[int], AnyQueue], capacity: int, alarms: Alarms) -> str:
    """Interrupt a put to two waiting getters; return what is broken after that, or nothing."""
    queue = make(capacity)
    taken = threading.Semaphore(0)
    put = 0

    def take() -> None:
        while queue.get() is not STOP:
            taken.release()

    def operation() -> None:
        nonlocal put
        queue.put(None)
        put += 1

    others = _started(take, take)
    if raised := alarms.interrupt(operation):
        return raised
    for _ in range(put):  # no further operation wakes the getters
        if not taken.acquire(timeout=PATIENCE):
            return "an item waits, and so does a getter"

    def end() -> None:
        for _ in others:
            queue.put(STOP)

    return _fault_of_rest(queue, capacity, others, end)


def fault_of_get(
    make: Callable[[int], AnyQueue],
    capacity: int,
    alarms: Alarms,
    get: Callable[[AnyQueue], object] = lambda queue: queue.get(),
) -> str:
    """Interrupt a get from two waiting putters; return what is broken after that, or nothing."""
    queue = make(capacity)
    is_over = False
    put = threading.Semaphore(0)
    got = 0

    def bring() -> None:
        while not is_over:
            queue.put(None)
            put.release()

    def operation() -> None:
        nonlocal got
        get(queue)
        got += 1

    others = _started(bring, bring)
    if raised := alarms.interrupt(operation):
        return raised
    for _ in range(got + capacity):  # no further operation wakes the putters
        if not put.acquire(timeout=PATIENCE):
            return "a slot is free, and a putter waits"
    is_over = True

    def end() -> None:
        for other in others:
            while other.is_alive():
                with suppress(Empty):
                    queue.get(block=False)
                other.join(0.001)

    return _fault_of_rest(queue, capacity, others, end)


def _started(*calls: Callable[[], None]) -> list[threading.Thread]:
    threads = [threading.Thread(target=call, daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    return threads


def _fault_of_rest(
    queue: AnyQueue, capacity: int, others: list[threading.Thread], end: Callable[[], None]
) -> str:
    """End the others; then, alone with the queue, see whether it holds as many items as its
    capacity and gives them back. That is for another thread: a broken queue may let it hang."""
    faults: list[str] = []

    def look() -> None:
        end()
        for other in others:
            other.join()
        faults.append(_fault_alone(queue, capacity))

    (looking,) = _started(look)
    looking.join(PATIENCE)
    return faults[0] if faults else "an operation hangs"


def _fault_alone(queue: AnyQueue, capacity: int) -> str:
    with suppress(Empty):
        while True:
            queue.get(block=False)
    try:
        for number in range(capacity):
            queue.put(number, block=False)
    except Full:
        return "a slot is lost"
    try:
        queue.put(None, block=False)
    except Full:
        pass
    else:
        return "there is a slot too many"
    got = [queue.get(block=False) for _ in range(capacity)]
    return "" if got == list(range(capacity)) else "it does not give back what it was given"
