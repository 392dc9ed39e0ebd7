"""`Queue`: a drop-in for the standard library's `queue.Queue` of Python 3.13, several times faster.

A queue is *sealed* as long as no code from outside looks inside. Then its fast paths, which are
here, take no lock; `pcsim.queue.serving` has the rules they keep. From the first look on, and from
the beginning where its class has hooks, it works under a lock, as the standard class does:
`pcsim.queue.locked`.
"""

from __future__ import annotations

import queue as standard
from typing import Any, TypeVar

from pcsim.queue import locked
from pcsim.queue.attributes import inside_property, look, sealed_core, settle_class
from pcsim.queue.core import Empty as Empty
from pcsim.queue.core import Full as Full
from pcsim.queue.core import ShutDown
from pcsim.queue.hooks import HOOKS, has_hooks
from pcsim.queue.inside import NAMES
from pcsim.queue.interrupted import finish_put, give_up_slot, serve_surely
from pcsim.queue.sealed import SealedCore, serve_after_get
from pcsim.queue.serving import serve_now
from pcsim.queue.slow_path import get_slowly, put_slowly
from pcsim.queue.unsealing import inside_of

T = TypeVar("T")


class Queue(standard.Queue[T]):
    """A first-in first-out queue between any number of threads.

    It has every method and attribute of Python 3.13's `queue.Queue`, `shutdown` included, on all
    versions of Python. `put` and `get` take no lock while there is a free slot or an item.

    Code that reaches inside finds what the standard class has there: `mutex`, `queue`, the
    conditions, and the hooks `_init`, `_qsize`, `_put` and `_get`, to be replaced in a subclass or
    in an object. The first look at one of the attributes, and any hook, has the queue work as the
    standard class does, under a lock of its own, for as long as it exists. It is then about as
    fast as that.

    After `os.fork`, the child has the queue with the items in it, and no thread waits there. If
    another thread was in the middle of an operation, the item that it had taken is lost; a lock
    that another thread had stays taken.

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

    _pcsim_core: SealedCore[Any] | None = None
    """The core of a sealed queue of this very class."""
    _pcsim_watched: SealedCore[Any] | None = None
    """The core of a sealed queue of a subclass, which may be given hooks at any time."""
    _pcsim_inside: Any = None
    _pcsim_turn = 0
    """The turn in which `get_any` last took from it; 0 for never."""
    _pcsim_is_locked = False
    """Whether the class has its inside as plain attributes."""

    def __init__(self, maxsize: int = 0) -> None:
        kind = type(self)
        is_usual = type(maxsize) is int and not (kind._pcsim_is_locked or has_hooks(kind))
        if is_usual and (kind is Queue or not HOOKS & vars(self).keys()):
            core: SealedCore[T] = SealedCore(maxsize)
            object.__setattr__(self, "_pcsim_inside", None)
            object.__setattr__(self, "_pcsim_core" if kind is Queue else "_pcsim_watched", core)
        else:
            locked.begin(self, maxsize)

    # For code that reaches inside.

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        settle_class(cls, Queue)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in HOOKS:
            inside_of(self).has_usual_hooks = False
        object.__setattr__(self, name, value)

    def __getstate__(self) -> Any:
        """What `copy.copy` copies: the attributes of the standard class."""
        if self._pcsim_is_locked:
            return vars(self)
        inside_of(self)
        own = {name: value for name, value in vars(self).items() if not name.startswith("_pcsim_")}
        return own | {name: getattr(self, name) for name in NAMES}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)

    queue: Any = inside_property("queue", "The store of the items; in `Queue`, a deque.")
    mutex: Any = inside_property("mutex", "The lock of the queue.")
    not_empty: Any = inside_property(
        "not_empty", "The condition that is notified when there is something to get."
    )
    not_full: Any = inside_property(
        "not_full", "The condition that is notified when there is a free slot."
    )
    all_tasks_done: Any = inside_property(
        "all_tasks_done", "The condition that is notified when no task is unfinished."
    )

    @property
    def maxsize(self) -> Any:
        """The capacity in items; 0 or less for an unbounded queue.

        A new value applies at once and drops nothing: a queue that has more items than a new,
        smaller capacity refuses puts until enough of them are taken.
        """
        core = sealed_core(self)
        return look(self, "maxsize") if core is None else core._maxsize

    @maxsize.setter
    def maxsize(self, maxsize: Any) -> None:
        core = sealed_core(self)
        if core is None or type(maxsize) is not int or not core.resize(maxsize):
            inside_of(self).maxsize = maxsize

    @property
    def is_shutdown(self) -> Any:
        """Whether the queue was shut down."""
        core = sealed_core(self)
        return inside_of(self).is_shutdown if core is None else core.is_shutdown

    @is_shutdown.setter
    def is_shutdown(self, value: Any) -> None:
        inside_of(self).is_shutdown = value

    @property
    def unfinished_tasks(self) -> int:
        """The number of items put for which `task_done` was not called yet."""
        core = sealed_core(self)
        return (inside_of(self) if core is None else core).tasks.unfinished

    @unfinished_tasks.setter
    def unfinished_tasks(self, number: int) -> None:
        core = sealed_core(self)
        (inside_of(self) if core is None else core).tasks.unfinished = number

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
            ValueError: `timeout` is negative, and the queue is bounded.
            OverflowError: `timeout` is longer than a lock can wait, and there is no free slot.

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
        core = self._pcsim_core
        if core is None and (self._pcsim_watched is None or (core := sealed_core(self)) is None):
            locked.put(self, item, block, timeout)
            return
        if block and timeout is not None and core._maxsize > 0 and not core.is_shutdown:
            timeout = locked.checked_timeout(timeout)
        try:
            core._fast_free.pop()  # take a free slot
        except IndexError:
            pass
        except BaseException:  # an interrupt, which comes at the end of a call
            give_up_slot(core)
            raise
        else:
            if core.is_shutdown:
                give_up_slot(core)
                raise ShutDown
            is_queued = False
            try:
                core.count_put()
                is_queued = True  # by the next call, even if that is interrupted
                core._fast_items.append(item)  # publish, ...
                if core._wants_item:  # ... then look
                    serve_now(core)
            except BaseException:
                finish_put(core, item, is_queued=is_queued)
                raise
            return
        put_slowly(self, core, item, block, timeout)

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
            ValueError: `timeout` is negative.
            OverflowError: `timeout` is longer than a lock can wait, and there is no item.

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
        core = self._pcsim_core
        if core is None and (self._pcsim_watched is None or (core := sealed_core(self)) is None):
            taken: T = locked.get(self, block, timeout)
            return taken
        if block and timeout is not None and (core._items or not core.is_shutdown):
            timeout = locked.checked_timeout(timeout)
        try:
            item: T = core._fast_items.popleft()
        except IndexError:
            pass
        except BaseException:  # an interrupt: the item is lost, as in the standard class
            give_up_slot(core)
            raise
        else:
            try:
                core._fast_free.append(None)  # publish the slot, ...
                if core._wants_slot:  # ... then look
                    serve_after_get(core)
            except BaseException:
                serve_surely(core)
                raise
            return item
        late: T = get_slowly(self, core, block, timeout)
        return late

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

    # Looking.

    def qsize(self) -> int:
        """The number of items that are queued now."""
        core = sealed_core(self)
        number = None if core is None else core.size()
        return locked.size(self) if number is None else number

    def empty(self) -> bool:
        """Whether nothing is queued now."""
        return not Queue.qsize(self)

    def full(self) -> bool:
        """Whether no slot is free now."""
        core = sealed_core(self)
        number = None if core is None else core.size()
        if core is None or number is None:
            return locked.is_full(self)
        return 0 < core._maxsize <= number

    # Tasks.

    def task_done(self) -> None:
        """Report that an item got earlier is processed, for those that wait in `join`.

        Raises:
            ValueError: It was called more often than items were put.
        """
        core = sealed_core(self)
        if core is None or not core.finish_task():
            locked.finish_task(self)

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
        core = sealed_core(self)
        if core is None or not core.join():
            locked.join(self)

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
        core = sealed_core(self)
        if core is None or not core.shut_down(immediate):
            locked.shut_down(self, immediate)
