"""The state of a queue, and of one thread that waits at queues.

`pcsim.queue.serving` has the rules that every change of this state keeps.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import repeat, starmap
from queue import Empty as Empty
from queue import Full as Full
from typing import Any, Generic, TypeVar

from pcsim import runtime
from pcsim.queue.lock_domain import LockDomain

T = TypeVar("T")

has_global_lock: bool = runtime.has_interpreter_lock()

if sys.version_info >= (3, 13):
    from queue import ShutDown as ShutDown
else:

    class ShutDown(Exception):
        """A put to a queue that is shut down, or a get when it is empty as well."""

        __module__ = "pcsim"


def fence(shared: runtime.deque[Any]) -> None:
    """Come before or after each operation of another thread on this deque.

    What this thread wrote before is seen by those that come after, and this thread sees what those
    wrote that came before. It takes the deque's own lock, where there is no global one.
    """
    shared += ()


class Waiter:
    """One thread that waits at one queue, or for the first item of several."""

    __slots__ = (
        "error", "guard", "is_settled", "is_through", "is_woken", "item", "line", "lock",
        "pending", "queue", "queues",
    )  # fmt: skip

    def __init__(self, queues: tuple[QueueCore[Any], ...], item: Any = None) -> None:
        self.lock = runtime.Lock()
        self.lock.acquire()
        self.queues = queues
        self.guard: Any = None
        """The lock that decides which of its queues serves it, where they do not share a mutex.
        It is taken under the mutex of one of them."""
        self.queue: QueueCore[Any] | None = None
        """The queue that served it."""
        self.line: Line | None = None
        """The line that it stood in there; until then, the one that it joined last."""
        self.item = item
        self.error: BaseException | None = None
        self.pending = True
        """Whether it still waits: nothing has served it, and it has not given up."""
        self.is_through = False
        """Whether its item is queued, or the slot of its item free."""
        self.is_woken = False
        self.is_settled = False
        """Whether its thread has its result, or does not want it any more."""

    def on_slot(self, queue: QueueCore[Any]) -> float:
        """It has a slot, and its item is about to be queued.

        Returns the time on the queue's clock, where the queue measures times. An interrupt may
        cut this off; then it is called again. What must happen once is done while it is not
        `is_through`, without a call between that look and the end.
        """
        return 0.0

    def on_item(self, queue: QueueCore[Any]) -> float:
        """Its item has left the queue, and the slot of the item is not free yet.

        Returns the time, as `on_slot` does.
        """
        return 0.0

    def leave_lines(self) -> None:
        """Under the mutex: stand in no line any more. Harmless if repeated."""
        if self.line is not None and self in self.line.waiters:
            self.line.waiters.remove(self)
        if self.guard is not None:
            return  # its own thread leaves the others
        for queue in self.queues:
            getters = queue._getters.waiters
            if self in getters:
                getters.remove(self)

    def withdraw(self) -> bool:
        """Under the mutex: give up, unless it was served meanwhile.

        Returns whether it had not been served.
        """
        if not self.pending:
            return False
        self.pending = False
        self.is_settled = True
        self.leave_lines()
        return True

    def raise_error(self) -> None:
        """Raise the error that it was served instead of a result, and keep no reference to it."""
        error, self.error = self.error, None
        if error is not None:
            try:
                raise error
            finally:
                del error


class Line:
    """Those that wait at one side of a queue, and those that were served and do not run yet."""

    __slots__ = ("each", "waiters", "woken")

    def __init__(self, take: Callable[[], Any]) -> None:
        self.each = starmap(take, repeat(()))
        """What they wait for. `for thing in line.each` takes a thing and has it: the call is made
        in C, so that an interrupt comes before both or after both."""
        self.waiters: runtime.deque[Waiter] = runtime.deque()
        self.woken: runtime.deque[Waiter] = runtime.deque()
        """The waiters that are served and do not run yet. Each takes itself off, without the
        mutex and by one call: an interrupt comes before it or after it, and which it was shows."""

    def __len__(self) -> int:
        return len(self.waiters)


class QueueCore(Generic[T]):
    """What the drop-in `Queue` and the engine's queues have in common: items, slots and lines.

    A subclass that replaces `_put`, `_get` or `_qsize`, the hooks, stores its items where it
    likes, and is made with `hooked`.
    """

    # Slots: a queue of the engine has more attributes than Python keeps in line.
    __slots__ = (
        "__weakref__", "_domain", "_dropped_items", "_fast_free", "_fast_items",
        "_free", "_getters", "_hooked", "_is_immediate", "_is_over", "_items", "_maxsize",
        "_mutex", "_putters", "_slots", "_slots_peak", "_stored", "_wants_item", "_wants_slot",
        "is_shutdown",
    )  # fmt: skip

    def __init__(self, maxsize: int, domain: LockDomain, hooked: bool) -> None:
        self._maxsize = maxsize
        self._domain = domain  # kept, so that a forked child finds the queue by it
        self._mutex = domain.mutex
        self._items: runtime.deque[T] = runtime.deque()
        self._free: runtime.deque[None] = runtime.deque()
        # Their places are taken by barriers while code from outside owns the mutex.
        self._fast_items: Any = self._items
        self._fast_free: Any = self._free
        self._stored: Any = None
        self._slots = 0
        self._slots_peak = 0
        self._getters = Line(self._items.popleft)
        self._putters = Line(self._free.pop)
        self._wants_item = False
        self._wants_slot = False
        self._hooked = hooked
        self._is_immediate = False
        self._is_over = False
        self._dropped_items: list[T] = []
        self.is_shutdown = False
        domain.add(self)

    # The hooks. They are called under the mutex, and only where the queue is `_hooked`.

    def _qsize(self) -> int:
        return len(self._stored if self._hooked else self._items)

    def _put(self, item: T) -> None:
        self._stored.append(item)

    def _get(self) -> T:
        item: T = self._stored.popleft()
        return item

    # What a subclass may want to know.

    def _on_put_served(self, at: float) -> None:
        """The item of a waiter was queued at that time; any thread may have it by now."""

    def _on_get_served(self, at: float) -> None:
        """A waiter was served an item at that time, and the slot of the item is free."""

    def _on_dropped(self, item: T) -> None:
        """An immediate shutdown has thrown this item away."""

    # Items and slots, all under the mutex.

    def _store(self, item: T) -> None:
        """Queue an item; its slot is taken already."""
        if self._hooked:
            self._put(item)
        else:
            self._items.append(item)

    def _fetch(self) -> T:
        """Take the next item; its slot stays taken. Raises `IndexError` where there is none."""
        return self._get() if self._hooked else self._items.popleft()

    def _has_slot(self) -> bool:
        """Whether a slot is free, or the capacity allows one more."""
        if self._maxsize <= 0:
            return True
        if self._hooked:
            return self._qsize() < self._maxsize
        return bool(self._free) or self._slots < self._maxsize

    def _take_slot(self) -> bool:
        """Take a free slot, or make one where the capacity allows it."""
        if self._hooked:
            return self._has_slot()
        if 0 < self._maxsize < self._slots:
            self._remove_owed_slots()
        if self._free and not 0 < self._maxsize < self._slots:
            try:
                for _ in self._putters.each:
                    return True
            except IndexError:  # a putter on its fast path was quicker
                pass
        if 0 < self._maxsize <= self._slots:
            return False
        # No function is called from the look at it on: a signal handler would come between.
        self._slots += 1
        if self._slots > self._slots_peak:
            # Slots are made only where none is free: the most that ever existed at once are the
            # most that were ever in use at once.
            self._slots_peak = self._slots
        return True

    def _force_slot(self) -> None:
        """Take a slot even though there may be none. Then one slot more exists than the capacity
        allows, until `serving` takes one away."""
        if not self._take_slot():
            self._slots += 1
            self._slots_peak = max(self._slots_peak, self._slots)

    def _put_at_once(self, item: T, count: Callable[[], object]) -> bool:
        """Take a slot, queue an item and count it, where the capacity allows that.

        Nothing is called before it is queued, and then `count` at once: an interrupt comes before
        all of it or after all of it.
        """
        if self._hooked:
            if not self._has_slot():
                return False
            self._put(item)
            count()
            return True
        has_slot = False
        if self._free:
            try:
                for _ in self._putters.each:
                    has_slot = True
                    break
            except IndexError:  # a putter on its fast path was quicker
                pass
        if not has_slot:
            if 0 < self._maxsize <= self._slots:
                return False
            self._slots += 1
            if self._slots > self._slots_peak:
                self._slots_peak = self._slots
        self._items += (item,)
        count()
        return True

    def _return_slot(self) -> None:
        """Free the slot of an item that was taken."""
        if not self._hooked:
            self._free.append(None)

    @property
    def _slots_owed(self) -> int:
        """How many slots have to go as they become free, since the capacity does not allow them."""
        return max(self._slots - self._maxsize, 0) if self._maxsize > 0 else 0

    def _remove_owed_slots(self) -> None:
        """Take those of them away that are free."""
        while self._slots_owed:
            try:
                for _ in self._putters.each:
                    self._slots -= 1
                    break
            except IndexError:
                break

    @property
    def _is_drained_unannounced(self) -> bool:
        """Whether it is shut down, nothing is in it or on its way, and the getters that still
        wait have not been notified."""
        if self._is_over or not self.is_shutdown:
            return False
        if not has_global_lock:
            fence(self._items)
        if self._qsize():
            return False
        if not has_global_lock:
            fence(self._free)
        return self._hooked or len(self._free) == self._slots

    def _release_dropped(self) -> None:
        """Outside the mutex: let dropped items die, as their `__del__` may use the queue."""
        items, self._dropped_items = self._dropped_items, []
        del items
