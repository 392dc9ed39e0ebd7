"""What the command does with scenario files: find, check, begin and describe them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pcsim.errors import ScenarioFileError
from pcsim.snapshot.exit_status import Exit
from pcsim.text import plural, safe

if TYPE_CHECKING:
    from pcsim.scenario import Scenario

Read = TypeVar("Read")


class UsageError(Exception):
    """What was asked for cannot be done; the message is one line, the exit status 2."""


def is_path(word: str) -> bool:
    """Whether a word on the command line means a file, and no demo."""
    return "/" in word or os.sep in word or word.endswith(".toml")


def read(file: str, how: Callable[[Path], Read]) -> Read:
    """What a file is read as. Raises `UsageError` where it cannot be read, and what is wrong
    with its text as `ScenarioFileError`."""
    try:
        return how(Path(file))
    except ScenarioFileError:
        raise
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read '{safe(file, 100)}': {_why(error)}") from None


def check(file: str) -> int:
    """Say whether the file holds together, and what is worth a second look; the exit status."""
    from pcsim.scenario.file.check import check as checked

    scenario, warnings = read(file, checked)
    for line, text in warnings:
        _note(f"{safe(file)}:{line}: warning: {text}\n")
    _print(f"{safe(file)}: ok: {contents(scenario)}\n")
    return Exit.DONE


def contents(scenario: Scenario) -> str:
    """`2 producers, 1 queue, 3 consumers`; stages are told where there are any."""
    stages = sum(spec.count for spec in scenario.consumers if spec.output is not None)
    consumers = sum(spec.count for spec in scenario.consumers) - stages
    told = [
        plural(sum(spec.count for spec in scenario.producers), "producer"),
        plural(len(scenario.queues), "queue"),
        *([plural(stages, "stage")] if stages else []),
        plural(consumers, "consumer"),
    ]
    return ", ".join(told)


def new(file: str | None) -> int:
    """Write a scenario to start from, to stdout or into a file that is not there yet; the exit
    status. Raises `UsageError` where it cannot be written."""
    from pcsim.scenario.file import starter

    if file is None:
        _print(starter())
        return Exit.DONE
    try:
        with Path(file).open("x", encoding="utf-8", newline="\n") as begun:
            begun.write(starter())
    except FileExistsError:
        told = f"'{safe(file, 100)}' is there already: choose another name"
        raise UsageError(told) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot write '{safe(file, 100)}': {_why(error)}") from None
    _note(f"{safe(file)} written; next: pcsim check {safe(file)}\n")
    return Exit.DONE


def schema() -> int:
    """Print the JSON Schema of a scenario file; the exit status."""
    from json import dumps

    from pcsim.scenario.file.schema import schema as made

    _print(dumps(made(), indent=2) + "\n")
    return Exit.DONE


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def _print(text: str) -> None:
    """Write a result; a failure is an OSError, but for a stdout that was never there."""
    from pcsim.headless.output import Output

    out = Output(sys.stdout)
    out.write(text)
    if out.error is not None and sys.stdout is not None:
        raise out.error


def _note(text: str) -> None:
    from pcsim.headless.output import Output

    Output(sys.stderr).write(text)
