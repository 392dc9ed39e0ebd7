"""Circles of stages that items come to and never get out of.

What is said of stages that take no time holds at whatever instant: there nobody waits in a
queue that only they read, since each of its items is taken at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

from pcsim.distributions import Instants, Time, mean_of, variance_of
from pcsim.scenario import ConsumerSpec, Overflow, ProducerSpec, Routing, Scenario, WorkerSpec
from pcsim.text import safe

Delays: TypeAlias = dict[str, float]
"""Seconds by queue."""

HARDLY = 40.0
"""Standard deviations beyond the mean that a time hardly ever is: less than 1 in 1,600 of
whatever law, 1 in 10^17 of the exponential."""


def in_no_time(scenario: Scenario) -> list[ConsumerSpec]:
    """The stages at which time would stand still in a run of it: items go round them, they take
    none, and items surely come there; [] where that cannot be said."""
    trapped = _trapped(scenario, in_no_time=True)
    if not trapped or _may_fail(scenario):
        return []
    end = math.inf if scenario.end.time is None else scenario.end.time
    return trapped if _comes_within(scenario, trapped) < end else []


def told(standing: Sequence[ConsumerSpec]) -> str:
    """That time stands still at these stages, and what to do."""
    who = ", ".join(safe(one.name, 40) for one in standing[:4])
    return f"items go round and round in no time: give one of {who} a service time"


def for_ever(scenario: Scenario) -> bool:
    """Whether items that come to a circle go round for ever: they neither get out nor fill the
    queues there. What a full queue drops leaves others in it, so that is no way out."""
    trapped = _trapped(scenario, in_no_time=False)
    many = _most_that_come(scenario, trapped)
    if not many or not trapped:
        return False
    inside = {queue for one in trapped for queue in one.inputs}
    leaking = [one for one in trapped if not inside.issuperset(_onward(one))]
    fills = [q for q in scenario.queues if q.name in inside and many > q.capacity]
    room = sum(q.capacity for q in scenario.queues if q.name in inside)
    stages: Sequence[ConsumerSpec] = trapped
    if leaking:  # what is outside may fill too, and hold up the circle
        fills += [q for q in scenario.queues if q.name not in inside]
        stages = [one for one in scenario.consumers if one.outputs]
    if any(queue.overflow is Overflow.FAIL for queue in fills):
        return False
    if many <= room and not leaking:
        return True
    return not _may_block(stages, {q.name for q in fills if q.overflow is Overflow.BLOCK})


def most_of(producer: ProducerSpec) -> float:
    """As many items as one such worker may make; inf for any number."""
    most = math.inf if producer.items is None else producer.items
    if isinstance(producer.interval, Instants):
        most = min(most, len(producer.interval.at or ()))
    return most


def _most_that_come(scenario: Scenario, trapped: Sequence[ConsumerSpec]) -> float:
    """As many items, copies included, as may ever be in a circle; inf for any number."""
    many = sum(most_of(one) * one.count for one in scenario.producers)
    if scenario.end.items is not None:
        many = min(many, scenario.end.items)
    inside = {queue for one in trapped for queue in one.inputs}
    workers: list[WorkerSpec] = [*scenario.producers, *scenario.consumers]
    for one in workers:
        if one.routing is Routing.BROADCAST and many:
            if one not in trapped:
                many *= one.ways
            elif len(inside.intersection(_onward(one))) > 1:
                return math.inf
    return many


def _may_fail(scenario: Scenario) -> bool:
    """Whether an item may fail and end the run, or a full queue do so."""
    return any(
        one.failure_probability and one.on_error == "fail" for one in scenario.consumers
    ) or any(queue.overflow is Overflow.FAIL for queue in scenario.queues)


def _may_block(stages: Sequence[ConsumerSpec], waits: set[str]) -> bool:
    """Whether some of the stages may wait for each other in a circle, at these queues."""
    left = [one for one in stages if one.put_timeout is None]
    while True:
        read = {queue for one in left for queue in one.inputs} & waits
        kept = [one for one in left if not read.isdisjoint(one.outputs)]
        if kept == left:
            return bool(left)
        left = kept


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
        left = [one for one in closed if _keeps(one, outlets)]
        if left == closed:
            break
        closed = left
    reached = {queue for one in scenario.producers if one.items != 0 for queue in _onward(one)}
    while True:
        passed = [one for one in scenario.consumers if not reached.isdisjoint(one.inputs)]
        further = reached.union(*map(_onward, passed))
        if further == reached:
            return [one for one in closed if not reached.isdisjoint(one.inputs)]
        reached = further


def _passes_at_once(worker: ConsumerSpec) -> bool:
    """Whether it takes no time, and makes no copies, which might fill a queue and wait."""
    return not mean_of(worker.service_time) and (
        worker.ways < 2 or worker.routing is not Routing.BROADCAST
    )


def _lets_out(worker: ConsumerSpec) -> bool:
    """Whether an item may come to its end there: delivered, as its last, or by failing for good,
    which one that is tried again never does: it goes to the dead letters."""
    failing = worker.failure_probability
    if worker.max_items is not None or (failing and worker.dead_letter is None):
        return True
    return worker.output is None and failing < 1


def _keeps(worker: ConsumerSpec, outlets: set[str]) -> bool:
    """Whether there is always an item that it does not put into one of the outlets: a copy, or
    the last one, for which all queues are alike and the first of them the shortest."""
    ways = _onward(worker)
    if worker.ways > 1 and worker.failure_probability < 1:
        if worker.routing is Routing.BROADCAST:
            if outlets.issuperset(worker.outputs[: worker.ways]):
                return False
            ways -= set(worker.outputs[: worker.ways])
        elif worker.routing is Routing.SHORTEST:
            ways -= set(worker.outputs[1 : worker.ways])
    return outlets.isdisjoint(ways)


def _onward(worker: WorkerSpec) -> set[str]:
    """The queues that its items may go on to."""
    ways = worker.outputs[: worker.ways]
    if isinstance(worker, ConsumerSpec) and worker.failure_probability == 1:
        ways = ()
    taken = {
        queue
        for queue, weight in zip(ways, worker.weights or (1.0,) * len(ways), strict=False)
        if weight
    }
    if isinstance(worker, ConsumerSpec) and worker.dead_letter and worker.failure_probability:
        taken.add(worker.dead_letter)
    return taken


def _comes_within(scenario: Scenario, trapped: Sequence[ConsumerSpec]) -> float:
    """Seconds within which an item surely has come to one of the trapped; inf where none may."""
    delays: Delays = dict.fromkeys(scenario.queue_names, math.inf)
    while True:
        before = dict(delays)
        for queue in delays:
            readers = [one for one in scenario.consumers if queue in one.inputs]
            # Whichever reader takes the first item, it brings it there.
            delays[queue] = max(
                0.0 if one in trapped else _passes_within(one, before) for one in readers
            )
        if delays == before:
            break
    comes = [
        _hardly_beyond(one.interval) + _first_way(one, delays) if one.bursts is None else math.inf
        for one in scenario.producers
        if one.items != 0
    ]
    # Where a number of items ends the run, they may all be those of another producer.
    which = min if scenario.end.items is None else max
    return which(comes, default=math.inf)


def _passes_within(stage: ConsumerSpec, delays: Delays) -> float:
    """Of the first item that a stage takes. What takes from several queues, fails, or ends the
    way of its items is not sure to bring one there."""
    if len(stage.inputs) > 1 or stage.failure_probability or stage.output is None:
        return math.inf
    return _hardly_beyond(stage.service_time) + _first_way(stage, delays)


def _first_way(worker: WorkerSpec, delays: Delays) -> float:
    """Where a worker's first item goes."""
    ways = worker.outputs[: worker.ways]
    if worker.routing is Routing.BROADCAST:
        return min(delays[queue] for queue in ways)
    if worker.routing is Routing.ROUND_ROBIN:
        return delays[ways[0]]
    return max(delays[queue] for queue in _onward(worker))


def _hardly_beyond(time: Time) -> float:
    """Seconds: what is sure for a number, and as good as that for a law."""
    if isinstance(time, Instants):
        return (time.at or (math.inf,))[0]
    return mean_of(time) + HARDLY * math.sqrt(variance_of(time))
