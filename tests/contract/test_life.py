"""Contract: the life of a run, on both engines: controls, endings, books, events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from pcsim.analysis.event_text import describe, note
from pcsim.distributions import Exponential
from pcsim.errors import PhaseError
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
    Selection,
)  # fmt: skip
from pcsim.snapshot import Cause, EventKind, Phase, Snapshot
from tests.contract.bench import (
    Bench,
    Boom,
    calling_at,
    check_steps,
    is_full,
    line,
    queue,
    worker,
)
from tests.support.engines import endless

# Drain, abort, pause.


def test_drain_stops_producing_and_loses_nothing(bench: Bench) -> None:
    """Asked by a sink: what was produced is consumed, and the source is closed once."""
    got: list[int] = []
    closed: list[str] = []

    def source() -> Iterator[int]:
        try:
            yield from endless()
        finally:
            closed.append("closed")

    final = bench.run(
        line(interval=1e-6),
        {"P": source()},
        {"C": calling_at(5, lambda: bench.engine.drain(), got.append)},
    )
    assert final.phase is Phase.FINISHED
    assert got == list(range(len(got)))
    assert final.totals.produced == final.totals.consumed == len(got)
    assert closed == ["closed"]
    assert note(worker(final, "P")) == "drained"


def test_drain_from_outside_is_the_same(bench: Bench) -> None:
    """Whoever asks."""
    engine = bench.started(line(interval=1e-6), {"P": endless()})
    bench.until(lambda s: s.totals.consumed >= 5)
    engine.drain()
    engine.drain()
    assert engine.snapshot().phase in (Phase.DRAINING, Phase.FINISHED)
    final = bench.end()
    assert final.phase is Phase.FINISHED
    assert final.totals.produced == final.totals.consumed
    assert engine.error is None


def test_a_drained_run_takes_what_its_blocked_producers_hold(bench: Bench) -> None:
    """An item in a producer's hand has been produced: it is put yet."""
    got: list[int] = []

    def ask() -> None:
        bench.engine.drain()

    final = bench.run(
        line(2, service=bench.slow_time),
        {"P": bench.after_first(range(99))},
        {"C": bench.slow(is_full("P"), got.append, ask)},
    )
    assert got == [0, 1, 2, 3]
    assert final.totals.produced == final.totals.consumed == 4


@pytest.mark.parametrize("who", ["sink", "outside"])
def test_abort_ends_at_once_and_counts_what_is_left(bench: Bench, who: str) -> None:
    """In hands and queues: discarded; blocked producers wake; nobody has an error."""
    scenario = Scenario(
        (QueueSpec("q", 2), QueueSpec("r", 2)),
        (ProducerSpec("P", "q", 0, count=3),),
        (
            ConsumerSpec("S", "q", 0, output="r"),
            ConsumerSpec("C", "r", bench.slow_time, count=2),
        ),
    )
    if who == "sink":
        final = bench.run(scenario, {}, {"C-1": calling_at(4, lambda: bench.engine.abort())})
    else:
        bench.started(scenario)
        bench.until(lambda s: s.totals.consumed >= 4)
        bench.engine.abort()
        bench.engine.abort()
        final = bench.end()
    assert final.phase is Phase.ABORTED
    assert bench.engine.error is None
    assert final.totals.failed == final.totals.dropped == 0
    assert final.totals.produced == final.totals.consumed + final.totals.discarded
    assert {note(row) for row in final.workers} == {"aborted"}
    assert final.stopped is Cause.ABORTED
    assert bench.engine.live_workers == ()


def test_after_an_abort_no_control_changes_anything(bench: Bench) -> None:
    """Asked from inside the run, before it has ended."""

    def ask() -> None:
        engine = bench.engine
        engine.abort()
        engine.pause_producing()
        engine.drain()
        engine.resume_producing()

    final = bench.run(line(), {"P": endless()}, {"C": calling_at(3, ask)})
    assert final.phase is Phase.ABORTED
    assert final.producing
    told = [describe(e) for e in bench.engine.events().events if e.kind is EventKind.CONTROL]
    assert told == ["aborting"]


def test_paused_producers_make_nothing_and_go_on_when_resumed(bench: Bench) -> None:
    """What is queued goes on; nothing is lost."""
    got: list[int] = []
    engine = bench.started(
        line(3, interval=1e-6),
        {"P": range(50)},
        {"C": calling_at(5, lambda: bench.engine.pause_producing(), got.append)},
    )
    seen = bench.until(
        lambda s: (
            worker(s, "P").state == "paused"
            and s.totals.produced == s.totals.consumed
            and worker(s, "C").state == "blocked"
        )
    )
    assert not seen.producing
    assert seen.phase is Phase.RUNNING
    again = engine.snapshot()
    assert again.totals == seen.totals
    assert not engine.join(0)
    engine.resume_producing()
    final = bench.end()
    assert got == list(range(50))
    assert final.producing
    told = [describe(e) for e in engine.events().events if e.kind is EventKind.CONTROL]
    assert told == ["producing paused", "producing resumed"]


