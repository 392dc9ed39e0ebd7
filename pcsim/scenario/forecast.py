"""What can be seen coming in a scenario before it runs, from the means of its times alone.

Items flow from producers through stages. Of what comes to queues that share readers, the readers
take all, or as much as they have time for, each queue's in proportion; what a stage takes goes
on to its outputs. Where more comes than can be taken, a queue fills, and then its producers
wait or items are lost. Who has taken its `max_items` leaves the rest to the others.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pcsim.distributions import mean_of
from pcsim.scenario import (
    ConsumerSpec,
    Overflow,
    ProducerSpec,
    Retry,
    Routing,
    Scenario,
    WorkerSpec,
)
from pcsim.scenario.cycles import most_of
from pcsim.scenario.termination import Cause, describe, termination
from pcsim.text import plural, rate, safe

MOST_ROUNDS = 300
"""So often the flow is followed on; it has settled when every stage was passed, unless it goes
round."""
NEARLY = 1e-9
"""Rates that differ by a smaller share are the same."""


class Caution(NamedTuple):
    """What may go wrong, and whose doing it is: a name in `queues` or `consumers`."""

    kind: str
    name: str
    text: str


class Pool(NamedTuple):
    """Queues that share readers, those readers, and how many items a second they could take."""

    queues: tuple[str, ...]
    readers: tuple[ConsumerSpec, ...]
    capacity: float


class Watch(NamedTuple):
    """Who still reads, how many items a second they could take, and whose end left it to them."""

    readers: tuple[ConsumerSpec, ...]
    served: float
    gone: ConsumerSpec | None = None


def forecast(scenario: Scenario) -> list[Caution]:
    """The queues that must fill, with the numbers, a cycle that can, and one that items go round
    in no time."""
    told: list[Caution] = []
    coming = arrival_rates(scenario)
    for pool in pools(scenario):
        told += _overloads(scenario, pool, coming)
    answer = termination(scenario)
    if answer.cause is Cause.CYCLE_IN_NO_TIME:
        told.append(Caution("consumers", answer.workers[0], describe(answer)))
    if cycle := scenario.cycle(blocking=True):
        way = " → ".join(safe(name, 40) for name in (*cycle, cycle[0]))
        text = f"items can go round in a cycle ({way}): when its queues are full it deadlocks"
        told.append(Caution("consumers", cycle[0], text))
    return told


def pools(scenario: Scenario) -> list[Pool]:
    """The queues in their order, those with common readers together."""
    pool_of = {name: {name} for name in scenario.queue_names}
    for consumer in scenario.consumers:
        together = set().union(*(pool_of[name] for name in consumer.inputs))
        for name in together:
            pool_of[name] = together
    found = {id(pool): pool for pool in pool_of.values()}
    return [
        _pool(
            tuple(name for name in scenario.queue_names if name in pool),
            tuple(c for c in scenario.consumers if c.inputs[0] in pool),
        )
        for pool in found.values()
    ]


def _pool(queues: tuple[str, ...], readers: tuple[ConsumerSpec, ...]) -> Pool:
    return Pool(queues, readers, math.fsum(map(service_rate, readers)))


def arrival_rates(scenario: Scenario) -> dict[str, float]:
    """Items a second that are offered to each queue; inf where a producer goes at full speed."""
    begin = dict.fromkeys(scenario.queue_names, 0.0)
    for producer in scenario.producers:
        for name, part in _parts(producer, production_rate(producer)):
            begin[name] += part
    flows = [(pool, _onward(pool)) for pool in pools(scenario)]
    coming = begin
    for _ in range(MOST_ROUNDS):
        after = dict(begin)
        for pool, onward in flows:
            taken = min(math.fsum(coming[name] for name in pool.queues), pool.capacity)
            for name, share in onward.items():
                after[name] += _times(taken, share)
        if all(math.isclose(after[n], coming[n], rel_tol=NEARLY) for n in after):
            break
        coming = after
    return coming


def production_rate(producer: ProducerSpec) -> float:
    """Items a second that all of the spec's workers make when nothing holds them up."""
    each = _inverse(mean_of(producer.interval))
    if producer.bursts is not None:
        on, off = mean_of(producer.bursts.on), mean_of(producer.bursts.off)
        each *= on / (on + off) if on + off else 1.0
    return each * producer.count


