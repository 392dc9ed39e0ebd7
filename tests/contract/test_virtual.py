"""What is promised of virtual time alone: exact times, ties, slices, controls from anywhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.errors import PhaseError
from pcsim.scenario import (
    ConsumerSpec,
    End,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Routing,
    Scenario,
)  # fmt: skip
from pcsim.snapshot import EventKind, Phase, Snapshot
from tests.contract.bench import Bench, Boom, calling_at, check_steps, line, queue, refusing, worker
from tests.contract.scenarios import SCENARIOS, digest, outcome
from tests.support.engines import GUARD, endless

# Times.


def test_times_are_exact() -> None:
    """A deterministic line: the moments of each item are sums of its times."""
    got: list[float] = []
    scenario = line(1, 4, interval=1.0, service=2.5)
    engine = VirtualEngine(scenario, None, {"C": lambda _: got.append(engine.snapshot().at)})
    engine.start()
    assert engine.join(GUARD)
    final = engine.snapshot()
    assert got == [3.5, 6.0, 8.5, 11.0]
    assert final.at == 11.0
    # Taken at 1, 3.5, 6 and 8.5; queued at 1, 2, 3.5 and 6: the third waited from 3 on to be put.
    waited = queue(final, "q").waiting_time
    assert (waited.count, waited.mean, waited.max) == (4, 1.625, 2.5)
    assert worker(final, "P").blocked_full_time == (3.5 - 3.0) + (6.0 - 4.5)
    assert worker(final, "C").blocked_empty_time == 1.0
    assert (queue(final, "q").full_time, queue(final, "q").empty_time) == (6.5, 4.5)
    assert queue(final, "q").area(final.at) == 6.5  # of one slot, which is what was full


def engine_of(scenario: Scenario, *arguments: Any) -> VirtualEngine:
    """A started engine."""
    engine = VirtualEngine(scenario, *arguments)
    engine.start()
    return engine


def test_a_put_timeout_ends_exactly_at_its_time() -> None:
    """Not an event sooner or later; the producer's next interval begins there."""
    engine = engine_of(line(1, 4, interval=1.0, service=100.0, producer_has={"put_timeout": 2.5}))
    assert engine.join(GUARD)
    dropped = [e.at for e in engine.events().events if e.kind is EventKind.DROPPED]
    assert dropped == [5.5, 9.0]
    assert worker(engine.snapshot(), "P").ended_at == 9.0
    assert worker(engine.snapshot(), "P").blocked_full_time == 5.0


def test_a_slot_that_comes_at_the_very_time_of_a_timeout_is_taken() -> None:
    """The get goes first: it is the more downstream."""
    engine = engine_of(line(1, 3, interval=1.0, service=5.0, producer_has={"put_timeout": 3.0}))
    assert engine.join(GUARD)
    final = engine.snapshot()
    assert (final.totals.consumed, final.totals.dropped) == (3, 0)
    assert worker(final, "P").blocked_full_time == 3.0


def test_a_timeout_that_was_not_needed_disturbs_nothing() -> None:
    """Neither what is next, nor a pause, nor the end of the run."""
    has = {"put_timeout": 50.0}
    engine = engine_of(line(1, 4, interval=1.0, service=3.0, producer_has=has))
    engine.advance(until=4.5)
    assert worker(engine.snapshot(), "P").put_total == 3
    # The third item waited from 3 to 4: its timeout would have come at 53.
    engine.pause_producing()
    engine.advance(until=20.0)
    engine.resume_producing()
    assert engine.next_at == 20.5
    engine.advance(until=20.25)
    assert worker(engine.snapshot(), "P").produced_total == 3
    engine.advance(until=20.5)
    assert worker(engine.snapshot(), "P").produced_total == 4
    assert engine.join(GUARD)
    assert engine.snapshot().at == 23.5


def test_a_timeout_that_was_not_needed_is_not_the_next_event() -> None:
    """`next_at` is the time of the next event, and None where there is none."""
    has = {"put_timeout": 50.0}
    engine = engine_of(line(1, interval=2.0, service=3.0, producer_has=has))
    engine.advance(until=8.0)
    engine.pause_producing()
    due = [engine.next_at]
    engine.advance(until=30.0)
    due.append(engine.next_at)
    assert due == [11.0, None]
    assert engine.snapshot().at == 30.0
    engine.abort()
    assert engine.join(GUARD)


def test_a_pause_keeps_the_rest_of_an_interval() -> None:
    """Paused 0.25 s into a second, it works 0.75 s more when it goes on."""
    engine = engine_of(line(9, interval=1.0))
    engine.advance(until=3.25)
    engine.pause_producing()
    engine.advance(until=10.0)
    assert engine.snapshot().at == 10.0
    assert worker(engine.snapshot(), "P").produced_total == 3
    engine.resume_producing()
    assert engine.next_at == 10.75
    engine.advance(until=10.75)
    seen = engine.snapshot()
    assert worker(seen, "P").produced_total == 4
    assert worker(seen, "P").paused_time == 6.75
    engine.abort()
    assert engine.join(GUARD)


