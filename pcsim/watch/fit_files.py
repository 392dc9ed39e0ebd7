"""A fitted scenario as files: a TOML file, and beside it a CSV file for each list of times."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec.structs import replace

from pcsim.distributions import Empirical, Instants, Time
from pcsim.errors import PcsimError
from pcsim.scenario import Scenario
from pcsim.scenario.file.writing import text_of_scenario
from pcsim.text import safe


class WriteError(PcsimError, OSError):
    """A file that is there already, or that cannot be written."""


def write(scenario: Scenario, path: Path) -> tuple[Path, ...]:
    """Write a scenario, and the times that it has.

    Args:
        scenario: The scenario.
        path: The TOML file. CSV files are put beside it, named after it and their workers.

    Returns:
        All files that were written, the TOML file first.

    Raises:
        WriteError: A file is there already, or cannot be written; then there is none of them.
    """
    columns: dict[str, tuple[str, tuple[float, ...]]] = {}

    def moved(worker: str, what: str, time: Time) -> Time:
        """The time with its numbers in a file."""
        if isinstance(time, Empirical):
            numbers = time.values
        else:
            numbers = time.at if isinstance(time, Instants) else None
        if numbers is None or not isinstance(time, Empirical | Instants):
            return time
        file = _unused(f"{path.stem}-{_plain(worker)}", columns)
        columns[file] = what, numbers
        parameter = {time.parameter: None}
        return replace(time, csv=file, column=what, **parameter)

    described = replace(
        scenario,
        producers=tuple(
            replace(each, interval=moved(each.name, _head(each.interval), each.interval))
            for each in scenario.producers
        ),
        consumers=tuple(
            replace(each, service_time=moved(each.name, "service time", each.service_time))
            for each in scenario.consumers
        ),
    )
    texts = {path: text_of_scenario(described)}
    for file, (head, numbers) in columns.items():
        texts[path.parent / file] = "\n".join((head, *map(repr, numbers), ""))
    _write_all(texts)
    return tuple(texts)


def _head(interval: Time) -> str:
    return "arrival" if isinstance(interval, Instants) else "interval"


def _plain(name: str) -> str:
    """A name as a part of that of a file."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()[:40] or "worker"


def _unused(base: str, taken: dict[str, tuple[str, tuple[float, ...]]]) -> str:
    file, number = f"{base}.csv", 1
    while file in taken:
        number += 1
        file = f"{base}-{number}.csv"
    return file


def _write_all(texts: dict[Path, str]) -> None:
    written: list[Path] = []
    try:
        for path, text in texts.items():
            with path.open("x", encoding="utf-8", newline="\n") as file:
                written.append(path)
                file.write(text)
    except OSError as error:
        for path in written:
            path.unlink(missing_ok=True)
        where = safe(str(error.filename or path), 400)
        problem = "is there already" if isinstance(error, FileExistsError) else error.strerror
        raise WriteError(f"{where}: {problem}") from None
