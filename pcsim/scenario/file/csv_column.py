"""Numbers from a column of a CSV file that lies beside the scenario, and nowhere else."""

from __future__ import annotations

import csv
import errno
import math
from io import StringIO
from pathlib import Path, PureWindowsPath

from pcsim.errors import ScenarioError, did_you_mean
from pcsim.text import safe
from pcsim.validation import MOST_VALUES

LARGEST_CSV = 16 * 1024 * 1024
"""Bytes of one file."""
MOST_READ = 4 * LARGEST_CSV
"""Bytes of all files that one scenario reads."""


class Columns:
    """Reads columns of the CSV files in a folder and below it, each once.

    All its errors are `ScenarioError`, about the field `csv`.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._read = 0
        self._known: dict[tuple[str, str], tuple[float, ...]] = {}
        self._lines: dict[tuple[str, str], list[int]] = {}

    def numbers(self, name: str, column: str) -> tuple[float, ...]:
        """Return the numbers of that column: finite, 0 or more, at least one."""
        if (name, column) not in self._known:
            text = self._text(self._path(name), name)
            numbers, self._lines[name, column] = _numbers(text, name, column)
            self._known[name, column] = numbers
        return self._known[name, column]

    def line(self, name: str, column: str, index: int) -> int:
        """Return the line of the number at that index of a column that has been read."""
        return self._lines[name, column][index]

    def _path(self, name: str) -> Path:
        """The file of that name. A path out of the folder is refused, whatever it leads to."""
        if self._folder is None:
            raise _unreadable(name, f"{_quoted(name)} has no folder: load the scenario as a file")
        windows = PureWindowsPath(name)
        leaves = name.startswith(("/", "~")) or bool(windows.anchor) or ".." in windows.parts
        if leaves or "$" in name or "%" in name or not name.isprintable():
            expected = "a file beside the scenario, such as 'times.csv'"
            raise ScenarioError(field="csv", value=name, expected=expected)
        folder = self._folder.resolve()
        try:
            path = (folder / name).resolve(strict=True)
            is_file = path.is_file()
        except FileNotFoundError:
            reason = f"there is no file {_quoted(name)} beside the scenario"
            raise _unreadable(name, reason) from None
        except (OSError, RuntimeError) as error:
            # A loop of links is a RuntimeError before Python 3.13.
            is_loop = getattr(error, "errno", errno.ELOOP) == errno.ELOOP
            why = "a link that leads to itself" if is_loop else getattr(error, "strerror", error)
            raise _unreadable(name, f"{_quoted(name)}: {why}") from None
        if not path.is_relative_to(folder):
            reason = f"{_quoted(name)} leads out of the scenario's folder: copy the file there"
            raise _unreadable(name, reason)
        if not is_file:
            raise ScenarioError(field="csv", value=name, expected="a file, no folder or device")
        return path

    def _text(self, path: Path, name: str) -> str:
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST_CSV + 1)
        except OSError as error:
            raise _unreadable(name, f"{_quoted(name)}: {error.strerror or error}") from None
        self._read += len(data)
        if len(data) > LARGEST_CSV or self._read > MOST_READ:
            each, together = LARGEST_CSV >> 20, MOST_READ >> 20
            limits = f"at most {each} MiB, {together} MiB together"
            raise _unreadable(name, f"{_quoted(name)} is too large: {limits}")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise _unreadable(name, f"line {line} of {_quoted(name)} is not UTF-8") from None


def _numbers(text: str, name: str, column: str) -> tuple[tuple[float, ...], list[int]]:
    """Return the numbers of the column, and the line of each."""
    rows = csv.reader(StringIO(text, newline=""))  # `splitlines` knows eight more line ends
    numbers: list[float] = []
    lines: list[int] = []
    try:
        place = _place(column, [head.strip() for head in next(rows, [])], name)
        for row in rows:
            if not row:
                continue
            if len(numbers) == MOST_VALUES:
                raise _unreadable(name, f"{_quoted(name)} has more than {MOST_VALUES:,} rows")
            numbers.append(_number(row[place] if place < len(row) else "", name, rows.line_num))
            lines.append(rows.line_num)
    except csv.Error as error:
        reason = f"line {rows.line_num} of {_quoted(name)}: {safe(str(error))}"
        raise _unreadable(name, reason) from None
    if not numbers:
        raise _unreadable(name, f"{_quoted(name)} has no number in column {_quoted(column)}")
    return tuple(numbers), lines


def _place(column: str, heads: list[str], name: str) -> int:
    if column not in heads:
        hint = did_you_mean(column, heads)
        raise _unreadable(name, f"{_quoted(name)} has no column {_quoted(column)}{hint}")
    if heads.count(column) > 1:
        raise _unreadable(name, f"{_quoted(name)} has more than one column {_quoted(column)}")
    return heads.index(column)


def _number(cell: str, name: str, line: int) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        reason = f"line {line} of {_quoted(name)} must have seconds, 0 or more, not {_quoted(cell)}"
        raise _unreadable(name, reason)
    return number


def _unreadable(name: str, reason: str) -> ScenarioError:
    return ScenarioError(f"cannot be read: {reason}", field="csv", value=name)


def _quoted(text: str) -> str:
    return safe(repr(text), 60)
