"""Whether a scenario keeps its limits: a test in several looks, which ends once it is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from pcsim.analysis.steadiness import steadiness
from pcsim.errors import ScenarioError
from pcsim.experiments.variants.limits import Limit
from pcsim.experiments.variants.measures import Measure, Reading
from pcsim.experiments.variants.tasks import Ask, Got, Task
from pcsim.scenario import Scenario
from pcsim.scenario.flow import arrival_rates
from pcsim.scenario.long_run import has_chance, long_run
from pcsim.theory.statistics import Interval, confidence_interval, student_t_quantile

FIRST = 8
"""Replications before the first look; each further look comes after twice as many."""
MOST = 128
"""Replications of a scenario, where nothing else is asked for."""
EDGE = 0.01
"""A limit is on the edge once its value is known to this share of the bound, and still may be on
either side."""
CONFIDENCE = 0.95


class Verdict(StrEnum):
    """What was found of a limit."""

    HELD = "held"
    BROKEN = "broken"
    EDGE = "on the edge"
    """The value is so near to the limit that the runs do not show on which side it is."""


class Judgement(NamedTuple):
    """A limit, and what was found of it.

    Attributes:
        limit: The limit.
        verdict: Whether it is held.
        value: What was measured, with its 95 % interval; nan where nothing was.
    """

    limit: Limit
    verdict: Verdict
    value: Interval


class Judged(NamedTuple):
    """A scenario, and what was found of each limit.

    Attributes:
        limits: In their order.
        replications: How many runs were made.
        growing: Queues that grow as long as it runs, by name: then no limit is held.
        error: Why a run failed; "" where none did. Then no limit is held.
        cautions: What to know before the numbers, one line each.
    """

    limits: tuple[Judgement, ...]
    replications: int
    growing: tuple[str, ...] = ()
    error: str = ""
    cautions: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Of all limits together: broken if one is, held if all are."""
        found = {one.verdict for one in self.limits}
        if self.error or Verdict.BROKEN in found:
            return Verdict.BROKEN
        return Verdict.EDGE if Verdict.EDGE in found else Verdict.HELD


class Criterion(NamedTuple):
    """How limits are tested.

    Attributes:
        confidence: The least probability that a verdict about one limit is right, above 0.5.
        most: Replications after which what is not known is on the edge, 2 or more.
        edge: The share of the bound to which a value must be known before it is on the edge.
        each: Whether to go on until each limit is known, and not only whether all are held.
        looks_once: Whether to look only once, when all replications are made.
    """

    confidence: float = CONFIDENCE
    most: int = MOST
    edge: float = EDGE
    each: bool = False
    looks_once: bool = False

    @property
    def looks(self) -> list[int]:
        """The numbers of replications after which the test looks.

        >>> Criterion(most=20).looks
        [8, 16, 20]
        """
        found = []
        number = self.most if self.looks_once else FIRST
        while number < self.most:
            found.append(number)
            number *= 2
        return [*found, self.most]


def check_confidence(confidence: float) -> float:
    """Return a confidence that is one.

    Raises:
        ScenarioError: It is not above 0.5 and below 1.
    """
    if not 0.5 < confidence < 1:
        raise ScenarioError(field="confidence", value=confidence, expected="above 0.5 and below 1")
    return confidence


