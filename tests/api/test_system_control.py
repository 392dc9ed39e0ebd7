"""`ProducerConsumerSystem`: start, pause, drain, stop and abort, from any thread, in any order."""

from __future__ import annotations

from typing import Any

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.errors import PhaseError, ScenarioError, WorkerError
from pcsim.snapshot import EventKind, Phase
from tests.support.engines import (
    GUARD,
    Boom,
    Gate,
    all_at_once,
    endless,
    failing_at,
    line,
    stands_at_full,
    state_of,
    until,
)
from tests.support.interruption import at_every_place, interrupted


def test_stop_drains_what_was_made() -> None:
    """After `stop` everything produced has arrived, and nothing more is made."""
    dest: list[int] = []
    system = line(endless(), dest, consuming=0.0001)
    system.start()
    until(system, lambda s: s.totals.consumed > 20)
    stats: Any = system.stop(GUARD)
    assert stats["phase"] == "finished"
    assert stats["total_produced"] == stats["total_consumed"] == len(dest)
    assert dest == list(range(len(dest)))


def test_stop_aborts_what_does_not_drain() -> None:
    """Past its timeout `stop` gives up and names the worker that hangs."""
    gate = Gate()
    system = line(range(10), gate)
    system.start()
    assert gate.entered.wait(GUARD)
    stats: Any = system.stop(0.01)
    gate.open.set()
    assert stats["phase"] == "aborted"
    assert stats["abandoned"] == ["C"]
    assert stats["balanced"]


def test_drain_returns_at_once_and_empties_the_queues() -> None:
    """It is a request; the end is waited for apart from it."""
    gate = Gate()
    system = line(endless(), gate)
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: stands_at_full(s, "P"))
    system.drain()
    assert system.snapshot().phase is Phase.DRAINING
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    snapshot = system.snapshot()
    assert snapshot.phase is Phase.FINISHED
    assert snapshot.totals.produced == snapshot.totals.consumed == len(gate.got)


def test_abort_discards_and_counts_what_is_left() -> None:
    """Every aborted item is counted."""
    gate = Gate()
    system = line(endless(), gate)
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: s.queues[0].depth == 4 and stands_at_full(s, "P"))
    system.abort()
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    totals = system.snapshot().totals
    assert totals.balanced
    assert (totals.produced, totals.consumed, totals.discarded) == (6, 1, 5)
    assert system.snapshot().phase is Phase.ABORTED


def test_paused_producers_make_nothing_and_go_on_later() -> None:
    """Pause stops the making, not the consuming."""
    dest: list[int] = []
    system = line(endless(), dest)
    system.start()
    until(system, lambda s: s.totals.consumed > 10)
    system.pause_producing()
    still = until(system, lambda s: state_of(s, "P") == "paused" and not s.totals.queued)
    assert not still.producing
    produced = still.totals.produced
    until(system, lambda s: s.totals.consumed == produced)
    assert system.snapshot().totals.produced == produced
    system.resume_producing()
    until(system, lambda s: s.totals.produced > produced)
    assert system.snapshot().producing
    system.stop(GUARD)
    assert dest == list(range(len(dest)))


def test_stop_gives_the_same_report_to_all() -> None:
    """Twice, and from ten threads, it is one outcome."""
    system = line(endless(), None)
    system.start()
    until(system, lambda s: s.totals.consumed > 5)
    reports = all_at_once([lambda: system.stop(GUARD)] * 10)
    assert all(report == reports[0] for report in reports)
    assert system.stop() == reports[0]
    assert reports[0]["phase"] == "finished"


def test_waiting_before_the_start_is_an_error() -> None:
    """There is nothing to wait for."""
    with pytest.raises(PhaseError, match="has not started"):
        line(range(3), None).wait_for_completion()


@pytest.mark.parametrize(
    ("control", "phase"),
    [("drain", Phase.FINISHED), ("abort", Phase.ABORTED), ("stop", Phase.FINISHED)],
)
def test_ending_before_the_start_ends_the_run(control: str, phase: Phase) -> None:
    """It is over, has lasted no time, and cannot be started any more."""
    system = line(range(3), None)
    getattr(system, control)()
    assert system.wait_for_completion(GUARD)
    snapshot = system.snapshot()
    assert (snapshot.phase, snapshot.at) == (phase, 0)
    assert [(e.kind, e.at) for e in system.events().events] == [(EventKind.ENDED, 0)]
    with pytest.raises(PhaseError, match="cannot be started again"):
        system.start()


