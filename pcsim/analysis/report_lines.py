"""Lines of a report with the role of each, from which plain text and the app's view are made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple


class LineRole(StrEnum):
    """What a line of a report is."""

    TITLE = "title"
    """What ran, and how it ended."""
    TEXT = "text"
    """Part of a paragraph."""
    HEADING = "heading"
    """The head of a table, or of a part of one."""
    ROW = "row"
    """A row of a table."""
    WARNING = "warning"
    """Part of a warning."""
    ADVICE = "advice"
    """Part of what to try next."""
    BLANK = "blank"
    """An empty line between two sections."""


class Line(NamedTuple):
    """One line of a report, without its newline."""

    text: str
    role: LineRole = LineRole.TEXT


BLANK = Line("", LineRole.BLANK)


def with_role(role: LineRole, texts: Iterable[str]) -> list[Line]:
    """The texts as lines of one role."""
    return [Line(text, role) for text in texts]


def joined(sections: Iterable[Sequence[Line]]) -> list[Line]:
    """The lines of all sections that have any, with a blank line between two."""
    lines: list[Line] = []
    for section in sections:
        if section:
            lines += [BLANK, *section] if lines else section
    return lines


def as_text(lines: Iterable[Line]) -> str:
    """The lines as plain text, with a newline after each."""
    return "".join(f"{line.text}\n" for line in lines)