def service_rate(consumer: ConsumerSpec) -> float:
    """Items a second that all of the spec's workers can take, tried again as they may be."""
    p, tries = consumer.failure_probability, 1.0
    if isinstance(consumer.on_error, Retry):
        most = consumer.on_error.retries + 1
        tries = float(most) if p == 1 else (1 - p**most) / (1 - p)
    return _inverse(mean_of(consumer.service_time) * tries) * consumer.count


def _inverse(mean: float) -> float:
    return 1 / mean if mean > 1e-300 else math.inf


def _onward(pool: Pool) -> dict[str, float]:
    """What goes on to each queue of an item that a pool takes."""
    onward: dict[str, float] = {}
    for reader, share in zip(pool.readers, _shares(pool.readers), strict=True):
        for name, part in _passed(reader, share):
            onward[name] = onward.get(name, 0.0) + part
    return onward


def _shares(readers: tuple[ConsumerSpec, ...]) -> list[float]:
    """What part of a flow each reader takes: in proportion to their speed; those without a
    service time take all, where there are any."""
    rates = [service_rate(reader) for reader in readers]
    if math.inf in rates:
        rates = [float(math.isinf(each)) for each in rates]
    total = math.fsum(rates)
    return [each / total if each else 0.0 for each in rates]


def _passed(reader: ConsumerSpec, taken: float) -> list[tuple[str, float]]:
    """What goes on from a stage, and where to."""
    failing = reader.failure_probability
    if isinstance(reader.on_error, Retry):
        failing **= reader.on_error.retries + 1
    passed = _parts(reader, taken * (1 - failing)) if reader.output is not None else []
    if reader.dead_letter is not None:
        passed.append((reader.dead_letter, taken * failing))
    return passed


def _parts(worker: WorkerSpec, flow: float) -> list[tuple[str, float]]:
    """How a flow is shared among the outputs; the shortest queue is taken for each in turn."""
    given = worker.queue if isinstance(worker, ProducerSpec) else worker.output or ()
    names = (given,) if isinstance(given, str) else given
    if worker.routing is Routing.BROADCAST:
        return [(name, flow) for name in names]
    weights = worker.weights or (1.0,) * len(names)
    total = math.fsum(weights)
    return [
        (name, _times(flow, weight / total)) for name, weight in zip(names, weights, strict=True)
    ]


def _times(flow: float, share: float) -> float:
    return flow * share if share else 0.0


def _overloads(scenario: Scenario, pool: Pool, coming: dict[str, float]) -> list[Caution]:
    """The queues of a pool that must fill: each for itself, else all of them together."""
    told: list[Caution] = []
    for name in pool.queues:
        readers = tuple(one for one in pool.readers if name in one.inputs)
        told += _overload(scenario, _pool((name,), readers), coming)
    return told or (_overload(scenario, pool, coming) if len(pool.queues) > 1 else [])


def _overload(scenario: Scenario, pool: Pool, coming: dict[str, float]) -> list[Caution]:
    offered = math.fsum(coming[name] for name in pool.queues)
    watch = _filling(scenario, pool, offered)
    if watch is None:
        return []
    one = len(pool.queues) == 1
    listed = ", ".join(repr(safe(name, 40)) for name in pool.queues[:4])
    listed += ", …" if len(pool.queues) > 4 else ""
    who = f"queue {listed} fills" if one else f"queues {listed} fill"
    comes = "items come at full speed" if math.isinf(offered) else f"{rate(offered)} come"
    workers = plural(sum(reader.count for reader in watch.readers), "consumer")
    if watch.gone is None:
        workers = f"{'its' if one else 'their'} {workers}"
    else:
        who += f" once {safe(watch.gone.name, 40)} has taken its max_items"
        workers = f"the {workers} left"
    text = f"{who}: {comes}, {workers} can take {rate(watch.served)}; then {_then(scenario, pool)}"
    return [Caution("queues", pool.queues[0], text)]


