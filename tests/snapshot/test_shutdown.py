"""A run is drained, aborted after a time of grace, and given up at last."""

from __future__ import annotations

import math

from pcsim.snapshot.exit_status import Exit
from pcsim.snapshot.shutdown import Shutdown
from tests.support.clocks import HandClock
from tests.support.scripted import ScriptedControl
from tests.support.snapshots import snapshot

GRACE, ABORT_GRACE = 3.0, 2.0


def make(control: ScriptedControl | None = None) -> tuple[HandClock, ScriptedControl, Shutdown]:
    """A shutdown at the time 0 of a clock that is moved by hand."""
    clock, control = HandClock(), control or ScriptedControl(snapshot())
    return clock, control, Shutdown(control, ABORT_GRACE, clock)


def test_nothing_happens_before_it_is_asked_for() -> None:
    """A run may take for ever."""
    clock, control, shutdown = make()
    clock.now = 1e9
    assert not shutdown.check()
    assert (control.calls, shutdown.has_begun, shutdown.reason) == ([], False, None)


def test_a_drain_without_grace_takes_as_long_as_it_needs() -> None:
    """Only an abort ends it earlier."""
    clock, control, shutdown = make()
    shutdown.drain()
    clock.now = 1e9
    assert not shutdown.check()
    assert control.calls == ["drain"]
    assert shutdown.has_begun
    assert not shutdown.is_aborting


def test_a_drain_becomes_an_abort_when_its_grace_is_over() -> None:
    """Not earlier, and the reason stays that of the drain."""
    clock, control, shutdown = make()
    shutdown.drain(GRACE, Exit.TERMINATED)
    clock.now = math.nextafter(GRACE, 0.0)
    assert not shutdown.check()
    assert control.calls == ["drain"]
    clock.now = GRACE
    assert not shutdown.check()
    assert control.calls == ["drain", "abort"]
    assert shutdown.is_aborting
    assert shutdown.reason is Exit.TERMINATED


def test_the_shortest_grace_counts() -> None:
    """A second reason can only make it end earlier."""
    clock, control, shutdown = make()
    shutdown.drain(GRACE)
    shutdown.drain(GRACE / 2)
    shutdown.drain()
    clock.now = GRACE / 2
    shutdown.check()
    assert control.calls == ["drain", "drain", "drain", "abort"]


def test_a_run_that_survives_its_abort_is_given_up() -> None:
    """A sink that never comes back keeps no caller waiting."""
    clock, control, shutdown = make()
    shutdown.abort(Exit.HANGUP)
    clock.now = math.nextafter(ABORT_GRACE, 0.0)
    assert not shutdown.check()
    clock.now = ABORT_GRACE
    assert shutdown.check()
    assert control.calls == ["abort"]
    assert shutdown.reason is Exit.HANGUP


def test_a_second_abort_gives_no_more_time() -> None:
    """The time after which a run is given up begins with the first."""
    clock, control, shutdown = make()
    shutdown.abort()
    clock.now = ABORT_GRACE / 2
    shutdown.abort()
    clock.now = ABORT_GRACE
    assert shutdown.check()
    assert control.calls == ["abort"]


def test_nothing_is_drained_after_an_abort() -> None:
    """What has been asked to end at once is not asked to take its time."""
    _, control, shutdown = make()
    shutdown.abort(Exit.INTERRUPTED)
    shutdown.drain(GRACE, Exit.TERMINATED)
    assert control.calls == ["abort"]
    assert shutdown.reason is Exit.INTERRUPTED


def test_waiting_ends_with_the_run() -> None:
    """A drain that is over in time is not followed by an abort."""
    _, control, shutdown = make(ScriptedControl(snapshot(), snapshot()))
    shutdown.drain(GRACE)
    assert shutdown.wait()
    assert control.calls == ["drain"]


def test_waiting_ends_with_a_run_that_is_given_up() -> None:
    """It takes the grace of the drain and that of the abort, and no longer."""

    def pass_time(_: int) -> None:
        clock.now += 0.5

    clock, control, shutdown = make(ScriptedControl(snapshot(), stubborn=True, at_join=pass_time))
    shutdown.drain(GRACE)
    assert not shutdown.wait()
    assert control.calls == ["drain", "abort"]
    assert clock.now == GRACE + ABORT_GRACE
