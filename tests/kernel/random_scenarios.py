"""Random scenarios over the whole set of features, each made of a seed alone."""

from __future__ import annotations

import random
from typing import Any

from pcsim.distributions import (
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Instants,
    Lognormal,
    Normal,
    Time,
    Uniform,
    mean_of,
)
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
    Routing,
    Scenario,
    Selection,
)

OVERFLOWS = (
    (Overflow.BLOCK,),
    (Overflow.BLOCK, Overflow.DROP_NEW, Overflow.DROP_OLD),
    (*[Overflow.BLOCK] * 6, *[Overflow.DROP_NEW, Overflow.DROP_OLD] * 3, Overflow.FAIL),
)
DISCIPLINES = (*[Discipline.FIFO] * 3, Discipline.LIFO, Discipline.PRIORITY)


def random_scenario(seed: int) -> Scenario | None:
    """One to five queues, one to four groups of producers and of consumers, joined at random; a
    stage puts only into queues that come after its own. None where what came of it is not
    valid."""
    try:
        return _Making(random.Random(seed)).scenario()
    except ScenarioError:
        return None


class _Making:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.names = [f"q{number}" for number in range(chance.randint(1, 5))]
        self.has_zeros = chance.random() < 0.5
        self.fed: set[str] = set()
        self.read: set[str] = set()

    def scenario(self) -> Scenario:
        chance, pick = self.chance, self.chance.choice
        overflows = pick(OVERFLOWS)
        queues = tuple(
            QueueSpec(name, pick([1, 1, 2, 3, 5, 10, 1000]), pick(overflows), pick(DISCIPLINES))
            for name in self.names
        )
        producers = [self.producer(number) for number in range(chance.randint(1, 4))]
        consumers = [self.consumer(number) for number in range(chance.randint(1, 4))]
        for name in self.names:
            if name not in self.fed:
                items = pick([None, 30])
                producers.append(ProducerSpec(f"P{name}", name, self.time(), items))
            if name not in self.read:
                consumers.append(ConsumerSpec(f"C{name}", name, self.time()))
        ends = [End(items=chance.randint(1, 300)), End(time=pick([10.0, 50.0, 33.3]))]
        end = pick([*ends, End(time=40.0, items=200)])
        warm_up = pick([1.0, 5.0, 7.7]) if chance.random() < 0.4 else 0.0
        seed = chance.randint(0, 10**6)
        return Scenario(
            queues, tuple(producers), tuple(consumers), seed=seed, end=end, warm_up=warm_up
        )

    def producer(self, number: int) -> ProducerSpec:
        chance, pick = self.chance, self.chance.choice
        outputs = self.some(self.names)
        interval, bursts = self.time(), None
        if chance.random() < 0.15 and mean_of(interval):
            active: list[Time] = [1.0, Exponential(2.0)]
            silent: list[Time] = [0.5, Exponential(1.0), 0.0]
            bursts = Bursts(pick(active), pick(silent))
        elif chance.random() < 0.1:
            times = [pick([chance.random() * 30, float(chance.randint(0, 20))]) for _ in range(30)]
            interval = Instants(tuple(sorted(times[: chance.randint(1, 30)])))
        self.fed.update(outputs)
        return ProducerSpec(
            f"P{number}",
            outputs,
            interval,
            items=pick([None, None, 0, 1, 7, 50]),
            count=pick([1, 1, 2, 3]),
            priority=pick([0, 0, 1, -1]),
            put_timeout=self.patience(),
            bursts=bursts,
            **self.routing(outputs),
        )

    def consumer(self, number: int) -> ConsumerSpec:
        chance, pick = self.chance, self.chance.choice
        inputs = self.some(self.names)
        later = self.names[max(map(self.names.index, inputs)) + 1 :]
        outputs = self.some(later) if later and chance.random() < 0.6 else ()
        on_error: Any = "fail"
        probability = 0.0
        if chance.random() < 0.25:
            probability, on_error = pick([0.1, 0.5, 1.0]), "skip"
            if later and chance.random() < 0.5:
                on_error = Retry(chance.randint(1, 3), pick(later))
                self.fed.add(on_error.dead_letter)
            elif chance.random() < 0.05:
                on_error = "fail"
        self.fed.update(outputs)
        self.read.update(inputs)
        return ConsumerSpec(
            f"C{number}",
            inputs,
            self.time(),
            max_items=pick([None, None, None, 3, 20]),
            output=outputs or None,
            on_error=on_error,
            count=pick([1, 1, 2, 3]),
            selection=pick(list(Selection)),
            put_timeout=self.patience(),
            failure_probability=probability,
            **self.routing(outputs),
        )

    def time(self) -> Time:
        pick, zero = self.chance.choice, self.has_zeros
        mean = pick([0.25, 0.5, 1.0, 1.0, 2.0, 0.3, 1.7])
        equal = pick([0.5, 1.0, 1.0, 2.0, 0.25, *([0.0] if zero else [])])
        values = tuple(pick([0.0 if zero else 0.1, 0.5, 1.0, 1.5]) for _ in range(5))
        drawn: list[Time] = [
            Uniform(0.0 if zero else 0.2, 1.5), Normal(mean, mean * pick([0.2, 2.0])),
            Lognormal(mean, 1.5), Gamma(mean, pick([0.7, 0.7, 40.0])), Erlang(mean, 3),
            Hyperexponential(mean, 2.0), Empirical(values),
        ]  # fmt: skip
        return pick([equal, equal, equal, *[Exponential(mean)] * 3, *drawn])

    def some(self, names: list[str]) -> tuple[str, ...]:
        if len(names) > 1 and self.chance.random() < 0.4:
            return tuple(self.chance.sample(names, self.chance.randint(2, min(3, len(names)))))
        return (self.chance.choice(names),)

    def patience(self) -> float | None:
        return self.chance.choice([None, None, None, 0.0, 0.5, 1.0, 2.0])

    def routing(self, outputs: tuple[str, ...]) -> dict[str, Any]:
        if len(outputs) < 2:
            return {}
        routing = self.chance.choice(list(Routing))
        weights = tuple(self.chance.choice([0.0, 1.0, 2.5]) for _ in outputs)
        if routing is not Routing.RANDOM or not sum(weights) or self.chance.random() < 0.4:
            weights = ()
        return {"routing": routing, "weights": weights}
