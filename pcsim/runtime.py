"""The one source of locks, threads and clocks, so that a test can put its own in their place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

clock: Callable[[], float] = time.monotonic
"""Seconds on a clock that nothing sets back."""

Lock = threading.Lock
RLock = threading.RLock
Condition = threading.Condition
Thread = threading.Thread
current_thread = threading.current_thread


class FairLock:
    """A lock that its owner may take again, and that is given in turn: whoever lets it go and
    takes it again at once does not starve those that wait. A signal handler may take it, too."""

    def __init__(self) -> None:
        self._lock: Any = RLock()
        self._turn = RLock()

    def __enter__(self) -> None:
        if self._lock._is_owned():
            self._lock.acquire()
            return
        with self._turn:
            self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class Latch:
    """A flag that is raised once, and that can be waited for.

    An event has a lock of its own, which a signal handler would find taken by the very thread
    that it has interrupted. Here who waits is found by one C call, and looks once more when it
    can be found: so it is woken.
    """

    def __init__(self) -> None:
        self.is_set = False
        self._waiting: dict[Any, None] = {}

    def set(self) -> None:
        """Raise it, and wake whoever waits."""
        self.is_set = True
        while self._waiting:
            try:
                bell, _ = self._waiting.popitem()
            except KeyError:  # another thread was quicker
                return
            bell.release()

    def wait(self, timeout: float) -> bool:
        """Wait for at most so many seconds (0 or more); whether it is raised."""
        bell = Lock()
        bell.acquire()
        self._waiting[bell] = None
        try:
            if not self.is_set:
                bell.acquire(timeout=min(timeout, LONGEST_WAIT))
        finally:
            self._waiting.pop(bell, None)
        return self.is_set


def give_way() -> None:
    """Let another thread run, where one can."""
    time.sleep(0)


LONGEST_WAIT = threading.TIMEOUT_MAX
"""The longest time in seconds that a lock can be waited for."""


def worker_thread(name: str, run: Callable[[], None]) -> threading.Thread:
    """A thread for one worker, not yet started.

    It is a daemon for one case alone: a source or sink that hangs for ever must not hold up
    the interpreter's exit.
    """
    return Thread(target=run, name=name, daemon=True)
