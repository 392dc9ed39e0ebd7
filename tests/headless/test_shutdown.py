"""How signals and the timeout end a run."""

from __future__ import annotations

import signal

from pcsim.headless.exit_status import Exit
from pcsim.headless.shutdown import ABORT_GRACE, TERM_GRACE, TIMEOUT_GRACE, ShutdownPolicy
from tests.support.scripted import ScriptedControl
from tests.support.snapshots import snapshot

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


def make(timeout: float | None = None) -> tuple[ScriptedControl, list[str], ShutdownPolicy]:
    """An ending at the instant 0, with what it did and said."""
    control, said = ScriptedControl(snapshot()), list[str]()
    return control, said, ShutdownPolicy(control, said.append, 0.0, timeout)


def test_nothing_is_done_unasked() -> None:
    """Without a signal and a timeout a run may take for ever."""
    control, said, ending = make()
    assert ending.check([], 1e9) is False
    assert (control.calls, said, ending.reason) == ([], [], None)


def test_first_interrupt_drains_and_second_aborts() -> None:
    """A drain may take as long as it needs; who is in a hurry asks again."""
    control, said, ending = make()
    assert ending.check([INT], 1.0) is False
    assert control.calls == ["drain"]
    assert ending.check([], 1e6) is False
    assert ending.check([INT], 1e6) is False
    assert control.calls == ["drain", "abort"]
    assert ending.reason is Exit.INTERRUPTED
    assert said == [
        "interrupted: draining; Ctrl-C again aborts",
        "interrupted again: aborting",
    ]


def test_two_interrupts_at_once_abort() -> None:
    """Two that came between two looks count as two."""
    control, _, ending = make()
    ending.check([INT, INT], 1.0)
    assert control.calls == ["drain", "abort"]


def test_terminate_drains_with_a_time_of_grace() -> None:
    """A service manager waits for a while, not for ever."""
    control, said, ending = make()
    ending.check([TERM], 10.0)
    ending.check([], 10.0 + TERM_GRACE - 0.01)
    assert control.calls == ["drain"]
    ending.check([], 10.0 + TERM_GRACE)
    assert control.calls == ["drain", "abort"]
    assert ending.reason is Exit.TERMINATED
    assert said == ["terminated: draining for at most 5.0 s", "still not empty: aborting"]


def test_hang_up_aborts() -> None:
    """Nobody is there to wait for a drain."""
    control, _, ending = make()
    ending.check([HUP], 1.0)
    assert control.calls == ["abort"]
    assert ending.reason is Exit.HANGUP


def test_timeout_drains_then_aborts() -> None:
    """The time that was given is up: a short drain, then the end."""
    control, said, ending = make(timeout=3.0)
    ending.check([], 2.9)
    assert control.calls == []
    ending.check([], 3.0)
    ending.check([], 3.0 + TIMEOUT_GRACE)
    assert control.calls == ["drain", "abort"]
    assert ending.reason is Exit.STUCK
    assert said[0] == "3.0 s are over: draining for at most 2.0 s"


def test_first_reason_stays() -> None:
    """What came first is why the run ended, whatever comes after."""
    control, _, ending = make(timeout=3.0)
    ending.check([TERM], 1.0)
    ending.check([HUP], 3.5)
    assert ending.reason is Exit.TERMINATED
    assert control.calls.count("abort") == 1


def test_run_that_survives_its_abort_is_given_up() -> None:
    """A sink that never comes back cannot keep the report from being written."""
    control, _, ending = make()
    ending.check([HUP], 1.0)
    assert ending.check([], 1.0 + ABORT_GRACE - 0.01) is False
    assert ending.check([], 1.0 + ABORT_GRACE) is True
    assert control.calls == ["abort"]
