"""Numbers from a column of a CSV file that lies beside the scenario, and nowhere else."""

from __future__ import annotations

import csv
import errno
import math
from io import StringIO
from pathlib import Path, PureWindowsPath

from pcsim.errors import ScenarioError, close_match
from pcsim.text import safe

LARGEST_CSV = 16 * 1024 * 1024
"""Bytes of one file."""
MOST_READ = 4 * LARGEST_CSV
"""Bytes of all that one scenario reads."""
MOST_VALUES = 1_000_000


class Columns:
    """Reads columns of the CSV files in a folder and below it, each once. All errors are
    `ScenarioError`."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._read = 0
        self._known: dict[tuple[str, str], tuple[float, ...]] = {}

    def numbers(self, name: str, column: str) -> tuple[float, ...]:
        """The numbers of that column: finite, 0 or more, at least one of them."""
        if (name, column) not in self._known:
            text = self._text(self._path(name), name)
            self._known[name, column] = _numbers(text, name, column)
        return self._known[name, column]

    def _path(self, name: str) -> Path:
        """The file of that name. A way out of the folder is refused, whatever it leads to."""
        if self._folder is None:
            raise ScenarioError(f"csv {_quoted(name)} has no folder: load the scenario as a file")
        windows = PureWindowsPath(name)
        leaves = name.startswith(("/", "~")) or bool(windows.anchor) or ".." in windows.parts
        if leaves or "$" in name or "%" in name or not name.isprintable():
            raise ScenarioError(
                f"csv {_quoted(name)} must be a file beside the scenario, such as 'times.csv'"
            )
        folder = self._folder.resolve()
        try:
            path = (folder / name).resolve(strict=True)
            is_file = path.is_file()
        except FileNotFoundError:
            told = f"csv {_quoted(name)}: there is no such file beside the scenario"
            raise ScenarioError(told) from None
        except (OSError, RuntimeError) as error:
            # A loop of links is a RuntimeError before Python 3.13.
            is_loop = getattr(error, "errno", errno.ELOOP) == errno.ELOOP
            why = "a link that leads to itself" if is_loop else getattr(error, "strerror", error)
            raise ScenarioError(f"csv {_quoted(name)}: {why}") from None
        if not path.is_relative_to(folder):
            raise ScenarioError(
                f"csv {_quoted(name)} leads out of the scenario's folder: copy the file there"
            )
        if not is_file:
            raise ScenarioError(f"csv {_quoted(name)} must be a file, not a folder or device")
        return path

    def _text(self, path: Path, name: str) -> str:
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST_CSV + 1)
        except OSError as error:
            raise ScenarioError(f"csv {_quoted(name)}: {error.strerror or error}") from None
        self._read += len(data)
        if len(data) > LARGEST_CSV or self._read > MOST_READ:
            each, together = LARGEST_CSV >> 20, MOST_READ >> 20
            raise ScenarioError(
                f"csv {_quoted(name)} is too large: at most {each} MiB, {together} MiB together"
            )
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise ScenarioError(f"csv {_quoted(name)}: line {line} is not UTF-8") from None


def _numbers(text: str, name: str, column: str) -> tuple[float, ...]:
    rows = csv.reader(StringIO(text, newline=""))  # `splitlines` knows eight more line ends
    numbers: list[float] = []
    try:
        heads = [head.strip() for head in next(rows, [])]
        if column not in heads:
            match = close_match(column, heads)
            raise ScenarioError(f"csv {_quoted(name)} has no column {_quoted(column)}{match}")
        if heads.count(column) > 1:
            raise ScenarioError(f"csv {_quoted(name)} has more than one column {_quoted(column)}")
        place = heads.index(column)
        for row in rows:
            if not row:
                continue
            if len(numbers) == MOST_VALUES:
                raise ScenarioError(f"csv {_quoted(name)} has more than {MOST_VALUES:,} rows")
            numbers.append(_number(row[place] if place < len(row) else "", name, rows.line_num))
    except csv.Error as error:
        told = f"csv {_quoted(name)}: line {rows.line_num}: {safe(str(error))}"
        raise ScenarioError(told) from None
    if not numbers:
        raise ScenarioError(f"csv {_quoted(name)} has no number in column {_quoted(column)}")
    return tuple(numbers)


def _number(cell: str, name: str, line: int) -> float:
    try:
        number = float(cell)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise ScenarioError(
            f"csv {_quoted(name)}: line {line} must have seconds, 0 or more: {_quoted(cell)}"
        )
    return number


def _quoted(text: str) -> str:
    return safe(repr(text), 60)
