"""Whether a scenario fails, and the change with which it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec.structs import replace

from pcsim.analysis.counterfactual import Failing, Part
from pcsim.engine.raised import is_a
from pcsim.errors import QueueOverflowError, ScenarioError
from pcsim.experiments.changes import queue_part, with_capacity, with_more, worker_parts
from pcsim.experiments.one_run import virtual_run
from pcsim.scenario import ConsumerSpec, Overflow, Scenario
from pcsim.scenario.deadlock_risk import deadlock_risk
from pcsim.scenario.termination import Outcome, describe, termination

RUNS = 3
"""Replications that are tried."""
EVENTS = 30_000
"""Events after which a run counts as one that does not fail."""
MOST_FACTOR = 64
"""A capacity is tried up to this many times what it is."""
MOST_MORE = 16
"""Numbers of workers are tried up to this many times what they are."""


class _Failure(NamedTuple):
    message: str
    at: float
    queues: tuple[str, ...]
    """The queues that were full then."""


def find_failing(scenario: Scenario) -> Failing | None:
    """Find out whether runs of a scenario fail, and what keeps them from it.

    Args:
        scenario: The scenario as it is.

    Returns:
        The failure, with the smallest capacity and the smallest number of workers with which no
        run failed in the same time; None where no run fails.
    """
    answer = termination(scenario)
    if answer.outcome is Outcome.STANDS_STILL:
        return Failing(describe(answer), 0.0, 1, 1)
    if without_failing(scenario) == scenario and deadlock_risk(scenario) is None:
        return None  # nothing in it can fail
    failures = [_failure(scenario, number) for number in range(RUNS)]
    failed = [one for one in failures if one is not None]
    if not failed:
        return None
    first = failed[0]
    found = Failing(first.message, first.at, RUNS, len(failed))
    if not first.queues:
        return found
    return found._replace(
        capacity=_capacity(scenario, first.queues), number=_number(scenario, first.queues)
    )


def without_failing(scenario: Scenario) -> Scenario:
    """Return the scenario with items that fail skipped, and queues that would fail dropping."""
    return replace(
        scenario,
        queues=tuple(
            replace(one, overflow=Overflow.DROP_NEW) if one.overflow.fails else one
            for one in scenario.queues
        ),
        consumers=tuple(map(_skipping, scenario.consumers)),
    )


def _skipping(spec: ConsumerSpec) -> ConsumerSpec:
    is_fatal = spec.on_error == "fail" and spec.failure_probability > 0
    return replace(spec, on_error="skip") if is_fatal else spec


def _failure(scenario: Scenario, replication: int) -> _Failure | None:
    """How a run fails; None where it does not, as far as it is followed."""
    run = virtual_run(replace(scenario, warm_up=0.0), replication)
    run.start()
    run.advance(most=EVENTS)
    end, error = run.snapshot(), run.error
    run.abort()
    run.join()
    if end.failure is None:
        return None
    full = {queue for wait in end.failure.waits if wait.reason == "full" for queue in wait.queues}
    if error is not None and is_a(error.__cause__, QueueOverflowError):
        worker = next(one for one in scenario.workers if one.name == end.failure.worker)
        full = {one.name for one in scenario.queues if one.overflow.fails}
        full.intersection_update(worker.outputs)
    queues = tuple(name for name in scenario.queue_names if name in full)
    return _Failure(end.failure.message, end.at, queues)


def _capacity(scenario: Scenario, queues: Iterable[str]) -> tuple[str, int] | None:
    """The queue for which the smallest factor is enough."""
    found: list[tuple[int, str, int]] = []
    for name in queues:
        now = next(queue.capacity for queue in scenario.queues if queue.name == name)
        part = queue_part([name])

        def made(factor: int, part: Part = part) -> Scenario:
            return with_capacity(scenario, part, factor)

        factor = _smallest(made, 1, MOST_FACTOR)
        if factor is not None:
            found.append((factor, name, now * factor))
    return min(found)[1:] if found else None


def _number(scenario: Scenario, queues: Iterable[str]) -> tuple[Part, int] | None:
    """The readers of these queues of which the fewest more are enough."""
    found: list[tuple[int, Part]] = []
    for part in worker_parts(scenario):
        if set(queues).isdisjoint(part.inputs):
            continue
        now = len(part.names)

        def made(number: int, part: Part = part, now: int = now) -> Scenario:
            return with_more(scenario, part, number - now)

        number = _smallest(made, now, MOST_MORE * now)
        if number is not None:
            found.append((number - now, part))
    if not found:
        return None
    more, part = min(found)
    return part, len(part.names) + more


def _smallest(made: Callable[[int], Scenario], low: int, most: int) -> int | None:
    """The smallest value above `low` with which no run fails, if one up to `most` is enough."""

    def holds(value: int) -> bool:
        try:
            changed = made(value)
        except ScenarioError:  # out of a range
            return False
        return all(_failure(changed, number) is None for number in range(RUNS))

    high = low
    while high < most:
        low, high = high, min(2 * high, most)
        if holds(high):
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if holds(middle) else (middle, high)
            return high
    return None
