"""A scenario read from a TOML file, with everything that is wrong told at once, each with its
line.

    queues, producers, consumers   tables that map a name to the keys of its spec
    everything else                a key of `Scenario`

A file is text from outside: it is limited in size and depth, it names no code, and what it
reads lies in its own folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pcsim.errors import Problem
from pcsim.scenario import Scenario
from pcsim.scenario_file import layout, toml_text
from pcsim.scenario_file.csv_column import Columns
from pcsim.scenario_file.problems import Problems
from pcsim.scenario_file.toml_lines import Lines


class Checked(NamedTuple):
    """A scenario, and what is worth a second look in it, by line."""

    scenario: Scenario
    warnings: tuple[Problem, ...]


def load(path: Path) -> Scenario:
    """The scenario in that file, named after it. Raises `ScenarioFileError`, which tells all
    that is wrong with it, and OSError where it cannot be read."""
    return parse(_text(path), str(path), path.parent)


def parse(text: str, name: str, folder: Path | None = None) -> Scenario:
    """The scenario in the text of a file of that name; CSV files are looked for in the folder,
    or refused (None). Raises `ScenarioFileError`."""
    problems = Problems(name, text)
    tables = toml_text.read(problems)
    return layout.scenario(tables, Path(name).stem, problems, Columns(folder))


def check(path: Path) -> Checked:
    """`load`, with warnings."""
    from pcsim.forecast import forecast

    text = _text(path)
    scenario = parse(text, str(path), path.parent)
    told = forecast(scenario)
    lines = Lines(text.replace("\r\n", "\n")) if told else None
    warnings = (Problem(lines.at((w.kind, w.name)), w.text) for w in told if lines is not None)
    return Checked(scenario, tuple(sorted(warnings)))


def starter() -> str:
    """The text of a scenario to start from, with comments that explain it."""
    return Path(__file__).with_name("starter.toml").read_text("utf-8")


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(toml_text.LARGEST_FILE + 1)
    return toml_text.decoded(data, str(path))
