"""Twenty scenarios, as varied as the features are, and the outcome of a run as a text."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from pcsim.distributions import (
    Empirical,
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Lognormal,
    Normal,
    Uniform,
)
from pcsim.engine.virtual.engine import VirtualEngine
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
)  # fmt: skip
from pcsim.snapshot import Event, Failure, QueueRow, Snapshot, Spread, Totals, WorkerRow

HASHED_FIELDS = {
    Event: 12, Failure: 5, WorkerRow: 25, QueueRow: 17, Snapshot: 13, Spread: 7, Totals: 8,
}  # fmt: skip
"""How many of the fields are part of a digest."""


def outcome(engine: VirtualEngine) -> str:
    """The values of the final snapshot and of all events that are kept, exactly: a float by its
    `repr`. Not the text and the traceback of a failure: names of fields and words of errors are no
    part of a run."""
    final = engine.snapshot()._replace(version=0)
    if final.failure is not None:
        final = final._replace(failure=final.failure._replace(message="", traceback=""))
    return repr(values((final, engine.events())))


def values(of: object) -> object:
    """The same without the names of fields and classes, and without fields that were added after
    the digests were stored: those come last."""
    if isinstance(of, StrEnum):
        return of.value
    # A copy was counted as produced when the digests were stored.
    if isinstance(of, Totals):
        of = of._replace(produced=of.produced + of.copied)
    if isinstance(of, WorkerRow):
        of = of._replace(produced_total=of.produced_total + of.copied_total)
    if type(of) in HASHED_FIELDS and isinstance(of, tuple):
        of = tuple(of[: HASHED_FIELDS[type(of)]])
    if isinstance(of, Sequence) and not isinstance(of, str):
        return tuple(map(values, of))
    return of


def digest(text: str) -> str:
    """In sixteen characters."""
    return blake2b(text.encode(), digest_size=8).hexdigest()


def finished(scenario: Scenario, most: int = -1, replication: int = 0) -> VirtualEngine:
    """A run of it to its end, driven in slices of `most` events."""
    engine = VirtualEngine(scenario, replication=replication)
    engine.start()
    while engine.advance(most=most):
        pass
    assert engine.snapshot().phase.is_over
    return engine


def line(name: str, interval: Any, service: Any, capacity: int = 10, **has: Any) -> Scenario:
    """P, q and C."""
    producers = has.pop("producers", 1)
    consumers = has.pop("consumers", 1)
    return Scenario(
        (QueueSpec("q", capacity, has.pop("overflow", Overflow.BLOCK)),),
        (ProducerSpec("P", "q", interval, has.pop("items", 2000), count=producers),),
        (ConsumerSpec("C", "q", service, count=consumers),),
        name=name,
        **has,
    )


KITCHEN_SINK = Scenario(
    (
        QueueSpec("a", 2, discipline=Discipline.PRIORITY),
        QueueSpec("b", 1, Overflow.DROP_OLD),
        QueueSpec("c", 3, Overflow.DROP_NEW, Discipline.LIFO),
        QueueSpec("dead", 4),
    ),
    (
        ProducerSpec("P", ("a", "b"), Exponential(1.0), 300, 2, Routing.SHORTEST, priority=2),
        ProducerSpec(
            "Q",
            ("a", "c"),
            Uniform(0.5, 2.0),
            routing=Routing.BROADCAST,
            put_timeout=0.5,
            bursts=Bursts(Exponential(20.0), 5.0),
        ),
        ProducerSpec("R", ("c", "a"), Erlang(2.0, 3), 200, routing=Routing.RANDOM, weights=(3, 1)),
    ),
    (
        ConsumerSpec(
            "S", "a", Gamma(0.4, 0.5), output=("b", "c"), routing=Routing.ROUND_ROBIN, count=2
        ),
        ConsumerSpec(
            "C",
            ("b", "c"),
            Lognormal(0.6, 1.5),
            count=2,
            on_error=Retry(2, "dead"),
            failure_probability=0.3,
            selection=Selection.LONGEST,
        ),
        ConsumerSpec("D", "dead", Normal(3.0, 1.0), on_error="skip", failure_probability=0.1),
    ),
    seed=2,
    end=End(time=500.0),
)

IMPATIENT = Scenario(
    (QueueSpec("q", 2), QueueSpec("r", 1)),
    (
        ProducerSpec("P", "q", Exponential(1.0), 400, 3, put_timeout=0.7),
        ProducerSpec("U", ("q", "r"), 1.5, 200, put_timeout=0.0, priority=-1),
    ),
    (
        ConsumerSpec("S", "q", Exponential(0.5), output="r", put_timeout=1.25),
        ConsumerSpec("C", "r", Hyperexponential(0.6, 2.0)),
    ),
    seed=5,
)

REWORK = Scenario(
    (QueueSpec("in", 30), QueueSpec("made", 3), QueueSpec("good", 2)),
    (ProducerSpec("P", "in", Exponential(2.0), 400),),
    (
        ConsumerSpec("Make", "in", Uniform(0.2, 1.0), output="made"),
        ConsumerSpec(
            "Check", "made", 0.5, output=("good", "in"), routing=Routing.RANDOM, weights=(9, 1),
            max_items=450,
        ),
        ConsumerSpec("Pack", "good", Exponential(0.3)),
    ),
    seed=7,
)  # fmt: skip


def three_queues(selection: Selection) -> Scenario:
    """One consumer of three queues."""
    return Scenario(
        tuple(QueueSpec(name, 5) for name in "abc"),
        tuple(
            ProducerSpec(f"P{number}", name, Exponential(3.0 + number), 300)
            for number, name in enumerate("abc")
        ),
        (ConsumerSpec("C", ("a", "b", "c"), Exponential(1.1), selection=selection),),
        seed=13,
    )


SCENARIOS: dict[str, Scenario] = {
    "kitchen sink": KITCHEN_SINK,
    "impatient": IMPATIENT,
    "rework": REWORK,
    "mm1": line("mm1", Exponential(1.0), Exponential(0.8), 10**9, seed=1),
    "mm3 with loss": line(
        "mm3", Exponential(0.4), Exponential(1.2), 5, overflow="drop_new", consumers=3, seed=1
    ),
    "md1": line("md1", Exponential(1.0), 0.75, 100, seed=3),
    "gm1": line("gm1", Erlang(1.0, 4), Exponential(0.9), 50, seed=4),
    "deterministic": line("deterministic", 0.1, 0.15, 5, producers=3, consumers=2, items=500),
    "uniform": line("uniform", Uniform(0.0, 2.0), Uniform(0.2, 1.0), 3, seed=9),
    "normal": line("normal", Normal(1.0, 0.8), Normal(0.9, 0.2), 3, seed=9),
    "hyper": line("hyper", Hyperexponential(1.0, 3.0), Lognormal(0.7, 2.0), 8, seed=9),
    "empirical": line("empirical", Empirical((0.5, 1.0, 2.5)), Empirical((0.1, 1.9)), 4, seed=6),
    "until 300": line("until", Exponential(1.0), Exponential(0.9), 4, items=None, end=End(300.0)),
    "limited items": line(
        "items", Exponential(1.0), Exponential(0.9), 4, items=None, producers=4, end=End(items=1000)
    ),
    "newest": line("newest", Exponential(0.7), 1.0, 3, overflow="drop_old", seed=8),
    "overflow": line("overflow", Exponential(0.7), 1.0, 6, overflow="fail", seed=8),
    "round robin": three_queues(Selection.ROUND_ROBIN),
    "longest": three_queues(Selection.LONGEST),
    "listed": three_queues(Selection.PRIORITY),
    "line of four": Scenario(
        tuple(QueueSpec(f"q{number}", 2) for number in range(4)),
        (ProducerSpec("P", "q0", Exponential(1.0), 500),),
        (
            *(
                ConsumerSpec(f"S{number}", f"q{number}", Gamma(0.8, 0.7), output=f"q{number + 1}")
                for number in range(3)
            ),
            ConsumerSpec("C", "q3", Gamma(0.8, 0.7)),
        ),
        seed=21,
    ),
}
