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
    text = text_of(path)
    scenario = Scenario.parse(text, str(path), path.parent)
    cautions = forecast(scenario)
    if not cautions:
        return Checked(scenario, ())
    lines = Lines(text.replace("\r\n", "\n"))
    warnings = (Problem(lines.at((one.kind, one.name)), one.text) for one in cautions)
    return Checked(scenario, tuple(sorted(warnings)))
