"""Rows are made when they are read, and show the moment of their snapshot."""

from __future__ import annotations

import copy
import threading
from functools import partial
from itertools import count
from typing import Any

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.engine.books.ledger import DONE, PRODUCED, Ledger, QueueGauge
from pcsim.engine.books.reader import RowReader
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Snapshot
from tests.support.engines import GUARD, Gate, endless, line, stands_at_full, state_of, until
from tests.support.interruption import at_every_place, interrupted


def started() -> VirtualEngine:
    """Two producers, one of them slow, and two consumers."""
    engine = VirtualEngine(
        Scenario(
            queues=(QueueSpec("q", 3),),
            producers=(ProducerSpec("fast", "q", 1.0), ProducerSpec("slow", "q", 1000.0)),
            consumers=(ConsumerSpec("c", ("q",), 0.5), ConsumerSpec("d", ("q",), 0.5)),
        ),
        sources={"fast": count(), "slow": count()},
    )
    engine.start()
    return engine


def two_copies() -> tuple[Snapshot, Snapshot]:
    """Ten items apart, the second taken before anybody has looked at the first."""
    engine = started()
    engine.advance(10.2)
    early = engine.snapshot()
    engine.advance(20.2)
    return early, engine.snapshot()


def test_a_row_read_late_is_of_the_moment_of_its_snapshot() -> None:
    """However far the run has gone on."""
    early, late = two_copies()
    assert late.workers[0].produced_total == 20
    assert early.workers[0].produced_total == 10
    assert sum(row.produced_total for row in early.workers) == early.totals.produced
    assert early.totals.balanced


def test_a_row_is_the_same_object_until_its_worker_does_something() -> None:
    """Asked for in any order, and again of the same snapshot."""
    early, late = two_copies()
    assert late.workers[1] is early.workers[1]
    assert late.workers[0] is not early.workers[0]
    assert early.workers[0] is early.workers[0]


def test_rows_are_like_a_tuple_of_them() -> None:
    """Compared, cut, hashed, searched, printed, copied."""
    engine = started()
    engine.advance(10.2)
    rows: Any = engine.snapshot().workers
    plain: Any = tuple(rows)
    assert len(rows) == len(plain) == 4
    assert rows == plain
    assert plain == rows
    assert rows != plain[1:]
    assert rows != "fast"
    assert rows[1:3] == plain[1:3]
    assert rows[-1] is plain[-1]
    assert plain[2] in rows
    assert hash(rows) == hash(plain)
    assert repr(rows) == repr(plain)
    assert type(copy.deepcopy(rows)) is tuple
    assert copy.deepcopy(rows) == plain
    with pytest.raises(IndexError):
        rows[4]


def test_an_unchanged_system_has_the_same_version_and_rows() -> None:
    """While nothing happens, a snapshot costs no redraw."""
    engine = ThreadsEngine(
        Scenario(
            (QueueSpec("main", 1),),
            (ProducerSpec("p", "main", 3600.0),),
            (ConsumerSpec("c", ("main",), 0.0),),
        )
    )
    engine.start()
    while engine.snapshot().workers[1].state != "blocked":
        engine.join(0.01)
    first, second = engine.snapshot(), engine.snapshot()
    assert first.version == second.version
    assert first.workers is second.workers
    engine.abort()
    assert engine.join(GUARD)


def _has_consumed_more_than(done: int, snapshot: Snapshot) -> bool:
    return snapshot.totals.consumed > done


def test_a_row_that_did_not_change_stays_the_same_object() -> None:
    """While others work, those that stand still cost no redraw."""
    system = ProducerConsumerSystem()
    system.add_queue("still", 1)
    system.add_queue("busy", 1)
    system.add_producer("S", [1], 3600, "still")
    system.add_consumer("T", None, 0, queue_names="still")
    system.add_producer("B", endless(), 0, "busy")
    system.add_consumer("C", None, 0, queue_names="busy")
    system.start()
    first = until(system, lambda s: state_of(s, "T") == "blocked" and s.totals.consumed > 0)
    for _ in range(20):  # the times of threads are read about once a second, and then rows change
        done = first.totals.consumed
        second = until(system, partial(_has_consumed_more_than, done))
        assert second.version > first.version
        old = {row.name: row for row in first.workers}
        new = {row.name: row for row in second.workers}
        if old["S"] is new["S"] and old["T"] is new["T"]:
            break
        first = second
    assert old["S"] is new["S"]
    assert old["T"] is new["T"]
    assert old["C"] is not new["C"]
    assert first.queues[0] is second.queues[0]
    system.abort()
    assert system.wait_for_completion(GUARD)


