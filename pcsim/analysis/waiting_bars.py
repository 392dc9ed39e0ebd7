"""How the waiting times of a queue are spread, in a few classes of equal width."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pcsim.snapshot import Spread

MOST = 8
"""Classes, with the last one for all that waited longer."""


class Bar(NamedTuple):
    """One class: how many times lie in it, and which percentiles do."""

    begin: float
    """Seconds."""
    end: float
    """Seconds; infinite for the last class."""
    count: int  # type: ignore[assignment]  # hides tuple.count, which is not needed here
    marks: tuple[str, ...] = ()
    """`p50`, `p90`, `p99`."""


def recent_bars(recent: Spread, whole: Spread, before: Spread) -> tuple[Bar, ...]:
    """Return the classes of the times that came of late, as `waiting_bars` does.

    Args:
        recent: Those times.
        whole: All times up to now.
        before: All times up to when the recent ones began.
    """
    counts, earlier = whole.counts, before.counts
    if before.count + recent.count != whole.count or counts is None:
        return ()  # what came before is not known, or was forgotten since
    if earlier is None:
        return _bars(recent, counts.up_to, MOST) if not before.count else ()
    known, past = counts.up_to, earlier.up_to

    def up_to(limits: Sequence[float]) -> list[int]:
        return [now - then for now, then in zip(known(limits), past(limits), strict=True)]

    return _bars(recent, up_to, MOST)


def waiting_bars(spread: Spread, most: int = MOST) -> tuple[Bar, ...]:
    """Return the classes of the times, the shortest first.

    All but the last one are as wide as a round number, and hold 99 % of the times between them.

    Args:
        spread: The times. Of those whose counts are not kept there are no classes.
        most: The number of classes, at most; 2 or more.

    >>> waiting_bars(Spread())
    ()
    """
    counts = spread.counts
    return () if counts is None else _bars(spread, counts.up_to, most)


def _bars(
    spread: Spread, up_to: Callable[[Sequence[float]], list[int]], most: int
) -> tuple[Bar, ...]:
    if not spread.count:
        return ()
    longest = max(spread.p99, spread.max * 1e-9)
    width = _round_up(longest / (most - 1)) if longest > 0 else 1.0
    number = min(max(math.ceil(longest / width + 1e-9), 1), most - 1)
    ends = [width * place for place in range(1, number + 1)]
    below = up_to(ends)
    totals = [*below, spread.count]
    bars = [
        Bar(end - width, end, now - before)
        for end, before, now in zip(ends, [0, *below], below, strict=False)
    ]
    if totals[-1] > below[-1]:
        bars.append(Bar(ends[-1], math.inf, totals[-1] - below[-1]))
    marks = (("p50", spread.p50), ("p90", spread.p90), ("p99", spread.p99))
    return tuple(
        bar._replace(marks=tuple(name for name, at in marks if _is_in(bar, at, bars[-1])))
        for bar in bars
    )


def _is_in(bar: Bar, at: float, last: Bar) -> bool:
    return bar.begin < at <= bar.end or (at == bar.begin == 0) or (bar is last and at > bar.end)


def _round_up(number: float) -> float:
    """The smallest of …, 0.5, 1, 2, 5, 10, … that is not below the number."""
    power = 10.0 ** math.floor(math.log10(number))
    return next(head * power for head in (1, 2, 5, 10) if head * power >= number * (1 - 1e-9))
