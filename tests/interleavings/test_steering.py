"""A system that is changed while it runs, under many interleavings of its threads."""

from __future__ import annotations

from typing import Any

import pytest

import pcsim
import pcsim.snapshot
from pcsim import testing


def _line(taken: list[int], capacity: int = 1, items: int = 4) -> pcsim.ProducerConsumerSystem:
    """One producer, one queue, one consumer."""
    system = pcsim.ProducerConsumerSystem()
    system.add_queue("q", capacity)
    system.add_producer("P", range(items), 0, "q")
    system.add_consumer("C", taken.append, 0, None, "q")
    return system


def _steer(system: Any, *calls: tuple[Any, ...]) -> None:
    """Make these changes, as long as the run goes on."""
    for name, *arguments in calls:
        try:
            getattr(system.steer, name)(*arguments)
        except (pcsim.PhaseError, pcsim.ScenarioError):
            return


def _check(snapshot: Any) -> None:
    assert snapshot.totals.balanced, snapshot.totals
    for row in snapshot.workers:
        assert row.in_hand in (0, 1), row
    for row in snapshot.queues:
        assert 0 <= row.depth <= 3, row


def _end(system: Any, taken: list[int], items: int) -> None:
    """All items have come out, each once, and nothing is left."""
    end = system.snapshot()
    assert end.phase is pcsim.snapshot.Phase.FINISHED
    assert not end.abandoned
    assert end.totals.in_system == 0
    assert sorted(taken) == list(range(items))
    assert end.totals.consumed == items
    assert {row.state.value for row in end.workers} == {"done"}


def _change_capacity() -> None:
    taken: list[int] = []
    system = _line(taken, capacity=2)
    system.start()

    def look() -> None:
        for _ in range(2):
            testing.let_time_pass(0)
            _check(system.snapshot())

    testing.threads(
        lambda: _steer(system, ("capacity", "q", 1), ("capacity", "q", 3), ("capacity", "q", 1)),
        look,
        system.wait_for_completion,
    )
    _end(system, taken, 4)


def _come_and_go() -> None:
    taken: list[int] = []
    system = _line(taken)
    system.start()
    testing.threads(
        lambda: _steer(system, ("add", "C"), ("remove", "C"), ("add", "C"), ("remove", "C-2")),
        system.wait_for_completion,
    )
    _end(system, taken, 4)


def _change_times() -> None:
    taken: list[int] = []
    system = _line(taken)
    system.start()
    testing.threads(
        lambda: _steer(system, ("interval", "P", 0.1), ("service_time", "C", 0.1)),
        lambda: _steer(system, ("burst", "P", 1), ("freeze", "C", 1.0)),
        system.wait_for_completion,
    )
    _end(system, taken, 4)


@pytest.mark.long
@pytest.mark.timeout(1800)
@testing.explore(2_000, most_steps=100_000)
def test_a_capacity_that_changes_loses_nothing() -> None:
    """However the changes come between puts and gets."""
    _change_capacity()


@pytest.mark.long
@pytest.mark.timeout(1800)
@testing.explore(2_000, most_steps=100_000)
def test_workers_that_come_and_go_lose_nothing() -> None:
    """However the changes come between puts and gets."""
    _come_and_go()


@pytest.mark.long
@pytest.mark.timeout(1800)
@testing.explore(2_000, most_steps=100_000)
def test_times_that_change_lose_nothing() -> None:
    """However the changes come between puts and gets."""
    _change_times()


@testing.explore(15, most_steps=100_000)
def test_changes_lose_nothing() -> None:
    """A few of the same, in every run of the tests."""
    testing.choose(_change_capacity, _come_and_go, _change_times)()
