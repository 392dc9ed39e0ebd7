"""Check a scenario file before it is run: its mistakes, and warnings about it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pcsim.errors import Problem
from pcsim.scenario import Scenario
from pcsim.scenario.file import text_of
from pcsim.scenario.file.lines import Lines
from pcsim.scenario.forecast import forecast


class Checked(NamedTuple):
    """A scenario, and the warnings about it, by line."""

    scenario: Scenario
    warnings: tuple[Problem, ...]


def check(path: Path) -> Checked:
    """Load the scenario and return it with the warnings.

    Raises:
        ScenarioFileError: The file has mistakes.
        OSError: The file cannot be read.
    """
    return check_text(text_of(path), str(path), path.parent)


def check_text(text: str, name: str, folder: Path) -> Checked:
    """Parse the text of a scenario file and return the scenario with the warnings.

    Args:
        text: The text.
        name: The name of the file, for the errors.
        folder: Where the CSV files are that it names.

    Raises:
        ScenarioFileError: The text has mistakes.
    """
    scenario = Scenario.parse(text, name, folder)
    cautions = forecast(scenario)
    if not cautions:
        return Checked(scenario, ())
    lines = Lines(text.replace("\r\n", "\n"))
    warnings = (Problem(lines.at((one.kind, one.name)), one.text) for one in cautions)
    return Checked(scenario, tuple(sorted(warnings)))
