"""The life of a run: how it starts, fails, is controlled, and always ends."""

from __future__ import annotations

import gc
import pickle
import subprocess
import sys
import textwrap
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pcsim import ProducerConsumerSystem, ShutDown, runtime
from pcsim.analysis.event_text import describe, note
from pcsim.engine.threads import engine as threads
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.errors import (
    DeadlockError,
    PcsimError,
    PhaseError,
    Problem,
    QueueOverflowError,
    ScenarioError,
    ScenarioFileError,
    Wait,
    WorkerError,
)
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import EventKind, Phase
from tests.support.engines import (
    GUARD,
    Gate,
    all_at_once,
    endless,
    line,
    stands_at_full,
    state_of,
    until,
)

ROOT = Path(__file__).parents[2]


class Boom(Exception):
    """What the tests' sources and sinks raise."""


def failing_at(k: int, error: BaseException) -> Callable[[int], None]:
    """A sink that raises on its k-th item, counted from 1."""
    seen = 0

    def sink(_: int) -> None:
        nonlocal seen
        seen += 1
        if seen == k:
            raise error

    return sink


def test_a_failing_sink_ends_the_run_and_is_named() -> None:
    """The error has worker, item number and traceback; every other item is accounted for."""
    system = line(endless(), failing_at(5, Boom("five")))
    system.start()
    with pytest.raises(WorkerError, match="C failed on item 5: Boom: five") as caught:
        system.wait_for_completion(GUARD)
    assert (caught.value.worker, caught.value.item_number) == ("C", 5)
    assert isinstance(caught.value.__cause__, Boom)
    snapshot = system.snapshot()
    assert snapshot.phase is Phase.FAILED
    assert snapshot.failure is not None
    assert "in sink" in snapshot.failure.traceback
    assert not snapshot.failure.is_deadlock
    totals = snapshot.totals
    assert totals.balanced
    assert (totals.consumed, totals.failed) == (4, 1)
    assert totals.discarded == totals.produced - 5
    assert state_of(snapshot, "C") == "failed"


def test_a_skipping_consumer_counts_and_goes_on() -> None:
    """`on_error="skip"`: the run succeeds, the item is failed, the report warns."""
    system = line(range(10), failing_at(5, Boom("five")), on_error="skip")
    with system:
        pass
    totals = system.snapshot().totals
    assert (totals.consumed, totals.failed) == (9, 1)
    told = [describe(e) for e in system.events().events if e.kind is EventKind.SKIPPED]
    assert told == ["item 5 failed, skipped: Boom: five"]


@pytest.mark.parametrize("capacity", [1, 3])
def test_when_the_last_reader_dies_its_producers_are_released(capacity: int) -> None:
    """Consumers that fail one after the other leave nobody blocked."""
    system = ProducerConsumerSystem()
    system.add_queue("q", capacity)
    for number in range(3):
        system.add_producer(f"P{number}", endless(), 0, "q")
    for number in range(2):
        system.add_consumer(f"C{number}", failing_at(3, Boom()), 0, queue_names="q")
    system.start()
    with pytest.raises(WorkerError):
        system.wait_for_completion(GUARD)
    assert system.snapshot().totals.balanced


def test_reaching_max_items_ends_a_run_whose_producers_have_more() -> None:
    """The leftovers are discarded, and the log says why."""
    dest: list[int] = []
    system = line(endless(), dest, max_items=7)
    system.start()
    assert system.wait_for_completion(GUARD)
    snapshot = system.snapshot()
    assert dest == list(range(7))
    assert snapshot.phase is Phase.FINISHED
    assert snapshot.totals.consumed == 7
    assert snapshot.totals.discarded == snapshot.totals.produced - 7
    notes = {row.name: note(row) for row in snapshot.workers}
    assert notes["C"] == "its limit of 7 reached"
    assert notes["P"] == "the queue it puts into has no consumer left"


@pytest.mark.parametrize("paused", [False, True])
def test_a_producer_that_sleeps_is_released_when_its_last_reader_is_gone(paused: bool) -> None:
    """Neither an hour's interval nor a pause keeps a run alive that nobody reads any more."""
    gate = Gate()
    system = ProducerConsumerSystem()
    system.add_queue("q", 3)
    system.add_producer("slow", range(5), 3600, "q")
    system.add_producer("quick", ["x"], 0, "q")
    system.add_consumer("C", gate, 0, 1, "q")
    system.start()
    assert gate.entered.wait(GUARD)
    if paused:
        system.pause_producing()
        until(system, lambda s: state_of(s, "slow") == "paused")
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    assert gate.got == ["x"]
    assert system.snapshot().totals.balanced


