"""Processes of pcsim's own: copies of this one where that is safe, and others fresh ones.

A fresh process (`spawn`) takes a third of a second of a core to import what it needs, as much as
some runs of a million items take. A copy (`fork`) has it all at once. But only the thread that
makes a copy goes on in it: locks that others have at that moment are never released there. So
copies are made on Linux only, and only of a process without any other thread.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

from pcsim import runtime

THREADS = Path("/proc/self/task")
"""Has an entry for each thread of this process: also for those that Python does not know."""


class ProcessMaker:
    """Makes pools of processes. It is made before anything has run.

    The libraries under numpy, which the first run loads, start threads as well. Those end for a
    copy by a handler of their own (`pthread_atfork` in OpenBLAS), and are started anew in both.
    """

    def __init__(self) -> None:
        self._was_alone = has_one_thread()
        self.made_copies = False
        """Whether those of the last pool are copies of this process: they work from the start."""

    def __call__(self, number: int) -> Executor:
        """Make a pool.

        Args:
            number: How many processes it has.
        """
        self.made_copies = self.makes_copies
        return ProcessPoolExecutor(
            number,
            mp_context=multiprocessing.get_context("fork" if self.made_copies else "spawn"),
            initializer=ignore_signals,
        )

    @property
    def makes_copies(self) -> bool:
        """Whether a pool that is made now has copies of this process."""
        return self._was_alone and runtime.thread_count() == 1


def has_one_thread() -> bool:
    """Return whether this process is known to have no other thread; as far as Linux shows."""
    if sys.platform != "linux":
        return False
    with suppress(OSError):  # a container may have no /proc
        return sum(1 for _ in THREADS.iterdir()) == 1
    return False


def ignore_signals() -> None:
    """Leave Ctrl-C to the process that hands out the work, and end by what ends a process."""
    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