def test_a_second_start_is_an_error_and_the_run_goes_on() -> None:
    """One run a system."""
    gate = Gate()
    system = line(range(3), gate)
    system.start()
    with pytest.raises(PhaseError, match="running: it cannot be started again"):
        system.start()
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    assert gate.got == [0, 1, 2]


def test_of_two_starts_at_once_exactly_one_wins() -> None:
    """Even when both come before there is an engine."""
    for _ in range(20):
        dest: list[int] = []
        system = line(range(3), dest)
        results = all_at_once([system.start] * 4)
        assert sum(result is None for result in results) == 1
        assert all(result is None or isinstance(result, PhaseError) for result in results)
        assert system.wait_for_completion(GUARD)
        assert dest == [0, 1, 2]


@pytest.mark.parametrize("control", ["drain", "abort", "pause_producing", "resume_producing"])
def test_controls_after_the_end_do_nothing(control: str) -> None:
    """An ended run stays as it is."""
    system = line(range(3), None)
    with system:
        pass
    before = system.snapshot()
    getattr(system, control)()
    assert system.snapshot() is before


@pytest.mark.parametrize("control", ["drain", "abort"])
def test_a_sink_may_ask_for_the_end(control: str) -> None:
    """From a worker it is a request like any other."""
    system: ProducerConsumerSystem

    def sink(item: int) -> None:
        if item == 5:
            getattr(system, control)()

    system = line(endless(), sink)
    system.start()
    assert system.wait_for_completion(GUARD)
    assert system.snapshot().phase is (Phase.FINISHED if control == "drain" else Phase.ABORTED)
    assert system.snapshot().totals.balanced


@pytest.mark.parametrize("control", ["stop", "wait_for_completion"])
def test_a_worker_cannot_wait_for_its_own_end(control: str) -> None:
    """It is an error, and not a hang."""
    raised: list[BaseException] = []
    system: ProducerConsumerSystem

    def sink(_: int) -> None:
        try:
            getattr(system, control)()
        except PhaseError as error:
            raised.append(error)

    system = line([1], sink)
    system.start()
    assert system.wait_for_completion(GUARD)
    assert "cannot wait" in str(raised[0])


def test_a_wait_that_times_out_changes_nothing() -> None:
    """False, the run goes on, and a second wait succeeds."""
    gate = Gate()
    system = line(range(3), gate)
    system.start()
    assert not system.wait_for_completion(0)
    assert not system.wait_for_completion(0.005)
    gate.open.set()
    assert system.wait_for_completion(1e300)
    assert gate.got == [0, 1, 2]


def test_many_threads_may_wait() -> None:
    """All of them return, and all of them hear of the error."""
    gate = Gate()
    system = line(range(3), gate)
    system.start()
    waiting = [lambda: system.wait_for_completion(GUARD)] * 8
    assert all_at_once([gate.open.set, *waiting])[1:] == [True] * 8
    failed = line(range(3), failing_at(1, Boom()))
    failed.start()
    results = all_at_once([lambda: failed.wait_for_completion(GUARD)] * 8)
    assert all(isinstance(result, WorkerError) for result in results)


def test_ending_an_incomplete_system_does_nothing() -> None:
    """In a `finally` it must not take the place of the error that led there."""
    system = ProducerConsumerSystem()
    system.add_queue("q")
    system.drain()
    system.abort()
    assert system.stop() == {}
    with pytest.raises(ScenarioError):
        system.start()


def test_a_system_is_built_once_though_it_is_looked_at_from_within() -> None:
    """Even where that starts it: it is that one that runs."""

    def try_at(place: int) -> bool:
        got: list[int] = []
        system = line([1, 2, 3], got)
        _, was_there = interrupted(system.start, 10 * place, system.snapshot)
        if not was_there:
            system.start()
        assert system.wait_for_completion(GUARD)
        assert got == [1, 2, 3]
        return was_there

    at_every_place(try_at)
