"""What differs between two recorded runs, or two stretches of one: each measure with its interval.

An interval comes from batch means: the run from its warm-up on is cut into parts of equal length,
whose means are taken for independent (Law, Simulation Modeling and Analysis, 5th edition, section
9.5.3). Of a run with fewer moments than that takes, values have no interval.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from pcsim.analysis.comparison import (
    Basis,
    Comparison,
    Parting,
    Period,
    Relation,
)
from pcsim.analysis.differences import Measure, Row, Value, independent, measures, paired, ranked
from pcsim.recording.by_hand import done_to
from pcsim.recording.reader import Reader
from pcsim.recording.replay import Past
from pcsim.recording.results import Results
from pcsim.recording.scenarios import change_at, changes_between, warm_up_of
from pcsim.snapshot import Snapshot
from pcsim.theory.statistics import confidence_interval

BATCHES = 20
"""Parts into which a run is cut."""
BEGINNING = 0.1
"""The share of a run that is left out at its beginning, where its scenario has no warm-up."""
LOOKS = 1_200
"""Times at which two runs are compared to find where they part."""
JITTER = 1
"""Items by which a queue of one run may differ from that of another on threads, by chance."""
JUST_BEFORE = 2e-6
"""Seconds: the times of frames are whole microseconds."""
Span = tuple[float, float]
"""The first and the last time of a part of a run, in seconds since its start."""


class Seen(NamedTuple):
    """A run that was seen moment by moment.

    Attributes:
        past: What was seen.
        scenario: What was run, as the text of a scenario file; "" where there is none.
        is_exact: Whether it is the same each time that it is run: one in virtual time.
    """

    past: Past
    scenario: str
    is_exact: bool

    @property
    def span(self) -> Span:
        """All of it."""
        return self.past.begins, self.past.length


def seen(reader: Reader) -> Seen:
    """Return what was seen of a recorded run."""
    return Seen(reader, reader.about.scenario, reader.about.engine == "virtual")


def compare(
    a: Reader | Seen | Results,
    b: Reader | Seen | Results,
    period: Period = Period.STEADY,
    known: Comparison | None = None,
) -> Comparison:
    """Compare two recordings, or the results of replications.

    Replications that have the same seed are compared in pairs: each had the same random numbers.

    Args:
        a: The first one.
        b: The second one.
        period: Which part of each is measured; of results it is known of one alone.
        known: What was found of the same recordings in another period: they differ in the same
            changes, and part at the same time.

    Raises:
        RecordingError: One is damaged.
    """
    if isinstance(a, Results) and isinstance(b, Results):
        return _of_results(a, b)
    one, other = (seen(each) if isinstance(each, Reader) else each for each in (a, b))
    (span_a, of_a), (span_b, of_b) = (
        (each.span, each.values)
        if isinstance(each, Results)
        else _measured(each, each.span, period)
        for each in (one, other)
    )
    if isinstance(one, Results) or isinstance(other, Results):
        shared = [measure for measure in of_a if measure in of_b]
        rows = ranked(independent(one, of_a[one], of_b[one]) for one in shared)
        numbers = tuple(one.replications if isinstance(one, Results) else 1 for one in (a, b))
        first, second = numbers
        return Comparison((span_a, span_b), rows, None, None, Basis.MIXED, (first, second))
    if known is not None:
        return known._replace(spans=(span_a, span_b), rows=_rows(of_a, of_b))
    changes = changes_between(one.scenario, other.scenario)
    acts = [frozenset(done_to(each.past, *each.span, is_by_hand=True)) for each in (one, other)]
    changes += tuple(change_at(*act, is_of_a=True) for act in sorted(acts[0] - acts[1]))
    changes += tuple(change_at(*act, is_of_a=False) for act in sorted(acts[1] - acts[0]))
    return Comparison((span_a, span_b), _rows(of_a, of_b), changes, _parting(one, other))


def compare_stretches(
    run: Seen, first: Span, second: Span, period: Period = Period.STEADY
) -> Comparison:
    """Compare two stretches of one run, such as before a change of it and after that.

    Args:
        run: The run.
        first: The first stretch.
        second: The second one: what was done to the run in it is named as what differs.
        period: Which part of each is measured.

    Raises:
        RecordingError: It is damaged.
    """
    before = first[0], first[1] - JUST_BEFORE  # what is done just then is of the second
    (span_a, of_a), (span_b, of_b) = (_measured(run, each, period) for each in (before, second))
    changes = [
        change_at(*act, is_of_a=each is before)
        for each in (before, second)
        for act in done_to(run.past, *each)
    ]
    return Comparison(
        ((span_a[0], first[1]), span_b), _rows(of_a, of_b), tuple(changes), None,
        relation=Relation.STRETCHES,
    )  # fmt: skip


def _rows(of_a: dict[Measure, Value], of_b: dict[Measure, Value]) -> tuple[Row, ...]:
    nothing = Value(math.nan, None, 0)
    return ranked(
        independent(measure, of_a.get(measure, nothing), of_b.get(measure, nothing))
        for measure in {**of_a, **of_b}
    )


def _of_results(a: Results, b: Results) -> Comparison:
    is_paired = a.seed == b.seed
    rows = []
    for measure in {**a.runs, **b.runs}:
        one, other = a.runs.get(measure, ()), b.runs.get(measure, ())
        pairs = min(len(one), len(other))
        if is_paired and pairs > 1:
            rows.append(paired(measure, one[:pairs], other[:pairs]))
        else:
            nothing = Value(math.nan, None, 0)
            values = (each.values.get(measure, nothing) for each in (a, b))
            rows.append(independent(measure, *values))
    numbers = a.replications, b.replications
    if is_paired:
        numbers = min(numbers), min(numbers)
    basis = Basis.PAIRS if is_paired else Basis.REPLICATIONS
    return Comparison((a.span, b.span), ranked(rows), None, None, basis, numbers)


def _measured(run: Seen, span: Span, period: Period) -> tuple[Span, dict[Measure, Value]]:
    """The measures of a part of a run, as a rule without its beginning."""
    begin, end = max(span[0], run.past.begins), min(span[1], run.past.length)
    if period is Period.STEADY:
        left_out = warm_up_of(run.scenario) if begin <= run.past.begins else None
        begin = max(begin, left_out or begin + (end - begin) * BEGINNING)
        if begin >= end:
            begin = max(span[0], run.past.begins)
    edges: list[Snapshot] = []
    for number in range(BATCHES + 1):
        at = begin + (end - begin) * number / BATCHES
        moment = run.past.snapshot_at(at, math.inf)
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


def _parting(a: Seen, b: Seen) -> Parting | None:
    """The first time at which both are seen to differ."""
    end = min(a.past.length, b.past.length)
    slack = 0 if a.is_exact and b.is_exact else JITTER
    for number in range(1, LOOKS + 1):
        at = end * number / LOOKS
        one, other = (run.past.snapshot_at(at, math.inf) for run in (a, b))
        depths = {row.name: row.depth for row in other.queues}
        for row in one.queues:
            depth = depths.get(row.name)
            if depth is not None and abs(depth - row.depth) > slack:
                return Parting(at, row.name, row.depth, depth)
        done = one.totals.consumed, other.totals.consumed
        if abs(done[0] - done[1]) > 2 * slack:
            return Parting(at, "consumed", *done)
    return None
