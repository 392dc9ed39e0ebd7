"""The speeds of virtual time, and how they are written: `10x`, `1000x, reaches 310x`."""

from __future__ import annotations

from typing import NamedTuple

SPEEDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
"""The speeds that `+` and `-` step through; after the last comes None: as fast as possible."""
LAG = 0.9
"""Below this share of the speed that was set, the one that is reached is shown too."""


class Timing(NamedTuple):
    """How virtual time passes; a run in real time has no timing."""

    speed: float | None
    """The speed that was set, in virtual seconds a second; None is as fast as possible."""
    is_standing: bool = False
    reached: float | None = None
    """The measured speed, where it is known."""

    @property
    def words(self) -> tuple[str, str]:
        """The speed in full and in short: `10x`, `1000x, reaches 310x`, `as fast as possible`."""
        reached = "" if self.reached is None or self.is_standing else factor(self.reached)
        if self.speed is None:
            tail = f", {reached}" if reached else ""
            return f"as fast as possible{tail}", f"max{tail}"
        wanted = factor(self.speed)
        if reached and self.reached is not None and self.reached < self.speed * LAG:
            return f"{wanted}, reaches {reached}", f"{wanted}, at {reached}"
        return wanted, wanted


def factor(speed: float) -> str:
    """A speed with at most two digits that are not 0: `0.1x`, `10x`, `1000x`, `52,000x`."""
    rounded = float(f"{speed:.2g}")
    return f"{rounded:g}x" if rounded < 10_000 else f"{rounded:,.0f}x"


def faster(speed: float | None) -> float | None:
    """Return the next higher speed; None is as fast as possible."""
    if speed is None:
        return None
    return next((known for known in SPEEDS if known > speed), None)


def slower(speed: float | None) -> float:
    """Return the next lower speed, at least the lowest."""
    if speed is None:
        return SPEEDS[-1]
    return max((known for known in SPEEDS if known < speed), default=SPEEDS[0])
