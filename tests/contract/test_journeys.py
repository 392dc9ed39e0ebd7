"""Contract: the way of an item through a run, on both engines, where items are followed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from pcsim.engine import journeys
from pcsim.scenario import ConsumerSpec, End, Overflow, ProducerSpec, QueueSpec, Routing, Scenario
from pcsim.snapshot import Snapshot
from pcsim.snapshot.journey import Journey
from tests.contract.bench import Bench, Boom, Engine, is_done, is_full

Sink = Callable[[Any], object]


def line(stages: int = 2, items: int | None = None, service: float = 0.0) -> Scenario:
    """A producer, stages and a consumer, one after the other."""
    names = [f"q{number}" for number in range(stages + 1)]
    queues = tuple(QueueSpec(name, 2) for name in names)
    workers = [
        ConsumerSpec(f"S{number}", before, 0, output=after)
        for number, (before, after) in enumerate(pairwise(names))
    ]
    last = ConsumerSpec("C", names[-1], service)
    return Scenario(queues, (ProducerSpec("P", "q0", 0, items=items),), (*workers, last))


def followed(bench: Bench, scenario: Scenario, sinks: dict[str, Sink] | None = None) -> Engine:
    """A run whose items are followed from the first one on, which has not started."""
    engine = bench.make(scenario, None, sinks)
    engine.following.follow(is_on=True)
    return engine


def known(engine: Engine, number: int) -> Journey:
    """The way of an item that has one."""
    journey = engine.following.journey(number)
    assert journey is not None
    check(journey)
    return journey


def check(journey: Journey) -> None:
    """Its times never go back."""
    times = [journey.made_at]
    for stop in journey.stops:
        times += [stop.queued_at, stop.taken_at, stop.left_at]
    times += [
        at for at in (journey.queued_at, journey.taken_at, journey.ended_at) if at is not None
    ]
    assert times == sorted(times), journey


def test_an_item_that_is_done_has_its_whole_way(bench: Bench) -> None:
    """Each queue and each worker, though nobody waited for it."""
    engine = followed(bench, line(items=1))
    engine.start()
    bench.end()
    journey = known(engine, 1)
    assert journey.producer == "P"
    assert [(stop.queues, stop.worker) for stop in journey.stops] == [
        (("q0",), "S0"),
        (("q1",), "S1"),
    ]
    assert (journey.queues, journey.worker, journey.outcome) == (("q2",), "C", "done")


def test_the_latest_that_have_ended_are_kept_however_many_there_were(
    bench: Bench, monkeypatch: Any
) -> None:
    """And no more of them than that."""
    monkeypatch.setattr(journeys, "KEPT", 50)
    engine = followed(bench, line(stages=1, items=400))
    engine.start()
    bench.end()
    following = engine.following
    assert [known(engine, number).outcome for number in range(351, 401)] == ["done"] * 50
    assert following.journey(350) is None
    assert following.journey(401) is None


def test_an_item_that_waits_and_one_that_is_held_have_their_ways(bench: Bench) -> None:
    """In the hand of the first worker or a later one, or in a queue, with what goes before it."""
    seen: dict[str, Journey] = {}
    places: list[Journey] = []

    def look() -> None:
        engine = bench.engine
        for row in engine.snapshot().workers:
            assert row.item is not None
            seen[row.name] = known(engine, row.item)
        places.extend(known(engine, item.id) for item in engine.queue_detail("q0").items)

    def both_full(snapshot: Snapshot) -> bool:
        return is_full("P")(snapshot) and is_full("S0")(snapshot)

    scenario = line(stages=1, items=20, service=bench.slow_time)
    followed(bench, scenario, {"C": bench.slow(both_full, look=look)}).start()
    bench.end()
    assert (seen["C"].worker, seen["C"].queues, seen["C"].ended_at) == ("C", ("q1",), None)
    assert [stop.worker for stop in seen["C"].stops] == ["S0"]
    assert (seen["S0"].worker, seen["S0"].queued_at) == ("S0", None)
    assert [stop.queues for stop in seen["S0"].stops] == [("q0",)]
    assert (seen["P"].worker, seen["P"].stops) == ("P", ())
    assert [(one.queues, one.worker, one.before_it) for one in places] == [
        (("q0",), "", 0),
        (("q0",), "", 1),
    ]


def test_a_copy_has_the_way_of_its_original(bench: Bench) -> None:
    """Up to where it was made, and its own from there."""
    queues = (QueueSpec("q", 9), QueueSpec("a", 9), QueueSpec("b", 9))
    stage = ConsumerSpec("S", "q", 0, output=("a", "b"), routing=Routing.BROADCAST)
    consumers = (stage, ConsumerSpec("A", "a", 0), ConsumerSpec("B", "b", 0))
    scenario = Scenario(queues, (ProducerSpec("P", "q", 0, items=1),), consumers)
    engine = followed(bench, scenario)
    engine.start()
    bench.end()
    ways = [known(engine, number) for number in (1, 2)]
    assert ways[0].stops == ways[1].stops
    assert [(one.queues, one.worker) for one in ways] == [(("a",), "A"), (("b",), "B")]


def test_an_item_that_is_lost_has_its_way(bench: Bench) -> None:
    """Dropped by a full queue, or failed."""
    scenario = Scenario(
        (QueueSpec("q0", 1, overflow=Overflow.DROP_OLD),),
        (ProducerSpec("P", "q0", 0, items=30),),
        (ConsumerSpec("C", "q0", bench.slow_time, on_error="skip"),),
    )

    def sink(_data: Any) -> None:
        raise Boom

    engine = followed(bench, scenario, {"C": bench.slow(is_done("P"), sink)})
    engine.start()
    bench.end()
    dropped = [event.item for event in engine.events().events if event.kind == "dropped"]
    assert dropped
    for number in dropped:
        assert known(engine, number or 0).outcome == "dropped"
    failed = [event.item for event in engine.events().events if event.kind == "skipped"]
    for number in failed:
        assert (known(engine, number or 0).outcome, known(engine, number or 0).worker) == (
            "failed",
            "C",
        )


def test_nothing_is_noted_unless_it_is_asked_for(bench: Bench) -> None:
    """Not before, and not any more after it."""
    engine = bench.make(line(items=1))
    engine.start()
    bench.end()
    assert engine.following.journey(1) is None
    engine = followed(bench, line(items=1))
    engine.start()
    bench.end()
    engine.following.follow(is_on=False)
    assert engine.following.journey(1) is None


def test_of_an_item_that_goes_round_the_latest_stops_are_kept(virtual: Bench) -> None:
    """And it is said that earlier ones are not."""
    queues = (QueueSpec("a", 9), QueueSpec("b", 9))
    stages = (
        ConsumerSpec("S", "a", 1.0, output="b"),
        ConsumerSpec("T", "b", 1.0, output="a"),
    )
    scenario = Scenario(queues, (ProducerSpec("P", "a", 0, items=1),), stages, end=End(time=1000.0))
    engine = followed(virtual, scenario)
    engine.start()
    virtual.end()
    journey = known(engine, 1)
    assert journey.is_cut
    assert len(journey.stops) == journeys.MOST_STOPS
    assert journey.stops[-1].left_at >= 999.0


def test_a_way_up_to_a_time_has_nothing_later_in_it(virtual: Bench) -> None:
    """However late it is asked for: as somebody sees it who looks back."""
    scenario = line(stages=2, items=3, service=2.0)
    engine = followed(virtual, scenario)
    engine.start()
    virtual.end()
    whole = known(engine, 3)
    steps = [whole.made_at, whole.ended_at or 0.0]
    for stop in whole.stops:
        steps += [stop.queued_at, stop.taken_at, stop.left_at]
    for at in sorted(steps):
        for moment in (at - 1e-6, at + 1e-6):
            then = whole.until(moment)
            check(then)
            assert all(stop.left_at <= moment for stop in then.stops)
            assert then.taken_at is None or then.taken_at <= moment
            assert then.queued_at is None or then.queued_at <= moment
            assert (then.ended_at is None) == ((whole.ended_at or 0.0) > moment)
