"""The ledger of a run is exact at every moment, whatever happens."""

from __future__ import annotations

import random
import threading
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pcsim import ProducerConsumerSystem
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.scenario import ConsumerSpec, Overflow, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Phase, WorkerState
from tests.support.engines import (
    GUARD,
    check_balance,
    check_growth,
    endless,
    line,
    stands_at_full,
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
                check_balance(after)
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
        check_balance(engine.snapshot())
        engine.resume_producing()
    elif control:
        getattr(engine, control)()
    check_balance(engine.snapshot())
    assert engine.join(GUARD)
    final = engine.snapshot()
    check_balance(final)
    assert final.totals.queued == final.totals.in_workers_hands == 0
    assert final.totals.consumed == len(arrived) == len(set(arrived))


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
                check_balance(after)
                check_growth(before, after)
                before = after
                self.taken += 1
        except BaseException as error:  # noqa: BLE001 - raised in the test's own thread
            self.problems.append(error)

    def check(self) -> None:
        """It has ended, and found nothing."""
        self.thread.join(GUARD)
        assert not self.thread.is_alive()
        assert not self.problems, self.problems[0]


@pytest.mark.parametrize("ending", ["drain", "abort", "limit", "failure"])
def test_every_item_is_accounted_for_with_stages_drops_and_every_ending(ending: str) -> None:
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
    check_balance(final)
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
def test_any_small_topology_loses_no_item(data: st.DataObject) -> None:
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
    check_balance(final)
    totals = final.totals
    assert totals.in_producers_hands == totals.in_workers_hands == totals.queued == 0
    assert totals.consumed == len(arrived) == len(set(arrived))
    assert totals.produced <= size * len(producers)
    assert final.failure is None
    if len(consumers) == 1 and len(layers) == 1:
        for producer in producers:
            mine = [number for name, number in arrived if name == producer.name]
            assert mine == sorted(mine)


def test_snapshots_from_eight_threads_during_an_abort_are_exact() -> None:
    """The end of a run is as exact as its middle, and no thread blocks another."""
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


def test_every_time_of_an_item_is_counted() -> None:
    """Every item that was taken has a waiting time, every one consumed a sojourn time, and
    more of them than fit a worker's pocket are all counted."""
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


def test_shares_of_time_show_where_it_went() -> None:
    """A producer at a full queue is blocked on full, and the period that still lasts counts."""
    system = line(endless(), None, capacity=1, consuming=3600)
    system.start()
    snapshot = until(system, lambda s: stands_at_full(s, "P") and s.queues[0].depth == 1)
    row = snapshot.workers[0]
    assert row.state is WorkerState.BLOCKED
    assert row.shares(row.since + 1e6).blocked_full > 0.99
    assert row.shares(row.since + 1e6).running < 0.01
    assert snapshot.queues[0].full_share(1e6) > 0.99
    system.abort()
    assert system.wait_for_completion(GUARD)
    final = system.snapshot().workers[0]
    assert sum(final.shares(1e9)) == pytest.approx(1)
    assert final.ended_at is not None
