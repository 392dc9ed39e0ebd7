"""Whether a run in virtual time ends: an outcome, its cause, and the workers concerned."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from pcsim.distributions import Instants, mean_of
from pcsim.scenario import ConsumerSpec, ProducerSpec, Scenario, WorkerSpec, cycles
from pcsim.text import safe


class Outcome(StrEnum):
    """What becomes of a run."""

    ENDS = "ends"
    NEVER_ENDS = "never ends"
    STANDS_STILL = "stands still"


class EndlessCause(StrEnum):
    """Why a run does not end."""

    NO_LIMIT = "no limit"
    TRAPPED_ITEMS = "trapped items"
    CYCLE_IN_NO_TIME = "cycle in no time"
    PRODUCER_IN_NO_TIME = "producer in no time"


class Termination(NamedTuple):
    """The answer: what becomes of a run, why, and the names of the workers concerned."""

    outcome: Outcome = Outcome.ENDS
    cause: EndlessCause | None = None
    workers: tuple[str, ...] = ()

    @property
    def ends(self) -> bool:
        """Whether the run ends, even if only in a deadlock."""
        return self.outcome is Outcome.ENDS


def termination(scenario: Scenario) -> Termination:
    """Return whether a run of the scenario in virtual time ends, found once and kept with it.

    `ENDS` includes runs that end in a deadlock, and those that cannot be judged in advance.
    `STANDS_STILL`: time would not go on, so that the run would not even end at a time.

    >>> from pcsim.scenario import QueueSpec
    >>> shop = Scenario((QueueSpec("q"),), (ProducerSpec("P", "q"),), (ConsumerSpec("C", "q"),))
    >>> termination(shop).outcome.value, termination(shop).cause.value
    ('never ends', 'no limit')
    """
    kept = scenario.__dict__
    if "termination" not in kept:
        kept["termination"] = _find(scenario)
    answer: Termination = kept["termination"]
    return answer


def describe(answer: Termination, until: str = "until=3600", items: str = "items=10000") -> str:
    """Return why a run does not end and what to do, in a sentence; "" if it ends.

    Args:
        answer: What `termination` has returned.
        until: How the reader of the sentence lets a run end at a time.
        items: How the reader lets it end after a number of items.
    """
    names = ", ".join(safe(name, 40) for name in answer.workers[:4])
    if answer.cause is EndlessCause.NO_LIMIT:
        return f"this run never ends by itself: add {until} or {items}"
    if answer.cause is EndlessCause.TRAPPED_ITEMS:
        return f"this run never ends: items go round through {names} without a way out: add {until}"
    if answer.cause is EndlessCause.CYCLE_IN_NO_TIME:
        return f"items go round and round in no time: give one of {names} a service time"
    if answer.cause is EndlessCause.PRODUCER_IN_NO_TIME:
        what = "makes items without end in no time, and nothing makes it wait"
        return f"{names} {what}: give it an interval"
    return ""


def _find(scenario: Scenario) -> Termination:
    if stages := cycles.in_no_time(scenario):
        return _answer(Outcome.STANDS_STILL, EndlessCause.CYCLE_IN_NO_TIME, stages)
    if scenario.end.items is None:
        for producer in scenario.producers:
            if producer.items is None and _takes_no_time(scenario, producer):
                return _answer(Outcome.STANDS_STILL, EndlessCause.PRODUCER_IN_NO_TIME, [producer])
    if scenario.end.time is not None:
        return Termination()
    producers = [one for one in _never_ending(scenario) if isinstance(one, ProducerSpec)]
    if producers:
        return _answer(Outcome.NEVER_ENDS, EndlessCause.NO_LIMIT, producers)
    if stages := cycles.endless(scenario):
        return _answer(Outcome.NEVER_ENDS, EndlessCause.TRAPPED_ITEMS, stages)
    return Termination()


def _answer(
    outcome: Outcome, cause: EndlessCause, workers: list[ConsumerSpec] | list[ProducerSpec]
) -> Termination:
    return Termination(outcome, cause, tuple(worker.name for worker in workers))


def _never_ending(scenario: Scenario) -> list[WorkerSpec]:
    """The workers that do not end, whatever the others do.

    A worker ends after its number of items, when all that feed it have ended, or when all have
    that take from its only output (a worker with several outputs goes on with the others).
    """
    going: list[WorkerSpec] = [*scenario.producers, *scenario.consumers]
    while True:
        fed = {queue for worker in going for queue in worker.outputs}
        read = {queue for worker in going for queue in worker.inputs}
        has_items = scenario.end.items is not None
        ended = {one.name for one in going if _ends(one, fed, read, has_items)}
        if not ended:
            return going
        going = [worker for worker in going if worker.name not in ended]


def _ends(worker: WorkerSpec, fed: set[str], read: set[str], has_items: bool) -> bool:
    """Whether it ends, when these queues are fed and read by workers that may not."""
    if len(worker.outputs) == 1 and read.isdisjoint(worker.outputs):
        return True
    if isinstance(worker, ProducerSpec):
        return has_items or worker.items is not None or isinstance(worker.interval, Instants)
    return worker.max_items is not None or fed.isdisjoint(worker.inputs)


def _takes_no_time(scenario: Scenario, producer: ProducerSpec) -> bool:
    """Whether it makes one item after the other at the same time."""
    if isinstance(producer.interval, Instants) or mean_of(producer.interval) > 0:
        return False
    filling = {queue.name for queue in scenario.queues if queue.overflow.drops is None}
    slow: set[str] = set()
    while True:
        further = {
            queue
            for queue in filling - slow
            if all(_is_slow(one, slow) for one in scenario.consumers if queue in one.inputs)
        }
        if not further:
            full = slow & cycles.onward(producer)
            fails = any(q.overflow.fails for q in scenario.queues if q.name in full)
            return not full or (producer.put_timeout == 0 and not fails)
        slow |= further


def _is_slow(worker: ConsumerSpec, slow: set[str]) -> bool:
    """Whether it takes time for its items, waits for others that do, or ends."""
    if worker.max_items is not None or mean_of(worker.service_time) > 0:
        return True
    return worker.put_timeout != 0 and not slow.isdisjoint(cycles.onward(worker))
