"""Contract: a system is changed while it runs, on both engines, and nothing is lost by that."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace

from pcsim.distributions import Exponential, Uniform
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.errors import PhaseError, QueueOverflowError, ScenarioError, SimulatedFailure
from pcsim.experiments.simulate import simulate
from pcsim.scenario import (
    Bursts,
    ConsumerSpec,
    End,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Routing,
    Scenario,
)
from pcsim.scenario.changes import (
    KINDS,
    AddWorkers,
    Burst,
    Change,
    FailItem,
    Freeze,
    RemoveWorkers,
    SetCapacity,
    SetInterval,
    SetOnError,
    SetOverflow,
    SetServiceTime,
    SetWeights,
    SlowSpell,
)
from pcsim.snapshot import Cause, Event, EventKind, Phase, Snapshot
from tests.contract.bench import Bench, has_got, is_done, is_full, line, queue, worker
from tests.contract.scenarios import digest, finished, outcome
from tests.support.cases import case


def changes(bench: Bench) -> list[Event]:
    """The events of changes so far."""
    return [one for one in bench.engine.events().events if one.kind is EventKind.CHANGED]


def tick(bench: Bench) -> float:
    """Seconds that are short for the engine."""
    return 1.0 if bench.is_virtual else 0.0005


def produced(number: int) -> Any:
    """Whether this many items were produced."""
    return lambda snapshot: snapshot.totals.produced >= number


# Queues.


def test_a_larger_queue_lets_in_who_waits(bench: Bench) -> None:
    """At once: the producer that was blocked goes on, and the row has the new capacity."""
    sink = bench.slow(lambda snapshot: queue(snapshot, "q").depth == 5)
    scenario = line(2, 8, service=bench.slow_time)
    bench.started(scenario, {}, {"C": sink})
    bench.until(is_full("P"))
    bench.engine.steer(SetCapacity("q", 5))
    seen = bench.until(lambda snapshot: queue(snapshot, "q").peak_depth == 5)
    assert queue(seen, "q").capacity == 5
    final = bench.end()
    assert final.totals.consumed == 8
    assert [(one.subject, one.what, one.was, one.now) for one in changes(bench)] == [
        ("q", "capacity", "2", "5")
    ]


def test_a_smaller_queue_keeps_what_it_has_and_takes_no_more_until_that_fits(bench: Bench) -> None:
    """Nothing is dropped, and the depth only falls until it is the capacity."""
    got: list[int] = []
    sink = bench.slow(lambda snapshot: queue(snapshot, "q").capacity == 2, got.append)
    bench.started(line(6, 20, service=bench.slow_time), {}, {"C": sink})
    bench.until(is_full("P"))
    bench.engine.steer(SetCapacity("q", 2))
    depth = 6
    for seen in bench.steps():
        row = queue(seen, "q")
        assert row.depth <= max(depth, 2)
        depth = row.depth
    assert bench.engine.snapshot().totals.consumed == 20
    assert got == list(range(1, 21))


def test_a_queue_that_waits_may_come_to_drop(bench: Bench) -> None:
    """Those that wait already go on waiting; who comes from then on is dropped, or fails."""
    for policy in (Overflow.DROP_NEW, Overflow.DROP_OLD):
        with case(policy):
            sink = bench.slow(lambda snapshot: snapshot.totals.dropped >= 3)
            bench.started(
                line(2, 30, interval=bench.steady_time, service=bench.slow_time), {}, {"C": sink}
            )
            bench.until(is_full("P"))
            bench.engine.steer(SetOverflow("q", policy))
            bench.engine.steer(SetCapacity("q", 3))
            final = bench.end()
            assert final.totals.consumed + final.totals.dropped == 30
            assert final.totals.dropped >= 3


def test_a_queue_that_waits_may_come_to_fail(bench: Bench) -> None:
    """The next item that finds it full ends the run."""
    bench.started(line(1, 30, interval=1.0 if bench.is_virtual else 0.001, service=1000.0))
    bench.until(is_full("P"))
    bench.engine.steer(SetOverflow("q", "fail"))  # type: ignore[arg-type]  # it is made a member
    bench.engine.steer(SetCapacity("q", 2))
    final = bench.end()
    assert final.phase is Phase.FAILED
    assert isinstance(getattr(bench.engine.error, "__cause__", None), QueueOverflowError)


# Workers.


def test_workers_come_with_rows_of_their_own(bench: Bench) -> None:
    """They take items from then on, and what they do is in the totals."""
    bench.started(line(4, interval=tick(bench) / 3, service=tick(bench)))
    bench.until(has_got("C", 3))
    bench.engine.steer(AddWorkers("C", 2))
    seen = bench.engine.snapshot()
    assert [row.name for row in seen.workers] == ["P", "C", "C-2", "C-3"]
    bench.until(lambda seen: has_got("C-2", 2)(seen) and has_got("C-3", 2)(seen))
    bench.engine.drain()
    final = bench.end()
    assert final.totals.consumed == sum(row.done_total for row in final.workers)
    assert final.totals.consumed == final.totals.produced


def test_a_removed_worker_finishes_its_item_and_its_row_stays(bench: Bench) -> None:
    """Its counts are in the totals, and all items go through."""
    got: list[int] = []
    has = {"count": 3}
    scenario = line(4, interval=tick(bench) / 3, service=tick(bench), consumer_has=has)
    sinks = dict.fromkeys(("C-1", "C-2", "C-3"), got.append)
    bench.started(scenario, {}, sinks)
    bench.until(has_got("C-3", 2))
    bench.engine.steer(RemoveWorkers("C", 2))
    bench.until(lambda snapshot: is_done("C-2")(snapshot) and is_done("C-3")(snapshot))
    bench.engine.drain()
    final = bench.end()
    assert sorted(got) == list(range(1, final.totals.produced + 1))
    gone = worker(final, "C-3")
    assert (gone.end_cause, gone.in_hand, gone.discarded_total) == (Cause.REMOVED, 0, 0)
    assert gone.done_total == gone.got_total >= 2


def test_a_removed_worker_that_waits_goes_at_once(bench: Bench) -> None:
    """Whether for an item or for its interval: it holds none."""
    scenario = Scenario(
        (QueueSpec("q"),),
        (ProducerSpec("P", "q", 1e6, count=2),),
        (ConsumerSpec("C", "q", 0, count=2),),
    )
    bench.started(scenario)
    bench.until(lambda snapshot: worker(snapshot, "C-2").state == "blocked")
    bench.engine.steer(RemoveWorkers("C-2"))
    bench.engine.steer(RemoveWorkers("P-1"))
    seen = bench.until(lambda snapshot: is_done("C-2")(snapshot) and is_done("P-1")(snapshot))
    assert worker(seen, "P-1").end_cause is Cause.REMOVED
    bench.engine.drain()
    assert bench.end().phase is Phase.FINISHED


def test_a_removed_worker_comes_back_as_itself(bench: Bench) -> None:
    """Its row counts on, and no row is added, however often that is."""
    has = {"count": 2}
    scenario = line(4, interval=tick(bench) / 3, service=tick(bench), consumer_has=has)
    bench.started(scenario)
    for round_ in range(1, 4):
        bench.until(has_got("C-2", round_))
        bench.engine.steer(RemoveWorkers("C"))
        if round_ != 2:  # the second time it may not have gone yet
            bench.until(is_done("C-2"))
        bench.engine.steer(AddWorkers("C"))
    bench.engine.drain()
    final = bench.end()
    assert [row.name for row in final.workers] == ["P", "C-1", "C-2"]
    assert final.totals.consumed == final.totals.produced
    assert worker(final, "C-2").end_cause is None
    assert sum(worker(final, "C-2").shares(final.at)) == pytest.approx(1)


def test_the_last_worker_of_a_queue_stays(bench: Bench) -> None:
    """The queue would close; the error names it, and the run goes on."""
    bench.started(line(4, service=bench.slow_time, interval=bench.steady_time))
    with pytest.raises(ScenarioError, match="leave queue 'q' without a consumer"):
        bench.engine.steer(RemoveWorkers("C"))
    with pytest.raises(ScenarioError, match="leave queue 'q' without a producer"):
        bench.engine.steer(RemoveWorkers("P"))
    bench.engine.abort()
    assert worker(bench.end(), "C").end_cause is Cause.ABORTED


def test_a_source_goes_on_when_its_producer_is_changed(bench: Bench) -> None:
    """One generator, read once and closed once, whatever happens to the interval."""
    closed: list[int] = []

    def source() -> Iterator[int]:
        try:
            yield from count()
        finally:
            closed.append(1)

    got: list[int] = []
    bench.started(line(4, interval=tick(bench)), {"P": source()}, {"C": got.append})
    for number in (3, 9, 17):
        bench.until(produced(number))
        bench.engine.steer(SetInterval("P", tick(bench) * (1 + number % 3)))
        bench.engine.steer(Burst("P", 2))
    bench.until(produced(30))
    assert not closed
    bench.engine.drain()
    final = bench.end()
    assert got == list(range(final.totals.produced))
    assert closed == [1]


def test_a_failed_item_is_dealt_with_by_the_policy(bench: Bench) -> None:
    """It ends the run, is skipped, or goes to the dead letters, by what is described by then."""
    scenario = Scenario(
        (QueueSpec("q", 2), QueueSpec("dead", 9)),
        (ProducerSpec("P", "q", tick(bench)),),
        (
            ConsumerSpec("C", "q", tick(bench) / 2, on_error=Retry(0, "dead")),
            ConsumerSpec("D", "dead", 0),
        ),
    )
    bench.started(scenario)
    bench.until(has_got("C", 3))
    bench.engine.steer(FailItem("C"))
    bench.until(has_got("D", 1))
    bench.engine.steer(SetOnError("C", "skip"))
    bench.engine.steer(FailItem("C"))
    bench.until(lambda snapshot: snapshot.totals.failed == 1)
    bench.engine.steer(SetOnError("C", Retry(2, "dead")))
    bench.engine.steer(FailItem("C"))
    bench.until(lambda _: any(one.cause is Cause.RETRY for one in bench.engine.events().events))
    bench.engine.steer(SetOnError("C", "fail"))
    bench.engine.steer(FailItem("C"))
    final = bench.end()
    assert final.phase is Phase.FAILED
    assert isinstance(getattr(bench.engine.error, "__cause__", None), SimulatedFailure)
    assert (worker(final, "D").done_total, worker(final, "C").failed_total) == (1, 2)


def test_routes_are_weighted_anew(bench: Bench) -> None:
    """From then on all items go the other way."""
    routes: Any = {"routing": Routing.RANDOM, "weights": (1, 0)}
    scenario = Scenario(
        (QueueSpec("a", 5), QueueSpec("b", 5)),
        (ProducerSpec("P", ("a", "b"), tick(bench), **routes),),
        (ConsumerSpec("A", "a", 0), ConsumerSpec("B", "b", 0)),
    )
    bench.started(scenario)
    bench.until(has_got("A", 5))
    bench.engine.steer(SetWeights("P", (0, 1)))
    changed = bench.engine.snapshot()
    bench.until(has_got("B", 20))
    bench.engine.drain()
    final = bench.end()
    assert queue(final, "a").put_total <= queue(changed, "a").put_total + 1
    assert final.totals.consumed == final.totals.produced


# What is exact in virtual time.

STEERED = Scenario(
    queues=(QueueSpec("a", 4), QueueSpec("b", 6), QueueSpec("c", 6), QueueSpec("dead", 5)),
    producers=(
        ProducerSpec("P", "a", Uniform(0.5, 1.5), count=2),
        ProducerSpec("B", "a", 0.5, bursts=Bursts(on=5, off=Uniform(5, 9))),
    ),
    consumers=(
        ConsumerSpec(
            "R", "a", 0.1, output=("b", "c"), routing=Routing.RANDOM, weights=(3, 1),
            on_error=Retry(2, "dead"), failure_probability=0.01,
        ),
        ConsumerSpec("W", "b", Uniform(0.5, 1.1)),
        ConsumerSpec("V", "c", 1.0, count=2),
        ConsumerSpec("D", "dead", 0.0),
    ),
    seed=11,
    end=End(time=200),
    changes=(
        AddWorkers("W", 2, at=20), SetCapacity("a", 10, at=30), SetInterval("P", 0.7, at=40),
        Freeze("R", 5, at=50), FailItem("R", at=60), Burst("P-1", 30, at=70),
        SlowSpell("W", 3, 20, at=80), SetWeights("R", (1, 2), at=95),
        RemoveWorkers("W", at=110), SetCapacity("a", 2, at=120),
        SetOverflow("a", Overflow.DROP_NEW, at=125),
        SetServiceTime("W", Uniform(0.3, 0.4), at=130), AddWorkers("W", at=140),
        RemoveWorkers("P", at=150), SetOnError("R", "skip", at=155), FailItem("R", at=156),
        AddWorkers("P", 2, at=160), Freeze("W-2", 10, at=170), SlowSpell("B", 2, 30, at=172),
        SetOverflow("a", Overflow.BLOCK, at=175), SetCapacity("a", 1, at=180),
    ),
)  # fmt: skip
"""All kinds of changes; its numbers are the same under any numpy."""
DIGEST = "6e8e7a409eff9fa7"
"""Of the run of that, to the last digit."""


def test_a_run_with_changes_is_the_stored_run() -> None:
    """On every machine, and in whatever slices it is driven."""
    assert {change.what for change in STEERED.changes} == {
        kind.__struct_config__.tag for kind in KINDS
    }
    for most in (-1, 1, 13):
        assert digest(outcome(finished(STEERED, most))) == DIGEST


def test_a_simulation_has_the_changes_of_its_scenario() -> None:
    """In each of its replications: here a queue of which nothing is lost from a time on."""
    scenario = line(
        1,
        interval=Uniform(0.5, 1.5),
        service=1.25,
        queue_has={"overflow": "drop_new"},
        end=End(time=1000.0),
        changes=(SetServiceTime("C", 0.1, at=500.0),),
    )
    changed, plain = (
        simulate(one, replications=2) for one in (scenario, replace(scenario, changes=()))
    )
    assert changed.system.dropped.mean < 0.6 * plain.system.dropped.mean


def at_end(scenario: Scenario, *made: Change) -> Snapshot:
    """The end of a run in virtual time with these changes."""
    engine = VirtualEngine(replace(scenario, changes=made))
    engine.start()
    engine.join()
    return engine.snapshot()


def test_times_change_when_they_are_changed() -> None:
    """By the second: what was begun goes on, an interval begins anew, a frozen worker is late by
    as much, a slow one by the rest of its spell."""
    scenario = line(9, 10, interval=1.0, service=0.5)
    cases: list[tuple[Change, float]] = [
        (SetInterval("P", 2.0, at=4.5), 4.5 + 6 * 2.0 + 0.5),
        (SetServiceTime("C", 0.25, at=4.75), 10.25),
        (Freeze("C", 5.0, at=4.25), 4.5 + 5.0 + 6 * 0.5),
        (Freeze("C", 0.25, at=4.75), 10.5),
        (Freeze("P", 3.0, at=4.5), 13.5),
        (Burst("P", 6, at=4.5), 4.5 + 6 * 0.5),
        (SlowSpell("P", 2.0, 3.0, at=4.5), 4.5 + 1.0 + 2.0 + 4 * 1.0 + 0.5),
        (AddWorkers("P", at=4.5), 4.5 + 10 * 1.0 + 0.5),
    ]
    for change, expected in cases:
        with case(change):
            assert at_end(scenario, change).at == pytest.approx(expected)


def test_the_time_away_is_paused_time() -> None:
    """Of a worker that was removed and has come back."""
    scenario = line(9, 20, interval=1.0, service=0.5, consumer_has={"count": 2})
    seen = at_end(scenario, RemoveWorkers("C", at=2.75), AddWorkers("C", at=9.25))
    assert worker(seen, "C-2").paused_time == 9.25 - 2.75


def test_a_worker_that_has_not_gone_yet_stays() -> None:
    """It was removed and asked back in the middle of an item."""
    scenario = line(9, 20, interval=1.0, service=5.0, consumer_has={"count": 2})
    seen = at_end(scenario, RemoveWorkers("C", at=3.0), AddWorkers("C", at=4.0))
    assert worker(seen, "C-2").end_cause is None
    assert worker(seen, "C-2").done_total == 10


def test_a_smaller_queue_takes_nothing_before_it_fits_to_the_second() -> None:
    """Also from a producer that waits: an item goes at 4.1, 5.1 and so on."""
    scenario = line(5, 12, interval=0.1, service=1.0)
    for at, expected in ((4.05, [4, 3, 2, 2, 2]), (4.95, [5, 4, 3, 2, 2])):
        with case(at):
            engine = VirtualEngine(replace(scenario, changes=(SetCapacity("q", 2, at=at),)))
            engine.start()
            depths = []
            for now in (4.5, 5.5, 6.5, 7.5, 8.5):
                engine.advance(until=now)
                depths.append(queue(engine.snapshot(), "q").depth)
            assert depths == expected


def test_a_change_shifts_no_other_random_numbers() -> None:
    """A consumer that is added draws its own; all that its producer does is what it did."""
    scenario = line(
        10**6, interval=Exponential(1.0), service=Exponential(0.5), end=End(time=200.0), seed=3
    )
    alone = at_end(scenario)
    for change in (
        AddWorkers("C", at=50.0),
        SetCapacity("q", 10**5, at=60.0),
        SetServiceTime("C", 0.25, at=50.0),
        SlowSpell("C", 3.0, 10.0, at=70.0),
    ):
        with case(change):
            changed = at_end(scenario, change)
            assert worker(changed, "P").produced_total == worker(alone, "P").produced_total
    again = at_end(scenario, SetOnError("C", "skip", at=50.0), SetOnError("C", "fail", at=90.0))
    assert worker(again, "C") == worker(alone, "C")


def test_a_change_that_does_not_fit_by_then_is_noted(virtual: Bench) -> None:
    """Its worker has ended: the run goes on, and the event says why nothing was changed."""
    scenario = Scenario(
        (QueueSpec("q"),),
        (ProducerSpec("P", "q", 1.0, 40),),
        (ConsumerSpec("A", "q", 0, max_items=2), ConsumerSpec("C", "q", 0, count=2)),
        changes=(RemoveWorkers("A", at=20.0),),
    )
    assert virtual.run(scenario).phase is Phase.FINISHED
    (event,) = changes(virtual)
    assert event.message == "count of change 'remove' must be at most 0, not 1"


def test_a_run_that_does_not_go_on_cannot_be_changed(bench: Bench) -> None:
    """Neither before its start nor after its end; one that fits nothing changes nothing."""
    engine = bench.make(line(3, service=bench.slow_time, interval=bench.steady_time))
    with pytest.raises(PhaseError, match="created"):
        engine.steer(SetCapacity("q", 3))
    engine.start()
    with pytest.raises(ScenarioError, match="did you mean"):
        engine.steer(SetCapacity("qq", 3))
    engine.abort()
    bench.end()
    with pytest.raises(PhaseError, match="abort"):
        engine.steer(SetCapacity("q", 3))
    assert not changes(bench)


def test_a_producer_with_a_source_is_not_doubled(bench: Bench) -> None:
    """Two threads cannot share an iterable."""
    bench.started(line(2), {"P": count()})
    with pytest.raises(ScenarioError, match="source two workers cannot share"):
        bench.engine.steer(AddWorkers("P"))
    bench.engine.abort()
    assert bench.engine.join(20)
    assert len(bench.engine.snapshot().producers) == 1
