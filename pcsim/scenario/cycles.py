"""Cycles of stages that items enter and never leave.

At a cycle of stages that take no time, no item waits in a queue that only they read: each is
taken at once. So what is found about such a cycle holds at any time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from pcsim.distributions import Instants, Time, mean_of, variance_of
from pcsim.scenario import ConsumerSpec, ProducerSpec, Scenario, WorkerSpec

Delays: TypeAlias = dict[str, float]
"""Seconds by queue."""

UNKNOWN: Mapping[str, int] = {}
"""The sizes of sources of which nothing is known."""
RARE = 40.0
"""Standard deviations above the mean. A time is longer with a probability of less than 1 in
1,600 for any distribution (Cantelli's inequality), and of 1 in 10^17 for the exponential one."""


def in_no_time(scenario: Scenario) -> list[ConsumerSpec]:
    """Return the stages at which time would stand still; [] if that is not certain.

    Items go round them, they take no time, and items certainly get there.
    """
    trapped = _trapped(scenario, in_no_time=True)
    if not trapped or _may_fail(scenario):
        return []
    end = math.inf if scenario.end.time is None else scenario.end.time
    return trapped if _comes_within(scenario, trapped) < end else []


def endless(scenario: Scenario) -> list[ConsumerSpec]:
    """Return the stages through which items go round without end; [] for none.

    Such items neither leave the cycle nor fill its queues. A full queue that drops is no way
    out: the other items stay in it.
    """
    trapped = _trapped(scenario, in_no_time=False)
    return trapped if trapped and _goes_on(scenario, trapped) else []


def _goes_on(scenario: Scenario, trapped: Sequence[ConsumerSpec]) -> bool:
    """Whether the cycle neither blocks nor fails."""
    many = most_that_come(scenario, trapped)
    if not many:
        return False
    inside = {queue for one in trapped for queue in one.inputs}
    leaking = [one for one in trapped if not inside.issuperset(onward(one))]
    fills = [q for q in scenario.queues if q.name in inside and many > q.capacity]
    room = sum(q.capacity for q in scenario.queues if q.name in inside)
    stages: Sequence[ConsumerSpec] = trapped
    if leaking:  # what is outside may fill too, and block the cycle
        fills += [q for q in scenario.queues if q.name not in inside]
        stages = [one for one in scenario.consumers if one.outputs]
    if any(queue.overflow.fails for queue in fills):
        return False
    if many <= room and not leaking:
        return True
    return not _may_block(stages, {q.name for q in fills if q.overflow.waits})


def most_of(producer: ProducerSpec) -> float:
    """The number of items that one such worker makes at most; inf for no limit."""
    most = math.inf if producer.items is None else producer.items
    if isinstance(producer.interval, Instants):
        most = min(most, len(producer.interval.at or ()))
    return most


def most_that_come(
    scenario: Scenario, stages: Sequence[ConsumerSpec], sizes: Mapping[str, int] = UNKNOWN
) -> float:
    """Return how many items, copies included, may ever be in a cycle; inf for no limit.

    Args:
        scenario: The system.
        stages: Those of the cycle.
        sizes: How many items each producer has at most, by name, where the caller knows that.
    """
    many = math.fsum(
        min(most_of(one), sizes.get(one.name, math.inf)) * one.count for one in scenario.producers
    )
    if scenario.end.items is not None:
        many = min(many, scenario.end.items)
    inside = {queue for one in stages for queue in one.inputs}
    workers: list[WorkerSpec] = [*scenario.producers, *scenario.consumers]
    for one in workers:
        if one.routing.copies and many:
            if one not in stages:
                many *= one.ways
            elif len(inside.intersection(onward(one))) > 1:
                return math.inf
    return many


def _may_fail(scenario: Scenario) -> bool:
    """Whether an item may fail and end the run, or a full queue do so."""
    return any(
        one.failure_probability and one.on_error == "fail" for one in scenario.consumers
    ) or any(queue.overflow.fails for queue in scenario.queues)


def _may_block(stages: Sequence[ConsumerSpec], waits: set[str]) -> bool:
    """Whether some of the stages may wait for each other in a cycle, at these queues."""
    waiting = [one for one in stages if one.put_timeout is None]
    while True:
        read = {queue for one in waiting for queue in one.inputs} & waits
        fewer = [one for one in waiting if not read.isdisjoint(one.outputs)]
        if fewer == waiting:
            return bool(waiting)
        waiting = fewer


def _trapped(scenario: Scenario, *, in_no_time: bool) -> list[ConsumerSpec]:
    """The stages that items may come to and never all get out of (`in_no_time`: nor to one that
    takes time)."""
    closed = [
        one
        for one in scenario.consumers
        if not _lets_out(one) and not (in_no_time and not _passes_at_once(one))
    ]
    while True:
        outlets = {q for one in scenario.consumers if one not in closed for q in one.inputs}
        fewer = [one for one in closed if _keeps(one, outlets)]
        if fewer == closed:
            break
        closed = fewer
    reached = reached_queues(scenario)
    return [one for one in closed if not reached.isdisjoint(one.inputs)]


def reached_queues(scenario: Scenario, *, may_fail: bool = False) -> set[str]:
    """Return the queues to which an item may come.

    Args:
        scenario: The system.
        may_fail: As in `onward`.
    """
    readers: dict[str, list[ConsumerSpec]] = {name: [] for name in scenario.queue_names}
    for reader in scenario.consumers:
        for name in reader.inputs:
            readers[name].append(reader)
    reached: set[str] = set()
    front = [queue for one in scenario.producers if one.items != 0 for queue in onward(one)]
    while front:
        queue = front.pop()
        if queue not in reached:
            reached.add(queue)
            front += [to for one in readers[queue] for to in onward(one, may_fail=may_fail)]
    return reached


def _passes_at_once(worker: ConsumerSpec) -> bool:
    """Whether it takes no time, and makes no copies, which might fill a queue and wait."""
    return not mean_of(worker.service_time) and (worker.ways < 2 or not worker.routing.copies)


def _lets_out(worker: ConsumerSpec) -> bool:
    """Whether an item may leave the system there: delivered, left behind, or failed.

    An item that is tried again never fails for good: it goes to the dead letters.
    """
    failing = worker.failure_probability
    if worker.max_items is not None or (failing and worker.dead_letter is None):
        return True
    return worker.output is None and failing < 1


def _keeps(worker: ConsumerSpec, outlets: set[str]) -> bool:
    """Whether there is always an item that it does not put into one of the outlets.

    That is a copy: it goes to each of the queues. By any other routing an item may come to an
    outlet.
    """
    ways = onward(worker)
    if worker.ways > 1 and worker.failure_probability < 1 and worker.routing.copies:
        if outlets.issuperset(worker.outputs[: worker.ways]):
            return False
        ways -= set(worker.outputs[: worker.ways])
    return outlets.isdisjoint(ways)


def onward(worker: WorkerSpec, *, may_fail: bool = False) -> set[str]:
    """Return the queues that a worker's items may go on to.

    Args:
        worker: A producer or consumer.
        may_fail: Whether an item may fail although the scenario does not say so.
    """
    ways = worker.outputs[: worker.ways]
    if isinstance(worker, ConsumerSpec) and worker.failure_probability == 1:
        ways = ()
    taken: set[str] = {
        queue
        for queue, weight in zip(ways, worker.weights or (1.0,) * len(ways), strict=False)
        if weight
    }
    if not isinstance(worker, ConsumerSpec) or worker.dead_letter is None:
        return taken
    return taken | {worker.dead_letter} if worker.failure_probability or may_fail else taken


def _comes_within(scenario: Scenario, trapped: Sequence[ConsumerSpec]) -> float:
    """Seconds within which an item has certainly come to a trapped stage; inf if none may."""
    delays: Delays = dict.fromkeys(scenario.queue_names, math.inf)
    while True:
        before = dict(delays)
        for queue in delays:
            readers = [one for one in scenario.consumers if queue in one.inputs]
            # It may be any of the readers that takes the first item: the slowest counts.
            delays[queue] = max(
                0.0 if one in trapped else _passes_within(one, before) for one in readers
            )
        if delays == before:
            break
    comes = [
        _longest(one.interval) + _first_output(one, delays) if one.bursts is None else math.inf
        for one in scenario.producers
        if one.items != 0
    ]
    # Where a number of items ends the run, they may all be those of another producer.
    which = min if scenario.end.items is None else max
    return which(comes, default=math.inf)


def _passes_within(stage: ConsumerSpec, delays: Delays) -> float:
    """Seconds until the first item that a stage takes has come there; inf if it may not.

    A stage that takes from several queues, that may fail, or that delivers its items is not
    certain to pass one on.
    """
    if len(stage.inputs) > 1 or stage.failure_probability or stage.output is None:
        return math.inf
    return _longest(stage.service_time) + _first_output(stage, delays)


def _first_output(worker: WorkerSpec, delays: Delays) -> float:
    """Seconds from the output to which a worker's first item goes."""
    ways = worker.outputs[: worker.ways]
    if worker.routing.copies:
        return min(delays[queue] for queue in ways)
    if worker.routing.begins_with_first:
        return delays[ways[0]]
    return max(delays[queue] for queue in onward(worker))


def _longest(time: Time) -> float:
    """Seconds that a time takes at most: certain for a number, all but certain for others."""
    if isinstance(time, Instants):
        return time.arrivals[0]
    return mean_of(time) + RARE * math.sqrt(variance_of(time))
