"""Where engines meet front ends: a scenario is found, run, and shown with or without a screen.

What a run needs is imported when it begins: only the app loads Textual.
"""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from pcsim.cli.scenario_files import UsageError, is_path, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from pcsim.analysis.result import Result
    from pcsim.engine.run import Run
    from pcsim.scenario import Scenario
    from pcsim.snapshot.control import Control

NO_TERMINAL = "the app needs a terminal; without one, try: pcsim --demo 1"
LAST_WAIT = 2.0
"""Seconds that a run which outlived its app may take to end before it is reported."""


def find(key: str) -> Scenario:
    """The scenario that a word on the command line means: the number or name of a demo, or a
    file. Raises `UsageError`, and `ScenarioFileError` for what is wrong in a file."""
    from pcsim.errors import close_match
    from pcsim.scenario import demos
    from pcsim.text import safe

    if is_path(key):
        from pcsim.scenario import Scenario

        return read(key, Scenario.load)
    try:
        return demos.find(key)
    except KeyError:
        match = close_match(key, demos.NAMES)
        told = f"no demo '{safe(key, 40)}' (1 to {len(demos.NAMES)}){match}"
        raise UsageError(told) from None


def launch(scenario: Scenario, engine: str = "threads") -> Run:
    """A run of the scenario on that engine (`threads` or `virtual`), not yet started."""
    if engine == "virtual":
        from pcsim.engine.virtual.engine import VirtualEngine

        return VirtualEngine(scenario)
    from pcsim.engine.threads.engine import ThreadsEngine

    return ThreadsEngine(scenario)


def launcher(engine: str, speed: float | None) -> Callable[[Scenario], Control]:
    """What makes runs for the app: in virtual time they keep to a speed (None: as fast as
    possible)."""
    if engine != "virtual":
        return launch
    from pcsim.engine.virtual.engine import VirtualEngine
    from pcsim.engine.virtual.pacing import PacedRun

    return lambda scenario: PacedRun(VirtualEngine(scenario), speed)


def findings_of(control: Control) -> Result | None:
    """What a run in virtual time, or with a warm-up, has measured, beside theory; None of others,
    of one that failed and of one that is not over."""
    from pcsim.engine.run import Run
    from pcsim.engine.virtual.pacing import PacedRun
    from pcsim.experiments.simulate import result_of

    run = control.engine if isinstance(control, PacedRun) else control
    if not isinstance(run, Run) or not (run.kind == "virtual" or run.warm_up):
        return None
    snapshot = run.snapshot()
    return result_of(run) if snapshot.phase.is_over and snapshot.failure is None else None


def run_app(scenario: Scenario, engine: str = "threads", speed: float | None = 1.0) -> int:
    """Open the app on it and, once the app has ended, report the last run; the exit status.

    Raises `UsageError` where there is no terminal, and for a run whose time would stand still.
    """
    if engine == "virtual":
        from pcsim.scenario.termination import stands_still

        if told := stands_still(scenario):
            raise UsageError(f"the run would never end: {told}")
    needed = (sys.stdin, sys.stdout, sys.stderr)  # Textual draws on stderr
    if not all(stream is not None and stream.isatty() for stream in needed):
        raise UsageError(NO_TERMINAL)
    gc.disable()  # nearly all that is made up to the first frame stays; the app enables it then
    from pcsim.headless.output import Output
    from pcsim.headless.run import write_report
    from pcsim.scenario.demos import DEMOS
    from pcsim.snapshot import Phase
    from pcsim.tui.app import PcsimApp

    app = PcsimApp(launcher(engine, speed), scenario, DEMOS, findings_of)
    app.run()
    if app.control.snapshot().phase is not Phase.CREATED:
        app.control.join(LAST_WAIT)
        result = findings_of(app.control)
        write_report(app.control.snapshot(), Output(sys.stdout), result=result)
    return app.return_code or 0
