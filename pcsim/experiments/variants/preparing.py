"""A scenario made ready for an experiment, and what runs it: the arguments of all experiments."""

from __future__ import annotations

from collections.abc import Callable
from math import fsum
from typing import NamedTuple, TypedDict

from msgspec.structs import replace

from pcsim import runtime
from pcsim.errors import EndlessError
from pcsim.experiments.one_run import Driver
from pcsim.experiments.simulate import adjusted
from pcsim.experiments.variants.kept import KeptRuns
from pcsim.experiments.variants.measures import Measure, Reading
from pcsim.experiments.variants.tasks import Answer, Got, Task
from pcsim.experiments.variants.teams import Executing
from pcsim.experiments.variants.units import Seen, Unit
from pcsim.experiments.variants.workers import Workers
from pcsim.experiments.warm_up import find_warm_up
from pcsim.kernel.choice import KernelChoice
from pcsim.scenario import Scenario
from pcsim.scenario.flow import production_rate
from pcsim.scenario.long_run import long_run
from pcsim.validation import LARGEST_NUMBER, check_whole

ITEMS = 20_000
"""Items of a run whose length nobody has named."""
WARM_UP = 0.05
"""The share of such a run that is left out at its beginning, where no warm-up is named."""
PILOTS = 5
"""Runs from which a warm-up is found."""

RELAXATIONS = 20
"""A run that is to show the long run lasts for this number of relaxation times."""
LONGEST = 25.0
"""And for this number of times the usual length at most."""
MOST_JOBS = 10_000

APART = 0x5EED_5EED
"""From a seed to one whose numbers are fresh: streams of any two seeds are independent."""


class Progress(NamedTuple):
    """How far an experiment has come.

    Attributes:
        done: Runs that were made.
        most: Runs that will have been made at most.
        left: Seconds that are left, about; None while that is not known.
    """

    done: int
    most: int
    left: float | None


class Runs(TypedDict, total=False):
    """How the runs of an experiment are made: further arguments of `what_if`, `sweep`, `check` and
    `size`, each of which may be left out.

    Attributes:
        until: Seconds after which each run ends; None: as in the scenario.
        items: The items of each run; None: as in the scenario.
        seed: The seed of the random numbers, 0 or more; None: the scenario's.
        warm_up: Seconds at the beginning that are not measured, or "auto"; None: as in the
            scenario.
        jobs: Processes, 1 or more; the results are the same. With more than one, the program
            must have its `if __name__ == "__main__":`, as `multiprocessing` asks for.
        executor: Any `concurrent.futures.Executor` in their place, which is not shut down; or a
            function that makes one, and another where it breaks.
        kernel: Whether the compiled kernel makes the runs: see `simulate`.
        cache: Whether runs are kept on the disk, in the user's cache: those that were made before
            are taken from there.
        on_progress: Called with a `Progress` now and then.
    """

    until: float | None
    items: int | None
    seed: int | None
    warm_up: float | str | None
    jobs: int
    executor: Executing | None
    kernel: KernelChoice
    cache: bool
    on_progress: Callable[[Progress], object] | None


class Experiment(NamedTuple):
    """What an experiment begins with.

    Attributes:
        scenario: What is run; it ends.
        workers: What does the work.
        notify: Called with a `Progress` now and then.
        is_cut: Whether nobody has named an end: its runs may be made longer.
    """

    scenario: Scenario
    workers: Workers
    notify: Callable[[Progress], object]
    is_cut: bool = False


def experiment(
    scenario: Scenario,
    *,
    jobs: int = 1,
    executor: Executing | None = None,
    kernel: KernelChoice = "auto",
    cache: bool = False,
    on_progress: Callable[[Progress], object] | None = None,
    until: float | None = None,
    items: int | None = None,
    seed: int | None = None,
    warm_up: float | str | None = None,
) -> Experiment:
    """Make everything ready for an experiment.

    Args:
        scenario: What is run.
        jobs: As in `Runs`; so are the others.
        executor: What does the work in their place.
        kernel: What makes the runs.
        cache: Whether runs are kept.
        on_progress: What is notified.
        until: The end of each run, in seconds.
        items: Its end, in items.
        seed: The seed.
        warm_up: What is left out.

    Raises:
        ScenarioError: A value is out of its range, or the scenario cannot end.
    """
    check_whole("jobs", jobs, MOST_JOBS)
    kept = KeptRuns() if cache else None
    workers = Workers(jobs, executor, kernel, kept)  # before anything runs: it looks for threads
    try:
        ready = prepared(
            scenario, until=until, items=items, seed=seed, warm_up=warm_up, kernel=kernel, kept=kept
        )
        if kernel != "auto":
            Driver(ready, kernel)  # which raises where it cannot
    except BaseException:
        workers.close()
        raise
    is_cut = until is None and items is None and ready.end != scenario.end
    return Experiment(ready, workers, on_progress or _ignore, is_cut)


