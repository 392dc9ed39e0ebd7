"""Whether a run of a scenario in virtual time comes to an end: nobody would wait for ever."""

from __future__ import annotations

from pcsim.distributions import Instants, mean_of
from pcsim.formatting import safe
from pcsim.scenario import ConsumerSpec, Overflow, ProducerSpec, Scenario, WorkerSpec


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
    """Whether items come to stages from which none gets out, and there is room for all.

    A full queue that drops is no way out: those that fill it go on.
    """
    many = scenario.end.items
    if many is None:
        many = sum((one.items or 0) * one.count for one in scenario.producers)
    if not many:
        return False
    closed = [worker for worker in _reached(scenario) if not _lets_out(worker)]
    outlets = {queue.name for queue in scenario.queues if queue.overflow is Overflow.FAIL}
    while True:
        outlets |= {q for one in scenario.consumers if one not in closed for q in one.inputs}
        left = [one for one in closed if outlets.isdisjoint(_ways(one))]
        if left == closed:
            break
        closed = left
    drops = {queue.name for queue in scenario.queues if queue.overflow is not Overflow.BLOCK}
    never_waits = any(
        one.put_timeout is not None or not drops.isdisjoint(_ways(one)) for one in closed
    )
    has_room = many <= sum(queue.capacity for queue in scenario.queues)
    return bool(closed) and (never_waits or has_room)


def _reached(scenario: Scenario) -> list[ConsumerSpec]:
    """Those to whom an item can come."""
    fed = {queue for producer in scenario.producers for queue in producer.outputs}
    reached: list[ConsumerSpec] = []
    while True:
        more = [
            one
            for one in scenario.consumers
            if one not in reached and not fed.isdisjoint(one.inputs)
        ]
        if not more:
            return reached
        reached += more
        fed |= {queue for one in more for queue in _ways(one)}


def _ways(worker: ConsumerSpec) -> tuple[str, ...]:
    """The queues into which it puts: dead letters only where items can fail, and nothing else
    where all do."""
    ways = worker.outputs[: worker.ways]
    if worker.dead_letter is None or not worker.failure_probability:
        return ways
    return (worker.dead_letter,) if worker.failure_probability == 1 else worker.outputs


def _lets_out(worker: ConsumerSpec) -> bool:
    """Whether an item may come to its end there."""
    if worker.max_items is not None:
        return True
    if worker.dead_letter is None and worker.failure_probability > 0:
        return True
    return worker.output is None and (worker.dead_letter is None or worker.failure_probability < 1)


def _takes_no_time(scenario: Scenario, producer: ProducerSpec) -> bool:
    """Whether it makes one item after the other at one and the same instant."""
    if producer.bursts is not None or isinstance(producer.interval, Instants):
        return False
    if mean_of(producer.interval) > 0:
        return False
    waits = {queue.name for queue in scenario.queues if queue.overflow is Overflow.BLOCK}
    slow: set[str] = set()
    while True:
        found = {
            queue
            for queue in waits - slow
            if all(_is_slow(one, slow) for one in scenario.consumers if queue in one.inputs)
        }
        if not found:
            return producer.put_timeout == 0 or slow.isdisjoint(producer.outputs)
        slow |= found


def _is_slow(worker: ConsumerSpec, slow: set[str]) -> bool:
    """Whether it takes time for its items, waits for others that do, or ends."""
    if worker.max_items is not None or mean_of(worker.service_time) > 0:
        return True
    return worker.put_timeout != 0 and not slow.isdisjoint(worker.outputs)
