"""`sweep` a scenario: every combination of some values, under the same random numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Unpack

from pcsim import runtime
from pcsim.analysis.result import RunBy
from pcsim.analysis.steadiness import steadiness
from pcsim.errors import ScenarioError
from pcsim.experiments.variants.clusters import ExecutorError
from pcsim.experiments.variants.kept import CacheUse
from pcsim.experiments.variants.measures import Measure, Reading, read_measures, usual_measures
from pcsim.experiments.variants.preparing import Experiment, Progress, Runs, experiment
from pcsim.experiments.variants.tasks import Ask, Task
from pcsim.experiments.variants.variation import Variant, variants, variations_of
from pcsim.experiments.variants.workers import Workers
from pcsim.scenario import Scenario
from pcsim.scenario.long_run import has_chance
from pcsim.theory.counts import NO_TIMES
from pcsim.theory.quantiles import Counts, pooled_quantiles
from pcsim.theory.statistics import Interval, confidence_interval
from pcsim.validation import check_whole

FIRST = 4
"""Replications of each variant before anything is looked at."""
MOST_REPLICATIONS = 100_000
REPLICATIONS = 20


class Stop(StrEnum):
    """Why a variant has no more replications."""

    BUDGET = "budget"
    """It has all that were allowed."""
    PRECISION = "precision"
    """Its intervals are as narrow as was asked for."""
    NO_CHANCE = "no chance"
    """Nothing in it is drawn at random: one run says all."""
    GROWS = "grows"
    """A queue of it grows as long as it runs: its times have no value in the long run."""
    FAILED = "failed"
    """A run of it failed, or its values do not go together."""
    INTERRUPTED = "interrupted"
    """It was not its turn yet."""


class Row(NamedTuple):
    """One variant of a sweep.

    Attributes:
        settings: The keys that are varied, and their values here.
        label: The variant in a line.
        values: Each measure, by its name, with its 95 % interval.
        differences: The same minus that of the first variant, from runs with the same random
            numbers: these intervals are narrower. None for the first variant.
        replications: How many runs were made.
        stop: Why there are no more.
        growing: Queues that grow without end, by name.
        error: Why it failed, in a line; "" where it did not.
    """

    settings: tuple[tuple[str, Any], ...]
    label: str
    values: dict[str, Interval]
    differences: dict[str, Interval] | None
    replications: int
    stop: Stop
    growing: tuple[str, ...] = ()
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it flat: its settings, and each measure with `low`, `high` and `difference`."""
        flat: dict[str, Any] = dict(self.settings) if self.settings else {"variant": self.label}
        for name, one in self.values.items():
            flat |= {name: one.mean, f"{name} low": one.low, f"{name} high": one.high}
            if self.differences is not None and name in self.differences:
                other = self.differences[name]
                flat |= {
                    f"{name} difference": other.mean,
                    f"{name} difference low": other.low,
                    f"{name} difference high": other.high,
                }
        flat |= {"replications": self.replications, "stop": str(self.stop)}
        return flat | {"growing": ", ".join(self.growing), "error": self.error}


class Sweep(NamedTuple):
    """The variants of a scenario, and what was measured of each.

    Attributes:
        rows: One for each variant, in the order of the grid.
        measures: What was measured.
        scenario: What each of them was made of, with its end and its warm-up.
        seconds: How long it took.
        is_interrupted: Whether it ended before all was done: by Ctrl-C, or by an error.
        error: Why what does the work is gone; "" where it is not.
        ran: Whether the compiled kernel has made the runs, and if not, why.
        cache: How many of the runs were taken from those that are kept on the disk.

    >>> from pcsim.scenario import demos
    >>> found = sweep(demos.find("basic"), {"Consumer.count": [1, 2]})
    >>> [(row.label, round(row.values["throughput"].mean, 1)) for row in found.rows]
    [('Consumer.count=1', 6.1), ('Consumer.count=2', 8.0)]
    >>> found.as_rows()[1]["Consumer.count"]
    2
    """

    rows: tuple[Row, ...]
    measures: tuple[Measure, ...]
    scenario: Scenario
    seconds: float
    is_interrupted: bool = False
    error: str = ""
    ran: RunBy = RunBy()
    cache: CacheUse = CacheUse()

    @property
    def runs(self) -> int:
        """The number of all runs together."""
        return sum(row.replications for row in self.rows)

    def as_rows(self) -> list[dict[str, Any]]:
        """Return the rows as plain dictionaries, all with the same keys."""
        rows = [row.as_dict() for row in self.rows]
        keys = list(dict.fromkeys(key for row in rows for key in row))
        return [{key: row.get(key) for key in keys} for row in rows]

    def to_pandas(self) -> Any:
        """Return the rows as a `pandas.DataFrame`; pandas must be installed."""
        return import_module("pandas").DataFrame(self.as_rows())

    def plot(self, file: str | Path, measure: str = "") -> Path:
        """Write a picture: a heat map of two keys, or a curve of one with intervals.

        Args:
            file: Where; its name ends in `.svg`, `.png` or `.pdf`. matplotlib must be installed.
            measure: The name of the measure that is shown; "" for the first.

        Returns:
            The file.

        Raises:
            PcsimError: It cannot be made; the message says why.
        """
        # By name: what draws it knows the results of every experiment, and so this module.
        drawn: Path = import_module("pcsim.experiments.plots").plot(self, file, measure)
        return drawn


