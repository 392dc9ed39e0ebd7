"""The books of the threads engine: exact at every instant, whatever happens."""

from __future__ import annotations

import gc
import random
import threading
import weakref
from collections import Counter
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pcsim import Item, ItemStatus, ProducerConsumerSystem
from pcsim.analysis import report
from pcsim.analysis.event_text import describe
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.scenario import ConsumerSpec, Discipline, Overflow, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import EventKind, Phase, QueueRow, Snapshot
from tests.support.engines import (
    GUARD,
    Gate,
    check_growth,
    check_law,
    endless,
    line,
    stands_at_full,
    state_of,
    until,
)


@pytest.mark.parametrize("ending", ["drain", "abort"])
def test_every_snapshot_of_a_system_flat_out_is_exact(ending: str) -> None:
    """Eight producers and eight consumers over four queues, watched by three threads."""
    chance = random.Random(7)
    queues = tuple(QueueSpec(f"q{n}", (1, 2, 10, 100)[n]) for n in range(4))
    engine = ThreadsEngine(
        Scenario(
            queues,
            tuple(ProducerSpec(f"p{n}", f"q{n % 4}", 0.0) for n in range(8)),
            tuple(
                ConsumerSpec(f"c{n}", (f"q{n % 4}", f"q{(n + 1) % 4}")[: 1 + n % 2], 0.0)
                for n in range(8)
            ),
        ),
        sinks={f"c{n}": (lambda _: None) for n in range(8)},
    )
    problems: list[BaseException] = []

    def watch() -> None:
        try:
            before = engine.snapshot()
            while not before.phase.is_over:
                after = engine.snapshot()
                check_law(after)
                check_growth(before, after)
                before = after
        except AssertionError as error:
            problems.append(error)

    watchers = [threading.Thread(target=watch) for _ in range(3)]
    engine.start()
    for watcher in watchers:
        watcher.start()
    for _ in range(5):
        engine.join(chance.uniform(0.01, 0.1))
        engine.pause_producing()
        engine.join(chance.uniform(0.0, 0.02))
        engine.resume_producing()
    getattr(engine, ending)()
    assert engine.join(GUARD)
    for watcher in watchers:
        watcher.join(GUARD)
    assert problems == []
    totals = engine.snapshot().totals
    assert totals.produced == totals.consumed + totals.discarded
    assert totals.produced > 0


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    capacity=st.integers(1, 4),
    sizes=st.lists(st.integers(0, 30), min_size=1, max_size=3),
    limits=st.lists(st.none() | st.integers(1, 20), min_size=1, max_size=3),
    control=st.sampled_from(["", "pause", "drain", "abort"]),
)
def test_the_end_agrees_with_what_the_sinks_got(
    capacity: int, sizes: list[int], limits: list[int | None], control: str
) -> None:
    """Nothing is lost or there twice, for any small system and any control."""
    arrived: list[object] = []
    engine = ThreadsEngine(
        Scenario(
            (QueueSpec("main", capacity),),
            tuple(ProducerSpec(f"p{n}", "main", 0.0) for n in range(len(sizes))),
            tuple(ConsumerSpec(f"c{n}", ("main",), 0.0, limit) for n, limit in enumerate(limits)),
        ),
        sources={f"p{n}": [(n, k) for k in range(size)] for n, size in enumerate(sizes)},
        sinks={f"c{n}": arrived.append for n in range(len(limits))},
    )
    engine.start()
    if control == "pause":
        engine.pause_producing()
        check_law(engine.snapshot())
        engine.resume_producing()
    elif control:
        getattr(engine, control)()
    check_law(engine.snapshot())
    assert engine.join(GUARD)
    final = engine.snapshot()
    check_law(final)
    assert final.totals.queued == final.totals.in_workers_hands == 0
    assert final.totals.consumed == len(arrived) == len(set(arrived))


def test_an_unchanged_system_has_the_same_version_and_rows() -> None:
    """While nothing happens, a snapshot costs nobody a redraw."""
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


