"""What a simulation, or a run on threads, has found: every measure with its interval, and theory.

Each measure is an `Interval`: its mean over the replications, and where there are two or more
the 95 % interval around it (Student-t). What each measure means and its unit stand with
`pcsim.observation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from pcsim import __version__
from pcsim.columns import fit, paragraph, table
from pcsim.formatting import duration, plural, safe
from pcsim.observation import (
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
UNITS = {"s": " s", "1/s": "/s", "items": ""}
NARROWEST = 60
MOST_ROWS = 100
"""So many queues or workers are listed in the text; the document has them all."""
ALIKE = 1e-9
"""Numbers that differ by less of themselves do so by rounding."""
SMALL_GAP = 0.01
"""A difference from Little's law that the edges of a run explain."""


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
    for name, station in zip(_in_line(result.snapshot), theory.stations, strict=False):
        worker = result.worker(name)
        yield Comparison("busy", worker.utilization, station.utilization, "share", name)
        if station.blocked is not None:
            yield Comparison("blocked", worker.blocked_full, station.blocked, "share", name)


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
    for field, share in SHARES:
        predicted = theory.waiting_quantile(share)
        if predicted is not None:
            yield Comparison(f"waiting {field}", getattr(waits, field), predicted, "s")
    if theory.utilization is not None:
        yield Comparison(
            "busy", result.system.utilization, theory.utilization, "share", _taker(result)
        )


def _taker(result: Result) -> str:
    """Who takes from the queue: its name, or that of several alike without their numbers."""
    names = [row.name for row in result.snapshot.consumers]
    return names[0] if len(names) == 1 else names[0].removesuffix("-1")


