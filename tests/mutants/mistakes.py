"""Plausible mistakes as data: what is to be replaced by what, and which tests must notice it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path(__file__).parent
INTERLEAVINGS = "tests/interleavings/"


class Mutant(NamedTuple):
    """One mistake: in a file, a text that occurs once is replaced by another."""

    name: str
    """What the mistake is."""
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    """What is to notice it: arguments of pytest."""

    @property
    def path(self) -> Path:
        """Of the file."""
        return ROOT / self.file

    @property
    def needs_interleavings(self) -> bool:
        """Whether only tests that explore interleavings notice it."""
        return all(test.startswith(INTERLEAVINGS) for test in self.tests)

    def text(self) -> str:
        """The file's text with the mistake in it.

        Raises:
            ValueError: The text that is to be replaced does not occur once.
        """
        source = self.path.read_text("utf-8")
        if source.count(self.old) != 1:
            raise ValueError(
                f"{self.name}: {self.file} has {source.count(self.old)} of {self.old!r}"
            )
        return source.replace(self.old, self.new)


def mutants() -> list[Mutant]:
    """All of them, by the files that they stand in."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        table = tomllib.loads(path.read_text("utf-8"))
        for one in table["mutant"]:
            tests = one.get("tests", table.get("tests"))
            file = one.get("file", table.get("file"))
            found.append(Mutant(one["name"], file, one["old"], one["new"], tuple(tests)))
    return found
