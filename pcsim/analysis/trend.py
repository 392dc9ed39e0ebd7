"""Turns successive snapshots into rates over the last moments and a history to draw.

Rates are taken over a sliding window, so that they follow the run without flickering. The
history keeps one sample per time slot at several slot lengths: a chart of any width finds the
whole run, or its end, in bounded memory. Times are the run's own, so any engine's will do.
"""

from __future__ import annotations

from collections import deque
from copy import copy
from typing import NamedTuple

from pcsim.snapshot import Snapshot, WorkerRow

WINDOW = 2.0
"""Seconds over which a rate is taken, unless a trend's `window` is changed."""
PARTS = 20
"""Snapshots of a window that are kept."""
STEPS = tuple(head * 10.0**power for power in range(-1, 8) for head in (1, 2, 5))
MOST_SLOTS = 512
"""Slots of each length that are kept: the widest chart."""


class Sample(NamedTuple):
    """The values that the chart shows of one time."""

    at: float
    depths: tuple[int, ...]
    produced_rate: float
    consumed_rate: float


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
        self._recent: deque[Snapshot] = deque()
        self._levels = [deque[tuple[int, Sample]](maxlen=MOST_SLOTS) for _ in STEPS]
        self._last: Snapshot | None = None
        self.window = WINDOW
        """Seconds of the run over which a rate is taken."""

    def add(self, snapshot: Snapshot) -> None:
        """Add the next snapshot."""
        recent = self._recent
        self._last = snapshot
        is_close = bool(recent) and snapshot.at - recent[-1].at < self.window / PARTS * 0.9
        if not is_close or snapshot.phase.is_over:
            recent.append(snapshot)
            while len(recent) > 2 and recent[1].at <= snapshot.at - self.window:
                recent.popleft()
        self._remember(snapshot)

    def _remember(self, snapshot: Snapshot) -> None:
        sample = Sample(
            snapshot.at,
            tuple(row.depth for row in snapshot.queues),
            self.produced_rate(),
            self.consumed_rate(),
        )
        for step, level in zip(STEPS, self._levels, strict=True):
            slot = int(sample.at / step + 1e-9)
            if level and level[-1][0] == slot:
                level[-1] = (slot, sample)
            else:
                level.append((slot, sample))

    def _rate(self, old: int, new: int) -> float:
        if self._last is None:
            return 0.0
        seconds = self._last.at - self._recent[0].at
        return max(new - old, 0) / seconds if seconds > 0 else 0.0

    def frozen(self) -> Trend:
        """A copy of it as it is now, to which later snapshots are not added."""
        frozen = copy(self)
        frozen._recent = self._recent.copy()
        frozen._levels = [level.copy() for level in self._levels]
        return frozen

    def produced_rate(self) -> float:
        """Items produced a second, over the window."""
        if self._last is None:
            return 0.0
        return self._rate(self._recent[0].totals.produced, self._last.totals.produced)

    def consumed_rate(self) -> float:
        """Items consumed a second, over the window."""
        if self._last is None:
            return 0.0
        return self._rate(self._recent[0].totals.consumed, self._last.totals.consumed)

    def queue_rates(self, index: int) -> tuple[float, float]:
        """Items a second put into a queue and got from it, over the window; over the whole run
        once that has ended.

        Args:
            index: The place of the queue in the snapshots.
        """
        if self._last is None:
            return 0.0, 0.0
        new = self._last.queues[index]
        if self._last.phase.is_over:
            at = self._last.at
            return (new.put_total / at, new.got_total / at) if at > 0 else (0.0, 0.0)
        old = self._recent[0].queues[index]
        return self._rate(old.put_total, new.put_total), self._rate(old.got_total, new.got_total)

    def worker_rate(self, index: int) -> float:
        """Items a second of a worker, over the window; over its whole life once it has ended.

        Args:
            index: The place of the worker in the snapshots.
        """
        if self._last is None:
            return 0.0
        new: WorkerRow = self._last.workers[index]
        if new.ended_at is not None or self._last.phase.is_over:
            return new.throughput(self._last.at)
        before = self._recent[0].workers
        old = before[index].items_total if index < len(before) else 0
        return self._rate(old, new.items_total)

    def stretch(self, columns: int, most: float | None = None) -> Stretch:
        """The run so far, in slots that are as short as the number of columns allows.

        Args:
            columns: The largest number of slots.
            most: Seconds that all slots together need at most: a longer run is shown by its
                end. None for the whole run.
        """
        columns = max(min(columns, MOST_SLOTS), 1)
        at = self._last.at if self._last is not None else 0.0
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
