"""Whether a scenario has a long run: queues that grow without end, and ones that take too long.

A queue to which more comes than its readers handle has no steady state. What becomes of it depends
on its room and on the run: one that is full soon makes its feeders wait (it is saturated), drops
or fails, and that is a steady state; one that is still filling when the run ends grows all the
time. Feeders that wait are slower readers of their own queues, which may grow in turn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from pcsim.distributions import Instants, Time, mean_of, scv_of, variance_of
from pcsim.scenario import ConsumerSpec, ProducerSpec, Scenario, WorkerSpec
from pcsim.scenario.cycles import most_of
from pcsim.scenario.flow import (
    FAST,
    NEARLY,
    Flow,
    Pool,
    make_pool,
    production_rate,
    service_rate,
    shares,
    speed_of,
)  # fmt: skip
from pcsim.theory.relaxation import LONGEST, of_ladder, of_single_server

AMPLE = 1_000
"""A queue of this capacity or more counts as one without limit where no end of the run is known."""
MOST_ROUNDS = 100
"""Rounds in which the waiting of feeders goes upstream, from one queue to the one before."""
RELAXATION_TIMES = 10
"""A run that lasts this number of relaxation times is steady for most of its time."""


class Outcome(StrEnum):
    """What becomes of a queue to which more comes than its readers handle."""

    GROWS = "grows"
    """It is not full before the run ends: it has no steady state."""
    SATURATES = "saturates"
    """It is full, and its feeders wait."""
    LOSES = "loses"
    """It is full, and what does not fit is dropped."""
    FAILS = "fails"
    """The run fails once it is full."""


class Overload(NamedTuple):
    """Queues with common readers to which as much comes as those handle, or more."""

    queues: tuple[str, ...]
    arriving: float
    """Items a second."""
    capacity: float
    """Items a second that the readers handle, with their waits for slots."""
    workers: int
    """The number of the readers."""
    outcome: Outcome
    filling: float
    """Seconds until they are full, from empty."""
    is_slowed: bool = False
    """Whether the readers wait for slots themselves."""

    @property
    def load(self) -> float:
        """What comes over what is handled."""
        return self.arriving / self.capacity if self.capacity else math.inf


class Slowness(NamedTuple):
    """Queues with common readers that take long to forget how they began."""

    queues: tuple[str, ...]
    load: float
    relaxation: float
    """Seconds in which what is left of the beginning falls by a factor of e."""
    decay: float = 0.0
    """How fast the probability of many items falls; 0 for one that does not."""


class LongRun(NamedTuple):
    """What the means of a scenario say of its long run."""

    overloads: tuple[Overload, ...]
    slow: tuple[Slowness, ...]
    """Those for which the run is too short, the slowest first."""
    duration: float
    """Seconds that the run lasts, by its end; inf where none is known."""
    relaxation: dict[str, float]
    """Seconds in which each queue with a steady state forgets how it began, by name."""
    decay: dict[str, float]
    """How fast the probability of many items in a stable queue falls, by name: by a factor of e
    with each 1 / decay of them (Kingman, 1962)."""

    @property
    def growing(self) -> tuple[Overload, ...]:
        """The queues that have no steady state in this run."""
        return tuple(one for one in self.overloads if one.outcome is Outcome.GROWS)


def long_run(scenario: Scenario) -> LongRun:
    """Return what the means of the times say of the long run of a scenario, found once and kept
    with it.

    Sources that are exhausted before the end do not count: what they made is dealt with.

    >>> from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec
    >>> ward = Scenario(
    ...     queues=(QueueSpec("wait", 100_000),),
    ...     producers=(ProducerSpec("patients", "wait", interval=900.0),),
    ...     consumers=(ConsumerSpec("bed", "wait", service_time=3600.0, count=3),),
    ...     end=End(time=86400.0),
    ... )
    >>> [(one.queues, round(one.load, 2)) for one in long_run(ward).growing]
    [(('wait',), 1.33)]
    """
    kept = scenario.__dict__
    if "long_run" not in kept:
        kept["long_run"] = _Loads(scenario).judged()
    answer: LongRun = kept["long_run"]
    return answer


def has_chance(scenario: Scenario) -> bool:
    """Return whether anything in the scenario is drawn at random."""
    times: list[Time] = [worker.service_time for worker in scenario.consumers]
    for one in scenario.producers:
        times += [one.interval, *((one.bursts.on, one.bursts.off) if one.bursts else ())]
    workers: list[WorkerSpec] = [*scenario.producers, *scenario.consumers]
    return (
        any(variance_of(time) > 0 for time in times)
        or any(one.routing.takes_weights and one.ways > 1 for one in workers)
        or any(0 < one.failure_probability < 1 for one in scenario.consumers)
    )


class _Loads:
    """The loads of a scenario's queues, with feeders that wait where a queue is full."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._queues = {queue.name: queue for queue in scenario.queues}
        self._has_chance = has_chance(scenario)
        self._full_load = 1 - NEARLY if self._has_chance else 1 + NEARLY
        self._duration = _duration(scenario)
        self._speeds = dict(_speeds_of_sources(scenario, self._duration))
        self._flow = Flow(scenario)
        self._readers: dict[str, list[ConsumerSpec]] = {name: [] for name in self._queues}
        for one in scenario.consumers:
            for name in one.inputs:
                self._readers[name].append(one)
        self._feeders_of: dict[str, list[WorkerSpec]] = {name: [] for name in self._queues}
        workers: list[WorkerSpec] = [*scenario.producers, *scenario.consumers]
        for worker in workers:
            for name in worker.outputs:
                self._feeders_of[name].append(worker)
        self._has_source = any(self._speeds.get(one.name, 1.0) for one in scenario.producers)
        self._before: dict[str, float] = {}
        """The speeds at the beginning of the round."""
        self._found: dict[tuple[str, ...], Overload] = {}

    def judged(self) -> LongRun:
        """What they say, once no feeder is slower than in the round before."""
        if not self._has_source:
            return LongRun((), (), self._duration, {}, {})
        for _ in range(MOST_ROUNDS):
            self._before = before = dict(self._speeds)
            rates = self._flow.rates(self._speeds)
            for pool in self._pools():
                self._judge(pool, rates)
            if all(math.isclose(before.get(n, 1.0), s) for n, s in self._speeds.items()):
                break
        rates = self._flow.rates(self._speeds)
        every = [one for pool in self._pools() for one in self._slowness(pool, rates)]
        every.sort(key=lambda one: one.relaxation, reverse=True)
        slow = [one for one in every if self._duration < RELAXATION_TIMES * one.relaxation]
        if math.isinf(self._duration):
            slow = []
        relaxation = {name: one.relaxation for one in reversed(every) for name in one.queues}
        decay = {name: one.decay for one in reversed(every) for name in one.queues}
        return LongRun(tuple(self._found.values()), tuple(slow), self._duration, relaxation, decay)

    def _pools(self) -> Iterator[Pool]:
        """Each queue by itself with all its readers, and queues that share readers together.

        Downstream ones come first: those that wait for them are slower when their turn comes.
        """
        for pool in self._flow.downstream_first:
            if len(pool.queues) > 1:
                for name in pool.queues:
                    readers = tuple(one for one in pool.readers if name in one.inputs)
                    yield make_pool((name,), readers, self._speeds)
            yield make_pool(pool.queues, pool.readers, self._speeds)

    def _judge(self, pool: Pool, rates: dict[str, float]) -> None:
        """Note a pool to which too much comes, and slow down the feeders that wait for it."""
        arriving = math.fsum(min(rates[name], FAST) for name in pool.queues)
        if not arriving or arriving < pool.capacity * self._full_load:
            return
        known = self._found.get(pool.queues)
        is_part = any(set(one) < set(pool.queues) for one in self._found)
        if known is None and is_part:
            return
        if known is None or known.outcome is Outcome.GROWS or known.capacity > pool.capacity:
            slowed = any(self._speeds.get(one.name, 1.0) < 1 for one in pool.readers)
            workers = sum(one.count for one in pool.readers)
            filling = _filling(self._slots(pool), arriving, pool.capacity)
            outcome = self._outcome(pool, filling)
            known = Overload(
                pool.queues, arriving, pool.capacity, workers, outcome, filling, slowed
            )
            self._found[pool.queues] = known
        if known.outcome is Outcome.SATURATES:
            for feeder in self._feeders(pool):
                self._slow_down(feeder, pool.capacity / arriving, rates)

    def _slow_down(self, feeder: WorkerSpec, factor: float, rates: dict[str, float]) -> None:
        """Make a feeder that waits pass on this share of what it passed on at the beginning of
        the round; of several full queues, the one that takes the smallest share decides."""
        before = self._before
        speed = before.get(feeder.name, 1.0)
        if not isinstance(feeder, ProducerSpec):
            readers = {one.name: one for name in feeder.inputs for one in self._readers[name]}
            pool = make_pool(feeder.inputs, tuple(readers.values()), before)
            arriving = math.fsum(min(rates[name], FAST) for name in feeder.inputs)
            busy = min(arriving / pool.capacity, 1.0) if pool.capacity else 1.0
            full = min(service_rate(feeder), FAST)
            speed = min(speed_of(feeder, before), FAST) * busy / full
        now = self._speeds.get(feeder.name, 1.0)
        self._speeds[feeder.name] = min(now, speed * factor)

    def _outcome(self, pool: Pool, filling: float) -> Outcome:
        limit = self._duration
        fills = filling < limit if math.isfinite(limit) else self._slots(pool) < AMPLE
        if not fills:
            return Outcome.GROWS
        policies = [self._queues[name].overflow for name in pool.queues]
        if any(policy.fails for policy in policies):
            return Outcome.FAILS
        timeouts = [one.put_timeout is not None for one in self._feeders(pool, those=False)]
        if any(policy.drops for policy in policies) or all(timeouts):
            return Outcome.LOSES
        return Outcome.SATURATES

    def _slots(self, pool: Pool) -> int:
        return sum(self._queues[name].capacity for name in pool.queues)

    def _feeders(self, pool: Pool, *, those: bool = True) -> list[WorkerSpec]:
        """Those that put into the pool; `those` alone that may wait there without limit, and to
        which nothing comes from it: in a cycle all would wait for all."""
        found = {one.name: one for name in pool.queues for one in self._feeders_of[name]}
        feeders = list(found.values())
        if not those:
            return feeders
        after = self._downstream(pool)
        return [one for one in feeders if one.put_timeout is None and one.name not in after]

    def _downstream(self, pool: Pool) -> set[str]:
        """The names of the workers that items of the pool may come to."""
        seen = {one.name for one in pool.readers}
        front = list(pool.readers)
        while front:
            for name in front.pop().outputs:
                for one in self._readers[name]:
                    if one.name not in seen:
                        seen.add(one.name)
                        front.append(one)
        return seen

    def _slowness(self, pool: Pool, rates: dict[str, float]) -> Iterator[Slowness]:
        """How long the pool takes to forget its beginning, where it has a steady state."""
        arriving = math.fsum(min(rates[name], FAST) for name in pool.queues)
        if not arriving or not math.isfinite(pool.capacity) or not pool.capacity:
            return
        known = self._found.get(pool.queues)
        if known is not None and known.outcome in (Outcome.GROWS, Outcome.FAILS):
            return
        variability = self._variability(pool, rates)
        load = min(arriving / pool.capacity, 1.0)
        states = self._slots(pool) + sum(one.count for one in pool.readers) + 1
        time = of_ladder(arriving, pool.capacity, states) * variability / 2
        if load < 1:
            time = min(time, of_single_server(load, 1 / pool.capacity, variability))
        decay = min(2 * (1 - load) / variability, LONGEST) if variability else LONGEST * (load < 1)
        yield Slowness(pool.queues, arriving / pool.capacity, min(time, LONGEST), decay)

    def _variability(self, pool: Pool, rates: dict[str, float]) -> float:
        """The squared coefficients of variation of what comes and of the services, added.

        What comes from stages counts as a Poisson stream; what is divided by chance is one nearly.
        """
        services = math.fsum(
            share * scv_of(one.service_time)
            for one, share in zip(pool.readers, shares(pool.readers, self._speeds), strict=True)
        )
        total = math.fsum(min(rates[name], FAST) for name in pool.queues)
        flow = varied = 0.0
        for one in self._scenario.producers:
            into = len(set(pool.queues).intersection(one.outputs)) / len(one.outputs)
            part = min(production_rate(one), FAST) * self._speeds.get(one.name, 1.0) * into
            flow += part
            varied += part * (_dispersion(one) if into == 1 or not one.routing.takes_weights else 1)
        varied += max(total - flow, 0.0) * self._has_chance
        return services + varied / max(total, flow)


