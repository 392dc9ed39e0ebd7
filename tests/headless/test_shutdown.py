"""How signals and the timeout end a run without a screen, and what is reported of it."""

from __future__ import annotations

import signal

from pcsim.headless.shutdown import ShutdownPolicy
from pcsim.snapshot.exit_status import Exit
from pcsim.snapshot.shutdown import ABORT_GRACE, TERM_GRACE, TIMEOUT_GRACE
from tests.support.clocks import HandClock
from tests.support.scripted import ScriptedControl
from tests.support.snapshots import snapshot

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


class Ending:
    """A run at the time 0, what was done to it, and what was reported."""

    def __init__(self, timeout: float | None = None) -> None:
        self.clock = HandClock()
        self.control = ScriptedControl(snapshot())
        self.messages: list[str] = []
        self.policy = ShutdownPolicy(self.control, self.messages.append, timeout, self.clock)

    def check(self, *signals: signal.Signals, at: float) -> bool:
        """Look at that time, at which these signals have come."""
        self.clock.now = at
        return self.policy.check(list(signals))


def test_nothing_is_done_unasked() -> None:
    """Without a signal and a timeout a run may take for ever."""
    ending = Ending()
    assert ending.check(at=1e9) is False
    assert (ending.control.calls, ending.messages, ending.policy.reason) == ([], [], None)


def test_first_interrupt_drains_and_second_aborts() -> None:
    """A drain may take as long as it needs; a second Ctrl-C cuts it short."""
    ending = Ending()
    assert ending.check(INT, at=1.0) is False
    assert ending.control.calls == ["drain"]
    assert ending.check(at=1e6) is False
    assert ending.check(INT, at=1e6) is False
    assert ending.control.calls == ["drain", "abort"]
    assert ending.policy.reason is Exit.INTERRUPTED
    assert ending.messages == [
        "interrupted: draining; Ctrl-C again aborts",
        "interrupted again: aborting",
    ]


def test_two_interrupts_at_once_abort() -> None:
    """Two that came between two looks count as two."""
    ending = Ending()
    ending.check(INT, INT, at=1.0)
    assert ending.control.calls == ["drain", "abort"]


def test_terminate_drains_with_a_time_of_grace() -> None:
    """A service manager waits for a while, not for ever."""
    ending = Ending()
    ending.check(TERM, at=10.0)
    ending.check(at=10.0 + TERM_GRACE - 0.01)
    assert ending.control.calls == ["drain"]
    ending.check(at=10.0 + TERM_GRACE)
    assert ending.control.calls == ["drain", "abort"]
    assert ending.policy.reason is Exit.TERMINATED
    assert ending.messages == [
        "terminated: draining, at most 5 s more",
        "still not empty: aborting",
    ]


def test_hang_up_aborts() -> None:
    """The terminal is gone: a drain would serve no one."""
    ending = Ending()
    ending.check(HUP, at=1.0)
    assert ending.control.calls == ["abort"]
    assert ending.policy.reason is Exit.HANGUP
    assert ending.messages == ["hung up: aborting"]


def test_timeout_drains_then_aborts() -> None:
    """The time is up: a short drain, then the end."""
    ending = Ending(timeout=3.0)
    ending.check(at=2.9)
    assert ending.control.calls == []
    ending.check(at=3.0)
    ending.check(at=3.0 + TIMEOUT_GRACE)
    assert ending.control.calls == ["drain", "abort"]
    assert ending.policy.reason is Exit.STUCK
    assert ending.messages[0] == "timeout after 3 s: draining, at most 2 s more"


def test_first_reason_stays() -> None:
    """What came first is why the run ended, whatever comes after."""
    ending = Ending(timeout=3.0)
    ending.check(TERM, at=1.0)
    ending.check(HUP, at=3.5)
    assert ending.policy.reason is Exit.TERMINATED
    assert ending.control.calls.count("abort") == 1


def test_run_that_survives_its_abort_is_given_up() -> None:
    """A sink that never comes back cannot keep the report from being written."""
    ending = Ending()
    ending.check(HUP, at=1.0)
    assert ending.check(at=1.0 + ABORT_GRACE - 0.01) is False
    assert ending.check(at=1.0 + ABORT_GRACE) is True
    assert ending.control.calls == ["abort"]
