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

LONGEST_WAIT = threading.TIMEOUT_MAX
"""The longest time in seconds that a lock can be waited for."""


def worker_thread(name: str, run: Callable[[], None]) -> threading.Thread:
    """A thread for one worker, not yet started.

    It is a daemon for one case alone: a source or sink that hangs for ever must not hold up
    the interpreter's exit.
    """
    return Thread(target=run, name=name, daemon=True)
