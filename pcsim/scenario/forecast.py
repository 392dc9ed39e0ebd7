"""Warnings about a scenario before it runs, from the means of its times alone.

Where more items arrive than the readers can handle, a queue fills, and then its producers wait
or items are lost; or it never does in the run, and has no long run. A reader that has taken its
`max_items` leaves the rest to the others.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pcsim.scenario import ConsumerSpec, ProducerSpec, Scenario, WorkerSpec
from pcsim.scenario.cycles import most_of
from pcsim.scenario.deadlock_risk import deadlock_risk, describe_risk
from pcsim.scenario.flow import (
    FAST,
    NEARLY,
    Pool,
    arrival_rates,
    make_pool,
    pools,
    service_rate,
    shares,
)
from pcsim.scenario.flow import times as share_of
from pcsim.scenario.long_run import RELAXATION_TIMES, Overload, Slowness, long_run
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
    """Return the warnings: queues that are unstable, that will fill or take long to settle, and
    cycles that may block or take no time."""
    far = long_run(scenario)
    cautions = [Caution("queues", one.queues[0], unstable_text(one)) for one in far.growing]
    unstable = {one.name for one in cautions}
    rates = arrival_rates(scenario)
    for pool in pools(scenario):
        found = _overloads(scenario, pool, rates)
        cautions += [one for one in found if one.name not in unstable]
    cautions += [
        Caution("queues", one.queues[0], slow_text(one, far.duration)) for one in far.slow[:1]
    ]
    answer = termination(scenario)
    if answer.cause is EndlessCause.CYCLE_IN_NO_TIME:
        cautions.append(Caution("consumers", answer.workers[0], describe(answer)))
    if risk := deadlock_risk(scenario):
        cautions.append(Caution("consumers", risk.stages[0], describe_risk(risk)))
    return cautions


def unstable_text(overload: Overload) -> str:
    """Return that queues have no steady state, with the numbers, in a clause."""
    is_one = len(overload.queues) == 1
    be, it = ("is", "it grows") if is_one else ("are", "they grow")
    whose = ("its " if is_one else "their ") + _readers(overload.workers)
    slowed = ""
    if overload.is_slowed:
        slowed = ", which waits for slots," if overload.workers == 1 else ", which wait for slots,"
    return (
        f"{_queues(overload.queues)} {be} unstable (load {_load(overload.load)}): "
        f"{_arrive(overload.arriving)}, {whose}{slowed} {_handle(overload.workers)} "
        f"{rate(overload.capacity)}; {it} as long as the run lasts: no long-run value"
    )


def slow_text(slow: Slowness, lasts: float) -> str:
    """Return that a run is too short for the long run, in a clause.

    Args:
        slow: The queues that take long to settle.
        lasts: Seconds that the run lasts.
    """
    forget = "forgets its" if len(slow.queues) == 1 else "forget their"
    return (
        f"too short for long-run values: {_queues(slow.queues)} (load {_load(slow.load)}) "
        f"{forget} beginning slowly; a run of about {_about(RELAXATION_TIMES * slow.relaxation)} "
        f"would do, this one lasts {_about(lasts)}"
    )


def _load(load: float) -> str:
    return "beyond all" if load >= FAST else f"{load:.3g}"


def _about(seconds: float) -> str:
    """A long time in two digits: `78 hours`."""
    for unit, size in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * size:
            number = seconds / size
            return f"{number:.2g} {unit}" if number < 100 else f"{number:.0f} {unit}"
    return f"{seconds:.2g} seconds" if seconds < 100 else f"{seconds:.0f} seconds"


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
    text = f"{_queues(pool.queues)} will fill"
    if reading.ended is not None:
        text += f" once {safe(reading.ended.name, 40)} has taken its max_items"
    return text


def _queues(queues: tuple[str, ...]) -> str:
    """`queue 'orders'`."""
    names = ", ".join(repr(safe(name, 40)) for name in queues[:4])
    names += ", …" if len(queues) > 4 else ""
    return f"queue{'s' if len(queues) > 1 else ''} {names}"


def _numbers(pool: Pool, reading: Reading, arriving: float) -> str:
    """`10/s arrive, its consumer handles 8.3/s`."""
    number = sum(reader.count for reader in reading.readers)
    whose = "its" if len(pool.queues) == 1 else "their"
    if reading.ended is not None:
        workers = "the other consumer" if number == 1 else f"the {number} other consumers"
    else:
        workers = f"{whose} {_readers(number)}"
    return f"{_arrive(arriving)}, {workers} {_handle(number)} {rate(reading.capacity)}"


def _arrive(arriving: float) -> str:
    return "items arrive at full speed" if arriving >= FAST else f"{rate(arriving)} arrive"


def _readers(number: int) -> str:
    return "consumer" if number == 1 else plural(number, "consumer")


def _handle(number: int) -> str:
    return "handles" if number == 1 else "handle"


def _then(scenario: Scenario, pool: Pool) -> str:
    """What happens once it is full."""
    policies = {queue.overflow for queue in scenario.queues if queue.name in pool.queues}
    if any(policy.fails for policy in policies):
        return "the run will then fail"
    if any(policy.drops for policy in policies):
        return "items will then be dropped"
    whose = "its" if len(pool.queues) == 1 else "their"
    text = f"saturated: {whose} producers will then wait"
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
