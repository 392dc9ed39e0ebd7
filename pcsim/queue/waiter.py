"""One thread that waits at queues, and what it was given there.

`pcsim.queue.waiting` has the rules.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any

from pcsim import runtime

if TYPE_CHECKING:
    from pcsim.queue.waiting import QueueCore


class Waiter:
    """One thread that waits at one queue, or for any of several."""

    __slots__ = ("error", "is_settled", "item", "lock", "pending", "queue", "queues")

    def __init__(self, queues: tuple[QueueCore[Any], ...], item: Any = None) -> None:
        self.lock = runtime.Lock()
        self.lock.acquire()
        self.queues = queues
        self.queue: QueueCore[Any] | None = None
        self.item = item
        self.error: BaseException | None = None
        self.pending = True
        self.is_settled = False
        """Its owner has its result, or does not want it any more."""

    def admitted(self, queue: QueueCore[Any]) -> float:
        """Its item is about to be queued; it holds a slot. The instant, where that is measured."""
        return 0.0

    def taken(self, queue: QueueCore[Any]) -> float:
        """Its item has left the queue; the slot is not free yet. The instant, as above."""
        return 0.0

    def end(self, queue: QueueCore[Any] | None, error: BaseException | None = None) -> None:
        """Under the mutex: its wait is over; it leaves the other lines and is woken."""
        if len(self.queues) > 1 or queue is None:
            for other in self.queues:
                if other is not queue and self in other._getters:
                    other._getters.remove(self)
        self.queue = queue
        self.error = error
        self.pending = False
        self.lock.release()

    def left(self, line: deque[Waiter]) -> bool:
        """Under the mutex: it leaves this line and all others, unless served in the meantime."""
        if not self.pending:
            return False
        self.pending = False
        self.is_settled = True
        if self in line:
            line.remove(self)
        for queue in self.queues:
            if self in queue._getters:
                queue._getters.remove(self)
        return True

    def raise_error(self) -> None:
        """Raise what it was served instead of a result; nothing refers to it then but itself."""
        error, self.error = self.error, None
        if error is not None:
            try:
                raise error
            finally:
                del error


def claimed(line: deque[Waiter]) -> Waiter | None:
    """Under the mutex: the first who still waits; it has left the line and is the caller's alone.
    One who is served from another line at this very moment is passed over."""
    while line:
        try:
            waiter = line.popleft()
        except IndexError:  # emptied from within
            return None
        if waiter.pending:
            waiter.pending = False
            return waiter
    return None


def checked_timeout(timeout: float) -> float:
    """The timeout in seconds, cut to what a lock can wait. Raises ValueError unless 0 or more."""
    if not timeout >= 0:
        raise ValueError("'timeout' must be a non-negative number")
    if math.isinf(timeout):
        raise ValueError("'timeout' must be finite; None waits for ever")
    return min(timeout, runtime.LONGEST_WAIT)