class Watcher:
    """A thread that takes snapshots until the run is over, and checks every one of them."""

    def __init__(self, engine: ThreadsEngine) -> None:
        self._engine = engine
        self.taken = 0
        self.problems: list[BaseException] = []
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()

    def _watch(self) -> None:
        before = self._engine.snapshot()
        try:
            while not before.phase.is_over:
                after = self._engine.snapshot()
                check_law(after)
                check_growth(before, after)
                before = after
                self.taken += 1
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            self.problems.append(error)

    def check(self) -> None:
        """It has ended, and found nothing."""
        self.thread.join(GUARD)
        assert not self.thread.is_alive()
        assert not self.problems, self.problems[0]


@pytest.mark.parametrize("ending", ["drain", "abort", "limit", "failure"])
def test_the_law_holds_with_stages_drops_skips_and_every_ending(ending: str) -> None:
    """Everything that can happen to an item happens, flat out, under three watchers."""
    arrived: list[int] = []
    stop_at = 240

    def transform(item: int) -> int:
        if item % 17 == 0:
            raise LookupError
        return item

    def sink(item: int) -> None:
        arrived.append(item)
        if ending == "failure" and len(arrived) == stop_at:
            raise ArithmeticError

    drops = (Overflow.BLOCK, Overflow.DROP_NEW, Overflow.DROP_OLD, Overflow.BLOCK)
    queues = [QueueSpec(f"in{n}", (1, 2, 3, 50)[n], drops[n]) for n in range(4)]
    queues += [QueueSpec("mid", 5), QueueSpec("out", 2)]
    engine = ThreadsEngine(
        Scenario(
            tuple(queues),
            tuple(ProducerSpec(f"p{n}", f"in{n % 4}", 0) for n in range(8)),
            (
                *(
                    ConsumerSpec(
                        f"s{n}", (f"in{n}", f"in{(n + 1) % 4}"), 0, None, "mid", on_error="skip"
                    )
                    for n in range(4)
                ),
                *(ConsumerSpec(f"t{n}", ("mid",), 0, None, "out") for n in range(2)),
                *(
                    ConsumerSpec(f"c{n}", ("out",), 0, stop_at // 2 if ending == "limit" else None)
                    for n in range(2)
                ),
            ),
        ),
        sources={f"p{n}": endless() for n in range(8)},
        sinks={f"s{n}": transform for n in range(4)} | {f"c{n}": sink for n in range(2)},
    )
    watchers = [Watcher(engine) for _ in range(3)]
    engine.start()
    while len(arrived) < 120 and not engine.snapshot().phase.is_over:
        engine.join(0.005)
    engine.pause_producing()
    engine.join(0.005)
    engine.resume_producing()
    if ending in ("drain", "abort"):
        getattr(engine, ending)()
    assert engine.join(GUARD)
    for watcher in watchers:
        watcher.check()
    assert sum(watcher.taken for watcher in watchers) > 0
    final = engine.snapshot()
    check_law(final)
    totals = final.totals
    assert totals.in_producers_hands == totals.in_workers_hands == totals.queued == 0
    assert totals.failed
    assert totals.consumed == len(arrived) - (ending == "failure")
    if ending == "drain":
        assert totals.discarded == 0
    assert (
        final.phase
        is {
            "drain": Phase.FINISHED,
            "abort": Phase.ABORTED,
            "limit": Phase.FINISHED,
            "failure": Phase.FAILED,
        }[ending]
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_small_topology_keeps_the_law_and_its_items(data: st.DataObject) -> None:
    """Layers of queues with stages between them, any policy, limit and control: each item
    arrives at most once, and what did not arrive is accounted for."""
    layers = data.draw(st.lists(st.integers(1, 2), min_size=1, max_size=3), label="layers")
    policies = st.sampled_from([Overflow.BLOCK, Overflow.DROP_NEW, Overflow.DROP_OLD])
    queues: list[QueueSpec] = []
    names: list[list[str]] = []
    for layer, width in enumerate(layers):
        names.append([f"q{layer}{number}" for number in range(width)])
        queues.extend(
            QueueSpec(name, data.draw(st.integers(1, 3)), data.draw(policies)) for name in names[-1]
        )
    producers = tuple(ProducerSpec(f"p{name}", name, 0) for name in names[0])
    consumers: list[ConsumerSpec] = []
    limits = st.none() | st.integers(1, 15)
    for upper, lower in pairwise(names):
        consumers += [
            ConsumerSpec(f"s{name}", tuple(upper), 0, data.draw(limits), name) for name in lower
        ]
    consumers += [
        ConsumerSpec(f"c{n}", tuple(names[-1]), 0, data.draw(limits))
        for n in range(data.draw(st.integers(1, 2)))
    ]
    arrived: list[tuple[str, int]] = []
    size = data.draw(st.integers(0, 25), label="size")
    engine = ThreadsEngine(
        Scenario(tuple(queues), producers, tuple(consumers)),
        {p.name: [(p.name, number) for number in range(size)] for p in producers},
        {c.name: arrived.append for c in consumers if c.output is None},
    )
    watcher = Watcher(engine)
    engine.start()
    for control in data.draw(
        st.lists(st.sampled_from(["pause_producing", "resume_producing", "drain", "abort"])),
        label="controls",
    ):
        getattr(engine, control)()
    engine.resume_producing()
    assert engine.join(GUARD)
    watcher.check()
    final = engine.snapshot()
    check_law(final)
    totals = final.totals
    assert totals.in_producers_hands == totals.in_workers_hands == totals.queued == 0
    assert totals.consumed == len(arrived) == len(set(arrived))
    assert totals.produced <= size * len(producers)
    assert final.failure is None
    if len(consumers) == 1 and len(layers) == 1:
        for producer in producers:
            mine = [number for name, number in arrived if name == producer.name]
            assert mine == sorted(mine)


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
    second = until(system, lambda s: s.totals.consumed > first.totals.consumed)
    assert second.version > first.version
    old = {row.name: row for row in first.workers}
    new = {row.name: row for row in second.workers}
    assert old["S"] is new["S"]
    assert old["T"] is new["T"]
    assert old["C"] is not new["C"]
    assert first.queues[0] is second.queues[0]
    system.abort()
    assert system.wait_for_completion(GUARD)


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
    check_law(snapshot)
    assert "20 produced = 20 consumed" in report.text(snapshot)
    with pytest.raises(AttributeError):
        snapshot.version = 3  # type: ignore[misc]


def overflowing(overflow: str) -> tuple[ProducerConsumerSystem, list[Any]]:
    """A run that has ended: 20 items came to a queue of 3 while its consumer had the first of
    them; and what the consumer got."""
    gate = Gate()
    system = ProducerConsumerSystem()
    system.add_queue("q", 3, overflow=overflow)
    go = threading.Event()

    def source() -> Any:
        yield 0
        assert go.wait(GUARD)
        yield from range(1, 20)

    system.add_producer("P", source(), 0, "q")
    system.add_consumer("C", gate, 0, queue_names="q")
    system.start()
    assert gate.entered.wait(GUARD)
    go.set()
    until(system, lambda s: state_of(s, "P") == "done")
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    return system, gate.got


def test_a_full_queue_may_drop_what_is_new() -> None:
    """`drop_new`: those that wait stay, the producer never blocks, the count is exact."""
    system, got = overflowing("drop_new")
    assert got == [0, 1, 2, 3]
    totals = system.snapshot().totals
    assert (totals.produced, totals.consumed, totals.dropped) == (20, 4, 16)
    told = [e for e in system.events().events if e.kind is EventKind.DROPPED]
    assert len(told) == 16
    assert describe(told[0]) == "dropped item 5: q is full"


def test_a_full_queue_may_drop_what_is_old() -> None:
    """`drop_old`: the newest are there when the consumer comes."""
    system, got = overflowing("drop_old")
    assert got == [0, 17, 18, 19]
    totals = system.snapshot().totals
    assert (totals.produced, totals.consumed, totals.dropped) == (20, 4, 16)
    assert system.snapshot().queues[0].dropped_total == 16


@pytest.mark.parametrize("policy", list(Overflow))
def test_no_policy_loses_what_a_quick_consumer_takes(policy: Overflow) -> None:
    """With room for all, every policy is the same."""
    dest: list[int] = []
    system = ProducerConsumerSystem()
    system.add_queue("q", 1000, overflow=policy)
    system.add_producer("P", range(1000), 0, "q")
    system.add_consumer("C", dest, 0, queue_names="q")
    with system:
        pass
    assert dest == list(range(1000))


def test_times_in_the_books_are_those_of_the_items() -> None:
    """Every item that was taken has a waiting time, every one consumed a sojourn time, and
    more of them than a worker's pocket holds are all counted."""
    number = 10_000
    with line(range(number), None, capacity=10) as system:
        pass
    snapshot = system.snapshot()
    assert snapshot.queues[0].waiting_time.count == number
    assert snapshot.sojourn_time.count == number
    assert snapshot.queues[0].peak_depth <= 10
    assert snapshot.sojourn_time.max >= snapshot.queues[0].waiting_time.max > 0
    for row in snapshot.workers:
        assert sum(row.shares(snapshot.at)) == pytest.approx(1)
    queue = snapshot.queues[0]
    assert 0 <= queue.full_share(snapshot.at) + queue.empty_share(snapshot.at) <= 1.001


def test_the_record_of_an_item_tells_its_life() -> None:
    """Status, who had it and when, from pending to its end."""
    records: list[Item] = []
    gate = Gate()
    system = line(range(6), gate, capacity=3)
    assert Item(1, "data", 0.0).status is ItemStatus.PENDING
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: stands_at_full(s, "P"))
    engine = system._built()
    waiting = list(engine.queues[0]._items)
    in_hand = engine.workers[1].in_hand
    blocked = engine.queues[0]._putters.waiters[0].item
    records = [item for item in (in_hand, *waiting, blocked) if item is not None]
    assert [item.id for item in records] == [1, 2, 3, 4, 5]
    statuses = [item.status for item in records]
    assert statuses == [
        ItemStatus.IN_PROGRESS,
        *[ItemStatus.QUEUED] * 3,
        ItemStatus.PENDING,
    ]
    assert all(item.producer == "P" for item in records)
    system.abort()
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    statuses = [item.status for item in records]
    assert statuses == [ItemStatus.DONE, *[ItemStatus.DISCARDED] * 4]
    first = records[0]
    assert first.consumer == "C"
    instants = [first.timestamp, first.queued_at, first.taken_at, first.ended_at]
    assert None not in instants
    assert instants == sorted(instants, key=float)  # type: ignore[arg-type]
    assert repr(first) == "<Item 1 done>"


# Items that mean harm, and items that should die.


class Hostile:
    """An item that must never be touched, only carried."""

    def __eq__(self, other: object) -> bool:
        raise SystemExit("compared")

    def __hash__(self) -> int:
        raise SystemExit("hashed")

    def __repr__(self) -> str:
        raise SystemExit("shown")

    def __bool__(self) -> bool:
        raise SystemExit("weighed")

    def __len__(self) -> int:
        raise SystemExit("measured")


def test_hostile_items_pass_by_identity() -> None:
    """None, markers and items that raise at every touch: carried, and shown guarded."""
    items: list[Any] = [None, Hostile(), ..., NotImplemented, StopIteration, Hostile(), 0, ""]
    gate = Gate()
    system = ProducerConsumerSystem()
    system.add_queue("a", 10)
    system.add_queue("b", 10)
    system.add_producer("P", items, 0, "a")
    system.add_consumer("S", None, 0, queue_names="a", output="b")
    system.add_consumer("C", gate, 0, queue_names="b")
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: s.queues[1].depth == 7)
    shown = [item.shown for item in system.queue_detail("b").items]
    assert shown[0] == "<Hostile: repr raised SystemExit>"
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    assert len(gate.got) == len(items)
    assert all(got is given for got, given in zip(gate.got, items, strict=True))


