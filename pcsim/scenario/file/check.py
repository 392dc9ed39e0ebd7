"""A scenario file looked at before it is run: what is wrong, and what is worth a second look."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pcsim.errors import Problem
from pcsim.scenario import Scenario
from pcsim.scenario.file import text_of
from pcsim.scenario.file.lines import Lines
from pcsim.scenario.forecast import forecast


class Checked(NamedTuple):
    """A scenario, and what is worth a second look in it, by line."""

    scenario: Scenario
    warnings: tuple[Problem, ...]


def check(path: Path) -> Checked:
    """`Scenario.load`, with warnings."""
    text = text_of(path)
    scenario = Scenario.parse(text, str(path), path.parent)
    told = forecast(scenario)
    lines = Lines(text.replace("\r\n", "\n")) if told else None
    warnings = (Problem(lines.at((w.kind, w.name)), w.text) for w in told if lines is not None)
    return Checked(scenario, tuple(sorted(warnings)))
