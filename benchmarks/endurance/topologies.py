"""Systems at random for real threads: the kinds that people have, fast and with mishaps."""

from __future__ import annotations

from random import Random
from typing import Any

from msgspec.structs import replace

from pcsim.distributions import Time, mean_of, scaled
from pcsim.errors import ScenarioError
from pcsim.scenario import (
    Bursts,
    ConsumerSpec,
    Discipline,
    End,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Scenario,
    Selection,
)
from pcsim.system import ProducerConsumerSystem
from tests.support.usual_systems import KINDS, usual_system

SPEEDS = (0.0, 0.0, 1e-5, 1e-4, 1e-3)
"""Seconds on threads for a second of the described system; with 0, nothing takes time."""


def topology(rng: Random) -> tuple[str, Scenario]:
    """A system of a usual kind, its times scaled, some of its values others; and its kind."""
    kind = rng.choice(sorted(KINDS))
    usual = usual_system(kind, rng.randrange(10**6))
    speed = rng.choice(SPEEDS)
    while True:
        try:
            return kind, _changed(usual, rng, speed)
        except ScenarioError:  # a value that does not go with the others: draw again
            continue


def _changed(usual: Scenario, rng: Random, speed: float) -> Scenario:
    is_tight = rng.random() < 0.5
    limit = rng.choice((10, 100, 1000))
    queues = tuple(_queue(one, rng, is_tight) for one in usual.queues)
    producers = tuple(_producer(one, rng, speed, limit) for one in usual.producers)
    consumers = tuple(_consumer(one, rng, speed) for one in usual.consumers)
    ends = (End(), End(), End(), End(time=rng.uniform(0.005, 0.2)), End(items=limit))
    return replace(
        usual,
        queues=queues,
        producers=producers,
        consumers=consumers,
        end=rng.choice(ends),
        warm_up=0.0 if rng.random() < 0.9 else 0.004,
        seed=rng.randrange(10**6),
    )


def _queue(spec: QueueSpec, rng: Random, is_tight: bool) -> QueueSpec:
    capacity = rng.choice((1, 1, 2, 3)) if is_tight else spec.capacity
    overflow = rng.choice([*Overflow]) if rng.random() < 0.25 else spec.overflow
    discipline = rng.choice([*Discipline]) if rng.random() < 0.2 else spec.discipline
    return replace(spec, capacity=capacity, overflow=overflow, discipline=discipline)


def _time(time: Time, speed: float) -> Time:
    return scaled(time, speed) if speed else 0.0


def _count(spec: Any, rng: Random) -> int:
    count: int = spec.count
    return count + rng.randint(1, 3) if rng.random() < 0.25 and count < 10 else count


def _timeout(spec: Any, rng: Random, speed: float) -> float | None:
    if rng.random() < 0.1:
        return rng.choice((0.0, 1e-4, 1e-3))
    return None if spec.put_timeout is None else spec.put_timeout * speed


def _producer(spec: ProducerSpec, rng: Random, speed: float, limit: int) -> ProducerSpec:
    bursts = spec.bursts
    if bursts is not None:
        on, off = _time(bursts.on, speed), _time(bursts.off, speed)
        bursts = Bursts(on, off) if speed else None
    return replace(
        spec,
        interval=_time(spec.interval, speed),
        items=limit if spec.items is None or spec.items > limit else spec.items,
        count=_count(spec, rng),
        put_timeout=_timeout(spec, rng, speed),
        bursts=bursts,
        priority=rng.randint(-2, 2),
    )


def _consumer(spec: ConsumerSpec, rng: Random, speed: float) -> ConsumerSpec:
    on_error = spec.on_error
    if on_error == "fail" and rng.random() < 0.2:
        on_error = "skip"
    return replace(
        spec,
        service_time=_time(spec.service_time, speed),
        count=_count(spec, rng),
        put_timeout=_timeout(spec, rng, speed),
        on_error=on_error,
        max_items=rng.choice((1, 7, 50)) if rng.random() < 0.1 else spec.max_items,
        selection=rng.choice([*Selection]) if rng.random() < 0.3 else spec.selection,
    )


def may_fail(scenario: Scenario) -> bool:
    """Whether a run of it may fail by what is described, without a fault from outside."""
    return (
        bool(scenario.cycle())
        or any(queue.overflow.fails for queue in scenario.queues)
        or any(one.failure_probability and one.on_error == "fail" for one in scenario.consumers)
    )


def described(
    scenario: Scenario, sources: dict[str, Any], sinks: dict[str, Any]
) -> ProducerConsumerSystem | None:
    """The same as a `ProducerConsumerSystem`, as far as its methods can say it; None where they
    cannot."""
    if scenario.end != End() or any(one.discipline.goes_by_priority for one in scenario.queues):
        return None
    made = ProducerConsumerSystem(scenario.title)
    for queue in scenario.queues:
        made.add_queue(queue.name, queue.capacity, overflow=queue.overflow)
    for spec in scenario.workers:
        retried = isinstance(spec, ConsumerSpec) and isinstance(spec.on_error, Retry)
        if len(spec.outputs) - retried > 1:
            return None
        if isinstance(spec, ProducerSpec):
            delay = mean_of(spec.interval)
            made.add_producer(spec.name, sources[spec.name], delay, spec.outputs[0])
            continue
        made.add_consumer(
            spec.name,
            sinks.get(spec.name),
            mean_of(spec.service_time),
            spec.max_items,
            spec.inputs,
            output=spec.outputs[0] if spec.output is not None else None,
            on_error=spec.on_error,
        )
    return made
