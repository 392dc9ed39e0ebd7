"""What a change of a running system would do, as far as simulations of it before and after say."""

from __future__ import annotations

from typing import NamedTuple

from pcsim.theory.statistics import Interval


class Outlook(NamedTuple):
    """Items consumed a second with a change, and beside it without; the runs of both are under the
    same random numbers."""

    without: Interval
    changed: Interval
    gain: Interval
    """The relative difference of each pair of runs."""

    @property
    def differs(self) -> bool:
        """Whether there is a difference, at a confidence of 95 %."""
        low, high = self.gain.low, self.gain.high
        return low is not None and high is not None and not low <= 0 <= high

    @property
    def text(self) -> str:
        """`consumed 16.7 ±0.1/s, +31 ±2 %`, or that it makes no difference.

        >>> side = Interval(10.0, 0.1, 9.9, 10.1, 8)
        >>> Outlook(side, side._replace(mean=13.1), Interval(0.31, 0.02, 0.29, 0.33, 8)).text
        'consumed 13.1 ±0.1/s, +31 ±2 %'
        """
        if not self.differs:
            return f"consumed {self.changed.mean:.3g}/s: no difference"
        rate = f"consumed {self.changed.mean:.3g} ±{self.changed.half_width or 0.0:.1g}/s"
        gain, width = 100 * self.gain.mean, 100 * (self.gain.half_width or 0.0)
        return f"{rate}, {gain:+.0f} ±{width:.0f} %"


class NoOutlook(NamedTuple):
    """Nothing can be said of a change."""

    text: str
    """Why."""
