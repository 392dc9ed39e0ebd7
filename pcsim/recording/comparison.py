"""What differs between two recorded runs: each measure with its interval, and where they part.

An interval comes from batch means: the run from its warm-up on is cut into parts of equal length,
whose means are taken for independent (Law, Simulation Modeling and Analysis, 5th edition, section
9.5.3). Of a run with fewer moments than that takes, values have no interval.
"""

from __future__ import annotations

import math
from itertools import pairwise

from pcsim.analysis.comparison import Basis, Comparison, Parting
from pcsim.analysis.differences import Measure, Value, independent, measures, paired, ranked
from pcsim.recording.reader import Reader
from pcsim.recording.results import Results
from pcsim.recording.scenarios import changes_between, warm_up_of
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


def compare(a: Reader | Results, b: Reader | Results) -> Comparison:
    """Compare two recordings, or the results of replications.

    Replications that have the same seed are compared in pairs: each had the same random numbers.

    Args:
        a: The first one.
        b: The second one.

    Raises:
        RecordingError: One is damaged.
    """
    if isinstance(a, Results) and isinstance(b, Results):
        return _of_results(a, b)
    (span_a, of_a), (span_b, of_b) = map(_measured, (a, b))
    if isinstance(a, Results) or isinstance(b, Results):
        shared = [measure for measure in of_a if measure in of_b]
        rows = ranked(independent(one, of_a[one], of_b[one]) for one in shared)
        numbers = tuple(one.replications if isinstance(one, Results) else 1 for one in (a, b))
        first, second = numbers
        return Comparison((span_a, span_b), rows, None, None, Basis.MIXED, (first, second))
    nothing = Value(math.nan, None, 0)
    rows = ranked(
        independent(measure, of_a.get(measure, nothing), of_b.get(measure, nothing))
        for measure in {**of_a, **of_b}
    )
    changes = changes_between(a.about.scenario, b.about.scenario)
    return Comparison((span_a, span_b), rows, changes, _parting(a, b))


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


def _measured(reader: Reader | Results) -> tuple[tuple[float, float], dict[Measure, Value]]:
    """The measures of one run, from the end of its warm-up on, or of several."""
    if isinstance(reader, Results):
        return reader.span, reader.values
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
