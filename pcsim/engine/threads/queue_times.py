"""How long a queue of the engine was full and empty, and how long its items waited."""

from __future__ import annotations

from collections.abc import Callable
from math import fsum

from pcsim import runtime
from pcsim.engine.books.item_times import ItemTimes
from pcsim.engine.item import Item


class Periods:
    """The periods of time in which something was so; a mark stands for one that has not ended.

    Any thread may use it, and a signal handler: what is added up is put in place as
    `TimeStatistics` does it.
    """

    __slots__ = ("_additions", "_lock", "_total", "ended", "marks")

    def __init__(self) -> None:
        self.marks: runtime.deque[float] = runtime.deque()
        self.ended: list[float] = []
        """Seconds that each period lasted which has ended and is not added up yet."""
        self._lock = runtime.RLock()
        self._total = 0.0
        self._additions = 0

    def keep(self, ends: object, at: float) -> None:
        """Have no mark if `ends` is true, and one from `at` on if not.

        `ends` is looked at again after each change, since another thread may have come between.
        Each mark is ended by one thread.
        """
        marks = self.marks
        while True:
            if ends:
                if not marks:
                    return
                try:
                    self.ended.append(at - marks.popleft())
                except IndexError:  # another thread was quicker
                    continue
            elif marks:
                return
            else:
                marks.append(at)

    def begun_at(self) -> float | None:
        """The time since which it is so; None if it is not so now."""
        try:
            return self.marks[0]
        except IndexError:
            return None

    def total(self) -> float:
        """Seconds of all periods that have ended."""
        while True:
            additions, ended = self._additions, self.ended.copy()
            total, added = self._total + fsum(ended), slice(len(ended))
            with self._lock:
                if self._additions == additions:
                    self._additions = additions + 1
                    self._total = total
                    del self.ended[added]
                    return total


class QueueTimes:
    """The times that one queue measures."""

    __slots__ = ("clock", "empty", "full", "waited_in_vain", "waiting")

    def __init__(self, clock: Callable[[], float], goes_by_priority: bool = False) -> None:
        self.clock = clock
        self.full = Periods()
        self.empty = Periods()
        self.waiting = ItemTimes(False, goes_by_priority)
        """How long items waited that were taken."""
        self.waited_in_vain = 0.0
        """Seconds that items waited, all together, that were dropped or discarded."""

    def open(self, at: float) -> None:
        """The run begins with an empty queue."""
        self.empty.marks.append(at)

    def close(self, at: float) -> None:
        """The run ends, and with it the open periods."""
        self.full.keep(True, at)
        self.empty.keep(True, at)

    def note_lost(self, item: Item) -> float:
        """Under the mutex: a queued item is dropped or discarded now. Returns the time."""
        at = self.clock()
        self.waited_in_vain += at - (item.queued_at or at)
        return at
