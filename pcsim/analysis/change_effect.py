"""What the changes of a running system did: measures before each of them and after it.

Each side reaches to the next change, or to the end of the run, and is cut into parts. A measure is
a ratio of sums over these parts, such as items to seconds, with its confidence interval by the
ratio estimator of batch means (Law, Simulation Modeling and Analysis, 5th edition, sections 9.5.3
and 9.6.2). Where the interval of the difference of the two sides has 0 in it, no difference can be
seen.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from pcsim.snapshot import Event, EventKind, Snapshot
from pcsim.snapshot.course import STEP, Course, Stretch, tally_of
from pcsim.text import duration, rate, three_digits
from pcsim.theory.statistics import Interval, confidence_interval, student_t_quantile

LEAST_SIDE = 1.0
"""Seconds of a side below which nothing is said."""
LEAST_PARTS = 5
"""Parts of a side with fewer of which nothing is said."""
ROUNDING = 1e-9
"""An interval that is narrower, as a share of the mean, has no width."""
TOGETHER = STEP
"""Changes that follow each other within these seconds count as made together."""


class Sides(NamedTuple):
    """A measure before a change and after it; None where it is not known, or not yet."""

    before: Interval | None = None
    after: Interval | None = None

    @property
    def is_measured(self) -> bool:
        """Whether both sides are known."""
        return self.before is not None and self.after is not None

    @property
    def differs(self) -> bool:
        """Whether the two sides differ, at a confidence of 95 % (Welch's test)."""
        before, after = self.before, self.after
        if before is None or after is None:
            return False
        known = [one for one in (before, after) if one.count > 1]
        if len(known) < 2:
            return False
        squares = [((one.half_width or 0.0) / _t(one.count)) ** 2 for one in known]
        difference, total = abs(after.mean - before.mean), sum(squares)
        if not total:
            return difference > 1e-9 * max(before.mean, after.mean)
        # Welch's degrees of freedom for two samples of unequal variance.
        parts = sum(square**2 / (one.count - 1) for square, one in zip(squares, known, strict=True))
        return difference > student_t_quantile(0.975, total**2 / parts) * math.sqrt(total)


class Effect(NamedTuple):
    """What a change did. Rates are items a second, times are seconds."""

    throughput: Sides = Sides()
    """Items consumed a second."""
    waiting_time: Sides = Sides()
    """The mean time of an item in a queue, over all queues."""
    depth: Sides = Sides()
    """The mean number of items in queues, all of them together."""
    sojourn_time: Sides = Sides()
    """The mean time of an item in the system."""

    @property
    def is_measured(self) -> bool:
        """Whether both sides are known."""
        return self.throughput.is_measured

    @property
    def text(self) -> str:
        """`consumed 9.2 ±0.3 → 16.1 ±0.4/s`, or that there is no difference; "" before that."""
        before, after = self.throughput
        if before is None or after is None:
            return ""
        if not self.throughput.differs:
            return f"consumed {rate(before.mean)} → {rate(after.mean)}: no difference"
        return f"consumed {_with_interval(before)} → {_with_interval(after)}/s"

    @property
    def waits_text(self) -> str:
        """What became of waiting times and depths, where they differ; else ""."""
        said: list[str] = []
        for verb, sides, words in (
            ("waited", self.waiting_time, _time),
            ("queued", self.depth, _with_interval),
        ):
            if sides.differs and sides.before and sides.after:
                said.append(f"{verb} {words(sides.before)} → {words(sides.after)}")
        return ", ".join(said)


class MadeChange(NamedTuple):
    """A change that was made while the system ran, and what came of it.

    Example:
        >>> from pcsim import simulate
        >>> from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
        >>> from pcsim.scenario.changes import AddWorkers
        >>> shop = Scenario(
        ...     queues=(QueueSpec("orders", 4),),
        ...     producers=(ProducerSpec("Shop", "orders", interval=0.1),),
        ...     consumers=(ConsumerSpec("Clerk", "orders", service_time=0.2),),
        ...     changes=(AddWorkers("Clerk", at=500),),
        ... )
        >>> (change,) = simulate(shop, until=1000).changes
        >>> change.at, change.what, change.was, change.now
        (500.0, 'add', '1', '2')
        >>> before, after = change.effect.throughput
        >>> round(before.mean, 1), round(after.mean, 1), change.effect.throughput.differs
        (5.0, 10.0, True)
    """

    event: Event
    effect: Effect

    @property
    def at(self) -> float:
        """When it was made, in seconds from the start."""
        return self.event.at

    @property
    def subject(self) -> str:
        """The queue or the workers that were changed."""
        return self.event.subject

    @property
    def what(self) -> str:
        """What was changed, as in a scenario file: `capacity`."""
        return self.event.what

    @property
    def was(self) -> str:
        """The value before, in short; "" for a fault."""
        return self.event.was

    @property
    def now(self) -> str:
        """The value since then, or what a fault does."""
        return self.event.now


class Effects:
    """Measures the effects of the changes of one run, from its snapshots.

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
        self._course = Course()
        self._settled: dict[int, Effect] = {}

    def add(self, snapshot: Snapshot) -> None:
        """Take the counts of another snapshot of the run."""
        self._course.add(tally_of(snapshot))

    def note(self, events: Sequence[Event]) -> None:
        """Take the changes among events of the run, each once; those that were not made are
        none."""
        for one in events:
            is_new = not self._course.changes or one.number > self._course.changes[-1].number
            if one.kind is EventKind.CHANGED and not one.message and is_new:
                self._course.change(one)

    def note_earlier(self, events: Sequence[Event]) -> None:
        """Take changes that were made before anything was seen of the run: what came of them is
        not known."""
        self.note(events)
        self._settled.update({event.number: Effect() for event in events})

    @property
    def has_any(self) -> bool:
        """Whether anything was changed."""
        return bool(self._course.changes)

    @property
    def changes(self) -> tuple[MadeChange, ...]:
        """All changes with their effects, the latest first."""
        return tuple(reversed(changes_in(self._course, self._settled)))


def changes_in(course: Course, settled: dict[int, Effect] | None = None) -> tuple[MadeChange, ...]:
    """Return the changes of a run with their effects, in their order.

    Args:
        course: What it has done from change to change.
        settled: The effects that are known and will not be others, by the number of the event.
    """
    known = {} if settled is None else settled
    stretches, made = course.stretches, list[MadeChange]()
    lasting = [number for number, one in enumerate(stretches) if one.seconds >= TOGETHER]
    for place, event in enumerate(course.changes):
        effect = known.get(event.number)
        if effect is None:
            following = bisect_right(lasting, place)
            before = lasting[following - 1] if following else 0
            after = lasting[following] if following < len(lasting) else place + 1
            effect = _effect(stretches[before], stretches[after])
            if after < len(stretches) - 1:
                known[event.number] = effect
        made.append(MadeChange(event, effect))
    return tuple(made)


def over_replications(rows: Sequence[Sequence[MadeChange]]) -> tuple[MadeChange, ...]:
    """Return the changes of independent runs: each measure is the mean of theirs, with the
    interval around it.

    Args:
        rows: The changes of each run; one that not all of them have made is left out.
    """
    if len(rows) == 1:
        return tuple(rows[0])
    made: list[MadeChange] = []
    others = [{_key(one): one.effect for one in row} for row in rows[1:]]
    for change in rows[0]:
        effects = [change.effect, *(row[_key(change)] for row in others if _key(change) in row)]
        if len(effects) == len(rows):
            combined = Effect(*map(_combined, zip(*effects, strict=True)))
            made.append(change._replace(effect=combined))
    return tuple(made)


def _key(change: MadeChange) -> tuple[float, str, str]:
    return change.at, change.subject, change.what


def _combined(sides: Sequence[Sides]) -> Sides:
    before, after = zip(*sides, strict=True)
    return Sides(_mean_of(before), _mean_of(after))


def _mean_of(intervals: Sequence[Interval | None]) -> Interval | None:
    known = [one.mean for one in intervals if one is not None]
    return confidence_interval(known) if len(known) == len(intervals) else None


class _Measured(NamedTuple):
    """The measures of one side, in the order of those of an effect."""

    throughput: Interval | None = None
    waiting_time: Interval | None = None
    depth: Interval | None = None
    sojourn_time: Interval | None = None


def _effect(before: Stretch, after: Stretch) -> Effect:
    return Effect(*map(Sides, _measured(before), _measured(after)))


def _measured(stretch: Stretch) -> _Measured:
    tallies = stretch.tallies
    if stretch.seconds < LEAST_SIDE or len(tallies) <= LEAST_PARTS:
        return _Measured()
    parts = [[now - was for was, now in zip(*pair, strict=True)] for pair in pairwise(tallies)]
    seconds, consumed, waits, waited, queued, sojourns, sojourned = zip(*parts, strict=True)
    return _Measured(
        _ratio(consumed, seconds),
        _ratio(waited, waits),
        _ratio(queued, seconds),
        _ratio(sojourned, sojourns),
    )


def _ratio(above: Sequence[float], below: Sequence[float]) -> Interval | None:
    """The ratio of two sums over parts, with its interval; None where nothing is below."""
    count, total = len(below), math.fsum(below)
    if total <= 0:
        return None
    mean = max(math.fsum(above) / total, 0.0)
    squares = math.fsum((y - mean * x) ** 2 for y, x in zip(above, below, strict=True))
    half_width = _t(count) * math.sqrt(squares * count / (count - 1)) / total
    half_width = 0.0 if half_width <= ROUNDING * mean else half_width
    return Interval(mean, half_width, max(mean - half_width, 0.0), mean + half_width, count)


def _t(count: int) -> float:
    return student_t_quantile(0.975, count - 1)


def _with_interval(side: Interval) -> str:
    return f"{side.mean:.3g} ±{side.half_width or 0.0:.2g}"


def _time(side: Interval) -> str:
    """`1.2 s`, with its interval where there is one: `1.2 ±0.1 s`."""
    number, _, unit = duration(side.mean).partition(" ")
    if not unit or side.half_width is None:
        return duration(side.mean)
    scale = {"µs": 1e6, "ms": 1e3}.get(unit, 1.0)
    return f"{number} ±{three_digits(side.half_width * scale)} {unit}"
