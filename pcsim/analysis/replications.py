"""The measures of independent replications, combined to means and quantiles with intervals.

Where a measure has no value in the long run, because its queue grows without end, its mean over
the runs is kept and has no interval.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import filterfalse
from typing import Any, NamedTuple, TypeVar

from pcsim.analysis.change_effect import over_replications
from pcsim.analysis.observation import CycleMeasures, Observation, Samples, TimeMeasures
from pcsim.theory.counts import NO_TIMES, TimeCounts
from pcsim.theory.quantiles import pooled_quantiles
from pcsim.theory.statistics import Interval, confidence_interval

QUANTILES = (("p50", 0.50), ("p90", 0.90), ("p95", 0.95), ("p99", 0.99))
"""The quantiles of measured times, by the name of their field."""
MOST_SAMPLES = 200
"""Of more replications the measured times are added up in this number of groups."""
NOTHING = Interval(0.0, None, None, None, 0)
"""The interval of a measure that no run has."""
SHARES = frozenset(
    {
        "utilization",
        "making",
        "loss",
        "full_share",
        "empty_share",
        "blocked_full",
        "blocked_empty",
        "paused",
    }
)
"""Measures from 0 to 1. Their intervals are cut off there: nothing beyond is possible."""

Key = TypeVar("Key")


class Basis(NamedTuple):
    """What is known of a system beside its runs, for the intervals of its measures.

    Attributes:
        growing: Queues whose measures have no long-run value, by name.
        relaxation: Seconds in which each queue forgets its past, by name, where that is known.
    """

    growing: Collection[str] = ()
    relaxation: Mapping[str, float] = {}


UNKNOWN = Basis()


def combined(
    observations: Sequence[Observation[float]], basis: Basis = UNKNOWN
) -> Observation[Interval]:
    """Combine the measures of independent replications, with 95 % confidence intervals.

    Means have intervals by Student's t, quantiles of times are those of all runs together.

    Args:
        observations: One or more, of runs that are independent of each other.
        basis: What is known of the system beside its runs.
    """
    first = observations[0]
    samples = list(_grouped(observations))
    seconds = math.fsum(one.system.duration for one in observations)

    def worth(relaxation: float | None) -> float | None:
        """How many independent times the runs are worth."""
        return None if not relaxation else seconds / (2 * relaxation)

    slowest = max(basis.relaxation.values(), default=None)
    sojourns = [one.sojourns for one in samples]
    waits = {name: [one.waits[name] for one in samples] for name in first.waiting_times}
    of_queues = {name: worth(basis.relaxation.get(name)) for name in first.queues}
    system, sojourn_time = (
        _intervals([one.system for one in observations]),
        _times([one.sojourn_time for one in observations], _of(sojourns), worth(slowest)),
    )
    found: Observation[Interval] = Observation(
        system,
        sojourn_time,
        {name: _intervals([one.queues[name] for one in observations]) for name in first.queues},
        {
            name: _times(
                [one.waiting_times[name] for one in observations],
                _of(waits[name]),
                of_queues[name],
            )
            for name in first.waiting_times
        },
        {name: _intervals([one.workers[name] for one in observations]) for name in first.workers},
        _priorities([one.sojourn_by_priority for one in observations], sojourns),
        {
            name: _priorities(
                [one.waiting_by_priority.get(name, {}) for one in observations], waits[name]
            )
            for name in dict.fromkeys(n for one in observations for n in one.waiting_by_priority)
        },
        _cycle([one.cycle for one in observations]),
        tuple(basis.growing),
        changes=over_replications([one.changes for one in observations]),
    )
    return _without_intervals(found) if basis.growing else found


def with_fewer_samples(
    observations: list[Observation[float]], new: Observation[float]
) -> Observation[float]:
    """Return one more observation; of many, its samples are added to those of an earlier one.

    Args:
        observations: Those so far.
        new: The one that follows them.
    """
    if len(observations) < MOST_SAMPLES or new.samples is None:
        return new
    place = len(observations) % MOST_SAMPLES
    earlier = observations[place]
    if earlier.samples is not None:
        observations[place] = earlier._replace(samples=_added(earlier.samples, new.samples))
    return new._replace(samples=None)


def _grouped(observations: Sequence[Observation[float]]) -> Iterable[Samples]:
    """The samples of the replications, or of groups of them where they are many."""
    samples = [one.samples for one in observations if one.samples is not None]
    groups: list[Samples] = samples[:MOST_SAMPLES]
    for number, one in enumerate(samples[MOST_SAMPLES:]):
        place = number % MOST_SAMPLES
        groups[place] = _added(groups[place], one)
    return groups


def _added(one: Samples, other: Samples) -> Samples:
    return Samples(
        _sum(one.sojourns, other.sojourns),
        {name: _sum(waits, other.waits[name]) for name, waits in one.waits.items()},
    )


def _sum(one: Mapping[Key, TimeCounts], other: Mapping[Key, TimeCounts]) -> dict[Key, TimeCounts]:
    keys = dict.fromkeys([*one, *other])
    return {key: one.get(key, NO_TIMES) + other.get(key, NO_TIMES) for key in keys}


def _of(
    samples: Sequence[Mapping[int | None, TimeCounts]], key: int | None = None
) -> list[TimeCounts]:
    return [one.get(key, NO_TIMES) for one in samples]


def _priorities(
    rows: Sequence[dict[int, TimeMeasures[float]]],
    samples: Sequence[Mapping[int | None, TimeCounts]],
) -> dict[int, TimeMeasures[Interval]]:
    priorities = sorted({priority for row in rows for priority in row})
    return {
        priority: _times(
            [row[priority] for row in rows if priority in row], _of(samples, priority), None
        )
        for priority in priorities
    }


def _cycle(cycles: Sequence[CycleMeasures[float] | None]) -> CycleMeasures[Interval] | None:
    known = [one for one in cycles if one is not None]
    return _intervals(known) if len(known) == len(cycles) else None


def _times(
    rows: Sequence[TimeMeasures[float]], samples: Sequence[TimeCounts], independent: float | None
) -> TimeMeasures[Interval]:
    """The mean of means, and the quantiles of all times together."""
    measures: TimeMeasures[Interval] = _intervals(rows)
    if len(rows) < 2 or not any(samples):
        return measures
    quantiles = pooled_quantiles(samples, [share for _, share in QUANTILES], independent)
    count = measures.mean.count
    pooled = {
        name: one._replace(count=count) for (name, _), one in zip(QUANTILES, quantiles, strict=True)
    }
    return measures._replace(**pooled)


def _intervals(rows: Sequence[Any]) -> Any:
    kind = type(rows[0])
    return kind(*map(_interval, kind._fields, zip(*rows, strict=True)))


def _interval(name: str, values: Sequence[float]) -> Interval:
    numbers = list(filterfalse(math.isnan, values))
    if not numbers:
        return NOTHING
    if len(numbers) == 1 and math.isfinite(numbers[0]):  # for each of a thousand workers
        return Interval(float(numbers[0]), None, None, None, 1)
    interval = confidence_interval(numbers)
    if name in SHARES and interval.low is not None and interval.high is not None:
        low, high = max(interval.low, 0.0), min(interval.high, 1.0)
        return interval._replace(low=low, high=high)
    return interval


def _without_intervals(found: Observation[Interval]) -> Observation[Interval]:
    """The same without intervals of what has no value in the long run: how many wait where a
    queue grows, and for how long."""
    growing = found.growing
    system = found.system
    return found._replace(
        system=system._replace(
            mean_in_system=_mean(system.mean_in_system),
            littles_product=_mean(system.littles_product),
        ),
        sojourn_time=TimeMeasures(*map(_mean, found.sojourn_time)),
        queues={
            name: one._replace(mean_depth=_mean(one.mean_depth), peak_depth=_mean(one.peak_depth))
            if name in growing
            else one
            for name, one in found.queues.items()
        },
        waiting_times={
            name: TimeMeasures(*map(_mean, one)) if name in growing else one
            for name, one in found.waiting_times.items()
        },
        sojourn_by_priority={
            priority: TimeMeasures(*map(_mean, one))
            for priority, one in found.sojourn_by_priority.items()
        },
        waiting_by_priority={
            name: {priority: TimeMeasures(*map(_mean, one)) for priority, one in rows.items()}
            if name in growing
            else rows
            for name, rows in found.waiting_by_priority.items()
        },
    )


def _mean(interval: Interval) -> Interval:
    return interval._replace(half_width=None, low=None, high=None)
