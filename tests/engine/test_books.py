"""The books of the threads engine: exact at every instant, whatever happens."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pcsim.engine.threads import ThreadsEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Snapshot

GUARD = 30.0


def check_cut(snapshot: Snapshot) -> None:
    """Law 1, hands of 0 or 1, depths within bounds."""
    assert snapshot.totals.balanced
    for queue in snapshot.queues:
        assert 0 <= queue.depth <= queue.capacity
    for worker in snapshot.workers:
        assert worker.in_hand in (0, 1)


def check_growth(before: Snapshot, after: Snapshot) -> None:
    """No counter falls."""
    for old, new in zip(before.queues, after.queues, strict=True):
        assert old.put_total <= new.put_total
        assert old.got_total <= new.got_total
    for was, now in zip(before.workers, after.workers, strict=True):
        assert was.produced_total <= now.produced_total
        assert was.items_total <= now.items_total


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
                check_cut(after)
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
        check_cut(engine.snapshot())
        engine.resume_producing()
    elif control:
        getattr(engine, control)()
    check_cut(engine.snapshot())
    assert engine.join(GUARD)
    final = engine.snapshot()
    check_cut(final)
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
