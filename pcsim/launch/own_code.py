"""Shows runs of code from outside in the app: from a program of one's own, or from the command."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from pcsim import runtime
from pcsim.errors import PhaseError, ScreenError
from pcsim.launch.app import print_faults, show_runs
from pcsim.launch.own_run import OwnRun
from pcsim.launch.surroundings import output_kept, process_kept, screen
from pcsim.snapshot import Phase
from pcsim.snapshot.exit_status import Exit

if TYPE_CHECKING:
    from pcsim.engine.threads.engine import ThreadsEngine
    from pcsim.scenario import Scenario
    from pcsim.snapshot.control import Control
    from pcsim.tui.app import PcsimApp

NOT_MAIN = "only the main thread can show the app: it handles keys and signals"
IN_A_LOOP = (
    "the app cannot be shown while an event loop runs in this thread: "
    "call show() before or after asyncio.run"
)
NO_TERMINAL = (
    "the app needs a terminal as stdin, and as stdout or stderr; "
    "without one, call start() and wait_for_completion()"
)
_SIGNAL_OF: dict[int, str] = {Exit.TERMINATED: "SIGTERM", Exit.HANGUP: "SIGHUP"}


def show_run(engine: ThreadsEngine, *, start: bool = False, theme: str | None = None) -> None:
    """Show a run in this program's terminal until the app is left; the run may go on after it.

    A signal that has ended the app is raised again, for the program.

    Args:
        engine: The run.
        start: Whether to start it at once, if it has not started.
        theme: `dark` or `light`; None leaves the choice to the terminal.

    Raises:
        ScreenError: The app cannot be shown here.
        PhaseError: The run is that of the parent process.
    """
    _check_place()
    if engine.phase in (Phase.RUNNING, Phase.DRAINING) and not engine.is_running_here:
        raise PhaseError("this run is that of the parent process: a fork has no threads of it")
    if sys.stdin is None or not sys.stdin.isatty() or screen() is None:
        raise ScreenError(NO_TERMINAL)
    with process_kept():
        app = show_code(
            lambda _: OwnRun(engine),
            engine.scenario,
            start=start and engine.phase is Phase.CREATED,
            theme=theme,
            can_outlive=True,
        )
    print_faults(app)
    if number := _SIGNAL_OF.get(app.return_code or 0):
        signal.raise_signal(getattr(signal, number))


def _check_place() -> None:
    """Raise `ScreenError` where the app has no main thread for itself."""
    if runtime.current_thread() is not runtime.main_thread():
        raise ScreenError(NOT_MAIN)
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # there is none
        return
    raise ScreenError(IN_A_LOOP)


def show_code(
    launch: Callable[[Scenario], Control],
    scenario: Scenario,
    *,
    start: bool = False,
    theme: str | None = None,
    read_again: Callable[[], Scenario] | None = None,
    can_outlive: bool = False,
) -> PcsimApp:
    """Show runs of code from outside until the app is left; what they print comes after it.

    Args:
        launch: Makes the run.
        scenario: What it runs.
        start: Whether to start it at once.
        theme: `dark` or `light`; None leaves the choice to the terminal.
        read_again: Makes what is run next, and raises `ReadError`; None where there is one run.
        can_outlive: Whether a run may go on without the app.

    Returns:
        The app, which has ended.
    """
    from pcsim.tui.choice import OwnCode

    with output_kept() as streams:
        return show_runs(
            launch,
            scenario,
            (),
            theme=theme,
            start=start,
            read_again=read_again,
            own_code=OwnCode(read_again is not None, can_outlive, streams),
        )
