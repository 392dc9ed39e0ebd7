"""Fixtures of the tests that play a run without a screen."""

from __future__ import annotations

import pytest

from pcsim import runtime
from tests.support.playback import now


@pytest.fixture
def capable_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal, where there is one, can move its cursor."""
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def played_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that moves only when `half_a_second` does it."""
    monkeypatch.setattr(runtime, "clock", lambda: now[0])
