"""The rows of a result's table: what is measured, in which unit, and where it has no interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from pcsim.analysis.observation import QueueMeasures, TimeMeasures
from pcsim.analysis.result import ROUNDING, Result
from pcsim.text import quantities, safe
from pcsim.theory.statistics import Interval

MOST_ROWS = 100
"""Queues or workers that the text lists at most; the document has them all."""
NO_LONG_RUN = "–"
"""Stands for the interval of what has no value in the long run."""
TOO_SHORT = "too short"
"""Stands for the interval of a quantile for which the runs are too short."""


class Row(NamedTuple):
    """One row; without a measure it is a heading."""

    name: str
    value: Interval | None = None
    unit: str = ""
    is_growing: bool = False
    """Whether it grows with a queue, and has no value in the long run."""

    @property
    def is_too_short(self) -> bool:
        """Whether the runs are too short for an interval."""
        value = self.value
        return value is not None and value.count > 1 and value.low is None and not self.is_growing

    def cells(self, columns: int) -> list[str]:
        """The mean, half the width and the ends of the interval, as far as there are columns."""
        value = self.value
        if value is None or not value.count:
            return ["none" if value is not None else "", *[""] * (columns - 1)]
        half = value.half_width
        if half is not None and half < ROUNDING * abs(value.mean):
            half = 0.0  # all runs have the same, except for what rounding makes of it
        numbers = [value.mean, half, value.low, value.high][:columns]
        cells = quantities([one for one in numbers if one is not None], self.unit)
        if len(cells) < columns and value.count > 1:
            cells.append(NO_LONG_RUN if self.is_growing else TOO_SHORT)
        return cells + [""] * (columns - len(cells))


def rows(result: Result) -> Iterator[Row]:
    """Every measure of a result, in the order in which they are shown."""
    yield from _of_system(result)
    for name, queue in islice(result.measured.queues.items(), MOST_ROWS):
        yield Row(safe(name, 40))
        yield from _of_queue(result, name, queue)
    yield from _left_out(len(result.measured.queues), "queues")
    workers = result.measured.workers
    making = {n: one.making for n, one in workers.items() if one.making.mean}
    running = {n: one.utilization for n, one in workers.items() if n not in making}
    yield from _of_workers("Making", making, "share")
    yield from _of_workers("Running", running, "share")
    yield from _of_workers("Rate", {n: one.throughput for n, one in workers.items()}, "1/s")
    delays = {n: one.put_delay for n, one in workers.items() if one.put_delay.mean}
    yield from _of_workers("Blocked before a put", delays, "s")


def _of_system(result: Result) -> Iterator[Row]:
    system, cycle = result.system, result.measured.cycle
    grows = bool(result.steadiness.without_long_run)
    if cycle is None:
        yield Row("throughput", system.throughput, "1/s")
    else:
        yield Row("rounds", cycle.throughput, "1/s")
        yield Row("time of a round", cycle.time, "s")
    yield Row("items in system", system.mean_in_system, "items", grows)
    if cycle is None:
        yield from _times("sojourn", result.sojourn_time, grows)
        yield from _priorities("sojourn", result.measured.sojourn_by_priority, grows)


def _of_queue(result: Result, name: str, queue: QueueMeasures[Interval]) -> Iterator[Row]:
    grows = name in result.steadiness.without_long_run
    yield Row("depth", queue.mean_depth, "items", grows)
    yield from _times("waiting", result.waiting_time(name), grows)
    yield from _priorities("waiting", result.measured.waiting_by_priority.get(name, {}), grows)
    yield Row("full", queue.full_share, "share")
    yield Row("empty", queue.empty_share, "share")
    if queue.loss.mean:
        yield Row("loss", queue.loss, "share")


def _times(what: str, times: TimeMeasures[Interval], grows: bool) -> Iterator[Row]:
    for field, value in times._asdict().items():
        yield Row(f"{what} {field}", value, "s", grows)


def _priorities(
    what: str, times: Mapping[int, TimeMeasures[Interval]], grows: bool
) -> Iterator[Row]:
    for priority, one in islice(times.items(), MOST_ROWS):
        yield Row(f"{what}, priority {priority}", one.mean, "s", grows)
        yield Row(f"{what} p99, priority {priority}", one.p99, "s", grows)


def _of_workers(title: str, values: Mapping[str, Interval], unit: str) -> Iterator[Row]:
    if not values:
        return
    yield Row(title)
    for name, value in islice(values.items(), MOST_ROWS):
        yield Row(safe(name), value, unit)
    yield from _left_out(len(values), "workers")


def _left_out(total: int, noun: str) -> Iterator[Row]:
    if total > MOST_ROWS:
        yield Row(f"… and {total - MOST_ROWS} more {noun}")
