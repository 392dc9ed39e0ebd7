"""What differs between two recorded runs: each measure with its interval, and where they part.

An interval comes from batch means: the run from its warm-up on is cut into parts of equal length,
whose means are taken for independent (Law, Simulation Modeling and Analysis, 5th edition, section
9.5.3). Of a run with fewer moments than that takes, values have no interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from pcsim.recording.reader import Reader
from pcsim.recording.scenarios import ScenarioChange, changes_between, warm_up_of
from pcsim.snapshot import QueueRow, Role, Snapshot, WorkerRow
from pcsim.theory.statistics import confidence_interval, student_t_quantile

BATCHES = 20
"""Parts into which a run is cut."""
BEGINNING = 0.1
"""The share of a run that is left out at its beginning, where its scenario has no warm-up."""
LOOKS = 1_200
"""Times at which two runs are compared to find where they part."""
JITTER = 1
"""Items by which a queue of one run may differ from that of another on threads, by chance."""


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


class Parting(NamedTuple):
    """Where two runs part: the first time at which they are seen to differ, and in what."""

    at: float
    name: str
    """The queue, or `consumed`."""
    a: int
    b: int


class Comparison(NamedTuple):
    """What differs between two runs."""

    spans: tuple[tuple[float, float], tuple[float, float]]
    """The part of each run that was measured."""
    rows: tuple[Row, ...]
    """All measures, the whole system first, then by how much they differ."""
    changes: tuple[ScenarioChange, ...]
    """How the scenarios differ."""
    parting: Parting | None
    """None where they do not part."""


def compare(a: Reader, b: Reader) -> Comparison:
    """Compare two recordings.

    Args:
        a: The first one.
        b: The second one.

    Raises:
        RecordingError: One is damaged.
    """
    measured = [_measured(reader) for reader in (a, b)]
    (span_a, of_a), (span_b, of_b) = measured
    nothing = Value(math.nan, None, 0)
    rows = [
        _row(measure, of_a.get(measure, nothing), of_b.get(measure, nothing))
        for measure in {**of_a, **of_b}
    ]
    rows = [row for row in rows if row.a.mean or row.b.mean]
    whole = [row for row in rows if "." not in row.measure.key]
    others = sorted((row for row in rows if "." in row.measure.key), key=_rank)
    changes = changes_between(a.about.scenario, b.about.scenario)
    return Comparison((span_a, span_b), (*whole, *others), changes, _parting(a, b))


def _rank(row: Row) -> tuple[bool, float]:
    size = abs(row.difference) if row.relative is None else abs(row.relative)
    return not row.is_sure, -size if math.isfinite(size) else 0.0


def _row(measure: Measure, a: Value, b: Value) -> Row:
    """A row with the interval of the difference: Welch's, as the runs may vary differently."""
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


def _measured(reader: Reader) -> tuple[tuple[float, float], dict[Measure, Value]]:
    """The measures of one run, from the end of its warm-up on."""
    end, begin = reader.length, reader.begins
    begin = max(begin, warm_up_of(reader.about.scenario) or (end - begin) * BEGINNING)
    if begin >= end:
        begin = reader.begins
    edges: list[Snapshot] = []
    for number in range(BATCHES + 1):
        at = begin + (end - begin) * number / BATCHES
        moment = reader.moment(reader.place_at(at))
        if not moment.phase.is_over:  # nothing has happened since
            moment = moment._replace(at=max(moment.at, at))
        if not edges or moment.at > edges[-1].at:
            edges.append(moment)
    parts = [dict(measures(after.since(before))) for before, after in pairwise(edges)]
    # One moment alone: what is measured is all that was before it.
    first = edges[-1].since(edges[0]) if len(edges) > 1 else edges[0]
    values = {}
    for measure, mean in measures(first):
        found = [part[measure] for part in parts if math.isfinite(part.get(measure, math.nan))]
        half_width = confidence_interval(found).half_width if len(found) >= BATCHES // 2 else None
        values[measure] = Value(mean, half_width, len(found))
    return (edges[0].at if len(edges) > 1 else 0.0, edges[-1].at), values


def measures(part: Snapshot) -> Iterator[tuple[Measure, float]]:
    """Yield what is measured of a run, or of a part of it.

    Args:
        part: The run, or what `Snapshot.since` returns.
    """
    at, totals = part.at, part.totals
    if at <= 0:
        return
    yield Measure("out", "out", "/s", 1), totals.consumed / at
    yield Measure("in", "in", "/s", 0), totals.produced / at
    yield Measure("dropped", "dropped", "/s", -1), totals.dropped / at
    yield Measure("failed", "failed", "/s", -1), totals.failed / at
    sojourn = part.sojourn_time
    yield Measure("mean_time", "mean time in system", "s", -1), _or_nan(sojourn.mean, sojourn.count)
    yield Measure("p99_time", "p99 time in system", "s", -1), _or_nan(sojourn.p99, sojourn.count)
    for queue in part.queues:
        yield from _of_queue(queue, at)
    groups: dict[str, list[WorkerRow]] = {}
    for worker in part.workers:
        groups.setdefault(worker.group or worker.name, []).append(worker)
    for name, members in groups.items():
        yield from _of_workers(name, members, at)


def _or_nan(value: float, count: int) -> float:
    return value if count else math.nan


def _of_queue(row: QueueRow, at: float) -> Iterator[tuple[Measure, float]]:
    name = row.name
    yield Measure(f"queues.{name}.full", f"{name} full", "share", -1), row.full_share(at)
    waited = row.waiting_time
    mean = _or_nan(waited.mean, waited.count)
    yield Measure(f"queues.{name}.wait", f"{name} mean wait", "s", -1), mean
    yield Measure(f"queues.{name}.dropped", f"dropped by {name}", "/s", -1), row.dropped_total / at


def _of_workers(name: str, rows: list[WorkerRow], at: float) -> Iterator[tuple[Measure, float]]:
    shares = [row.shares(at) for row in rows]
    busy = math.fsum(one.running for one in shares) / len(rows)
    full = math.fsum(one.blocked_full for one in shares) / len(rows)
    if rows[0].role is not Role.PRODUCER:
        yield Measure(f"workers.{name}.busy", f"{name} busy", "share", 0), busy
    yield Measure(f"workers.{name}.blocked", f"{name} held up", "share", -1), full


def _parting(a: Reader, b: Reader) -> Parting | None:
    """The first time at which both are seen to differ."""
    end = min(a.length, b.length)
    slack = JITTER if "threads" in (a.about.engine, b.about.engine) else 0
    for number in range(1, LOOKS + 1):
        at = end * number / LOOKS
        one, other = (reader.moment(reader.place_at(at)) for reader in (a, b))
        depths = {row.name: row.depth for row in other.queues}
        for row in one.queues:
            depth = depths.get(row.name)
            if depth is not None and abs(depth - row.depth) > slack:
                return Parting(at, row.name, row.depth, depth)
        done = one.totals.consumed, other.totals.consumed
        if abs(done[0] - done[1]) > 2 * slack:
            return Parting(at, "consumed", *done)
    return None
