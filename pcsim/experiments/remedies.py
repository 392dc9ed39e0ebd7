"""What would keep up, keep what is lost, or shorten the wait; found by simulation."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

from pcsim.analysis.counterfactual import (
    ChangeKind,
    Diagnosis,
    Loss,
    Part,
    PartKind,
    Supply,
    Verdict,
    Wait,
)  # fmt: skip
from pcsim.analysis.observation import Observation
from pcsim.errors import ScenarioError
from pcsim.experiments.changes import (
    changed,
    faster,
    items_that_stay,
    queue_part,
    with_capacity,
    with_items,
    worker_parts,
)  # fmt: skip
from pcsim.experiments.keeping_up import (
    MOST,
    REPLICATIONS,
    enough_workers,
    keeping_up,
    mean_throughput,
    smallest,
    with_count,
    with_counts,
)  # fmt: skip
from pcsim.experiments.trials import Trials
from pcsim.scenario import ProducerSpec, Scenario
from pcsim.theory.statistics import confidence_interval

KEPT = 0.01
"""A queue that loses no more than this share keeps nearly all."""
HOPELESS = 0.7
"""A capacity eight times as large that still loses this share of what was lost cannot keep it."""
NEVER_EMPTY = 0.005
"""A queue that is empty for less than this share of the time only puts off what it will lose."""
MOST_LOSSES = 3
"""Queues with losses for which a remedy is looked for."""
MOST_SPENT = 1_000_000
"""Events after which no further remedy is looked for."""
MANY = 100
"""With more workers, runs are long enough as they are."""
LONG_RUNS = 2
"""Long runs in which a capacity has to keep what it promises."""
FAR_MORE = (8.0, 4.0, 2.0)
"""Times what sources make, to see what the workers could do; the first with which no run fails."""


def with_figures(
    found: Diagnosis, scenario: Scenario, trials: Trials, base: Observation[float]
) -> Diagnosis:
    """Return a diagnosis with what a sentence about it states: supply, waits and losses.

    Args:
        found: What is named, and what each change does.
        scenario: The scenario as it is.
        trials: Where the runs are made.
        base: A run of the scenario as it is.
    """
    if found.limit is not None and found.limit.kind is PartKind.SOURCES:
        found = found._replace(supply=_supply(scenario, trials, found.limit))
    if found.verdict is Verdict.ARRIVALS:
        runs = trials.longer if len(scenario.workers) <= MANY else trials
        found = found._replace(wait=_longest_wait(scenario, runs))
    losses = [Loss(name, one.loss) for name, one in base.queues.items() if one.loss > 0]
    losses.sort(key=lambda loss: loss.share, reverse=True)
    return found._replace(losses=tuple(losses))


def with_remedies(
    found: Diagnosis, scenario: Scenario, trials: Trials, replications: int
) -> Diagnosis:
    """Return a diagnosis with what is enough against what it names, and against its losses.

    Args:
        found: What is named, with its figures.
        scenario: The scenario as it is.
        trials: Where the runs are made.
        replications: 1 where replications do not differ.
    """
    limit = found.limit
    if limit is not None and limit.kind is PartKind.WORKERS:
        found = found._replace(enough=enough_workers(scenario, trials, limit, replications))
    can_be_counted = found.enough is not None or found.together is not None
    if can_be_counted and (len(scenario.workers) <= MANY or trials.spent < MOST_SPENT):
        enough, plan = keeping_up(scenario, trials, found.enough, replications)
        found = found._replace(enough=enough, plan=plan)
    return found._replace(losses=_losses(scenario, trials, found))


def _supply(scenario: Scenario, trials: Trials, sources: Part) -> Supply:
    """What the sources make, and what the workers could do."""
    runs = [trials.observe(scenario, number) for number in range(REPLICATIONS)]
    names = [one.name for one in scenario.workers if isinstance(one, ProducerSpec)]
    made = [sum(one.workers[name].throughput for name in names) for one in runs if one is not None]
    mean = sum(made) / len(made) if made else 0.0
    items = items_that_stay(scenario, sources)
    now = mean_throughput(trials, scenario, REPLICATIONS)
    if items:
        mean = now
    for factor in FAR_MORE:
        change = with_items if items else faster
        possible = mean_throughput(trials, change(scenario, sources, factor), REPLICATIONS)
        if possible > now:
            return Supply(mean, mean * possible / now if now else mean, items)
    return Supply(mean, mean, items)


def _longest_wait(scenario: Scenario, trials: Trials) -> Wait | None:
    """The queue in which items wait longest, and how long with one more worker there."""
    waits = {
        name: means for name in scenario.queue_names if (means := _waits(scenario, trials, name))
    }
    if not waits:
        return None
    queue = max(waits, key=lambda name: math.fsum(waits[name]) / len(waits[name]))
    readers = [one for one in worker_parts(scenario) if queue in one.inputs]
    part = max(readers, key=lambda one: len(one.names))
    interval = confidence_interval(waits[queue])
    p99 = _waits(scenario, trials, queue, "p99")
    try:
        more = _waits(changed(scenario, part, ChangeKind.ONE_MORE), trials, queue)
    except ScenarioError:
        more = []
    with_one_more = math.fsum(more) / len(more) if more else math.nan
    return Wait(part, queue, interval.mean, with_one_more, math.fsum(p99) / len(p99), interval)


def _waits(scenario: Scenario, trials: Trials, queue: str, measure: str = "mean") -> list[float]:
    """A measure of the waiting times in a queue, in each of several runs."""
    runs = [trials.observe(scenario, number) for number in range(REPLICATIONS)]
    values = [getattr(run.waiting_times[queue], measure) for run in runs if run is not None]
    return [value for value in values if not math.isnan(value)]


def _losses(scenario: Scenario, trials: Trials, found: Diagnosis) -> tuple[Loss, ...]:
    """What each queue loses, and what would keep it."""
    return tuple(
        _loss(scenario, trials, loss.queue, found)
        if number < MOST_LOSSES and trials.spent < MOST_SPENT
        else loss
        for number, loss in enumerate(found.losses)
    )


def _loss(scenario: Scenario, trials: Trials, queue: str, found: Diagnosis) -> Loss:
    def lost(changed: Scenario) -> float:
        return _share_lost(changed, trials, queue, REPLICATIONS)

    share = lost(scenario)
    target = min(KEPT, share / 10)
    capacity, capacity_share = _capacity_that_keeps(scenario, trials, queue, share, target)
    parts = [part for part in worker_parts(scenario) if queue in part.inputs]
    if found.limit is not None and found.limit.kind is PartKind.WORKERS:
        parts = [found.limit, *(part for part in parts if part != found.limit)]
    loss = Loss(queue, share, capacity, capacity_share, parts[0])
    counted = [(part, *_count_that_keeps(scenario, part, target, lost)) for part in parts]
    enough = [(n - len(part.names), part, n, left) for part, n, left in counted if n is not None]
    if enough:
        _, part, number, left = min(enough)
        return loss._replace(readers=part, number=number, number_share=left)
    plan = found.plan or keeping_up(scenario, trials, None, REPLICATIONS)[1]
    if plan is None:
        return loss
    left = lost(with_counts(scenario, dict(plan.numbers)))
    return loss._replace(plan=plan, plan_share=left) if left <= target else loss


def _capacity_that_keeps(
    scenario: Scenario, trials: Trials, queue: str, share: float, target: float
) -> tuple[int | None, float]:
    """The smallest capacity, nearly, that loses no more than the target, and what it loses.

    None where every capacity only puts off the loss.
    """
    now = next(one.capacity for one in scenario.queues if one.name == queue)
    part = queue_part([queue])
    with_factor = cache(lambda factor: with_capacity(scenario, part, factor))

    @cache
    def lost_with(factor: int) -> float:
        return _share_lost(with_factor(factor), trials, queue, REPLICATIONS)

    factor, found = 1, None
    while factor < MOST and found is None:
        factor *= 2
        if lost_with(factor) <= target:
            least = factor // 2 + 1 if factor > 2 else 2
            tried = range(least, factor, max(factor // 8, 1))
            found = next((one for one in tried if lost_with(one) <= target), factor)
        elif factor >= 8 and lost_with(factor) > HOPELESS * share:
            break
    if found is None:
        return None, 0.0
    for enough in (found, found + max(found // 4, 1), 2 * found):
        left = _share_lost(with_factor(enough), trials.longer, queue, LONG_RUNS)
        runs = [trials.longer.observe(with_factor(enough), number) for number in range(LONG_RUNS)]
        empty = [0.0 if one is None else one.queues[queue].empty_share for one in runs]
        if max(empty) < NEVER_EMPTY:
            break
        if left <= target:
            return now * enough, left
    return None, 0.0


def _count_that_keeps(
    scenario: Scenario, part: Part, target: float, lost: Callable[[Scenario], float]
) -> tuple[int | None, float]:
    """The smallest number of workers with which no more is lost than the target, and what is."""
    now = count = len(part.names)

    @cache
    def lost_with(number: int) -> float:
        return lost(with_count(scenario, part, number))

    try:
        while 2 * count <= max(MOST, 4 * now):
            count *= 2
            if lost_with(count) <= target:
                needed = smallest(lambda number: lost_with(number) <= target, now + 1, count)
                return needed, lost_with(needed)
            if count >= 8 * now and lost_with(count) > HOPELESS * lost(scenario):
                break
    except ScenarioError:  # more workers than there may be
        pass
    return None, 0.0


def _share_lost(scenario: Scenario, trials: Trials, queue: str, runs: int) -> float:
    """The share of what comes to a queue that it loses."""
    seen = [trials.observe(scenario, number) for number in range(runs)]
    shares = [1.0 if one is None else one.queues[queue].loss for one in seen]
    return math.fsum(0.0 if math.isnan(one) else one for one in shares) / runs