def test_what_a_source_gave_before_it_raised_is_in_the_books() -> None:
    """The error names the item that was about to come."""

    def source() -> Iterator[int]:
        yield from range(3)
        raise Boom("dry")

    gate = Gate()
    system = line(source(), gate)
    system.start()
    gate.open.set()
    with pytest.raises(WorkerError, match="P failed on item 4: Boom: dry"):
        system.wait_for_completion(GUARD)
    totals = system.snapshot().totals
    assert totals.produced == totals.consumed == 3
    assert totals.balanced


def test_an_endless_source_is_closed_once_when_drained() -> None:
    """After a drain it is pulled no more."""
    closed: list[int] = []
    pulled = 0

    def source() -> Iterator[int]:
        nonlocal pulled
        try:
            while True:
                pulled += 1
                yield pulled
        finally:
            closed.append(pulled)

    system = line(source(), None)
    system.start()
    until(system, lambda s: s.totals.consumed > 10)
    system.drain()
    assert system.wait_for_completion(GUARD)
    assert closed == [pulled]
    totals = system.snapshot().totals
    assert totals.produced == totals.consumed == pulled


def test_a_source_that_hangs_is_waited_for_only_so_long() -> None:
    """`join(timeout)` says False, names the worker, and an abort gives it up."""
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


def test_an_abort_without_a_thread_to_time_it_is_timed_by_whoever_joins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who joined before the abort, and who joins after it: no one waits without limit."""
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
    """A crowd is no different: all start, all end, the books balance."""
    names = [f"P{number}" for number in range(500)]
    scenario = Scenario(
        (QueueSpec("q", 10),),
        tuple(ProducerSpec(name, "q", 3600) for name in names),
        tuple(ConsumerSpec(f"C{number}", ("q",), 0) for number in range(500)),
    )
    engine = ThreadsEngine(scenario)
    engine.start()
    assert len(engine.live_workers) == 1000
    engine.abort()
    assert engine.join(GUARD)
    assert engine.snapshot().totals.balanced
    assert engine.snapshot().abandoned == ()


def test_a_drain_while_paused_drains() -> None:
    """Pause is forgotten, what was queued arrives."""
    gate = Gate()
    system = line(endless(), gate)
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: stands_at_full(s, "P"))
    system.pause_producing()
    system.drain()
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    assert gate.got == list(range(len(gate.got)))
    assert system.snapshot().totals.consumed == len(gate.got)


def test_a_pause_while_blocked_loses_nothing() -> None:
    """The item in a blocked producer's hand is put; then nothing new is made."""
    gate = Gate()
    system = line(endless(), gate, capacity=2)
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: stands_at_full(s, "P"))
    system.pause_producing()
    gate.open.set()
    still = until(system, lambda s: state_of(s, "P") == "paused" and s.totals.consumed == 4)
    assert still.totals.produced == 4
    assert gate.got == [0, 1, 2, 3]
    system.resume_producing()
    until(system, lambda s: s.totals.consumed > 10)
    system.stop(GUARD)
    assert gate.got == list(range(len(gate.got)))


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


def test_many_may_wait() -> None:
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
    assert engine.live_workers == ()
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
    assert engine.live_workers == ()
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


def refuse() -> None:
    """Be a machine without threads."""
    raise RuntimeError("can't start new thread")


def test_ending_an_incomplete_system_does_nothing() -> None:
    """In a `finally` it must not take the place of the error that led there."""
    system = ProducerConsumerSystem()
    system.add_queue("q")
    system.drain()
    system.abort()
    assert system.stop() == {}
    with pytest.raises(ScenarioError):
        system.start()


@pytest.mark.parametrize(
    "error",
    [
        WorkerError("C", 3, "ValueError: bad"),
        DeadlockError((Wait("A", ("q",), "full"), Wait("B", ("r",), "full"))),
        ScenarioFileError("my.toml", (Problem(3, "no such key"),)),
        ScenarioError("wrong"),
    ],
)
def test_errors_come_whole_out_of_another_process(error: PcsimError) -> None:
    """As a pool of processes brings them."""
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
    assert type(twin) is type(error)
    assert (str(twin), vars(twin)) == (str(error), vars(error))


