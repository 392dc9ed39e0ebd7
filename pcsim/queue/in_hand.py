"""Wait until no thread has anything of a sealed queue in its hand: the last fast path is over.

It is needed where there is no global lock, before a queue is unsealed. A fast path looks up a
deque, and then calls it. Another thread may come in between, unseal the queue, and move the items
to where they are from then on. What the call does after that must not be out of order, and must
not come at all while code from outside owns the queue's lock.

The fast paths do nothing for this, since slots show it. Each slot is free, or it belongs to an item
that is queued, or it is in the hand of a thread: of a putter that has not appended its item yet, or
of a getter that has not returned the slot of its item yet. So:

1. The free slots get a new place, where nobody finds one: no put begins any more. A putter that
   had looked up the old place may still take a slot there. A getter that takes an item after the
   fence returns the slot to the new place.
2. What is or comes free in the old place is moved to the new one. This ends when, at one moment,
   the slots in the new place and those of queued items are all that there are. Then nothing is in
   a hand. Nor will a putter find a slot any more: only an item that is taken frees one, and that
   is after the fence, so it goes to the new place. So nothing is appended to the items any more.
3. A getter that had looked up the old items may still take some. It takes the oldest. So items are
   moved from the newest to the oldest, and what it takes is older than all that were moved.

A thread that has something in its hand waits for no lock before it has passed that on. It may be a
while until it has a processor, and a signal handler in the middle of it may even wait for this very
thread. So there is a limit, after which the items stay where they are: nothing is lost or out of
order then, but what is in a hand arrives without the lock.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from types import FrameType
from typing import Any

from pcsim import runtime
from pcsim.queue.core import Line, QueueCore, fence
from pcsim.queue.handing import SLOT

PATIENCE = 1.0
"""Seconds that it takes at most."""
YIELDS, NAP = 100, 0.001
"""How often another thread is let run first, and how many seconds are slept after that."""


class LateSlots:
    """Takes the place of the free slots: what is returned is kept, and there is none to take."""

    __slots__ = ("append", "kept", "pop")

    def __init__(self) -> None:
        self.kept: runtime.deque[None] = runtime.deque()
        # Calls in C: an interrupt comes when they have done what they do.
        self.append = self.kept.append
        none: runtime.deque[None] = runtime.deque()
        self.pop = none.pop


class Hands:
    """The hands that may have something of a core.

    Args:
        core: The core. Its free slots are as they were.
        slots: What takes their place.
    """

    __slots__ = ("_are_empty", "_core", "_each_slot", "_slots")

    def __init__(self, core: QueueCore[Any], slots: LateSlots) -> None:
        self._core = core
        self._slots = slots
        self._each_slot = Line(core._free.pop).each
        self._are_empty = False

    def become_empty(self) -> bool:
        """Under the mutex, with the slots in their new place: wait until nothing is in a hand.

        Returns whether that was so in time. It may be repeated, until items are moved.
        """
        fence(self._core._items)
        deadline = runtime.clock() + PATIENCE
        tries = 0
        while not self._look():
            tries += 1
            if tries <= YIELDS:
                runtime.yield_thread()
            elif runtime.clock() < deadline:
                runtime.sleep(NAP)
            else:
                return False
        return True

    def _look(self) -> bool:
        if not self._are_empty:
            kept = self._slots.kept
            with suppress(IndexError):
                for _ in self._each_slot:
                    kept += SLOT
            # In this order: then a slot that is returned in between is not counted twice.
            self._are_empty = len(kept) + len(self._core._items) >= self._core._slots
        return self._are_empty


def move(items: runtime.deque[Any], moved: runtime.deque[Any]) -> None:
    """Move all items to the front of others, the newest first. It may be repeated."""
    with suppress(IndexError):
        for item in Line(items.pop).each:
            moved.appendleft(item)


def is_in_own_hand(core: QueueCore[Any]) -> bool:
    """Whether this very thread is in the middle of an operation on the core: a signal handler or a
    `__del__` may look inside then."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and _is_ours(frame):  # the look inside itself
        frame = frame.f_back
    while frame is not None:
        if _is_ours(frame) and frame.f_locals.get("core") is core:
            return True
        frame = frame.f_back
    return False


def _is_ours(frame: FrameType) -> bool:
    return frame.f_globals.get("__package__") == __package__
