"""How those who wait at a queue are served: the slow path of every operation, written once.

The rules of this file
----------------------
State. `_items` holds what is queued, `_free` one token for each slot that is free. A slot is
made the first time it is needed, so `_slots` is also the peak: the most ever in use at once.
`_getters` and `_putters` hold waiters.

Who may touch what. `_items` and `_free` are changed by the fast paths without a lock: `append`,
`pop` and `popleft` of a deque are one C call each, which the interpreter makes atomic.
Everything else is changed under `_mutex` alone. Flags are read anywhere.

Publish first, look for waiters after. A putter appends its item and then reads `_wants_item`;
a getter gives its token back and then reads `_wants_slot`. A waiter first stands in its line,
which raises the flag, and then looks once more at what is there (`_serve`). So one of the two
always sees the other: no wake-up is lost.

A waiter never tries again. Whoever serves it gives it its result and only then wakes it.

Serving may be entered again from within: a signal handler or an item's `__del__` may use a
queue, and the mutex lets its own thread in. Either can only begin at a call, so whoever serves
takes what it gives by one call that may fail, claims the waiter (`claimed`: looks and marks
without a call between) before it gives, and puts back what it has no waiter for. Who waits from
within lets the mutex go meanwhile: nobody else could end the wait.

Throttle. At most `MOST_WOKEN` waiters of a side have been served and do not run yet; else every
hand-off would become a switch of threads. The server lowers the flag and then counts again; a
woken waiter takes itself off the count and then, where the flag is down, serves on.

Closing. A closed queue refuses putters. It is over, once and for good, when nothing is queued
and every token is home: an item whose putter passed the check just before is still on its way
and keeps its token. While a queue is closed and not over, `_wants_slot` stays up, so that the
get that brings the last token home ends the wait of the others.

Held. While code from outside holds `mutex`, `_fast_items` and `_fast_free`, by which alone the
fast paths know the two deques, are barriers (`pcsim.queue.mutex`).

Hooks. A queue whose subclass replaces `_init`, `_qsize`, `_put` or `_get`, and every queue of an
interpreter without a global lock, keeps `_items` and `_free` empty: each operation then misses
the fast path and goes under the mutex, where the hooks are called.
"""

from __future__ import annotations

import sys
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pcsim.queue.mutex import Barrier, Conditions, Mutex, shared_mutex
from pcsim.queue.waiter import Waiter, claimed

T = TypeVar("T")

_NOTHING: Any = object()
MOST_WOKEN = 8
"""Waiters of one side that are served and not yet running. From 8 on all measure alike; with 1
or 2 a system of capacity 1 loses a third of its throughput."""

_has_global_lock: bool = getattr(sys, "_is_gil_enabled", lambda: True)()


