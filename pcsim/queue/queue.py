"""`Queue`: a drop-in for the standard library's `queue.Queue` of Python 3.13, several times faster.

Its fast paths take no lock; `pcsim.queue.serving` has the rules they keep.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from pcsim import runtime
from pcsim.queue.conditions import Conditions
from pcsim.queue.core import Empty, Full, QueueCore, ShutDown, Waiter
from pcsim.queue.deque_view import DequeView
from pcsim.queue.domains import free_standing_domain
from pcsim.queue.interrupted import finish_put, give_up_slot, serve_surely
from pcsim.queue.mutex import Mutex, TasksMutex
from pcsim.queue.serving import join_getters, join_putters, resize, serve, serve_now, shut_down
from pcsim.queue.tasks import CountedWaiter, Tasks
from pcsim.queue.waiting import abandon, checked_timeout, wait_to_get, wait_to_put

T = TypeVar("T")

_HOOKS = ("_init", "_qsize", "_put", "_get")


def _has_hooks(kind: type[Queue[Any]]) -> bool:
    return any(getattr(kind, hook) is not getattr(Queue, hook) for hook in _HOOKS)


class Queue(QueueCore[T], Generic[T]):
    """A first-in first-out queue between any number of threads.

    It has every method and attribute of Python 3.13's `queue.Queue`, `shutdown` included, on all
    versions of Python. `put` and `get` take no lock while there is a free slot or an item.

    Subclasses may replace the hooks `_init`, `_qsize`, `_put` and `_get`, as with the standard
    class. A queue with hooks takes a lock for each operation, and calls the hooks under it. All
    queues that are not part of a `ProducerConsumerSystem` share that lock, so that `get_any` can
    wait on several of them. So a slow hook delays every operation on such a queue that has to
    wait, to wake another thread or to call a hook, and the end of a wait by its `timeout`. It
    delays no operation that finds a slot or an item and no waiting thread, and no system.

    After `os.fork`, the child has the queue with the items in it, and no thread waits there. If
    another thread was in the middle of an operation, the item that it had taken is lost.

    Args:
        maxsize: The capacity in items; 0 or less for an unbounded queue. It may be changed later
            by assigning to `maxsize`; items beyond a smaller capacity stay.

    Example:
        >>> import pcsim
        >>> queue = pcsim.Queue(maxsize=2)
        >>> queue.put("first")
        >>> queue.put("second")
        >>> queue.full()
        True
        >>> queue.get()
        'first'
        >>> queue.shutdown()
        >>> queue.get()
        'second'
    """

    def __init__(self, maxsize: int = 0) -> None:
        super().__init__(maxsize, free_standing_domain(), _has_hooks(type(self)))
        self.mutex = Mutex(self)
        self.all_tasks_done = runtime.Condition(TasksMutex(self, self.mutex))  # type: ignore[arg-type]
        self._tasks = Tasks()
        self._count_put: Callable[[], int] = self._tasks.count_put
        self._last_turn = 0
        """The turn in which `get_any` last took from it; 0 for never."""
        self._init(maxsize)

    # The hooks.

    def _init(self, maxsize: int) -> None:
        """Make `self.queue`, for a subclass that stores its items otherwise."""
        if self._hooked:
            self.queue = runtime.deque()

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
        """What is queued, the next to go first, like a deque.

        To look at more than one item, or to do one thing after another, own `mutex` meanwhile. An
        assigned iterable is copied. In a subclass with hooks, this is whatever it stores here.
        """
        return self._stored if self._hooked else DequeView(self, self.mutex)

    @queue.setter
    def queue(self, items: Any) -> None:
        if self._hooked:
            self._stored = items
        else:
            DequeView(self, self.mutex).replace(items)

    @property
    def not_empty(self) -> runtime.Condition:
        """The condition that is notified when there is something to get; its lock is `mutex`."""
        return self._made_conditions().not_empty

    @property
    def not_full(self) -> runtime.Condition:
        """The condition that is notified when there is a free slot; its lock is `mutex`."""
        return self._made_conditions().not_full

    def _made_conditions(self) -> Conditions:
        with self._mutex:
            if self._conditions is None:
                self._conditions = Conditions(self.mutex)
            return self._conditions

    @property
    def maxsize(self) -> int:
        """The capacity in items; 0 or less for an unbounded queue.

        A new value applies at once and drops nothing: a queue that has more items than a new,
        smaller capacity refuses puts until enough of them are taken.
        """
        return self._maxsize

    @maxsize.setter
    def maxsize(self, maxsize: int) -> None:
        with self._mutex:
            resize(self, maxsize)

    # In and out.

    def put(self, item: T, block: bool = True, timeout: float | None = None) -> None:
        """Put an item into the queue, waiting for a free slot if there is none.

        Args:
            item: Any object.
            block: Whether to wait when the queue is full.
            timeout: The longest wait in seconds, 0 or more; None to wait without a limit. It is
                ignored without `block`.

        Raises:
            Full: No slot became free in time, or at once without `block`.
            ShutDown: The queue is shut down, or was while this waited.
            ValueError: `timeout` is negative, infinite or not a number.

        Example:
            >>> import pcsim
            >>> queue = pcsim.Queue(maxsize=1)
            >>> queue.put("fits")
            >>> try:
            ...     queue.put("does not", timeout=0.01)
            ... except pcsim.Full:
            ...     print("full")
            full
        """
        if block and timeout is not None:
            timeout = checked_timeout(timeout)
        try:
            self._fast_free.pop()  # take a free slot
        except IndexError:
            pass
        except BaseException:  # an interrupt, which comes at the end of a call
            give_up_slot(self)
            raise
        else:
            if self.is_shutdown:
                give_up_slot(self)
                raise ShutDown
            is_queued = False
            try:
                self._count_put()
                is_queued = True  # by the next call, even if that is interrupted
                self._fast_items.append(item)  # publish, ...
                if self._wants_item:  # ... then look
                    serve_now(self)
            except BaseException:
                finish_put(self, item, is_queued=is_queued)
                raise
            return
        self._put_slowly(item, block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> T:
        """Take the next item from the queue, waiting for one if there is none.

        Args:
            block: Whether to wait when the queue is empty.
            timeout: The longest wait in seconds, 0 or more; None to wait without a limit. It is
                ignored without `block`.

        Returns:
            The item that was queued first; in a subclass, the one that its `_get` chooses.

        Raises:
            Empty: No item came in time, or at once without `block`.
            ShutDown: The queue is shut down and empty.
            ValueError: `timeout` is negative, infinite or not a number.

        Example:
            >>> import pcsim
            >>> queue = pcsim.Queue()
            >>> queue.put("item")
            >>> queue.get()
            'item'
            >>> try:
            ...     queue.get(timeout=0.01)
            ... except pcsim.Empty:
            ...     print("empty")
            empty
        """
        if block and timeout is not None:
            timeout = checked_timeout(timeout)
        try:
            item: T = self._fast_items.popleft()
        except IndexError:
            pass
        except BaseException:  # an interrupt: the item is lost, as in the standard class
            give_up_slot(self)
            raise
        else:
            try:
                self._fast_free.append(None)  # publish the slot, ...
                if self._wants_slot:  # ... then look
                    serve_now(self)
            except BaseException:
                serve_surely(self)
                raise
            return item
        return self._get_slowly(block, timeout)

    def put_nowait(self, item: T) -> None:
        """Put an item at once: `put` without `block`.

        Args:
            item: Any object.

        Raises:
            Full: No slot is free.
            ShutDown: The queue is shut down.
        """
        self.put(item, block=False)

    def get_nowait(self) -> T:
        """Take an item, or raise `Empty` at once: `get` without `block`."""
        return self.get(block=False)

    # In the two functions below, `pcsim.queue.fork` finds the waiter by the name `waiter`.

    def _put_slowly(self, item: T, block: bool, timeout: float | None) -> None:
        waiter: Waiter | None = None
        served = False
        try:
            with self._mutex:
                is_closed = self.is_shutdown
                if not is_closed and self._put_at_once(item, self._count_put):
                    serve(self)
                    return
                if block and timeout != 0 and not is_closed:
                    waiter = CountedWaiter((self,), item, self._count_put)
                    join_putters(self, waiter)
            if waiter is not None:
                served = wait_to_put(self, waiter, timeout)
        except BaseException:  # an interrupt may come anywhere
            if waiter is None:
                serve_surely(self)
            else:
                abandon(self, waiter, self._putters)
            raise
        if not served:
            raise ShutDown if is_closed else Full

    def _get_slowly(self, block: bool, timeout: float | None) -> T:
        must_not_wait = not block or timeout == 0
        if must_not_wait and not (self._items or self._hooked or self.is_shutdown):
            raise Empty
        waiter = Waiter((self,))
        try:
            with self._mutex:
                join_getters(self, waiter)
                is_refused = must_not_wait and waiter.withdraw()
            served = not is_refused and wait_to_get(self, waiter, timeout)
        except BaseException:  # an interrupt may come anywhere
            abandon(self, waiter, self._getters)
            raise
        if not served:
            raise Empty
        item: T = waiter.item
        return item

    # Looking.

    def qsize(self) -> int:
        """The number of items that are queued now."""
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
        """The number of items put for which `task_done` was not called yet."""
        with self._mutex:
            return self._tasks.unfinished

    @unfinished_tasks.setter
    def unfinished_tasks(self, number: int) -> None:
        with self._mutex:
            self._tasks.unfinished = number

    def task_done(self) -> None:
        """Report that an item got earlier is processed, for those that wait in `join`.

        Raises:
            ValueError: It was called more often than items were put.
        """
        with self._mutex:
            if self._tasks.finish():
                self.all_tasks_done.notify_all()

    def join(self) -> None:
        """Wait until `task_done` was called for every item that was put.

        Example:
            >>> import pcsim
            >>> queue = pcsim.Queue()
            >>> queue.put("task")
            >>> task = queue.get()
            >>> queue.task_done()
            >>> queue.join()
        """
        with self._mutex:
            while self._tasks.unfinished:
                self.all_tasks_done.wait()

    # Shutdown.

    def shutdown(self, immediate: bool = False) -> None:
        """Refuse every further put with `ShutDown`, and every get once the queue is empty.

        Threads that wait in `put` get `ShutDown` at once, those that wait in `get` as soon as no
        item is left or on its way. A second call does no harm.

        Args:
            immediate: Whether to drop what is queued as well. A dropped item counts as done.

        Example:
            >>> import pcsim
            >>> queue = pcsim.Queue()
            >>> queue.shutdown()
            >>> try:
            ...     queue.put("too late")
            ... except pcsim.ShutDown:
            ...     print("shut down")
            shut down
        """
        with self._mutex:
            shut_down(self, immediate)
            if immediate:
                self.all_tasks_done.notify_all()
        self._release_dropped()

    # What the core reports.

    def _on_dropped(self, item: T) -> None:
        if self._tasks.unfinished > 0 and self._tasks.finish():
            self.all_tasks_done.notify_all()

    def _after_fork(self) -> None:
        self.mutex.forget_other_threads()