@pytest.mark.parametrize("control", ["drain", "abort"])
def test_a_paused_run_can_be_ended(bench: Bench, control: str) -> None:
    """Drain and abort end a pause."""
    engine = bench.started(line(), {"P": endless()})
    engine.pause_producing()
    bench.until(lambda s: worker(s, "P").state == "paused")
    getattr(engine, control)()
    final = bench.end()
    assert final.phase is (Phase.FINISHED if control == "drain" else Phase.ABORTED)
    assert final.producing


def test_a_producer_may_pause_its_own_run(bench: Bench) -> None:
    """From inside its source: it puts that item, and stands still before the next."""

    def source() -> Iterator[int]:
        yield 0
        bench.engine.pause_producing()
        yield 1
        yield 2

    engine = bench.started(line(9), {"P": source()})
    seen = bench.until(lambda s: worker(s, "P").state == "paused")
    assert worker(seen, "P").put_total == 2
    engine.resume_producing()
    assert bench.end().totals.consumed == 3


@pytest.mark.parametrize("capacity", [1, 50])
@pytest.mark.parametrize("control", ["drain", "abort"])
def test_a_producer_may_end_its_own_run(bench: Bench, control: str, capacity: int) -> None:
    """From inside its source, whether or not there is room for its item."""

    def source() -> Iterator[int]:
        yield from range(6)
        getattr(bench.engine, control)()
        yield from range(6, 1000)

    got: list[int] = []
    final = bench.run(line(capacity, service=bench.slow_time), {"P": source()}, {"C": got.append})
    assert final.totals.produced == 7
    if control == "drain":
        assert got == list(range(7))
    else:
        assert final.totals.discarded == 7 - len(got)


def test_a_source_may_pause_and_resume_in_one_breath(bench: Bench) -> None:
    """Nothing has happened then."""

    def source() -> Iterator[int]:
        for number in range(40):
            bench.engine.pause_producing()
            bench.engine.resume_producing()
            yield number

    got: list[int] = []
    bench.run(line(2), {"P": source()}, {"C": got.append})
    assert got == list(range(40))


# Before the start, and twice.


@pytest.mark.parametrize(("control", "phase"), [("drain", "finished"), ("abort", "aborted")])
def test_what_is_ended_before_its_start_is_over(bench: Bench, control: str, phase: str) -> None:
    """And cannot be started any more."""
    engine = bench.make(line(), {"P": range(5)})
    getattr(engine, control)()
    assert engine.snapshot().phase == phase
    assert engine.join(0)
    with pytest.raises(PhaseError, match=f"the run is {phase}: it cannot be started again"):
        engine.start()
    assert engine.snapshot().totals.produced == 0


def test_a_run_starts_once(bench: Bench) -> None:
    """The second start is an error, and the run goes on."""
    engine = bench.started(line(), {"P": range(5)})
    for _ in range(2):
        with pytest.raises(PhaseError, match="cannot be started again"):
            engine.start()
    assert bench.end().totals.consumed == 5
    with pytest.raises(PhaseError, match="the run is finished"):
        engine.start()


def test_before_the_start_there_is_nothing_to_pause_and_nothing_to_wait_for(bench: Bench) -> None:
    """Pause does nothing, and `join` waits no longer than it may."""
    engine = bench.make(line(), {"P": range(5)})
    engine.pause_producing()
    assert not engine.join(0.001)
    seen = engine.snapshot()
    assert (seen.phase, seen.at, seen.producing) == (Phase.CREATED, 0.0, True)
    assert {row.state.value for row in seen.workers} == {"new"}
    assert engine.events().events == ()
    engine.start()
    assert bench.end().totals.consumed == 5


def test_a_worker_cannot_wait_for_its_own_end(bench: Bench) -> None:
    """An error, not a hang; the run fails by it, as by any other."""
    final = bench.run(line(), {"P": range(5)}, {"C": calling_at(2, lambda: bench.engine.join())})
    assert bench.engine.error is not None
    assert isinstance(bench.engine.error.__cause__, PhaseError)
    assert final.failure is not None
    assert final.failure.item_number == 2


