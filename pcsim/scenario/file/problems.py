"""All that is wrong with a file, gathered until everything has been looked at."""

from __future__ import annotations

from pcsim.errors import Problem, ScenarioFileError
from pcsim.scenario.file.lines import Lines, Place
from pcsim.text import safe

MOST_TOLD = 100
"""So many problems of one file are told; whoever has more begins with those."""


class Problems:
    """Collects what is wrong with the text of a file, by line or by the place of a key."""

    def __init__(self, file: str, text: str = "") -> None:
        self.file = safe(file)
        self.text = text
        self._told: list[tuple[int | Place, str]] = []
        self._broken: set[Place] = set()

    def tell(self, where: int | Place, text: str) -> None:
        """Note it. Raises `ScenarioFileError` once there are more than anybody reads."""
        if len(self._told) == MOST_TOLD:
            self._told.append((where, f"more is wrong: these are the first {MOST_TOLD}"))
            raise self.error()
        self._told.append((where, safe(text, 400)))
        if not isinstance(where, int):
            self._broken.update(where[:length] for length in range(len(where) + 1))

    def is_wrong(self, place: Place) -> bool:
        """Whether something is wrong at that place or below it."""
        return place in self._broken

    def check(self) -> None:
        """Raises `ScenarioFileError` with all that was noted, if anything was."""
        if self._told:
            raise self.error()

    def error(self) -> ScenarioFileError:
        """All that was noted, by line."""
        lines: Lines | None = None
        problems: list[Problem] = []
        for where, text in self._told:
            if isinstance(where, int):
                problems.append(Problem(where, text))
            else:
                lines = lines or Lines(self.text)
                problems.append(Problem(lines.at(where), text))
        problems.sort(key=lambda problem: problem.line)
        return ScenarioFileError(self.file, tuple(dict.fromkeys(problems)))
