"""Runs for front ends: makes one of a scenario, and finds what it has measured and what limits it.

What a run needs is imported when it begins.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pcsim.analysis.change_effect import MadeChange
    from pcsim.analysis.counterfactual import Diagnosis
    from pcsim.analysis.result import Result
    from pcsim.analysis.steadiness import WarmUp
    from pcsim.engine.run import Run
    from pcsim.experiments.advising_sizes import AdvisorWithSizes
    from pcsim.experiments.background import Simulations
    from pcsim.experiments.live import LiveLimit
    from pcsim.scenario import Scenario
    from pcsim.snapshot.control import Control


Launch: TypeAlias = "Callable[[Scenario], Control]"
"""Makes a fresh run of a scenario."""
Wrap: TypeAlias = Callable[[Launch], Launch]
"""Makes, of what makes runs, what is used in its place."""


def launch(scenario: Scenario, engine: str = "threads") -> Run:
    """Make a run of the scenario on `threads` or in `virtual` time; it is not started."""
    if engine == "virtual":
        from pcsim.engine.virtual.engine import VirtualEngine

        return VirtualEngine(scenario, notes_depths=True)
    from pcsim.engine.threads.engine import ThreadsEngine

    return ThreadsEngine(scenario)


def launcher(engine: str, speed: float | None) -> Callable[[Scenario], Control]:
    """A function that makes runs for the app.

    Args:
        engine: `threads` or `virtual`.
        speed: How fast virtual time passes; None for as fast as possible.
    """
    if engine != "virtual":
        return launch
    from pcsim.engine.virtual.engine import VirtualEngine
    from pcsim.engine.virtual.pacing import PacedRun

    return lambda scenario: PacedRun(VirtualEngine(scenario), speed)


def result_of_control(control: Control, warm_up: WarmUp | None = None) -> Result | None:
    """The result of a run that is over, where that is more than its report.

    Only a run in virtual time, or with a warm-up, has more; a run that failed has no result.

    Args:
        control: The run.
        warm_up: The warm-up that was found for it; None where it was given.
    """
    from pcsim.experiments.simulate import result_of

    run = _run_of(control)
    if run is None or not (run.kind == "virtual" or run.warm_up):
        return None
    snapshot = run.snapshot()
    is_done = snapshot.phase.is_over and snapshot.failure is None
    return result_of(run, warm_up=warm_up) if is_done else None


def diagnosis_of_control(control: Control) -> Diagnosis | None:
    """What limits a run that has finished, by simulation, or why it failed in virtual time; None of
    any other run."""
    from pcsim.snapshot import Phase

    run = _run_of(control)
    if run is None:
        return None
    has_failed = run.kind == "virtual" and run.phase.is_over and run.error is not None
    if run.phase is not Phase.FINISHED and not has_failed:
        return None
    from pcsim.experiments.changed import Changeable
    from pcsim.experiments.run_limit import diagnose_run

    described = Changeable(run)
    return diagnose_run(described.scenario(), described.since_changed(run.snapshot()))


def changes_of_control(control: Control) -> tuple[MadeChange, ...]:
    """The changes that were made while it ran, with their effects."""
    from pcsim.analysis.change_effect import changes_in

    run = _run_of(control)
    return () if run is None else changes_in(run.observer.course.so_far())


def _run_of(control: Control) -> Run | None:
    """The run itself, behind what drives or guards it; None of what is no run of an engine."""
    from pcsim.engine.run import Run
    from pcsim.engine.virtual.pacing import PacedRun
    from pcsim.launch.own_run import OwnRun

    run = control.engine if isinstance(control, (PacedRun, OwnRun)) else control
    return run if isinstance(run, Run) else None


def advisor_of(
    simulations: Simulations, on_threads: Simulations, control: Control, scenario: Scenario
) -> AdvisorWithSizes:
    """What advises about changes of a run of a scenario in the app, by these simulations."""
    from pcsim.experiments.advising_sizes import AdvisorWithSizes
    from pcsim.experiments.changed import Changeable, Unchanged
    from pcsim.experiments.model_of_run import ModelOfRun

    run = _run_of(control)
    described = Unchanged(scenario) if run is None else Changeable(run)
    return AdvisorWithSizes(ModelOfRun(described, simulations), simulations, on_threads)


def limit_of(simulations: Simulations, control: Control, scenario: Scenario) -> LiveLimit:
    """What finds the limit of a run of a scenario in the app, by these simulations."""
    from pcsim.experiments.changed import Changeable, Unchanged
    from pcsim.experiments.live import LiveLimit

    run = _run_of(control)
    return LiveLimit(Unchanged(scenario) if run is None else Changeable(run), simulations)
