"""What is inside a queue that works under a lock, by the names of the standard class."""

from __future__ import annotations

import queue as standard
from typing import Any

from pcsim import runtime
from pcsim.queue.condition import Notice
from pcsim.queue.fork import watch_conditions
from pcsim.queue.tasks import Tasks

NAMES = (
    "queue", "mutex", "not_empty", "not_full", "all_tasks_done", "maxsize", "is_shutdown",
    "unfinished_tasks",
)  # fmt: skip
"""The attributes of the standard class."""


class Inside:
    """The attributes that code from outside may look at and replace."""

    __slots__ = (
        "__weakref__", "all_tasks_done", "has_usual_hooks", "is_shutdown", "longest_wait",
        "maxsize", "mutex", "not_empty", "not_full", "queue", "tasks",
    )  # fmt: skip

    queue: Any
    mutex: Any
    not_empty: Any
    not_full: Any
    all_tasks_done: Any
    maxsize: Any

    def __init__(self) -> None:
        self.is_shutdown: Any = False
        self.tasks = Tasks()
        self.has_usual_hooks = False
        """Whether its own `_qsize`, `_put` and `_get` may be called in the place of the queue's."""
        self.longest_wait: float | None = None
        """Seconds after which a thread that waits looks again, though it was not notified."""

    _qsize = standard.Queue._qsize
    _put = standard.Queue._put
    _get = standard.Queue._get

    @property
    def unfinished_tasks(self) -> int:
        """The number of items put for which `task_done` was not called yet."""
        return self.tasks.unfinished

    @unfinished_tasks.setter
    def unfinished_tasks(self, number: int) -> None:
        self.tasks.unfinished = number


def make_locks(state: Any) -> None:
    """Give an `Inside`, or a queue, a lock and the conditions on it."""
    state.mutex = mutex = runtime.Lock()
    state.not_empty = Notice(mutex)
    state.not_full = Notice(mutex)
    state.all_tasks_done = Notice(mutex)
    watch_conditions(state)
