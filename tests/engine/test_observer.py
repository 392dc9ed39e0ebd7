"""Snapshots and looks into a queue disturb no run, and may be taken at any moment."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.analysis import report
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.errors import ScenarioError
from pcsim.scenario import ConsumerSpec, Discipline, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Phase, Snapshot
from tests.support.engines import (
    GUARD,
    Boom,
    Gate,
    check_balance,
    check_growth,
    endless,
    line,
    stands_at_full,
    until,
)
from tests.support.interruption import at_every_place, interrupted
from tests.support.threads import Calling


def test_a_snapshot_outlives_its_engine() -> None:
    """It is plain data: the engine and its items are gone, the report can be made."""

    def taken() -> tuple[Snapshot, weakref.ref[Any]]:
        engine = ThreadsEngine(
            Scenario(
                (QueueSpec("main", 2),),
                (ProducerSpec("p", "main", 0, 20),),
                (ConsumerSpec("c", ("main",), 0),),
            )
        )
        engine.start()
        assert engine.join(GUARD)
        return engine.snapshot(), weakref.ref(engine)

    snapshot, engine = taken()
    gc.collect()
    assert engine() is None
    check_balance(snapshot)
    assert "20 produced = 20 consumed" in report.text(snapshot)
    with pytest.raises(AttributeError):
        snapshot.version = 3  # type: ignore[misc]


@pytest.mark.parametrize("discipline", list(Discipline))
def test_a_snapshot_does_not_wait_for_a_thread_that_serves_a_queue(discipline: Discipline) -> None:
    """Else it and the last worker, which ends the run in the mutex, would wait for each other."""
    engine = ThreadsEngine(
        Scenario(
            (QueueSpec("main", 2, discipline=discipline),),
            (ProducerSpec("P", "main", 0.0),),
            (ConsumerSpec("C", "main", 3600.0),),
        )
    )
    engine.start()
    until(engine, lambda snapshot: stands_at_full(snapshot, "P"))
    taken: list[Snapshot] = []
    looks = threading.Thread(target=lambda: taken.append(engine.snapshot()))
    with engine._lock:
        looks.start()
        looks.join(GUARD)
        was_free = bool(taken)
    looks.join(GUARD)
    engine.abort()
    assert engine.join(GUARD)
    assert was_free
    assert taken[0].queues[0].depth == 2
    assert taken[0].queues[0].oldest_queued_at is not None


def test_an_item_may_leave_its_queue_while_it_is_looked_at() -> None:
    """It is shown as it was when the look began."""

    class Leaving:
        def __repr__(self) -> str:
            engine.queues[0].waiting()[0].queued_at = None  # as a stage's next put begins
            return "on its way"

    engine = ThreadsEngine(
        Scenario(
            (QueueSpec("main", 1),),
            (ProducerSpec("P", "main", 0.0),),
            (ConsumerSpec("C", "main", 3600.0),),
        ),
        sources={"P": [1, Leaving(), 3]},
    )
    engine.start()
    until(engine, lambda s: s.totals.in_workers_hands == 1 and stands_at_full(s, "P"))
    detail = engine.queue_detail("main")
    engine.abort()
    assert engine.join(GUARD)
    assert [item.shown for item in detail.items] == ["on its way"]


def test_time_does_not_go_back_at_the_end() -> None:
    """A snapshot that is taken while the run closes its ledger may be later than its beginning."""
    engine = ThreadsEngine(
        Scenario(
            (QueueSpec("q", 2),), (ProducerSpec("P", "q", 0, 3),), (ConsumerSpec("C", "q", 0),)
        )
    )
    queue, seen = engine.queues[0], list[Snapshot]()
    end_marks = queue.end_marks

    def look(at: float) -> None:
        end_marks(at)
        seen.append(engine.snapshot())

    with patch.object(queue, "end_marks", look):
        engine.start()
        assert engine.join(GUARD)
    assert [snapshot.phase for snapshot in seen] == [Phase.RUNNING]
    assert engine.snapshot().at >= seen[0].at


def test_queue_detail_looks_without_disturbing() -> None:
    """The items that wait are shown, oldest first, and stay."""
    gate = Gate()
    system = line(["a", "b", "c", "d", "e", "f"], gate)
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: s.queues[0].depth == 4)
    detail = system.queue_detail("q", limit=2)
    assert detail.depth == 4
    assert [(item.shown, item.producer) for item in detail.items] == [("b", "P"), ("c", "P")]
    assert [item.id for item in detail.items] == [2, 3]
    assert system.queue_detail("q").depth == 4
    with pytest.raises(ScenarioError, match="unknown queue 'p'"):
        system.queue_detail("p")
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    assert gate.got == ["a", "b", "c", "d", "e", "f"]


@pytest.fixture
def busy() -> Iterator[ProducerConsumerSystem]:
    """A system in which something happens all the time."""
    system = line(endless(), None)
    with system:
        until(system, lambda s: s.totals.consumed > 100)
        yield system
        system.drain()


def test_a_snapshot_within_a_snapshot_is_exact(busy: ProducerConsumerSystem) -> None:
    """Both are exact, the inner one no earlier than the other."""

    def try_at(place: int) -> bool:
        within: list[Any] = []
        seen, was_there = interrupted(
            lambda: within.extend([busy.snapshot(), busy.get_statistics()]), place, busy.snapshot
        )
        check_balance(seen)
        if was_there:
            check_balance(within[0])
            assert within[1]["balanced"]
            check_growth(busy.snapshot(), busy.snapshot())
            check_growth(within[0], busy.snapshot())
        return was_there

    at_every_place(try_at)


@pytest.mark.parametrize("discipline", Discipline)
@pytest.mark.parametrize("ending", ["drain", "abort"])
def test_a_run_may_be_ended_from_within_a_snapshot(discipline: Discipline, ending: str) -> None:
    """No worker waits for a snapshot, not even the last one, which closes the ledger."""
    specs = (ProducerSpec("P", "q", 0),), (ConsumerSpec("C", ("q",), 0, count=2),)

    def try_at(place: int) -> bool:
        engine = ThreadsEngine(Scenario((QueueSpec("q", 3, discipline=discipline),), *specs))
        engine.start()
        until(engine, lambda s: s.totals.consumed > 3)

        def end() -> None:
            getattr(engine, ending)()
            engine.queue_detail("q")
            assert engine.join(GUARD)
            assert engine.snapshot().phase.is_over

        seen, was_there = interrupted(end, 10 * place, engine.snapshot)
        check_balance(seen)
        if not was_there:
            engine.abort()
            assert engine.join(GUARD)
        check_balance(engine.snapshot())
        return was_there

    at_every_place(try_at)


def test_who_looks_may_raise_hang_or_be_a_worker() -> None:
    """Nobody is called back: each asks on a thread of its own, so no worker waits for it."""
    number = 50
    is_over = threading.Event()
    looks: list[Snapshot] = []

    def sink(_: object) -> None:
        looks.append(system.snapshot())
        system.events(0)

    def look_and_raise() -> None:
        system.snapshot()
        raise Boom

    def look_and_hang() -> Snapshot:
        snapshot = system.snapshot()
        assert is_over.wait(GUARD)
        return snapshot

    system = line(range(number), sink)
    hanging = Calling(look_and_hang)
    system.start()
    raising = [Calling(look_and_raise) for _ in range(3)]
    assert system.wait_for_completion(GUARD)
    assert hanging.is_going_on
    is_over.set()
    assert hanging.result().totals.consumed == 0
    assert {type(one.error()) for one in raising} == {Boom}
    assert len(looks) == system.snapshot().totals.consumed == number
    for snapshot in looks:
        check_balance(snapshot)
