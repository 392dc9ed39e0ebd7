"""Run a function under many schedules, and shrink one that fails until little of it is left."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from pcsim.testing import primitives
from pcsim.testing.bounded import Extend, Search
from pcsim.testing.schedule import Decision, Kind
from pcsim.testing.scheduler import MOST_STEPS, Scheduler, Strategy, place_of
from pcsim.testing.strategies import PriorityChanges, RandomWalk, Replay

MOST_SHRINKS = 300
"""Schedules that are run to shrink one."""
COLLECT_AFTER = 200
"""Schedules between two collections of garbage. It is off meanwhile: what it does would depend on
what ran before."""

Body = Callable[[], object]


class Outcome(NamedTuple):
    """What one schedule came to."""

    decisions: list[Decision]
    steps: int
    error: BaseException | None
    lines: list[str]
    """Where each decision was made."""


class Found(NamedTuple):
    """What all schedules came to."""

    schedules: int
    steps: int
    failure: Outcome | None
    seconds: float


class Settings(NamedTuple):
    """How a function is explored."""

    schedules: int
    """At most."""
    seed: int = 0
    preemptions: int | None = None
    """All schedules with at most that many preemptions; None for random ones."""
    seconds: float | None = None
    """No new schedule begins after that time."""
    most_steps: int = MOST_STEPS
    follows: bool = False
    """Whether the function is in a world whose threads have histories."""


def run_schedule(
    body: Body,
    strategy: Strategy,
    most_steps: int = MOST_STEPS,
    *,
    traced: bool = False,
    follows: bool = False,
) -> Outcome:
    """Run a function once, by the decisions of a strategy.

    Args:
        body: The function.
        strategy: What decides.
        most_steps: Switch points at most.
        traced: Whether to note where each decision was made.
        follows: Whether each thread has a history.
    """
    scheduler = Scheduler(strategy, most_steps, follows=follows)
    lines: list[str] = []
    if traced:
        scheduler.on_decision = lambda one, decision: lines.append(_place(one, decision))
    error: BaseException | None = None
    primitives.activate(scheduler)
    try:
        with _no_collections():
            scheduler.run(body)
    except Exception as raised:  # noqa: BLE001 - it is what the schedule came to
        error = raised
    finally:
        primitives.deactivate()
    return Outcome(scheduler.decisions, scheduler.step, error, lines)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Collect no garbage meanwhile."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def warm_up(body: Body, most_steps: int) -> None:
    """Run a function once, so that what is imported and cached at first changes no schedule."""
    run_schedule(body, Replay([]), most_steps)


def explored(body: Body, settings: Settings) -> Found:
    """Run a function under many schedules, until one fails.

    Args:
        body: The function. It is called anew for each schedule.
        settings: Which schedules, and how many.
    """
    with _no_collections():
        return _explored(body, settings)


def _explored(body: Body, settings: Settings) -> Found:
    began = time.monotonic()
    warm_up(body, settings.most_steps)
    number = steps = 0
    runs = _bounded(body, settings) if settings.preemptions is not None else _drawn(body, settings)
    for outcome in runs:
        number += 1
        steps += outcome.steps
        if outcome.error is not None:
            failure = shrunk(body, outcome, settings.most_steps)
            return Found(number, steps, failure, time.monotonic() - began)
        if number % COLLECT_AFTER == 0:
            gc.collect(0)
        is_late = settings.seconds is not None and time.monotonic() - began > settings.seconds
        if number >= settings.schedules or is_late:
            break
    return Found(number, steps, None, time.monotonic() - began)


def _drawn(body: Body, settings: Settings) -> Iterator[Outcome]:
    """Random walks and changes of priority, in turn."""
    seed, length = settings.seed, 100
    while True:
        strategy: Strategy = PriorityChanges(seed, length) if seed % 2 else RandomWalk(seed)
        outcome = run_schedule(body, strategy, settings.most_steps)
        length = max(outcome.steps, 1)
        yield outcome
        seed += 1


def _bounded(body: Body, settings: Settings) -> Iterator[Outcome]:
    """Every schedule with at most that many preemptions, without what is known."""
    search = Search(settings.preemptions or 0, follows=settings.follows)
    for branch in search.branches():
        strategy = Extend(branch, search)
        yield run_schedule(body, strategy, settings.most_steps, follows=settings.follows)
        for alternative in reversed(strategy.alternatives):
            search.add(alternative)


def shrunk(body: Body, failing: Outcome, most_steps: int) -> Outcome:
    """Take decisions out of a failing schedule while it fails in the same way."""

    def fails(decisions: list[Decision]) -> Outcome | None:
        outcome = run_schedule(body, Replay(decisions), most_steps, traced=True)
        is_same = type(outcome.error) is type(failing.error)
        return outcome if is_same else None

    best = fails(failing.decisions)
    if best is None:
        return failing
    size, tries = max(len(best.decisions) // 2, 1), 0
    while tries < MOST_SHRINKS:
        position, has_shrunk = 0, False
        while position < len(best.decisions) and tries < MOST_SHRINKS:
            fewer = best.decisions[:position] + best.decisions[position + size :]
            tries += 1
            outcome = fails(fewer)
            if outcome is not None and len(outcome.decisions) < len(best.decisions):
                best, has_shrunk = outcome, True
            else:
                position += size
        if size > 1:
            size //= 2
        elif not has_shrunk:
            break
    return best


def _place(scheduler: Scheduler, decision: Decision) -> str:
    """Where the current thread stands, and what was decided there."""
    current = scheduler.current
    here = "" if current is None else f"{current.name} at {place_of(current)}: "
    if decision.kind is Kind.TIME:
        what = f"time passes to {scheduler.now:g} s"
    elif decision.kind is Kind.VALUE:
        what = f"outcome {decision.number} is chosen"
    else:
        verb = "goes on" if decision.kind is Kind.RUN else "is interrupted"
        what = f"{scheduler.tasks[decision.number].name} {verb}"
    return f"{decision}: {here}{what}"
