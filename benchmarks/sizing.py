"""`pcsim.size` on systems whose answer is known, and on README's question.

    python -m benchmarks.sizing [--systems 200] [--first 0] [--jobs 1]
    python -m benchmarks.sizing --question [--jobs 2]

The systems have closed forms: M/M/c/K (loss by capacity, and by workers and capacity at a cost),
M/M/c (quantiles of the wait by workers), M/G/1 and G/M/1 (waits by service times). The answer by
the formula over the whole grid is compared with the one that was found. An answer is `right` if it
is that one; `edge` if it costs more, and the right one was said to be on the edge; `dearer` if it
costs more without that; `wrong` if it breaks a limit. Goals: 95 of 100 right, and wrong no more
often than the confidence allows.

`--question`: how many clerks, how long a queue, how quick a service (3 keys, 500 variants) for
README's orders. Goal: 20 s on two cores.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))
from pcsim import size
from pcsim.distributions import Erlang, Exponential, Gamma, laplace, scv_of
from pcsim.experiments.sizing.answer import Sizing
from pcsim.experiments.sizing.costs import Cost
from pcsim.experiments.sizing.size_text import text_of_sizing
from pcsim.experiments.variants.judging import Verdict
from pcsim.scenario import ConsumerSpec, Overflow, ProducerSpec, QueueSpec, Scenario
from pcsim.theory.queues import gm1, mg1, mmc, mmck

GOAL = 0.95
QUESTION_SECONDS = 20.0
AMPLE = 10**6
"""Capacity of a queue that is never full."""
LOSSES = (0.05, 0.02, 0.01, 0.005, 0.002)

QUESTION = """
title = "Orders at lunch time"

[queues]
orders = { capacity = 20, overflow = "drop_new" }

[producers.shop]
queue = "orders"
interval = { distribution = "exponential", mean = 0.1 }

