"""Opens the app on a run, and reports it once the app has been left. Only the app loads Textual."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from pcsim.errors import ScreenError
from pcsim.launch.runs import diagnosis_of_control, launcher, limit_of, result_of_control

if TYPE_CHECKING:
    from collections.abc import Callable

    from pcsim.scenario import Scenario

NO_TERMINAL = "the app needs a terminal; without one, try: pcsim --demo 1"
LAST_WAIT = 2.0
"""Seconds that a run which outlived its app may take to end before it is reported."""


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
        ScreenError: There is no terminal.
    """
    needed = (sys.stdin, sys.stdout, sys.stderr)  # Textual draws on stderr
    if not all(stream is not None and stream.isatty() for stream in needed):
        raise ScreenError(NO_TERMINAL)
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
