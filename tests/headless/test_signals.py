"""Signals are noted for the main thread, and handled as before afterwards."""

from __future__ import annotations

import signal

from pcsim.headless.signals import Signals


def test_ignored_signals_stay_ignored() -> None:
    """What `nohup` had set is left as it is."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Signals() as signals:
            signal.raise_signal(signal.SIGHUP)
            assert signals.take() == []
    finally:
        signal.signal(signal.SIGHUP, before)


def test_signals_are_noted_in_order_and_once() -> None:
    """A note is read once."""
    with Signals() as signals:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        assert signals.take() == [signal.SIGTERM, signal.SIGINT]
        assert signals.take() == []
