"""The result of a simulation or of a run on threads: every measure, beside its theory.

Each measure is an `Interval`: its mean over the replications, and where there are two or more
the 95 % confidence interval around it (Student's t). What each measure means and its unit stand
with `pcsim.analysis.observation`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from pcsim.analysis.change_effect import MadeChange
from pcsim.analysis.littles_law import LittlesLaw
from pcsim.analysis.observation import (
    Observation,
    QueueMeasures,
    SystemMeasures,
    TimeMeasures,
    WorkerMeasures,
)
from pcsim.analysis.replications import QUANTILES
from pcsim.analysis.steadiness import Steadiness
from pcsim.snapshot import Snapshot
from pcsim.theory.prediction import Prediction
from pcsim.theory.statistics import Interval

ROUNDING = 1e-9
"""Numbers with a smaller relative difference differ by rounding alone."""

MIN_EXPECTED = 20
"""Where theory expects this number of events, none happens by chance in 1 of 10^8 runs."""

MIN_RELAXATION_TIMES = 10
"""A run that lasts this number of relaxation times is steady for most of its time."""


class Comparison(NamedTuple):
    """A measure beside its prediction by queueing theory."""

    name: str
    measured: Interval
    predicted: float
    unit: str
    """`s`, `1/s`, `items` or `share`."""
    worker: str = ""
    """The worker that is measured; "" for a measure of the queue or of the system."""

    @property
    def agrees(self) -> bool | None:
        """Whether the interval covers the prediction.

        None for a single run. None as well for an interval without a width that misses it:
        where all replications are the same, their error is unknown.
        """
        low, high = self.measured.low, self.measured.high
        if low is None or high is None:
            return None
        if low <= self.predicted <= high:
            return True
        return None if high - low <= ROUNDING * abs(self.measured.mean) else False


class RunBy:
    """What has driven the runs of a result. It is no part of what was measured: all are equal.

    Attributes:
        kernel: `compiled`, `python`, or `both`.
        because: Why it was not the compiled kernel, where that was looked at; "" else.

    >>> RunBy.of_all({"": 60, "a cycle of stages may deadlock": 40})
    RunBy('both', 'a cycle of stages may deadlock')
    """

    __slots__ = ("because", "kernel")

    def __init__(self, kernel: str = "python", because: str = "") -> None:
        self.kernel = kernel
        self.because = because

    @classmethod
    def of_all(cls, runs: Mapping[str, int]) -> RunBy:
        """Make one of many runs.

        Args:
            runs: How many there are by why the Python engine has made them; by "" those that the
                kernel has.
        """
        left = {because: number for because, number in runs.items() if because}
        if not left:
            return cls("compiled") if runs.get("") else cls()
        return cls("both" if runs.get("") else "python", max(left, key=left.__getitem__))

    def document(self) -> dict[str, str | None]:
        """Return it as plain data."""
        return {"name": self.kernel, "because": self.because or None}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunBy)

    def __hash__(self) -> int:
        return hash(RunBy)

    def __repr__(self) -> str:
        return f"RunBy({self.kernel!r}, {self.because!r})"


class Result(NamedTuple):
    """All measures of a simulation, or of a run on threads.

    Attributes:
        title: The title of the scenario.
        engine: `virtual` or `threads`.
        seed: The seed of the random numbers.
        replications: The number of independent runs.
        warm_up: Seconds at the beginning of each run that no measure includes.
        measured: Every measure, as an interval.
        snapshot: The end of the first run.
        theory: What queueing theory predicts; None where no formula holds.
        without_queue: What would be lost if nobody could wait (Erlang's loss formula), where
            the one queue drops what finds it full and arrivals are Poisson; else None.
        steadiness: What has no value in the long run, and what is to be known before any
            number: queues that grow without end, runs that are too short, a long warm-up.
        is_random: Whether anything in the scenario is drawn at random.
        runs: What each of several replications has measured, by key, as `pcsim diff` compares it.
        ran: Whether the compiled kernel has driven the runs, and if not, why. Results that differ
            in nothing else are equal.

    Example:
        >>> from pcsim import simulate
        >>> from pcsim.scenario import demos
        >>> result = simulate(demos.find("basic"))
        >>> result.queue("main").peak_depth.mean, result.system.consumed.mean
        (8.0, 30.0)
        >>> result.littles_law.gap < 0.01
        True
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
    steadiness: Steadiness = Steadiness()
    is_random: bool = False
    runs: tuple[Mapping[str, float], ...] = ()
    ran: RunBy = RunBy()

    @property
    def system(self) -> SystemMeasures[Interval]:
        """The measures of the whole system, such as its throughput in items a second."""
        return self.measured.system

    @property
    def sojourn_time(self) -> TimeMeasures[Interval]:
        """The time of an item from produced to consumed, in seconds."""
        return self.measured.sojourn_time

    @property
    def changes(self) -> tuple[MadeChange, ...]:
        """The changes that were made while it ran, in their order, each with its effect: of
        several replications, over all of them."""
        return self.measured.changes

    def queue(self, name: str) -> QueueMeasures[Interval]:
        """The measures of one queue.

        Args:
            name: The name that the scenario gives it.

        Raises:
            KeyError: There is none of that name.
        """
        return self.measured.queues[name]

    def waiting_time(self, name: str) -> TimeMeasures[Interval]:
        """The time of an item in one queue, in seconds.

        Args:
            name: The name that the scenario gives it.

        Raises:
            KeyError: There is none of that name.
        """
        return self.measured.waiting_times[name]

    def worker(self, name: str) -> WorkerMeasures[Interval]:
        """The measures of one worker.

        Args:
            name: The name that the scenario gives it.

        Raises:
            KeyError: There is none of that name.
        """
        return self.measured.workers[name]

    @property
    def littles_law(self) -> LittlesLaw:
        """The mean number of items in the system beside throughput times mean sojourn time; of a
        closed system beside rounds a second times the time of one, which is found by the law."""
        system, cycle = self.system, self.measured.cycle
        in_system, product = system.mean_in_system.mean, system.littles_product.mean
        if cycle is not None:
            product = cycle.throughput.mean * cycle.time.mean
        return LittlesLaw(in_system, product, self.engine == "virtual")

    @property
    def littles_gap(self) -> float:
        """The relative difference of the two sides of Little's law."""
        return self.littles_law.gap

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Every measure for which the theory has a prediction."""
        return () if self.theory is None else tuple(_comparisons(self, self.theory))

    @property
    def is_too_short(self) -> bool:
        """Whether the runs were too short for the steady state that the theory describes.

        They lasted less than several relaxation times, or produced too few items; or theory
        expects that full queues turn away or delay several items, and no queue was ever full.
        """
        if self.theory is None:
            return False
        duration, produced = self.system.duration.mean, self.system.produced.mean
        # While a queue fills the system is not steady; a warm-up may not include that time.
        settling = max(self.theory.relaxation or 0.0, self.theory.filling - self.warm_up)
        if produced < MIN_EXPECTED or duration < MIN_RELAXATION_TIMES * settling:
            return True
        if any(q.capacity is not None and q.peak_depth >= q.capacity for q in self.snapshot.queues):
            return False
        shares = [self.theory.loss, *(station.blocked for station in self.theory.stations)]
        if self.theory.stations:  # only a full queue keeps the first from its work
            shares.append(1 - self.theory.stations[0].utilization)
        return max(share or 0.0 for share in shares) * self.snapshot.totals.produced >= MIN_EXPECTED


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
        yield _share_of_work(worker, station.utilization, name)
        if station.blocked is not None:
            yield Comparison("blocked", worker.blocked_full, station.blocked, "share", name)


def _share_of_work(worker: WorkerMeasures[Interval], predicted: float, name: str) -> Comparison:
    """A source that is the first station of a line works by letting its intervals pass."""
    if worker.making.mean:
        return Comparison("making", worker.making, predicted, "share", name)
    return Comparison("busy", worker.utilization, predicted, "share", name)


def _quantiles(
    name: str, times: TimeMeasures[Interval], predict: Callable[[float], float | None]
) -> Iterator[Comparison]:
    for field, share in QUANTILES:
        predicted = predict(share)
        if predicted is not None:
            yield Comparison(f"{name} {field}", getattr(times, field), predicted, "s")


def _in_line(snapshot: Snapshot) -> list[str]:
    """The workers of a line in the order in which items pass them; none where several workers
    read one queue."""
    readers = {row.inputs[0]: row.name for row in snapshot.consumers}
    after = {row.name: readers.get(row.outputs[0]) for row in snapshot.workers if row.outputs}
    worker: str | None = snapshot.producers[0].name if snapshot.producers else None
    order: list[str] = []
    while worker is not None and worker not in order:
        order.append(worker)
        worker = after.get(worker)
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
            "busy", result.system.utilization, theory.utilization, "share", _reader_name(result)
        )


def _reader_name(result: Result) -> str:
    """The name of the consumers of the queue, without their numbers if there are several."""
    names = [row.name for row in result.snapshot.consumers]
    return names[0] if len(names) == 1 else names[0].removesuffix("-1")
