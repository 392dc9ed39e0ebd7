"""How much is enough: workers that keep up, capacities that lose nothing; found by simulation."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

from pcsim.analysis.counterfactual import ChangeKind, Enough, Loss, Part, Wait
from pcsim.analysis.observation import Observation
from pcsim.errors import ScenarioError
from pcsim.experiments.changes import changed, queue_part, with_capacity, with_more, worker_parts
from pcsim.experiments.trials import Trials, throughput
from pcsim.scenario import Scenario

REACHED = 0.98
"""Workers keep up when this share of the throughput is reached that far more of them have."""
NEARLY_REACHED = 0.96
"""Where one worker less comes this near, more runs decide."""
NO_MORE = 1.005
"""Twice as many workers that add less than this bring nothing."""
MOST = 1_024
"""No larger number of workers, or factor of a capacity, is tried."""
REPLICATIONS = 4
"""Runs for each number that is tried."""
MORE_REPLICATIONS = 12
"""Runs for the numbers between which it is decided."""
KEPT = 0.01
"""A queue that loses no more than this share keeps nearly all."""
HOPELESS = 0.7
"""A capacity eight times as large that still loses this share of what was lost cannot keep it."""
MOST_LOSSES = 3
"""Queues with losses for which a remedy is looked for."""


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
    with_count = cache(lambda count: _with_count(scenario, part, count))

    @cache
    def reached(count: int, runs: int = 1 if replications == 1 else REPLICATIONS) -> float:
        observed = [trials.observe(with_count(count), number) for number in range(runs)]
        return math.fsum(map(throughput, observed)) / runs

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
    if replications > 1 and needed > now and reached(needed - 1) >= NEARLY_REACHED * most:
        most = max(reached(one, MORE_REPLICATIONS) for one in (needed, count))
        needed -= reached(needed - 1, MORE_REPLICATIONS) >= REACHED * most
    return Enough(part, needed, reached(needed), most)


def losses(
    scenario: Scenario, trials: Trials, base: Observation[float], enough: Enough | None
) -> tuple[Loss, ...]:
    """Find what each queue loses, the largest share first, and what would keep it."""
    lost = {name: one.loss for name, one in base.queues.items() if one.loss > 0}
    ranked = sorted(lost, key=lambda name: lost[name], reverse=True)
    return tuple(
        _loss(scenario, trials, name, enough) if number < MOST_LOSSES else Loss(name, lost[name])
        for number, name in enumerate(ranked)
    )


def longest_wait(scenario: Scenario, trials: Trials) -> Wait | None:
    """Find the queue in which items wait longest, and how long with one more worker there."""
    waits = _waits(scenario, trials)
    waits = {name: mean for name, mean in waits.items() if not math.isnan(mean)}
    if not waits:
        return None
    queue = max(waits, key=lambda name: waits[name])
    readers = [one for one in worker_parts(scenario) if queue in one.inputs]
    part = max(readers, key=lambda one: len(one.names))
    try:
        more = changed(scenario, part, ChangeKind.ONE_MORE)
    except ScenarioError:
        return None
    return Wait(part, queue, waits[queue], _waits(more, trials).get(queue, math.nan))


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


def _with_count(scenario: Scenario, part: Part, count: int) -> Scenario:
    more = count - len(part.names)
    return with_more(scenario, part, more) if more else scenario


def _waits(scenario: Scenario, trials: Trials) -> dict[str, float]:
    """The mean waiting time in each queue, over several runs."""
    runs = [trials.observe(scenario, number) for number in range(REPLICATIONS)]
    means: dict[str, float] = {}
    for name in scenario.queue_names:
        values = [one.waiting_times[name].mean for one in runs if one is not None]
        values = [value for value in values if not math.isnan(value)]
        means[name] = sum(values) / len(values) if values else math.nan
    return means


def _loss(scenario: Scenario, trials: Trials, queue: str, enough: Enough | None) -> Loss:
    def lost(changed: Scenario) -> float:
        runs = [trials.observe(changed, number) for number in range(REPLICATIONS)]
        shares = [1.0 if one is None else one.queues[queue].loss for one in runs]
        return sum(0.0 if math.isnan(one) else one for one in shares) / len(shares)

    share = lost(scenario)
    target = min(KEPT, share / 10)
    capacity, capacity_share = _capacity_that_keeps(scenario, queue, share, target, lost)
    readers = [part for part in worker_parts(scenario) if queue in part.inputs]
    part = readers[0] if enough is None or enough.part not in readers else enough.part
    count, count_share = _count_that_keeps(scenario, part, target, lost)
    return Loss(queue, share, capacity, capacity_share, part, count, count_share)


def _capacity_that_keeps(
    scenario: Scenario, queue: str, share: float, target: float, lost: Callable[[Scenario], float]
) -> tuple[int | None, float]:
    """The smallest capacity, nearly, that loses no more than the target, and what it loses."""
    now = next(one.capacity for one in scenario.queues if one.name == queue)
    part = queue_part([queue])

    @cache
    def lost_with(factor: int) -> float:
        return lost(with_capacity(scenario, part, factor))

    factor = 1
    while factor < MOST:
        factor *= 2
        if lost_with(factor) <= target:
            least = factor // 2 + 1 if factor > 2 else 2
            step = max(factor // 8, 1)
            tried = range(least, factor, step)
            factor = next((one for one in tried if lost_with(one) <= target), factor)
            return now * factor, lost_with(factor)
        if factor >= 8 and lost_with(factor) > HOPELESS * share:
            break
    return None, 0.0


def _count_that_keeps(
    scenario: Scenario, part: Part, target: float, lost: Callable[[Scenario], float]
) -> tuple[int | None, float]:
    """The smallest number of readers that lose no more than the target, and what they lose."""
    now = count = len(part.names)

    @cache
    def lost_with(number: int) -> float:
        return lost(_with_count(scenario, part, number))

    try:
        while 2 * count <= max(MOST, 4 * now):
            count *= 2
            if lost_with(count) <= target:
                needed = smallest(lambda number: lost_with(number) <= target, now + 1, count)
                return needed, lost_with(needed)
    except ScenarioError:  # more workers than there may be
        pass
    return None, 0.0
