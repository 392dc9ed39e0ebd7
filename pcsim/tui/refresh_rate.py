"""How often to look: ten times a second while that is cheap and somebody watches."""

from __future__ import annotations

FASTEST = 0.1
SLOWEST = 1.0
QUIET = 0.5
UNWATCHED = 1.0
PATIENCE = 10
BREATH = 0.002
"""Seconds for keys and drawing, while a virtual run is driven as fast as possible."""
CLOCK = 1.0
"""Seconds between redraws of clock and durations while nothing else changes."""


class Pace:
    """Says how long to wait until the next look. Times are seconds."""

    def __init__(self) -> None:
        self.watched = True
        self._interval = FASTEST
        self._unchanged = 0

    def looked(self, *, changed: bool) -> None:
        """Whether the last look found something new."""
        self._unchanged = 0 if changed else self._unchanged + 1

    def drew(self, cost: float) -> None:
        """What the last frame took: above half its interval the rate is halved; once frames
        are cheap again it comes back."""
        if cost > self._interval / 2:
            self._interval = min(self._interval * 2, SLOWEST)
        elif cost < self._interval / 8:
            self._interval = max(self._interval / 2, FASTEST)

    @property
    def delay(self) -> float:
        """Until the next look."""
        delay = self._interval
        if self._unchanged > PATIENCE:
            delay = max(delay, QUIET)
        if not self.watched:
            delay = max(delay, UNWATCHED)
        return delay