def _then(scenario: Scenario, pool: Pool) -> str:
    """What happens once it is full."""
    policies = {queue.overflow for queue in scenario.queues if queue.name in pool.queues}
    feeders = [
        worker for worker in _specs(scenario) if not set(pool.queues).isdisjoint(worker.outputs)
    ]
    if Overflow.FAIL in policies:
        return "the run fails"
    if policies & {Overflow.DROP_NEW, Overflow.DROP_OLD}:
        return "items are dropped"
    if any(feeder.put_timeout is not None for feeder in feeders):
        return "its producers wait, and drop an item after put_timeout"
    return "its producers wait"


def _filling(scenario: Scenario, pool: Pool, offered: float) -> Watch | None:
    """Who reads while the queues of a pool fill; None where the run, or all who read there, end
    before so much has piled up."""
    room = sum(queue.capacity for queue in scenario.queues if queue.name in pool.queues)
    coming = _items_of_all(scenario)
    time = math.inf if scenario.end.time is None else scenario.end.time
    left = {one.name: _most_taken(one) for one in pool.readers}
    watch = Watch(pool.readers, pool.capacity)
    piled = 0.0
    while watch.readers and time > 0 and coming > 0:
        is_too_much = offered > watch.served * (1 + NEARLY)
        if is_too_much and math.isinf(offered):
            return watch if coming > room - piled else None
        takes = _takes(watch.readers, min(offered, watch.served))
        ends = {name: _lasts(left[name], taken) for name, taken in takes.items()}
        lasts = min(time, _lasts(coming, offered), *ends.values())
        if is_too_much:
            piled += (offered - watch.served) * lasts
            if piled > room:
                return watch
        if math.isinf(lasts):
            return None
        gone = [one for one in watch.readers if ends[one.name] <= lasts]
        at_once = math.isinf(offered)
        coming -= sum(left[one.name] for one in gone) if at_once else offered * lasts
        time -= lasts
        if not at_once:
            left = {one: many - takes[one] * lasts for one, many in left.items() if one in takes}
        if not gone:
            return None
        readers = tuple(one for one in watch.readers if one not in gone)
        watch = Watch(readers, math.fsum(map(service_rate, readers)), gone[-1])
    return None


def _most_taken(consumer: ConsumerSpec) -> float:
    """So many items the spec's workers take in all; inf for any number."""
    return math.inf if consumer.max_items is None else consumer.max_items * consumer.count


def _lasts(many: float, per_second: float) -> float:
    """How many seconds so many items last at that rate."""
    return math.inf if math.isinf(many) or not per_second else many / per_second


def _takes(readers: tuple[ConsumerSpec, ...], flow: float) -> dict[str, float]:
    """Items a second that each reader takes of a flow."""
    shares = _shares(readers)
    return {one.name: _times(flow, share) for one, share in zip(readers, shares, strict=True)}


def _items_of_all(scenario: Scenario) -> float:
    """So many items come in all; inf where that has no limit, or copies are made of them."""
    if any(worker.routing is Routing.BROADCAST for worker in _specs(scenario)):
        return math.inf
    most = sum(map(_items, scenario.producers))
    return most if scenario.end.items is None else min(most, scenario.end.items)


def _items(producer: ProducerSpec) -> float:
    """So many items come from the spec's workers in all; inf where they are endless."""
    return most_of(producer) * producer.count


def _specs(scenario: Scenario) -> list[WorkerSpec]:
    return [*scenario.producers, *scenario.consumers]
