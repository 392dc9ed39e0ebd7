"""Differences between two runs, or two sets of runs: each measure with its interval.

Of runs that are independent of each other the interval is Welch's; of runs that have the same
random numbers, in pairs, it is that of their differences, which is mostly far smaller (Law,
Simulation Modeling and Analysis, 5th edition, sections 10.2 and 11.2).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pcsim.analysis.observation import Observation
from pcsim.snapshot import Role, Snapshot, WorkerRow
from pcsim.theory.statistics import confidence_interval, student_t_quantile


class Measure(NamedTuple):
    """What is measured.

    Attributes:
        key: Its name for programs.
        words: Its name for people.
        unit: `/s`, `s` or `share`.
        sense: 1 where more is better, -1 where less is, 0 where neither is.
    """

    key: str
    words: str
    unit: str
    sense: int


class Value(NamedTuple):
    """What one run measured: nan where there is nothing to measure; no `half_width` without
    parts enough."""

    mean: float
    half_width: float | None
    parts: int


class Row(NamedTuple):
    """A measure in both runs.

    Attributes:
        measure: What is measured.
        a: In the first run.
        b: In the second one.
        half_width: Of the difference, with 95 %; None where it has none.
    """

    measure: Measure
    a: Value
    b: Value
    half_width: float | None

    @property
    def difference(self) -> float:
        """The second less the first."""
        return self.b.mean - self.a.mean

    @property
    def relative(self) -> float | None:
        """The difference as a share of the first; None where that is 0, and for shares."""
        if self.measure.unit == "share" or not self.a.mean:
            return None
        return self.difference / self.a.mean

    @property
    def is_sure(self) -> bool:
        """Whether the difference is larger than chance explains."""
        return self.half_width is not None and abs(self.difference) > self.half_width

    @property
    def verdict(self) -> str:
        """`better`, `worse`, `more`, `less`, `alike`, or `unsure` where there is no interval."""
        if self.half_width is None:
            return "alike" if not self.difference else "unsure"
        if not self.is_sure:
            return "alike"
        gain = self.difference * self.measure.sense
        if gain:
            return "better" if gain > 0 else "worse"
        return "more" if self.difference > 0 else "less"


def independent(measure: Measure, a: Value, b: Value) -> Row:
    """Return a row of two runs that are independent, with Welch's interval of the difference.

    Args:
        measure: What is measured.
        a: In the first run.
        b: In the second one.
    """
    if a.half_width is None or b.half_width is None:
        return Row(measure, a, b, None)
    errors = [(one.half_width or 0.0) / student_t_quantile(0.975, one.parts - 1) for one in (a, b)]
    squares = [error * error for error in errors]
    total = sum(squares)
    if not total:
        return Row(measure, a, b, 0.0)
    degrees = (
        total
        * total
        / sum(
            square * square / (one.parts - 1) for square, one in zip(squares, (a, b), strict=True)
        )
    )
    return Row(measure, a, b, student_t_quantile(0.975, max(degrees, 1.0)) * math.sqrt(total))


def paired(measure: Measure, a: Sequence[float], b: Sequence[float]) -> Row:
    """Return a row of runs in pairs, with the interval of their differences.

    Args:
        measure: What is measured.
        a: Its value in each of the first runs; nan where there was nothing to measure.
        b: The same in the others: each was made with the random numbers of its pair.
    """
    both = [
        (one, other)
        for one, other in zip(a, b, strict=True)
        if math.isfinite(one) and math.isfinite(other)
    ]
    if not both:
        return Row(measure, _value([one for one in a if math.isfinite(one)]),
                   _value([one for one in b if math.isfinite(one)]), None)  # fmt: skip
    found = confidence_interval(other - one for one, other in both)
    return Row(
        measure, _value([one for one, _ in both]), _value([other for _, other in both]),
        found.half_width,
    )  # fmt: skip


def _value(numbers: Sequence[float]) -> Value:
    if not numbers:
        return Value(math.nan, None, 0)
    found = confidence_interval(numbers)
    return Value(found.mean, found.half_width, found.count)


def pairs(a: Sequence[Mapping[Measure, float]], b: Sequence[Mapping[Measure, float]]) -> list[Row]:
    """Return a row for each measure of runs in pairs.

    Args:
        a: What was measured in each of the first runs.
        b: The same in the others.
    """
    measures = {measure: None for one in (*a, *b) for measure in one}
    return [
        paired(measure, *([one.get(measure, math.nan) for one in runs] for runs in (a, b)))
        for measure in measures
    ]


def ranked(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return rows in the order in which they are read: the whole system first, then queues and
    workers by how much they differ. What is 0 in both is left out."""
    kept = [row for row in rows if row.a.mean or row.b.mean]
    whole = [row for row in kept if "." not in row.measure.key]
    others = sorted((row for row in kept if "." in row.measure.key), key=_rank)
    return (*whole, *others)


