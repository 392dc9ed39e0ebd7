"""The flow of items through a scenario in items a second, from the means of its times alone.

Items flow from producers through stages. Queues that share readers are a pool: its readers take
all that arrives there, or as much as they can handle, from each queue in proportion. A stage
passes on what it takes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from pcsim.distributions import mean_of
from pcsim.scenario import ConsumerSpec, ProducerSpec, Retry, Scenario, WorkerSpec
from pcsim.scenario.graph import components

MOST_ROUNDS = 300
"""The flow is followed this many times through all stages; without a cycle it settles at once."""
NEARLY = 1e-9
"""Rates whose relative difference is smaller count as equal."""
FAST = 1e9
"""Items a second that stand for no time at all, where a share of them is needed."""
FULL_SPEED: Mapping[str, float] = {}
"""The speeds of workers none of which waits for a slot."""


class Pool(NamedTuple):
    """Queues that share readers, those readers, and the items a second that they can handle."""

    queues: tuple[str, ...]
    readers: tuple[ConsumerSpec, ...]
    capacity: float


def pools(scenario: Scenario) -> list[Pool]:
    """Return the queues in their order, those with common readers together."""
    pool_of = {name: {name} for name in scenario.queue_names}
    for consumer in scenario.consumers:
        together = set().union(*(pool_of[name] for name in consumer.inputs))
        for name in together:
            pool_of[name] = together
    queues: dict[int, list[str]] = {}
    for name in scenario.queue_names:
        queues.setdefault(id(pool_of[name]), []).append(name)
    readers: dict[int, list[ConsumerSpec]] = {pool: [] for pool in queues}
    for consumer in scenario.consumers:
        readers[id(pool_of[consumer.inputs[0]])].append(consumer)
    return [make_pool(tuple(queues[pool]), tuple(readers[pool])) for pool in queues]


def make_pool(
    queues: tuple[str, ...],
    readers: tuple[ConsumerSpec, ...],
    speeds: Mapping[str, float] = FULL_SPEED,
) -> Pool:
    """Return the pool of these queues and readers.

    Args:
        queues: Their names.
        readers: Those that take from them.
        speeds: The share of its full speed, 0 to 1, at which a worker goes that has to wait for
            slots, by its name. Those that are not in it never wait.
    """
    return Pool(queues, readers, math.fsum(speed_of(one, speeds) for one in readers))


def arrival_rates(scenario: Scenario) -> dict[str, float]:
    """Return the items a second that arrive at each queue, if no producer ever waits.

    Inf where a producer without an interval puts its items.
    """
    return Flow(scenario).rates()


class Flow:
    """How items flow from pool to pool.

    Args:
        scenario: The system.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        found = pools(scenario)
        pool_of = {name: number for number, pool in enumerate(found) for name in pool.queues}
        after = [
            {pool_of[name] for reader in pool.readers for name in reader.outputs} for pool in found
        ]
        parts = components(range(len(found)), after.__getitem__)
        self.downstream_first = [found[number] for part in parts for number in part]
        """The pools, each after all to which its items go on, where there is no cycle."""

    def rates(self, speeds: Mapping[str, float] = FULL_SPEED) -> dict[str, float]:
        """Return the items a second that arrive at each queue, with workers at these speeds.

        Upstream pools come first in each round, so that without a cycle one round is enough.
        """
        ways = [
            make_pool(pool.queues, pool.readers, speeds) for pool in reversed(self.downstream_first)
        ]
        capacities = {name: pool.capacity for pool in ways for name in pool.queues}
        rates = self._produced(speeds, capacities)
        produced = dict(rates)
        coming: dict[str, list[tuple[int, float]]] = {name: [] for name in rates}
        for number, pool in enumerate(ways):
            for name, share in _passed_on(pool, speeds, capacities).items():
                coming[name].append((number, share))
        taken = [0.0] * len(ways)
        for _ in range(MOST_ROUNDS):
            is_settled = True
            for number, pool in enumerate(ways):
                for name in pool.queues:
                    parts = (times(taken[source], share) for source, share in coming[name])
                    rate = produced[name] + math.fsum(parts)
                    is_settled = is_settled and math.isclose(rate, rates[name], rel_tol=NEARLY)
                    rates[name] = rate
                arriving = math.fsum(rates[name] for name in pool.queues)
                taken[number] = min(arriving, pool.capacity)
            if is_settled:
                break
        return rates

    def _produced(
        self, speeds: Mapping[str, float], capacities: Mapping[str, float]
    ) -> dict[str, float]:
        """The items a second that producers put into each queue."""
        produced = dict.fromkeys(self._scenario.queue_names, 0.0)
        for one in self._scenario.producers:
            flow = times(production_rate(one), speeds.get(one.name, 1.0))
            for name, part in _routed(one, one.outputs, flow, capacities):
                produced[name] += part
        return produced


