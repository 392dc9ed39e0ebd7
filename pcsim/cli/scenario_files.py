"""What the command does with scenario files: read, check, start and describe them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pcsim.cli.streams import note, write_result
from pcsim.errors import ScenarioFileError
from pcsim.snapshot.exit_status import Exit
from pcsim.text import plural, safe

if TYPE_CHECKING:
    from pcsim.scenario import Scenario

STDIN = "-"
"""The name of a file that means stdin."""
Read = TypeVar("Read")


class UsageError(Exception):
    """A command that cannot be carried out: one line of text, and exit status 2."""


def is_path(word: str) -> bool:
    """Whether a word on the command line means a file, and no demo."""
    return "/" in word or os.sep in word or word.endswith(".toml")


def read(file: str, how: Callable[[Path], Read]) -> Read:
    """Read a file with the function `how`.

    Raises:
        UsageError: The file cannot be read.
        ScenarioFileError: Its text has mistakes.
    """
    try:
        return how(Path(file))
    except ScenarioFileError:
        raise
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read '{safe(file, 100)}': {cause(error)}") from None


def check_all(files: Sequence[str]) -> int:
    """Check each of the files, whatever is wrong with the others; the highest exit status."""
    status = Exit.DONE
    for file in files:
        try:
            check(file)
        except UsageError as error:
            note(f"pcsim: {error}\n")
            status = Exit.USAGE
        except ScenarioFileError as error:
            note(f"{error}\n")
            status = Exit.USAGE
    return status


def check(file: str) -> None:
    """Check a scenario file, and print what it consists of and what to look at.

    Raises:
        UsageError: The file cannot be read.
        ScenarioFileError: Its text has mistakes.
    """
    from pcsim.scenario.file import check as file_check

    name = "stdin" if file == STDIN else file
    if file == STDIN:
        checked = read(file, lambda _: file_check.check_text(read_stdin(), name, Path()))
    else:
        checked = read(file, file_check.check)
    for line, text in checked.warnings:
        note(f"{safe(name)}:{line}: warning: {text}\n")
    write_result(f"{safe(name)}: ok: {contents(checked.scenario)}\n")


def read_stdin() -> str:
    """Read the text of a scenario from stdin.

    Raises:
        OSError: There is no stdin.
        ValueError: It is no UTF-8, or too long.
    """
    from pcsim.scenario.file.decode import LARGEST_FILE, decoded

    if sys.stdin is None:
        raise OSError("there is no stdin")
    return decoded(sys.stdin.buffer.read(LARGEST_FILE + 1), "stdin")


def contents(scenario: Scenario) -> str:
    """The number of its parts: `2 producers, 1 queue, 3 consumers`, and stages if it has any."""
    stages = sum(spec.count for spec in scenario.consumers if spec.output is not None)
    consumers = sum(spec.count for spec in scenario.consumers) - stages
    parts = [
        plural(sum(spec.count for spec in scenario.producers), "producer"),
        plural(len(scenario.queues), "queue"),
        *([plural(stages, "stage")] if stages else []),
        plural(consumers, "consumer"),
    ]
    return ", ".join(parts)


def new(file: str | None) -> int:
    """Write a scenario to start from, to stdout or into a new file; the exit status.

    Raises:
        UsageError: The file exists, or cannot be written.
    """
    from pcsim.scenario.file import starter

    if file is None:
        write_result(starter())
        return Exit.DONE
    try:
        with Path(file).open("x", encoding="utf-8", newline="\n") as new_file:
            new_file.write(starter())
    except FileExistsError:
        raise UsageError(f"'{safe(file, 100)}' already exists") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot write '{safe(file, 100)}': {cause(error)}") from None
    note(f"{safe(file)} written; next: pcsim check {safe(file)}\n")
    return Exit.DONE


def schema() -> int:
    """Print the JSON Schema of a scenario file; the exit status."""
    from json import dumps

    from pcsim.scenario.file.schema import schema as scenario_schema

    write_result(dumps(scenario_schema(), indent=2) + "\n")
    return Exit.DONE


def cause(error: Exception) -> str:
    """Why a file could not be read or written, in words."""
    return str(getattr(error, "strerror", None) or error)
