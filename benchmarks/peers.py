"""The peers of the virtual engine: the same scenario in SimPy and in Ciw, as their users write it.

Each takes a scenario of ours, draws its own random numbers from the same distributions and
collects what pcsim collects: every waiting and sojourn time for the quantiles, the time-weighted
depth, the peak, the time in which a queue was full and empty, the time that each worker was busy
and stood blocked, throughput and loss.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import Any, NamedTuple

import ciw
import numpy as np
import simpy

from pcsim.analysis.result import Result
from pcsim.distributions import Exponential
from pcsim.scenario import ConsumerSpec, Overflow, ProducerSpec, Scenario

QUANTILES = (0.50, 0.90, 0.95, 0.99)
Process = Generator[Any, Any, None]


class Measures(NamedTuple):
    """What a run measured; of several queues or workers the mean, each with the same weight."""

    throughput: float
    wait: float
    sojourn: float
    depth: float
    loss: float
    busy: float
    """Of those that take items."""
    quantiles: tuple[float, ...] = ()
    """Of the waits in the first queue."""


def of_result(result: Result) -> Measures:
    """The same of a result of pcsim."""
    measured = result.measured
    waits = [times.mean.mean for times in measured.waiting_times.values()]
    taken = [queue.throughput.mean for queue in measured.queues.values()]
    # Over the whole run, as the peers have it: our utilization ends when the worker does.
    at = result.snapshot.at
    takers = [row.spent(at).running / at for row in result.snapshot.consumers]
    first = next(iter(measured.waiting_times.values()))
    dropped = measured.system.dropped.mean
    return Measures(
        measured.system.throughput.mean,
        sum(w * t for w, t in zip(waits, taken, strict=True)) / sum(taken),
        measured.sojourn_time.mean.mean,
        sum(queue.mean_depth.mean for queue in measured.queues.values()),
        dropped / measured.system.produced.mean,
        sum(takers) / len(takers),
        tuple(value.mean for value in first[1:]),
    )


# SimPy.


class Item:
    __slots__ = ("made_at", "queued_at")

    def __init__(self, made_at: float) -> None:
        self.made_at = made_at
        self.queued_at = made_at


class Store(simpy.Store):  # type: ignore[misc]
    """A store that measures what happens in it."""

    def __init__(self, env: simpy.Environment, capacity: int) -> None:
        super().__init__(env, capacity)
        self.waits: list[float] = []
        self.area = self.full_time = self.empty_time = self.changed_at = 0.0
        self.peak = self.lost = 0

    def _do_put(self, event: Any) -> None:
        depth = len(self.items)
        if depth < self._capacity:
            now = self._env.now
            self.note(now, depth)
            if depth >= self.peak:
                self.peak = depth + 1
            event.item.queued_at = now
            self.items.append(event.item)
            event.succeed()

    def _do_get(self, event: Any) -> None:
        if self.items:
            now = self._env.now
            self.note(now, len(self.items))
            item = self.items.pop(0)
            self.waits.append(now - item.queued_at)
            event.succeed(item)

    def note(self, now: float, depth: int) -> None:
        """It had this depth up to now."""
        elapsed = now - self.changed_at
        self.changed_at = now
        if not depth:
            self.empty_time += elapsed
            return
        self.area += depth * elapsed
        if depth == self._capacity:
            self.full_time += elapsed


class Worker:
    """Where its time goes."""

    def __init__(self) -> None:
        self.busy = self.full = self.empty = 0.0
        self.done = 0
        self.last_at = 0.0
        """When it was done with its latest item."""


Draw = Callable[[], float]


def producer(
    env: simpy.Environment, store: Store, draw: Draw, numbers: Iterator[int], me: Worker
) -> Process:
    while True:
        seconds = draw()
        yield env.timeout(seconds)
        me.busy += seconds
        if next(numbers, None) is None:
            return
        began = env.now
        yield store.put(Item(began))
        me.full += env.now - began
        me.done += 1


def losing_producer(
    env: simpy.Environment, store: Store, draw: Draw, numbers: Iterator[int], me: Worker
) -> Process:
    """Into a queue that turns items away, or has room for all: it never waits for the put."""
    while True:
        seconds = draw()
        yield env.timeout(seconds)
        me.busy += seconds
        if next(numbers, None) is None:
            return
        if len(store.items) >= store.capacity:
            store.lost += 1
            continue
        store.put(Item(env.now))
        me.done += 1


def consumer(
    env: simpy.Environment, store: Store, draw: Draw, me: Worker, sojourns: list[float]
) -> Process:
    while True:
        began = env.now
        item = yield store.get()
        me.empty += env.now - began
        seconds = draw()
        yield env.timeout(seconds)
        me.busy += seconds
        me.done += 1
        me.last_at = env.now
        sojourns.append(me.last_at - item.made_at)


def stage(env: simpy.Environment, store: Store, draw: Draw, me: Worker, output: Store) -> Process:
    while True:
        began = env.now
        item = yield store.get()
        me.empty += env.now - began
        seconds = draw()
        yield env.timeout(seconds)
        me.busy += seconds
        began = env.now
        yield output.put(item)
        me.full += env.now - began
        me.done += 1


def round_robin(
    env: simpy.Environment, stores: list[Store], draw: Draw, me: Worker, sojourns: list[float]
) -> Process:
    """The next store that has an item; where none has, whichever gets one first."""
    number, turn = len(stores), -1
    while True:
        began = env.now
        for step in range(1, number + 1):
            position = (turn + step) % number
            if stores[position].items:
                item = yield stores[position].get()
                break
        else:
            gets = [store.get() for store in stores]
            yield env.any_of(gets)
            position = next(n for n, get in enumerate(gets) if get.triggered)
            item = gets[position].value
            for get in gets:
                get.cancel()
        turn = position
        me.empty += env.now - began
        seconds = draw()
        yield env.timeout(seconds)
        me.busy += seconds
        me.done += 1
        me.last_at = env.now
        sojourns.append(me.last_at - item.made_at)


def by_simpy(scenario: Scenario, items: int, seed: int) -> Measures:
    """Run it in SimPy."""
    chance = random.Random(seed)
    env = simpy.Environment()
    stores = {queue.name: Store(env, queue.capacity) for queue in scenario.queues}
    turns_away = {q.name for q in scenario.queues if q.overflow is Overflow.DROP_NEW}
    numbers = iter(range(items))
    sojourns: list[float] = []
    takers: list[Worker] = []
    for spec in scenario.workers:
        me = Worker()
        if isinstance(spec, ProducerSpec):
            draw = partial(chance.expovariate, 1 / mean_of(spec.interval))
            (name,) = spec.outputs
            store = stores[name]
            never_waits = name in turns_away or store.capacity > items
            act = losing_producer if never_waits else producer
            env.process(act(env, store, draw, numbers, me))
            continue
        takers.append(me)
        draw = partial(chance.expovariate, 1 / mean_of(spec.service_time))
        sources = [stores[name] for name in spec.inputs]
        if spec.outputs:
            env.process(stage(env, sources[0], draw, me, stores[spec.outputs[0]]))
        elif len(sources) > 1:
            env.process(round_robin(env, sources, draw, me, sojourns))
        else:
            env.process(consumer(env, sources[0], draw, me, sojourns))
    env.run()
    # As with us the run is over when the last item is dealt with: the producers' last intervals,
    # at whose ends they find that there were enough, are no part of it.
    at = max(worker.last_at for worker in takers)
    return measures_by_simpy(at, items, list(stores.values()), takers, sojourns)


def measures_by_simpy(
    at: float, items: int, stores: list[Store], takers: list[Worker], sojourns: list[float]
) -> Measures:
    for store in stores:
        store.note(at, len(store.items))
    waits = [np.array(store.waits) for store in stores]
    quantiles = [np.quantile(each, QUANTILES) for each in waits]
    np.quantile(np.array(sojourns), QUANTILES)
    return Measures(
        len(sojourns) / at,
        float(sum(each.sum() for each in waits) / sum(map(len, waits))),
        float(np.mean(sojourns)),
        sum(store.area for store in stores) / at,
        sum(store.lost for store in stores) / items,
        sum(worker.busy for worker in takers) / at / len(takers),
        tuple(quantiles[0].tolist()),
    )


def mean_of(time: object) -> float:
    assert isinstance(time, Exponential), "the peers draw exponential times"
    return time.mean


# Ciw.


def is_for_ciw(scenario: Scenario) -> bool:
    """Ciw turns arrivals away and blocks between stations, but has no source that stands
    blocked, and no server of several queues: those models it cannot express."""
    (first, *others) = scenario.producers
    waits = scenario.queues[0].capacity < 10**6
    is_lossy = scenario.queues[0].overflow is Overflow.DROP_NEW
    single = all(len(consumer.inputs) == 1 for consumer in scenario.consumers)
    return not others and first.count == 1 and single and (is_lossy or not waits)


def by_ciw(scenario: Scenario, items: int, seed: int) -> Measures:
    """Run it in Ciw: a node for each consumer or stage, its queue before it."""
    ciw.seed(seed)
    capacities = {queue.name: queue.capacity for queue in scenario.queues}
    nodes = scenario.consumers
    rates = [1 / mean_of(node.service_time) for node in nodes]
    arrivals: list[Any] = [None] * len(nodes)
    arrivals[0] = ciw.dists.Exponential(1 / mean_of(scenario.producers[0].interval))
    line = [[float(to == at + 1) for to in range(len(nodes))] for at in range(len(nodes))]
    rooms = [capacities[node.inputs[0]] for node in nodes]
    network = ciw.create_network(
        arrival_distributions=arrivals,
        service_distributions=[ciw.dists.Exponential(rate) for rate in rates],
        number_of_servers=[node.count for node in nodes],
        queue_capacities=[float("inf") if room > items else room for room in rooms],
        routing=line,
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_customers(items, method="Arrive")
    return measures_by_ciw(simulation, nodes, items)


def measures_by_ciw(
    simulation: ciw.Simulation, nodes: tuple[ConsumerSpec, ...], items: int
) -> Measures:
    """Only of the items that have left: Ciw keeps no other records."""
    records = simulation.get_all_records(only=["service"])
    lost = len(simulation.get_all_records(only=["rejection"]))
    at = simulation.current_time
    node = np.array([record.node for record in records])
    came, waited, served, exited, blocked = (
        np.array([record[column] for record in records])
        for column in map(records[0]._fields.index, (
            "arrival_date", "waiting_time", "service_time", "exit_date", "time_blocked",
        ))
    )  # fmt: skip
    quantiles = np.quantile(waited[node == 1], QUANTILES)
    entered = {record.id_number: record.arrival_date for record in records if record.node == 1}
    out = {record.id_number: record.exit_date for record in records if record.node == len(nodes)}
    sojourns = np.array([out[number] - entered[number] for number in out])
    np.quantile(sojourns, QUANTILES)
    for number in range(1, len(nodes) + 1):
        here = node == number
        began = came[here] + waited[here]
        steps = np.argsort(np.concatenate((came[here], began)), kind="stable")
        np.where(steps < len(began), 1, -1).cumsum().max()
        blocked[here].sum()
    exited.max()
    servers = sum(each.count for each in nodes)
    return Measures(
        len(out) / at,
        float(waited.mean()),
        float(sojourns.mean()),
        float(waited.sum() / at),
        lost / items,
        float(served.sum() / at / servers),
        tuple(quantiles.tolist()),
    )
