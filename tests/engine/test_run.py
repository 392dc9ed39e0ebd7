"""The life of a run: how it fails, pauses, drains and ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pcsim import ProducerConsumerSystem, ShutDown
from pcsim.analysis.event_text import describe
from pcsim.errors import WorkerError
from pcsim.snapshot import EventKind, Phase
from tests.support.cases import case
from tests.support.engines import (
    GUARD,
    Boom,
    Gate,
    endless,
    failing_at,
    line,
    stands_at_full,
    state_of,
    until,
)


def test_a_failing_sink_ends_the_run_and_is_named() -> None:
    """The error has worker, item number and traceback; every other item is accounted for."""
    system = line(endless(), failing_at(5, Boom("five")))
    system.start()
    with pytest.raises(WorkerError, match=r"^C failed on item 5 \(4\) from P: Boom") as caught:
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
    messages = [describe(e) for e in system.events().events if e.kind is EventKind.SKIPPED]
    assert messages == ["item 5 (4) from P failed, skipped: Boom: five"]


def test_what_a_source_gave_before_it_raised_is_accounted_for() -> None:
    """The error names how many that was: the source failed, and no item."""

    def source() -> Iterator[int]:
        yield from range(3)
        raise Boom("dry")

    gate = Gate()
    system = line(source(), gate)
    system.start()
    gate.open.set()
    with pytest.raises(WorkerError, match="P failed after 3 items: Boom: dry"):
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


ERRORS = (
    SystemExit(3), KeyboardInterrupt(), GeneratorExit(), StopIteration(), ShutDown(), MemoryError(),
)  # fmt: skip


def check_failure(where: str, error: BaseException) -> None:
    """Check that this error, raised there, fails the run and is its cause."""

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
    number = 0 if named == "P" else 1
    assert (caught.value.worker, caught.value.item_number) == (named, number)
    assert caught.value.__cause__ is error
    assert system.snapshot().phase is Phase.FAILED
    assert system.snapshot().totals.balanced


@pytest.mark.parametrize("where", ["source", "sink", "stage"])
def test_whatever_is_raised_is_a_failure_like_any_other(where: str) -> None:
    """No exception ends a worker quietly, not even those that mean something to the engine."""
    for error in ERRORS:
        with case(error):
            check_failure(where, error)


def test_an_error_that_cannot_be_shown_is_still_reported() -> None:
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
    """What fails after it is counted, and changes nothing."""
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
    with pytest.raises(WorkerError, match=r"early failed on item \d \(1\) from Q: Boom: early"):
        system.wait_for_completion(GUARD)
    assert system.snapshot().totals.failed == 2


def test_order_is_kept_through_stages() -> None:
    """First in, first out, however small the queues."""
    dest: list[int] = []
    system = ProducerConsumerSystem()
    for name in "abc":
        system.add_queue(name, 1)
    system.add_producer("P", range(500), 0, "a")
    system.add_consumer("S", None, 0, queue_names="a", output="b")
    system.add_consumer("T", None, 0, queue_names="b", output="c")
    system.add_consumer("C", dest, 0, queue_names="c")
    with system:
        pass
    assert dest == list(range(500))
