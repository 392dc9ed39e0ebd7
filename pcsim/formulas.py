"""Which formula of queueing theory holds for a scenario, where one does."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.distributions import Exponential, Time, laplace, mean_of, scv_of
from pcsim.scenario import ConsumerSpec, Overflow, ProducerSpec, QueueSpec, Scenario
from pcsim.theory import queues as theory
from pcsim.theory.prediction import Prediction

NEGLIGIBLE = 1e-9
"""A queue whose chance of being full is below this counts as unbounded."""


def prediction(scenario: Scenario) -> Prediction | None:
    """What theory says of the scenario in the long run; None where it is no case with a formula.

    A queue counts as unbounded when the chance that an unbounded one would hold as many items
    as it has places is below 1e-9. Raises nothing: a load without a steady state has none.
    """
    if not all(map(_is_plain, scenario.producers)) or not all(map(_serves, scenario.consumers)):
        return None
    if all(isinstance(time, (int, float)) for time in _times(scenario)):
        return _deterministic_line(scenario)
    if len(scenario.queues) != 1 or len(scenario.consumers) != 1:
        return None
    queue, consumer = scenario.queues[0], scenario.consumers[0]
    if consumer.outputs or consumer.max_items is not None or queue.discipline != "fifo":
        return None
    return _one_queue(scenario.producers, queue, consumer)


def _times(scenario: Scenario) -> list[Time]:
    return [worker.interval for worker in scenario.producers] + [
        worker.service_time for worker in scenario.consumers
    ]


def _is_plain(producer: ProducerSpec) -> bool:
    return (
        len(producer.outputs) == 1
        and producer.bursts is None
        and producer.put_timeout is None
        and mean_of(producer.interval) > 0
    )


def _serves(consumer: ConsumerSpec) -> bool:
    return (
        len(consumer.inputs) == 1
        and len(consumer.outputs) < 2
        and consumer.put_timeout is None
        and not consumer.failure_probability
        and mean_of(consumer.service_time) > 0
    )


def _one_queue(
    producers: Sequence[ProducerSpec], queue: QueueSpec, consumer: ConsumerSpec
) -> Prediction | None:
    arrivals = sum(producer.count / mean_of(producer.interval) for producer in producers)
    poisson = all(isinstance(producer.interval, Exponential) for producer in producers)
    single = len(producers) == 1 and producers[0].count == 1
    mean, servers = mean_of(consumer.service_time), consumer.count
    exponential = isinstance(consumer.service_time, Exponential)
    if poisson and exponential and queue.overflow is Overflow.DROP_NEW:
        return theory.mmck(arrivals, 1 / mean, servers, queue.capacity)
    if queue.overflow is not Overflow.BLOCK:
        return None
    load = arrivals * mean / servers
    if load < 1 and load**queue.capacity < NEGLIGIBLE:
        if poisson and exponential:
            return theory.mmc(arrivals, 1 / mean, servers)
        if poisson and servers == 1 and _is_unbounded(queue.capacity, load, consumer):
            return theory.mg1(arrivals, mean, scv_of(consumer.service_time))
        if exponential and single and servers == 1:
            return _renewal(producers[0].interval, 1 / mean)
    if poisson and single and exponential and servers == 1:
        return theory.blocking_pair(arrivals, 1 / mean, queue.capacity)
    return None


def _is_unbounded(capacity: int, load: float, consumer: ConsumerSpec) -> bool:
    """The tail of a queue decays the slower the more its service times vary: Kingman's bound on
    its rate, 2 (1 - load) / (load (1 + scv)) in heavy traffic."""
    scv = scv_of(consumer.service_time)
    return 2 * (1 - load) / (1 + scv) * capacity > 25


def _renewal(interval: Time, service_rate: float) -> Prediction | None:
    if laplace(interval, 1.0) is None:
        return None
    return theory.gm1(lambda s: laplace(interval, s) or 0.0, mean_of(interval), service_rate)


def _deterministic_line(scenario: Scenario) -> Prediction | None:
    """A line of stations, one after the other, without a branch and without loss."""
    if any(queue.overflow is not Overflow.BLOCK for queue in scenario.queues):
        return None
    stations = [(mean_of(worker.interval), worker.count) for worker in scenario.producers]
    if len(stations) != 1 or len(scenario.consumers) != len(scenario.queues):
        return None
    readers = {worker.inputs[0]: worker for worker in scenario.consumers}
    place: str | None = scenario.producers[0].outputs[0]
    seen: set[str] = set()
    while place is not None:
        reader = readers.get(place)
        if reader is None or place in seen or reader.max_items is not None:
            return None
        seen.add(place)
        stations.append((mean_of(reader.service_time), reader.count))
        place = reader.outputs[0] if reader.outputs else None
    return theory.deterministic_line(stations) if len(seen) == len(scenario.queues) else None