[consumers.clerk]
queue = "orders"
service_time = { distribution = "lognormal", mean = 0.28, cv = 0.8 }
count = 4
"""


class System(NamedTuple):
    """A question, and its answer by theory.

    Attributes:
        kind: Which formula answers it.
        scenario: What is varied.
        vary: The keys and their values.
        slo: The limit.
        cost: What a variant costs; None with one key.
        value: The value that is limited, by the settings, from the formula.
        bound: What it must stay below.
    """

    kind: str
    scenario: Scenario
    vary: dict[str, list[Any]]
    slo: str
    cost: str | None
    value: Callable[..., float]
    bound: float

    def answer(self) -> tuple[Any, ...] | None:
        """The cheapest settings by the formula."""
        kept = [
            (self.price(one), one)
            for one in itertools.product(*self.vary.values())
            if self.value(*one) < self.bound
        ]
        return min(kept)[1] if kept else None

    def price(self, settings: tuple[Any, ...]) -> float:
        """What settings cost."""
        if self.cost is None:
            return float(settings[0])
        return float(
            Cost(self.cost, list(self.vary)).of(dict(zip(self.vary, settings, strict=True)))
        )


def station(
    interval: Any,
    service: Any,
    count: int = 1,
    capacity: int = AMPLE,
    overflow: Overflow = Overflow.BLOCK,
) -> Scenario:
    """One queue with equal servers."""
    return Scenario(
        queues=(QueueSpec("q", capacity, overflow=overflow),),
        producers=(ProducerSpec("p", "q", interval),),
        consumers=(ConsumerSpec("c", "q", service, count=count),),
    )


def loss_by_capacity(chance: random.Random) -> System:
    servers, load = chance.randint(1, 5), chance.uniform(0.6, 0.95)
    rate, bound = servers * load, chance.choice(LOSSES)
    usual = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100]
    return System(
        "M/M/c/K loss, capacity",
        station(Exponential(1 / rate), Exponential(1.0), servers, 5, Overflow.DROP_NEW),
        {"q.capacity": chance.choice([usual, list(range(1, 121))])},
        f"loss < {100 * bound}%",
        None,
        lambda capacity: mmck(rate, 1.0, servers, capacity).loss or 0.0,
        bound,
    )


def loss_by_both(chance: random.Random) -> System:
    rate, bound = chance.uniform(1.0, 6.0), chance.choice(LOSSES)
    each, place = chance.randint(5, 50), round(chance.uniform(0.1, 3.0), 2)
    return System(
        "M/M/c/K loss, workers and capacity",
        station(Exponential(1 / rate), Exponential(1.0), 1, 5, Overflow.DROP_NEW),
        {"c.count": list(range(1, 13)), "q.capacity": [*range(1, 11), *range(12, 61, 4)]},
        f"loss < {100 * bound}%",
        f"c.count*{each} + q.capacity*{place}",
        lambda count, capacity: mmck(rate, 1.0, count, capacity).loss or 0.0,
        bound,
    )


def wait_by_workers(chance: random.Random) -> System:
    rate, share = chance.uniform(1.5, 12.0), chance.choice((0.9, 0.95, 0.99))
    longest = round(chance.uniform(0.1, 2.0), 3)

    def late(count: int) -> float:
        if count <= rate:
            return 1.0
        waits = mmc(rate, 1.0, count).waits
        return 0.0 if waits is None else waits.beyond(longest)

    return System(
        "M/M/c wait, workers",
        station(Exponential(1 / rate), Exponential(1.0)),
        {"c.count": list(range(1, 41))},
        f"p{100 * share:g} wait < {longest}s",
        None,
        late,
        1 - share,
    )


def wait_by_service(chance: random.Random) -> System:
    rate, longest = chance.uniform(0.5, 2.0), round(chance.uniform(0.2, 3.0), 3)
    cv = chance.choice((0.5, 0.8, 1.2))
    means = [round(0.05 * number / rate, 4) for number in range(2, 19)]

    def wait(mean: float) -> float:
        return mg1(rate, mean, cv**2).waiting_time or 0.0

    return System(
        "M/G/1 mean wait, service",
        station(Exponential(1 / rate), Gamma(means[0], cv)),
        {"c.service_time.mean": means},
        f"wait < {longest}s",
        "-1*c.service_time.mean",
        wait,
        longest,
    )


def wait_by_regular_arrivals(chance: random.Random) -> System:
    interval = Erlang(chance.uniform(0.5, 2.0), chance.randint(2, 5))
    longest, share = round(chance.uniform(0.5, 4.0), 3), chance.choice((0.9, 0.95))
    means = [round(0.05 * number * interval.mean, 4) for number in range(2, 19)]

    def transform(at: float) -> float:
        return laplace(interval, at) or 0.0

    def late(mean: float) -> float:
        found = gm1(
            lambda s: laplace(interval, s) or 0.0, interval.mean, 1 / mean, scv_of(interval)
        )
        return 0.0 if found.waits is None else found.waits.beyond(longest)

    return System(
        "G/M/1 wait, service",
        station(interval, Exponential(means[0])),
        {"c.service_time.mean": means},
        f"p{100 * share:g} wait < {longest}s",
        "-1*c.service_time.mean",
        late,
        1 - share,
    )


KINDS = (
    loss_by_capacity,
    wait_by_workers,
    loss_by_both,
    wait_by_workers,
    loss_by_both,
    wait_by_service,
    loss_by_capacity,
    wait_by_regular_arrivals,
)


def systems(first: int, number: int) -> Iterator[tuple[int, System]]:
    """Systems by their number, each with an answer in its grid."""
    for each in range(first, first + number):
        chance = random.Random(f"sizing {each}")
        system = KINDS[each % len(KINDS)](chance)
        while system.answer() is None:
            system = KINDS[each % len(KINDS)](chance)
        yield each, system


def judged(system: System, found: Sizing) -> str:
    """Whether the answer is right, dearer, wrong, or none."""
    if found.answer is None:
        return "none"
    settings = tuple(value for _, value in found.answer.settings)
    truth = system.answer() or settings
    if system.value(*settings) >= system.bound:
        return "wrong"
    if system.price(settings) == system.price(truth):
        return "right"
    seen = {tuple(value for _, value in one.settings): one for one in found.tried}
    is_near = truth in seen and seen[truth].verdict is Verdict.EDGE
    return "edge" if is_near else "dearer"


def known_answers(first: int, number: int, jobs: int) -> int:
    """Size each system; 0 where enough answers are right."""
    counts: Counter[str] = Counter()
    covered = runs = 0
    begun = time.process_time()
    for each, system in systems(first, number):
        found = size(
            system.scenario, system.vary, system.slo, cost=system.cost, seed=each, jobs=jobs
        )
        verdict = judged(system, found)
        counts[verdict] += 1
        runs += found.runs
        truth = system.answer() or ()
        near = 1 - system.value(*truth) / system.bound
        if found.answer is not None:
            settings = tuple(value for _, value in found.answer.settings)
            value = found.answer.judged.limits[0].value
            covered += (value.low or 0) <= system.value(*settings) <= (value.high or 0)
        print(
            f"{each:4} {verdict:6} {system.kind:36} {system.slo:20} truth {truth},"
            f" {100 * near:.1f} % within; found {found.answer.label if found.answer else '-'};"
            f" {len(found.tried)} of {found.variants} variants, {found.runs} runs,"
            f" {found.seconds:.1f} s",
            flush=True,
        )
    took = time.process_time() - begun
    right = counts["right"] / number
    print(
        f"{dict(counts)}: {right:.1%} right (goal {GOAL:.0%}); the certified interval covers the"
        f" truth in {covered / number:.1%}; {runs / number:.0f} runs and {took / number:.2f} s of"
        " this process's CPU each"
    )
    return int(right < GOAL)


def cpu_seconds() -> float:
    """Of this process and of those that it has waited for."""
    return sum(os.times()[:4])


def question(jobs: int) -> int:
    """README's question with 3 keys and 500 variants; 0 where it is quick enough."""
    begun, cpu = time.perf_counter(), cpu_seconds()
    found = size(
        Scenario.parse(QUESTION),
        {
            "clerk.count": range(2, 7),
            "orders.capacity": [2, 4, 6, 8, 10, 12, 15, 20, 30, 50],
            "clerk.service_time.mean": [round(0.19 + 0.01 * number, 2) for number in range(10)],
        },
        ["loss < 0.1%", "p95 wait < 1s"],
        cost="clerk.count*30 + orders.capacity*0.1 - clerk.service_time.mean*100",
        jobs=jobs,
    )
    took = time.perf_counter() - begun
    print(text_of_sizing(found))
    print(
        f"{found.variants} variants, {took:.1f} s with {jobs} processes (goal"
        f" {QUESTION_SECONDS:g} s), {cpu_seconds() - cpu:.1f} s of CPU in all of them"
    )
    return int(took > QUESTION_SECONDS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--systems", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--question", action="store_true")
    options = parser.parse_args()
    if options.question:
        return question(options.jobs)
    return known_answers(options.first, options.systems, options.jobs)


if __name__ == "__main__":
    sys.exit(main())
