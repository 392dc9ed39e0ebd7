"""Which of the last few variants keep the limits: a fully sequential procedure with a guarantee.

Procedure F_B of D. Batur and S.-H. Kim, "Finding feasible systems in the presence of constraints on
multiple performance measures", ACM TOMACS 20 (2010), 13; as the first phase of S. Andradóttir and
S.-H. Kim, "Fully sequential procedures for comparing constrained systems via simulation", Naval
Research Logistics 57 (2010), 403-421. It compares the sum of what runs are beyond a limit with a
triangle that narrows with each run.

The region in which either answer is right lies wholly on the good side of a limit: with the
probability asked for, no variant that breaks a limit is chosen, and none is refused that keeps
each limit by twice the tolerance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum

from pcsim.experiments.variants.judging import (
    Criterion,
    Judged,
    Judgement,
    Trial,
    Verdict,
    half_width,
    variance,
)
from pcsim.experiments.variants.limits import Limit
from pcsim.experiments.variants.tasks import Ask, Task
from pcsim.scenario import Scenario

BEGIN = 32
"""Runs from which the variance of a measure is estimated."""
TOLERANCE = 0.01
"""Of each limit, as a share of its bound."""
MOST = 4_000
"""Runs after which a variant is refused that is neither chosen nor refused."""
SHARE = 8
"""After an eighth more runs it looks again: the more often, the fewer runs it takes."""


class Choice(Enum):
    """What is known of one limit."""

    KEPT = "kept"
    REFUSED = "refused"
    OPEN = "open"


class Feasibility:
    """Whether a variant keeps all limits.

    Args:
        scenario: The variant, with a seed that was not used to choose it.
        limits: What it has to keep.
        error: The probability with which any answer about one limit may be wrong, below 0.5.
        most: Runs after which it is refused if it is neither chosen nor refused.
    """

    def __init__(
        self, scenario: Scenario, limits: Sequence[Limit], error: float, most: int = MOST
    ) -> None:
        self.trial = Trial(scenario, limits, Criterion(most=most))
        self._most = max(most, BEGIN)
        self._error = error
        self._variances: list[float] = []
        self._choices = [Choice.OPEN] * len(self.trial.limits)

    def task(self) -> Task[Judged]:
        """Choose or refuse the variant, as a task for `Workers`."""
        trial = self.trial
        measures = tuple(one.measure for one in trial.limits)
        wanted = BEGIN
        while True:
            have = len(trial.runs)
            got = yield Ask(trial.scenario, measures, have, wanted - have)
            trial.add(got)
            if trial.is_hopeless():
                return trial.judged()
            numbers = range(len(measures))
            if not self._variances:
                self._variances = [variance(self._excess(one)) for one in numbers]
            for number in numbers:
                if self._choices[number] is Choice.OPEN:
                    self._choices[number] = self._choice(number)
            found = self._choices
            if Choice.REFUSED in found or Choice.OPEN not in found or wanted == self._most:
                return self._judged()
            wanted = min(wanted + max(wanted // SHARE, 1), self._most)

    def _choice(self, number: int) -> Choice:
        limit, excess = self.trial.limits[number], self._excess(number)
        tolerance = TOLERANCE * limit.bound
        total = math.fsum(excess) + tolerance * len(excess)
        wide = triangle(len(excess), self._variances[number], tolerance, self._error)
        if total <= -wide:
            return Choice.KEPT
        return Choice.REFUSED if total >= wide else Choice.OPEN

    def _excess(self, number: int) -> list[float]:
        limit = self.trial.limits[number]
        return [limit.excess(value) for value in self.trial.values(number)] or [0.0, 0.0]

    def _judged(self) -> Judged:
        """What was chosen, in the words of a test: what is refused is broken only where the
        interval says so as well."""
        judged = self.trial.judged()
        limits = []
        for number, (one, choice) in enumerate(zip(judged.limits, self._choices, strict=True)):
            excess = self._excess(number)
            is_beyond = math.fsum(excess) / len(excess) > half_width(excess, self._error)
            verdict = Verdict.HELD if choice is Choice.KEPT else Verdict.EDGE
            limits.append(Judgement(one.limit, Verdict.BROKEN if is_beyond else verdict, one.value))
        return judged._replace(limits=tuple(limits))


def triangle(number: int, spread: float, tolerance: float, error: float) -> float:
    """Return how far a sum has to be from 0 after some runs to be on one side for sure.

    Args:
        number: The runs.
        spread: The variance of one, as the first of them have it.
        tolerance: How far from 0 a mean is where the answer matters, above 0.
        error: The probability of a wrong answer then, below 0.5.

    >>> [round(triangle(number, 1.0, 0.1, 0.05)) for number in (32, 200, 600)]
    [23, 15, 0]
    """
    degrees = BEGIN - 1
    eta = math.expm1(-2 / degrees * math.log(2 * error)) / 2
    return max(eta * degrees * spread / tolerance - tolerance * number / 2, 0.0)
