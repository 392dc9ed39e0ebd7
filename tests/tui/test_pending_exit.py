"""An exit waits for its run, but not for ever."""

from __future__ import annotations

from pcsim.snapshot.exit_status import Exit
from pcsim.tui.pending_exit import ABORT_TIMEOUT, PendingExit
from tests.support.clocks import HandClock
from tests.support.scripted import ScriptedControl
from tests.support.snapshots import snapshot


def test_a_drain_turns_into_an_abort_when_its_grace_is_over() -> None:
    """And the app exits all the same when the abort takes too long."""
    clock, control, grace = HandClock(), ScriptedControl(snapshot()), 5.0
    pending = PendingExit(clock)
    assert not pending.is_due(is_over=True)
    pending.drain(control, grace, Exit.TERMINATED)
    assert not pending.is_due(is_over=False)
    clock.now = grace
    assert not pending.is_due(is_over=False)
    assert control.calls == ["drain", "abort"]
    clock.now = grace + ABORT_TIMEOUT
    assert pending.is_due(is_over=False)
    assert pending.return_code == 143
