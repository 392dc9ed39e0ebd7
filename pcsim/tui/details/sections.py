"""Sections of lines, in frames that stand side by side where there is room. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from rich.style import Style

from pcsim.tui import cells
from pcsim.tui.styles import Palette, Piece

BESIDE = 100
"""Cells of a screen from which on two sections stand side by side."""
FRAME = 4
"""Cells of a frame and the margins in it."""

Named: TypeAlias = tuple[str, str | Style]
"""A text and its style, or the name of that."""
Pieces: TypeAlias = Sequence[Named]


class Kind(StrEnum):
    """What an entry leads to."""

    QUEUE = "queue"
    WORKER = "worker"
    ITEM = "item"


class Target(NamedTuple):
    """What an entry leads to, by its name or, of an item, by its number."""

    kind: Kind
    name: str


class Entry(NamedTuple):
    """One line, and what it leads to, if it can be chosen."""

    pieces: Pieces = ()
    target: Target | None = None


class Section(NamedTuple):
    """Lines under a title. Two that follow each other and are `is_half` stand side by side."""

    title: str
    entries: Sequence[Entry]
    note: str = ""
    """What follows the title."""
    is_half: bool = True


class Part(NamedTuple):
    """A part of a line of the screen: one of an entry, or of a frame."""

    pieces: Sequence[Piece]
    entry: int = -1
    """Which of the entries that can be chosen it is; -1 for none of them."""


class Layout(NamedTuple):
    """Lines of the screen, and the entries in them that can be chosen, from top to bottom."""

    lines: list[list[Part]]
    chosen: list[tuple[int, Entry]]
    """Each with its line."""


def inner_width(width: int, *, is_half: bool) -> int:
    """Return the cells of a line in a section, on a screen of some width.

    Args:
        width: The cells of the screen.
        is_half: Whether the section may stand beside another one.
    """
    return max((width // 2 if is_half and width >= BESIDE else width) - FRAME, 1)


def laid_out(sections: Sequence[Section], width: int, palette: Palette) -> Layout:
    """Return the sections as lines of exactly `width` cells."""
    found = Layout([], [])
    waiting = list(sections)
    while waiting:
        beside = [waiting.pop(0)]
        if width >= BESIDE and beside[0].is_half and waiting and waiting[0].is_half:
            beside.append(waiting.pop(0))
        height = max(len(section.entries) for section in beside)
        left = width // len(beside)
        widths = [left, width - left][: len(beside)] if len(beside) > 1 else [width]
        first = len(found.lines)
        boxes = [
            _box(section, room, height, palette, found.chosen, first)
            for section, room in zip(beside, widths, strict=True)
        ]
        found.lines.extend(
            [part for box in row for part in box] for row in zip(*boxes, strict=True)
        )
    return found


def _box(
    section: Section,
    width: int,
    height: int,
    palette: Palette,
    chosen: list[tuple[int, Entry]],
    first: int,
) -> list[list[Part]]:
    frame, room = palette.frame, max(width - FRAME, 1)
    title = cells.fit(section.title, min(cells.width_of(section.title), room - 2))
    note = f"  {section.note}" if section.note else ""
    note = cells.fit(note, max(min(cells.width_of(note), room - 2 - cells.width_of(title)), 0))
    rest = max(width - 5 - cells.width_of(title) - cells.width_of(note), 0)
    corner = " " + "─" * rest + "╮"
    top: list[Piece] = [
        ("╭─ ", frame), (title, palette.strong), (note, palette.dim), (corner, frame),
    ]  # fmt: skip
    lines = [[Part(cells.clip(top, width, frame))]]
    for place in range(height):
        entry = section.entries[place] if place < len(section.entries) else Entry()
        number = -1
        if entry.target is not None:
            number = len(chosen)
            chosen.append((first + 1 + place, entry))
        text = [(text, style if isinstance(style, Style) else palette.named(style))
                for text, style in entry.pieces]  # fmt: skip
        lines.append(
            [
                Part([("│", frame)]),
                Part(cells.clip(text, room, palette.text), number),
                Part([(" │", frame)]),
            ]
        )
    lines.append([Part([("╰" + "─" * (width - 2) + "╯", frame)])])
    return lines


def plain(pieces: Pieces) -> str:
    """Return the text of an entry, as it is copied."""
    return "".join(text for text, _ in pieces).rstrip()
