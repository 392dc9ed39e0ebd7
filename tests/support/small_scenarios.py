"""Small scenarios that several tests simulate."""

from __future__ import annotations

from pcsim.distributions import Exponential, Time
from pcsim.scenario import ConsumerSpec, End, Overflow, ProducerSpec, QueueSpec, Routing, Scenario

AMPLE = 10_000
"""A capacity that is never reached here."""


def one_queue(
    interval: Time = 1.0,
    service_time: Time = 0.5,
    *,
    capacity: int = AMPLE,
    overflow: Overflow = Overflow.BLOCK,
    producers: int = 1,
    consumers: int = 1,
    items: int | None = None,
    until: float | None = None,
    warm_up: float = 0.0,
    seed: int = 0,
    title: str = "One queue",
) -> Scenario:
    """Producers `P`, a queue `q`, consumers `C`."""
    return Scenario(
        title=title,
        queues=(QueueSpec("q", capacity, overflow),),
        producers=(ProducerSpec("P", "q", interval, items, count=producers),),
        consumers=(ConsumerSpec("C", "q", service_time, count=consumers),),
        end=End(until),
        warm_up=warm_up,
        seed=seed,
    )


def markovian(
    load: float,
    *,
    servers: int = 1,
    capacity: int = AMPLE,
    overflow: Overflow = Overflow.BLOCK,
    producers: int = 1,
) -> Scenario:
    """Exponential times; each server takes 1 s on average."""
    return one_queue(
        Exponential(producers / load / servers),
        Exponential(1.0),
        capacity=capacity,
        overflow=overflow,
        producers=producers,
        consumers=servers,
    )


def line(times: list[tuple[float, int, int]], *, until: float | None = None) -> Scenario:
    """A line of stations with constant times. Each has a time, a number of copies, and the capacity
    of the queue before it (the first has none)."""
    (first, many, _), *stages = times
    last = len(stages)
    return Scenario(
        queues=tuple(QueueSpec(f"q{n}", room) for n, (_, _, room) in enumerate(stages, 1)),
        producers=(ProducerSpec("W0", "q1", first, count=many),),
        consumers=tuple(
            ConsumerSpec(
                f"W{n}", f"q{n}", time, count=copies, output=f"q{n + 1}" if n < last else None
            )
            for n, (time, copies, _) in enumerate(stages, 1)
        ),
        end=End(until),
    )


def ring(routing: Routing, *outputs: str, overflow: Overflow = Overflow.BLOCK) -> Scenario:
    """A stage that takes no time and puts back into its own queue, or into that of a consumer."""
    return Scenario(
        (QueueSpec("a", 4, overflow), QueueSpec("b", 4, overflow)),
        (ProducerSpec("P", "a", Exponential(1.0), 9),),
        (
            ConsumerSpec("S", "a", 0.0, output=outputs, routing=routing),
            ConsumerSpec("C", "b", 1000.0),
        ),
    )
