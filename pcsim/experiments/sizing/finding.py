"""Finds the cheapest variant in three steps: it searches, chooses among the last few, certifies."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pcsim.experiments.sizing.answer import Candidate
from pcsim.experiments.sizing.choosing import Feasibility
from pcsim.experiments.sizing.grid import Grid, Place
from pcsim.experiments.sizing.searching import Search
from pcsim.experiments.variants.judging import (
    Criterion,
    Judged,
    Judgement,
    Trial,
    Verdict,
    variance,
)
from pcsim.experiments.variants.limits import Limit
from pcsim.experiments.variants.preparing import settled, with_seed_apart
from pcsim.experiments.variants.tasks import Task
from pcsim.scenario import Scenario
from pcsim.theory.statistics import Interval, student_t_quantile

SEARCHES = Criterion(confidence=0.99, most=64)
"""How the variants of the search are tested."""
LEAST, MOST = 16, 2_048
"""Runs of the answer that certify it, at least and at most."""
AGAIN = 4
"""This number of times as many certify an answer that was on the edge."""
MOST_OF_NEIGHBOUR = 128
"""And for what a neighbour alone needs, at most."""
POWER = 1.6
"""With this number of standard errors more than a test needs, one in 20 fails by bad luck."""
MOST_TO_CHOOSE = 4_000
"""Runs of the usual length that decide about a variant on the edge; fewer where they are longer."""
MOST_ATTEMPTS = 6
"""Variants that may turn out, when they are to be certified, not to be the answer."""
MOST_MORE = 4
"""Further variants that are tested to find the one that comes next."""


class Finding:
    """What is known of a question of sizing by now.

    Args:
        grid: The variants.
        limits: What the answer has to keep.
        confidence: The least probability that it does.
        is_cut: Whether runs may be made longer where a variant needs that.
    """

    def __init__(
        self, grid: Grid, limits: Sequence[Limit], confidence: float, *, is_cut: bool
    ) -> None:
        self.tried: dict[Place, Candidate] = {}
        self.best: Place | None = None
        self.certified: Candidate | None = None
        self.neighbours: tuple[Candidate, ...] = ()
        self._grid = grid
        self._limits = tuple(limits)
        self._error = 1 - confidence
        self._is_cut = is_cut
        self._search = Search(grid, limits)
        self._trials: dict[Place, Trial] = {}
        self._failed: set[Place] = set()
        self._chosen: set[Place] = set()
        self._least: dict[Place, int] = {}

    @property
    def answer(self) -> Candidate | None:
        """The cheapest that is known to meet the limits."""
        return self.certified or (None if self.best is None else self.tried[self.best])

    @property
    def runner_up(self) -> Candidate | None:
        """The next cheapest that was found to meet them."""
        held = self._held()
        return self.tried[held[0]] if held else None

    @property
    def left(self) -> int:
        """How many variants will still be tested, about."""
        steps = math.log2(self._search.left(self._best_cost) + 1)
        return math.ceil(steps) + (0 if self.certified else 2 * len(self._grid.shape) + 2)

    def task(self) -> Task[None]:
        """Find the answer, as a task for `Workers`."""
        for attempt in range(1, MOST_ATTEMPTS + 1):
            yield from self._searched()
            yield from self._choose()
            if self.best is None:
                return
            if (yield from self._certifies(self.best, attempt)):
                break
        yield from self._look_for_next()

    def _searched(self) -> Task[None]:
        """Test variants, until all that are cheaper than the best are ruled out."""
        while (place := self._search.next(self._best_cost)) is not None:
            yield from self._test(place)

    def _test(self, place: Place) -> Task[None]:
        scenario = self._scenario(place)
        if scenario is None:
            judged = self._without_runs(self._grid.variant(place).error)
        else:
            trial = Trial(scenario, self._limits, SEARCHES)
            judged = yield from trial.task()
            self._trials[place] = trial
        self._note(place, judged)
        self._search.note(place, judged)
        if judged.verdict is Verdict.HELD and self._grid.cost(place) < self._best_cost:
            self.best = place

    def _choose(self) -> Task[None]:
        """Decide of those that are on the edge, the cheapest first, until one is chosen."""
        few = [
            place
            for place, one in self.tried.items()
            if one.verdict is Verdict.EDGE and place not in self._chosen
        ]
        for place in sorted(few, key=self._grid.cost):
            scenario = self._scenario(place)
            if self._grid.cost(place) >= self._best_cost or scenario is None:
                return
            longer = self._length(scenario) / self._length(self._grid.scenario)
            error = self._error / (2 * len(few) * len(self._limits))
            decided = Feasibility(
                with_seed_apart(scenario), self._limits, error, round(MOST_TO_CHOOSE / longer)
            )
            self._chosen.add(place)
            judged = yield from decided.task()
            self._trials[place] = decided.trial
            self._note(place, judged)
            if judged.verdict is Verdict.HELD:
                self.best = place

    def _certifies(self, place: Place, attempt: int) -> Task[bool]:
        """Run the answer and its cheaper neighbours again, with fresh numbers; whether it stays.

        Each attempt takes half of the error that is left, so that all of them together keep to it.
        Where an answer is on the edge it has one attempt more, with several times as many runs.
        """
        error = self._error / 2**attempt
        number = self._runs_needed(place, error)
        found = yield from self._certify(place, attempt, number, error)
        if found.verdict is Verdict.EDGE and place not in self._least:
            self._least[place] = AGAIN * number
            return False
        if found.verdict is not Verdict.HELD:
            self._failed.add(place)
            self._note(place, found.judged)
            held = self._held()
            self.best = held[0] if held else None
            return False
        self.certified = found
        neighbours = []
        for other in self._grid.cheaper_neighbours(place):
            one = yield from self._certify(other, attempt, number, error)
            neighbours.append(one)
            if one.verdict is Verdict.HELD and other not in self._failed:
                self._note(other, one.judged)
                self.best, self.certified = other, None
                return False
        self.neighbours = tuple(neighbours)
        return True

    def _certify(self, place: Place, attempt: int, number: int, error: float) -> Task[Candidate]:
        scenario = self._scenario(place)
        if scenario is None:
            judged = self._without_runs(self._grid.variant(place).error)
        else:
            for _ in range(attempt + 1):
                scenario = with_seed_apart(scenario)
            criterion = Criterion(1 - error, number, each=True, looks_once=True)
            judged = yield from Trial(scenario, self._limits, criterion).task()
        settings = self._grid.variant(place).settings
        return Candidate(settings, self._grid.cost(place), judged, is_certified=True)

    def _runs_needed(self, place: Place, error: float) -> int:
        """As many as certify the answer in 19 of 20 cases, if it is what it looked like; more where
        that shows that a neighbour breaks a limit."""
        number = max(self._needed(place, error, -1).values(), default=0.0)
        for other in self._grid.cheaper_neighbours(place):
            needed = min(self._needed(other, error, 1).values(), default=0.0)
            number = max(number, min(needed, MOST_OF_NEIGHBOUR))
        return min(max(math.ceil(number), self._least.get(place, LEAST)), MOST)

    def _needed(self, place: Place, error: float, side: int) -> dict[int, float]:
        """The runs that show on which side of each limit a variant is, where it looked like being
        beyond it (1) or within it (-1)."""
        trial = self._trials.get(place)
        if trial is None or len(trial.runs) < 2:
            return {}
        wide = student_t_quantile(1 - error, len(trial.runs) - 1) + POWER
        found = {}
        for number, limit in enumerate(self._limits):
            excess = [limit.excess(value) for value in trial.values(number)]
            if len(excess) > 1 and (margin := side * math.fsum(excess) / len(excess)) > 0:
                found[number] = wide**2 * variance(excess) / margin**2
        return found

    def _look_for_next(self) -> Task[None]:
        """Test what costs the least of the others, until one meets the limits."""
        for _ in range(MOST_MORE):
            held = self._held()
            place = self._search.cheapest(self._grid.cost(held[0]) if held else math.inf)
            if place is None:
                return
            yield from self._test(place)

    def _held(self) -> list[Place]:
        """Those beside the best that were found to meet the limits, the cheapest first."""
        found = [
            place
            for place, one in self.tried.items()
            if one.verdict is Verdict.HELD and place != self.best and place not in self._failed
        ]
        return sorted(found, key=self._grid.cost)

    @property
    def _best_cost(self) -> float:
        return math.inf if self.best is None else self._grid.cost(self.best)

    def _scenario(self, place: Place) -> Scenario | None:
        scenario = self._grid.variant(place).scenario
        return settled(scenario) if scenario is not None and self._is_cut else scenario

    @staticmethod
    def _length(scenario: Scenario) -> float:
        return scenario.end.time or 1.0

    def _note(self, place: Place, judged: Judged) -> None:
        settings = self._grid.variant(place).settings
        self.tried[place] = Candidate(settings, self._grid.cost(place), judged)

    def _without_runs(self, error: str) -> Judged:
        return Judged(tuple(self._nothing()), 0, error=error)

    def _nothing(self) -> Iterator[Judgement]:
        for limit in self._limits:
            yield Judgement(limit, Verdict.BROKEN, Interval(math.nan, None, None, None, 0))
