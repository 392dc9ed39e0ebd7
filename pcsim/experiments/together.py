"""Changes of several parts at once, for a scenario that no single change helps.

Two equal stages in a row are each as slow as the other: only both of them, made faster, let more
items through.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

from pcsim.analysis.counterfactual import ChangeKind, Part, PartKind, Together
from pcsim.analysis.observation import Observation
from pcsim.errors import ScenarioError
from pcsim.experiments.changes import changed, kinds_of
from pcsim.experiments.comparison import HELPS
from pcsim.experiments.trials import Trials, throughput
from pcsim.scenario import Scenario
from pcsim.theory.statistics import confidence_interval

MOST_WORKERS = 4
"""Parts of workers that are tried in pairs: the busiest."""
MOST_QUEUES = 2
"""Parts of queues that are tried with them: those that were full for the longest time."""
BUSY = 0.9
"""Workers that are this near to the busiest are tried all together."""
NEARLY = 0.9
"""Of combinations that bring this share of the most, the one of the fewest parts is named."""
REPLICATIONS = 6


def find_together(
    scenario: Scenario, trials: Trials, parts: Sequence[Part], base: Observation[float]
) -> Together | None:
    """Find the parts that help only when all of them are changed.

    Args:
        scenario: The scenario as it is.
        trials: Where the runs are made.
        parts: What may be changed; the first are the busiest workers.
        base: A run of the scenario as it is.
    """
    found = [
        Together(
            together,
            kind,
            confidence_interval(gains),
            throughput(base) * (1 + math.fsum(gains) / len(gains)),
        )
        for together in _combinations(parts, base)
        for kind in (ChangeKind.ONE_MORE, ChangeKind.FASTER)
        if (gains := _gains(scenario, trials, together, kind))
    ]
    helping = [one for one in found if one.gain.mean >= HELPS and (one.gain.low or 1.0) > 0]
    most = max((one.gain.mean for one in helping), default=0.0)
    nearly = [one for one in helping if one.gain.mean >= NEARLY * most]
    fewest = min((len(one.parts) for one in nearly), default=0)
    nearly = [one for one in nearly if len(one.parts) == fewest]
    return max(nearly, key=lambda one: one.gain.mean, default=None)


def _combinations(parts: Sequence[Part], base: Observation[float]) -> Iterator[tuple[Part, ...]]:
    workers = [part for part in parts if part.kind is not PartKind.QUEUES]
    queues = [part for part in parts if part.kind is PartKind.QUEUES]
    largest = queues[-1:] if len(queues) > 1 else []  # all of them, where there are several
    leading = [*workers[:MOST_WORKERS], *dict.fromkeys(queues[: MOST_QUEUES - 1] + largest)]
    yield from combinations(leading, 2)
    loads = {part: max(base.workers[name].utilization for name in part.names) for part in workers}
    most = max(loads.values(), default=0.0)
    busy = tuple(part for part in workers if loads[part] >= BUSY * most)
    if len(busy) > 2:
        yield busy
    if len(busy) > 1 and queues:
        yield (*busy, queues[-1])


def _gains(
    scenario: Scenario, trials: Trials, together: tuple[Part, ...], kind: ChangeKind
) -> list[float]:
    """What the change of all of them adds in each replication; [] where it makes no sense."""
    made = scenario
    for part in together:
        kinds = kinds_of(scenario, part)
        if kind not in kinds and part.kind is PartKind.WORKERS:
            return []
        try:
            made = changed(made, part, kind if kind in kinds else kinds[0])
        except ScenarioError:  # out of a range
            return []
    gains: list[float] = []
    for number in range(REPLICATIONS):
        before = throughput(trials.observe(scenario, number))
        if before <= 0:
            return []
        gains.append(throughput(trials.observe(made, number)) / before - 1)
        if number == 1 and (gains[0] == gains[1] or max(gains) < HELPS):
            break  # without chance, or hopeless
    return gains if gains[0] != gains[-1] else gains[:1]
