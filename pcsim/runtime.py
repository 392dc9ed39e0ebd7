"""The one source of locks, threads, clocks and deques, so that a test can supply its own.

Queues and engines look these names up here (`runtime.Lock()`) each time that they make one, and
use no other module for them. So a program that replaces the attributes of this module before it
makes a queue or a system decides how every thread of it takes turns.
"""

from __future__ import annotations

import atexit
import collections
import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

clock: Callable[[], float] = time.monotonic
"""Seconds on a clock that nothing sets back."""

thread_clock: Callable[[], float] = time.thread_time
"""Seconds that the calling thread has been on a processor."""


process_clock: Callable[[], float] = time.process_time
"""Seconds that all threads of this process together have been on a processor."""


def thread_cpu_time(native_id: int) -> float | None:
    """Return the seconds that a live thread of this process has been on a processor.

    Args:
        native_id: The thread's native id.

    Returns:
        The seconds; None where the thread has ended, and on systems other than Linux. There the
        clock of a thread follows from its id, so that one that has ended is an error; to read the
        clock of `pthread_getcpuclockid` is undefined then. The call keeps the interpreter's lock.
    """
    if sys.platform != "linux":
        return None
    try:
        return time.clock_gettime(~native_id << 3 | 6)
    except OSError:
        return None


def thread_core_wait_time(native_id: int) -> float | None:
    """Return the seconds that a live thread was ready to run and waited for a core.

    Reading the file gives the interpreter's lock away, and it may take a while to get it back.

    Args:
        native_id: The thread's native id.

    Returns:
        The seconds; None where the thread has ended, and on systems other than Linux.
    """
    try:
        file = os.open(f"/proc/self/task/{native_id}/schedstat", os.O_RDONLY)
    except OSError:
        return None
    try:
        return int(os.read(file, 64).split()[1]) * 1e-9
    except (OSError, ValueError, IndexError):
        return None
    finally:
        os.close(file)


class CoreWait:
    """How long the thread that makes it has waited for a core, to be read again and again."""

    def __init__(self) -> None:
        try:
            self._file = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        except OSError:  # not on Linux
            self._file = -1

    def read(self) -> float:
        """Return the seconds so far; 0.0 where they are not known."""
        try:
            return int(os.pread(self._file, 64, 0).split()[1]) * 1e-9
        except (OSError, ValueError, IndexError, AttributeError):
            return 0.0

    def close(self) -> None:
        """It is not needed any more."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def core_count() -> int:
    """Return how many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        return os.cpu_count() or 1


def has_interpreter_lock() -> bool:
    """Return whether only one thread at a time runs Python code."""
    is_enabled: Callable[[], bool] = getattr(sys, "_is_gil_enabled", lambda: True)
    return is_enabled()


Lock = threading.Lock
RLock = threading.RLock
Condition = threading.Condition
Thread = threading.Thread
current_thread = threading.current_thread
main_thread = threading.main_thread
get_ident = threading.get_ident
get_native_id = threading.get_native_id
thread_count = threading.active_count
deque = collections.deque
"""Each method of it is one C call, which no other thread interrupts: queues rely on that. Without
a global lock, copying is an exception: see `listed`."""
count = itertools.count
"""A counter. Each step of it is one C call, too."""

COPY_TRIES = 10
"""How often a deque that other threads change is copied at most."""


def listed(items: collections.deque[Any]) -> list[Any]:
    """List what is in a deque that other threads may be changing; no lock is taken.

    With a global lock it is what was there at one time. Without one, a copy fails when another
    thread comes in between, which may go on for ever. Then one item after the other is looked at:
    each was there when it was looked at, in the order of the deque, and some may be missing.

    Args:
        items: The deque.

    Returns:
        Its items, the first one first.

    >>> listed(deque([1, 2]))
    [1, 2]
    """
    for _ in range(COPY_TRIES):
        try:
            return list(items.copy())  # copying is one C call
        except RuntimeError:
            continue
    found: list[Any] = []
    with suppress(IndexError):  # others have taken the rest; what was found before stays
        found.extend(items[place] for place in range(len(items)))
    return found


class FairLock:
    """A lock that its owner may take again, and that threads get in turn.

    A thread that releases it and takes it again at once does not starve those that wait. A
    signal handler may take it, too.
    """

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
    """A flag that is raised once, and that threads can wait for.

    A `threading.Event` has a lock of its own. A signal handler would find it taken by the very
    thread that it has interrupted. Here one C call takes a waiting thread out, and each waiting
    thread looks at the flag once more after it can be taken out: so it is always woken.
    """

    def __init__(self) -> None:
        self.is_set = False
        self._waiting: dict[Any, None] = {}

    def set(self) -> None:
        """Raise the flag, and wake every thread that waits for it."""
        self.is_set = True
        while self._waiting:
            try:
                bell, _ = self._waiting.popitem()
            except KeyError:  # another thread was quicker
                return
            bell.release()

    def wait(self, timeout: float) -> bool:
        """Wait for at most `timeout` seconds (0 or more); return whether the flag is raised."""
        bell = Lock()
        bell.acquire()
        self._waiting[bell] = None
        try:
            if not self.is_set:
                bell.acquire(timeout=min(timeout, LONGEST_WAIT))
        finally:
            self._waiting.pop(bell, None)
        return self.is_set


sleep: Callable[[float], None] = time.sleep
"""Let others run for that many seconds, 0 or more."""


def yield_thread() -> None:
    """Let another thread run, if one is ready."""
    time.sleep(0)


def end_process_in(seconds: float) -> None:
    """Have the system end this process then, whatever each of its threads is waiting for.

    Only the main thread may call it. The first call counts. Where there is no such timer, nothing
    happens.

    Args:
        seconds: The time from now, above 0.
    """
    if hasattr(signal, "setitimer") and not signal.getitimer(signal.ITIMER_REAL)[0]:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, seconds)


LONGEST_WAIT = threading.TIMEOUT_MAX
"""The longest time in seconds that a lock can be waited for."""


def worker_thread(name: str, run: Callable[[], None]) -> threading.Thread:
    """Make the thread of one worker, without starting it.

    It is a daemon for one case alone: a source or sink that hangs for ever must not hold up
    the interpreter's exit.
    """
    return Thread(target=run, name=name, daemon=True)


def call_at_exit(function: Callable[[], None]) -> None:
    """Call this function when the interpreter exits, before it waits for its threads.

    A thread that is no daemon may wait for a run, so `atexit` would come too late. This is where
    `concurrent.futures` registers, too; where it is missing, `atexit` has to do.
    """
    try:
        getattr(threading, "_register_atexit", atexit.register)(function)
    except RuntimeError:  # the interpreter is waiting for its threads already
        atexit.register(function)
