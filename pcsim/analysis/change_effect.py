"""What a change of a running system did to its throughput, from snapshots before it and after.

The seconds before a change and those after it are cut into parts of equal length. The throughput of
each part is a value, and each side has the mean of its values and a confidence interval (batch
means; Law, Simulation Modeling and Analysis, 5th edition, section 9.5.3). Where the interval of
their difference has 0 in it, no difference can be seen. No side reaches over another change.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from pcsim.snapshot import Event, EventKind, Snapshot
from pcsim.text import rate
from pcsim.theory.statistics import Interval, confidence_interval, student_t_quantile

SIDE = 10.0
"""Seconds before and after a change that are compared, at most."""
PARTS = 5
"""Parts of a side."""
LEAST_SIDE = 1.0
"""Seconds of a side below which nothing is said."""
MOST_SAMPLES = 4_000
"""Snapshots of which the counts are kept; then every second one is forgotten."""


class Effect(NamedTuple):
    """Items consumed a second before a change and after it; None where that is not known yet."""

    before: Interval | None = None
    after: Interval | None = None

    @property
    def is_measured(self) -> bool:
        """Whether both sides are known."""
        return self.before is not None and self.after is not None

    @property
    def differs(self) -> bool:
        """Whether the two sides differ, at a confidence of 95 %."""
        before, after = self.before, self.after
        if before is None or after is None:
            return False
        squares = [((one.half_width or 0.0) / _t(one.count)) ** 2 for one in (before, after)]
        difference = abs(after.mean - before.mean)
        if not sum(squares):
            return difference > 1e-9 * max(before.mean, after.mean)
        # Welch's degrees of freedom for two samples of unequal variance.
        total = sum(squares)
        parts = squares[0] ** 2 / (before.count - 1) + squares[1] ** 2 / (after.count - 1)
        return difference > student_t_quantile(0.975, total**2 / parts) * math.sqrt(total)

    @property
    def text(self) -> str:
        """`consumed 9.2 ±0.3 → 16.1 ±0.4/s`, or that there is no difference; "" before that."""
        if self.before is None or self.after is None:
            return ""
        if not self.differs:
            means = f"{rate(self.before.mean)} → {rate(self.after.mean)}"
            return f"consumed {means}: no difference"
        return f"consumed {_with_interval(self.before)} → {_with_interval(self.after)}/s"


class MadeChange(NamedTuple):
    """A change that was made, and what came of it."""

    event: Event
    effect: Effect


class Effects:
    """Measures the effects of the changes of one run.

    Example:
        >>> from pcsim.engine.virtual.engine import VirtualEngine
        >>> from pcsim.scenario import demos
        >>> engine = VirtualEngine(demos.find("basic"))
        >>> engine.start()
        >>> effects = Effects()
        >>> for second in range(1, 5):
        ...     _ = engine.advance(until=second / 2)
        ...     effects.add(engine.snapshot())
        >>> effects.changes
        ()
    """

    def __init__(self) -> None:
        self._times: list[float] = []
        self._consumed: list[int] = []
        self._events: list[Event] = []
        self._settled: dict[int, Effect] = {}

    def add(self, snapshot: Snapshot) -> None:
        """Take the counts of another snapshot of the run."""
        if self._times and snapshot.at <= self._times[-1]:
            return
        self._times.append(snapshot.at)
        self._consumed.append(snapshot.totals.consumed)
        if len(self._times) > MOST_SAMPLES:
            del self._times[1::2], self._consumed[1::2]

    def note(self, events: Sequence[Event]) -> None:
        """Take the changes among events of the run; those that were not made are none."""
        self._events += [one for one in events if one.kind is EventKind.CHANGED and not one.message]

    @property
    def has_any(self) -> bool:
        """Whether anything was changed."""
        return bool(self._events)

    @property
    def changes(self) -> tuple[MadeChange, ...]:
        """All changes with their effects, the latest first."""
        made = [MadeChange(event, self._effect(place)) for place, event in enumerate(self._events)]
        return tuple(reversed(made))

    def _effect(self, place: int) -> Effect:
        known = self._settled.get(place)
        if known is not None:
            return known
        at = self._events[place].at
        earlier = [one.at for one in self._events[:place] if one.at < at]
        later = [one.at for one in self._events[place + 1 :] if one.at > at]
        until = min([at + SIDE, *later])
        now = self._times[-1] if self._times else 0.0
        effect = Effect(
            self._mean(max([at - SIDE, 0.0, *earlier]), at), self._mean(at, min(until, now))
        )
        if now >= until:
            self._settled[place] = effect
        return effect

    def _mean(self, begin: float, end: float) -> Interval | None:
        if end - begin < LEAST_SIDE:
            return None
        edges = [begin + part * (end - begin) / PARTS for part in range(PARTS + 1)]
        counts = [self._count_at(edge) for edge in edges]
        length = (end - begin) / PARTS
        return confidence_interval(
            [(after - before) / length for before, after in pairwise(counts)]
        )

    def _count_at(self, at: float) -> float:
        """Items consumed up to that time, in proportion between two snapshots."""
        place = bisect_right(self._times, at)
        if not place:
            return 0.0
        count, since = self._consumed[place - 1], self._times[place - 1]
        if place == len(self._times) or at == since:
            return float(count)
        share = (at - since) / (self._times[place] - since)
        return count + share * (self._consumed[place] - count)


def _t(count: int) -> float:
    return student_t_quantile(0.975, count - 1)


def _with_interval(side: Interval) -> str:
    return f"{side.mean:.3g} ±{side.half_width or 0.0:.2g}"
