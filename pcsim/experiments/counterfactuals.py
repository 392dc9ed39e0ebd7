"""What limits a scenario: the one change of it that helps most, found by simulating each."""

from __future__ import annotations

from pcsim.analysis.counterfactual import Diagnosis, Effect, Part, PartKind, Verdict
from pcsim.analysis.observation import Observation
from pcsim.experiments.changes import (
    changes,
    is_by_chance,
    is_random,
    queue_part,
    worker_parts,
)  # fmt: skip
from pcsim.experiments.comparison import Comparison
from pcsim.experiments.remedies import enough_workers, longest_wait, losses
from pcsim.experiments.trials import Trials
from pcsim.scenario import ProducerSpec, Scenario
from pcsim.theory.statistics import confidence_interval

MOST_WORKERS = 1_000
"""Workers of a scenario that is not too large to be simulated many times."""
MOST_EVENTS = 600_000
"""Events of all first runs of the changes together."""
EVENTS_PER_WORKER = 15
"""What it costs to make a worker ready for a run, in events."""
HELPS = 0.01
"""A change that adds less than this share of the throughput helps nothing."""
HELPS_ARRIVALS = 0.02
"""The same where items come by chance: with 98 % of them dealt with, workers keep up."""
NOTABLE = 0.05
"""Workers that are blocked for this share of their time are named."""


def diagnose(scenario: Scenario) -> Diagnosis | None:
    """Find what limits a scenario, by simulating it with one change after the other.

    Each worker is made 20 % faster, one more is added, each queue gets three times its capacity,
    all under the same random numbers. It costs about as much as a hundred short runs.

    Args:
        scenario: What to diagnose; it should end by itself, or runs are cut where they are long
            enough.

    Returns:
        What was found; None where the scenario fails as it is.

    >>> from pcsim.scenario import demos
    >>> found = diagnose(demos.find("3"))
    >>> found.verdict.value, found.limit.names, found.enough.number
    ('workers', ('SlowConsumer',), 5)
    """
    if len(scenario.workers) > MOST_WORKERS:
        return Diagnosis(Verdict.TOO_LARGE, confidence_interval([0.0]))
    trials = Trials(scenario)
    base = trials.observe(scenario, 0)
    if base is None:
        return None
    cost = trials.events + EVENTS_PER_WORKER * len(scenario.workers)
    parts = _parts(scenario, base, MOST_EVENTS // (3 * cost))
    comparison = Comparison(trials, scenario, list(changes(scenario, parts)), is_random(scenario))
    leading = comparison.run()
    return _judged(scenario, trials, comparison, leading, base)


def _judged(
    scenario: Scenario,
    trials: Trials,
    comparison: Comparison,
    leading: list[Part],
    base: Observation[float],
) -> Diagnosis:
    limit = leading[0] if leading else None
    effects = comparison.effects(limit)
    best = next((one for one in effects if one.part == limit), None)
    by_chance = all(map(is_by_chance, scenario.producers))
    ties: tuple[Part, ...] = tuple(leading[1:])
    enough = wait = None
    if limit is None or best is None or not _helps(best, by_chance):
        limit, ties = None, ()
        verdict = Verdict.ARRIVALS if by_chance and _keeps_up(scenario, base) else Verdict.NOTHING
        if verdict is Verdict.ARRIVALS:
            wait = longest_wait(scenario, trials)
    else:
        verdict = Verdict(limit.kind.value)
        if limit.kind is PartKind.WORKERS:
            enough = enough_workers(scenario, trials, limit, comparison.replications)
    return Diagnosis(
        verdict,
        comparison.base(),
        limit,
        ties,
        tuple(effects),
        () if limit is None else _blocked(scenario, base, limit),
        enough,
        losses(scenario, trials, base, enough),
        wait,
        trials.runs,
        trials.duration,
    )


def _helps(best: Effect, by_chance: bool) -> bool:
    least = HELPS_ARRIVALS if by_chance else HELPS
    return best.gain.mean >= least and (best.gain.low is None or best.gain.low > 0)


def _keeps_up(scenario: Scenario, base: Observation[float]) -> bool:
    """Whether no source waits for a slot for long."""
    names = [one.name for one in scenario.workers if isinstance(one, ProducerSpec)]
    return all(base.workers[name].blocked_full < 2 * NOTABLE for name in names)


def _parts(scenario: Scenario, base: Observation[float], most: int) -> list[Part]:
    """What may be changed: workers except sources by chance, and queues that were ever full.

    Of more than `most`, those that were busy or full for the longest time.
    """
    by_chance = {one.name for one in scenario.producers if is_by_chance(one)}
    workers = [part for part in worker_parts(scenario) if by_chance.isdisjoint(part.specs)]
    workers = [part for part in workers if _load(part, base) > 0]
    workers.sort(key=lambda part: _load(part, base), reverse=True)
    full = [
        name
        for name, measures in base.queues.items()
        if measures.full_share > 0 or measures.loss > 0
    ]
    full.sort(key=lambda name: base.queues[name].full_share, reverse=True)
    queues = [queue_part([name]) for name in full[: most // 2]]
    if len(full) > 1:
        queues.append(queue_part(sorted(full, key=scenario.queue_names.index)))
    return workers[: most // 2] + queues


def _load(part: Part, base: Observation[float]) -> float:
    rows = [base.workers[name] for name in part.names]
    return sum(row.utilization + row.making for row in rows) / len(rows)


def _blocked(scenario: Scenario, base: Observation[float], limit: Part) -> tuple[str, ...]:
    """Workers that wait for a slot in the limit's inputs, or in the queues that are the limit."""
    queues = limit.names if limit.kind is PartKind.QUEUES else limit.inputs
    waiting = {one.name for one in scenario.queues if one.name in queues and one.overflow.waits}
    return tuple(
        worker.name
        for worker in scenario.workers
        if not waiting.isdisjoint(worker.outputs)
        and base.workers[worker.name].blocked_full >= NOTABLE
    )