def test_after_the_end_all_stays_as_it_is(bench: Bench) -> None:
    """Controls do nothing, the snapshot is the same object."""
    final = bench.run(line(), {"P": range(5)})
    engine = bench.engine
    for control in ("pause_producing", "resume_producing", "drain", "abort"):
        getattr(engine, control)()
    assert engine.join()
    assert engine.snapshot() is final
    assert final.engine == bench.kind


# Endings.


def test_at_max_items_the_rest_is_discarded(bench: Bench) -> None:
    """The last reader gone, its producers are released, and the log says what was lost."""
    got: list[int] = []
    final = bench.run(
        line(3, service=bench.slow_time, consumer_has={"max_items": 4}),
        {"P": bench.after_first(endless())},
        {"C": bench.slow(is_full("P"), got.append)},
    )
    assert got == [0, 1, 2, 3]
    assert final.phase is Phase.FINISHED
    assert note(worker(final, "C")) == "its limit of 4 reached"
    assert note(worker(final, "P")) == "the queue it puts into has no consumer left"
    lost = queue(final, "q").discarded_total
    assert final.totals.discarded == lost + worker(final, "P").discarded_total
    assert final.totals.produced == 4 + final.totals.discarded
    told = [describe(e) for e in bench.engine.events().events if e.kind is EventKind.DISCARDED]
    assert told == [f"{lost} item{'s' * (lost > 1)}: no consumer is left"]


@pytest.mark.parametrize("is_paused", [False, True])
def test_a_producer_is_released_when_none_of_its_queues_has_a_reader(
    bench: Bench, is_paused: bool
) -> None:
    """Neither a long interval nor a pause keeps it, be it of one queue or of several."""
    scenario = Scenario(
        (QueueSpec("a"), QueueSpec("b")),
        (
            ProducerSpec("P", ("a", "b"), 1e6),
            ProducerSpec("A", "a", 1e-6),
            ProducerSpec("B", "b", 1e-6),
        ),
        (ConsumerSpec("C", "a", 0, max_items=1), ConsumerSpec("D", "b", 0, max_items=1)),
    )
    sink = calling_at(2, lambda: bench.engine.pause_producing())  # when both have what they want
    bench.started(scenario, {}, {"C": sink, "D": sink} if is_paused else {})
    final = bench.end()
    assert final.phase is Phase.FINISHED
    assert final.at < 1e6
    assert note(worker(final, "P")) == "the queue it puts into has no consumer left"


@pytest.mark.parametrize("inputs", ["q", ("q", "r")])
def test_a_stage_that_waits_is_released_when_nobody_reads_what_it_puts(
    bench: Bench, inputs: str | tuple[str, ...]
) -> None:
    """It does not wait for one more item to find out, nor do those who put to it."""
    scenario = Scenario(
        (QueueSpec("q"), QueueSpec("r"), QueueSpec("s")),
        (
            ProducerSpec("P", ("q", "r"), 1e6),
            ProducerSpec("F", "q", bench.steady_time, items=1),
        ),
        (
            ConsumerSpec("S", inputs, 0, output="s"),
            ConsumerSpec("R", "r", 0, output="s"),
            ConsumerSpec("C", "s", 0, max_items=1),
        ),
    )
    final = bench.run(scenario)
    assert final.phase is Phase.FINISHED
    assert final.at < 1e6
    for name in "PSR":
        assert note(worker(final, name)) == "the queue it puts into has no consumer left"
    assert all(row.closed for row in final.queues)


def test_when_one_of_its_queues_closes_a_consumer_goes_on_with_the_rest(bench: Bench) -> None:
    """Until all are closed and empty."""
    got: list[str] = []
    scenario = Scenario(
        (QueueSpec("a", 2), QueueSpec("b", 2), QueueSpec("c", 2)),
        tuple(ProducerSpec(name.upper(), name, bench.steady_time) for name in "abc"),
        (ConsumerSpec("X", ("a", "b", "c"), 0),),
    )
    final = bench.run(
        scenario,
        {
            "A": ["a1"],
            "B": ["b1", "b2"],
            "C": [f"c{number}" for number in range(5)],
        },
        {"X": got.append},
    )
    assert sorted(got) == ["a1", "b1", "b2", "c0", "c1", "c2", "c3", "c4"]
    assert all(row.closed for row in final.queues)
    assert note(worker(final, "X")) == ""