def _dispersion(producer: ProducerSpec) -> float:
    """How much the number of items in a long time varies, against its mean: for intervals without
    bursts their squared coefficient of variation; with bursts, by renewal reward."""
    interval, bursts = producer.interval, producer.bursts
    if bursts is None:
        return scv_of(interval)
    each, on, off = mean_of(interval), mean_of(bursts.on), mean_of(bursts.off)
    rate = on / each / (on + off)
    varied = variance_of(bursts.on) * (1 / each - rate) ** 2 + variance_of(bursts.off) * rate**2
    return scv_of(interval) + varied / (on / each)


def _duration(scenario: Scenario) -> float:
    """Seconds that the run lasts by its end; inf where none is known."""
    time = math.inf if scenario.end.time is None else scenario.end.time
    made = math.fsum(map(production_rate, scenario.producers))
    if scenario.end.items is not None and 0 < made < math.inf:
        time = min(time, scenario.end.items / made)
    return time


def _speeds_of_sources(scenario: Scenario, duration: float) -> Iterator[tuple[str, float]]:
    """The share of its time for which each source that is exhausted goes on: none."""
    for one in scenario.producers:
        most = most_of(one)
        if math.isfinite(most) and most * mean_of(one.interval) < duration:
            yield one.name, 0.0
        elif isinstance(one.interval, Instants):
            yield one.name, 1.0


def _filling(slots: int, arriving: float, capacity: float) -> float:
    """Seconds until that many slots are taken, from empty: by the surplus, or by chance, which
    takes slots² / (2 capacity) at a load of 1 (see `pcsim.theory.relaxation`)."""
    surplus = max(arriving - capacity, 0.0)
    by_surplus = slots / surplus if surplus else math.inf
    return min(by_surplus, slots * slots / 2 / capacity if capacity else math.inf)
