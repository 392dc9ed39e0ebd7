"""A scenario made from what was measured of a run: the times that its workers really take.

A run on threads may execute code that its scenario knows nothing about, and sleeps that are late.
Where the measured times are those described, within chance, the description stays. Else the
mean and the spread of what was measured take its place: a gamma distribution has both.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from pcsim.distributions import Gamma, Instants, Time, mean_of, scaled, scv_of, variance_of
from pcsim.scenario import ConsumerSpec, ProducerSpec, Retry, Scenario
from pcsim.scenario.specs import worker_names
from pcsim.snapshot import Snapshot, WorkerRow, WorkerState
from pcsim.validation import LONGEST, SHORTEST

AGREES = 0.1
"""A simulation agrees with a run if their throughputs differ by no more than this share."""
SAME = 0.1
"""A measured mean that differs by no more than this share from the one described agrees with it."""
ALIKE = 1.25
"""Workers that are described alike, and whose means differ by no more than this factor, are."""
ERRORS = 3.0
"""Standard errors by which a measured mean may differ from that of its distribution, by chance."""
ENOUGH = 20
"""Items of the last moments from which these are what is measured."""
STEADY = 0.1
"""Times whose standard deviation is less than this share of their mean count as constant."""


class Measured(NamedTuple):
    """What workers did together: times in seconds."""

    items: float = 0
    """Items that they have dealt with; an interval that is not over yet is a part of one."""
    time: float = 0.0
    """Seconds that they spent on these."""
    square_time: float = 0.0
    """The squares of the times of these items, added up; 0 where that was not measured."""
    begun: float = 0
    """Intervals that are not over yet."""

    @property
    def mean(self) -> float:
        """Seconds for an item; 0 where there was none."""
        return self.time / self.items if self.items else 0.0

    @property
    def cv(self) -> float:
        """Standard deviation / mean of the times of items."""
        if not self.square_time or not self.mean:
            return 0.0
        return math.sqrt(max(self.square_time / self.items / self.mean**2 - 1, 0.0))

    def plus(self, other: Measured) -> Measured:
        """Both together."""
        return Measured(
            self.items + other.items,
            self.time + other.time,
            self.square_time + other.square_time,
            self.begun + other.begun,
        )


class Measurement(NamedTuple):
    """The workers of a scenario with the times, shares of failures and numbers of items that a run
    of it had."""

    described: Scenario
    producers: tuple[ProducerSpec, ...]
    consumers: tuple[ConsumerSpec, ...]

    @property
    def is_as_described(self) -> bool:
        """Whether the times and shares are those described."""
        pairs = zip(self.producers, self.described.producers, strict=True)
        is_same = self.consumers == self.described.consumers
        return is_same and all(one.interval == other.interval for one, other in pairs)

    @property
    def scenario(self) -> Scenario:
        """The scenario with these workers. To make another one checks all of them."""
        workers = self.producers, self.consumers
        if workers == (self.described.producers, self.described.consumers):
            return self.described
        return replace(self.described, producers=self.producers, consumers=self.consumers)


def measure(scenario: Scenario, snapshot: Snapshot, recent: Snapshot | None = None) -> Measurement:
    """Measure the workers of a scenario.

    Args:
        scenario: What was described. Its capacities and policies stay as they are.
        snapshot: What was measured of a run of it.
        recent: Its last moments, to measure these where they have enough items, and to leave out
            what ends a run: numbers of items. A source without items stays so.

    >>> from pcsim.experiments.one_run import finish, virtual_run
    >>> from pcsim.scenario import demos
    >>> run = virtual_run(demos.find("3"))
    >>> _ = finish(run)
    >>> measure(demos.find("3"), run.snapshot()).is_as_described
    True
    """
    times, lasting = _Times(snapshot, recent), recent is not None
    producers = tuple(_producer(spec, times, lasting) for spec in scenario.producers)
    services = _services(scenario, times)
    consumers = tuple(
        _consumer(spec, services[spec.name], scenario, snapshot, lasting)
        for spec in scenario.consumers
    )
    return Measurement(scenario, producers, consumers)


class _Times:
    """What the workers of a run did: of late, where that is enough to measure."""

    def __init__(self, snapshot: Snapshot, recent: Snapshot | None) -> None:
        self.rows = {row.name: row for row in snapshot.workers}
        self._at = snapshot.at
        self._recent = {} if recent is None else {row.name: row for row in recent.workers}
        self._recent_at = 0.0 if recent is None else recent.at

    def _latest(self, name: str) -> tuple[WorkerRow, float]:
        """The row to measure by, and the time of its snapshot."""
        recent = self._recent.get(name)
        if recent is not None and recent.got_total + recent.produced_total >= ENOUGH:
            return recent, self._recent_at
        return self.rows[name], self._at

    def making(self, name: str, scv: float) -> Measured:
        """What a source spent on making items; `scv` is that of its intervals."""
        row, at = self._latest(name)
        # How far it is into its interval is not known, only how far it is on average.
        begun = 0.0 if _is_exhausted(row) else 1.0
        items = row.produced_total + begun * (1 + scv) / 2
        return Measured(items, row.spent(at).active, begun=begun)

    def service(self, name: str) -> Measured:
        """What a worker spent on the items that it has done with: not on the one in its hand."""
        row, at = self._latest(name)
        time, items = row.spent(at).running, row.got_total
        if row.in_hand and row.state is WorkerState.RUNNING and row.item_since is not None:
            # One that it had before this part of the run was not taken in it.
            items -= row.in_hand if row.item_since >= 0 else 0
            time -= min(at - row.item_since, at)
        return Measured(items, max(time, 0.0), row.square_time)


def _producer(spec: ProducerSpec, times: _Times, lasting: bool) -> ProducerSpec:
    names = worker_names(spec)
    if lasting:
        spec = spec if spec.items == 0 else replace(spec, items=None)
    elif spec.items is None and all(_is_exhausted(times.rows[name]) for name in names):
        made = sum(times.rows[name].produced_total for name in names)
        spec = replace(spec, items=math.ceil(made / len(names)))
    if spec.bursts is not None or isinstance(spec.interval, Instants):
        return spec
    making = Measured()
    for name in names:
        making = making.plus(times.making(name, scv_of(spec.interval)))
    return replace(spec, interval=_time(spec.interval, making))


def _is_exhausted(row: WorkerRow) -> bool:
    return row.state is WorkerState.DONE and row.end_cause is None


def _services(scenario: Scenario, times: _Times) -> dict[str, Measured]:
    """What each consumer's times were, those together that are described alike and took alike."""
    alike: dict[object, list[tuple[str, Measured]]] = {}
    for spec in scenario.consumers:
        of_spec = Measured()
        for name in worker_names(spec):
            of_spec = of_spec.plus(times.service(name))
        alike.setdefault(replace(spec, name="-", count=1), []).append((spec.name, of_spec))
    services: dict[str, Measured] = {}
    for group in alike.values():
        for cluster in _clusters(group):
            together = Measured()
            for _, of_spec in cluster:
                together = together.plus(of_spec)
            services.update((name, together) for name, _ in cluster)
    return services