@pytest.mark.parametrize(
    "error",
    [
        SystemExit(3),
        KeyboardInterrupt(),
        GeneratorExit(),
        StopIteration(),
        ShutDown(),
        MemoryError(),
    ],
)
@pytest.mark.parametrize("where", ["source", "sink", "stage"])
def test_whatever_is_raised_is_a_failure_like_any_other(error: BaseException, where: str) -> None:
    """No exception ends a worker quietly, not even those that mean something to the engine."""

    class Source:
        def __iter__(self) -> Iterator[int]:
            return self

        def __next__(self) -> int:
            if where == "source" and not isinstance(error, StopIteration):
                raise error
            return 1

    def fail(_: int) -> None:
        raise error

    system = ProducerConsumerSystem()
    system.add_queue("a", 2)
    system.add_queue("b", 2)
    system.add_producer("P", Source(), 0, "a")
    system.add_consumer("S", fail if where == "stage" else None, 0, queue_names="a", output="b")
    system.add_consumer("C", fail, 0, queue_names="b")
    system.start()
    named = {"source": "P", "stage": "S", "sink": "C"}[where]
    if where == "source" and isinstance(error, StopIteration):
        named = "C"
    with pytest.raises(WorkerError) as caught:
        system.wait_for_completion(GUARD)
    assert (caught.value.worker, caught.value.item_number) == (named, 1)
    assert caught.value.__cause__ is error
    assert system.snapshot().phase is Phase.FAILED
    assert system.snapshot().totals.balanced


def test_an_error_that_cannot_be_shown_is_still_told() -> None:
    """An exception whose text raises does not keep its run from ending."""

    class Hostile(Exception):
        def __str__(self) -> str:
            raise SystemExit

        __repr__ = __str__

    system = line([1], failing_at(1, Hostile()))
    system.start()
    with pytest.raises(WorkerError, match="Hostile: <its text raised SystemExit>"):
        system.wait_for_completion(GUARD)


def test_a_source_that_cannot_be_closed_fails_its_run() -> None:
    """An error while closing is an error of the source."""

    def source() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            raise Boom("closing")

    system = line(source(), None, max_items=3)
    system.start()
    with pytest.raises(WorkerError, match="Boom: closing"):
        system.wait_for_completion(GUARD)
    assert system.snapshot().totals.balanced


def test_the_first_error_wins() -> None:
    """What fails after it is told, and changes nothing."""
    gate = Gate()

    def late(item: int) -> None:
        gate(item)
        raise Boom("late")

    system = ProducerConsumerSystem()
    system.add_queue("a", 1)
    system.add_queue("b", 1)
    system.add_producer("P", [1], 0, "a")
    system.add_producer("Q", [1], 0, "b")
    system.add_consumer("late", late, 0, queue_names="a")

    def early(_: int) -> None:
        assert gate.entered.wait(GUARD)
        raise Boom("early")

    system.add_consumer("early", early, 0, queue_names="b")
    system.start()
    until(system, lambda s: s.failure is not None)
    gate.open.set()
    with pytest.raises(WorkerError, match="early failed on item 1: Boom: early"):
        system.wait_for_completion(GUARD)
    assert system.snapshot().totals.failed == 2


def test_an_overflowing_queue_that_may_not_fails_its_producer() -> None:
    """`overflow="fail"` is an error of the worker that met the full queue."""
    gate = Gate()
    system = ProducerConsumerSystem()
    system.add_queue("q", 1, overflow="fail")
    system.add_producer("P", endless(), 0, "q")
    system.add_consumer("C", gate, 0, queue_names="q")
    system.start()
    until(system, lambda s: s.failure is not None)
    gate.open.set()
    with pytest.raises(WorkerError) as caught:
        system.wait_for_completion(GUARD)
    assert isinstance(caught.value.__cause__, QueueOverflowError)
    assert system.snapshot().totals.failed == 1


def test_a_system_dropped_while_running_warns_and_ends() -> None:
    """Nobody can stop it any more, so it stops itself."""
    gate = Gate()
    gate.open.set()
    system = line(endless(), gate, consuming=0.001)
    system.start()
    assert gate.entered.wait(GUARD)
    threads = [t for t in threading.enumerate() if t.name in ("P", "C")]
    assert len(threads) == 2
    holder = [system]
    del system
    with pytest.warns(ResourceWarning, match="was dropped"):
        holder.clear()
    for thread in threads:
        thread.join(GUARD)
        assert not thread.is_alive()


def test_an_ended_system_is_dropped_quietly() -> None:
    """A warning would be noise."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with line(range(3), None) as system:
            pass
        del system
        gc.collect()


def test_leaving_by_an_exception_aborts_and_keeps_it() -> None:
    """The context manager hides neither the error nor the run."""
    with pytest.raises(Boom, match="mine"), line(endless(), None) as system:
        raise Boom("mine")
    assert system.snapshot().phase is Phase.ABORTED
    assert system.unfinished_workers == ()


def test_an_interrupt_while_the_context_manager_waits_aborts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C at the end of a `with` leaves no run behind."""
    system = line(endless(), None)

    def interrupted(_: object, timeout: float | None = None) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(ProducerConsumerSystem, "wait_for_completion", interrupted)
    with pytest.raises(KeyboardInterrupt), system:
        pass
    assert system.snapshot().phase is Phase.ABORTED