def test_version_and_rows_are_the_same_until_something_happens() -> None:
    """From Python: two looks at a system that stands still are equal in all but their time."""
    gate = Gate()
    system = line(endless(), gate)
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: stands_at_full(s, "P"))
    first = system.snapshot()
    second = system.snapshot()
    assert second.at >= first.at
    assert second.version == first.version
    assert second._replace(at=first.at) == first
    assert all(new is old for new, old in zip(second.workers, first.workers, strict=True))
    assert all(new is old for new, old in zip(second.queues, first.queues, strict=True))
    system.pause_producing()
    paused = system.snapshot()
    assert paused.version != first.version
    assert not paused.producing
    system.abort()
    gate.open.set()
    assert system.wait_for_completion(GUARD)


def test_what_has_not_changed_is_the_same_from_within() -> None:
    """The same version, the same rows."""
    gate = Gate()
    system = line(endless(), gate)
    system.start()
    assert gate.entered.wait(GUARD)
    rest = until(system, lambda s: s.totals.produced == 6)
    within: list[Any] = []

    def try_at(place: int) -> bool:
        within.clear()
        seen, was_there = interrupted(
            lambda: within.append(system.snapshot()), place, system.snapshot
        )
        for one in (seen, *within):
            assert one.totals == rest.totals
            assert one.queues[0] is seen.queues[0]
        return was_there

    at_every_place(try_at)
    assert within == []
    system.abort()
    gate.open.set()
    assert system.wait_for_completion(GUARD)


def test_what_was_made_and_dropped_is_progress() -> None:
    """A producer that is done has done all of its work."""
    system = ProducerConsumerSystem()
    system.add_queue("q", 1, overflow="drop_new")
    system.add_producer("P", range(100), 0, "q")
    opened = threading.Event()
    system.add_consumer("C", lambda _: opened.wait(GUARD), 0, queue_names="q")
    system.start()
    until(system, lambda snapshot: state_of(snapshot, "P") == "done")
    opened.set()
    assert system.wait_for_completion(GUARD)
    (row,) = system.snapshot().producers
    assert row.dropped_total > 0
    assert row.progress == 1.0
    statistics: Any = system.get_statistics()
    assert statistics["producers"][0]["items_produced"] == statistics["total_produced"] == 100


def test_a_worker_that_comes_later_gets_a_row() -> None:
    """The columns are laid out anew; rows of copies that were made before stay as they were."""
    scenario = Scenario(
        (QueueSpec("main", 5),),
        (ProducerSpec("P", "main", 0),),
        (ConsumerSpec("C", "main", 0),),
    )
    ledger = Ledger(scenario)
    reader = RowReader(ledger, scenario, {})
    gauges = [QueueGauge()]
    producer = ledger.accounts[0]
    ledger.cells[producer.base + PRODUCED] = ledger.cells[producer.put_cell(0)] = 3
    before = reader.read(ledger.cells.copy(), gauges, 0.0, 0.0)
    added = ledger.add_worker(ConsumerSpec("D", "main", 0))
    reader.lay_out()
    ledger.cells[added.got_cell(0)] = ledger.cells[added.base + DONE] = 2
    after = reader.read(ledger.cells.copy(), gauges, 0.0, 0.0)
    assert [row.name for row in before.workers] == ["P", "C"]
    assert [row.name for row in after.workers] == ["P", "C", "D"]
    assert (before.queues[0].depth, after.queues[0].depth) == (3, 1)
    assert (after.workers[2].done_total, after.totals.consumed) == (2, 2)
    assert before.totals.balanced
    assert after.totals.balanced
    assert after.workers[0] is before.workers[0]
    assert after.version > before.version


def test_a_copy_made_earlier_is_not_read_as_one_made_later() -> None:
    """Of two threads that look at once, the one that was first may read last. Nothing has happened
    in between, but what may have waited up to the later time may not have up to the earlier one."""
    scenario = Scenario((QueueSpec("q", 5),), (ProducerSpec("P", "q"),), (ConsumerSpec("C", "q"),))
    ledger = Ledger(scenario)
    reader = RowReader(ledger, scenario, {})
    cells = ledger.cells
    cells[ledger.accounts[0].base + PRODUCED] = cells[ledger.accounts[0].put_cell(0)] = 3
    late, early = (reader.read(cells.copy(), [QueueGauge()], 0.0, at) for at in (2.0, 1.0))
    assert late.queues[0].mean_depth(2.0) == early.queues[0].mean_depth(1.0) == 0
    assert reader.read(cells.copy(), [QueueGauge()], 0.0, 3.0) is early


def test_the_workers_of_one_spec_are_a_group() -> None:
    """By the name of the spec, also where it stands for one alone."""
    scenario = Scenario(
        (QueueSpec("q", 5),),
        (ProducerSpec("web", "q", count=2),),
        (ConsumerSpec("clerk", "q"),),
    )
    ledger = Ledger(scenario)
    rows = RowReader(ledger, scenario, {}).read(ledger.cells.copy(), [QueueGauge()], 0.0, 0.0)
    names = [(row.name, row.group) for row in rows.workers]
    assert names == [("web-1", "web"), ("web-2", "web"), ("clerk", "clerk")]
