"""How many items of a queue were put and not yet reported done by `task_done`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pcsim import runtime
from pcsim.queue.core import QueueCore, Waiter


class Tasks:
    """The count of unfinished tasks of one queue."""

    __slots__ = ("_done", "_lock", "_reads", "count_put")

    def __init__(self) -> None:
        self.count_put: Callable[[], int] = runtime.count(1).__next__
        """Count an item that is put. One C call, so that fast paths need no lock for it."""
        self._reads = 0
        self._done = 0
        self._lock = runtime.RLock()

    @property
    def unfinished(self) -> int:
        """Items put for which `task_done` was not called yet."""
        # The counter of puts can only be read by moving it on, so the reads are counted as well.
        with self._lock:
            self._reads += 1  # first: an interrupt comes at the end of the call
            return self.count_put() - self._reads - self._done

    @unfinished.setter
    def unfinished(self, number: int) -> None:
        with self._lock:
            self._done += self.unfinished - number

    def finish(self) -> bool:
        """Count one as done; return whether it was the last.

        Raises `ValueError` when none was unfinished.
        """
        with self._lock:
            unfinished = self.unfinished
            if unfinished <= 0:
                raise ValueError("task_done() called too many times")
            self._done += 1
            return unfinished == 1


class CountedWaiter(Waiter):
    """A putter whose item counts as a task from the moment it is queued."""

    __slots__ = ("_count", "_is_counted")

    def __init__(
        self, queues: tuple[QueueCore[Any], ...], item: Any, count_put: Callable[[], int]
    ) -> None:
        super().__init__(queues, item)
        self._count = count_put
        self._is_counted = False

    def on_slot(self, queue: QueueCore[Any]) -> float:
        """Count the item as a task, once."""
        if not self._is_counted:
            self._is_counted = True
            self._count()
        return 0.0