def text(result: Result, width: int = 80) -> str:
    """The measures with their intervals, the theory beside them, and Little's law, in lines of
    at most `width` cells (60 or more). A single run without a warm-up has its report for its
    measures; several begin with their title."""
    width = max(width, NARROWEST)
    sections = [
        _headline(result, width),
        _measures(result, width),
        _theory(result, width),
        _little(result, width),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def document(result: Result) -> dict[str, object]:
    """The same as one JSON-able document. Times are seconds, rates items/s, shares 0 to 1; an
    interval is its mean, low and high, the latter null for a single run."""
    measured, theory = result.measured, result.theory
    return {
        "pcsim_version": __version__,
        "title": result.title,
        "engine": result.engine,
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
                "worker": one.worker or None,
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


def _headline(result: Result, width: int) -> list[str]:
    if result.replications < 2:
        return []
    told = f"{safe(result.title) or 'pcsim'} · {plural(result.replications, 'replication')}"
    return [fit(f"{told} · {safe(result.engine)}", width).rstrip()]


def _measures(result: Result, width: int) -> list[str]:
    """Only where they are not those of the report: over replications, or after a warm-up."""
    warm = duration(result.warm_up)
    if result.replications > 1:
        told = f"Means from seed {result.seed} on, with their 95 % intervals"
        told += f"; the first {warm} of each run left out." if result.warm_up else "."
        head: tuple[str, ...] = ("mean", "±", "from", "to")
    elif result.warm_up:
        told = (
            f"The report is of the whole run, but for its waiting and sojourn times: they leave "
            f"out the warm-up, the first {warm}. All measures from then on:"
        )
        head = ("mean",)
    else:
        return []
    rows: list[tuple[str, ...]] = [("Measure", *head)]
    for name, value, unit in _listed(result):
        if value is None:
            rows.append((name, *("" for _ in head)))
            continue
        shown = [value.mean, value.half_width, value.low, value.high][: len(head)]
        cells = alike([number or 0.0 for number in shown], unit)
        rows.append(("  " + name, *cells))
    return [*paragraph(told, width), "", *table(rows, width)]


def _listed(result: Result) -> Iterator[tuple[str, Interval | None, str]]:
    """Names, measures and units; without a measure it is a heading."""
    system = result.system
    yield "throughput", system.throughput, "1/s"
    yield "items in system", system.mean_in_system, "items"
    for field, value in result.sojourn_time._asdict().items():
        yield f"sojourn {field}", value, "s"
    for name, queue in islice(result.measured.queues.items(), MOST_ROWS):
        yield safe(name, 40), None, ""
        yield "depth", queue.mean_depth, "items"
        for field, value in result.waiting_time(name)._asdict().items():
            yield f"waiting {field}", value, "s"
        yield "full", queue.full_share, "share"
        yield "empty", queue.empty_share, "share"
        if queue.loss.mean:
            yield "loss", queue.loss, "share"
    yield from _left_out(len(result.measured.queues), "queues")
    workers = result.measured.workers
    yield "Running", None, ""
    for name, worker in islice(workers.items(), MOST_ROWS):
        yield safe(name), worker.utilization, "share"
    yield from _left_out(len(workers), "workers")
    delays = [(name, worker.put_delay) for name, worker in workers.items() if worker.put_delay.mean]
    if delays:
        yield "Blocked before a put", None, ""
        for name, delay in delays[:MOST_ROWS]:
            yield safe(name), delay, "s"
        yield from _left_out(len(delays), "workers")


def _left_out(many: int, of_what: str) -> Iterator[tuple[str, None, str]]:
    if many > MOST_ROWS:
        yield f"… and {many - MOST_ROWS} more {of_what}", None, ""


def _theory(result: Result, width: int) -> list[str]:
    if result.theory is None:
        return []
    lines = paragraph(f"Theory: {result.theory.model} ({result.theory.source}).", width)
    rows: list[tuple[str, ...]] = [("Measure", "measured", "theory", "off by")]
    if result.replications > 1:
        rows[0] = (*rows[0], "covered")
    for one in result.comparisons:
        mean, predicted = one.measured.mean, one.predicted
        name = f"  {safe(one.worker, 24)} {one.name}" if one.worker else f"  {one.name}"
        cells = [name, *alike([mean, predicted], one.unit), _off(mean, predicted)]
        if result.replications > 1:
            cells.append({True: "yes", False: "no", None: ""}[one.agrees])
        rows.append(tuple(cells))
    return [*lines, "", *table(rows, width)]


def _off(measured: float, predicted: float) -> str:
    """By what share of it, where it is not 0."""
    if not predicted:
        return ""
    percents = round((measured / predicted - 1) * 100, 1)
    return f"{percents:+.1f} %" if percents else "0.0 %"


def _little(result: Result, width: int) -> list[str]:
    system = result.system
    expected = system.throughput.mean * result.sojourn_time.mean.mean
    in_system = system.mean_in_system.mean
    shown = alike([in_system, expected], "items")
    verdict = (
        "holds" if system.littles_gap.mean <= SMALL_GAP else "is off by its edges, losses or copies"
    )
    return paragraph(
        f"Little's law {verdict}: {shown[0]} items in the system, "
        f"throughput times sojourn time {shown[1]}.",
        width,
    )


def said(number: float, unit: str) -> str:
    """A number to four digits, with its unit."""
    return alike([number], unit)[0]


def alike(numbers: Sequence[float], unit: str) -> list[str]:
    """Numbers to four digits, with their unit: all times in that which suits the first."""
    if unit == "share":
        return [f"{_digits(number * 100)} %" for number in numbers]
    factor, word = 1.0, UNITS[unit]
    if unit == "s":
        for limit, larger, smaller in ((0.0009995, 1e6, " µs"), (0.9995, 1e3, " ms")):
            if 0 < abs(numbers[0]) < limit:
                factor, word = larger, smaller
                break
    return [f"{_digits(number * factor)}{word}" for number in numbers]


def _digits(number: float) -> str:
    """Four digits, and no powers of ten but for what is next to nothing or beyond counting."""
    if 9999.5 <= abs(number) < 1e12:
        return f"{number:,.0f}"
    return f"{number:.4g}"