class Trial:
    """The test of a scenario's limits.

    It looks after 8, 16, 32 replications and so on. Each look takes an equal part of the error
    that is allowed (Bonferroni), so that looking often does not make it larger. The bounds are
    those of Student's t for the mean over replications, one for each side.

    Args:
        scenario: What is tested; it must end.
        limits: One or more.
        criterion: How.
    """

    def __init__(self, scenario: Scenario, limits: Sequence[Limit], criterion: Criterion) -> None:
        self.scenario = scenario
        self.limits = tuple(limits)
        self.runs: list[tuple[Reading, ...]] = []
        self._criterion = criterion
        self._grown: list[tuple[str, ...]] = []
        self._error = ""
        self._states: list[Verdict | None] = [None] * len(self.limits)
        self._clumps = _clumps(scenario, [one.measure for one in self.limits])

    def task(self) -> Task[Judged]:
        """Test, as a task for `Workers`."""
        criterion = self._criterion
        if self.is_hopeless():  # known without a run
            return self.judged()
        measures = tuple(one.measure for one in self.limits)
        looks = criterion.looks if has_chance(self.scenario) else [1]
        allowed = (1 - criterion.confidence) / len(looks)
        for place, wanted in enumerate(looks):
            got = yield Ask(self.scenario, measures, len(self.runs), wanted - len(self.runs))
            self.add(got)
            if self.is_hopeless():
                break
            is_last = place == len(looks) - 1
            self._states = [
                self._state(number, allowed, is_last=is_last) for number in range(len(measures))
            ]
            is_decided = Verdict.BROKEN in self._states and not criterion.each
            if None not in self._states or is_decided:
                break
        return self.judged()

    def add(self, got: Got) -> None:
        """Add further runs."""
        self.runs += got.runs
        self._grown += got.grown
        self._error = got.error

    def is_hopeless(self) -> bool:
        """Whether no limit can be kept: a run failed, or a queue grows as long as it runs."""
        return bool(self._error or steadiness(self.scenario, self._grown).growing)

    def judged(self) -> Judged:
        """What is known by now."""
        steady = steadiness(self.scenario, self._grown)
        no_limit_holds = bool(steady.growing or self._error)
        found = [
            Judgement(
                limit,
                Verdict.BROKEN if no_limit_holds else state or Verdict.EDGE,
                _interval(self.values(number)),
            )
            for number, (limit, state) in enumerate(zip(self.limits, self._states, strict=True))
        ]
        cautions = steady.cautions
        return Judged(tuple(found), len(self.runs), steady.growing, self._error, cautions)

    def values(self, number: int) -> list[float]:
        """What each run says of a limit, where it says something.

        Args:
            number: That of the limit.
        """
        of_runs = [run[number].value for run in self.runs]
        return [value for value in of_runs if not math.isnan(value)]

    def _state(self, number: int, allowed: float, *, is_last: bool) -> Verdict | None:
        """What is known of a limit; None where more runs are needed."""
        limit = self.limits[number]
        excess = [limit.excess(value) for value in self.values(number)]
        if not excess:  # nothing came that could break it
            return Verdict.BROKEN if limit.is_least else Verdict.HELD
        mean = math.fsum(excess) / len(excess)
        half = above = 0.0
        if has_chance(self.scenario):
            half = half_width(excess, allowed)
            above = max(half, self._rarely(number, allowed))
        if mean - half > 0:
            return Verdict.BROKEN
        if mean + above <= 0:
            return Verdict.HELD
        is_narrow = above < self._criterion.edge * limit.bound
        return Verdict.EDGE if is_last or is_narrow else None

    def _rarely(self, number: int, allowed: float) -> float:
        """How large a share may be of which no run has shown anything.

        Items that wait for long, or are lost, come in clumps. Without one, there are fewer than
        -ln(error) of them in as many items, and each is as large as the number of items that
        come while a queue forgets how it was.
        """
        limit, seen = self.limits[number], [run[number] for run in self.runs]
        is_share = limit.measure.beyond is not None or limit.measure.kind == "loss"
        items = math.fsum(one.weight for one in seen)
        if not is_share or not items or any(one.value for one in seen):
            return 0.0
        return min(-math.log(allowed) * self._clumps[number] / items, 1.0)


def half_width(values: Sequence[float], allowed: float) -> float:
    """Return how far above its estimate a mean may be, by Student's t.

    Args:
        values: Independent ones.
        allowed: The probability that it is still further, above 0.
    """
    number = len(values)
    if number < 2:
        return math.inf
    return student_t_quantile(1 - allowed, number - 1) * math.sqrt(variance(values) / number)


def variance(values: Sequence[float]) -> float:
    """Return the variance that two or more values are a sample of."""
    mean = math.fsum(values) / len(values)
    return math.fsum((one - mean) ** 2 for one in values) / (len(values) - 1)


def _clumps(scenario: Scenario, measures: Sequence[Measure]) -> list[float]:
    """How many items come together, for each measure, where something rare happens."""
    rates, relaxation = arrival_rates(scenario), long_run(scenario).relaxation
    sizes = {
        name: max(rates[name] * relaxation.get(name, 0.0), 1.0)
        for name in scenario.queue_names
        if math.isfinite(rates[name])
    }
    largest = max(sizes.values(), default=1.0)
    return [sizes.get(one.name, largest) for one in measures]


def _interval(values: Sequence[float]) -> Interval:
    return confidence_interval(values) if values else Interval(math.nan, None, None, None, 0)
