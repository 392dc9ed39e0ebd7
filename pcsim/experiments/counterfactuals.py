"""What limits a scenario: the one change of it that helps most, found by simulating each."""

from __future__ import annotations

from pcsim.analysis.counterfactual import Diagnosis, Effect, Part, PartKind, Verdict
from pcsim.analysis.observation import Observation
from pcsim.experiments.changes import (
    changes,
    is_by_chance,
    is_random,
    items_that_stay,
    queue_part,
    worker_parts,
)  # fmt: skip
from pcsim.experiments.comparison import HELPS, Comparison
from pcsim.experiments.failing import find_failing, without_failing
from pcsim.experiments.keeping_up import keeps_up
from pcsim.experiments.remedies import with_figures, with_remedies
from pcsim.experiments.together import find_together
from pcsim.experiments.trials import Trials
from pcsim.scenario import Scenario
from pcsim.scenario.termination import Outcome, termination
from pcsim.theory.statistics import confidence_interval

MOST_WORKERS = 1_000
"""Workers of a scenario that is not too large to be simulated many times."""
MOST_EVENTS = 400_000
"""Events of all first runs of the changes together."""
MOST_SPENT = 700_000
"""Events after which no further kind of question is asked."""
EVENTS_PER_WORKER = 20
"""What it costs to make a worker ready for a run, in events."""
HELPS_ARRIVALS = 0.02
"""What a change must add, at least, where items come by chance: with 98 % of them dealt with, the
workers keep up. `HELPS` has the same for all others."""
NOTABLE = 0.05
"""Workers that are blocked for this share of their time are named."""


def diagnose(scenario: Scenario, *, with_advice: bool = True) -> Diagnosis:
    """Find what limits a scenario, by simulating it with one change after the other.

    Each worker is made 20 % faster, one more is added, each queue gets three times its capacity,
    all under the same random numbers. It costs about as much as a hundred short runs.

    Args:
        scenario: What to diagnose; it should end by itself, or runs are cut where they are long
            enough. Where it fails, that is part of what is found, and what keeps it from that.
        with_advice: Whether to find as well how many workers would keep up, and what would keep
            what is lost. To find that costs as much again, or several times as much.

    >>> from pcsim.scenario import demos
    >>> found = diagnose(demos.find("3"))
    >>> found.verdict.value, found.limit.names, found.enough.number
    ('workers', ('SlowConsumer',), 5)
    """
    if len(scenario.workers) > MOST_WORKERS:
        return Diagnosis(Verdict.TOO_LARGE, confidence_interval([0.0]))
    failing = find_failing(scenario)
    if termination(scenario).outcome is Outcome.STANDS_STILL:
        return Diagnosis(Verdict.FAILS, confidence_interval([0.0]), failing=failing)
    scenario = without_failing(scenario)
    trials = Trials(scenario)
    base = trials.observe(scenario, 0)
    if base is None:
        return Diagnosis(Verdict.FAILS, confidence_interval([0.0]), failing=failing)
    cost = trials.events + EVENTS_PER_WORKER * len(scenario.workers)
    parts = _parts(scenario, base, MOST_EVENTS // (3 * cost))
    comparison = Comparison(trials, scenario, list(changes(scenario, parts)), is_random(scenario))
    leading = comparison.run()
    found = _judged(scenario, comparison, leading, base)
    is_open = found.verdict is Verdict.ARRIVALS
    if found.limit is None and not is_open and trials.spent < MOST_SPENT:
        together = find_together(scenario, trials, parts, base)
        if together is not None:
            found = found._replace(verdict=Verdict.TOGETHER, together=together)
    found = with_figures(found, scenario, trials, base)
    if with_advice:
        found = with_remedies(found, scenario, trials, comparison.replications)
    return found._replace(failing=failing, runs=trials.runs, duration=trials.duration)


def _judged(
    scenario: Scenario,
    comparison: Comparison,
    leading: list[Part],
    base: Observation[float],
) -> Diagnosis:
    """What is named, and what each change does."""
    limit = leading[0] if leading else None
    effects = comparison.effects(limit)
    best = next((one for one in effects if one.part == limit), None)
    by_chance = all(map(is_by_chance, scenario.producers))
    if limit is None or best is None or not _helps(best, by_chance):
        verdict = Verdict.ARRIVALS if by_chance and keeps_up(scenario, base) else Verdict.NOTHING
        return Diagnosis(verdict, comparison.base(), effects=tuple(effects))
    return Diagnosis(
        Verdict(limit.kind.value),
        comparison.base(),
        limit,
        tuple(leading[1:]),
        tuple(effects),
        _blocked(scenario, base, limit),
    )


def _helps(best: Effect, by_chance: bool) -> bool:
    least = HELPS_ARRIVALS if by_chance else HELPS
    return best.gain.mean >= least and (best.gain.low is None or best.gain.low > 0)


def _parts(scenario: Scenario, base: Observation[float], most: int) -> list[Part]:
    """What may be changed: workers except sources by chance, and queues that were ever full.

    Of more than `most`, those that were busy or full for the longest time. The items of a closed
    system may be changed as well.
    """
    by_chance = {one.name for one in scenario.producers if is_by_chance(one)}
    workers = [part for part in worker_parts(scenario) if by_chance.isdisjoint(part.specs)]
    going_round = [part for part in workers if items_that_stay(scenario, part)]
    workers = [part for part in workers if _load(part, base) > 0 and part not in going_round]
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
    return workers[: most // 2] + going_round + queues


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
