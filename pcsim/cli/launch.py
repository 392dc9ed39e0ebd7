"""Where engines meet front ends: finds a scenario, makes a run of it, opens the app on it.

What a run needs is imported when it begins: only the app loads Textual.
"""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pcsim.cli.scenario_files import STDIN, UsageError, is_path, read, read_stdin

if TYPE_CHECKING:
    from collections.abc import Callable

    from pcsim.analysis.counterfactual import Diagnosis
    from pcsim.analysis.result import Result
    from pcsim.analysis.steadiness import WarmUp
    from pcsim.engine.run import Run
    from pcsim.experiments.background import Simulations
    from pcsim.experiments.live import LiveLimit
    from pcsim.scenario import Scenario
    from pcsim.snapshot.control import Control

NO_TERMINAL = "the app needs a terminal; without one, try: pcsim --demo 1"
LAST_WAIT = 2.0
"""Seconds that a run which outlived its app may take to end before it is reported."""


def find(key: str) -> Scenario:
    """Find the scenario that a word on the command line means.

    Args:
        key: The number or name of a demo, the path of a file, or `-` for stdin.

    Raises:
        UsageError: There is no such demo, or the file cannot be read.
        ScenarioFileError: The file has mistakes.
    """
    from pcsim.errors import did_you_mean
    from pcsim.scenario import demos
    from pcsim.text import safe

    if is_path(key) or key == STDIN:
        from pcsim.scenario import Scenario

        if key == STDIN:
            return read(key, lambda _: Scenario.parse(read_stdin(), "stdin", Path()))
        return read(key, Scenario.load)
    try:
        return demos.find(key)
    except KeyError:
        match = did_you_mean(key, demos.NAMES)
        message = f"no demo '{safe(key, 40)}' (1 to {len(demos.NAMES)}){match}"
        raise UsageError(message) from None


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
    from pcsim.engine.run import Run
    from pcsim.engine.virtual.pacing import PacedRun
    from pcsim.experiments.simulate import result_of

    run = control.engine if isinstance(control, PacedRun) else control
    if not isinstance(run, Run) or not (run.kind == "virtual" or run.warm_up):
        return None
    snapshot = run.snapshot()
    is_done = snapshot.phase.is_over and snapshot.failure is None
    return result_of(run, warm_up=warm_up) if is_done else None


def diagnosis_of_control(control: Control) -> Diagnosis | None:
    """What limits a run that has finished, by simulation, or why it failed in virtual time; None of
    any other run."""
    from pcsim.engine.run import Run
    from pcsim.engine.virtual.pacing import PacedRun
    from pcsim.snapshot import Phase

    run = control.engine if isinstance(control, PacedRun) else control
    if not isinstance(run, Run):
        return None
    has_failed = run.kind == "virtual" and run.phase.is_over and run.error is not None
    if run.phase is not Phase.FINISHED and not has_failed:
        return None
    from pcsim.experiments.run_limit import diagnose_run

    return diagnose_run(run.scenario, run.snapshot())


def limit_of(simulations: Simulations, scenario: Scenario) -> LiveLimit:
    """What finds the limit of a run in the app, by these simulations."""
    from pcsim.experiments.live import LiveLimit

    return LiveLimit(scenario, simulations)


def refuse_short_run(scenario: Scenario) -> None:
    """Refuse a scenario whose run would be over before its warm-up.

    Raises:
        UsageError: It is one.
    """
    from pcsim.experiments.one_run import ends_before_warm_up
    from pcsim.text import safe

    if problem := ends_before_warm_up(scenario):
        raise UsageError(safe(str(problem), 400))


def refuse_for_app(scenario: Scenario, engine: str) -> None:
    """Refuse a scenario whose run in the app would make no sense.

    Raises:
        UsageError: Its virtual time would not pass, or its run ends before its warm-up.
    """
    if engine == "virtual":
        from pcsim.scenario.termination import Outcome, describe, termination

        if (answer := termination(scenario)).outcome is Outcome.STANDS_STILL:
            raise UsageError(describe(answer))
    refuse_short_run(scenario)


def run_app(
    scenario: Scenario,
    engine: str = "threads",
    speed: float | None = 1.0,
    *,
    start: bool = False,
    theme: str | None = None,
    read_again: Callable[[], Scenario] | None = None,
) -> int:
    """Open the app on the scenario and, once it is closed, report the last run.

    Args:
        scenario: The first that it shows.
        engine: `threads` or `virtual`.
        speed: How fast virtual time passes; None for as fast as possible.
        start: Whether to start the run at once.
        theme: `dark` or `light`; None leaves the choice to `TEXTUAL_THEME`, and then to the
            terminal, which is asked for its background.
        read_again: Reads the file of the scenario again, and raises `ReadError`; None where it
            is no file.

    Returns:
        The exit status.

    Raises:
        UsageError: There is no terminal, or the run would make no sense.
    """
    refuse_for_app(scenario, engine)
    needed = (sys.stdin, sys.stdout, sys.stderr)  # Textual draws on stderr
    if not all(stream is not None and stream.isatty() for stream in needed):
        raise UsageError(NO_TERMINAL)
    gc.disable()  # nearly all that is made up to the first frame stays; the app enables it then
    from pcsim.experiments.background import InBackground
    from pcsim.headless.output import Output
    from pcsim.headless.run import write_report
    from pcsim.scenario.demos import DEMOS
    from pcsim.snapshot import Phase
    from pcsim.snapshot.exit_status import Exit
    from pcsim.tui import terminal_background
    from pcsim.tui.app import PcsimApp

    simulations = InBackground()
    chosen = theme or os.environ.get("TEXTUAL_THEME") or terminal_background.theme()
    app = PcsimApp(
        launcher(engine, speed),
        scenario,
        DEMOS,
        result_of_control,
        partial(limit_of, simulations),
        read_again=read_again,
        autostart=start,
        theme=chosen,
    )
    try:
        app.run()
    finally:
        simulations.close()
    if app.return_code == Exit.HANGUP:  # nobody is left to read a report
        return Exit.HANGUP
    if app.control.snapshot().phase is not Phase.CREATED:
        app.control.join(LAST_WAIT)
        result = result_of_control(app.control)
        snapshot = app.control.snapshot()
        found = app.watcher.session.view.found
        if found is None or found.is_pending:
            found = diagnosis_of_control(app.control)
        write_report(snapshot, Output(sys.stdout), result=result, found=found)
    if app.faults.text:
        Output(sys.stderr).write(f"pcsim: errors inside the app:\n{app.faults.text}")
        return app.return_code or Exit.FAILED
    return app.return_code or 0
