"""`LifoQueue` and `PriorityQueue`: queues that give their items in another order."""

from __future__ import annotations

import queue as standard
from typing import TypeVar

from pcsim.queue import locked
from pcsim.queue.queue import Queue

T = TypeVar("T")


class LifoQueue(Queue[T], standard.LifoQueue[T]):
    """A queue that gives the item first that was put last.

    It works under a lock of its own, as the standard class does, and is faster than that. It
    has the same list in `queue`, and the same hooks.

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

    put = locked.put
    get = locked.get


class PriorityQueue(Queue[T], standard.PriorityQueue[T]):  # type: ignore[type-var]
    """A queue that gives the smallest item first.

    Items are compared with `<`. Of several items that compare equal, any may come first; put
    `(priority, number, item)` to have them in order. It works under a lock of its own, as the
    standard class does, and is faster than that. It has the same heap in `queue`.

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

    put = locked.put
    get = locked.get