def test_the_times_before_the_warm_up_do_not_count() -> None:
    """Neither in the queue nor from making to end: only items dealt with after it are in them."""
    engine = engine_of(line(9, 6, interval=1.0, service=2.0, warm_up=5.0))
    assert engine.join(GUARD)
    final = engine.snapshot()
    # Taken at 1, 3, 5, 7, 9 and 11, delivered two seconds later. The item of 5 is taken, and that
    # of 3 is delivered, at the very time at which the warm-up ends: before it.
    waits, sojourns = queue(final, "q").waiting_time, final.sojourn_time
    assert (waits.count, waits.mean) == (3, (3.0 + 4.0 + 5.0) / 3)
    assert (sojourns.count, sojourns.mean) == (4, (4.0 + 5.0 + 6.0 + 7.0) / 4)


def test_each_try_takes_its_time() -> None:
    """Two tries more are two service times more."""
    scenario = Scenario(
        (QueueSpec("q"), QueueSpec("bad")),
        (ProducerSpec("P", "q", 1.0, 1),),
        (ConsumerSpec("C", "q", 2.0, on_error=Retry(2, "bad")), ConsumerSpec("D", "bad", 0)),
    )
    engine = engine_of(scenario, None, {"C": refusing(1)})
    assert engine.join(GUARD)
    assert engine.snapshot().at == 1.0 + 3 * 2.0


def test_two_pauses_add_up() -> None:
    """The time of both is paused time, and an interval goes on where it stood after each."""
    engine = engine_of(line(9, interval=1.0))
    for begin, end in ((3.25, 5.25), (5.5, 8.5)):
        engine.advance(until=begin)
        engine.pause_producing()
        engine.advance(until=end)
        engine.resume_producing()
    assert engine.next_at == 9.0  # a quarter before the first pause, one between, a half after
    engine.advance(until=9.0)
    seen = engine.snapshot()
    assert (worker(seen, "P").produced_total, worker(seen, "P").paused_time) == (4, 5.0)
    engine.abort()
    assert engine.join(GUARD)


def test_a_producer_that_waits_for_a_slot_is_paused_when_it_has_put() -> None:
    """The item in its hand goes on; then it stands still, and has a whole interval before it."""
    engine = engine_of(line(1, interval=1.0, service=4.0))
    engine.advance(until=3.5)
    engine.pause_producing()
    engine.advance(until=100.0)
    seen = worker(engine.snapshot(), "P")
    assert (seen.put_total, seen.in_hand, seen.state.value) == (3, 0, "paused")
    assert seen.since == 5.0
    engine.resume_producing()
    assert engine.next_at == 100.0
    engine.advance(until=100.5)
    assert worker(engine.snapshot(), "P").produced_total == 3
    engine.advance(until=101.0)
    assert worker(engine.snapshot(), "P").produced_total == 4
    engine.abort()
    assert engine.join(GUARD)


def test_events_at_the_last_moment_happen() -> None:
    """A run that ends at 5 has what happens at 5, and nothing after it."""
    engine = engine_of(line(9, interval=1.0, service=0.5, end=End(time=5.0)))
    assert engine.join(GUARD)
    final = engine.snapshot()
    assert (final.at, final.totals.produced, final.totals.consumed) == (5.0, 5, 4)


def test_time_advances_to_where_it_is_asked_to_and_not_back() -> None:
    """Also where nothing happens."""
    engine = engine_of(line(9, 1, interval=10.0))
    assert not engine.advance(until=4.0)
    assert engine.snapshot().at == 4.0
    assert not engine.advance(until=2.0)
    assert engine.snapshot().at == 4.0
    assert engine.next_at == 10.0
    assert engine.join(GUARD)
    assert not engine.advance(until=99.0)
    assert engine.snapshot().at == 10.0


# Ties.


def test_at_equal_times_a_get_comes_before_a_put() -> None:
    """The producer that comes as the consumer is through finds the slot free: no worker waits."""
    engine = engine_of(line(1, 50, interval=1.0, service=1.0, queue_has={"overflow": "fail"}))
    assert engine.join(GUARD)
    assert engine.error is None
    assert worker(engine.snapshot(), "P").blocked_full_time == 0.0


