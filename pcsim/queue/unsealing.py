"""Unseal a queue: from the first look inside on, it works under a lock, as the standard class does.

What is then inside is real: a deque, a lock and conditions, with which code from outside may do
whatever it does with those of the standard class. A queue is not sealed again, since that code may
have kept them.

Operations that have begun without a lock end in it: each of their steps goes to a deque that it
looks up for this step, and in the place of that deque there is a `LateItems` or `LateSlots` now.
With a global lock, the interpreter does not change threads between looking it up and calling it.

Without one it may. So what is inside is then a deque of its own, to which the items are moved. An
operation that had looked up the old one before finds nothing there to take. Where it appends, it
sees the flags that were raised before the move, or the move sees the item (see "Without a global
lock" in `pcsim.queue.serving`); and it puts its item once more, under the lock. Only a get that
began before the move can still take such an item, earlier than its turn.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pcsim import runtime
from pcsim.queue.condition import Notice
from pcsim.queue.core import Line, ShutDown, has_global_lock
from pcsim.queue.handing import refuse
from pcsim.queue.inside import Inside, make_locks
from pcsim.queue.sealed import SealedCore, Unsealed
from pcsim.queue.serving import serve

LOOK_AGAIN = 0.05
"""Seconds. An operation that unseals its own queue, from a signal handler or a `__del__` in the
middle of it, may leave an item there without a notice. So threads that wait there look again."""


class LateItems:
    """Takes the place of the items of a core whose queue is unsealed."""

    __slots__ = ("_queue",)

    def __init__(self, queue: Any) -> None:
        self._queue = queue

    def popleft(self) -> Any:
        """Give nothing: raise `IndexError`, as an empty deque does."""
        raise IndexError

    def append(self, item: Any) -> None:
        """Put an item that is counted already. It goes beyond the capacity if it must: it had a
        slot. Whatever is raised, it was not put."""
        queue = self._queue
        is_put = False
        try:
            with queue.not_empty:
                if queue.is_shutdown:
                    raise ShutDown
                queue._put(item)
                is_put = True
                queue.not_empty.notify()
        finally:
            if not is_put:
                self._uncount()

    def _uncount(self) -> None:
        queue = self._queue
        with queue.all_tasks_done:
            if queue._pcsim_inside.tasks.finish():
                queue.all_tasks_done.notify_all()


class LateSlots:
    """Takes the place of the free slots: under a lock they are not counted."""

    __slots__ = ()

    def pop(self) -> None:
        """Give nothing: raise `IndexError`, as an empty deque does."""
        raise IndexError

    def append(self, slot: None) -> None:
        """Forget a slot: its item has left the queue before it was unsealed."""


def inside_of(queue: Any) -> Inside:
    """What is inside the queue, which is unsealed if it was sealed."""
    core = queue._pcsim_core or queue._pcsim_watched
    if core is not None:
        unseal(queue, core)
    if queue._pcsim_inside is None:  # the constructor did not run, or has not come that far
        object.__setattr__(queue, "_pcsim_inside", Inside())
    inside: Inside = queue._pcsim_inside
    return inside


def unseal(queue: Any, core: SealedCore[Any]) -> None:
    """Make a queue with this core work under a lock. It may be repeated after an interrupt."""
    is_within = core._mutex._is_owned()
    late_items, late_slots = LateItems(queue), LateSlots()
    with core._mutex:
        if not core.is_unsealed:
            serve(core)  # hand-offs that were interrupted are finished
        inside = Inside()
        make_locks(inside)
        moved: runtime.deque[Any] = runtime.deque()
        returned: runtime.deque[Any] = core._items if is_within else runtime.deque()
        line_of_returned = Line(returned.popleft)
        inside.longest_wait = LOOK_AGAIN if is_within else None
        inside.has_usual_hooks = queue._pcsim_watched is None
        if not core.is_unsealed:
            # No function is called here but the last: code from within finds all of it, or nothing.
            if has_global_lock or is_within:
                inside.queue = core._items
            else:
                inside.queue, core.late = moved, core._items
                core._wants_item = core._wants_slot = True
            inside.tasks = core.tasks
            inside.maxsize = core._maxsize
            inside.is_shutdown = core.is_shutdown
            core._fast_items = late_items
            core._fast_free = late_slots
            core._items = returned
            core._getters.each = line_of_returned.each
            core.is_unsealed = True
            object.__setattr__(queue, "_pcsim_inside", inside)
        if core.late is not None and not core.is_moved:
            _move(core.late, core._free, queue._pcsim_inside.queue)
            core.is_moved = True
        for line in (core._getters, core._putters):
            for waiter in list(line.waiters):
                refuse(core, line, waiter, Unsealed())
        core.wake_joiners()
        object.__setattr__(queue, "_pcsim_core", None)
        object.__setattr__(queue, "_pcsim_watched", None)


def _move(old: runtime.deque[Any], free: runtime.deque[None], items: runtime.deque[Any]) -> None:
    """Move all items, each in one step, and leave no slot for those that look for one."""
    free.clear()
    with suppress(IndexError):
        for item in Line(old.popleft).each:
            items += (item,)


def listening(queue: Any) -> Notice:
    """The condition of a queue that `get_any` may wait for.

    Raises `TypeError` where code from outside has put another in its place.
    """
    condition = queue.not_empty
    if type(condition) is not Notice:
        raise TypeError("get_any cannot wait at a queue whose `not_empty` was replaced")
    return condition
