"""A clock that a test moves by hand."""

from __future__ import annotations


class HandClock:
    """Shows `now` seconds until the test moves it; `tick` seconds pass with each reading."""

    def __init__(self, now: float = 0.0, tick: float = 0.0) -> None:
        self.now = now
        self.tick = tick

    def __call__(self) -> float:
        self.now += self.tick
        return self.now