def test_the_most_downstream_goes_first_through_a_whole_line() -> None:
    """Five stages that are through at the same times, with one place between them, never
    block each other, in whatever order they are declared."""
    names = ["q0", "q1", "q2", "q3", "q4"]
    stages = [
        ConsumerSpec(f"S{number}", names[number], 1.0, output=names[number + 1])
        for number in range(4)
    ]
    for order in (stages, stages[::-1], stages[2:] + stages[:2]):
        scenario = Scenario(
            tuple(QueueSpec(name, 1, Overflow.FAIL) for name in names),
            (ProducerSpec("P", "q0", 1.0, 30),),
            (*order, ConsumerSpec("C", "q4", 1.0)),
        )
        engine = engine_of(scenario)
        assert engine.join(GUARD)
        assert engine.error is None
        assert engine.snapshot().at == 35.0


def test_of_equals_the_first_declared_goes_first() -> None:
    """Producers that come at the same time; a consumer that waits longer comes first."""
    order: list[str] = []
    scenario = Scenario(
        (QueueSpec("q", 9),),
        tuple(ProducerSpec(name, "q", 1.0, 3) for name in ("Z", "A", "M")),
        tuple(ConsumerSpec(name, "q", 0.5) for name in ("Y", "B")),
    )
    engine = engine_of(
        scenario,
        {name: [f"{name}{number}" for number in range(3)] for name in "ZAM"},
        {name: lambda data, name=name: order.append(f"{name}{data}") for name in "YB"},
    )
    assert engine.join(GUARD)
    assert order == ["YZ0", "BA0", "YM0", "YA1", "BZ1", "YM1", "YA2", "BZ2", "YM2"]


# Driving.


