"""Contract: the life of a run, on both engines: its start, its controls, before and after."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pcsim.analysis.event_text import describe, note
from pcsim.errors import PhaseError, WorkerError
from pcsim.scenario import (
    ConsumerSpec,
    ProducerSpec,
    QueueSpec,
    Scenario,
)  # fmt: skip
from pcsim.snapshot import Cause, EventKind, Phase
from tests.contract.bench import Bench, Boom, calling_at, is_full, line, worker
from tests.support.engines import endless


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
    """Which thread asks makes no difference."""
    engine = bench.started(line(interval=1e-6), {"P": endless()})
    bench.until(lambda s: s.totals.consumed >= 5)
    engine.drain()
    engine.drain()
    assert engine.snapshot().phase in (Phase.DRAINING, Phase.FINISHED)
    final = bench.end()
    assert final.phase is Phase.FINISHED
    assert final.totals.produced == final.totals.consumed
    assert engine.error is None


def test_a_drained_run_takes_what_its_blocked_producers_have_in_hand(bench: Bench) -> None:
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


@pytest.mark.parametrize("caller", ["sink", "outside"])
def test_abort_ends_at_once_and_counts_what_is_left(bench: Bench, caller: str) -> None:
    """In hands and queues: discarded; blocked producers wake; no worker has an error."""
    scenario = Scenario(
        (QueueSpec("q", 2), QueueSpec("r", 2)),
        (ProducerSpec("P", "q", 0, count=3),),
        (
            ConsumerSpec("S", "q", 0, output="r"),
            ConsumerSpec("C", "r", bench.slow_time, count=2),
        ),
    )
    if caller == "sink":
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
    assert bench.engine.connections.live_names == ()


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
    messages = [describe(e) for e in bench.engine.events().events if e.kind is EventKind.CONTROL]
    assert messages == ["aborting"]


@pytest.mark.parametrize("where", ["sink", "stage", "source"])
def test_what_fails_because_of_an_abort_is_no_failure(bench: Bench, where: str) -> None:
    """Code that is asked to stop may raise: the run was aborted before, and stays so."""

    def act(data: int) -> int:
        if data == 3:
            bench.engine.abort()
            raise Boom("since it was aborted")
        return data

    scenario = Scenario(
        (QueueSpec("q", 2), QueueSpec("r", 2)),
        (ProducerSpec("P", "q", 0),),
        (ConsumerSpec("S", "q", 0, output="r"), ConsumerSpec("C", "r", 0)),
    )
    source = map(act, endless()) if where == "source" else endless()
    sinks = {"S" if where == "stage" else "C": act} if where != "source" else {}
    final = bench.run(scenario, {"P": source}, sinks)
    assert final.phase is Phase.ABORTED
    assert final.stopped is Cause.ABORTED
    assert final.failure is None
    assert bench.engine.error is None
    assert bench.engine.join()
    assert final.totals.failed == (0 if where == "source" else 1)


@pytest.mark.parametrize("control", ["drain", "abort"])
def test_a_failure_after_another_ending_is_the_runs_unless_it_was_aborted(
    bench: Bench, control: str
) -> None:
    """A drain wants every item delivered; an abort none. A control that comes after a failure
    changes nothing of it."""

    def act(data: int) -> None:
        if data == 3:
            if control == "drain":
                bench.engine.drain()
            raise Boom("first")

    engine = bench.started(line(3), {"P": endless()}, {"C": act})
    bench.until(lambda seen: seen.failure is not None)
    getattr(engine, control)()
    final = bench.end()
    assert final.phase is Phase.FAILED
    assert final.failure is not None
    assert final.failure.message == "Boom: first"
    assert isinstance(engine.error, WorkerError)


@pytest.mark.parametrize("times", [(2, 1), (3, 1), (1, 2), (2, 3)])
def test_pauses_do_not_add_up(bench: Bench, times: tuple[int, int]) -> None:
    """However often each was asked for, a pause holds, one resume ends it, and each is logged
    once. A resume in advance takes nothing off a later pause."""
    pauses, resumes = times
    engine = bench.started(line(3), {"P": endless()})
    for _ in range(resumes):
        engine.resume_producing()
    for _ in range(pauses):
        engine.pause_producing()
    seen = bench.until(lambda s: worker(s, "P").state == "paused")
    for _ in range(resumes):
        engine.resume_producing()
    assert engine.snapshot().producing
    bench.until(lambda s: s.totals.produced > seen.totals.produced)
    engine.abort()
    bench.end()
    messages = [describe(e) for e in engine.events().events if e.kind is EventKind.CONTROL]
    assert messages == ["producing paused", "producing resumed", "aborting"]


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
    messages = [describe(e) for e in engine.events().events if e.kind is EventKind.CONTROL]
    assert messages == ["producing paused", "producing resumed"]


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
