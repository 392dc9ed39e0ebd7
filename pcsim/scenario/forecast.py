"""Warnings about a scenario before it runs, from the means of its times alone.

Where more items arrive than the readers can handle, a queue fills, and then its producers wait
or items are lost. A reader that has taken its `max_items` leaves the rest to the others.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pcsim.scenario import ConsumerSpec, ProducerSpec, Scenario, WorkerSpec
from pcsim.scenario.cycles import most_of
from pcsim.scenario.flow import NEARLY, Pool, arrival_rates, make_pool, pools, service_rate, shares
from pcsim.scenario.flow import times as share_of
from pcsim.scenario.graph import describe_cycle
from pcsim.scenario.termination import EndlessCause, describe, termination
from pcsim.text import plural, rate, safe


class Caution(NamedTuple):
    """A warning, and the part it is about: a name in `queues` or `consumers`."""

    kind: str
    name: str
    text: str


class Reading(NamedTuple):
    """The readers of a pool at one time of a run, and the items a second that they can handle."""

    readers: tuple[ConsumerSpec, ...]
    capacity: float
    ended: ConsumerSpec | None = None
    """The reader whose end left the items to them, if one has ended."""


def forecast(scenario: Scenario) -> list[Caution]:
    """Return the warnings: queues that will fill, and cycles that may block or take no time."""
    cautions: list[Caution] = []
    rates = arrival_rates(scenario)
    for pool in pools(scenario):
        cautions += _overloads(scenario, pool, rates)
    answer = termination(scenario)
    if answer.cause is EndlessCause.CYCLE_IN_NO_TIME:
        cautions.append(Caution("consumers", answer.workers[0], describe(answer)))
    if cycle := scenario.cycle(blocking=True):
        cautions.append(Caution("consumers", cycle[0], describe_cycle(cycle)))
    return cautions


def _overloads(scenario: Scenario, pool: Pool, rates: dict[str, float]) -> list[Caution]:
    """The queues of a pool that will fill: each by itself, else all of them together."""
    cautions: list[Caution] = []
    for name in pool.queues:
        readers = tuple(one for one in pool.readers if name in one.inputs)
        cautions += _overload(scenario, make_pool((name,), readers), rates)
    if cautions or len(pool.queues) == 1:
        return cautions
    return _overload(scenario, pool, rates)


def _overload(scenario: Scenario, pool: Pool, rates: dict[str, float]) -> list[Caution]:
    arriving = math.fsum(rates[name] for name in pool.queues)
    reading = _filling(scenario, pool, arriving)
    if reading is None:
        return []
    text = f"{_filled(pool, reading)}: {_numbers(pool, reading, arriving)}; {_then(scenario, pool)}"
    return [Caution("queues", pool.queues[0], text)]


def _filled(pool: Pool, reading: Reading) -> str:
    """`queue 'orders' will fill`."""
    names = ", ".join(repr(safe(name, 40)) for name in pool.queues[:4])
    names += ", …" if len(pool.queues) > 4 else ""
    text = f"queue{'s' if len(pool.queues) > 1 else ''} {names} will fill"
    if reading.ended is not None:
        text += f" once {safe(reading.ended.name, 40)} has taken its max_items"
    return text


def _numbers(pool: Pool, reading: Reading, arriving: float) -> str:
    """`10/s arrive, its consumer handles 8.3/s`."""
    full_speed = "items arrive at full speed"
    arrive = full_speed if math.isinf(arriving) else f"{rate(arriving)} arrive"
    number = sum(reader.count for reader in reading.readers)
    whose = "its" if len(pool.queues) == 1 else "their"
    if reading.ended is not None:
        workers = "the other consumer" if number == 1 else f"the {number} other consumers"
    else:
        workers = f"{whose} consumer" if number == 1 else f"{whose} {plural(number, 'consumer')}"
    handle = "handles" if number == 1 else "handle"
    return f"{arrive}, {workers} {handle} {rate(reading.capacity)}"


def _then(scenario: Scenario, pool: Pool) -> str:
    """What happens once it is full."""
    policies = {queue.overflow for queue in scenario.queues if queue.name in pool.queues}
    if any(policy.fails for policy in policies):
        return "the run will then fail"
    if any(policy.drops for policy in policies):
        return "items will then be dropped"
    whose = "its" if len(pool.queues) == 1 else "their"
    text = f"{whose} producers will then wait"
    feeders = [one for one in _specs(scenario) if not set(pool.queues).isdisjoint(one.outputs)]
    if any(feeder.put_timeout is not None for feeder in feeders):
        text += ", and drop an item after put_timeout"
    return text


def _filling(scenario: Scenario, pool: Pool, arriving: float) -> Reading | None:
    """Who reads when the queues of a pool become full; None if the run or all readers end before.

    The time of the run is followed from the end of one reader to the end of the next.
    """
    slots = sum(queue.capacity for queue in scenario.queues if queue.name in pool.queues)
    coming = _items_of_all(scenario)
    time = math.inf if scenario.end.time is None else scenario.end.time
    remaining = {one.name: _most_taken(one) for one in pool.readers}
    reading = Reading(pool.readers, pool.capacity)
    queued = 0.0
    while reading.readers and time > 0 and coming > 0:
        is_overloaded = arriving > reading.capacity * (1 + NEARLY)
        at_once = math.isinf(arriving)
        if is_overloaded and at_once:
            return reading if coming > slots - queued else None
        taking = _taking(reading.readers, min(arriving, reading.capacity))
        ends = {name: _lasts(remaining[name], taken) for name, taken in taking.items()}
        duration = min(time, _lasts(coming, arriving), *ends.values())
        if is_overloaded:
            queued += (arriving - reading.capacity) * duration
            if queued > slots:
                return reading
        if math.isinf(duration):
            return None
        ended = [one for one in reading.readers if ends[one.name] <= duration]
        if not ended:
            return None
        coming -= sum(remaining[one.name] for one in ended) if at_once else arriving * duration
        time -= duration
        if not at_once:
            remaining = {name: remaining[name] - taking[name] * duration for name in taking}
        readers = tuple(one for one in reading.readers if one not in ended)
        reading = Reading(readers, math.fsum(map(service_rate, readers)), ended[-1])
    return None


def _most_taken(consumer: ConsumerSpec) -> float:
    """The number of items that the spec's workers take at most; inf for no limit."""
    return math.inf if consumer.max_items is None else consumer.max_items * consumer.count


def _lasts(items: float, per_second: float) -> float:
    """The seconds that a number of items lasts at that rate."""
    return math.inf if math.isinf(items) or not per_second else items / per_second


def _taking(readers: tuple[ConsumerSpec, ...], flow: float) -> dict[str, float]:
    """The items a second of a flow that each reader takes."""
    parts = zip(readers, shares(readers), strict=True)
    return {reader.name: share_of(flow, share) for reader, share in parts}


def _items_of_all(scenario: Scenario) -> float:
    """The number of items that are made in all; inf for no limit, or where there are copies."""
    if any(worker.routing.copies for worker in _specs(scenario)):
        return math.inf
    most = sum(map(_items, scenario.producers))
    return most if scenario.end.items is None else min(most, scenario.end.items)


def _items(producer: ProducerSpec) -> float:
    """The number of items that the spec's workers make in all; inf for no limit."""
    return most_of(producer) * producer.count


def _specs(scenario: Scenario) -> list[WorkerSpec]:
    return [*scenario.producers, *scenario.consumers]