@pytest.mark.parametrize("name", ["kitchen sink", "impatient", "rework"])
@pytest.mark.parametrize("how", ["steps", "sevens", "times", "turns"])
def test_however_a_run_is_driven_it_is_the_same_run(name: str, how: str) -> None:
    """Step by step, in slices, from time to time, by several threads in turn: as by one `join`."""
    scenario = SCENARIOS[name]
    whole = engine_of(scenario)
    assert whole.join(GUARD)
    engine = engine_of(scenario)
    if how == "turns":
        threads = [threading.Thread(target=engine.join, args=(GUARD,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(GUARD)
    elif how == "times":
        while (at := engine.next_at) is not None:
            engine.advance(until=at)
    else:
        while engine.advance(most=1 if how == "steps" else 7):
            engine.snapshot()
    assert engine.snapshot().phase.is_over
    assert digest(outcome(engine)) == digest(outcome(whole))


def test_a_step_is_one_event() -> None:
    """`most=1`, again and again: time stands or goes on, and every cut is exact."""
    engine = engine_of(SCENARIOS["kitchen sink"])

    def steps() -> Iterator[Snapshot]:
        yield engine.snapshot()
        while engine.advance(most=1):
            yield engine.snapshot()

    check_steps(steps())
    assert engine.snapshot().phase.is_over


def test_join_comes_back_in_time_and_can_go_on() -> None:
    """False, with the run as far as it came; another `join` brings it to its end."""
    engine = engine_of(line(5, 200_000, interval=1.0, service=0.5))
    assert not engine.join(0)
    assert 0 < engine.snapshot().totals.produced < 200_000
    engine.drain()
    assert engine.join(GUARD)


def test_a_joiner_waits_for_the_start_and_for_a_resume() -> None:
    """Without a poll; several of them, and all come back at the end."""
    engine = VirtualEngine(line(5, 30, interval=1.0))
    results: list[bool] = []
    threads = [
        threading.Thread(target=lambda: results.append(engine.join(GUARD))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    engine.pause_producing()
    engine.start()
    engine.pause_producing()
    engine.resume_producing()
    for thread in threads:
        thread.join(GUARD)
    assert results == [True, True, True]
    assert engine.snapshot().totals.consumed == 30


def test_controls_and_questions_from_other_threads_are_heard_while_it_is_driven() -> None:
    """The thread that drives lets others in between two slices, in turn."""
    engine = engine_of(line(5, interval=1.0, service=1.0))
    driver = threading.Thread(target=engine.join)
    driver.start()
    seen = [engine.snapshot() for _ in range(20)]
    engine.pause_producing()
    engine.resume_producing()
    engine.queue_detail("q")
    engine.drain()
    driver.join(GUARD)
    assert not driver.is_alive()
    check_steps(seen)
    assert engine.snapshot().phase is Phase.FINISHED


@pytest.mark.parametrize("call", ["join", "advance"])
def test_a_worker_cannot_drive_its_own_run(virtual: Bench, call: str) -> None:
    """Neither from a sink nor from a source; it may ask, though."""
    seen: list[int] = []

    def ask() -> None:
        seen.append(virtual.engine.snapshot().totals.in_workers_hands)
        with pytest.raises(PhaseError):
            getattr(virtual.engine, call)()

    def source() -> Iterator[int]:
        ask()
        yield 1

    final = virtual.run(line(), {"P": source()}, {"C": calling_at(1, ask)})
    assert seen == [0, 1]
    assert final.totals.consumed == 1


def test_a_failing_step_breaks_nothing(virtual: Bench) -> None:
    """A slice that begins with an error names its worker."""

    def sink(_: int) -> None:
        raise Boom("mine")

    engine = virtual.started(line(interval=1.0, service=1.0), {}, {"C": sink})
    final = check_steps(virtual.steps())
    assert final.failure is not None
    assert (final.failure.worker, final.failure.message) == ("C", "Boom: mine")
    assert final.at == 2.0
    assert [e.kind for e in engine.events().events].count(EventKind.FAILED) == 1


def test_a_drain_asked_by_a_source_makes_one_item_more_and_no_further() -> None:
    """However much room there is."""

    def source() -> Iterator[int]:
        yield 1
        engine.drain()
        yield from endless()

    engine = engine_of(line(1000), {"P": source()})
    assert engine.join(GUARD)
    assert engine.snapshot().totals.produced == 2


def test_an_abort_ends_at_the_time_at_which_it_is_asked_for() -> None:
    """Long works, long timeouts and retries notwithstanding."""
    scenario = Scenario(
        (QueueSpec("q", 1), QueueSpec("dead", 1)),
        (ProducerSpec("P", "q", 1.0, put_timeout=1e6, count=3),),
        (
            ConsumerSpec("C", "q", 1e6, count=2),
            ConsumerSpec("F", "q", 2.0, on_error=Retry(5, "dead")),
            ConsumerSpec("D", "dead", 1.0),
        ),
    )

    def abort_and_fail(_: object) -> None:
        engine.abort()
        raise Boom

    engine = VirtualEngine(scenario, None, {"F": abort_and_fail})
    engine.start()
    assert engine.join(GUARD)
    final = engine.snapshot()
    assert final.phase is Phase.ABORTED
    assert final.at == 3.0
    assert final.totals.produced == final.totals.discarded


def test_an_abort_of_many_workers_takes_no_longer_than_it_must() -> None:
    """Thousands of them, each with a turn and a timeout to forget."""
    scenario = Scenario(
        (QueueSpec("q", 1),),
        (ProducerSpec("P", "q", 1.0, put_timeout=9.0, count=6_000),),
        (ConsumerSpec("C", "q", 1e9),),
    )
    engine = engine_of(scenario)
    engine.advance(until=5.0)
    engine.abort()
    assert engine.join(GUARD)
    assert engine.snapshot().totals.balanced


def test_a_deadlock_is_found_at_its_time_whatever_timeouts_are_left() -> None:
    """An unneeded timeout far ahead does not keep it hidden."""
    scenario = Scenario(
        (QueueSpec("a", 1), QueueSpec("b", 1), QueueSpec("c", 1)),
        (ProducerSpec("P", "a", 1.0, 4), ProducerSpec("Q", "c", 0.5, 3, put_timeout=1e4)),
        (
            ConsumerSpec("S", "a", 0, output="b"),
            ConsumerSpec("T", "b", 0.25, output="a", routing=Routing.ROUND_ROBIN),
            ConsumerSpec("U", "c", 0.75),
        ),
    )
    engine = engine_of(scenario)
    while engine.advance(until=50.0, most=100_000):
        pass
    seen = engine.snapshot()
    if seen.failure is not None:
        assert seen.at < 50.0
    engine.abort()
    assert engine.join(GUARD)


def test_replications_are_different_runs_that_can_be_repeated() -> None:
    """The same replication, the same run."""
    scenario = SCENARIOS["mm1"]
    runs = []
    for replication in (0, 1, 1):
        engine = VirtualEngine(scenario, replication=replication)
        engine.start()
        assert engine.join(GUARD)
        runs.append(digest(outcome(engine)))
    assert runs[0] != runs[1]
    assert runs[1] == runs[2]


@pytest.mark.parametrize("name", ["kitchen sink", "impatient", "mm3 with loss", "line of four"])
def test_whether_single_items_are_logged_changes_nothing_else(name: str) -> None:
    """Nobody can read the log of a prediction: it has the life of the run, and its measures are
    the same to the last digit."""
    logged, silent = (
        engine_of(SCENARIOS[name], None, None, 0, logs_items) for logs_items in (True, False)
    )
    for engine in (logged, silent):
        assert engine.join(GUARD)
    assert silent.snapshot()._replace(version=0) == logged.snapshot()._replace(version=0)
    of_items = {EventKind.BLOCKED, EventKind.RESUMED, EventKind.DROPPED}
    kinds = {event.kind for event in silent.events().events}
    assert EventKind.ENDED in kinds
    assert not kinds & of_items
    assert {event.kind for event in logged.events().events} & of_items
