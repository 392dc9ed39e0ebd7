"""How often to poll: ten times a second while that is cheap and the terminal has the focus."""

from __future__ import annotations

FASTEST = 0.1
SLOWEST = 1.0
QUIET = 0.5
UNWATCHED = 1.0
QUIET_POLLS = 10
"""Polls without a change after which the run counts as quiet."""
CATCH_UP_DELAY = 0.002
"""Seconds for keys and drawing, while a virtual run catches up."""
CLOCK = 1.0
"""Seconds between redraws of clock and durations while nothing else changes."""


class RefreshRate:
    """The delay until the next poll, from what the last ones brought and cost.

    All times are seconds.
    """

    def __init__(self) -> None:
        self.watched = True
        """Whether the terminal has the focus."""
        self._interval = FASTEST
        self._unchanged = 0

    def polled(self, *, changed: bool) -> None:
        """Note a poll, and whether it brought anything new."""
        self._unchanged = 0 if changed else self._unchanged + 1

    def drew(self, cost: float) -> None:
        """Note the cost of a frame: one above half the interval halves the rate, a cheap one
        doubles it again."""
        if cost > self._interval / 2:
            self._interval = min(self._interval * 2, SLOWEST)
        elif cost < self._interval / 8:
            self._interval = max(self._interval / 2, FASTEST)

    @property
    def delay(self) -> float:
        """Until the next poll."""
        delay = self._interval
        if self._unchanged > QUIET_POLLS:
            delay = max(delay, QUIET)
        if not self.watched:
            delay = max(delay, UNWATCHED)
        return delay
