"""Intervals of producers that do not just follow one another: in bursts, or up to certain times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator


class Bursty:
    """A producer that is active for a time `on`, after which it is silent for a time `off`, and so
    on."""

    __slots__ = ("_active", "_off", "_on")

    def __init__(self, on: Iterator[float], off: Iterator[float]) -> None:
        self._on = on
        self._off = off
        self._active: float | None = None
        """What is left of the time for which it is active."""

    def intervals(self, intervals: Iterator[float]) -> Iterator[float]:
        """Let these pass only while it is active."""
        active = next(self._on) if self._active is None else self._active
        for interval in intervals:
            silent, remaining = 0.0, interval
            while remaining > active:
                remaining -= active
                silent += next(self._off)
                active = next(self._on)
            self._active = active = active - remaining
            yield interval + silent


def on_schedule(times: Iterable[float], elapsed: Callable[[], float]) -> Iterator[float]:
    """Intervals until each of the times (seconds from the start of the run); 0 where one has
    passed while the producer was held up."""
    for at in times:
        yield max(at - elapsed(), 0.0)