class Finished(NamedTuple):
    """A variant that has had its runs: the values of each measure in each run, and its row."""

    values: list[list[float]]
    row: Row


def sweep(
    scenario: Scenario,
    vary: Mapping[str, object] | Iterable[str],
    *,
    measures: Sequence[str] = (),
    replications: int = REPLICATIONS,
    precision: float | None = None,
    **runs: Unpack[Runs],
) -> Sweep:
    """Run every combination of some values of a scenario in virtual time, and compare them.

    All variants draw the same random numbers: one worker more shifts nobody else's. So the
    differences from the first variant are found from pairs of runs. Ctrl-C ends it early and
    returns what there is; a variant that fails is named and the others go on.

    Args:
        scenario: What is varied. One without an end runs for the time of 20,000 items.
        vary: Values by the path of a key (`{"clerk.count": range(1, 5)}`), or texts such as
            `"clerk.count=1..4"`.
        measures: What to measure: `throughput`, `sojourn`, `p95 wait`, `loss orders`, `depth`,
            `utilization clerk`. None given: throughput, times and losses.
        replications: Runs of each variant, 1 to 100,000; the most of them with `precision`.
        precision: Runs of a variant end once half of each interval is at most this share of its
            mean, above 0; None: all replications are made.
        **runs: How the runs are made: `until`, `items`, `seed`, `warm_up`, `jobs`, `executor`,
            `kernel`, `cache` and `on_progress`: see `pcsim.experiments.variants.preparing.Runs`.

    Returns:
        A row for each variant, with intervals of 95 %.

    Raises:
        ScenarioError: A key, a value or a measure is wrong.
        EndlessError: The runs would never end.

    Example:
        >>> from pcsim import ConsumerSpec, Exponential, ProducerSpec, QueueSpec, Scenario
        >>> shop = Scenario(
        ...     queues=(QueueSpec("orders", 5, overflow="drop_new"),),
        ...     producers=(ProducerSpec("Shop", "orders", Exponential(1.0)),),
        ...     consumers=(ConsumerSpec("Clerk", "orders", Exponential(1.5)),),
        ... )
        >>> found = sweep(shop, ["Clerk.count=1,2"], items=500, replications=5)
        >>> [round(row.values["loss orders"].mean, 1) for row in found.rows]
        [0.4, 0.0]
    """
    check_whole("replications", replications, MOST_REPLICATIONS)
    ready = experiment(scenario, **runs)
    asked = [one for text in measures for one in read_measures(text, ready.scenario)]
    grid = variants(ready.scenario, variations_of(vary))
    wanted = tuple(asked or usual_measures(ready.scenario))
    return swept(ready, grid, wanted, Rule(replications, precision))


class Rule(NamedTuple):
    """When a variant has runs enough.

    Attributes:
        replications: It has no more than that.
        precision: Half of each interval over its mean, at which it has enough; None for never.
    """

    replications: int = REPLICATIONS
    precision: float | None = None


def swept(
    ready: Experiment,
    grid: Sequence[Variant],
    measures: tuple[Measure, ...],
    rule: Rule,
) -> Sweep:
    """Run variants, and compare them with the first.

    Args:
        ready: What they were made of, and what does the work; that is closed.
        grid: The variants.
        measures: What to measure.
        rule: When a variant has runs enough.
    """
    if rule.precision is not None and not 0 < rule.precision < math.inf:
        raise ScenarioError(field="precision", value=rule.precision, expected="above 0")
    begun = runtime.clock()
    found: dict[int, Finished] = {}
    is_interrupted, error = False, ""
    most = len(grid) * rule.replications
    workers = ready.workers
    try:
        for number, one in workers.drive(_task(variant, measures, rule) for variant in grid):
            found[number] = one
            took = runtime.clock() - begun
            left = took / len(found) * (len(grid) - len(found))
            ready.notify(Progress(workers.runs, most, left))
    except KeyboardInterrupt:
        is_interrupted = True
    except ExecutorError as problem:
        if not any(one.row.values for one in found.values()):
            raise
        is_interrupted, error = True, str(problem)
    finally:
        workers.close(at_once=is_interrupted)
    base = found.get(0)
    rows = []
    for number, variant in enumerate(grid):
        if number not in found:
            rows.append(_row(variant, Stop.INTERRUPTED))
            continue
        row = found[number].row
        if number and base is not None:
            row = row._replace(differences=differences(measures, found[number], base))
        rows.append(row)
    took = runtime.clock() - begun
    ended = (took, is_interrupted, error, workers.ran, workers.cache)
    return Sweep(tuple(rows), measures, ready.scenario, *ended)


