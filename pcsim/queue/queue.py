"""`Queue`: a drop-in for the standard library's `queue.Queue` of Python 3.13, several times faster.

Its fast paths take no lock; `pcsim.queue.waiting` has the rules they keep.
"""

from __future__ import annotations

import queue as standard
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pcsim import runtime
from pcsim.queue.deque_view import DequeView
from pcsim.queue.fork import remember
from pcsim.queue.mutex import Conditions, TasksMutex
from pcsim.queue.waiter import Waiter, checked_timeout
from pcsim.queue.waiting import QueueCore

if TYPE_CHECKING:
    from threading import Condition

T = TypeVar("T")

Empty = standard.Empty
Full = standard.Full

if hasattr(standard, "ShutDown"):
    ShutDown: type[Exception] = standard.ShutDown
else:

    class ShutDown(Exception):  # type: ignore[no-redef]  # Python before 3.13 has none
        """A put to a queue that is shut down, or a get when it is empty as well."""


_HOOKS = ("_init", "_qsize", "_put", "_get")


def _has_hooks(kind: type[Queue[Any]]) -> bool:
    return any(getattr(kind, hook) is not getattr(Queue, hook) for hook in _HOOKS)


class Queue(QueueCore[T], Generic[T]):
    """A first-in first-out queue for any number of threads; `maxsize` of 0 or less: unbounded.

    Subclasses may replace `_init`, `_qsize`, `_put` and `_get`, as with the standard class;
    they are then called under a lock. That lock is shared by all queues, so that `get_any`
    can wait on several.

    A child made by `os.fork` has the queue with what was in it, and nobody waits there. Where
    another thread was in the middle of an operation, what that thread had in hand is gone.
    """

    def __init__(self, maxsize: int = 0) -> None:
        super().__init__(maxsize, ShutDown, _has_hooks(type(self)))
        # A condition takes whatever locks; its type names the two standard classes alone.
        self.all_tasks_done = runtime.Condition(TasksMutex(self))  # type: ignore[arg-type]
        self._turn_served = 0
        self._count_put: Callable[[], int] = count(1).__next__
        self._counts_read = 0
        self._tasks_done = 0
        self._init(maxsize)
        remember(self)

    def _init(self, maxsize: int) -> None:
        """Make `self.queue`, for a subclass that stores its items otherwise."""
        if self._hooked:
            self.queue = deque()

    def _qsize(self) -> int:
        return len(self.queue if self._hooked else self._items)

    def _put(self, item: T) -> None:
        self.queue.append(item)

    def _get(self) -> T:
        item: T = self.queue.popleft()
        return item

    # For code that reaches inside.

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if _has_hooks(cls) and cls.queue is Queue.queue:
            # The slot itself: without a call.
            cls.queue = vars(QueueCore)["_stored"]  # type: ignore[method-assign]

    @property
    def queue(self) -> Any:
        """What is queued, the next to go first, like a deque; what a subclass with hooks stores
        here is its own. To look at more than one item, or to do one thing after another, hold
        `mutex`. What is assigned is copied.
        """
        return self._stored if self._hooked else DequeView(self)

    @queue.setter
    def queue(self, items: Any) -> None:
        if self._hooked:
            self._stored = items
        else:
            DequeView(self).become(items)

    @property
    def not_empty(self) -> Condition:
        """Told when there is something to get. It is held as `mutex` is."""
        return self._made_conditions().not_empty

    @property
    def not_full(self) -> Condition:
        """Told when there is a free slot."""
        return self._made_conditions().not_full

    def _made_conditions(self) -> Conditions:
        with self._mutex:
            if self._conditions is None:
                self._conditions = Conditions(self.mutex)
            return self._conditions

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
            self._fast_free.pop()
        except IndexError:
            pass
        else:
            if self.is_shutdown:
                self._fast_free.append(None)
                self._serve_now()
                raise ShutDown
            self._count_put()
            self._fast_items.append(item)
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
            item = self._fast_items.popleft()
        except IndexError:
            pass
        else:
            self._fast_free.append(None)
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
                    if self._hooked:
                        self._put(item)
                    else:
                        self._items.append(item)
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
        must_not_wait = not block or timeout == 0
        if must_not_wait and not (self._items or self._hooked or self.is_shutdown):
            raise Empty
        waiter = Waiter((self,))
        try:
            with self._mutex:
                self._join_getters(waiter)
                if waiter.pending and must_not_wait:
                    waiter.left(self._getters)
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
        with self._mutex:
            unfinished = self.unfinished_tasks - 1
            if unfinished < 0:
                raise ValueError("task_done() called too many times")
            self._tasks_done += 1
            if unfinished == 0:
                self.all_tasks_done.notify_all()

    def join(self) -> None:
        """Wait until `task_done` was called for every item put."""
        with self._mutex:
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

    def admitted(self, queue: QueueCore[Any]) -> float:
        if isinstance(queue, Queue):
            queue._count_put()
        return 0.0


class LifoQueue(Queue[T]):
    """Last in, first out."""

    def _init(self, maxsize: int) -> None:
        self.queue = []

    def _get(self) -> T:
        item: T = self.queue.pop()
        return item


class PriorityQueue(Queue[T]):
    """The smallest item first."""

    def _init(self, maxsize: int) -> None:
        self.queue = []

    def _put(self, item: T) -> None:
        heappush(self.queue, item)

    def _get(self) -> T:
        item: T = heappop(self.queue)
        return item
