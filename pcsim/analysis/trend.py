"""Turns successive snapshots into a history to draw: depths and rates over time.

The rates of a sample are those of the last moments before it, so that the line follows the run
without flickering. The history keeps one sample per time slot at several slot lengths: a chart of
any width finds the whole run, or its end, in bounded memory. Times are the run's own, so any
engine's will do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from copy import copy
from typing import NamedTuple

from pcsim.snapshot import Phase, QueueRow, Snapshot, Totals
from pcsim.snapshot.control import Point

WINDOW = 2.0
"""Seconds over which a rate is taken, unless a trend's `window` is changed."""
PARTS = 20
"""Snapshots of a window that are kept."""
STEPS = tuple(head * 10.0**power for power in range(-1, 8) for head in (1, 2, 5))
MOST_SLOTS = 512
"""Slots of each length that are kept: the widest chart."""


class Counted(NamedTuple):
    """How many items there had been at some time."""

    at: float
    produced: int
    consumed: int


class Sample(NamedTuple):
    """The values that the chart shows of one time."""

    at: float
    depths: tuple[int, ...]
    produced_rate: float
    consumed_rate: float
    queues: tuple[str, ...]
    """The names of the queues that the depths are of."""


def depths_of(samples: Sequence[Sample | None], queue: str) -> list[float | None]:
    """Return the depth of a queue in each sample; None where there was no such queue, or no
    sample.

    Args:
        samples: Samples of a history.
        queue: The name of the queue.
    """
    names: tuple[str, ...] = ()
    place: int | None = None
    depths: list[float | None] = []
    for sample in samples:
        if sample is not None and sample.queues is not names:
            names = sample.queues
            place = names.index(queue) if queue in names else None
        depths.append(None if sample is None or place is None else float(sample.depths[place]))
    return depths


class Stretch(NamedTuple):
    """Consecutive time slots of a history, oldest first.

    Attributes:
        step: The length of a slot in seconds.
        first: The number of the first slot, counted from the start of the run.
        samples: One for each slot; None where nothing is known (yet).
    """

    step: float
    first: int
    samples: list[Sample | None]

    @property
    def begins_at(self) -> float:
        """The time of the first slot's left edge."""
        return self.first * self.step


class Trend:
    """The recent past of one run, and samples of all of it. Add every snapshot, in order."""

    def __init__(self) -> None:
        self._recent: deque[Counted] = deque()
        self._levels = [deque[tuple[int, Sample]](maxlen=MOST_SLOTS) for _ in STEPS]
        self._last = Counted(0.0, 0, 0)
        self._listed: list[str] = []
        self._names: tuple[str, ...] = ()
        """The names of the queues; all samples of the same ones have the same object."""
        self.window = WINDOW
        """Seconds of the run over which a rate is taken."""

    def add(self, snapshot: Snapshot) -> None:
        """Add the next snapshot."""
        recent, totals = self._recent, snapshot.totals
        self._last = last = Counted(snapshot.at, totals.produced, totals.consumed)
        is_close = bool(recent) and snapshot.at - recent[-1].at < self.window / PARTS * 0.9
        if not is_close or snapshot.phase.is_over:
            recent.append(last)
            while len(recent) > 2 and recent[1].at <= snapshot.at - self.window:
                recent.popleft()
        self._remember(snapshot)

    def _remember(self, snapshot: Snapshot) -> None:
        names = [row.name for row in snapshot.queues]
        if names != self._listed:
            self._listed, self._names = names, tuple(names)
        sample = Sample(
            snapshot.at,
            tuple(row.depth for row in snapshot.queues),
            self.produced_rate(),
            self.consumed_rate(),
            self._names,
        )
        for step, level in zip(STEPS, self._levels, strict=True):
            slot = int(sample.at / step + 1e-9)
            if level and level[-1][0] == slot:
                level[-1] = (slot, sample)
            else:
                level.append((slot, sample))

    def _rate(self, of: Callable[[Counted], int]) -> float:
        seconds = self._last.at - self._recent[0].at if self._recent else 0.0
        return max(of(self._last) - of(self._recent[0]), 0) / seconds if seconds > 0 else 0.0

    def frozen(self) -> Trend:
        """A copy of it as it is now, to which later snapshots are not added."""
        frozen = copy(self)
        frozen._recent = self._recent.copy()
        frozen._levels = [level.copy() for level in self._levels]
        return frozen

    def produced_rate(self) -> float:
        """Items produced a second, over the window."""
        return self._rate(lambda count: count.produced)

    def consumed_rate(self) -> float:
        """Items consumed a second, over the window."""
        return self._rate(lambda count: count.consumed)

    def stretch(self, columns: int, most: float | None = None) -> Stretch:
        """The run so far, in slots that are as short as the number of columns allows.

        Args:
            columns: The largest number of slots.
            most: Seconds that all slots together need at most: a longer run is shown by its
                end. None for the whole run.
        """
        columns = max(min(columns, MOST_SLOTS), 1)
        at = self._last.at
        for index, step in enumerate(STEPS):  # noqa: B007 - the last one serves when none fits
            if at / step < columns or (most is not None and step * columns >= most):
                break
        last = int(at / step + 1e-9)
        first = max(last - columns + 1, 0)
        return Stretch(step, first, _filled(self._levels[index], first, last, columns))


def _filled(
    level: deque[tuple[int, Sample]], first: int, last: int, columns: int
) -> list[Sample | None]:
    samples: list[Sample | None] = [None] * columns
    latest: Sample | None = None
    known = dict(level)
    for slot, sample in level:
        if slot > first:
            break
        latest = sample
    for slot in range(first, min(last, first + columns - 1) + 1):
        latest = known.get(slot, latest)
        samples[slot - first] = latest
    return samples


def moment_of(point: Point) -> Snapshot:
    """Return as much of a snapshot as a history needs."""
    rows = tuple(
        QueueRow(name, None, depth) for name, depth in zip(point.queues, point.depths, strict=False)
    )
    totals = Totals(produced=point.produced, consumed=point.consumed)
    return Snapshot(0, point.at, Phase.RUNNING, True, rows, (), totals)
