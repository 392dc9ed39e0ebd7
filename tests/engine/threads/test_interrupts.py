"""Ctrl-C at any place of a control leaves no half of what it does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Phase
from tests.support.engines import GUARD, check_balance, until
from tests.support.interruption import at_every_place, cut_short
from tests.support.threads import Calling


def _engine(*, is_endless: bool) -> ThreadsEngine:
    """Workers that run, wait for a slot, wait for an item and wait for a time; or none of it."""
    items = None if is_endless else 3
    producers: tuple[ProducerSpec, ...] = (
        ProducerSpec("P", "q", 3600.0 if is_endless else 0, items),
    )
    consumers = (ConsumerSpec("C", "q", 3600.0 if is_endless else 0),)
    if is_endless:
        producers += (ProducerSpec("R", "q", 0), ProducerSpec("S", "q", 0))
    return ThreadsEngine(Scenario((QueueSpec("q", 1),), producers, consumers))


def _check_end(engine: ThreadsEngine) -> None:
    """The run is over, and with it each of its threads; the lock is free."""
    assert engine.join(GUARD)
    end = engine.snapshot()
    check_balance(end)
    assert end.phase.is_over
    assert end.abandoned == ()
    assert {row.state.value for row in end.workers} <= {"done", "failed"}
    assert end.totals.in_system == 0
    assert Calling(lambda: engine.connections.live_names).result() == ()


def test_a_start_that_is_cut_short_leaves_a_run_that_has_begun_or_is_over() -> None:
    """Either it may be started yet, or it has been, and comes to its end: no run is left that is
    running without its threads."""
    phases = set()

    def try_at(place: int) -> bool:
        engine = _engine(is_endless=False)
        was_there = cut_short(place, engine.start)
        phases.add(engine.phase)
        if engine.phase is Phase.CREATED:
            engine.start()
        _check_end(engine)
        return was_there

    at_every_place(try_at)
    assert Phase.CREATED in phases


CONTROLS: dict[str, tuple[Callable[[ThreadsEngine], None], Callable[[ThreadsEngine], bool]]] = {
    "pause": (ThreadsEngine.pause_producing, lambda engine: not engine.snapshot().producing),
    "resume": (ThreadsEngine.resume_producing, lambda engine: engine.snapshot().producing),
    "drain": (ThreadsEngine.drain, lambda engine: engine.phase is Phase.DRAINING),
    "abort": (ThreadsEngine.abort, lambda engine: engine.flags.aborting),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_a_control_that_is_cut_short_has_happened_or_happens_when_asked_again(name: str) -> None:
    """All of its workers have heard of it then: those that sleep, and those that wait in line."""
    control, has_happened = CONTROLS[name]

    def try_at(place: int) -> bool:
        engine = _engine(is_endless=True)
        engine.start()
        if name == "resume":
            engine.pause_producing()
        was_there = cut_short(place, lambda: control(engine))
        control(engine)
        assert has_happened(engine)
        if name == "pause":
            until(engine, lambda seen: seen.workers[0].state == "paused")
        if name == "drain":
            until(engine, lambda seen: seen.workers[0].state == "done")
        engine.abort()
        _check_end(engine)
        return was_there

    at_every_place(try_at)


def test_a_wait_for_the_end_that_is_cut_short_can_be_made_again() -> None:
    """It changes nothing of the run."""

    def try_at(place: int) -> bool:
        engine = _engine(is_endless=False)
        engine.start()
        was_there = cut_short(place, engine.join)
        _check_end(engine)
        assert engine.phase is Phase.FINISHED
        return was_there

    at_every_place(try_at)