def test_a_consumer_that_waits_on_several_ends_when_the_last_closes(bench: Bench) -> None:
    """Parked at all of them, with nothing to come."""
    scenario = Scenario(
        (QueueSpec("a"), QueueSpec("b")),
        (ProducerSpec("A", "a", 0, 0), ProducerSpec("B", "b", bench.steady_time)),
        (ConsumerSpec("X", ("a", "b"), 0, count=3),),
    )

    def all_wait(snapshot: Snapshot) -> bool:
        rows = [worker(snapshot, f"X-{number}") for number in (1, 2, 3)]
        return all(row.state == "blocked" for row in rows)

    final = bench.run(scenario, {"B": bench.steady([1], all_wait)})
    assert final.totals.consumed == 1
    assert final.phase is Phase.FINISHED


def test_a_run_ends_at_its_time(bench: Bench) -> None:
    """What is left is discarded; that is an end like another."""
    final = bench.run(
        line(3, service=1e3, end=End(time=0.02 if not bench.is_virtual else 50.0)),
        {"P": endless()},
    )
    assert final.phase is Phase.FINISHED
    assert final.stopped is Cause.TIME_LIMIT
    assert final.totals.discarded == final.totals.produced <= 5
    assert {row.end_cause for row in final.workers} == {Cause.TIME_LIMIT}
    causes = [e.cause for e in bench.engine.events().events if e.kind is EventKind.CONTROL]
    assert causes == [Cause.TIME_LIMIT]
    if bench.is_virtual:  # a machine may be too busy to fill the queue in time
        assert (final.at, final.totals.produced) == (50.0, 5)


def test_a_run_that_is_through_before_its_time_does_not_wait_for_it(bench: Bench) -> None:
    """An end in an hour keeps nobody."""
    final = bench.run(line(end=End(time=3600.0)), {"P": range(5)})
    assert final.totals.consumed == 5
    assert final.stopped is None
    assert final.at < 3600


def test_a_run_ends_when_so_many_were_produced(bench: Bench) -> None:
    """By all producers together, copies counted; and all of them dealt with."""
    final = bench.run(
        Scenario(
            (QueueSpec("a", 3), QueueSpec("b", 3)),
            (
                ProducerSpec("P", "a", 0, count=3),
                ProducerSpec("Q", ("a", "b"), 0, routing=Routing.BROADCAST),
            ),
            (ConsumerSpec("C", "a", 0, count=2), ConsumerSpec("D", "b", 0)),
            end=End(items=101),
        )
    )
    assert final.phase is Phase.FINISHED
    assert final.totals.produced == final.totals.consumed == 101


@pytest.mark.parametrize("items", [0, 1, 7])
def test_a_producer_makes_as_many_as_it_says(bench: Bench, items: int) -> None:
    """Whatever its source could give."""
    final = bench.run(line(items=items), {"P": endless()})
    assert worker(final, "P").produced_total == items
    assert final.phase is Phase.FINISHED


def test_workers_alike_are_numbered(bench: Bench) -> None:
    """`count`: as many workers, each with a source, a sink and a row of its own."""
    got: list[Any] = []
    final = bench.run(
        Scenario(
            (QueueSpec("q", 4),),
            (ProducerSpec("P", "q", 0, 3, count=3),),
            (ConsumerSpec("C", "q", 0, count=2),),
        ),
        {"P-2": ["x", "y", "z", "more"]},
        {"C-1": got.append, "C-2": got.append},
    )
    assert [row.name for row in final.workers] == ["P-1", "P-2", "P-3", "C-1", "C-2"]
    assert sorted(map(str, got)) == ["1", "1", "2", "2", "3", "3", "x", "y", "z"]


def test_bursts_let_every_item_come(bench: Bench) -> None:
    """Silence moves items, it takes none away."""
    scenario = line(
        items=40, interval=0.0001, producer_has={"bursts": Bursts(on=0.001, off=0.0005)}
    )
    assert bench.run(scenario).totals.consumed == 40


def test_times_may_be_drawn(bench: Bench) -> None:
    """Intervals and service times by a distribution."""
    scenario = line(2, 50, interval=Exponential(0.0001), service=Exponential(0.0001))
    assert bench.run(scenario).totals.consumed == 50


# The books, and what is told.


def everything() -> Scenario:
    """A scenario that has a bit of each feature."""
    return Scenario(
        (
            QueueSpec("a", 2),
            QueueSpec("b", 1, Overflow.DROP_OLD),
            QueueSpec("c", 3, Overflow.DROP_NEW),
            QueueSpec("dead", 4),
        ),
        (
            ProducerSpec("P", ("a", "b"), 1e-5, 60, count=2, routing=Routing.SHORTEST),
            ProducerSpec("Q", ("a", "c"), 3e-5, 40, routing=Routing.BROADCAST),
        ),
        (
            ConsumerSpec("S", "a", 2e-5, output=("b", "c"), routing=Routing.RANDOM),
            ConsumerSpec(
                "C",
                ("b", "c"),
                1e-5,
                count=2,
                on_error=Retry(1, "dead"),
                failure_probability=0.3,
                selection=Selection.LONGEST,
            ),
            ConsumerSpec("D", "dead", 5e-5),
        ),
        seed=1,
    )


