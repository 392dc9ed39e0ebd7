"""The threads engine starts all threads or none, and leaves none behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from pcsim import ProducerConsumerSystem, runtime
from pcsim.analysis.event_text import note
from pcsim.engine.threads import engine as threads
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Phase
from tests.support.engines import GUARD, Gate, all_at_once, endless, line, until
from tests.support.interruption import at_every_place, interrupted


def test_a_source_that_hangs_is_abandoned_by_an_abort() -> None:
    """`join(timeout)` returns False, the worker is named, and an abort abandons it."""
    gate = Gate()
    system = line(gate, None)
    system.start()
    assert gate.entered.wait(GUARD)
    assert not system.wait_for_completion(0.01)
    until(system, lambda s: s.totals.consumed == 1)
    assert "P" in system.unfinished_workers
    system.abort()
    assert system.wait_for_completion(GUARD)
    assert system.snapshot().abandoned == ("P",)
    final = system.snapshot()
    gate.open.set()
    assert system.snapshot() is final


def test_the_item_of_a_sink_that_hangs_is_discarded_at_last() -> None:
    """In hand while it hangs, then counted as discarded."""
    gate = Gate()
    system = line([1], gate)
    system.start()
    assert gate.entered.wait(GUARD)
    assert until(system, lambda s: s.totals.in_workers_hands == 1)
    stats: Any = system.stop(0)
    gate.open.set()
    assert stats["abandoned"] == ["C"]
    assert stats["totals"]["discarded"] == 1
    assert stats["balanced"]


def test_an_abort_without_a_thread_to_time_it_is_timed_by_the_threads_that_join(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those that joined before the abort and those that join after it: none waits without limit."""
    monkeypatch.setattr(threads, "ABANDON_AFTER", 0.01)
    gate = Gate()
    system = line([1], gate)
    system.start()
    assert gate.entered.wait(GUARD)

    def none_left(name: str, _: Callable[[], None]) -> threading.Thread:
        raise RuntimeError(f"can't start new thread {name}")

    monkeypatch.setattr(runtime, "worker_thread", none_left)
    assert not system.wait_for_completion(0)
    assert all_at_once([system.wait_for_completion, system.abort])[0] is True
    assert system.wait_for_completion()
    gate.open.set()
    assert system.snapshot().abandoned == ("C",)
    assert system.snapshot().totals.balanced


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a loaded machine an abort of many takes longer than it is given."""
    monkeypatch.setattr(threads, "ABANDON_AFTER", GUARD)


@pytest.mark.usefixtures("patient")
def test_abort_wakes_every_blocked_producer_without_an_error() -> None:
    """A hundred producers at a full queue are all gone."""
    gate = Gate()
    system = ProducerConsumerSystem()
    system.add_queue("q", 1)
    for number in range(100):
        system.add_producer(f"P{number}", endless(), 0, "q")
    system.add_consumer("C", gate, 0, queue_names="q")
    system.start()
    until(system, lambda s: s.totals.in_producers_hands == 100)
    system.abort()
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    snapshot = system.snapshot()
    assert snapshot.phase is Phase.ABORTED
    assert snapshot.failure is None
    assert {row.state.value for row in snapshot.workers} == {"done"}
    assert {note(row) for row in snapshot.workers} == {"aborted"}
    assert snapshot.totals.balanced


@pytest.mark.usefixtures("patient")
def test_a_thousand_workers_start_and_abort() -> None:
    """A crowd is no different: all start, all end, every item is accounted for."""
    names = [f"P{number}" for number in range(500)]
    scenario = Scenario(
        (QueueSpec("q", 10),),
        tuple(ProducerSpec(name, "q", 3600) for name in names),
        tuple(ConsumerSpec(f"C{number}", ("q",), 0) for number in range(500)),
    )
    engine = ThreadsEngine(scenario)
    engine.start()
    assert len(engine.connections.live_names) == 1000
    engine.abort()
    assert engine.join(GUARD)
    assert engine.snapshot().totals.balanced
    assert engine.snapshot().abandoned == ()


def refuse() -> None:
    """Be a machine without threads."""
    raise RuntimeError("can't start new thread")


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), MemoryError()])
def test_a_thread_that_does_not_start_leaves_none(error: Exception) -> None:
    """Those started are stopped, there is one error, nothing runs."""
    producers = tuple(ProducerSpec(f"P{number}", "q", 0) for number in range(19))
    engine = ThreadsEngine(Scenario((QueueSpec("q", 2),), producers, (ConsumerSpec("C", ("q",)),)))

    def refuse() -> None:
        raise error

    engine.workers[8].start = refuse  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="thread 9 of 20 did not start"):
        engine.start()
    assert engine.join(GUARD)
    assert engine.connections.live_names == ()
    snapshot = engine.snapshot()
    assert snapshot.phase is Phase.FAILED
    assert snapshot.failure is not None
    assert snapshot.failure.worker == "P8"
    assert snapshot.totals.balanced


def test_ctrl_c_while_threads_start_leaves_none() -> None:
    """Half of a run does not go on."""
    producers = tuple(ProducerSpec(f"P{number}", "q", 0) for number in range(19))
    engine = ThreadsEngine(Scenario((QueueSpec("q", 2),), producers, (ConsumerSpec("C", ("q",)),)))

    def interrupted() -> None:
        raise KeyboardInterrupt

    # As if a signal came while that thread starts.
    engine.workers[8].start = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        engine.start()
    assert engine.join(GUARD)
    assert engine.connections.live_names == ()
    assert engine.snapshot().phase is Phase.ABORTED
    assert engine.snapshot().abandoned == ()


@pytest.mark.parametrize("ending", ["drain", "abort", "limit", "no thread"])
def test_when_a_wait_is_over_no_thread_of_the_run_is_alive(
    ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor one that keeps the time of an end or an abort, though it may be slow to return."""

    def slow(name: str, act: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            act()
            threading.Event().wait(0.01)

        return threading.Thread(target=run, name=name, daemon=True)

    monkeypatch.setattr(runtime, "worker_thread", slow)
    before = set(threading.enumerate())
    specs = (QueueSpec("q", 2),), (ProducerSpec("P", "q", 0),), (ConsumerSpec("C", ("q",), 0),)
    end = End(time=1e-9 if ending == "limit" else 3600)
    engine = ThreadsEngine(Scenario(*specs, end=end), {"P": endless()})
    if ending == "no thread":
        monkeypatch.setattr(engine.workers[1], "start", refuse)
        with pytest.raises(RuntimeError, match="did not start"):
            engine.start()
    else:
        engine.start()
        if ending != "limit":
            getattr(engine, ending)()
        assert engine.join(GUARD)
    assert set(threading.enumerate()) <= before


def test_workers_threads_have_their_names() -> None:
    """A debugger shows which is which."""
    names: list[str] = []
    with line(range(1), lambda _: names.append(threading.current_thread().name)):
        pass
    assert names == ["C"]


def test_the_wall_clock_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """So it may jump a day forward or back."""
    flags: list[int] = []
    real = time.time

    def jumping() -> float:
        flags.append(1)
        return real() + (86_400 if len(flags) % 2 else -86_400)

    system = line(range(50), None, producing=0.0001, consuming=0.0001)
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", jumping)
        patch.setattr(time, "time_ns", lambda: int(jumping() * 1e9))
        with system:
            system.snapshot()
            system.events()
        stats: Any = system.get_statistics()
    assert flags == []
    assert 0 < stats["duration"] < GUARD


def test_without_delays_the_queue_alone_slows_the_producer() -> None:
    """An interval of 0 is full speed with back-pressure."""
    dest: list[int] = []
    system = line(range(2_000), dest, capacity=3)
    with system:
        pass
    assert dest == list(range(2_000))
    assert system.snapshot().queues[0].peak_depth <= 3


def test_a_wait_may_be_made_within_a_wait() -> None:
    """A thread that waits for the end has locked nothing that a wait within it would need."""
    gate = Gate()
    system = line([1], gate)
    system.start()
    assert gate.entered.wait(GUARD)

    def try_at(place: int) -> bool:
        within: list[bool] = []
        _, was_there = interrupted(
            lambda: within.append(system.wait_for_completion(0.0001)),
            place,
            lambda: system.wait_for_completion(0.0001),
        )
        assert within == [False] * was_there
        return was_there

    at_every_place(try_at)
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    assert system.snapshot().phase is Phase.FINISHED


def test_a_wait_may_be_made_within_one_that_is_ending() -> None:
    """Threads that have ended are joined by the first wait."""

    def try_at(place: int) -> bool:
        system = line([1], None)
        system.start()
        until(system, lambda s: s.phase.is_over)
        within: list[bool] = []
        ended, was_there = interrupted(
            lambda: within.append(system.wait_for_completion()), place, system.wait_for_completion
        )
        assert (ended, within) == (True, [True] * was_there)
        return was_there

    at_every_place(try_at)
