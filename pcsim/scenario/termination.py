"""Whether a run of a scenario in virtual time comes to an end: nobody would wait for ever."""

from __future__ import annotations

from pcsim.distributions import Instants, mean_of
from pcsim.scenario import ConsumerSpec, Overflow, ProducerSpec, Scenario, WorkerSpec, cycles
from pcsim.text import safe


def stands_still(scenario: Scenario) -> str:
    """Why time would come to a standstill in a run of it in virtual time, before whatever end;
    "" where that cannot be said."""
    if scenario.end.items is None:
        for producer in scenario.producers:
            if producer.items is None and _takes_no_time(scenario, producer):
                who = safe(producer.name, 40)
                return f"{who} makes items without end in no time, and nothing makes it wait"
    standing = cycles.in_no_time(scenario)
    return cycles.told(standing) if standing else ""


def never_ends(scenario: Scenario) -> str:
    """Why a run of it in virtual time would never come to an end, or may not; "" where it does,
    or where it may only end in a deadlock.

    A worker comes to its end by its number of items, when all that feed it have come to theirs,
    or when all have that take from where it puts (from its only output: of several it uses the
    others).
    """
    if told := stands_still(scenario):
        return told
    end = scenario.end
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
    return (
        "items go round and round, with no way out: say until when"
        if cycles.for_ever(scenario)
        else ""
    )


def _ends(worker: WorkerSpec, fed: set[str], read: set[str], has_items: bool) -> bool:
    """Whether it ends, when these queues are fed and read by workers that may not."""
    if len(worker.outputs) == 1 and read.isdisjoint(worker.outputs):
        return True
    if isinstance(worker, ProducerSpec):
        return has_items or worker.items is not None or isinstance(worker.interval, Instants)
    return worker.max_items is not None or fed.isdisjoint(worker.inputs)


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