def test_the_law_holds_at_every_step(bench: Bench) -> None:
    """Every snapshot is exact, and no counter falls."""
    bench.started(everything())
    final = check_steps(bench.steps())
    assert bench.end() == final
    assert final.totals.produced > 160
    assert final.totals.failed == 0


@pytest.mark.parametrize("control", ["drain", "abort"])
@pytest.mark.parametrize("after", [1, 30, 100])
def test_the_law_holds_while_a_run_is_ended(bench: Bench, control: str, after: int) -> None:
    """From its first items to its last."""
    engine = bench.started(everything())
    bench.until(lambda s: s.totals.produced >= after)
    getattr(engine, control)()
    check_steps(bench.steps())
    bench.end()


def test_a_snapshot_is_the_same_while_nothing_happens(bench: Bench) -> None:
    """The same version, the same rows."""
    seen: list[Snapshot] = []

    def look() -> None:
        seen.extend(bench.engine.snapshot() for _ in range(2))

    bench.run(
        line(2, service=bench.slow_time),
        {"P": bench.after_first(range(9))},
        {"C": bench.slow(is_full("P"), None, look)},
    )
    first, second = seen
    assert first.version == second.version
    assert second._replace(at=first.at) == first
    assert all(a is b for a, b in zip(first.workers, second.workers, strict=True))


def test_events_tell_the_story_in_the_same_words(bench: Bench) -> None:
    """Of a producer that waits once, its queue and the run."""
    bench.run(
        line(1, service=bench.slow_time),
        {"P": bench.after_first(range(3))},
        {"C": bench.slow(is_full("P"))},
    )
    batch = bench.engine.events()
    assert [event.number for event in batch.events] == list(range(len(batch.events)))
    assert batch.next_number == len(batch.events)
    if bench.is_virtual:
        instants = [event.at for event in batch.events]
        assert instants == sorted(instants)
    told: dict[str, list[str]] = {"P": [], "q": [], "run": [], "C": []}
    for event in batch.events:
        text = re.sub(r"after \d.*", "after a while", describe(event))
        told[event.subject].append(f"{event.kind.value}: {text}")
    assert told["P"] == [
        "blocked: blocked, q full",
        "resumed: put 3 into q after a while",
        "done: done",
    ]
    assert told["q"] == ["closed: closed"]
    assert told["run"] == ["started: 2 workers", "ended: finished"]
    assert told["C"][-1] == "done: done"
    assert bench.engine.events(batch.next_number).events == ()


def test_times_are_measured_once_for_each_item(bench: Bench) -> None:
    """Sojourn: one for each consumed; waiting: one for each taken from its queue."""
    final = bench.run(
        Scenario(
            (QueueSpec("a", 3), QueueSpec("b", 3)),
            (ProducerSpec("P", "a", 0, 70),),
            (
                ConsumerSpec("S", "a", 0, output="b", count=2),
                ConsumerSpec("C", "b", 0, on_error="skip", failure_probability=0.5),
            ),
        )
    )
    assert final.sojourn_time.count == final.totals.consumed < 70
    assert [row.waiting_time.count for row in final.queues] == [70, 70]


def test_shares_of_time_add_up(bench: Bench) -> None:
    """Running, blocked at full, blocked at empty, paused: all of a worker's life."""
    final = bench.run(everything())
    for row in final.workers:
        assert sum(row.shares(final.at)) == pytest.approx(1.0)
    for waits in final.queues:
        assert 0 <= waits.full_share(final.at) + waits.empty_share(final.at) <= 1 + 1e-9


def test_of_several_errors_the_first_is_the_runs(bench: Bench) -> None:
    """The first error wins, and stays."""

    def sink(_: Any) -> None:
        raise Boom("each")

    final = bench.run(
        Scenario(
            (QueueSpec("q", 3),),
            (ProducerSpec("P", "q", 0),),
            (ConsumerSpec("C", "q", 0, count=4),),
        ),
        {},
        {f"C-{number}": sink for number in (1, 2, 3, 4)},
    )
    assert final.failure is not None
    assert bench.engine.error is not None
    assert final.failure.worker in str(bench.engine.error)
    assert 1 <= final.totals.failed <= 4
