"""The one source of locks, threads and clocks, so that a test can put its own in their place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

clock: Callable[[], float] = time.monotonic
"""Seconds on a clock that nothing sets back."""

Lock = threading.Lock
RLock = threading.RLock
Event = threading.Event
Condition = threading.Condition
Thread = threading.Thread
current_thread = threading.current_thread


class FairLock:
    """A lock that its owner may take again, and that is given in turn: whoever lets it go and
    takes it again at once does not starve those that wait."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._turn = Lock()
        self._owner: threading.Thread | None = None
        self._depth = 0

    def __enter__(self) -> None:
        me = current_thread()
        if self._owner is me:
            self._depth += 1
            return
        with self._turn:
            self._lock.acquire()
        self._owner = me
        self._depth = 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._owner = None
            self._lock.release()


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
