"""`size` a scenario: the cheapest variant that meets limits, with the confidence asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Unpack

from pcsim import runtime
from pcsim.experiments.sizing.answer import Sizing
from pcsim.experiments.sizing.finding import Finding
from pcsim.experiments.sizing.grid import Grid
from pcsim.experiments.variants.judging import CONFIDENCE, check_confidence
from pcsim.experiments.variants.limits import limits_of
from pcsim.experiments.variants.preparing import Progress, Runs, experiment, watched
from pcsim.experiments.variants.tasks import Got
from pcsim.experiments.variants.variation import variations_of
from pcsim.scenario import Scenario


def size(
    scenario: Scenario,
    vary: Mapping[str, object] | Iterable[str],
    slo: str | Iterable[str],
    *,
    cost: str | None = None,
    confidence: float = CONFIDENCE,
    **runs: Unpack[Runs],
) -> Sizing:
    """Find the cheapest variant of a scenario that meets limits, in few simulations.

    Theory says where to begin; keys in which a limit is monotone are bisected; what is on the edge
    is decided by a procedure with a guarantee; the answer is run again with fresh random numbers,
    beside its cheaper neighbours. Ctrl-C ends it early and returns what there is.

    Args:
        scenario: What is varied. One without an end runs for the time of 20,000 items, or longer
            where a variant's queues take long to forget how they began.
        vary: Values by the path of a key (`{"clerk.count": range(1, 13)}`), or texts such as
            `"clerk.count=1..12"`; up to 100,000 variants.
        slo: Limits, as `check` takes them: `["loss < 0.1%", "p95 wait < 1s"]`.
        cost: What a variant costs: numbers, `+ - * /` and brackets, and the keys that are varied,
            such as `"clerk.count*30 + orders.capacity*0.1"`. None: the value of the one key that
            is varied.
        confidence: The least probability that the answer meets all limits, above 0.5.
        **runs: How the runs are made: `until`, `items`, `seed`, `warm_up`, `jobs`, `executor`,
            `kernel` and `on_progress`: see `pcsim.experiments.variants.preparing.Runs`.

    Returns:
        The answer with its intervals, its cheaper neighbours and which limits they break, what
        comes next, and all that was tried.

    Raises:
        ScenarioError: A key, a value, a limit or the cost is wrong.
        EndlessError: The runs would never end.

    Example:
        >>> from pcsim import ConsumerSpec, Exponential, ProducerSpec, QueueSpec, Scenario
        >>> shop = Scenario(
        ...     queues=(QueueSpec("orders", 5, overflow="drop_new"),),
        ...     producers=(ProducerSpec("shop", "orders", Exponential(1.0)),),
        ...     consumers=(ConsumerSpec("clerk", "orders", Exponential(1.5)),),
        ... )
        >>> found = size(
        ...     shop,
        ...     ["clerk.count=1..5", "orders.capacity=1,2,5,10"],
        ...     ["loss < 5%"],
        ...     cost="clerk.count*30 + orders.capacity",
        ...     items=2000,
        ... )
        >>> found.answer.label, found.answer.cost
        ('clerk.count=2, orders.capacity=5', 65.0)
    """
    check_confidence(confidence)
    ready = experiment(scenario, **runs)
    limits = limits_of(slo, ready.scenario)
    grid = Grid(ready.scenario, variations_of(vary), cost)
    begun = runtime.clock()
    finding = Finding(grid, limits, confidence, is_cut=ready.is_cut)
    done = 0

    def note(got: Got) -> None:
        nonlocal done
        done += len(got.runs)
        each = done / (len(finding.tried) + 1)
        most = done + math.ceil(each * finding.left)
        took = runtime.clock() - begun
        ready.notify(Progress(done, most, took / done * (most - done) if done else None))

    is_interrupted = False
    try:
        for _ in ready.workers.drive([watched(finding.task(), note)]):
            pass
    except KeyboardInterrupt:
        is_interrupted = True
    finally:
        ready.workers.close(at_once=is_interrupted)
    return Sizing(
        finding.answer,
        finding.neighbours,
        finding.runner_up,
        tuple(finding.tried.values()),
        limits,
        tuple(axis.path for axis in grid.axes),
        grid.costs.size,
        confidence,
        ready.scenario,
        done,
        runtime.clock() - begun,
        is_interrupted,
        ready.workers.ran,
        ready.workers.cache,
    )