class Mortal:
    """An item whose death can be seen."""


@pytest.mark.parametrize("capacity", [1, 3])
@pytest.mark.parametrize("staged", [False, True])
def test_an_item_dies_when_it_is_delivered(capacity: int, staged: bool) -> None:
    """While the run goes on and everybody waits, nobody keeps what went through his hands."""
    number = 50
    born: list[weakref.ref[Mortal]] = []
    asked = threading.Event()
    go = threading.Event()

    def source() -> Any:
        for _ in range(number):
            mortal = Mortal()
            born.append(weakref.ref(mortal))
            yield mortal
            del mortal
        asked.set()
        assert go.wait(GUARD)

    system = ProducerConsumerSystem()
    system.add_queue("a", capacity)
    system.add_producer("P", source(), 0, "a")
    if staged:
        system.add_queue("b", capacity)
        system.add_consumer("S", None, 0, queue_names="a", output="b")
    system.add_consumer("C", lambda _: None, 0, queue_names="b" if staged else "a")
    system.start()
    assert asked.wait(GUARD)
    until(
        system,
        lambda s: (
            s.totals.consumed == number
            and all(row.reason == "empty" for row in s.workers if row.name != "P")
        ),
    )
    assert [ref() for ref in born if ref() is not None] == []
    go.set()
    assert system.wait_for_completion(GUARD)