def production_rate(producer: ProducerSpec) -> float:
    """Return the items a second that all workers of the spec make if they never wait."""
    each = _inverse(mean_of(producer.interval))
    if producer.bursts is not None:
        on, off = mean_of(producer.bursts.on), mean_of(producer.bursts.off)
        each *= on / (on + off) if on + off else 1.0
    return each * producer.count


def service_rate(consumer: ConsumerSpec) -> float:
    """Return the items a second that all workers of the spec can handle, with their retries."""
    p, tries = consumer.failure_probability, 1.0
    if isinstance(consumer.on_error, Retry):
        most = consumer.on_error.retries + 1
        tries = float(most) if p == 1 else (1 - p**most) / (1 - p)
    return _inverse(mean_of(consumer.service_time) * tries) * consumer.count


def speed_of(reader: ConsumerSpec, speeds: Mapping[str, float]) -> float:
    """Return the items a second that all workers of the spec handle at that speed."""
    if reader.name not in speeds:
        return service_rate(reader)
    return min(service_rate(reader), FAST) * speeds[reader.name]


def shares(
    readers: tuple[ConsumerSpec, ...], speeds: Mapping[str, float] = FULL_SPEED
) -> list[float]:
    """Return the share of a flow that each reader takes: in proportion to its service rate.

    Readers without a service time take all, if there are any.
    """
    return _in_proportion([speed_of(reader, speeds) for reader in readers])


def _in_proportion(rates: list[float]) -> list[float]:
    """The share of each rate in their sum; those that are infinite have all."""
    if math.inf in rates:
        rates = [float(math.isinf(each)) for each in rates]
    total = math.fsum(rates)
    return [each / total if each else 0.0 for each in rates]


def times(flow: float, share: float) -> float:
    """Return a share of a flow: no share of an infinite flow is 0."""
    return flow * share if share else 0.0


def _inverse(mean: float) -> float:
    return 1 / mean if mean > 1e-300 else math.inf


def _passed_on(
    pool: Pool, speeds: Mapping[str, float], capacities: Mapping[str, float]
) -> dict[str, float]:
    """The share of what a pool takes that is passed on to each queue."""
    passed: dict[str, float] = {}
    for reader, share in zip(pool.readers, shares(pool.readers, speeds), strict=True):
        for name, part in _passed_by(reader, share, capacities):
            passed[name] = passed.get(name, 0.0) + part
    return passed


def _passed_by(
    reader: ConsumerSpec, taken: float, capacities: Mapping[str, float]
) -> list[tuple[str, float]]:
    """The flows that a stage passes on of what it takes, by queue."""
    failing = reader.failure_probability
    if isinstance(reader.on_error, Retry):
        failing **= reader.on_error.retries + 1
    outputs = reader.outputs[: reader.ways]
    passed = _routed(reader, outputs, taken * (1 - failing), capacities) if outputs else []
    if reader.dead_letter is not None:
        passed.append((reader.dead_letter, taken * failing))
    return passed


def _routed(
    worker: WorkerSpec, outputs: tuple[str, ...], flow: float, capacities: Mapping[str, float]
) -> list[tuple[str, float]]:
    """A flow divided among the outputs: evenly, or by weights, or where the fewest items are,
    which is where they are dealt with."""
    if worker.routing.copies:
        return [(name, flow) for name in outputs]
    weights = list(worker.weights or (1.0,) * len(outputs))
    if worker.routing.looks_at_depths and any(capacities[name] for name in outputs):
        weights = [capacities[name] for name in outputs]
    parts = zip(outputs, _in_proportion(weights), strict=True)
    return [(name, times(flow, part)) for name, part in parts]
