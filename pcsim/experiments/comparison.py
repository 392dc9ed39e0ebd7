"""Which of several changes helps most: paired runs, and no more of them than that takes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pcsim.analysis.counterfactual import Effect, Part
from pcsim.experiments.changes import Change
from pcsim.experiments.trials import Trials, throughput
from pcsim.scenario import Scenario
from pcsim.theory.statistics import Interval, confidence_interval, student_t_quantile

HELPS = 0.01
"""A change that adds less than this share of the throughput helps nothing."""
FEWEST = 3
"""Replications before changes are compared by their spread."""
MOST = 12
"""Replications after which changes that cannot be separated count as equal."""
SAME = 0.01
"""Changes that differ by less than this share of the throughput count as equal."""
NEARLY = 1e-9
"""Without chance, gains that differ by less are equal."""
ROUGH = 0.15
"""A gain whose interval is wider than this share of it gets more runs."""
MOST_SPENT = 300_000
"""Events after which no further replication is begun."""
CLEAR = 0.05
"""After one replication, a change is given up that is this much behind the best, and helps less
than a third as much."""


class Comparison:
    """The changes of a scenario, and what each does to its throughput.

    Args:
        trials: Where the runs are made.
        scenario: The scenario as it is.
        changes: What to compare.
        is_random: Whether replications differ; without chance one of them is enough.
    """

    def __init__(
        self, trials: Trials, scenario: Scenario, changes: Sequence[Change], is_random: bool
    ) -> None:
        self._trials = trials
        self._scenario = scenario
        self._changes = list(changes)
        self._is_random = is_random
        self.replications = 0
        """How often the scenario as it is has run."""

    def run(self) -> list[Part]:
        """Run the changes until one part has the best of them, or the best are equal.

        Returns:
            The parts with the best changes: one, or those that count as equal, the best first.
        """
        contenders = self._changes
        self.replications = 1
        if self._is_random:
            contenders = self._clearly_ahead(contenders)
            while self._may_go_on() and len(_parts(contenders)) > 1:
                self.replications = max(self.replications + 1, FEWEST)
                contenders = self._ahead(contenders)
                if self._all_equal(contenders) or not self._may_help(contenders):
                    break
            self.replications = max(self.replications, FEWEST)
            while self._may_go_on() and self._is_unsure(contenders):
                self.replications += 1
        best = max((self._mean_gain(one) for one in contenders), default=0.0)
        same = SAME if self._is_random else NEARLY
        equal = [one for one in contenders if self._mean_gain(one) >= best - same]
        return _parts(sorted(equal, key=self._mean_gain, reverse=True))

    def effects(self, limit: Part | None) -> list[Effect]:
        """Return what each change does, the best first; those of one part from as many runs as
        it took to find it."""
        effects = []
        for change in self._changes:
            replications = self.replications if change.part == limit else self._run_of(change)
            gains = [self.gain(change, number) for number in range(replications)]
            base = self._base_mean(replications)
            interval = confidence_interval(gains)
            effects.append(
                Effect(
                    change.part,
                    change.kind,
                    interval,
                    base * (1 + interval.mean),
                    _capacity(change),
                )
            )
        return sorted(effects, key=lambda one: one.gain.mean, reverse=True)

    def base(self) -> Interval:
        """Return the throughput of the scenario as it is."""
        return confidence_interval(
            [self._base_throughput(number) for number in range(self.replications or 1)]
        )

    def gain(self, change: Change, replication: int) -> float:
        """Return how much a change adds in one replication, relative to what there is."""
        base = self._base_throughput(replication)
        changed = throughput(self._trials.observe(change.scenario, replication))
        return changed / base - 1 if base > 0 else 0.0

    def _may_go_on(self) -> bool:
        return self.replications < MOST and self._trials.spent < MOST_SPENT

    def _may_help(self, changes: list[Change]) -> bool:
        """Whether any of them may help, within chance."""
        numbers = range(self.replications)
        gains = [confidence_interval(self.gain(one, n) for n in numbers) for one in changes]
        return any(one.high is None or one.high >= HELPS for one in gains)

    def _clearly_ahead(self, changes: list[Change]) -> list[Change]:
        gains = {id(one): self.gain(one, 0) for one in changes}
        best = max(gains.values(), default=0.0)
        return [
            one for one in changes if gains[id(one)] > best / 3 or gains[id(one)] > best - CLEAR
        ]

    def _ahead(self, changes: list[Change]) -> list[Change]:
        """Those that may still be the best; of the part that leads, only its best."""
        best = max(changes, key=self._mean_gain)
        return [
            one
            for one in changes
            if one is best or (one.part != best.part and self._distance(best, one)[0] <= 0)
        ]

    def _all_equal(self, changes: list[Change]) -> bool:
        best = max(changes, key=self._mean_gain)
        return all(one is best or self._distance(best, one)[1] < SAME for one in changes)

    def _is_unsure(self, changes: list[Change]) -> bool:
        """Whether it is not sure that the best change helps at all, or how much."""
        best = max(changes, key=self._mean_gain, default=None)
        if best is None or self._mean_gain(best) < SAME / 2:
            return False
        gain = confidence_interval(self.gain(best, n) for n in range(self.replications))
        width = gain.half_width or 0.0
        return gain.mean <= width or width > max(ROUGH * gain.mean, SAME)

    def _distance(self, best: Change, other: Change) -> tuple[float, float]:
        """How far another change is behind the best: at least, and at most."""
        numbers = range(self.replications)
        gaps = [self.gain(best, number) - self.gain(other, number) for number in numbers]
        mean = math.fsum(gaps) / len(gaps)
        variance = math.fsum((gap - mean) ** 2 for gap in gaps) / (len(gaps) - 1)
        error = student_t_quantile(0.975, len(gaps) - 1) * math.sqrt(variance / len(gaps))
        return mean - error, mean + error

    def _mean_gain(self, change: Change) -> float:
        numbers = range(self.replications)
        return math.fsum(self.gain(change, number) for number in numbers) / self.replications

    def _run_of(self, change: Change) -> int:
        """In how many replications a change has run, from the first."""
        return self._trials.replications_of(change.scenario)

    def _base_throughput(self, replication: int) -> float:
        return throughput(self._trials.observe(self._scenario, replication))

    def _base_mean(self, replications: int) -> float:
        numbers = range(replications)
        return math.fsum(map(self._base_throughput, numbers)) / max(replications, 1)


def _parts(changes: Sequence[Change]) -> list[Part]:
    return list(dict.fromkeys(one.part for one in changes))


def _capacity(change: Change) -> int:
    if len(change.part.names) != 1:
        return 0
    queues = change.scenario.queues
    return next((one.capacity for one in queues if one.name in change.part.names), 0)