def finished(variant: Variant, measures: tuple[Measure, ...], rule: Rule) -> Finished:
    """Run one variant, in this process, until it has runs enough.

    Args:
        variant: The variant.
        measures: What to measure.
        rule: When that is.
    """
    return next(answer for _, answer in Workers().drive([_task(variant, measures, rule)]))


def _task(variant: Variant, measures: tuple[Measure, ...], rule: Rule) -> Task[Finished]:
    """Run one variant until it has runs enough."""
    scenario = variant.scenario
    if scenario is None:
        return Finished([], _row(variant, Stop.FAILED, error=variant.error))
    runs: list[tuple[Reading, ...]] = []
    grown: list[tuple[str, ...]] = []
    growing: tuple[str, ...] = ()
    stop = Stop.BUDGET
    for wanted in _looks(rule, is_random=has_chance(scenario)):
        got = yield Ask(scenario, measures, len(runs), wanted - len(runs))
        runs += got.runs
        grown += got.grown
        growing = steadiness(scenario, grown).growing
        if got.error:
            return Finished([], _row(variant, Stop.FAILED, growing=growing, error=got.error))
        if growing:
            stop = Stop.GROWS
            break
        if rule.precision is not None and _is_precise(measures, runs, rule.precision):
            stop = Stop.PRECISION
            break
    if not has_chance(scenario):
        stop = Stop.NO_CHANCE
    values = [[run[place].value for run in runs] for place in range(len(measures))]
    row = _row(variant, stop, growing=growing)
    intervals = _intervals(measures, runs)
    return Finished(values, row._replace(values=intervals, replications=len(runs)))


def _looks(rule: Rule, *, is_random: bool) -> Iterator[int]:
    """The numbers of replications after which a variant is looked at."""
    most = rule.replications if is_random else 1
    number = min(FIRST, most)
    while number < most:
        yield number
        number = most if rule.precision is None else min(2 * number, most)
    yield most


def _row(variant: Variant, stop: Stop, *, growing: tuple[str, ...] = (), error: str = "") -> Row:
    return Row(variant.settings, variant.label, {}, None, 0, stop, growing, error)


def _is_precise(
    measures: tuple[Measure, ...], runs: Sequence[tuple[Reading, ...]], precision: float
) -> bool:
    for one in _intervals(measures, runs).values():
        if one.half_width is None or one.half_width > precision * abs(one.mean):
            return False
    return True


def _intervals(
    measures: tuple[Measure, ...], runs: Sequence[tuple[Reading, ...]]
) -> dict[str, Interval]:
    """Each measure over all runs; quantiles of the times of all runs together."""
    found = {}
    for place, measure in enumerate(measures):
        of_runs = [run[place] for run in runs]
        if measure.quantile is not None and measure.beyond is None and len(of_runs) > 1:
            counts: list[Counts] = [one.counts or NO_TIMES for one in of_runs]
            found[measure.label] = pooled_quantiles(counts, [measure.quantile])[0]
        else:
            found[measure.label] = _interval([one.value for one in of_runs])
    return found


def _interval(values: Iterable[float]) -> Interval:
    numbers = [one for one in values if not math.isnan(one)]
    return confidence_interval(numbers) if numbers else Interval(math.nan, None, None, None, 0)


def differences(
    measures: tuple[Measure, ...], one: Finished, base: Finished
) -> dict[str, Interval] | None:
    """Return what a variant has more than the first, run by run.

    Args:
        measures: What was measured.
        one: The variant.
        base: The first.
    """
    if not one.values or not base.values:
        return None
    return {
        measure.label: _interval(
            _more(here, there)
            for here, there in zip(one.values[place], base.values[place], strict=False)
        )
        for place, measure in enumerate(measures)
    }


def _more(here: float, there: float) -> float:
    """What the one has more than the other; nothing where they differ by rounding alone."""
    return 0.0 if math.isclose(here, there, rel_tol=1e-12) else here - there
