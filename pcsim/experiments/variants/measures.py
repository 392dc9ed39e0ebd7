"""What is measured of each variant: `throughput`, `loss orders`, `p95 wait`, by those names."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from pcsim.analysis.observation import Observation
from pcsim.errors import ScenarioError, did_you_mean
from pcsim.scenario import Scenario, WorkerSpec
from pcsim.scenario.specs import worker_names
from pcsim.text import either, quantities, quantity, safe
from pcsim.theory.counts import NO_TIMES, TimeCounts
from pcsim.theory.statistics import Interval

OF_QUEUES = ("wait", "loss", "depth")
OF_WORKERS = ("utilization",)
OF_SYSTEM = ("throughput", "sojourn")
KINDS = (*OF_SYSTEM, *OF_QUEUES, *OF_WORKERS)
TIMES = ("wait", "sojourn")
SHARES = ("loss", "utilization")
MORE_IS_BETTER = ("throughput",)


class Reading(NamedTuple):
    """What one run says of a measure.

    Attributes:
        value: Its value; nan where the run has none.
        weight: The number of items that it is a mean or a share of; 0 where that is not known.
        counts: The times that a quantile is one of.
    """

    value: float
    weight: float = 0.0
    counts: TimeCounts | None = None


class Measure(NamedTuple):
    """Something that is measured.

    Attributes:
        kind: One of `throughput`, `sojourn`, `wait`, `loss`, `depth` and `utilization`.
        name: The queue, or the workers; "" for the whole system.
        quantile: The share of the times that are no longer, for a quantile; None for a mean.
        beyond: Seconds; then it is the share of the times that are longer.
    """

    kind: str
    name: str = ""
    quantile: float | None = None
    beyond: float | None = None

    @property
    def label(self) -> str:
        """Its name, as it is written."""
        share = "" if self.quantile is None else f"p{_digits(100 * self.quantile)}"
        return " ".join(filter(None, [share, self.kind, self.name]))

    @property
    def unit(self) -> str:
        """The unit of its values, as `pcsim.text.quantities` takes it."""
        if self.beyond is not None or self.kind in SHARES:
            return "share"
        if self.kind in TIMES:
            return "s"
        return "1/s" if self.kind == "throughput" else "items"

    def text(self, value: float) -> str:
        """A value of it, with its unit."""
        return "–" if math.isnan(value) else quantity(value, self.unit)

    def interval_text(self, one: Interval) -> str:
        """A mean and half of its interval, with the unit: `9.81 ± 0.02/s`."""
        if one.half_width is None or math.isnan(one.mean):
            return self.text(one.mean)
        mean, half = quantities([one.mean, one.half_width], self.unit)
        number, unit = _split(mean)
        return f"{number} ± {_two_digits(_split(half)[0])}{unit}"

    def difference_text(self, one: Interval) -> str:
        """The same with a sign."""
        text = self.interval_text(one)
        return text if text.startswith(("-", "–")) else f"+{text}"

    def read(self, scenario: Scenario, seen: Observation[float]) -> Reading:
        """Read it from the measures of one run.

        Args:
            scenario: What ran.
            seen: Its measures, with its samples.
        """
        if self.kind in TIMES:
            return self._time(seen)
        if self.kind == "throughput":
            return Reading(seen.system.throughput, seen.system.consumed)
        if self.kind == "utilization":
            spec = next(one for one in _workers(scenario) if one.name == self.name)
            busy = [seen.workers[name].utilization for name in worker_names(spec)]
            return Reading(math.fsum(busy) / len(busy))
        queue = seen.queues[self.name]
        if self.kind == "depth":
            return Reading(queue.mean_depth)
        arrived = queue.throughput * seen.system.duration / max(1 - queue.loss, 1e-9)
        return Reading(queue.loss, 0.0 if math.isnan(arrived) else arrived)

    def _time(self, seen: Observation[float]) -> Reading:
        samples = seen.samples
        counts = NO_TIMES
        if samples is not None:
            of_all = samples.sojourns if self.kind == "sojourn" else samples.waits[self.name]
            counts = of_all.get(None, NO_TIMES)
        number = counts.total
        if not number:
            return Reading(math.nan)
        if self.beyond is not None:
            return Reading(counts.beyond(self.beyond) / number, number)
        if self.quantile is None:
            times = seen.sojourn_time if self.kind == "sojourn" else seen.waiting_times[self.name]
            return Reading(times.mean, number)
        return Reading(counts.at(self.quantile), number, counts)


def read_measures(text: str, scenario: Scenario) -> list[Measure]:
    """Read a measure by its name.

    Args:
        text: `throughput`, `sojourn`, `wait`, `loss`, `depth` or `utilization`, with `p95` and the
            like before a time, and the name of a queue or of workers behind it. Without a name it
            is about each queue, or each consumer.
        scenario: The names in it may be used.

    Raises:
        ScenarioError: It is none; the message says what would be right.

    >>> from pcsim.scenario import demos
    >>> read_measures("p95 wait", demos.find("basic"))
    [Measure(kind='wait', name='main', quantile=0.95, beyond=None)]
    """
    words = text.split()
    quantile = _share(words[0]) if words else None
    if quantile is not None:
        words = words[1:]
    kind = words[0] if words else ""
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS) if kind else f"; it is {either(KINDS)}"
        raise ScenarioError(f"'{safe(text, 60)}' is no measure{hint}", value=text)
    if quantile is not None and kind not in TIMES:
        raise ScenarioError(f"{safe(text, 60)}: only wait and sojourn have quantiles", value=text)
    name = text.split(kind, 1)[1].strip()
    known = names_of(kind, scenario)
    if kind in OF_SYSTEM:
        if name:
            problem = f"{kind} is of the whole system: leave out '{safe(name, 60)}'"
            raise ScenarioError(problem, value=text)
        return [Measure(kind, "", quantile)]
    if name and name not in known:
        what = "queue" if kind in OF_QUEUES else "worker"
        problem = f"{safe(text, 60)}: no {what} '{safe(name, 60)}'{did_you_mean(name, known)}"
        raise ScenarioError(problem, value=text)
    return [Measure(kind, one, quantile) for one in ([name] if name else known)]


def names_of(kind: str, scenario: Scenario) -> list[str]:
    """Return the names that a measure of a kind may be about."""
    if kind in OF_QUEUES:
        return list(scenario.queue_names)
    return [one.name for one in scenario.consumers] if kind in OF_WORKERS else []


def usual_measures(scenario: Scenario) -> list[Measure]:
    """Return what is looked at where nothing is asked for."""
    found = [Measure("throughput")]
    lossy = [one.name for one in scenario.queues if one.overflow.drops]
    if scenario.queues[1:]:
        found += [Measure("sojourn"), Measure("sojourn", "", 0.95)]
    else:
        found += [Measure("wait", scenario.queues[0].name, q) for q in (None, 0.95)]
    return [*found, *(Measure("loss", name) for name in lossy)]


def readings(
    scenario: Scenario, seen: Observation[float], measures: Iterable[Measure]
) -> tuple[Reading, ...]:
    """Read all of them from one run."""
    return tuple(one.read(scenario, seen) for one in measures)


def _workers(scenario: Scenario) -> list[WorkerSpec]:
    return [*scenario.producers, *scenario.consumers]


def _share(word: str) -> float | None:
    """The share that `p95` means; None for another word."""
    number = word[1:]
    if word[:1] != "p" or not number.replace(".", "", 1).isdecimal() or not number.isascii():
        return None
    share = float(number) / 100
    return share if 0 < share < 1 else None


def _digits(number: float) -> str:
    return f"{number:.6g}"


def _split(text: str) -> tuple[str, str]:
    """A number and the unit behind it."""
    number = text.rstrip("abcdefghijklmnopqrstuvwxyzµ%/ ")
    return number, text[len(number) :]


def _two_digits(number: str) -> str:
    value = float(number.replace(",", ""))
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
