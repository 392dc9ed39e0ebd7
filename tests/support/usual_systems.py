"""Systems of the kinds that people have, made at random: lines, pools, fans, loops, losses, bursts.

Each kind is a function of a source of random numbers; all values are from ordinary ranges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate, product
from pathlib import Path
from random import Random

from pcsim.distributions import (
    Erlang,
    Exponential,
    Gamma,
    Hyperexponential,
    Instants,
    Lognormal,
    Time,
    Uniform,
)  # fmt: skip
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

CASES = Path(__file__).parent.parent / "cases" / "diagnosis"
AMPLE = 10_000
LAWS: tuple[Callable[[float], Time], ...] = (
    lambda mean: mean,
    Exponential,
    lambda mean: Lognormal(mean, 0.8),
    lambda mean: Lognormal(mean, 2.0),
    lambda mean: Erlang(mean, 4),
    lambda mean: Gamma(mean, 0.5),
    lambda mean: Uniform(0.5 * mean, 1.5 * mean),
    lambda mean: Hyperexponential(mean, 2.0),
)


def drawn(rng: Random, mean: float) -> Time:
    """A time of this mean by any law."""
    return rng.choice(LAWS)(round(mean, 3))


def system(
    queues: dict[str, int | QueueSpec],
    producers: list[ProducerSpec],
    consumers: list[ConsumerSpec],
    **more: object,
) -> Scenario:
    """A scenario of these; queues by their capacities."""
    specs = [QueueSpec(n, q) if isinstance(q, int) else q for n, q in queues.items()]
    values: dict[str, object] = {"end": End(time=4000), **more}
    return Scenario(tuple(specs), tuple(producers), tuple(consumers), **values)  # type: ignore[arg-type]


def line(rng: Random, source: Time, room: Callable[[], int], **more: object) -> Scenario:
    """A source and two to four stations in a row, each of about 1 s."""
    number = rng.randint(2, 4)
    names = [f"q{n}" for n in range(number)]
    stations = [
        ConsumerSpec(
            f"s{n}",
            names[n],
            drawn(rng, rng.uniform(0.6, 1.2)),
            output=names[n + 1] if n + 1 < number else None,
        )
        for n in range(number)
    ]
    return system({n: room() for n in names}, [ProducerSpec("p", "q0", source)], stations, **more)


def small(rng: Random) -> Callable[[], int]:
    """Capacities of small buffers."""
    return lambda: rng.choice((1, 2, 3, 5, 10, 20))


def quick_line(rng: Random) -> Scenario:
    return line(rng, round(rng.uniform(0.3, 0.6), 2), small(rng))


def random_quick_line(rng: Random) -> Scenario:
    return line(rng, drawn(rng, rng.uniform(0.3, 0.6)), small(rng))


def machine_line(rng: Random) -> Scenario:
    """Its source is as slow as its stations, and random: a line of machines."""
    return line(rng, Exponential(round(rng.uniform(0.7, 1.1), 2)), small(rng))


def open_line(rng: Random) -> Scenario:
    return line(rng, Exponential(round(rng.uniform(1.3, 2.2), 2)), lambda: AMPLE)


def slow_source(rng: Random) -> Scenario:
    return line(rng, round(rng.uniform(1.3, 3.0), 2), small(rng))


def open_pool(rng: Random) -> Scenario:
    count, load = rng.randint(1, 6), rng.choice((0.5, 0.7, 0.85, 0.93))
    arrivals = Exponential(round(1 / count / load, 4))
    return system(
        {"q": AMPLE},
        [ProducerSpec("p", "q", arrivals)],
        [ConsumerSpec("c", "q", drawn(rng, 1.0), count=count)],
    )


def overloaded_pool(rng: Random) -> Scenario:
    count, load = rng.randint(1, 6), rng.uniform(1.2, 3.0)
    return system(
        {"q": rng.choice((5, 20, 100))},
        [ProducerSpec("p", "q", drawn(rng, 1 / count / load))],
        [ConsumerSpec("c", "q", drawn(rng, 1.0), count=count)],
    )


def pools_in_a_row(rng: Random) -> Scenario:
    first, second = rng.randint(2, 8), rng.randint(1, 6)
    rate = first * rng.uniform(0.8, 1.8)
    return system(
        {"a": rng.choice((4, 8, 20)), "b": rng.choice((4, 8, 20))},
        [ProducerSpec("p", "a", drawn(rng, 1 / rate))],
        [
            ConsumerSpec("w", "a", drawn(rng, 1.0), count=first, output="b"),
            ConsumerSpec("z", "b", drawn(rng, second / rate * rng.uniform(0.6, 1.8)), count=second),
        ],
    )


def fast_and_slow(rng: Random) -> Scenario:
    return system(
        {"q": rng.choice((5, 20))},
        [ProducerSpec("p", "q", drawn(rng, rng.uniform(0.2, 0.5)))],
        [
            ConsumerSpec("fast", "q", drawn(rng, 0.6)),
            ConsumerSpec("slow", "q", drawn(rng, rng.uniform(1.5, 4.0))),
        ],
    )


def fan(rng: Random, routing: Routing, weights: tuple[float, ...] = ()) -> Scenario:
    """One source, three branches of different speed."""
    branches = ("a", "b", "c")
    return system(
        {name: rng.choice((2, 5, 10, 30)) for name in branches},
        [ProducerSpec("p", branches, drawn(rng, 0.4), routing=routing, weights=weights)],
        [
            ConsumerSpec(f"c{n}", n, drawn(rng, rng.uniform(0.3, 2.0)), count=rng.randint(1, 2))
            for n in branches
        ],
    )


def fan_in_turn(rng: Random) -> Scenario:
    return fan(rng, Routing.ROUND_ROBIN)


def fan_to_the_shortest(rng: Random) -> Scenario:
    return fan(rng, Routing.SHORTEST)


def fan_by_chance(rng: Random) -> Scenario:
    return fan(rng, Routing.RANDOM, (rng.choice((0.3, 0.5, 0.8)), 0.2, 0.1))


def fan_of_copies(rng: Random) -> Scenario:
    return fan(rng, Routing.BROADCAST)


def split_and_merge(rng: Random) -> Scenario:
    return system(
        {"in": 10, "a": rng.choice((3, 10)), "b": rng.choice((3, 10)), "out": rng.choice((3, 10))},
        [ProducerSpec("p", "in", drawn(rng, rng.uniform(0.4, 0.8)))],
        [
            ConsumerSpec("sort", "in", 0.1, output=("a", "b"), routing="random"),  # type: ignore[arg-type]
            ConsumerSpec("ca", "a", drawn(rng, rng.uniform(0.5, 1.5)), output="out"),
            ConsumerSpec("cb", "b", drawn(rng, rng.uniform(0.5, 1.5)), output="out"),
            ConsumerSpec("pack", "out", drawn(rng, rng.uniform(0.3, 0.8))),
        ],
    )


def several_queues_one_worker(rng: Random) -> Scenario:
    return system(
        {"a": rng.choice((5, 20)), "b": rng.choice((5, 20))},
        [
            ProducerSpec("pa", "a", drawn(rng, rng.uniform(0.8, 2.0))),
            ProducerSpec("pb", "b", drawn(rng, rng.uniform(0.8, 2.0))),
        ],
        [
            ConsumerSpec(
                "c",
                ("a", "b"),
                drawn(rng, rng.uniform(0.4, 1.2)),
                selection=rng.choice([*Selection]),
            )
        ],
    )


def several_sources(rng: Random) -> Scenario:
    return system(
        {"q": rng.choice((5, 20))},
        [
            ProducerSpec("slow", "q", round(rng.uniform(2.0, 4.0), 2)),
            ProducerSpec("fast", "q", round(rng.uniform(0.6, 1.5), 2)),
            ProducerSpec("chance", "q", Exponential(3.0)),
        ],
        [ConsumerSpec("c", "q", drawn(rng, rng.uniform(0.3, 0.9)))],
    )


def rework(rng: Random) -> Scenario:
    again = rng.choice((0.1, 0.3, 0.5))
    return system(
        {"q": 500, "out": 50},
        [ProducerSpec("p", "q", Exponential(round(rng.uniform(0.8, 1.8), 2)))],
        [
            ConsumerSpec(
                "work",
                "q",
                drawn(rng, 0.8),
                output=("q", "out"),
                routing=Routing.RANDOM,
                weights=(again, 1 - again),
            ),
            ConsumerSpec("pack", "out", drawn(rng, 0.7)),
        ],
    )


def retries(rng: Random) -> Scenario:
    return system(
        {"q": 10, "dead": rng.choice((2, 10))},
        [ProducerSpec("p", "q", drawn(rng, rng.uniform(0.8, 1.4)))],
        [
            ConsumerSpec(
                "c",
                "q",
                drawn(rng, rng.uniform(0.3, 1.0)),
                failure_probability=rng.choice((0.1, 0.3, 0.5)),
                on_error=Retry(rng.randint(0, 3), "dead"),
            ),
            ConsumerSpec("human", "dead", drawn(rng, rng.choice((1.0, 8.0, 20.0)))),
        ],
    )


def skips(rng: Random) -> Scenario:
    return system(
        {"q": 10, "r": 10},
        [ProducerSpec("p", "q", drawn(rng, rng.uniform(0.6, 1.2)))],
        [
            ConsumerSpec(
                "c", "q", drawn(rng, 0.8), failure_probability=0.2, on_error="skip", output="r"
            ),
            ConsumerSpec("d", "r", drawn(rng, rng.uniform(0.6, 1.3))),
        ],
    )


def drops(rng: Random) -> Scenario:
    """A queue that drops, at a load from light to heavy."""
    overflow, load = rng.choice((Overflow.DROP_NEW, Overflow.DROP_OLD)), rng.uniform(0.7, 2.0)
    return system(
        {"q": QueueSpec("q", rng.choice((2, 5, 20)), overflow)},
        [ProducerSpec("p", "q", drawn(rng, 1.0 / load))],
        [ConsumerSpec("c", "q", drawn(rng, 1.0))],
    )


def drops_beside(rng: Random) -> Scenario:
    """A side branch that drops, beside a main one that holds."""
    return system(
        {"main": 10, "side": QueueSpec("side", rng.choice((3, 10)), Overflow.DROP_NEW)},
        [
            ProducerSpec(
                "p", ("main", "side"), drawn(rng, rng.uniform(0.5, 1.2)), routing=Routing.BROADCAST
            )
        ],
        [
            ConsumerSpec("work", "main", drawn(rng, rng.uniform(0.5, 1.2))),
            ConsumerSpec("audit", "side", drawn(rng, rng.uniform(1.0, 4.0))),
        ],
    )


def gives_up(rng: Random) -> Scenario:
    """Items that wait for a slot only for a time."""
    return system(
        {"q": rng.choice((2, 5, 10))},
        [
            ProducerSpec(
                "p", "q", drawn(rng, rng.uniform(0.6, 1.2)), put_timeout=rng.choice((0, 2.0))
            )
        ],
        [ConsumerSpec("c", "q", drawn(rng, 1.0))],
    )


def gives_up_inside(rng: Random) -> Scenario:
    """A stage that drops what the next has no room for in time."""
    return system(
        {"a": 10, "b": rng.choice((2, 5))},
        [ProducerSpec("p", "a", Exponential(round(rng.uniform(0.8, 1.5), 2)))],
        [
            ConsumerSpec("s", "a", drawn(rng, 0.6), output="b", put_timeout=0.5),
            ConsumerSpec("c", "b", drawn(rng, rng.uniform(0.7, 1.5))),
        ],
    )


def bursts_lose(rng: Random) -> Scenario:
    return system(
        {"q": QueueSpec("q", rng.choice((5, 10)), Overflow.DROP_NEW)},
        [ProducerSpec("p", "q", 0.2, bursts=Bursts(rng.choice((3, 5)), rng.choice((12, 15))))],
        [ConsumerSpec("c", "q", drawn(rng, rng.uniform(0.3, 0.6)))],
    )


def bursts_block(rng: Random) -> Scenario:
    bursts = Bursts(Exponential(10.0), Exponential(20.0)) if rng.random() < 0.5 else Bursts(10, 20)
    return system(
        {"q": rng.choice((5, 30, 200))},
        [ProducerSpec("p", "q", 0.25, bursts=bursts)],
        [ConsumerSpec("c", "q", drawn(rng, rng.uniform(0.5, 0.9)))],
    )


def recorded(rng: Random) -> Scenario:
    gaps = [rng.choice((0.1, 0.2, 0.3, 8.0)) for _ in range(2000)]
    instants = tuple(accumulate(gaps))
    return system(
        {"q": rng.choice((20, 1000))},
        [ProducerSpec("p", "q", Instants(at=instants))],
        [ConsumerSpec("c", "q", drawn(rng, rng.uniform(1.0, 2.0)))],
        end=End(),
    )


def loop(rng: Random, tokens: int) -> Scenario:
    """A closed system: tokens that go round for ever."""
    return system(
        {"a": 60, "b": 60, "c": 60},
        [ProducerSpec("load", "a", 0, tokens)],
        [
            ConsumerSpec("s1", "a", drawn(rng, rng.uniform(0.5, 1.5)), output="b"),
            ConsumerSpec("s2", "b", drawn(rng, rng.uniform(0.5, 1.5)), output="c"),
            ConsumerSpec("s3", "c", drawn(rng, rng.uniform(0.5, 3.0)), output="a", count=3),
        ],
    )


def loop_of_many(rng: Random) -> Scenario:
    return loop(rng, rng.randint(6, 20))


def loop_of_few(rng: Random) -> Scenario:
    """Its workers wait for tokens."""
    think = ConsumerSpec("think", "c", drawn(rng, 10.0), output="a", count=40)
    made = loop(rng, rng.randint(2, 4))
    return system({"a": 60, "b": 60, "c": 60}, [*made.producers], [*made.consumers[:2], think])


def priorities(rng: Random) -> Scenario:
    return system(
        {"q": QueueSpec("q", rng.choice((10, 1000)), discipline=Discipline.PRIORITY)},
        [
            ProducerSpec("gold", "q", Exponential(3.0), priority=0),
            ProducerSpec("rest", "q", Exponential(round(rng.uniform(1.0, 2.0), 2)), priority=5),
        ],
        [ConsumerSpec("c", "q", drawn(rng, rng.uniform(0.5, 1.2)))],
    )


def batch(rng: Random) -> Scenario:
    """A number of items, as fast as they can be dealt with."""
    return system(
        {"a": 10, "b": rng.choice((5, 50))},
        [ProducerSpec("p", "a", rng.choice((0, 0.05)), rng.choice((300, 1000)))],
        [
            ConsumerSpec("s", "a", drawn(rng, rng.uniform(0.4, 1.2)), count=2, output="b"),
            ConsumerSpec("c", "b", drawn(rng, rng.uniform(0.2, 0.6))),
        ],
        end=End(),
    )


def some_leave(rng: Random) -> Scenario:
    """One worker goes home after some items."""
    return system(
        {"q": 20},
        [ProducerSpec("p", "q", drawn(rng, 0.4), 2000)],
        [
            ConsumerSpec("stays", "q", drawn(rng, rng.uniform(0.5, 0.9))),
            ConsumerSpec("leaves", "q", drawn(rng, 0.8), max_items=rng.choice((100, 500))),
        ],
        end=End(),
    )


def warm_start(rng: Random) -> Scenario:
    return line(rng, drawn(rng, 0.5), small(rng), warm_up=500.0)


def endless(rng: Random) -> Scenario:
    return line(rng, drawn(rng, rng.uniform(0.4, 1.5)), small(rng), end=End())


def equal_stages(rng: Random) -> Scenario:
    """Two equal stages of constant time: neither alone is the limit."""
    return system(
        {"a": 5, "b": 5},
        [ProducerSpec("p", "a", 0.3)],
        [ConsumerSpec("s", "a", 1.0, output="b"), ConsumerSpec("c", "b", 1.0)],
    )


def routers(rng: Random) -> Scenario:
    """Stages that take no time."""
    return system(
        {"in": 10, "a": 10, "b": 3},
        [ProducerSpec("p", "in", drawn(rng, rng.uniform(0.4, 1.0)))],
        [
            ConsumerSpec(
                "route", "in", 0, output=("a", "b"), routing=Routing.RANDOM, weights=(0.7, 0.3)
            ),
            ConsumerSpec("ca", "a", drawn(rng, rng.uniform(0.6, 1.2))),
            ConsumerSpec("cb", "b", drawn(rng, rng.uniform(1.0, 4.0))),
        ],
    )


def many_workers(rng: Random) -> Scenario:
    count = rng.choice((20, 40))
    rate = count * rng.uniform(0.8, 1.6)
    return system(
        {"q": 50, "r": 50},
        [ProducerSpec("p", "q", drawn(rng, 1 / rate))],
        [
            ConsumerSpec("c", "q", drawn(rng, 1.0), count=count, output="r"),
            ConsumerSpec("d", "r", drawn(rng, 1 / rate * rng.uniform(0.7, 1.1))),
        ],
        end=End(time=500),
    )


def nearly_equal_line(law: str, buffers: int, ratio: float) -> Scenario:
    """A line p, s, c in which p is fast and c takes `ratio` times as long as s."""
    laws: dict[str, Callable[[float], Time]] = {
        "constant": float,
        "exponential": Exponential,
        "erlang": lambda mean: Erlang(mean, 4),
    }
    made = laws[law]
    return system(
        {"a": buffers, "b": buffers},
        [ProducerSpec("p", "a", made(0.5))],
        [
            ConsumerSpec("s", "a", made(1.0), output="b"),
            ConsumerSpec("c", "b", made(ratio)),
        ],
        end=End(time=1500),
    )


KINDS = {
    kind.__name__: kind
    for kind in (
        quick_line, random_quick_line, machine_line, open_line, slow_source, open_pool,
        overloaded_pool, pools_in_a_row, fast_and_slow, fan_in_turn, fan_to_the_shortest,
        fan_by_chance, fan_of_copies, split_and_merge, several_queues_one_worker,
        several_sources, rework, retries, skips, drops, drops_beside, gives_up, gives_up_inside,
        bursts_lose, bursts_block, recorded, loop_of_many, loop_of_few, priorities, batch,
        some_leave, warm_start, endless, equal_stages, routers, many_workers,
    )
}  # fmt: skip
"""All kinds by their names."""


def usual_system(kind: str, seed: int) -> Scenario:
    """A system of that kind; the same for the same seed."""
    return KINDS[kind](Random(f"{kind} {seed}"))


def all_systems(variants: int) -> Iterator[tuple[str, Scenario]]:
    """The cases, lines of nearly equal stations, and systems of each kind, by their names."""
    for path in sorted(CASES.glob("*.toml")):
        yield f"case {path.stem}", Scenario.load(path)
    laws, ratios = ("constant", "exponential", "erlang"), (0.92, 0.95, 0.98, 1.02, 1.08)
    for law, buffers, ratio in product(laws, (2, 5, 20), ratios):
        yield f"line {law} {buffers} {ratio}", nearly_equal_line(law, buffers, ratio)
    for kind, seed in product(KINDS, range(variants)):
        yield f"{kind} {seed}", usual_system(kind, seed)