def watched(task: Task[Answer], note: Callable[[Got], object]) -> Task[Answer]:
    """Return a task that does the same, and notes what it gets.

    Args:
        task: The task.
        note: Called with what it gets, before the task itself has it.
    """
    try:
        ask = next(task)
        while True:
            got = yield ask
            note(got)
            ask = task.send(got)
    except StopIteration as end:
        answer: Answer = end.value
        return answer


def _ignore(_progress: Progress) -> None:
    pass


def prepared(
    scenario: Scenario,
    *,
    until: float | None = None,
    items: int | None = None,
    seed: int | None = None,
    warm_up: float | str | None = None,
    kernel: KernelChoice = "auto",
    kept: KeptRuns | None = None,
) -> Scenario:
    """Return a scenario that ends, as experiments need it.

    One that would never end runs for the time of about 20,000 items, of which 5 % are the
    warm-up. A warm-up of "auto" is found once, for the scenario as it is.

    Args:
        scenario: What is to be varied.
        until: Seconds after which each run ends; None: as in the scenario.
        items: The items of each run; None: as in the scenario.
        seed: The seed of the first replication; None: the scenario's.
        warm_up: Seconds that are not measured, or "auto"; None: as in the scenario.
        kernel: What runs those from which that is found.
        kept: Where it is kept, and taken from when it was found before; None for nowhere.

    Raises:
        ScenarioError: A value is out of its range, or the scenario cannot end.
    """
    try:
        ready = adjusted(scenario, until=until, items=items, seed=seed, warm_up=warm_up)
    except EndlessError:
        arriving = fsum(map(production_rate, scenario.producers))
        if until is not None or items is not None or not arriving or arriving == float("inf"):
            raise
        seconds = ITEMS / arriving
        ready = adjusted(scenario, until=seconds, seed=seed, warm_up=warm_up)
        if not ready.warm_up:
            ready = replace(ready, warm_up=WARM_UP * seconds)
    if ready.warm_up == "auto":
        ready = replace(ready, warm_up=_found_warm_up(ready, kernel, kept))
    return ready


def _found_warm_up(scenario: Scenario, kernel: KernelChoice, kept: KeptRuns | None) -> float:
    """The warm-up that pilots show. It is kept as a run is of which just that was read."""
    unit = Unit(scenario, (Measure("warm-up", str(PILOTS)),), 0, 1)
    known = {} if kept is None else kept.find(*unit[:4])
    if known:
        return known[0].runs[0][0].value
    begun = runtime.clock()
    seconds = find_warm_up(scenario, PILOTS, kernel).seconds
    if kept is not None:
        kept.keep(unit, Seen(((Reading(seconds),),), ((),), seconds=runtime.clock() - begun))
    return seconds


def settled(scenario: Scenario) -> Scenario:
    """Return a scenario whose runs are so long that queues forget how they began.

    Args:
        scenario: One whose end nobody has named, as `prepared` has made it.
    """
    slowest = max(long_run(scenario).relaxation.values(), default=0.0)
    ends = scenario.end.time or 0.0
    factor = min(RELAXATIONS * slowest / ends, LONGEST) if ends else 1.0
    if factor <= 1 or scenario.warm_up == "auto":
        return scenario
    end = replace(scenario.end, time=factor * ends)
    return replace(scenario, end=end, warm_up=factor * scenario.warm_up)


def with_seed_apart(scenario: Scenario) -> Scenario:
    """Return the scenario with another seed: its numbers are independent of those of before.

    Args:
        scenario: What has been looked at under its own seed.
    """
    return replace(scenario, seed=(scenario.seed + APART) % LARGEST_NUMBER)
