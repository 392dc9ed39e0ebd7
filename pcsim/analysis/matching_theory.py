"""The formula of queueing theory that holds for a scenario, where one does."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pcsim.distributions import (
    Empirical,
    Exponential,
    Instants,
    Lognormal,
    Time,
    exponential_moment,
    laplace,
    mean_of,
    scv_of,
)  # fmt: skip
from pcsim.errors import TheoryError
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Retry, Scenario
from pcsim.theory import queues as theory
from pcsim.theory.overflow import heavy_mg1_overflow, mg1_overflow
from pcsim.theory.prediction import Prediction

NEGLIGIBLE = 1e-9
"""A queue that is full with a smaller probability counts as unbounded."""
MOST_VALUES = 10_000
"""With more measured intervals than this, the root of G/M/1 would take seconds; more measured
service times are condensed to this number."""


def prediction(scenario: Scenario) -> Prediction | None:
    """What theory predicts for the scenario in the long run; None where no formula holds.

    A queue counts as unbounded when the probability that an unbounded one would contain as many
    items as its capacity is below 1e-9. A load without a steady state has no prediction.
    """
    try:
        return _prediction(scenario)
    except TheoryError:
        return None


def without_queue(scenario: Scenario) -> Prediction | None:
    """What would be lost of the same arrivals if nobody could wait, by Erlang's loss formula.

    It shows what a queue that drops what finds it full is good for; None for other scenarios.
    """
    if not _is_steady(scenario) or not _has_one_station(scenario):
        return None
    queue, consumer = scenario.queues[0], scenario.consumers[0]
    if not _is_poisson(scenario.producers) or queue.overflow.drops != "incoming":
        return None
    try:
        arrivals = _arrival_rate(scenario.producers)
        return theory.erlang_b(arrivals, mean_of(consumer.service_time), consumer.count)
    except TheoryError:
        return None


def _prediction(scenario: Scenario) -> Prediction | None:
    if not _is_steady(scenario):
        return None
    if all(isinstance(time, (int, float)) for time in _times(scenario)):
        return _deterministic_line(scenario)
    if not _has_one_station(scenario) or scenario.queues[0].discipline != "fifo":
        return None
    return _one_queue(scenario.producers, scenario.queues[0], scenario.consumers[0])


def _is_steady(scenario: Scenario) -> bool:
    """Whether its workers do the same all the time."""
    if scenario.changes:
        return False
    if not all(map(_is_plain, scenario.producers)) or not all(map(_serves, scenario.consumers)):
        return False
    if all(one.items is None for one in scenario.producers):
        return True
    # Of several producers one would end before the others, unless their times are the same.
    first, *others = scenario.producers
    return not others and (first.count == 1 or isinstance(first.interval, (int, float)))


def _has_one_station(scenario: Scenario) -> bool:
    """Whether it has one queue and equal servers behind it, which pass nothing on."""
    if len(scenario.queues) != 1 or len(scenario.consumers) != 1:
        return False
    consumer = scenario.consumers[0]
    return not consumer.outputs and consumer.max_items is None


def _is_poisson(producers: Sequence[ProducerSpec]) -> bool:
    return all(isinstance(producer.interval, Exponential) for producer in producers)


def _arrival_rate(producers: Sequence[ProducerSpec]) -> float:
    """Items a second."""
    return math.fsum(producer.count / mean_of(producer.interval) for producer in producers)


def _times(scenario: Scenario) -> list[Time]:
    return [worker.interval for worker in scenario.producers] + [
        worker.service_time for worker in scenario.consumers
    ]


def _is_plain(producer: ProducerSpec) -> bool:
    return (
        len(producer.outputs) == 1
        and producer.bursts is None
        and producer.put_timeout is None
        and producer.items != 0
        and not isinstance(producer.interval, Instants)
        and mean_of(producer.interval) > 0
    )


def _serves(consumer: ConsumerSpec) -> bool:
    return (
        len(consumer.inputs) == 1
        and len(consumer.outputs) < 2
        and consumer.put_timeout is None
        and not consumer.failure_probability
        and not isinstance(consumer.on_error, Retry)
        and mean_of(consumer.service_time) > 0
    )


def _one_queue(
    producers: Sequence[ProducerSpec], queue: QueueSpec, consumer: ConsumerSpec
) -> Prediction | None:
    arrivals, poisson = _arrival_rate(producers), _is_poisson(producers)
    single = len(producers) == 1 and producers[0].count == 1
    mean, servers = mean_of(consumer.service_time), consumer.count
    exponential = isinstance(consumer.service_time, Exponential)
    if poisson and exponential and queue.overflow.drops == "incoming":
        return theory.mmck(arrivals, 1 / mean, servers, queue.capacity)
    if not queue.overflow.waits:
        return None
    load = arrivals * mean / servers
    if load < 1:
        if poisson and exponential and load**queue.capacity < NEGLIGIBLE:
            return _markovian(arrivals, 1 / mean, servers)
        if poisson and servers == 1 and _is_unbounded(queue.capacity, arrivals, consumer):
            return theory.mg1(arrivals, mean, scv_of(consumer.service_time))
        if exponential and single and servers == 1 and not poisson:
            return _renewal(producers[0].interval, 1 / mean, queue.capacity)
    if poisson and single and exponential and servers == 1:
        return theory.blocking_pair(arrivals, 1 / mean, queue.capacity)
    return None


def _markovian(arrival_rate: float, service_rate: float, servers: int) -> Prediction:
    if servers == 1:
        return theory.mm1(arrival_rate, service_rate)
    return theory.mmc(arrival_rate, service_rate, servers)


def _is_unbounded(capacity: int, arrival_rate: float, consumer: ConsumerSpec) -> bool:
    """Whether the probability that `capacity` items wait is negligible, by an upper bound."""
    time = consumer.service_time
    mean = mean_of(time)
    if isinstance(time, Lognormal):
        bound = heavy_mg1_overflow(arrival_rate, mean, time.rest_beyond, capacity, NEGLIGIBLE)
        return bound < NEGLIGIBLE
    longer = time.condensed(MOST_VALUES) if isinstance(time, Empirical) else time

    def moment(rate: float) -> float:
        return exponential_moment(longer, rate) or math.inf

    return mg1_overflow(arrival_rate, mean, moment, capacity) < NEGLIGIBLE


def _renewal(interval: Time, service_rate: float, capacity: int) -> Prediction | None:
    """G/M/1, where the probability that an arriving item meets a full queue is negligible.

    It falls by the factor sigma with each waiting item; sigma is above the load where intervals
    vary much.
    """
    if isinstance(interval, Empirical) and len(interval.values or ()) > MOST_VALUES:
        return None
    if laplace(interval, 1.0) is None:
        return None
    unbounded = theory.gm1(
        lambda s: laplace(interval, s) or 0.0, mean_of(interval), service_rate, scv_of(interval)
    )
    sigma = 1.0 if unbounded.waits is None else unbounded.waits.beyond(0.0)
    return unbounded if sigma**capacity < NEGLIGIBLE else None


def _deterministic_line(scenario: Scenario) -> Prediction | None:
    """The prediction for a line of stations with constant times, without branches and losses."""
    if not all(queue.overflow.waits for queue in scenario.queues):
        return None
    stations = [(mean_of(worker.interval), worker.count) for worker in scenario.producers]
    if len(stations) != 1 or len(scenario.consumers) != len(scenario.queues):
        return None
    readers = {worker.inputs[0]: worker for worker in scenario.consumers}
    place: str | None = scenario.producers[0].outputs[0]
    capacities = {queue.name: queue.capacity for queue in scenario.queues}
    seen: dict[str, int] = {}
    while place is not None:
        reader = readers.get(place)
        if reader is None or place in seen or reader.max_items is not None:
            return None
        seen[place] = capacities[place]
        stations.append((mean_of(reader.service_time), reader.count))
        place = reader.outputs[0] if reader.outputs else None
    if len(seen) < len(scenario.queues):
        return None
    return theory.deterministic_line(stations, tuple(seen.values()))
