"""Changes of a scenario: workers faster, more of them, larger queues, more items that go round.

What is not changed draws the same random numbers as before: streams belong to names, and one
worker more changes nobody else's (`pcsim.scenario.specs.stream_names`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from pcsim.analysis.counterfactual import ChangeKind, Part, PartKind
from pcsim.distributions import Instants, mean_of, scaled, variance_of
from pcsim.errors import ScenarioError
from pcsim.scenario import ConsumerSpec, ProducerSpec, Scenario, WorkerSpec, cycles
from pcsim.scenario.specs import each_worker
from pcsim.validation import LARGEST_CAPACITY

Spec = TypeVar("Spec", ProducerSpec, ConsumerSpec)

FASTER = 1.2
"""A worker that is faster does 20 % more in the same time."""
LARGER = 3
"""A queue that is larger has this number of times its capacity: where bursts come, twice is often
no more than a part of one."""


class Change(NamedTuple):
    """A change of one part, and the scenario with it."""

    part: Part
    kind: ChangeKind
    scenario: Scenario


def worker_parts(scenario: Scenario) -> list[Part]:
    """Return all workers, those together that differ in nothing except their names."""
    alike: dict[object, list[WorkerSpec]] = {}
    declared: tuple[WorkerSpec, ...] = (*scenario.producers, *scenario.consumers)
    for spec in declared:
        alike.setdefault((type(spec), replace(spec, name="-", count=1)), []).append(spec)
    return [_part(specs) for specs in alike.values()]


def queue_part(names: Iterable[str]) -> Part:
    """Return the part that these queues are together."""
    found = tuple(names)
    return Part(PartKind.QUEUES, found, found)


def changes(scenario: Scenario, parts: Iterable[Part]) -> Iterator[Change]:
    """Make each change of each part that the limits of a scenario allow."""
    for part in parts:
        for kind in kinds_of(scenario, part):
            try:
                yield Change(part, kind, changed(scenario, part, kind))
            except ScenarioError:  # out of a range: 10,000 workers, the largest capacity
                continue


def kinds_of(scenario: Scenario, part: Part) -> list[ChangeKind]:
    """Return the changes that make sense for a part."""
    if part.kind is PartKind.QUEUES:
        return [ChangeKind.LARGER]
    if items_that_stay(scenario, part):
        return [ChangeKind.MORE_ITEMS]
    if _takes_time(scenario, part):
        return [ChangeKind.FASTER, ChangeKind.ONE_MORE]
    return [ChangeKind.ONE_MORE]


def items_that_stay(scenario: Scenario, part: Part) -> int:
    """Return the number of items that sources make for a system that these never leave; else 0."""
    if part.kind is not PartKind.SOURCES or not cycles.endless(scenario):
        return 0
    made = [one for one in scenario.producers if one.name in part.specs]
    return sum((one.items or 0) * one.count for one in made)


def changed(scenario: Scenario, part: Part, kind: ChangeKind) -> Scenario:
    """Return the scenario with one change.

    Raises:
        ScenarioError: It would be out of the range of a value.
    """
    if kind is ChangeKind.LARGER:
        return with_capacity(scenario, part, LARGER)
    if kind is ChangeKind.ONE_MORE:
        return with_more(scenario, part, 1)
    if kind is ChangeKind.MORE_ITEMS:
        return with_items(scenario, part, FASTER)
    return faster(scenario, part)


def with_capacity(scenario: Scenario, part: Part, factor: int) -> Scenario:
    """Return the scenario with queues of this many times their capacity."""
    queues = tuple(
        replace(queue, capacity=min(queue.capacity * factor, LARGEST_CAPACITY))
        if queue.name in part.names
        else queue
        for queue in scenario.queues
    )
    return replace(scenario, queues=queues)


def with_items(scenario: Scenario, part: Part, factor: float) -> Scenario:
    """Return the scenario with this many times the items of each source, at least one more."""
    producers = tuple(
        replace(one, items=max(one.items + 1, round(factor * one.items)))
        if one.name in part.specs and one.items is not None
        else one
        for one in scenario.producers
    )
    return replace(scenario, producers=producers)


def with_more(scenario: Scenario, part: Part, number: int) -> Scenario:
    """Return the scenario with further workers like those of the part; all others draw as before.

    It is the scenario with a larger `count` of the part's last spec.

    Raises:
        ScenarioError: There would be too many workers, or another has the name of one of them.
    """
    last = part.specs[-1]
    return replace(
        scenario,
        producers=_extended(scenario.producers, last, number),
        consumers=_extended(scenario.consumers, last, number),
    )


def is_by_chance(producer: ProducerSpec) -> bool:
    """Return whether its items come by themselves, by chance or as recorded or in bursts.

    Such a source stands for the world outside: it is nothing that could be made faster.
    """
    interval = producer.interval
    return (
        producer.bursts is not None
        or isinstance(interval, Instants)
        or (mean_of(interval) > 0 and variance_of(interval) > 0)
    )


def is_random(scenario: Scenario) -> bool:
    """Return whether two replications of the scenario may differ."""
    specs: tuple[WorkerSpec, ...] = (*scenario.producers, *scenario.consumers)
    return any(_draws(spec) for spec in specs)


def _draws(spec: WorkerSpec) -> bool:
    if spec.ways > 1 and spec.routing.takes_weights:
        return True
    if isinstance(spec, ConsumerSpec):
        return variance_of(spec.service_time) > 0 or 0 < spec.failure_probability < 1
    if spec.bursts is not None and variance_of(spec.bursts.on) + variance_of(spec.bursts.off) > 0:
        return True
    return not isinstance(spec.interval, Instants) and variance_of(spec.interval) > 0


def _part(specs: list[WorkerSpec]) -> Part:
    names = tuple(one.name for spec in specs for one in each_worker(spec))
    kind = PartKind.SOURCES if isinstance(specs[0], ProducerSpec) else PartKind.WORKERS
    return Part(kind, names, tuple(spec.name for spec in specs), specs[0].inputs)


def _takes_time(scenario: Scenario, part: Part) -> bool:
    for producer in scenario.producers:
        if producer.name in part.specs:
            return mean_of(producer.interval) > 0
    return any(
        mean_of(one.service_time) > 0 for one in scenario.consumers if one.name in part.specs
    )


def faster(scenario: Scenario, part: Part, factor: float = FASTER) -> Scenario:
    """Return the scenario with workers, or sources, that do this many times as much."""
    producers = tuple(
        replace(one, interval=scaled(one.interval, 1 / factor)) if one.name in part.specs else one
        for one in scenario.producers
    )
    consumers = tuple(
        replace(one, service_time=scaled(one.service_time, 1 / factor))
        if one.name in part.specs
        else one
        for one in scenario.consumers
    )
    return replace(scenario, producers=producers, consumers=consumers)


def _extended(specs: tuple[Spec, ...], last: str, number: int) -> tuple[Spec, ...]:
    return tuple(
        replace(spec, count=spec.count + number) if spec.name == last else spec for spec in specs
    )
