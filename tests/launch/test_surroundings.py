"""A program is as it was before once the app has been left."""

from __future__ import annotations

import gc
import signal

from pcsim import runtime
from pcsim.launch.surroundings import process_kept


def handle(*_: object) -> None:
    """Stand for a handler of the program."""


def test_signals_timers_and_the_collector_are_put_back() -> None:
    """Also those that the app sets when the terminal is gone."""
    before = signal.signal(signal.SIGTERM, handle)
    left = signal.setitimer(signal.ITIMER_REAL, 0)  # that of the test's own time limit
    gc.unfreeze()  # what an app of another test has left
    try:
        with process_kept():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGWINCH, handle)
            runtime.end_process_in(1000.0)
            gc.disable()
            gc.freeze()
        assert signal.getsignal(signal.SIGTERM) is handle
        assert signal.getsignal(signal.SIGWINCH) is not handle
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
        assert gc.isenabled()
        assert gc.get_freeze_count() == 0
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.setitimer(signal.ITIMER_REAL, *left)


def test_collector_that_was_off_stays_off() -> None:
    """The program has its reasons."""
    gc.disable()
    try:
        with process_kept():
            gc.enable()
        assert not gc.isenabled()
    finally:
        gc.enable()
