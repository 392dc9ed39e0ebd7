"""Whole systems under many interleavings: ten producers, ten consumers, pauses, drains, aborts."""

from __future__ import annotations

from typing import Any

import pytest

import pcsim
import pcsim.snapshot
from pcsim import testing


def _check_totals(snapshot: Any) -> None:
    totals = snapshot.totals
    assert totals.balanced, totals
    for row in snapshot.workers:
        assert row.in_hand in (0, 1), row
    for queue in snapshot.queues:
        assert 0 <= queue.depth <= queue.capacity, queue


@pytest.mark.long
@pytest.mark.timeout(1800)
@testing.explore(5_000, most_steps=200_000)
def test_ten_producers_and_ten_consumers() -> None:
    """Every item is somewhere, whenever one looks and however the run is steered."""
    system = pcsim.ProducerConsumerSystem()
    queues = ["left", "right"]
    for name in queues:
        system.add_queue(name, testing.choose(1, 2))
    taken: list[list[tuple[int, int]]] = [[] for _ in range(10)]
    for number in range(10):
        source = [(number, item) for item in range(2)]
        system.add_producer(f"P{number}", source, 0, queues[number % 2])
    for number in range(10):
        system.add_consumer(f"C{number}", taken[number].append, 0, None, queues)

    def steer() -> None:
        for _ in range(3):
            testing.choose(
                system.snapshot, system.pause_producing, system.resume_producing, system.drain,
                system.abort,
            )()  # fmt: skip
            _check_totals(system.snapshot())
        system.resume_producing()

    def look() -> None:
        for _ in range(3):
            testing.let_time_pass(0)
            _check_totals(system.snapshot())

    system.start()
    testing.threads(steer, look, system.wait_for_completion)
    end = system.snapshot()
    assert end.phase.is_over
    if end.abandoned:
        return  # time ran ahead of workers that were ready to run: they may still go on
    assert end.totals.balanced
    assert end.totals.in_system == 0
    items = [item for mine in taken for item in mine]
    assert len(set(items)) == len(items) == end.totals.consumed


@pytest.mark.long
@pytest.mark.timeout(900)
@testing.explore(5_000)
def test_a_sink_that_fails() -> None:
    """The run ends with the error of the first sink that failed, and no thread is left."""
    system = pcsim.ProducerConsumerSystem()
    system.add_queue("queue", 1)
    raised = []

    def sink(item: int) -> None:
        if testing.choose(False, True):
            raised.append(item)
            raise OSError(item)

    system.add_producer("P", range(4), 0, "queue")
    system.add_consumer("C", sink, 0, None, "queue")
    system.add_consumer("D", sink, 0, None, "queue")
    system.start()
    try:
        system.wait_for_completion()
    except pcsim.WorkerError:
        assert raised
    else:
        assert not raised
    end = system.snapshot()
    assert end.phase.is_over
    if not end.abandoned:
        assert end.totals.in_system == 0


@pytest.mark.long
@pytest.mark.timeout(900)
@testing.explore(5_000)
def test_threads_that_do_not_start() -> None:
    """Where one of them fails to start, those that were started end, and the run has failed."""
    system = pcsim.ProducerConsumerSystem()
    system.add_queue("queue", 1)
    system.add_producer("P", range(3), 0, "queue")
    system.add_consumer("C", None, 0, None, "queue")
    system.add_consumer("D", None, 0, None, "queue")
    testing.starts_may_fail()
    try:
        system.start()
    except RuntimeError:
        end = system.snapshot()
        assert end.phase is pcsim.snapshot.Phase.FAILED
        assert end.totals.balanced
        assert all(row.ended_at is not None for row in end.workers)
    else:
        system.wait_for_completion()
