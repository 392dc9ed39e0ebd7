"""`what_if`: a scenario beside some changes of it, or beside those that people ask about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Unpack

from msgspec.structs import replace

from pcsim.analysis.counterfactual import ChangeKind, Part, PartKind
from pcsim.experiments.changes import changes, is_by_chance, queue_part, worker_parts
from pcsim.experiments.variants.measures import Measure, read_measures, usual_measures
from pcsim.experiments.variants.preparing import Runs, experiment
from pcsim.experiments.variants.sweeping import (
    MOST_REPLICATIONS,
    REPLICATIONS,
    Row,
    Rule,
    Sweep,
    swept,
)
from pcsim.experiments.variants.variation import Variant, variants, variations_of
from pcsim.scenario import Scenario
from pcsim.text import safe
from pcsim.validation import check_whole

MOST_PARTS = 20
"""Parts that are asked about, where nothing is named: each has up to two changes."""
AMPLE = 1_000
"""A queue of this capacity or more is not made larger."""


def what_if(
    scenario: Scenario,
    settings: Mapping[str, object] | Iterable[str] = (),
    *,
    measures: Sequence[str] = (),
    replications: int = REPLICATIONS,
    precision: float | None = None,
    **runs: Unpack[Runs],
) -> Sweep:
    """Run a scenario as it is and changed, under the same random numbers, and compare.

    Args:
        scenario: What is changed. One without an end runs for the time of 20,000 items.
        settings: New values by the path of a key (`{"clerk.count": 4}`), or texts such as
            `"clerk.count=4"`, all made together; several values of a key are several variants.
            None given: one more of each worker, one fewer of several alike, each worker 20 %
            faster, each queue three times as large, one at a time, the best first.
        measures: What to measure, as in `sweep`.
        replications: Runs of each variant, 1 to 100,000; the most of them with `precision`.
        precision: Half of each interval over its mean, at which a variant has runs enough, above
            0; None: all replications are made.
        **runs: How the runs are made: `until`, `items`, `seed`, `warm_up`, `jobs`, `executor`,
            `kernel`, `cache` and `on_progress`: see `pcsim.experiments.variants.preparing.Runs`.

    Returns:
        The scenario as it is in the first row; then the changes, with their differences from it.

    Raises:
        ScenarioError: A key, a value or a measure is wrong.
        EndlessError: The runs would never end.

    Example:
        >>> from pcsim.scenario import demos
        >>> found = what_if(demos.find("back-pressure"), ["SlowConsumer.count=2"])
        >>> [(row.label, round(row.values["throughput"].mean, 1)) for row in found.rows]
        [('as it is', 4.0), ('SlowConsumer.count=2', 7.6)]
        >>> what_if(demos.find("back-pressure")).rows[1].label
        'one more SlowConsumer'
    """
    check_whole("replications", replications, MOST_REPLICATIONS)
    ready = experiment(scenario, **runs)
    asked = [one for text in measures for one in read_measures(text, ready.scenario)]
    variations = variations_of(settings)
    changed = (
        variants(ready.scenario, variations) if variations else list(questions(ready.scenario))
    )
    found = swept(
        ready,
        [Variant((), ready.scenario), *changed],
        tuple(asked or usual_measures(ready.scenario)),
        Rule(replications, precision),
    )
    return found if variations else found._replace(rows=best_first(found.rows, found.measures))


def questions(scenario: Scenario) -> Iterator[Variant]:
    """Make the changes that people ask about, one at a time.

    Sources whose items come by chance are the world outside, and are not changed.

    Args:
        scenario: What is changed; the scenario as it is.
    """
    outside = {one.name for one in scenario.producers if is_by_chance(one)}
    parts = [one for one in worker_parts(scenario) if outside.isdisjoint(one.specs)]
    parts += [queue_part([one.name]) for one in scenario.queues if one.capacity < AMPLE]
    for change in changes(scenario, parts[:MOST_PARTS]):
        yield Variant((), change.scenario, words=_words(change.part, change.kind))
    for spec in [one for one in scenario.consumers if one.count > 1][:MOST_PARTS]:
        fewer = tuple(
            replace(one, count=one.count - 1) if one is spec else one for one in scenario.consumers
        )
        words = f"one fewer {safe(spec.name, 60)}"
        yield Variant((), replace(scenario, consumers=fewer), words=words)


def _words(part: Part, kind: ChangeKind) -> str:
    name = ", ".join(part.names if part.kind is PartKind.QUEUES else part.specs)
    if kind is ChangeKind.ONE_MORE:
        return f"one more {safe(part.specs[-1], 60)}"
    if kind is ChangeKind.LARGER:
        return f"{safe(name, 60)} three times as large"
    if kind is ChangeKind.MORE_ITEMS:
        return f"a fifth more items of {safe(name, 60)}"
    return f"{safe(name, 60)} 20 % faster"


def best_first(rows: Sequence[Row], measures: Sequence[Measure]) -> tuple[Row, ...]:
    """Return the rows, those first that bring more throughput for sure; of others those that are
    quicker, by the first time that is measured.

    Args:
        rows: The scenario as it is, and what it was changed into.
        measures: What was measured of them.
    """
    times = [one.label for one in measures if one.unit == "s"]

    def rank(row: Row) -> tuple[bool, float, float]:
        more = (row.differences or {}).get("throughput")
        gain = 0.0
        if more is not None and (more.half_width or 0.0) < abs(more.mean):
            gain = more.mean
        longer = (row.differences or {}).get(times[0]) if times else None
        return row.differences is None, -gain, 0.0 if longer is None else longer.mean

    base, *others = rows
    return (base, *sorted(others, key=rank))
