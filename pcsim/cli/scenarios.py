"""The scenario that a word on the command line means, and which of them cannot be run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pcsim.cli.scenario_files import STDIN, UsageError, is_path, read, read_stdin

if TYPE_CHECKING:
    from pcsim.scenario import Scenario


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
