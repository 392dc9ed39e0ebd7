"""All mistakes in a file, collected until the whole file has been checked."""

from __future__ import annotations

from pcsim.errors import Problem, ScenarioFileError
from pcsim.scenario.file.lines import Lines, Place
from pcsim.text import safe

MOST_REPORTED = 100
"""The number of problems of one file that are reported: more than anybody reads at once."""


class Problems:
    """Collects the mistakes in the text of a file, by line or by the place of a key."""

    def __init__(self, file: str, text: str = "") -> None:
        self.file = safe(file)
        self.text = text
        self._reported: list[tuple[int | Place, str]] = []
        self._wrong_places: set[Place] = set()

    def report(self, where: int | Place, text: str) -> None:
        """Note a problem. Raises `ScenarioFileError` once there are too many."""
        if len(self._reported) == MOST_REPORTED:
            self._reported.append((where, f"more is wrong: these are the first {MOST_REPORTED}"))
            raise self.error()
        self._reported.append((where, safe(text, 400)))
        if not isinstance(where, int):
            self._wrong_places.update(where[:length] for length in range(len(where) + 1))

    def is_wrong(self, place: Place) -> bool:
        """Return whether a problem was reported at that place or below it."""
        return place in self._wrong_places

    def check(self) -> None:
        """Raise `ScenarioFileError` with all problems, if there are any."""
        if self._reported:
            raise self.error()

    def error(self) -> ScenarioFileError:
        """Return the error with all problems, by line."""
        lines: Lines | None = None
        problems: list[Problem] = []
        for where, text in self._reported:
            if isinstance(where, int):
                problems.append(Problem(where, text))
            else:
                lines = lines or Lines(self.text)
                problems.append(Problem(lines.at(where), text))
        problems.sort(key=lambda problem: problem.line)
        return ScenarioFileError(self.file, tuple(dict.fromkeys(problems)))
