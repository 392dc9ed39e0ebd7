"""`Queue`: a drop-in for the standard library's `queue.Queue` of Python 3.13, several times faster.

Its fast paths take no lock; `pcsim.queue.serving` has the rules they keep.
"""

from __future__ import annotations

import queue as standard
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any, Generic, TypeVar

from pcsim import runtime
from pcsim.queue.forked import remember
from pcsim.queue.queued import Queued
from pcsim.queue.serving import ServedQueue
from pcsim.queue.waiter import Waiter, checked_timeout

T = TypeVar("T")

Empty = standard.Empty
Full = standard.Full

if hasattr(standard, "ShutDown"):
    ShutDown: type[Exception] = standard.ShutDown
else:

    class ShutDown(Exception):  # type: ignore[no-redef]  # Python before 3.13 has none
        """A put to a queue that is shut down, or a get when it is empty as well."""


_HOOKS = ("_init", "_qsize", "_put", "_get")


class Queue(ServedQueue[T], Generic[T]):
    """A first-in first-out queue for any number of threads; `maxsize` of 0 or less: unbounded.

    Subclasses may replace `_init`, `_qsize`, `_put` and `_get`, as with the standard class;
    they are then called under a lock. That lock is shared by all queues, so that `get_any`
    can wait on several.

    A child made by `os.fork` has the queue with what was in it, and nobody waits there. Where
    another thread was in the middle of an operation, what that thread had in hand is gone.
    """

    def __init__(self, maxsize: int = 0) -> None:
        hooked = any(getattr(type(self), hook) is not getattr(Queue, hook) for hook in _HOOKS)
        super().__init__(maxsize, ShutDown, hooked)
        self.mutex = self._mutex
        self.all_tasks_done = runtime.Condition(self._mutex)
        self._turn_served = 0
        self._count_put: Callable[[], int] = count(1).__next__
        self._counts_read = 0
        self._tasks_done = 0
        self.queue: Any = Queued(self)
        self._init(maxsize)
        remember(self)

    def _init(self, maxsize: int) -> None:
        """Make `self.queue`, for a subclass that stores its items otherwise."""
        if self._hooked:
            self.queue = deque()

    def _qsize(self) -> int:
        return len(self.queue)

    def _put(self, item: T) -> None:
        (self.queue if self._hooked else self._items).append(item)

    def _get(self) -> T:
        item: T = (self.queue if self._hooked else self._items).popleft()
        return item

    @property
    def maxsize(self) -> int:
        """The capacity; a new value holds from then on and throws nothing away."""
        return self._maxsize

    @maxsize.setter
    def maxsize(self, maxsize: int) -> None:
        with self._mutex:
            self._resize(maxsize)

    # In and out.

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        """Put an item, waiting for a free slot, for at most `timeout` seconds where given.

        Raises `Full` when there is none in time (at once without `block`), `ShutDown` when the
        queue is shut down, `ValueError` for a timeout that is negative, infinite or not a number
        where it is asked to `block`.
        """
        if block and timeout is not None:
            timeout = checked_timeout(timeout)
        try:
            self._free.pop()
        except IndexError:
            pass
        else:
            if self.is_shutdown:
                self._free.append(None)
                self._serve_now()
                raise ShutDown
            self._count_put()
            self._items.append(item)
            if self._wants_item:
                self._serve_now()
            return
        self._put_slowly(item, block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Take the next item, waiting for one, for at most `timeout` seconds where given.

        Raises `Empty` when there is none in time (at once without `block`), `ShutDown` when the
        queue is shut down and empty, `ValueError` as `put` does.
        """
        if block and timeout is not None:
            timeout = checked_timeout(timeout)
        try:
            item = self._items.popleft()
        except IndexError:
            pass
        else:
            self._free.append(None)
            if self._wants_slot:
                self._serve_now()
            return item
        return self._get_slowly(block, timeout)

    def put_nowait(self, item: T) -> None:
        """Put an item, or raise `Full` at once."""
        self.put(item, block=False)

    def get_nowait(self) -> T:
        """Take an item, or raise `Empty` at once."""
        return self.get(block=False)

    def _put_slowly(self, item: T, block: bool, timeout: float | None) -> None:
        waiter: Waiter | None = None
        try:
            with self._mutex:
                if self.is_shutdown:
                    raise ShutDown
                if self._take_slot():
                    self._put(item)
                    self._count_put()
                    self._serve()
                    return
                if not block or timeout == 0:
                    raise Full
                waiter = _PutWaiter((self,), item)
                self._join_putters(waiter)
            served = self._wait_to_put(waiter, timeout)
        except BaseException:  # an interrupt may come anywhere
            if waiter is not None:
                self._abandon(waiter, self._putters)
            raise
        if not served:
            raise Full

    def _get_slowly(self, block: bool, timeout: float | None) -> T:
        if not self._hooked and not self.is_shutdown and (not block or timeout == 0):
            raise Empty
        waiter = Waiter((self,))
        try:
            with self._mutex:
                self._join_getters(waiter)
                if waiter.pending and (not block or timeout == 0):
                    self._cancel(waiter, self._getters)
                    raise Empty
            served = self._wait_to_get(waiter, timeout)
        except BaseException:  # an interrupt may come anywhere
            self._abandon(waiter, self._getters)
            raise
        if not served:
            raise Empty
        item: T = waiter.item
        return item

    # Looking.

    def qsize(self) -> int:
        """How many items are queued now."""
        if not self._hooked:
            return len(self._items)
        with self._mutex:
            return self._qsize()

    def empty(self) -> bool:
        """Whether nothing is queued now."""
        return not self.qsize()

    def full(self) -> bool:
        """Whether no slot is free now."""
        return 0 < self._maxsize <= self.qsize()

    # Tasks.

    @property
    def unfinished_tasks(self) -> int:
        """Items put for which `task_done` was not called yet."""
        with self._mutex:
            # The counter that the fast path uses can only be read by moving it on.
            put = self._count_put() - 1 - self._counts_read
            self._counts_read += 1
            return put - self._tasks_done

    @unfinished_tasks.setter
    def unfinished_tasks(self, number: int) -> None:
        with self._mutex:
            self._tasks_done += self.unfinished_tasks - number

    def task_done(self) -> None:
        """Say that an item got earlier is dealt with. Raises `ValueError` when said too often."""
        with self.all_tasks_done:
            unfinished = self.unfinished_tasks - 1
            if unfinished < 0:
                raise ValueError("task_done() called too many times")
            self._tasks_done += 1
            if unfinished == 0:
                self.all_tasks_done.notify_all()

    def join(self) -> None:
        """Wait until `task_done` was called for every item put."""
        with self.all_tasks_done:
            while self.unfinished_tasks:
                self.all_tasks_done.wait()

    # Closing.

    def shutdown(self, immediate: bool = False) -> None:
        """Refuse every further put, and get when the queue is empty, with `ShutDown`.

        `immediate` also throws away what is queued, as if it had been got and done.
        """
        with self._mutex:
            self.is_shutdown = True
            if immediate:
                self._is_immediate = True
            self._serve()
            if immediate:
                self.all_tasks_done.notify_all()
        self._bury()

    def _dropped(self, item: T) -> None:
        unfinished = self.unfinished_tasks
        if unfinished > 0:
            self._tasks_done += 1
        if unfinished == 1:
            self.all_tasks_done.notify_all()


class _PutWaiter(Waiter):
    """A putter whose item counts as a task from the moment it is queued."""

    __slots__ = ()

    def admitted(self, queue: ServedQueue[Any]) -> float:
        if isinstance(queue, Queue):
            queue._count_put()
        return 0.0


class LifoQueue(Queue[T]):
    """Last in, first out."""

    def _init(self, maxsize: int) -> None:
        self.queue: list[T] = []

    def _get(self) -> T:
        return self.queue.pop()


class PriorityQueue(Queue[T]):
    """The smallest item first."""

    def _init(self, maxsize: int) -> None:
        self.queue: list[Any] = []

    def _put(self, item: T) -> None:
        heappush(self.queue, item)

    def _get(self) -> T:
        item: T = heappop(self.queue)
        return item