def test_discarded_items_die_with_the_run() -> None:
    """An abort keeps nothing."""
    gate = Gate()
    born: list[weakref.ref[Mortal]] = []

    def source() -> Any:
        while True:
            mortal = Mortal()
            born.append(weakref.ref(mortal))
            yield mortal
            del mortal

    system = line(source(), gate)
    system.start()
    assert gate.entered.wait(GUARD)
    until(system, lambda s: stands_at_full(s, "P"))
    system.abort()
    gate.open.set()
    assert system.wait_for_completion(GUARD)
    gate.got.clear()
    gc.collect()
    assert Counter(ref() is None for ref in born) == {True: 6}


def test_an_item_that_puts_when_it_dies_harms_nobody() -> None:
    """`__del__` runs on whichever thread lets go; it may ask the system anything."""
    dead: list[int] = []

    class Loud:
        def __init__(self, number: int) -> None:
            self.number = number

        def __del__(self) -> None:
            system.snapshot()
            system.pause_producing()
            system.resume_producing()
            dead.append(self.number)

    system = line((Loud(number) for number in range(100)), None, max_items=50)
    system.start()
    assert system.wait_for_completion(GUARD)
    gc.collect()
    assert len(dead) == len(set(dead)) == system.snapshot().totals.produced


def test_snapshots_from_eight_threads_during_an_abort_are_exact() -> None:
    """The end of a run is as exact as its middle, whoever looks, and nobody blocks anybody."""
    for _ in range(5):
        system = ProducerConsumerSystem()
        for number in range(4):
            system.add_queue(f"q{number}", 2)
            system.add_producer(f"P{number}", endless(), 0, f"q{number}")
            system.add_consumer(f"C{number}", None, 0, queue_names=f"q{number}")
        watchers = [Watcher(system._built()) for _ in range(8)]
        system.start()
        until(system, lambda s: s.totals.consumed > 100)
        system.abort()
        assert system.wait_for_completion(GUARD)
        for watcher in watchers:
            watcher.check()
        final = system.snapshot()
        assert final.phase is Phase.ABORTED
        assert final.totals.produced == final.totals.consumed + final.totals.discarded


@pytest.mark.parametrize("discipline", list(Discipline))
def test_a_snapshot_does_not_wait_for_who_serves_a_queue(discipline: Discipline) -> None:
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
    """It is told as it was when the look began."""

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


def test_version_and_rows_are_the_same_until_something_happens() -> None:
    """From Python: two looks at a system that stands still are equal in all but the instant."""
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


def test_time_does_not_go_back_at_the_end() -> None:
    """Who looks while the books are being closed may look later than they were begun to be."""
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


def test_a_queue_is_never_full_and_empty_at_once() -> None:
    """Spans that threads have timed may overlap a little; their shares do not."""
    row = QueueRow("a", 1, full_time=0.75, empty_time=0.3)
    assert (row.full_share(1.0), row.empty_share(1.0)) == (0.75, 0.25)
