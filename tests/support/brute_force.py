"""An oracle for what limits a scenario: every change of it, in long runs, without any shortcut.

It shares no code with `pcsim.experiments.changes`: it changes the specs itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from pcsim.distributions import Erlang, Exponential, Time
from pcsim.errors import PcsimError
from pcsim.experiments.one_run import observe
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario

CHANCE = (Exponential, Erlang)


def gains(
    scenario: Scenario, replications: int, only: Collection[str] | None = None
) -> dict[str, float]:
    """The relative throughput with the best change of each worker and each queue.

    Queues stand by their names, and by `a, b, c` for all of them together. A source that comes
    by chance, or in bursts, is not changed: it is the world outside. `only` has the names to try.
    """
    base = throughput(scenario, replications)
    best: dict[str, float] = {}
    for name, changed in _changed(scenario):
        if only is not None and name not in only:
            continue
        gain = throughput(changed, replications) / base
        best[name] = max(best.get(name, 0.0), gain)
    return best


def throughput(scenario: Scenario, replications: int) -> float:
    """Items a second, or a turn of those that never leave; 0 where a run fails."""
    total = 0.0
    for number in range(replications):
        try:
            run = observe(scenario, number)
        except PcsimError:
            return 0.0
        consumed = run.system.throughput
        total += consumed or sum(one.throughput for one in run.workers.values())
    return total / replications


def _changed(scenario: Scenario) -> Iterator[tuple[str, Scenario]]:
    for producer in scenario.producers:
        if isinstance(producer.interval, CHANCE) or producer.bursts is not None:
            continue
        for made in _variants(producer):
            others = [one for one in scenario.producers if one is not producer]
            yield producer.name, replace(scenario, producers=(*others, *made))
    for consumer in scenario.consumers:
        for put in _variants(consumer):
            rest = [one for one in scenario.consumers if one is not consumer]
            yield consumer.name, replace(scenario, consumers=(*rest, *put))
    for queue in scenario.queues:
        yield queue.name, replace(scenario, queues=tuple(_tripled(scenario, {queue.name})))
    if len(scenario.queues) > 1:
        every = set(scenario.queue_names)
        yield (
            ", ".join(scenario.queue_names),
            replace(scenario, queues=tuple(_tripled(scenario, every))),
        )


def _variants(spec: ProducerSpec | ConsumerSpec) -> Iterator[list[ProducerSpec | ConsumerSpec]]:
    """It 20 % faster, and it with one more beside it."""
    if isinstance(spec, ProducerSpec):
        yield [replace(spec, interval=_shorter(spec.interval))]
    else:
        yield [replace(spec, service_time=_shorter(spec.service_time))]
    yield [spec, replace(spec, name="one more", count=1)]


def _shorter(time: Time) -> Time:
    if isinstance(time, CHANCE):
        return replace(time, mean=time.mean / 1.2)
    assert isinstance(time, (int, float))
    return time / 1.2


def _tripled(scenario: Scenario, names: set[str]) -> Iterator[QueueSpec]:
    for queue in scenario.queues:
        more = 3 if queue.name in names else 1
        yield replace(queue, capacity=queue.capacity * more)
