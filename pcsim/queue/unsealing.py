"""Unseal a queue: from the first look inside on, it works under a lock, as the standard class does.

What is then inside is real: a deque, a lock and conditions, with which code from outside may do
whatever it does with those of the standard class. A queue is not sealed again, since that code may
have kept them.

Operations that have begun without a lock end in it: each of their steps goes to a deque that it
looks up for this step, and in the place of that deque there is a `LateItems` or `LateSlots` now.
With a global lock, the interpreter does not change threads between looking it up and calling it.

Without one it may. So first no put begins any more, and those operations that have something in
their hands come to their end; then the items are moved to a deque of their own. How that is known,
and why what is left over does no harm, is in `pcsim.queue.in_hand`.
"""

from __future__ import annotations

from typing import Any

from pcsim import runtime
from pcsim.queue.condition import Notice
from pcsim.queue.core import Line, ShutDown, has_global_lock
from pcsim.queue.handing import refuse
from pcsim.queue.in_hand import Hands, LateSlots, is_in_own_hand, move
from pcsim.queue.inside import Inside, make_locks
from pcsim.queue.sealed import SealedCore, Unsealed
from pcsim.queue.serving import TRIES, serve

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


def inside_of(queue: Any) -> Inside:
    """What is inside the queue, which is unsealed if it was sealed."""
    core = queue._pcsim_core or queue._pcsim_watched
    if core is not None:
        unseal(queue, core)
    if queue._pcsim_inside is None:  # the constructor did not run, or has not come that far
        object.__setattr__(queue, "_pcsim_inside", Inside())
    inside: Inside = queue._pcsim_inside
    return inside


class Unsealing:
    """What a queue that is being unsealed goes through, under the mutex of its core.

    Args:
        queue: The queue.
        core: Its core.
        is_within: Whether this thread is in the middle of an operation on the core, which goes on
            with it afterwards.
    """

    __slots__ = (
        "_core", "_each_late", "_hands", "_inside", "_is_open", "_is_within", "_late",
        "_moved", "_queue", "each_slot", "slots",
    )  # fmt: skip

    def __init__(self, queue: Any, core: SealedCore[Any], *, is_within: bool) -> None:
        self._queue, self._core = queue, core
        self._is_within = is_within
        self._is_open = False
        self._inside = Inside()
        make_locks(self._inside)
        self._inside.has_usual_hooks = queue._pcsim_watched is None
        self.slots = LateSlots()
        self.each_slot = Line(self.slots.kept.pop).each
        self._hands = None if has_global_lock or is_within else Hands(core, self.slots)
        self._moved: runtime.deque[Any] = runtime.deque()
        self._late: runtime.deque[Any] = runtime.deque()
        """What goes to the items of the core from now on."""
        self._each_late = Line(self._late.popleft).each

    def begin(self) -> None:
        """Let no put begin any more, and nobody wait in a line."""
        core = self._core
        if not core.is_unsealed:
            # No function is called here: code from within finds all of it, or nothing.
            if self._hands is not None:
                core._free = self.slots.kept
                core._putters.each = self.each_slot
            core._fast_free = self.slots
            core.is_unsealed = True
            core.unsealing = self

    def finish(self) -> None:
        """Do what is left to do. It may be repeated after an interrupt."""
        core, queue = self._core, self._queue
        for line in (core._getters, core._putters):
            for waiter in list(line.waiters):
                refuse(core, line, waiter, Unsealed())
        if not self._is_open:
            items = self._still_items()
            late_items = LateItems(queue)
            self._open(items, late_items)
        core.wake_joiners()
        object.__setattr__(queue, "_pcsim_core", None)
        object.__setattr__(queue, "_pcsim_watched", None)
        core.unsealing = None

    def _still_items(self) -> runtime.deque[Any]:
        """The items, in a deque which nobody changes who does not own the queue's lock."""
        core, hands = self._core, self._hands
        if hands is None:
            return core._items
        if not hands.become_empty():
            self._inside.longest_wait = LOOK_AGAIN
            return core._items
        serve(core)  # what arrived after an immediate shutdown is dropped
        move(core._items, self._moved)
        return self._moved

    def _open(self, items: runtime.deque[Any], late_items: LateItems) -> None:
        core, inside = self._core, self._inside
        if self._is_open:  # by code from within
            return
        # No function is called from here on but the last, as in `begin`.
        inside.queue = items
        inside.tasks = core.tasks
        inside.maxsize = core._maxsize
        inside.is_shutdown = core.is_shutdown
        core._fast_items = late_items
        if self._is_within:
            inside.longest_wait = LOOK_AGAIN
        else:
            core._items = core.late = self._late
            core._getters.each = self._each_late
        self._is_open = True
        object.__setattr__(self._queue, "_pcsim_inside", inside)


def unseal(queue: Any, core: SealedCore[Any], tries: int = TRIES) -> None:
    """Make a queue with this core work under a lock. Harmless if repeated."""
    try:
        is_within = core._mutex._is_owned() or (not has_global_lock and is_in_own_hand(core))
        with core._mutex:
            if not core.is_unsealed:
                serve(core)  # hand-offs that were interrupted are finished
                Unsealing(queue, core, is_within=is_within).begin()
            unsealing: Unsealing | None = core.unsealing
            if unsealing is not None:
                unsealing.finish()
        core._release_dropped()
    except BaseException:  # an interrupt may come anywhere
        if tries:
            unseal(queue, core, tries - 1)
        raise


def listening(queue: Any) -> Notice:
    """The condition of a queue that `get_any` may wait for.

    Raises `TypeError` where code from outside has put another in its place.
    """
    condition = queue.not_empty
    if type(condition) is not Notice:
        raise TypeError("get_any cannot wait at a queue whose `not_empty` was replaced")
    return condition
