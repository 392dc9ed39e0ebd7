"""When a run in virtual time keeps a mark of how things are, for what is recent.

Where it is known up to which time a run is driven, somebody looks at it then: marks are kept in
the last seconds before that, and nowhere else. Where it is not known, they are kept as often as
costs next to nothing.
"""

from __future__ import annotations

import math

from pcsim.engine.observer import Observer

EVENTS_PER_MARK = 10_000
"""Events between two marks, where nobody is known to look."""
EVENTS_PER_CELL = 40
"""The same for each cell of the ledger, where that is more: a mark copies them."""


class Marker:
    """Keeps the marks of a run whose ledger has `size` cells."""

    def __init__(self, observer: Observer, size: int) -> None:
        self._observer = observer
        self._marks = observer.marks
        self._events_per_mark = max(EVENTS_PER_MARK, EVENTS_PER_CELL * size)
        self._events = 0
        self._next_at = math.inf

    def next_at(self, until: float) -> float:
        """When the next mark is due of a run that is driven up to that time."""
        marks = self._marks
        if until == math.inf:
            self._next_at = math.inf
        else:
            self._next_at = max(marks.latest_at + marks.step, until - marks.length)
        return self._next_at

    def mark_at(self, time: float) -> bool:
        """Time has come there: keep a mark if it is due, and return whether it was."""
        if time != self._next_at:
            return False
        self._keep()
        return True

    def count_events(self, events: int, now: float) -> None:
        """That many events were carried out: keep a mark if those since the last one are many."""
        self._events += events
        marks = self._marks
        if self._events >= self._events_per_mark and now >= marks.latest_at + marks.step:
            self._keep()

    def _keep(self) -> None:
        self._events = 0
        self._observer.mark()
