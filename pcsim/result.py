"""What a simulation, or a run on threads, has found: every measure with its interval, and theory.

Each measure is an `Interval`: its mean over the replications, and where there are two or more
the 95 % interval around it (Student-t). What each measure means and its unit stand with
`pcsim.observation`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pcsim import __version__
from pcsim.columns import paragraph, table
from pcsim.formatting import duration, safe
from pcsim.observation import (
    Observation,
    QueueMeasures,
    SystemMeasures,
    TimeMeasures,
    WorkerMeasures,
)
from pcsim.snapshot import Role, Snapshot
from pcsim.theory.prediction import Prediction
from pcsim.theory.statistics import Interval

SHARES = (("p50", 0.50), ("p90", 0.90), ("p95", 0.95), ("p99", 0.99))
UNITS = {"s": " s", "1/s": "/s", "items": ""}
SMALL_GAP = 0.01
"""A difference from Little's law that the edges of a run explain."""


class Comparison(NamedTuple):
    """A measure beside what theory says of it."""

    name: str
    measured: Interval
    predicted: float
    unit: str
    """`s`, `1/s`, `items` or `share`."""

    @property
    def agrees(self) -> bool | None:
        """Whether the interval covers the prediction; None for a single run."""
        low, high = self.measured.low, self.measured.high
        if low is None or high is None:
            return None
        return low <= self.predicted <= high


class Result(NamedTuple):
    """All that was measured after `warm_up` seconds, over so many `replications`.

    `snapshot` is the end of the first of them; `theory` what a formula says, or None.
    """

    title: str
    engine: str
    seed: int
    replications: int
    warm_up: float
    measured: Observation[Interval]
    snapshot: Snapshot
    theory: Prediction | None = None

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
    def comparisons(self) -> tuple[Comparison, ...]:
        """Each measure for which the theory has a value; none without a theory."""
        return () if self.theory is None else tuple(_comparisons(self, self.theory))


def _comparisons(result: Result, theory: Prediction) -> Iterator[Comparison]:
    system, sojourn = result.system, result.sojourn_time
    yield Comparison("throughput", system.throughput, theory.throughput, "1/s")
    if theory.mean_system is not None:
        yield Comparison("items in system", system.mean_in_system, theory.mean_system, "items")
    if theory.sojourn_time is not None:
        yield Comparison("sojourn time", sojourn.mean, theory.sojourn_time, "s")
    for field, share in SHARES:
        predicted = theory.sojourn_quantile(share)
        if predicted is not None:
            yield Comparison(f"sojourn {field}", getattr(sojourn, field), predicted, "s")
    if len(result.measured.queues) == 1:
        yield from _of_the_queue(result, theory)
    if len(theory.stations) == len(result.measured.workers):
        for name, station in zip(result.measured.workers, theory.stations, strict=True):
            worker = result.worker(name)
            yield Comparison(f"{name} busy", worker.utilization, station.utilization, "share")
            if station.blocked is not None:
                yield Comparison(f"{name} blocked", worker.blocked_full, station.blocked, "share")


def _of_the_queue(result: Result, theory: Prediction) -> Iterator[Comparison]:
    (name,) = result.measured.queues
    queue, waits = result.queue(name), result.waiting_time(name)
    if theory.loss:
        yield Comparison("loss", queue.loss, theory.loss, "share")
    if theory.mean_queue is not None:
        yield Comparison("items waiting", queue.mean_depth, theory.mean_queue, "items")
    if theory.waiting_time is not None:
        yield Comparison("waiting time", waits.mean, theory.waiting_time, "s")
    for field, share in SHARES:
        predicted = theory.waiting_quantile(share)
        if predicted is not None:
            yield Comparison(f"waiting {field}", getattr(waits, field), predicted, "s")
    takers = [row.name for row in result.snapshot.workers if row.role is not Role.PRODUCER]
    if theory.utilization is not None and len(takers) == 1:
        busy = result.worker(takers[0]).utilization
        yield Comparison(f"{takers[0]} busy", busy, theory.utilization, "share")


