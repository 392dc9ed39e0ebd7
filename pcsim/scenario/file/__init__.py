"""Read a scenario from a TOML file; all mistakes are reported at once, each with its line.

    queues, producers, consumers   tables that map a name to the keys of its spec
    everything else                a key of `Scenario`

A file is text from outside: it is limited in size and depth, it names no code, and what it
reads is in its own folder.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from pcsim.scenario.file import decode, tables
from pcsim.scenario.file.csv_column import Columns
from pcsim.scenario.file.problems import Problems

SomeScenario = TypeVar("SomeScenario", bound=Struct)
"""`pcsim.scenario.Scenario`, which knows this package and is handed to it."""


def load(path: Path, kind: type[SomeScenario]) -> SomeScenario:
    """Read the scenario in that file, which is named after it.

    Raises:
        ScenarioFileError: The file has mistakes; the error has all of them.
        OSError: The file cannot be read.
    """
    return parse(text_of(path), str(path), path.parent, kind)


def parse(text: str, name: str, folder: Path | None, kind: type[SomeScenario]) -> SomeScenario:
    """Read the scenario in the text of a file of that name.

    CSV files are read from the folder, or refused (None). Raises `ScenarioFileError`.
    """
    problems = Problems(name, text)
    read = decode.read(problems)
    return tables.scenario(read, Path(name).stem, problems, Columns(folder), kind)


def text_of(path: Path) -> str:
    """Return the text of a file. Raises `ScenarioFileError` if it is too large or no text."""
    with path.open("rb") as file:
        data = file.read(decode.LARGEST_FILE + 1)
    return decode.decoded(data, str(path))


def starter() -> str:
    """Return the text of a scenario to start from, with comments that explain it."""
    return resources.files(__name__).joinpath("starter.toml").read_text("utf-8")
