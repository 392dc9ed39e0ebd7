"""The measured times of items: of all, and apart for each priority where that is wanted."""

from __future__ import annotations

from pcsim.engine.books.histogram import FULL, TimeStatistics
from pcsim.snapshot import Spread
from pcsim.theory.counts import TimeCounts


class ItemTimes(TimeStatistics):
    """The times of all items, and (`goes_by_priority`) apart for each priority as well.

    `by_priority` is for the one who measures a time to note it there; None where not wanted.
    """

    def __init__(self, in_one_thread: bool = False, goes_by_priority: bool = False) -> None:
        super().__init__(in_one_thread)
        self.by_priority = TimesByPriority(in_one_thread) if goes_by_priority else None

    def reset(self) -> None:
        """Begin anew: what was measured so far does not count."""
        super().reset()
        if self.by_priority is not None:
            self.by_priority.reset()

    def priority_spreads(self) -> tuple[tuple[int, Spread], ...]:
        """How the times of each priority are spread, the smallest priority first."""
        return () if self.by_priority is None else self.by_priority.spreads()

    def priority_counts(self) -> dict[int, TimeCounts]:
        """How many of the times of each priority each value stands for."""
        return {} if self.by_priority is None else self.by_priority.counts()


class TimesByPriority:
    """Times of items, apart for each priority that occurs. Several threads may add to it."""

    __slots__ = ("_in_one_thread", "_pockets", "_statistics")

    def __init__(self, in_one_thread: bool = False) -> None:
        self._in_one_thread = in_one_thread
        self._statistics: dict[int, TimeStatistics] = {}
        self._pockets: dict[int, list[float]] = {}

    def of(self, priority: int) -> TimeStatistics:
        """The times of that priority."""
        # Of two threads that are first at once, both go on with what one of them made.
        return self._statistics.get(priority) or self._statistics.setdefault(
            priority, TimeStatistics(self._in_one_thread)
        )

    def note(self, priority: int, seconds: float) -> None:
        """Add the time of an item."""
        pocket = self._pockets.get(priority)
        if pocket is None:
            pocket = self._pockets.setdefault(priority, self.of(priority).pocket())
        pocket.append(seconds)
        if len(pocket) >= FULL:
            self._statistics[priority].fold_full(pocket)

    def reset(self) -> None:
        """Begin anew: what was measured so far does not count."""
        for statistics in list(self._statistics.values()):
            statistics.reset()

    def spreads(self) -> tuple[tuple[int, Spread], ...]:
        """How the times of each priority are spread, the smallest priority first."""
        known = sorted(self._statistics.copy().items())
        return tuple((priority, statistics.spread()) for priority, statistics in known)

    def counts(self) -> dict[int, TimeCounts]:
        """How many of the times of each priority each value stands for."""
        known = sorted(self._statistics.copy().items())
        return {priority: statistics.counts() for priority, statistics in known}