def text(result: Result, width: int = 80) -> str:
    """The measures with their intervals, the theory beside them, and Little's law."""
    sections = [_measures(result, width), _theory(result, width), _little(result, width)]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def document(result: Result) -> dict[str, object]:
    """The same as one JSON-able document. Times are seconds, rates items/s, shares 0 to 1; an
    interval is its mean, low and high, the latter null for a single run."""
    measured, theory = result.measured, result.theory
    return {
        "pcsim_version": __version__,
        "replications": result.replications,
        "seed": result.seed,
        "warm_up": result.warm_up,
        "system": _fields(measured.system),
        "sojourn_time": _fields(measured.sojourn_time),
        "queues": {name: _fields(of) for name, of in measured.queues.items()},
        "waiting_times": {name: _fields(of) for name, of in measured.waiting_times.items()},
        "workers": {name: _fields(of) for name, of in measured.workers.items()},
        "theory": None if theory is None else {"model": theory.model, "source": theory.source},
        "comparisons": [
            {
                "name": one.name,
                "measured": _interval(one.measured),
                "predicted": one.predicted,
                "unit": one.unit,
                "agrees": one.agrees,
            }
            for one in result.comparisons
        ],
    }


def _fields(measures: tuple[Interval, ...]) -> dict[str, object]:
    named: dict[str, Interval] = measures._asdict()  # type: ignore[attr-defined]
    return {name: _interval(value) for name, value in named.items()}


def _interval(value: Interval) -> dict[str, object]:
    return {"mean": value.mean, "low": value.low, "high": value.high}


def _measures(result: Result, width: int) -> list[str]:
    """Only where there is an interval to show: a single run has its report."""
    if result.replications < 2:
        return []
    told = f"{result.replications} replications from seed {result.seed}"
    if result.warm_up:
        told += f", the first {duration(result.warm_up)} of each left out"
    lines = paragraph(f"Means over {told}, with their 95 % intervals:", width)
    rows: list[tuple[str, ...]] = [("Measure", "mean", "±", "from", "to")]
    for name, value, unit in _listed(result):
        shown = [value.mean, value.half_width, value.low, value.high]
        cells = ["" if number is None else said(number, unit) for number in shown]
        rows.append(("  " + name, *cells))
    return [*lines, "", *table(rows, width)]


def _listed(result: Result) -> Iterator[tuple[str, Interval, str]]:
    system, sojourn = result.system, result.sojourn_time
    yield "throughput", system.throughput, "1/s"
    yield "items in system", system.mean_in_system, "items"
    for field, value in sojourn._asdict().items():
        yield f"sojourn {field}", value, "s"
    for name, queue in result.measured.queues.items():
        shown = safe(name, 24)
        yield f"{shown} depth", queue.mean_depth, "items"
        for field, value in result.waiting_time(name)._asdict().items():
            yield f"{shown} waiting {field}", value, "s"
        yield f"{shown} full", queue.full_share, "share"
        if queue.loss.mean:
            yield f"{shown} loss", queue.loss, "share"
    for name, worker in result.measured.workers.items():
        shown = safe(name, 24)
        yield f"{shown} busy", worker.utilization, "share"
        if worker.put_delay.mean:
            yield f"{shown} blocked before a put", worker.put_delay, "s"


def _theory(result: Result, width: int) -> list[str]:
    if result.theory is None:
        return []
    lines = paragraph(f"Theory: {result.theory.model} ({result.theory.source}).", width)
    rows: list[tuple[str, ...]] = [("Measure", "measured", "theory", "off by")]
    if result.replications > 1:
        rows[0] = (*rows[0], "covered")
    for one in result.comparisons:
        mean, predicted = one.measured.mean, one.predicted
        off = f"{(mean / predicted - 1) * 100:+.1f} %" if predicted else ""
        cells = ["  " + safe(one.name, 30), said(mean, one.unit), said(predicted, one.unit), off]
        if one.agrees is not None:
            cells.append("yes" if one.agrees else "no")
        rows.append(tuple(cells))
    return [*lines, "", *table(rows, width)]


def _little(result: Result, width: int) -> list[str]:
    system = result.system
    expected = system.throughput.mean * result.sojourn_time.mean.mean
    in_system = system.mean_in_system.mean
    verdict = "holds" if system.littles_gap.mean <= SMALL_GAP else "is off by its edges or losses"
    return paragraph(
        f"Little's law {verdict}: {in_system:.4g} items in the system, "
        f"throughput times sojourn time {expected:.4g}.",
        width,
    )


def said(number: float, unit: str) -> str:
    """A number to four digits, with its unit."""
    if unit == "share":
        return f"{number * 100:.4g} %"
    return f"{number:.4g}{UNITS[unit]}"
