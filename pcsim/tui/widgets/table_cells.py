"""The cells of tables: what they are drawn for, and those that all tables have."""

from __future__ import annotations

from typing import NamedTuple

from pcsim.tui import cells
from pcsim.tui.glyphs import MARK
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import View

Cell = list[Piece]

NAME_MARK = 2
"""Cells for the mark after a name."""
_NOTHING = frozenset(("–", "0", "0 %", "0%", "0/s"))


class Spot(NamedTuple):
    """Where a cell is drawn, with which palette, and for which view."""

    line: int
    width: int
    palette: Palette
    view: View


def name_cell(shown: str, spot: Spot, *, is_named: bool) -> Cell:
    """Return a name; its mark, too, where that has room. Else it stands at the end."""
    room = spot.width - cells.width_of(shown)
    if room < NAME_MARK or not is_named:
        return [(cells.fit_name(shown, spot.width), spot.palette.text)]
    return [(shown, spot.palette.text), (cells.fit(f" {MARK}", room), spot.palette.accent)]


def number(text: str, spot: Spot) -> Piece:
    """Return a number at the right of its cell, dim where it is none or zero."""
    palette = spot.palette
    return cells.fit(text, spot.width, ">"), palette.dim if text in _NOTHING else palette.text