def _clusters(group: Iterable[tuple[str, Measured]]) -> list[list[tuple[str, Measured]]]:
    ranked = sorted(group, key=lambda pair: pair[1].mean)
    clusters: list[list[tuple[str, Measured]]] = []
    for pair in ranked:
        last = clusters[-1] if clusters else []
        if last and (not last[0][1].items or pair[1].mean <= ALIKE * last[0][1].mean):
            last.append(pair)
        else:
            clusters.append([pair])
    return clusters


def _consumer(
    spec: ConsumerSpec, service: Measured, scenario: Scenario, snapshot: Snapshot, lasting: bool
) -> ConsumerSpec:
    if lasting:
        spec = replace(spec, max_items=None)
    spec = replace(spec, failure_probability=_failure_probability(spec, scenario, snapshot))
    retries = spec.on_error.retries if isinstance(spec.on_error, Retry) else 0
    chances = [spec.failure_probability**number for number in range(retries + 1)]
    tries = math.fsum(chances)
    squares = math.fsum((2 * number + 1) * chance for number, chance in enumerate(chances))
    one_try = service._replace(
        time=service.time / tries, square_time=service.square_time / tries**2
    )
    scv_of_tries = max(squares / tries**2 - 1, 0.0)
    return replace(spec, service_time=_time(spec.service_time, one_try, scv_of_tries))


def _failure_probability(spec: ConsumerSpec, scenario: Scenario, snapshot: Snapshot) -> float:
    """The probability that a try fails: the one described, unless far from what was measured."""
    names = set(worker_names(spec))
    rows = [row for row in snapshot.workers if row.name in names]
    items, failed = sum(row.got_total for row in rows), sum(row.failed_total for row in rows)
    retries = 0
    if isinstance(spec.on_error, Retry):
        retries = spec.on_error.retries
        letter = spec.on_error.dead_letter
        feeders = [one.name for one in scenario.workers if letter in one.outputs]
        if not names.issuperset(feeders) or letter in spec.outputs[: spec.ways]:
            return spec.failure_probability  # what came there may have come from elsewhere
        queue = next(row for row in snapshot.queues if row.name == letter)
        failed += queue.put_total + queue.refused_total
    if not items:
        return spec.failure_probability
    lost = spec.failure_probability ** (retries + 1)
    share = min(failed / items, 1.0)
    if abs(share - lost) <= ERRORS * math.sqrt(lost * (1 - lost) / items) + 1 / items:
        return spec.failure_probability
    return float(share ** (1 / (retries + 1)))


def _time(described: Time, measured: Measured, scv_of_tries: float = 0.0) -> Time:
    """The time that was measured; as it was described where that agrees, within chance."""
    mean, expected = measured.mean, mean_of(described)
    if not measured.items:
        return described
    variance = variance_of(described) + scv_of_tries * expected**2
    error = ERRORS * math.sqrt(variance / measured.items)
    error += expected * measured.begun / 2 / measured.items
    if abs(mean - expected) <= SAME * expected + error:
        return described
    mean = min(max(mean, SHORTEST), LONGEST)
    if measured.square_time:
        return Gamma(mean, measured.cv) if measured.cv > STEADY else mean
    return scaled(described, mean / expected) if expected > 0 else mean
