"""How many workers keep up: of one part alone, or of several together; found by simulation."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache

from pcsim.analysis.counterfactual import Enough, Part, PartKind, Plan
from pcsim.analysis.observation import Observation
from pcsim.errors import ScenarioError
from pcsim.experiments.changes import with_more, worker_parts
from pcsim.experiments.trials import Trials, throughput
from pcsim.scenario import ProducerSpec, Scenario
from pcsim.scenario.cycles import endless
from pcsim.theory.statistics import TINY

REACHED = 0.98
"""Workers keep up when this share of the throughput is reached that far more of them have."""
KEEPS_UP = 0.95
"""Where more workers of one part reach this share of what comes, no others are looked for."""
FAR = 2
"""Where one part needs this many times more workers than it has to do more, they are no more than
slots to wait in: then others are looked for as well."""
NEARLY_REACHED = 0.96
"""Where one worker less comes this near, more runs decide."""
NO_MORE = 1.005
"""Twice as many workers that add less than this bring nothing."""
BLOCKED = 0.1
"""Sources that wait for a slot for less than this share of their time are kept up with."""
MOST = 1_024
"""No larger number of workers is tried."""
PLENTY = 4
"""Times the workers there are: far more than enough, if their limit is enough at all."""
REPLICATIONS = 4
"""Runs for each number that is tried."""
MANY = 100
"""More workers than these differ less from run to run: then `FEW` runs are enough."""
FEW = 2
PLAN_REPLICATIONS = 2
"""Runs for each set of numbers of several parts."""
MORE_REPLICATIONS = 10
"""Runs for the numbers between which it is decided."""
MOST_ADDED = 6
"""Workers that a plan gets one by one, because together its numbers are not quite enough."""


def enough_workers(
    scenario: Scenario, trials: Trials, part: Part, replications: int
) -> Enough | None:
    """Find the smallest number of workers of a part that reach 98 % of what far more reach.

    Args:
        scenario: The scenario as it is.
        trials: Where the runs are made.
        part: The workers.
        replications: 1 where replications do not differ.
    """
    with_number = cache(lambda number: with_count(scenario, part, number))

    few = 1 if replications == 1 else FEW if len(part.names) > MANY else REPLICATIONS

    @cache
    def reached(count: int, runs: int = few) -> float:
        return mean_throughput(trials, with_number(count), runs)

    now = count = len(part.names)
    try:
        while 2 * count <= max(MOST, 4 * now):
            count *= 2
            if reached(count) < reached(count // 2) * NO_MORE:
                break
        most = max(reached(count), reached(max(count // 2, now)))
    except ScenarioError:  # more workers than there may be
        return None
    guess = math.ceil(now * REACHED * most / reached(now)) if reached(now) > 0 else now
    needed = smallest(lambda number: reached(number) >= REACHED * most, now, count, guess)
    is_worth_more = few == REPLICATIONS and now < needed <= 2 * FAR * guess
    if is_worth_more and reached(needed - 1) >= NEARLY_REACHED * most:
        most = max(reached(one, MORE_REPLICATIONS) for one in (needed, count))
        needed -= reached(needed - 1, MORE_REPLICATIONS) >= REACHED * most
    return Enough(part, needed, reached(needed), most)


def keeping_up(
    scenario: Scenario, trials: Trials, enough: Enough | None, replications: int
) -> tuple[Enough | None, Plan | None]:
    """Find whether a number of workers of one part keeps up with all that comes, or which do.

    Args:
        scenario: The scenario as it is.
        trials: Where the runs are made.
        enough: The number for the part that is the limit; None where no single part is.
        replications: 1 where replications do not differ.

    Returns:
        The same number, with whether it keeps up; and where it does not, the numbers of workers of
        several parts that do together, unless there is no end of what comes.
    """
    runs = 1 if replications == 1 else PLAN_REPLICATIONS
    parts = [one for one in worker_parts(scenario) if one.kind is PartKind.WORKERS]
    plenty = {part: PLENTY * len(part.names) for part in parts}
    if enough is not None:
        plenty[enough.part] = max(plenty[enough.part], 2 * enough.number)

    @cache
    def reached(numbers: tuple[tuple[Part, int], ...]) -> float:
        return mean_throughput(trials, with_counts(scenario, dict(numbers)), runs)

    def rate(numbers: Mapping[Part, int]) -> float:
        return reached(tuple(sorted(numbers.items())))

    try:
        if endless(scenario):  # its items never leave: there is nothing to keep up with
            return enough and enough._replace(keeps_up=False), None
        most = rate(plenty)
        seen = trials.observe(with_counts(scenario, plenty), 0)
        if seen is None or not keeps_up(scenario, seen):  # there is no end of what comes
            return enough and enough._replace(keeps_up=False), None
        if enough is not None and enough.throughput >= KEEPS_UP * most:
            share = most / max(mean_throughput(trials, scenario, runs), TINY)
            if enough.number <= FAR * math.ceil(share * len(enough.part.names)):
                return enough, None
        needed = {
            part: smallest(
                lambda number, part=part: rate({**plenty, part: number}) >= REACHED * most,  # type: ignore[misc]
                len(part.names),
                plenty[part],
                len(part.names) + 1,
            )
            for part in parts
        }
        needed = _completed(needed, rate, REACHED * most)
    except ScenarioError:  # more workers than there may be
        return enough and enough._replace(keeps_up=False), None
    numbers = tuple((part, n) for part, n in needed.items() if n > len(part.names))
    is_enough = rate(needed) >= KEEPS_UP * most
    plan = Plan(numbers, rate(needed), most) if is_enough else None
    return enough and enough._replace(keeps_up=False), plan


def _completed(
    needed: dict[Part, int], rate: Callable[[Mapping[Part, int]], float], target: float
) -> dict[Part, int]:
    """The numbers, with one worker more here and there until they reach the target together."""
    for _ in range(MOST_ADDED):
        if rate(needed) >= target:
            break
        further = [{**needed, part: number + 1} for part, number in needed.items()]
        needed = max(further, key=rate)
    return needed


def keeps_up(scenario: Scenario, seen: Observation[float]) -> bool:
    """Return whether no source waited for a slot for long.

    Args:
        scenario: What was run.
        seen: The measures of the run.
    """
    names = [one.name for one in scenario.workers if isinstance(one, ProducerSpec)]
    return all(seen.workers[name].blocked_full < BLOCKED for name in names)


def mean_throughput(trials: Trials, scenario: Scenario, runs: int) -> float:
    """Return the items a second of a scenario, on average over several runs."""
    return math.fsum(throughput(trials.observe(scenario, n)) for n in range(runs)) / runs


def smallest(holds: Callable[[int], bool], low: int, high: int, guess: int = 0) -> int:
    """Return the smallest number from `low` to `high` for which something holds.

    It holds for `high`, and for all numbers above one for which it does.

    Args:
        holds: Whether it holds for a number.
        low: The first number.
        high: The last number.
        guess: A number near the answer, from which the search begins.
    """
    step, middle = 1, guess if low <= guess < high else (low + high) // 2
    while low < high:
        if holds(middle):
            high = middle
            next_one = high - step
        else:
            low = middle + 1
            next_one = low + step - 1
        step *= 2
        is_between = low <= next_one < high and guess
        middle = next_one if is_between else (low + high) // 2
    return high


def with_count(scenario: Scenario, part: Part, count: int) -> Scenario:
    """Return the scenario with this number of workers of a part, as many as there are or more."""
    more = count - len(part.names)
    return with_more(scenario, part, more) if more else scenario


def with_counts(scenario: Scenario, numbers: Mapping[Part, int]) -> Scenario:
    """Return the scenario with these numbers of workers."""
    for part, number in numbers.items():
        scenario = with_count(scenario, part, number)
    return scenario