def _rank(row: Row) -> tuple[bool, float]:
    size = abs(row.difference) if row.relative is None else abs(row.relative)
    return not row.is_sure, -size if math.isfinite(size) else 0.0


_OF_SYSTEM = {
    "out": ("out", "/s", 1),
    "in": ("in", "/s", 0),
    "dropped": ("dropped", "/s", -1),
    "failed": ("failed", "/s", -1),
    "mean_time": ("mean time in system", "s", -1),
    "p99_time": ("p99 time in system", "s", -1),
}
_OF_PARTS = {
    ("queues", "full"): ("{} full", "share", -1),
    ("queues", "wait"): ("{} mean wait", "s", -1),
    ("queues", "dropped"): ("dropped by {}", "/s", -1),
    ("queues", "loss"): ("lost at {}", "share", -1),
    ("workers", "busy"): ("{} busy", "share", 0),
    ("workers", "blocked"): ("{} held up", "share", -1),
}
"""Of each measure its words, its unit and its sense."""


def measure_of(key: str) -> Measure | None:
    """Return the measure of a key; None where there is none.

    >>> measure_of("queues.main.full").words
    'main full'
    """
    if key in _OF_SYSTEM:
        return Measure(key, *_OF_SYSTEM[key])
    kind, _, rest = key.partition(".")
    name, _, what = rest.rpartition(".")
    words = _OF_PARTS.get((kind, what))
    return None if words is None else Measure(key, words[0].format(name), *words[1:])


def _known(key: str) -> Measure:
    measure = measure_of(key)
    assert measure is not None, key  # noqa: S101 - a mistake in this file
    return measure


def measures(part: Snapshot) -> Iterator[tuple[Measure, float]]:
    """Yield what is measured of a run, or of a part of it; nan where there is nothing to measure.

    Args:
        part: The run, or what `Snapshot.since` returns.
    """
    at, totals, sojourn = part.at, part.totals, part.sojourn_time
    if at <= 0:
        return
    yield _known("out"), totals.consumed / at
    yield _known("in"), totals.produced / at
    yield _known("dropped"), totals.dropped / at
    yield _known("failed"), totals.failed / at
    yield _known("mean_time"), _or_nan(sojourn.mean, sojourn.count)
    yield _known("p99_time"), _or_nan(sojourn.p99, sojourn.count)
    for row in part.queues:
        waited = row.waiting_time
        yield _known(f"queues.{row.name}.full"), row.full_share(at)
        yield _known(f"queues.{row.name}.wait"), _or_nan(waited.mean, waited.count)
        yield _known(f"queues.{row.name}.dropped"), row.dropped_total / at
    for name, rows in _groups(part.workers).items():
        shares = [row.shares(at) for row in rows]
        if rows[0].role is not Role.PRODUCER:
            busy = math.fsum(one.running for one in shares) / len(rows)
            yield _known(f"workers.{name}.busy"), busy
        full = math.fsum(one.blocked_full for one in shares) / len(rows)
        yield _known(f"workers.{name}.blocked"), full


def measures_of(observed: Observation[float], end: Snapshot) -> dict[str, float]:
    """Return what was measured of a replication, by the keys of its measures: those that are kept
    of each; quantiles are of all together.

    Args:
        observed: The replication.
        end: The end of one of them, for the groups of its workers.
    """
    system, lasted = observed.system, observed.system.duration
    found = {
        "out": system.throughput,
        "in": system.produced / lasted if lasted else math.nan,
        "dropped": system.dropped / lasted if lasted else math.nan,
        "failed": system.failed / lasted if lasted else math.nan,
        "mean_time": observed.sojourn_time.mean,
    }
    for name, queue in observed.queues.items():
        found[f"queues.{name}.full"] = queue.full_share
        found[f"queues.{name}.wait"] = observed.waiting_times[name].mean
        found[f"queues.{name}.loss"] = queue.loss
    for name, rows in _groups(end.workers).items():
        members = [observed.workers[row.name] for row in rows if row.name in observed.workers]
        if not members:
            continue
        if rows[0].role is not Role.PRODUCER:
            busy = math.fsum(one.utilization for one in members) / len(members)
            found[f"workers.{name}.busy"] = busy
        full = math.fsum(one.blocked_full for one in members) / len(members)
        found[f"workers.{name}.blocked"] = full
    return found


def _groups(workers: Iterable[WorkerRow]) -> dict[str, list[WorkerRow]]:
    groups: dict[str, list[WorkerRow]] = {}
    for worker in workers:
        groups.setdefault(worker.group or worker.name, []).append(worker)
    return groups


def _or_nan(value: float, count: int) -> float:
    return value if count else math.nan