class QueueCore(Generic[T]):
    """The state of a queue and the protocol of waiting; `Queue` adds the ways in and out."""

    # Slots: a queue of the engine has more attributes than Python keeps in line.
    __slots__ = (
        "__weakref__", "_conditions", "_debris", "_fast_free", "_fast_items", "_free", "_getters",
        "_hooked", "_is_immediate", "_is_over", "_items", "_maxsize", "_mutex", "_putters",
        "_shut_down", "_slots", "_slots_owed", "_stored", "_wants_item", "_wants_slot",
        "_woken_getters", "_woken_putters", "is_shutdown", "mutex",
    )  # fmt: skip

    def __init__(self, maxsize: int, shut_down: type[Exception], hooked: bool) -> None:
        self._maxsize = maxsize
        self._mutex = shared_mutex()
        self._items: deque[T] = deque()
        self._free: deque[None] = deque()
        self._fast_items: deque[T] | Barrier = self._items
        self._fast_free: deque[None] | Barrier = self._free
        self.mutex = Mutex(self)
        self._conditions: Conditions | None = None
        self._slots = 0
        self._slots_owed = 0
        self._getters: deque[Waiter] = deque()
        self._putters: deque[Waiter] = deque()
        self._wants_item = False
        self._wants_slot = False
        self._woken_getters: deque[None] = deque()
        self._woken_putters: deque[None] = deque()
        self._shut_down = shut_down
        self._hooked = hooked or not _has_global_lock
        self._is_immediate = False
        self._is_over = False
        self._debris: list[T] = []
        self.is_shutdown = False

    if TYPE_CHECKING:  # `Queue` has them, and what subclasses it may replace them

        def _qsize(self) -> int: ...
        def _put(self, item: T) -> None: ...
        def _get(self) -> T: ...

    # Under the mutex: in and out, while somebody else sees to the slot.

    def _store(self, item: T) -> None:
        if self._hooked:
            self._put(item)
        else:
            self._items.append(item)

    def _fetch(self) -> T:
        return self._get() if self._hooked else self._items.popleft()

    # The transitions, all under the mutex.

    def _take_slot(self) -> bool:
        """Take a free slot, or make one where the capacity allows it."""
        if self._hooked:
            return self._maxsize <= 0 or self._qsize() < self._maxsize
        if self._free:
            try:
                self._free.pop()
            except IndexError:  # a putter on its fast path was quicker
                pass
            else:
                return True
        if 0 < self._maxsize <= self._slots:
            return False
        self._slots += 1
        return True

    def _give_slots(self) -> None:
        """Let putters in while there are slots, but not too many at once."""
        putters, free, woken = self._putters, self._free, self._woken_putters
        if self._hooked:
            while putters and len(woken) < MOST_WOKEN and self._give_slot_by_hooks():
                continue
            return
        while putters and len(woken) < MOST_WOKEN:
            if free:
                try:
                    free.pop()
                except IndexError:  # a putter on its fast path was quicker
                    continue
            elif not self._take_slot():
                return
            waiter = claimed(putters)
            if waiter is None:
                free.append(None)
                return
            at = waiter.admitted(self)
            self._items.append(waiter.item)
            self._noted_put(at)
            woken.append(None)
            waiter.end(self)

    def _give_slot_by_hooks(self) -> bool:
        if not self._take_slot():
            return False
        waiter = claimed(self._putters)
        if waiter is None:
            return False
        error: BaseException | None = None
        try:
            self._put(waiter.item)
            at = waiter.admitted(self)
        except BaseException as raised:  # noqa: BLE001 - a hook's error is its putter's
            error = raised
        else:
            self._noted_put(at)
        self._woken_putters.append(None)
        waiter.end(self, error)
        return True

    def _give_items(self) -> None:
        """Give the oldest items to getters, but not to too many at once."""
        getters, items, woken = self._getters, self._items, self._woken_getters
        if self._hooked:
            while getters and len(woken) < MOST_WOKEN and self._give_item_by_hooks():
                continue
            return
        while getters and len(woken) < MOST_WOKEN:
            try:
                item: Any = items.popleft() if items else _NOTHING
            except IndexError:  # a getter on its fast path was quicker
                return
            if item is _NOTHING:
                return
            waiter = claimed(getters)
            if waiter is None:
                items.appendleft(item)
                return
            waiter.item = item
            at = waiter.taken(self)
            self._free.append(None)
            self._noted_get(at)
            woken.append(None)
            waiter.end(self)

    def _give_item_by_hooks(self) -> bool:
        if not self._qsize():
            return False
        waiter = claimed(self._getters)
        if waiter is None:
            return False
        error: BaseException | None = None
        try:
            waiter.item = self._get()
        except BaseException as raised:  # noqa: BLE001 - a hook's error is its getter's
            if isinstance(raised, IndexError) and not self._qsize():  # emptied from within
                waiter.pending = True
                self._getters.appendleft(waiter)
                return False
            error = raised
        else:
            self._noted_get(waiter.taken(self))
        self._woken_getters.append(None)
        waiter.end(self, error)
        return True

    def _return_slot(self) -> None:
        if not self._hooked:
            self._free.append(None)

    def _join_putters(self, waiter: Waiter) -> None:
        """Under the mutex, when no slot was free: stand in line, and only then look whether to
        serve. Where enough are woken, one of them has yet to run and will see the line."""
        self._putters.append(waiter)
        if self._hooked or self.is_shutdown:
            self._serve()
        elif len(self._woken_putters) < MOST_WOKEN:
            self._wants_slot = True
            if self._free or self._slots != self._maxsize:
                self._serve()

    def _join_getters(self, waiter: Waiter) -> None:
        """Under the mutex: stand in line, as putters do."""
        self._getters.append(waiter)
        if self._hooked or self.is_shutdown:
            self._serve()
        elif len(self._woken_getters) < MOST_WOKEN:
            self._wants_item = True
            if self._items:
                self._serve()

    def _serve(self, tells: bool = True) -> None:  # noqa: C901 - unrolled: the hand-off's cost
        """Give until nothing more can be given. Flags are raised before looking, not after."""
        getters, putters = self._getters, self._putters
        while True:
            if self.is_shutdown or self._slots_owed:
                self._serve_unusual()
            if getters:
                self._wants_item = True
                woken = self._woken_getters
                self._give_items()
                if not getters:
                    self._wants_item = self._is_immediate and not self._is_over
                elif len(woken) >= MOST_WOKEN:
                    self._wants_item = False
                    if len(woken) < MOST_WOKEN:
                        continue
            elif not self.is_shutdown:
                self._wants_item = False
            if putters:
                self._wants_slot = True
                woken = self._woken_putters
                self._give_slots()
                if not putters:
                    self._wants_slot = self._slots_owed > 0
                elif len(woken) >= MOST_WOKEN:
                    self._wants_slot = self._slots_owed > 0
                    if len(woken) < MOST_WOKEN:
                        continue
            elif not self.is_shutdown:
                self._wants_slot = self._slots_owed > 0
            if not getters:
                break
            if not (self._wants_item and self._qsize()) and not self._is_ending:
                break
        if self._conditions is not None and tells:
            self._conditions.tell(self)

    def _serve_unusual(self) -> None:
        """What a closed queue, or one that owes slots, does before it serves."""
        if self.is_shutdown:
            self._serve_closed()
        if self._slots_owed:
            self._wants_slot = True
        while self._slots_owed:
            try:
                self._free.pop()
            except IndexError:
                break
            self._slots -= 1
            self._slots_owed -= 1

    @property
    def _is_ending(self) -> bool:
        """It is closed, nothing is in it or on its way, and the last getters are not told yet."""
        if self._is_over or not self.is_shutdown or self._qsize():
            return False
        return self._hooked or len(self._free) == self._slots

    def _serve_closed(self) -> None:
        if not self._is_over:
            self._wants_slot = True
            self._wants_item = self._is_immediate
        while (putter := claimed(self._putters)) is not None:
            self._woken_putters.append(None)
            putter.end(self, self._shut_down())
        while self._is_immediate and self._qsize():
            try:
                item = self._fetch()
            except IndexError:
                if self._hooked:
                    raise
                break
            self._dropped(item)
            self._return_slot()
            self._debris.append(item)
        if self._is_ending:
            self._is_over = True
        if self._is_over:
            self._wants_slot = self._wants_item = False
            for waiter in [w for w in self._getters if all(q._is_over for q in w.queues)]:
                if waiter.pending:
                    waiter.pending = False
                    if waiter in self._getters:
                        self._getters.remove(waiter)
                    self._woken_getters.append(None)
                    waiter.end(self, self._shut_down())

    def _dismiss(self, waiter: Waiter) -> None:
        """Under the mutex: a getter need not wait any more, if it still does."""
        if waiter.pending:
            self._woken_getters.append(None)
            waiter.end(None, self._shut_down())

    def _dropped(self, item: T) -> None:
        """An immediate close has thrown this item away."""

    def _noted_put(self, at: float) -> None:
        """An item was queued for a waiter, at that instant; it may be anybody's by now."""

    def _noted_get(self, at: float) -> None:
        """A waiter was given an item, at that instant, and its slot is free."""

    def _serve_now(self) -> None:
        """From a fast path that saw somebody waiting."""
        with self._mutex:
            self._serve()
        if self._debris:
            self._bury()

    def _bury(self) -> None:
        """Let dropped items die outside the mutex: their `__del__` may use the queue."""
        debris, self._debris = self._debris, []
        del debris

    def _give_back(self, waiter: Waiter) -> None:
        """Under the mutex: an interrupted getter's item goes to the front; its slot may be gone."""
        if self._hooked:
            self._put(waiter.item)
        else:
            self._make_room()
            self._items.appendleft(waiter.item)
        self._serve()

    def _make_room(self) -> None:
        """Under the mutex: take a slot though there may be none; then one is owed."""
        if not self._take_slot():
            self._slots += 1
            self._slots_owed += 1

    def _resize(self, maxsize: int) -> None:
        """Under the mutex: another capacity; slots that are too many go as they become free."""
        self._maxsize = maxsize
        if not self._hooked and maxsize > 0:
            self._slots_owed = max(self._slots - maxsize, 0)
        self._serve()

    # Waiting.

    def _wait_to_put(self, waiter: Waiter, timeout: float | None) -> bool:
        """After `_join_putters`: wait for the slot; False when time ran out."""
        if not self._park(waiter, self._putters, timeout):
            return False
        self._woken_putters.pop()
        waiter.is_settled = True
        if self._putters and not self._wants_slot:
            self._serve_now()
        if waiter.error is not None:
            waiter.raise_error()
        return True

    def _wait_to_get(self, waiter: Waiter, timeout: float | None) -> bool:
        """After the waiter has joined the getters of each of its queues: wait for an item."""
        if not self._park(waiter, self._getters, timeout):
            return False
        queue = self if waiter.queue is None else waiter.queue
        queue._woken_getters.pop()
        waiter.is_settled = True
        if queue._getters and not queue._wants_item:
            queue._serve_now()
        if waiter.error is not None:
            waiter.raise_error()
        return True

    def _park(self, waiter: Waiter, line: deque[Waiter], timeout: float | None) -> bool:
        mutex = self._mutex
        # Where this thread holds it, all of it is let go, as by a `Condition` that waits.
        held = mutex._release_save() if mutex._is_owned() else None
        try:
            if waiter.lock.acquire(True, -1 if timeout is None else timeout):
                return True
            with self._mutex:
                if waiter.left(line):
                    return False
            waiter.lock.acquire()  # served in the last moment: a waiter may be used again
        except BaseException:
            self._abandon(waiter, line)
            raise
        finally:
            if held is not None:
                mutex._acquire_restore(held)
        return True

    def _abandon(self, waiter: Waiter, line: deque[Waiter]) -> None:
        """Its owner was interrupted in its wait: what it was served goes back, once or twice."""
        with self._mutex:
            if waiter.is_settled or waiter.left(line):
                return
            waiter.is_settled = True
            if line is self._putters:
                self._woken_putters.pop()
                self._serve()
            elif waiter.queue is not None:
                waiter.queue._woken_getters.pop()
                if waiter.error is None:
                    waiter.queue._give_back(waiter)