def run(program: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A program of its own process, run to its end."""
    return subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(program)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=GUARD,
        check=False,
    )


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no fork on this system")
def test_a_fork_kills_the_childs_engine_and_not_the_parents() -> None:
    """The child is told; its own systems work; the parent's run is unharmed."""
    done = run(
        """
        import os, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        from pcsim import ProducerConsumerSystem
        from pcsim.errors import PhaseError

        def system(source, dest):
            made = ProducerConsumerSystem()
            made.add_queue("q", 3)
            made.add_producer("P", source, 0, "q")
            made.add_consumer("C", dest, 0, queue_names="q")
            return made

        def endless():
            while True:
                yield 1

        running = system(endless(), None)
        running.start()
        for _ in range(5):
            child = os.fork()
            if not child:
                try:
                    for ask in (running.snapshot, running.drain, running.abort, running.stop):
                        try:
                            ask()
                        except PhaseError as error:
                            assert "parent" in str(error)
                        else:
                            os._exit(1)
                    dest = []
                    with system(range(10), dest):
                        pass
                    os._exit(0 if dest == list(range(10)) else 2)
                finally:
                    os._exit(3)
            assert os.waitpid(child, 0)[1] == 0
        report = running.stop()
        assert report["phase"] == "finished" and report["balanced"]
        print("unharmed")
        """
    )
    assert (done.stdout, done.stderr, done.returncode) == ("unharmed\n", "", 0)


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="no fork on this system")
def test_a_system_that_has_not_started_may_be_started_on_both_sides_of_a_fork() -> None:
    """Though it was looked at, and so built, before."""
    done = run(
        """
        import os, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        from pcsim import ProducerConsumerSystem

        dest = []
        system = ProducerConsumerSystem()
        system.add_queue("q", 3)
        system.add_producer("P", range(10), 0, "q")
        system.add_consumer("C", dest, 0, queue_names="q")
        assert system.snapshot().phase == "created"
        child = os.fork()
        status = 1
        try:
            with system:
                pass
            status = 0 if dest == list(range(10)) else 2
        finally:
            if not child:
                os._exit(status)
        print(os.waitpid(child, 0)[1], status)
        """
    )
    assert (done.stdout, done.stderr, done.returncode) == ("0 0\n", "", 0)


@pytest.mark.parametrize("hangs", [False, True])
def test_the_interpreters_exit_aborts_a_running_system(hangs: bool) -> None:
    """The process ends by itself, with its own status, quietly."""
    done = run(
        f"""
        import sys, threading
        from pcsim import ProducerConsumerSystem

        entered = threading.Event()

        def source():
            while True:
                yield 1

        def sink(_):
            entered.set()
            if {hangs}:
                threading.Event().wait()

        system = ProducerConsumerSystem()
        system.add_queue("q", 3)
        system.add_producer("P", source(), 0, "q")
        system.add_consumer("C", sink, 0, queue_names="q")
        system.start()
        entered.wait()
        print("leaving")
        sys.exit(7)
        """
    )
    assert (done.stdout, done.stderr, done.returncode) == ("leaving\n", "", 7)


@pytest.mark.parametrize("daemon", [True, False])
def test_a_thread_that_waits_for_the_run_does_not_hold_up_the_exit(daemon: bool) -> None:
    """The interpreter waits for threads that are no daemons, and they for the run."""
    done = run(
        f"""
        import threading
        from pcsim import ProducerConsumerSystem

        def endless():
            while True:
                yield 1

        system = ProducerConsumerSystem()
        system.add_queue("q", 3)
        system.add_producer("P", endless(), 0, "q")
        system.add_consumer("C", None, 0, queue_names="q")
        system.start()
        threading.Thread(target=system.wait_for_completion, daemon={daemon}).start()
        print("leaving")
        """
    )
    assert (done.stdout, done.stderr, done.returncode) == ("leaving\n", "", 0)


def test_a_dropped_system_is_told_of_on_stderr() -> None:
    """With Python's development warnings on, the mistake is seen."""
    done = run(
        """
        from pcsim import ProducerConsumerSystem

        def endless():
            while True:
                yield 1

        system = ProducerConsumerSystem()
        system.add_queue("q", 3)
        system.add_producer("P", endless(), 0, "q")
        system.add_consumer("C", None, 0, queue_names="q")
        system.start()
        del system
        """,
        "-W",
        "always::ResourceWarning",
    )
    assert "ResourceWarning: a running ProducerConsumerSystem was dropped" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 0
