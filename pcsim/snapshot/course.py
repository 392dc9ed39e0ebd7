"""The course of a run from change to change: a few counts at a few times, however long it lasts.

A stretch reaches from one change to the next. Its looks are at equal distances at first; when
there are too many, every second one is forgotten, and the next ones are twice as far apart.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import NamedTuple

from pcsim.snapshot import Event, Snapshot
from pcsim.snapshot.rows import Spread

STEP = 0.1
"""Seconds between two looks, at first."""
MOST_PARTS = 20
"""Parts of a stretch, at most."""
MOST_CHANGES = 1_000
"""Changes that are kept: the latest."""


class Tally(NamedTuple):
    """What a run has done up to a time of it, in seconds from its start."""

    at: float = 0.0
    consumed: float = 0
    waits: float = 0
    """Items taken from a queue, of all queues together."""
    waited: float = 0.0
    """Seconds that these were in it."""
    queued: float = 0.0
    """Item-seconds in queues: the depth of each, added up over time."""
    sojourns: float = 0
    """Items that have left the system, of which it is known how long they were in it."""
    sojourned: float = 0.0
    """Seconds that these were in it."""

    def towards(self, later: Tally, at: float) -> Tally:
        """Return that of a time before a later one, in proportion."""
        share = (at - self.at) / (later.at - self.at)
        pairs = zip(self, later, strict=True)
        return Tally(*(one + share * (other - one) for one, other in pairs))._replace(at=at)


def tally_of(snapshot: Snapshot) -> Tally:
    """Return what a run has done up to a snapshot of it.

    >>> from pcsim.snapshot import Phase, QueueRow, Totals
    >>> row = QueueRow("q", 5, waiting_time=Spread(4, 0.5), moment=3.0)
    >>> run = Snapshot(0, 10.0, Phase.RUNNING, True, (row,), (), Totals(consumed=4))
    >>> tally_of(run).waited, tally_of(run).queued
    (2.0, 3.0)
    """
    queues = snapshot.queues
    return Tally(
        snapshot.at,
        snapshot.totals.consumed,
        sum(row.waiting_time.count for row in queues),
        math.fsum(_sum(row.waiting_time) for row in queues),
        math.fsum(row.area(snapshot.at) for row in queues),
        snapshot.sojourn_time.count,
        _sum(snapshot.sojourn_time),
    )


def _sum(times: Spread) -> float:
    return times.count * times.mean


class Stretch:
    """A part of a run.

    Args:
        begin: Its begin.
    """

    def __init__(self, begin: Tally) -> None:
        self.restart(begin)

    def restart(self, begin: Tally) -> None:
        """Forget what it has, and begin then."""
        self.end = begin
        self._looks = [begin]
        self._step = STEP

    @property
    def begin(self) -> Tally:
        """Its begin."""
        return self._looks[0]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end.at - self.begin.at

    @property
    def tallies(self) -> list[Tally]:
        """Its begin, its looks and its end."""
        return [*self._looks, self.end] if self.end.at > self._looks[-1].at else self._looks

    @property
    def next_at(self) -> float:
        """When to look again."""
        at = self._looks[-1].at
        return max(at + self._step, math.nextafter(at, math.inf))

    def add(self, tally: Tally) -> None:
        """It reaches to that time by now."""
        self.end = tally
        if tally.at < self.next_at * (1 - 1e-12):
            return
        self._looks.append(tally)
        if len(self._looks) > MOST_PARTS:
            del self._looks[1::2]
            self._step *= 2

    def copy(self) -> Stretch:
        """Return the same, as it is now."""
        copied = Stretch(self.begin)
        copied._looks, copied.end, copied._step = self._looks.copy(), self.end, self._step
        return copied

    def cut(self, at: float) -> Stretch:
        """Let it end then, and return what follows: where it was not looked at just then, in
        proportion between the looks before and after."""
        tallies = self.tallies
        place = bisect_right([one.at for one in tallies], at)
        later = tallies[place:]
        if place == 0:
            return self._replaced_by(tallies)
        before = tallies[place - 1]
        end = before.towards(later[0], at) if later else before._replace(at=max(at, before.at))
        self._looks = tallies[:place]
        self.end = end
        following = Stretch(end)
        for one in later:
            following.add(one)
        return following

    def _replaced_by(self, tallies: list[Tally]) -> Stretch:
        """All of it is what follows."""
        following = Stretch(tallies[0])
        for one in tallies[1:]:
            following.add(one)
        self.restart(tallies[0])
        return following


class Course:
    """The stretches of a run, and the changes between them.

    Example:
        >>> course = Course()
        >>> for second in range(101):
        ...     course.add(Tally(second, consumed=5 * second))
        >>> (stretch,) = course.stretches
        >>> len(stretch.tallies), stretch.seconds
        (19, 100)
    """

    def __init__(self) -> None:
        self.changes: list[Event] = []
        """Those that were made, in their order."""
        self.stretches: list[Stretch] = []
        """One more than the changes: before the first, and after each."""

    @property
    def next_at(self) -> float:
        """When to look again, in seconds from the start."""
        return self.stretches[-1].next_at if self.stretches else 0.0

    def add(self, tally: Tally) -> None:
        """Look at the run. Where fewer times were measured than before, its warm-up has ended, and
        nothing before that counts."""
        if not self.stretches:
            self.stretches.append(Stretch(tally))
            return
        last = self.stretches[-1].end
        if tally.sojourns < last.sojourns or tally.waits < last.waits:
            self.restart(tally)
        elif tally.at > last.at:
            self.stretches[-1].add(tally)

    def restart(self, tally: Tally) -> None:
        """Nothing before that time counts."""
        for stretch in self.stretches:
            stretch.restart(tally)

    def copy(self) -> Course:
        """Return one that does not change any more."""
        copied = Course()
        copied.changes.extend(self.changes)
        copied.stretches.extend(one.copy() for one in self.stretches)
        return copied

    def change(self, event: Event) -> None:
        """Note a change that was made at that time: now, or a moment ago."""
        if not self.stretches:
            self.stretches.append(Stretch(Tally(event.at)))
        self.changes.append(event)
        self.stretches.append(self.stretches[-1].cut(event.at))
        if len(self.changes) > MOST_CHANGES:
            del self.changes[0], self.stretches[0]
