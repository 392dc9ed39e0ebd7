"""The measures of one run from the end of its warm-up to its end.

The measures are generic: those of one run are numbers, those of a `Result` confidence intervals
over several (`pcsim.analysis.replications`). A mean or share of nothing, such as the waiting time
where no item was taken, is nan in one run and left out of the mean over several.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import repeat
from typing import Generic, NamedTuple, TypeVar

from pcsim.analysis.change_effect import MadeChange
from pcsim.snapshot import QueueRow, Role, Shares, Snapshot, Spread, WorkerRow
from pcsim.theory.counts import TimeCounts

Number = TypeVar("Number")


class TimeMeasures(NamedTuple, Generic[Number]):
    """A distribution of measured times in seconds: its mean, and the values that 50, 90, 95 and
    99 % of them do not exceed (with an error of at most 0.4 %)."""

    mean: Number
    p50: Number
    p90: Number
    p95: Number
    p99: Number


class SystemMeasures(NamedTuple, Generic[Number]):
    """The measures of the whole system."""

    duration: Number
    """Seconds from the end of the warm-up to the end of the run."""
    throughput: Number
    """Items consumed a second."""
    produced: Number
    """Items produced in `duration`."""
    consumed: Number
    """Items consumed in `duration`."""
    dropped: Number
    """Items that full queues dropped in `duration`."""
    failed: Number
    """Items whose consumer failed on them in `duration`."""
    mean_in_system: Number
    """Time-weighted mean number of items between their production and their end, in queues
    and in hands."""
    littles_product: Number
    """Throughput times mean sojourn time, in items. By Little's law (Operations Research 9,
    1961) it is `mean_in_system` in a long run in which nothing is lost."""
    utilization: Number
    """Time running over time, 0 to 1: the mean over all consumers and stages."""


class QueueMeasures(NamedTuple, Generic[Number]):
    """The measures of one queue."""

    mean_depth: Number
    """Time-weighted mean number of items that wait."""
    peak_depth: Number
    """The largest number of items that waited at once in the run, warm-up included."""
    throughput: Number
    """Items taken a second."""
    loss: Number
    """The share of arriving items that was dropped, 0 to 1."""
    full_share: Number
    """The share of the time in which no slot was free, 0 to 1."""
    empty_share: Number
    """The share of the time in which nothing waited, 0 to 1."""


class WorkerMeasures(NamedTuple, Generic[Number]):
    """The measures of one worker."""

    throughput: Number
    """Items a second that it put into its outputs, or consumed."""
    utilization: Number
    """Time running over time, 0 to 1. The five shares add up to 1."""
    blocked_full: Number
    """The share of time blocked on a full queue."""
    blocked_empty: Number
    """The share of time blocked on empty queues."""
    paused: Number
    """The share of time paused."""
    put_delay: Number
    """Mean seconds that it was blocked before each put, those that it gave up included. This is
    no part of the waiting time, which begins in the queue."""
    making: Number
    """The share of time in which a producer waited for its interval."""


class CycleMeasures(NamedTuple, Generic[Number]):
    """The measures of a closed system: items go round in it, and none leaves."""

    throughput: Number
    """Rounds a second of all items: those that are taken from the queue where a round begins."""
    time: Number
    """Mean seconds of a round: the items in the system over the rounds a second, by Little's
    law."""


class Samples(NamedTuple):
    """The measured times of one run, as counts of each value: of all items, with the key None,
    and where a queue goes by priority of each priority."""

    sojourns: Mapping[int | None, TimeCounts]
    waits: Mapping[str, Mapping[int | None, TimeCounts]]
    """By the name of the queue."""


class Observation(NamedTuple, Generic[Number]):
    """All measures; those of queues and workers are by name."""

    system: SystemMeasures[Number]
    sojourn_time: TimeMeasures[Number]
    queues: dict[str, QueueMeasures[Number]]
    waiting_times: dict[str, TimeMeasures[Number]]
    workers: dict[str, WorkerMeasures[Number]]
    sojourn_by_priority: dict[int, TimeMeasures[Number]]
    """Sojourn times by the priority of the item, where a queue goes by it."""
    waiting_by_priority: dict[str, dict[int, TimeMeasures[Number]]]
    """Waiting times in each queue that goes by priority, by that of the item."""
    cycle: CycleMeasures[Number] | None = None
    """The rounds of a closed system; None for others."""
    growing: tuple[str, ...] = ()
    """The queues that grew as long as the run lasted, by name."""
    samples: Samples | None = None
    """What the quantiles of one run are made of; None where that was not kept."""
    changes: tuple[MadeChange, ...] = ()
    """The changes that were made while it ran, with their effects."""


def measured_between(begin: Snapshot | None, end: Snapshot) -> Observation[float]:
    """Measure a run from one snapshot to another.

    Args:
        begin: The end of the warm-up, at which the run has reset its waiting and sojourn times;
            None for the start of the run.
        end: The end of the run.
    """
    start = 0.0 if begin is None else begin.at
    duration = end.at - start
    queues: dict[str, QueueRow] = {} if begin is None else {row.name: row for row in begin.queues}
    workers: dict[str, WorkerRow] = (
        {} if begin is None else {row.name: row for row in begin.workers}
    )
    item_seconds = 0.0
    worker_measures = {}
    for row in end.workers:
        before = workers.get(row.name)
        spent = _since(before, row, start, end.at)
        worker_measures[row.name] = _worker(before, row, spent)
        item_seconds += _seconds_with_item(row, spent)
    queue_measures = {
        row.name: _queue(queues.get(row.name), row, start, end.at) for row in end.queues
    }
    in_system = math.fsum(measures.mean_depth for measures in queue_measures.values())
    in_system += item_seconds / duration if duration > 0 else 0.0
    return Observation(
        _system(begin, end, duration, in_system, _busy(end, worker_measures)),
        times(end.sojourn_time),
        queue_measures,
        {row.name: times(row.waiting_time) for row in end.queues},
        worker_measures,
        _by_priority(end.sojourn_by_priority),
        {
            row.name: _by_priority(row.waiting_by_priority)
            for row in end.queues
            if row.waiting_by_priority
        },
        _cycle(end, duration, in_system, queue_measures),
    )


def round_begins_at(snapshot: Snapshot) -> str | None:
    """Return the queue at which a round begins in a closed system; None in an open one.

    Closed is a system that has no consumer except stages. A round begins where the first
    producer puts its items.
    """
    if not snapshot.consumers or not all(row.outputs for row in snapshot.consumers):
        return None
    sources = [row.outputs[0] for row in snapshot.producers if row.outputs]
    return sources[0] if sources else snapshot.consumers[0].inputs[0]


def _cycle(
    end: Snapshot, duration: float, in_system: float, queues: dict[str, QueueMeasures[float]]
) -> CycleMeasures[float] | None:
    """The rounds of a closed system: from one snapshot to another nothing is consumed."""
    start = round_begins_at(end)
    if start is None or duration <= 0 or not queues[start].throughput:
        return None
    rounds = queues[start].throughput
    return CycleMeasures(rounds, in_system / rounds)


def times(spread: Spread) -> TimeMeasures[float]:
    """The measures of a distribution of times; nan where there are none."""
    if not spread.count:
        return TimeMeasures(*repeat(math.nan, 5))
    return TimeMeasures(spread.mean, spread.p50, spread.p90, spread.p95, spread.p99)


def _by_priority(spreads: tuple[tuple[int, Spread], ...]) -> dict[int, TimeMeasures[float]]:
    return {priority: times(spread) for priority, spread in spreads}


def _system(
    begin: Snapshot | None, end: Snapshot, duration: float, in_system: float, busy: float
) -> SystemMeasures[float]:
    was = None if begin is None else begin.totals
    now = end.totals
    consumed = now.consumed - (was.consumed if was else 0)
    throughput = consumed / duration if duration > 0 else 0.0
    return SystemMeasures(
        duration,
        throughput,
        now.produced - (was.produced if was else 0),
        consumed,
        now.dropped - (was.dropped if was else 0),
        now.failed - (was.failed if was else 0),
        in_system,
        throughput * end.sojourn_time.mean,
        busy,
    )


def _busy(end: Snapshot, workers: dict[str, WorkerMeasures[float]]) -> float:
    shares = [workers[row.name].utilization for row in end.consumers]
    return math.fsum(shares) / len(shares) if shares else 0.0


def _queue(before: QueueRow | None, row: QueueRow, start: float, at: float) -> QueueMeasures[float]:
    was = before or QueueRow(row.name, row.capacity)
    duration = at - start
    if duration <= 0:
        return QueueMeasures(0.0, float(row.peak_depth), 0.0, math.nan, 0.0, 0.0)
    depth = (row.area(at) - was.area(start)) / duration
    arrived = row.put_total - was.put_total + row.refused_total - was.refused_total
    lost = row.dropped_total - was.dropped_total
    return QueueMeasures(
        depth,
        float(row.peak_depth),
        (row.got_total - was.got_total) / duration,
        lost / arrived if arrived else math.nan,
        _between(row.full_share(at) * at, was.full_share(start) * start, duration),
        _between(row.empty_share(at) * at, was.empty_share(start) * start, duration),
    )


def _between(now: float, was: float, duration: float) -> float:
    """The share of a duration; rounding takes it no further than 0 and 1."""
    return min(max((now - was) / duration, 0.0), 1.0)


def _since(before: WorkerRow | None, row: WorkerRow, start: float, at: float) -> Shares:
    """Seconds that the worker spent in each state from `start` on."""
    spent = row.spent(at)
    if before is None:
        return spent
    earlier = before.spent(start)
    return Shares(*(max(now - was, 0.0) for now, was in zip(spent, earlier, strict=True)))


def _worker(before: WorkerRow | None, row: WorkerRow, spent: Shares) -> WorkerMeasures[float]:
    life = math.fsum(spent)
    items = row.items_total - (0 if before is None else before.items_total)
    puts = row.put_total + row.dropped_total
    puts -= 0 if before is None else before.put_total + before.dropped_total
    delay = spent.blocked_full / puts if puts else math.nan
    if life <= 0:
        return WorkerMeasures(0.0, 0.0, 0.0, 0.0, 0.0, delay, 0.0)
    running, full, empty, paused, making = (part / life for part in spent)
    return WorkerMeasures(items / life, running, full, empty, paused, delay, making)


def _seconds_with_item(row: WorkerRow, spent: Shares) -> float:
    """Seconds that a worker had an item in its hands: a producer has one only while it cannot
    put it."""
    if row.role is Role.PRODUCER:
        return spent.blocked_full
    return spent.running + spent.blocked_full
