"""Whether a run of a scenario in virtual time comes to an end: nobody would wait for ever."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pcsim.distributions import Instants, mean_of
from pcsim.formatting import safe
from pcsim.scenario import ConsumerSpec, Overflow, ProducerSpec, Routing, Scenario, WorkerSpec


def never_ends(scenario: Scenario) -> str:
    """Why a run of it in virtual time would never come to an end; "" where it does, or where it
    may only end in a deadlock.

    A worker comes to its end by its number of items, when all that feed it have come to theirs,
    or when all have that take from where it puts (from its only output: of several it uses the
    others).
    """
    end = scenario.end
    if end.items is None:
        for producer in scenario.producers:
            if producer.items is None and _takes_no_time(scenario, producer):
                who = safe(producer.name, 40)
                return f"{who} makes items without end in no time, and nothing makes it wait"
    if trapped := _trapped(scenario, in_no_time=True):
        who = ", ".join(safe(one.name, 40) for one in trapped[:4])
        return f"items go round and round in no time: give one of {who} a service time"
    if end.time is not None:
        return ""
    going: list[WorkerSpec] = [*scenario.producers, *scenario.consumers]
    while True:
        fed = {queue for worker in going for queue in worker.outputs}
        read = {queue for worker in going for queue in worker.inputs}
        ended = {one.name for one in going if _ends(one, fed, read, end.items is not None)}
        if not ended:
            break
        going = [worker for worker in going if worker.name not in ended]
    if any(isinstance(worker, ProducerSpec) for worker in going):
        return "say until when, or how many items"
    return "items go round and round, with no way out: say until when" if _circles(scenario) else ""


def _ends(worker: WorkerSpec, fed: set[str], read: set[str], has_items: bool) -> bool:
    """Whether it ends, when these queues are fed and read by workers that may not."""
    if len(worker.outputs) == 1 and read.isdisjoint(worker.outputs):
        return True
    if isinstance(worker, ProducerSpec):
        return has_items or worker.items is not None or isinstance(worker.interval, Instants)
    return worker.max_items is not None or fed.isdisjoint(worker.inputs)


def _circles(scenario: Scenario) -> bool:
    """Whether items go round for ever among stages: they come, and neither get out nor fill the
    queues there. What a full queue drops leaves others in it, so that is no way out."""
    most = [_most(one) * one.count for one in scenario.producers]
    many = min(sum(most), math.inf if scenario.end.items is None else scenario.end.items)
    trapped = _trapped(scenario, in_no_time=False)
    if not many or not trapped:
        return False
    inside = {queue for one in trapped for queue in one.inputs}
    if any(one.routing is Routing.BROADCAST and one.ways > 1 for one in trapped):
        return False  # copies may fill any queue
    fills = [queue for queue in scenario.queues if queue.name in inside and many > queue.capacity]
    if any(queue.overflow is Overflow.FAIL for queue in fills):
        return False
    return many <= sum(q.capacity for q in scenario.queues if q.name in inside) or not _may_block(
        trapped, {queue.name for queue in fills if queue.overflow is Overflow.BLOCK}
    )


def _most(producer: ProducerSpec) -> float:
    """As many items as it may make; inf for any number."""
    most = math.inf if producer.items is None else producer.items
    if isinstance(producer.interval, Instants):
        most = min(most, len(producer.interval.at or ()))
    return most


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
    """The stages that items come to and never get out of (`in_no_time`: nor to one that takes
    time)."""
    closed = [
        one
        for one in scenario.consumers
        if not _lets_out(one) and not (in_no_time and not _passes_at_once(one))
    ]
    while True:
        outlets = {q for one in scenario.consumers if one not in closed for q in one.inputs}
        left = [one for one in closed if outlets.isdisjoint(_onward(one))]
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


def _takes_no_time(scenario: Scenario, producer: ProducerSpec) -> bool:
    """Whether it makes one item after the other at one and the same instant."""
    if isinstance(producer.interval, Instants) or mean_of(producer.interval) > 0:
        return False
    drops = (Overflow.DROP_NEW, Overflow.DROP_OLD)
    waits = {queue.name for queue in scenario.queues if queue.overflow not in drops}
    slow: set[str] = set()
    while True:
        found = {
            queue
            for queue in waits - slow
            if all(_is_slow(one, slow) for one in scenario.consumers if queue in one.inputs)
        }
        if not found:
            full = slow.intersection(producer.outputs)
            fails = any(q.overflow is Overflow.FAIL for q in scenario.queues if q.name in full)
            return not full or (producer.put_timeout == 0 and not fails)
        slow |= found


def _is_slow(worker: ConsumerSpec, slow: set[str]) -> bool:
    """Whether it takes time for its items, waits for others that do, or ends."""
    if worker.max_items is not None or mean_of(worker.service_time) > 0:
        return True
    return worker.put_timeout != 0 and not slow.isdisjoint(worker.outputs)
