"""How a run's time passes, as people say it, and the speeds that `+` and `-` go through."""

from __future__ import annotations

from typing import NamedTuple

SPEEDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
"""After the last comes None: as fast as possible."""
LAGS = 0.9
"""Below this share of the wished speed, the one that was reached is told."""


class Timing(NamedTuple):
    """How virtual time passes. A run in real time has none of this."""

    speed: float | None
    """Virtual seconds a second; None is as fast as possible."""
    is_standing: bool = False
    reached: float | None = None
    """The speed lately, where it is known."""

    @property
    def words(self) -> tuple[str, str]:
        """The speed in full and in short: `10x`, `1000x, reaches 310x`, `as fast as possible`."""
        reached = "" if self.reached is None or self.is_standing else multiple(self.reached)
        if self.speed is None:
            tail = f", {reached}" if reached else ""
            return f"as fast as possible{tail}", f"max{tail}"
        wished = multiple(self.speed)
        if reached and self.reached is not None and self.reached < self.speed * LAGS:
            return f"{wished}, reaches {reached}", f"{wished}, at {reached}"
        return wished, wished


def multiple(speed: float) -> str:
    """`0.1x`, `10x`, `1000x`, `52,000x`: at most two digits that are not 0."""
    rounded = float(f"{speed:.2g}")
    return f"{rounded:g}x" if rounded < 10_000 else f"{rounded:,.0f}x"


def faster(speed: float | None) -> float | None:
    """The next speed up."""
    if speed is None:
        return None
    return next((known for known in SPEEDS if known > speed), None)


def slower(speed: float | None) -> float:
    """The next speed down."""
    if speed is None:
        return SPEEDS[-1]
    return max((known for known in SPEEDS if known < speed), default=SPEEDS[0])
