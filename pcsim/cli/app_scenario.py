"""The scenario that the app is opened on, and how its file is read again while the app is open."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypedDict

from pcsim.cli.run import adjusted_for_app
from pcsim.cli.run_options import RunOptions
from pcsim.cli.scenario_files import STDIN, UsageError, is_path
from pcsim.cli.scenarios import find, refuse_for_app
from pcsim.errors import ScenarioFileError

if TYPE_CHECKING:
    from pcsim.scenario import Scenario


class OfFile(TypedDict, total=False):
    """What the app needs to know of a file."""

    read_again: Callable[[], Scenario]
    """Reads it as it is now, and raises `ReadError`."""


KEYS_FROM_STDIN = "the app reads its keys from stdin: give it the scenario as a file"


def open_scenario(key: str, options: RunOptions) -> tuple[Scenario, OfFile]:
    """Find a scenario for the app, and for a file what reads it again.

    Args:
        key: The number or name of a demo, the path of a file, or `-` for stdin.
        options: What changes the scenario.

    Raises:
        UsageError: There is no such scenario, or its run would make no sense.
        ScenarioFileError: The file has mistakes.
    """
    if key == STDIN:
        with_terminal = _terminal_for_stdin()
        scenario = _fit_for_app(key, options)
        with_terminal()
        return scenario, {"read_again": lambda: scenario}  # what has been read cannot be read again
    scenario = _fit_for_app(key, options)
    if not is_path(key):
        return scenario, {}
    return scenario, {"read_again": lambda: _read_again(key, options)}


def _fit_for_app(key: str, options: RunOptions) -> Scenario:
    scenario = adjusted_for_app(find(key), options)
    refuse_for_app(scenario, options.engine)
    return scenario


def _read_again(key: str, options: RunOptions) -> Scenario:
    from pcsim.tui.choice import ReadError

    try:
        return _fit_for_app(key, options)
    except UsageError as error:
        raise ReadError(str(error)) from None
    except ScenarioFileError as error:
        first, *more = str(error).splitlines()
        raise ReadError(f"{first} (and {len(more)} more)" if more else first) from None


def _terminal_for_stdin() -> Callable[[], None]:
    """Return a function that makes the terminal stdin, for the app's keys.

    Raises:
        UsageError: There is none, or the scenario would be typed at it.
    """
    streams = (sys.stdout, sys.stderr)
    if sys.stdin is None or sys.stdin.isatty() or not all(s and s.isatty() for s in streams):
        raise UsageError(KEYS_FROM_STDIN)
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise UsageError(KEYS_FROM_STDIN) from None

    def replace_stdin() -> None:
        os.dup2(terminal, sys.stdin.fileno())
        os.close(terminal)

    return replace_stdin
