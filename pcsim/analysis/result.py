"""What a simulation has found, or a run on threads: every measure, beside what theory says of it.

Each measure is an `Interval`: its mean over the replications, and where there are two or more
the 95 % interval around it (Student-t). What each measure means and its unit stand with
`pcsim.analysis.observation`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from pcsim.analysis.littles_law import LittlesLaw
from pcsim.analysis.observation import (
    Observation,
    QueueMeasures,
    SystemMeasures,
    TimeMeasures,
    WorkerMeasures,
)
from pcsim.snapshot import Snapshot
from pcsim.theory.prediction import Prediction
from pcsim.theory.statistics import Interval

SHARES = (("p50", 0.50), ("p90", 0.90), ("p95", 0.95), ("p99", 0.99))
ALIKE = 1e-9
"""Numbers that differ by less of themselves do so by rounding."""

EXPECTED = 20
"""Of so many events that theory expects, one happens: by chance none does in 1 of 10^8 runs."""

SEVERAL = 10
"""A run of so many relaxation times has forgotten its beginning for most of its time."""


class Comparison(NamedTuple):
    """A measure beside what theory says of it."""

    name: str
    measured: Interval
    predicted: float
    unit: str
    """`s`, `1/s`, `items` or `share`."""
    worker: str = ""
    """Whose measure it is; "" for one of the queue or of the system."""

    @property
    def agrees(self) -> bool | None:
        """Whether the interval covers the prediction. None for a single run, and for an interval
        without a width that does not: replications all alike tell nothing of their error."""
        low, high = self.measured.low, self.measured.high
        if low is None or high is None:
            return None
        if low <= self.predicted <= high:
            return True
        return None if high - low <= ALIKE * abs(self.measured.mean) else False


class Result(NamedTuple):
    """All that was measured after `warm_up` seconds, over so many `replications`.

    `snapshot` is the end of the first of them; `theory` what a formula says of it, or None.
    """

    title: str
    engine: str
    seed: int
    replications: int
    warm_up: float
    measured: Observation[Interval]
    snapshot: Snapshot
    theory: Prediction | None = None
    without_queue: Prediction | None = None
    """Erlang B: what would be lost if nobody could wait, where the one queue drops what finds it
    full and arrivals are Poisson."""

    @property
    def system(self) -> SystemMeasures[Interval]:
        """Of the whole system: throughput in items/s and so on."""
        return self.measured.system

    @property
    def sojourn_time(self) -> TimeMeasures[Interval]:
        """From produced to consumed, in seconds."""
        return self.measured.sojourn_time

    def queue(self, name: str) -> QueueMeasures[Interval]:
        """Of one queue. Raises KeyError for an unknown name."""
        return self.measured.queues[name]

    def waiting_time(self, name: str) -> TimeMeasures[Interval]:
        """Time in that queue, in seconds. Raises KeyError for an unknown name."""
        return self.measured.waiting_times[name]

    def worker(self, name: str) -> WorkerMeasures[Interval]:
        """Of one worker. Raises KeyError for an unknown name."""
        return self.measured.workers[name]

    @property
    def littles_law(self) -> LittlesLaw:
        """The mean number of items in the system beside throughput times mean sojourn time."""
        system = self.system
        in_system, product = system.mean_in_system.mean, system.littles_product.mean
        return LittlesLaw(in_system, product, self.engine == "virtual")

    @property
    def littles_gap(self) -> float:
        """By how much of itself the mean number of items in the system differs from throughput
        times mean sojourn time."""
        return self.littles_law.gap

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Each measure for which the theory has a value; none without a theory."""
        return () if self.theory is None else tuple(_comparisons(self, self.theory))

    @property
    def is_too_short(self) -> bool:
        """Whether it cannot have come to the steady state that the theory tells of: it has not
        gone on for several relaxation times, or made but a few items; or a full queue would have
        turned away or held up so many items, and none was ever full."""
        if self.theory is None:
            return False
        lasts, produced = self.system.duration.mean, self.system.produced.mean
        # While a queue fills it is not steady; a warm-up may have left that out.
        settling = max(self.theory.relaxation or 0.0, self.theory.filling - self.warm_up)
        if produced < EXPECTED or lasts < SEVERAL * settling:
            return True
        if any(q.peak_depth >= q.capacity for q in self.snapshot.queues):
            return False
        shares = [self.theory.loss, *(station.blocked for station in self.theory.stations)]
        if self.theory.stations:  # nothing but a full queue keeps the first from its work
            shares.append(1 - self.theory.stations[0].utilization)
        return max(share or 0.0 for share in shares) * self.snapshot.totals.produced >= EXPECTED


def _comparisons(result: Result, theory: Prediction) -> Iterator[Comparison]:
    system, sojourn = result.system, result.sojourn_time
    yield Comparison("throughput", system.throughput, theory.throughput, "1/s")
    if theory.mean_system is not None:
        yield Comparison("items in system", system.mean_in_system, theory.mean_system, "items")
    if theory.sojourn_time is not None:
        yield Comparison("sojourn time", sojourn.mean, theory.sojourn_time, "s")
    yield from _quantiles("sojourn", sojourn, theory.sojourn_quantile)
    if len(result.measured.queues) == 1:
        yield from _of_the_queue(result, theory)
    for name, station in zip(_in_line(result.snapshot), theory.stations, strict=False):
        worker = result.worker(name)
        yield Comparison("busy", worker.utilization, station.utilization, "share", name)
        if station.blocked is not None:
            yield Comparison("blocked", worker.blocked_full, station.blocked, "share", name)


def _quantiles(
    name: str, times: TimeMeasures[Interval], predict: Callable[[float], float | None]
) -> Iterator[Comparison]:
    for field, share in SHARES:
        predicted = predict(share)
        if predicted is not None:
            yield Comparison(f"{name} {field}", getattr(times, field), predicted, "s")


def _in_line(snapshot: Snapshot) -> list[str]:
    """The workers of a line in the order in which items pass them, however declared; none
    where several stand side by side."""
    readers = {row.inputs[0]: row.name for row in snapshot.consumers}
    after = {row.name: readers.get(row.outputs[0]) for row in snapshot.workers if row.outputs}
    place: str | None = snapshot.producers[0].name if snapshot.producers else None
    order: list[str] = []
    while place is not None and place not in order:
        order.append(place)
        place = after.get(place)
    return order if len(order) == len(snapshot.workers) else []


def _of_the_queue(result: Result, theory: Prediction) -> Iterator[Comparison]:
    (name,) = result.measured.queues
    queue, waits = result.queue(name), result.waiting_time(name)
    if theory.loss:
        yield Comparison("loss", queue.loss, theory.loss, "share")
    if theory.mean_queue is not None:
        yield Comparison("items waiting", queue.mean_depth, theory.mean_queue, "items")
    if theory.waiting_time is not None:
        yield Comparison("waiting time", waits.mean, theory.waiting_time, "s")
    yield from _quantiles("waiting", waits, theory.waiting_quantile)
    if theory.utilization is not None:
        yield Comparison(
            "busy", result.system.utilization, theory.utilization, "share", _taker(result)
        )


def _taker(result: Result) -> str:
    """Who takes from the queue: its name, or that of several alike without their numbers."""
    names = [row.name for row in result.snapshot.consumers]
    return names[0] if len(names) == 1 else names[0].removesuffix("-1")
