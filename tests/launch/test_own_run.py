"""A look at items that are code from outside never keeps the app waiting."""

from __future__ import annotations

import threading

import pytest

from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.launch.own_run import SLOW, OwnRun
from pcsim.launch.runs import diagnosis_of_control
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario

SCENARIO = Scenario(
    (QueueSpec("q", 3),), (ProducerSpec("P", "q", 0),), (ConsumerSpec("C", "q", 0),)
)


class Slow:
    """An item that shows itself when it may."""

    def __init__(self, may: threading.Event) -> None:
        self._may = may

    def __repr__(self) -> str:
        self._may.wait()
        return "shown"


def test_items_whose_repr_waits_are_shown_once_it_has_returned() -> None:
    """Until then their number is, and that a repr has not returned."""
    may, got, hold = threading.Event(), threading.Event(), threading.Event()

    def take(_: object) -> None:
        got.set()
        hold.wait()

    run = OwnRun(ThreadsEngine(SCENARIO, {"P": [Slow(may) for _ in range(4)]}, {"C": take}))
    run.start()
    try:
        assert got.wait(60)
        while run.snapshot().queues[0].depth < 3:
            pass
        seen = [run.queue_detail("q") for _ in range(3)]
        assert [(one.depth, one.items, one.note) for one in seen] == [(3, (), SLOW)] * 3
        may.set()
        while not (detail := run.queue_detail("q")).items:
            assert detail.note == SLOW
        assert [item.shown for item in detail.items] == ["shown"] * 3
        assert detail.note == ""
    finally:
        may.set()
        hold.set()
        run.abort()
        assert run.join(60)


def test_unknown_queue_is_a_key_error() -> None:
    """As of every control, also where another thread looks."""
    with pytest.raises(KeyError):
        OwnRun(ThreadsEngine(SCENARIO)).queue_detail("other")


def test_run_behind_it_is_diagnosed() -> None:
    """What limited it is found as of any run: here that its items were too few."""
    run = OwnRun(ThreadsEngine(SCENARIO, {"P": range(3)}))
    assert diagnosis_of_control(run) is None
    run.start()
    assert run.join(60)
    found = diagnosis_of_control(run)
    assert found is not None
    assert not found.is_simulated
