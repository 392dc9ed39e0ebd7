"""`LifoQueue` and `PriorityQueue`: a `Queue` whose hooks give its items in another order."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TypeVar

from pcsim.queue.queue import Queue

T = TypeVar("T")


class LifoQueue(Queue[T]):
    """A `Queue` that gives the item first that was put last.

    Args:
        maxsize: As for `Queue`.

    Example:
        >>> import pcsim
        >>> queue = pcsim.LifoQueue()
        >>> for item in (1, 2, 3):
        ...     queue.put(item)
        >>> [queue.get() for _ in range(3)]
        [3, 2, 1]
    """

    def _init(self, maxsize: int) -> None:
        self.queue = []

    def _get(self) -> T:
        item: T = self.queue.pop()
        return item


class PriorityQueue(Queue[T]):
    """A `Queue` that gives the smallest item first.

    Items are compared with `<`. Of several items that compare equal, any may come first; put
    `(priority, number, item)` to have them in order.

    Args:
        maxsize: As for `Queue`.

    Example:
        >>> import pcsim
        >>> queue = pcsim.PriorityQueue()
        >>> for item in (3, 1, 2):
        ...     queue.put(item)
        >>> [queue.get() for _ in range(3)]
        [1, 2, 3]
    """

    def _init(self, maxsize: int) -> None:
        self.queue = []

    def _put(self, item: T) -> None:
        heappush(self.queue, item)

    def _get(self) -> T:
        item: T = heappop(self.queue)
        return item
