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

    A thread reads the clock before it acts, and others may act in between: periods that follow one
    another overlap by their times, and one may end before it begins. So what is added up is the
    time within any of them, each moment once: it is never below 0 nor longer than the run.
    """

    __slots__ = ("_additions", "_lock", "_sum", "ended", "marks")

    def __init__(self) -> None:
        self.marks: runtime.deque[float] = runtime.deque()
        self.ended: list[tuple[float, float]] = []
        """The begin and the end of each period that has ended and is not added up yet."""
        self._lock = runtime.RLock()
        self._sum = 0.0, 0.0
        """Seconds of the periods that are added up, and the latest end of one of them."""
        self._additions = 0

    def open(self, at: float, *, is_so: bool) -> None:
        """Nothing before that time counts."""
        self._sum = 0.0, at
        if is_so:
            self.keep(False, at)

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
                    self.ended.append((marks.popleft(), at))
                except IndexError:  # another thread was quicker
                    continue
            elif marks:
                return
            else:
                marks.append(at)

    def so_far(self) -> tuple[float, float | None]:
        """Seconds of all periods that have ended, and the time since which it is so; None if it
        is not so now."""
        while True:
            additions, ended = self._additions, self.ended.copy()
            total, until = self._sum
            seconds = [total]
            for begin, end in sorted(ended):
                if end > (begin := max(begin, until)):
                    seconds.append(end - begin)
                    until = end
            summed, added = (fsum(seconds), until), slice(len(ended))
            with self._lock:
                if self._additions == additions:
                    self._additions = additions + 1
                    self._sum = summed
                    del self.ended[added]
                    break
        try:
            return summed[0], max(self.marks[0], until)
        except IndexError:
            return summed[0], None


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
        self.full.open(at, is_so=False)
        self.empty.open(at, is_so=True)

    def close(self, at: float) -> None:
        """The run ends, and with it the open periods."""
        self.full.keep(True, at)
        self.empty.keep(True, at)

    def note_lost(self, item: Item, at: float) -> None:
        """Under the mutex: a queued item is dropped or discarded at that time."""
        self.waited_in_vain += at - (item.queued_at or at)
