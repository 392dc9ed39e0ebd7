"""Opens the app, and reports the last run once it has been left. Only the app loads Textual."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pcsim.errors import ScreenError
from pcsim.launch.fits import advising_about_programs, advising_about_recordings
from pcsim.launch.keeping import comparisons, keep
from pcsim.launch.runs import (
    Wrap,
    advisor_of,
    diagnosis_of_control,
    launcher,
    limit_of,
    result_of_control,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pcsim.analysis.grid import Grid
    from pcsim.experiments.branching import Course
    from pcsim.lessons import Lesson
    from pcsim.recording.reader import Reader
    from pcsim.recording.results import Results
    from pcsim.scenario import Scenario
    from pcsim.snapshot.control import Control, Rewindable, Watchable
    from pcsim.tui.app import PcsimApp
    from pcsim.tui.base import BaseApp
    from pcsim.tui.exhibits import Exhibit
    from pcsim.tui.picker.entries import Picked

    ToList = Callable[[], None] | None

NO_TERMINAL = "the app needs a terminal; without one, try: pcsim --demo 1"
LAST_WAIT = 2.0
"""Seconds that a run which outlived its app may take to end before it is reported."""


def has_terminal() -> bool:
    """Whether there is a terminal for the app."""
    needed = (sys.stdin, sys.stdout, sys.stderr)  # Textual draws on stderr
    return all(stream is not None and stream.isatty() for stream in needed)


def check_terminal(message: str = NO_TERMINAL) -> None:
    """Check that there is a terminal for the app.

    Args:
        message: That of the error.

    Raises:
        ScreenError: There is none.
    """
    if not has_terminal():
        raise ScreenError(message)


def show_runs(
    launch: Callable[[Scenario], Control],
    scenario: Scenario,
    catalogue: Sequence[Scenario],
    *,
    start: bool = False,
    theme: str | None = None,
    to_list: ToList = None,
    **options: Any,
) -> PcsimApp:
    """Show runs in the app until it is left.

    Args:
        launch: Makes a fresh run of a scenario.
        scenario: The first that it shows.
        catalogue: The scenarios that the palette offers.
        start: Whether to start the first run at once.
        theme: `dark` or `light`; None leaves the choice to `TEXTUAL_THEME`, and then to the
            terminal, which is asked for its background.
        to_list: Called where the app was left for the list that it was opened from.
        options: Further arguments of `pcsim.tui.exhibits.Runs`.

    Returns:
        The app, which has ended.
    """
    gc.disable()  # nearly all that is made up to the first frame stays; the app enables it then
    from pcsim.experiments.background import InBackground
    from pcsim.launch.branching import branches_of
    from pcsim.tui.exhibits import Runs

    simulations, on_threads = InBackground(), InBackground()
    find_limit = partial(limit_of, simulations)
    advise = partial(advisor_of, simulations, on_threads)
    try:
        runs = Runs(
            launch, scenario, catalogue, result_of_control, find_limit, keep=keep,
            branches_of=branches_of, compares=comparisons, advisor_of=advise,
            **options,
        )  # fmt: skip
        return _show(runs, theme, start=start, to_list=to_list)
    finally:
        simulations.close()
        on_threads.close()


def show_program(
    program: Watchable,
    *,
    attach: Callable[[], Watchable] | None = None,
    theme: str | None = None,
    to_list: ToList = None,
) -> int:
    """Show a program that is watched until the app is left; nothing is done to it.

    Args:
        program: The program.
        attach: Starts pcsim's agent in it, and returns it as it is watched from then on; raises
            `PcsimError`. None where it is watched from within.
        theme: `dark` or `light`; None leaves the choice to the terminal.
        to_list: Called where the app was left for the list that it was opened from.

    Returns:
        The exit status.
    """
    gc.disable()
    from pcsim.snapshot.exit_status import Exit
    from pcsim.tui.exhibits import Watched
    from pcsim.tui.saving import is_read_only

    attach = None if is_read_only() else attach
    with advising_about_programs() as advises:
        shown = Watched(program, attach, keep, comparisons, advises)
        app = _show(shown, theme, to_list=to_list)
    if app.return_code != Exit.HANGUP and print_faults(app):
        return app.return_code or Exit.FAILED
    return app.return_code or Exit.DONE


def show_recording(
    past: Rewindable,
    scenario: Scenario | None,
    *,
    path: Path,
    course: Callable[[], Course] | None = None,
    theme: str | None = None,
    to_list: ToList = None,
) -> int:
    """Replay a recording in the app until that is left.

    Args:
        past: The recording.
        scenario: What was run; None for a program that was watched.
        path: Its file.
        course: Returns what makes the run what it is; None where it cannot branch.
        theme: `dark` or `light`; None leaves the choice to the terminal.
        to_list: Called where the app was left for the list that it was opened from.

    Returns:
        The exit status.
    """
    gc.disable()
    from pcsim.launch.branching import Branches
    from pcsim.snapshot.exit_status import Exit
    from pcsim.tui.exhibits import Recorded

    branches = None if course is None else Branches(course)
    with advising_about_recordings(path, scenario) as advises:
        shown = Recorded(past, scenario, branches, partial(comparisons, path=path), advises)
        app = _show(shown, theme, to_list=to_list)
    if app.return_code != Exit.HANGUP and print_faults(app):
        return app.return_code or Exit.FAILED
    return app.return_code or Exit.DONE


def show_difference(
    a: Reader | Results, b: Reader | Results, names: tuple[str, str], *, theme: str | None = None
) -> int:
    """Show what differs between two runs until that is left.

    Args:
        a: The first.
        b: The second.
        names: What both are called.
        theme: `dark` or `light`; None leaves the choice to the terminal.

    Returns:
        The exit status.

    Raises:
        ScreenError: There is no terminal.
        RecordingError: One is damaged.
    """
    check_terminal("--tui needs a terminal; leave it out for text, or take --json")
    gc.disable()
    from pcsim.launch.comparing import difference
    from pcsim.snapshot.exit_status import Exit
    from pcsim.tui.diff.app import DiffApp

    app = DiffApp(difference(a, b, names), theme=_chosen(theme))
    app.run()
    return Exit.FAILED if print_faults(app) else app.return_code or Exit.DONE


def show_grid(grid: Grid, *, theme: str | None = None) -> int:
    """Show sizes as a heat map until that is left; then run the one that was chosen, if any.

    Args:
        grid: The sizes.
        theme: `dark` or `light`; None leaves the choice to the terminal.

    Returns:
        The exit status.

    Raises:
        ScreenError: There is no terminal.
    """
    check_terminal("--tui needs a terminal; leave it out for text, or take --json")
    gc.disable()
    from pcsim.snapshot.exit_status import Exit
    from pcsim.tui.heat_app import HeatApp

    app = HeatApp(grid, theme=_chosen(theme))
    chosen = app.run()
    if print_faults(app):
        return Exit.FAILED
    if chosen is None:
        return app.return_code or Exit.DONE
    return run_app(chosen, "virtual", theme=theme)


def _show(
    exhibit: Exhibit, theme: str | None, *, start: bool = False, to_list: ToList = None
) -> PcsimApp:
    from pcsim.tui.app import PcsimApp

    exhibit.choice.from_list = to_list is not None
    app = PcsimApp(exhibit, autostart=start, theme=_chosen(theme))
    app.run()
    if to_list is not None and goes_to_list(app):
        to_list()
    return app


def goes_to_list(app: PcsimApp) -> bool:
    """Whether an app was left for the list that it was opened from, and for no other reason."""
    return app.quitting.goes_to_list and not app.return_code


def _chosen(theme: str | None) -> str | None:
    from pcsim.tui import terminal_background

    return theme or os.environ.get("TEXTUAL_THEME") or terminal_background.theme()


def picked(theme: str | None = None, before: Picked | None = None) -> tuple[Picked | None, int]:
    """Show what there is to open until something is picked; what it is, None for nothing, and the
    exit status.

    Args:
        theme: `dark` or `light`; None leaves the choice to the terminal.
        before: What was picked before: the cursor is on it at first.
    """
    gc.disable()
    from pcsim.launch.lessons_done import lessons_done
    from pcsim.launch.offer import Offer
    from pcsim.tui.picker.app import PickerApp

    entry = None if before is None else before.entry
    app = PickerApp(Offer(Path(), lessons_done()), theme=_chosen(theme), chosen=entry)
    chosen = app.run()
    status = 1 if print_faults(app) else 0
    return chosen, app.return_code or status


def report(app: PcsimApp) -> int:
    """Report the last run of an app that has been left; the exit status.

    Args:
        app: The app.
    """
    from pcsim.headless.output import Output
    from pcsim.headless.run import write_report
    from pcsim.snapshot import Phase
    from pcsim.snapshot.exit_status import Exit

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
    if print_faults(app):
        return app.return_code or Exit.FAILED
    return app.return_code or 0


def print_faults(app: BaseApp[Any]) -> bool:
    """Print the errors inside the app to stderr; whether there were any."""
    from pcsim.headless.output import Output

    if app.faults.text:
        Output(sys.stderr).write(f"pcsim: errors inside the app:\n{app.faults.text}")
    return bool(app.faults.text)


def run_app(
    scenario: Scenario,
    engine: str = "threads",
    speed: float | None = 1.0,
    *,
    start: bool = False,
    theme: str | None = None,
    read_again: Callable[[], Scenario] | None = None,
    lesson: Lesson | None = None,
    wrap: Wrap = lambda launch: launch,
    to_list: ToList = None,
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
        lesson: The lesson that the scenario is, if it is one: its question comes first.
        wrap: Makes, of what makes runs, what is used in its place: one that records them.
        to_list: Called where the app was left for the list that it was opened from: then the run
            is not reported.

    Returns:
        The exit status.

    Raises:
        ScreenError: There is no terminal.
    """
    check_terminal()
    from pcsim.scenario.demos import DEMOS

    app = show_runs(
        wrap(launcher(engine, speed)),
        scenario,
        DEMOS,
        theme=theme,
        read_again=read_again,
        start=start,
        to_list=to_list,
        lesson=lesson,
    )
    if lesson is not None and app.teaching.is_answered_right:
        from pcsim.launch.lessons_done import keep_done

        keep_done(lesson.demo)
    if goes_to_list(app):
        return int(print_faults(app))
    return report(app)
