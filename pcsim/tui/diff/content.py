"""What the screen of a difference shows, and a measure of both runs over time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from pcsim.analysis.comparison import Comparison, Relation
from pcsim.snapshot import Snapshot
from pcsim.snapshot.control import Point

COUNTED = {"out": "consumed", "in": "produced", "dropped": "dropped", "failed": "failed"}
"""The measures that are counts a second, with the field of a point that counts them."""
POINTS = 300
"""Points of a curve, and as many of the time where two part."""
NEAR_SHARE = 0.1
"""The share of the time that is looked at more closely where they part."""


class Difference(NamedTuple):
    """What differs between two runs.

    Attributes:
        names: What both are called: not safe for a terminal.
        found: What differs.
        courses: How both stood over time, from the begin of each; empty where that is not known.
        whole: What differs where nothing of their beginning is left out; None where that is not
            known.
    """

    names: tuple[str, str]
    found: Comparison
    courses: tuple[Sequence[Point], Sequence[Point]] = ((), ())
    whole: Comparison | None = None

    @property
    def length(self) -> float:
        """The time of the last point that is known of either."""
        return max((course[-1].at for course in self.courses if course), default=0.0)

    @property
    def parts_at(self) -> float | None:
        """When both are seen to differ for the first time; None where that is not known."""
        if self.found.relation is Relation.BRANCH:
            return self.found.spans[0][0]
        return None if self.found.parting is None else self.found.parting.at


def near(at: float, length: float) -> tuple[float, float]:
    """Return the time around where two runs part that is looked at more closely.

    Args:
        at: When they part.
        length: Seconds of the longer one.
    """
    begin = max(at - length * NEAR_SHARE / 4, 0.0)
    return begin, begin + length * NEAR_SHARE


def times_to_draw(length: float, at: float | None) -> list[float]:
    """Return the times of which a run that long is drawn: closer to each other where it parts.

    Args:
        length: Seconds of the longer run.
        at: When both part; None where that is not known.
    """
    times = {length * number / POINTS for number in range(1, POINTS + 1)}
    if at is not None:
        begin, end = near(at, length)
        times.update(begin + (end - begin) * number / POINTS for number in range(1, POINTS + 1))
    return sorted(time for time in times if time <= length)


def point_of(seen: Snapshot) -> Point:
    """Return how a run stood.

    Args:
        seen: The run then.
    """
    totals = seen.totals
    return Point(
        seen.at, totals.produced, totals.consumed, totals.dropped, totals.failed,
        sum(row.is_full for row in seen.queues),
        tuple(row.name for row in seen.queues), tuple(row.depth for row in seen.queues),
    )  # fmt: skip


def points_from(course: Sequence[Point], begin: Point) -> list[Point]:
    """Return how a run stood from a moment on, as if it had begun then.

    Args:
        course: How it stood, in order.
        begin: How it stood at that moment.
    """
    return [
        point._replace(
            at=point.at - begin.at,
            produced=point.produced - begin.produced,
            consumed=point.consumed - begin.consumed,
            dropped=point.dropped - begin.dropped,
            failed=point.failed - begin.failed,
        )
        for point in course
        if point.at > begin.at
    ]


def over_time(
    course: Sequence[Point],
    key: str,
    step: float,
    columns: int,
    first: int = 0,
    window: float = 0.0,
) -> list[float | None]:
    """Return a measure over time: a value for each column, None after the end and where it is not
    known.

    Args:
        course: How a run stood, in order.
        key: The measure; of a queue, its depth is shown.
        step: Seconds of a column.
        columns: How many there are.
        first: How many are left out before them.
        window: Seconds up to the end of a column that a rate is of, at least.
    """
    times = [point.at for point in course]
    values: list[float | None] = []
    for column in range(first, first + columns):
        begin, end = column * step, (column + 1) * step
        if not course or begin >= times[-1]:
            values.append(None)
        elif key in COUNTED:
            begin = max(min(begin, end - window), 0.0)
            since, until = (_count(course, times, at, COUNTED[key]) for at in (begin, end))
            values.append((until - since) / (end - begin))
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
