"""What the screen of a difference shows, and a measure of both runs over time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from pcsim.analysis.comparison import Comparison
from pcsim.snapshot.control import Point

COUNTED = {"out": "consumed", "in": "produced", "dropped": "dropped", "failed": "failed"}
"""The measures that are counts a second, with the field of a point that counts them."""


class Difference(NamedTuple):
    """What differs between two runs.

    Attributes:
        names: What both are called: not safe for a terminal.
        found: What differs.
        courses: How both stood over time; empty where that is not known.
    """

    names: tuple[str, str]
    found: Comparison
    courses: tuple[Sequence[Point], Sequence[Point]] = ((), ())

    @property
    def length(self) -> float:
        """The time of the last point that is known of either."""
        return max((course[-1].at for course in self.courses if course), default=0.0)


def over_time(course: Sequence[Point], key: str, step: float, columns: int) -> list[float | None]:
    """Return a measure over time: a value for each column, None after the end and where it is not
    known.

    Args:
        course: How a run stood, in order.
        key: The measure; of a queue, its depth is shown.
        step: Seconds of a column.
        columns: How many there are.
    """
    times = [point.at for point in course]
    values: list[float | None] = []
    for column in range(columns):
        begin, end = column * step, (column + 1) * step
        if not course or begin >= times[-1]:
            values.append(None)
        elif key in COUNTED:
            since, until = (_count(course, times, at, COUNTED[key]) for at in (begin, end))
            values.append((until - since) / step)
        else:
            values.append(_depth(course, times, end, key.split(".", 1)[1].rpartition(".")[0]))
    return values


def has_course(key: str) -> bool:
    """Return whether a measure is known over time."""
    return key in COUNTED or key.startswith("queues.")


def _count(course: Sequence[Point], times: Sequence[float], at: float, field: str) -> float:
    """A count at a time, on the line between two points."""
    place = bisect_right(times, at)
    after = course[min(place, len(course) - 1)]
    number = float(getattr(after, field))
    if place >= len(course):
        return number
    before = course[place - 1] if place else None
    begin, known = (before.at, float(getattr(before, field))) if before else (0.0, 0.0)
    passed = after.at - begin
    return known + (number - known) * ((at - begin) / passed if passed > 0 else 1.0)


def _depth(course: Sequence[Point], times: Sequence[float], at: float, name: str) -> float | None:
    point = course[max(bisect_right(times, at) - 1, 0)]
    depths = dict(zip(point.queues, point.depths, strict=False))
    return float(depths[name]) if name in depths else None
