"""A grid of sizes as lines: numbers, shades of how far each is from the goals, and the frontier."""

from __future__ import annotations

import math
from typing import NamedTuple

from pcsim.analysis.advice import UNITS, Measure
from pcsim.analysis.grid import Cell, Goal, Grid, Place, value_text
from pcsim.text import quantity, safe
from pcsim.tui import cells
from pcsim.tui.widgets.text_view import Marked

FAR, FARTHER = 3.0, 20.0
"""By how many times a value is beyond a goal, from which its shade is a darker one."""
LEAST_WIDTH, MOST_WIDTH = 7, 13
LEGEND = "▓ 20x beyond   ▒ 3x   ░ beyond   blank: holds"


class Shape(NamedTuple):
    """How a grid is drawn.

    Attributes:
        grid: The grid.
        measure: The measure whose numbers are shown.
        goals: The goals.
        label: The cells before the first column.
        width: The cells of a column.
        shaded: Whether each row has a line of shades below it.
    """

    grid: Grid
    measure: Measure
    goals: tuple[Goal, ...]
    label: int
    width: int
    shaded: bool

    @property
    def lines_of_a_row(self) -> int:
        """The lines of each row of the grid."""
        return 2 if self.shaded else 1


def shape_of(
    grid: Grid, place: int, goals: tuple[Goal, ...], width: int, height: int
) -> Shape | None:
    """Return how a grid is drawn; None where nothing is known of it.

    Args:
        grid: The grid.
        place: The place of the measure that is shown.
        goals: The goals.
        width: The cells that there are.
        height: The lines that there are.
    """
    if not grid.measures or not grid.size:
        return None
    names = [value_text(one) for one in grid.rows] if grid.row_path else [""]
    head = safe(grid.row_path.split(".")[-2] if "." in grid.row_path else grid.row_path, 16)
    label = max(max(map(cells.width_of, names)), cells.width_of(head)) + 2
    room = (width - label - 1) // max(len(grid.columns), 1)
    column = max(LEAST_WIDTH, min(room, MOST_WIDTH))
    return Shape(
        grid, grid.measures[place % len(grid.measures)], goals, label, column,
        height >= 2 * len(grid.rows) + 2,
    )  # fmt: skip


def heading(shape: Shape) -> list[Marked]:
    """Return the line with the values of the columns."""
    head = shape.grid.row_path.split(".")[-2:]
    name = safe(head[0], 16) if shape.grid.row_path else ""
    pieces: list[Marked] = [(cells.fit(f" {name}", shape.label), "dim")]
    columns = (cells.fit(value_text(value), shape.width - 2, ">") for value in shape.grid.columns)
    return [*pieces, *((f"{text}  ", "strong") for text in columns)]


def numbers(shape: Shape, row: int, cursor: Place | None) -> list[Marked]:
    """Return the numbers of a row.

    Args:
        shape: How it is drawn.
        row: The row.
        cursor: Where the cursor is; None where it is not seen.
    """
    grid = shape.grid
    best = grid.cheapest(shape.goals)
    label = value_text(grid.rows[row]) if grid.row_path else ""
    pieces: list[Marked] = [(cells.fit(label, shape.label - 1, ">") + " ", "strong")]
    for column in range(len(grid.columns)):
        cell = grid.at((row, column))
        mark = _mark(cell, shape, is_best=best == (row, column))
        text = number_text(cell, shape.measure)
        chosen = "▸" if cursor == (row, column) else " "
        body = cells.fit(f"{chosen}{text}", shape.width - 2, ">")
        style = "accent" if cursor == (row, column) else style_of(cell, shape.goals)
        edge = "┃" if _is_edge(shape, row, column) else " "
        pieces += [(body, style), (mark, "key" if mark == "★" else style), (edge, "accent")]
    return pieces


def shades(shape: Shape, row: int) -> list[Marked]:
    """Return the line below the numbers of a row: how far each size is from the goals, and the
    frontier to the row below."""
    grid = shape.grid
    pieces: list[Marked] = [(" " * shape.label, "text")]
    for column in range(len(grid.columns)):
        cell = grid.at((row, column))
        holds = cell.meets(shape.goals)
        below = grid.at((row + 1, column)) if row + 1 < len(grid.rows) else None
        is_floor = bool(shape.goals) and below is not None and bool(below.values)
        if (
            is_floor
            and bool(cell.values)
            and below is not None
            and (below.meets(shape.goals) != holds)
        ):
            pieces.append(("━" * (shape.width - 1), "accent"))
        else:
            shade = shade_of(cell, shape)
            pieces.append((f" {shade * (shape.width - 3)} ", style_of(cell, shape.goals)))
        pieces.append(("┃" if _is_edge(shape, row, column) else " ", "accent"))
    return pieces


def number_text(cell: Cell, measure: Measure) -> str:
    """Return a value in few digits, without its unit."""
    value = cell.mean(measure.name)
    if math.isnan(value):
        return "–" if cell.note else "" if not cell.values else "–"
    number = quantity(value, measure.unit).rstrip(UNITS)
    if measure.unit == "s":
        return f"{value:.3g}"
    if measure.unit == "share":
        share = 100 * value
        return "<.001" if 0 < share < 0.001 else f"{share:.3g}"
    return number


def unit_of(measure: Measure) -> str:
    """Return the unit of the numbers, as it stands in the title."""
    return {"share": "%", "s": "s", "1/s": "a second"}.get(measure.unit, "items")


def style_of(cell: Cell, goals: tuple[Goal, ...]) -> str:
    """Return the style of a size: it holds, it does not, or that is not known."""
    if not cell.values:
        return "dim"
    if not goals:
        return "text"
    if not cell.is_sure(goals):
        return "high"
    return "running" if cell.meets(goals) else "blocked"


def shade_of(cell: Cell, shape: Shape) -> str:
    """Return the shade of a size: how far it is beyond its goals; without goals, how much of the
    largest value it has."""
    if not cell.values:
        return " "
    beyond = [_beyond(one, cell.mean(one.measure.name)) for one in shape.goals]
    if shape.goals:
        worst = max(beyond)
        if worst <= 1:
            return " "
        return "▓" if worst > FARTHER else "▒" if worst > FAR else "░"
    name = shape.measure.name
    known = [one.mean(name) for row in shape.grid.cells for one in row if one.values]
    known = [one for one in known if not math.isnan(one)]
    low, high = min(known, default=0.0), max(known, default=0.0)
    value = cell.mean(name)
    if math.isnan(value) or high <= low:
        return " "
    return " ░▒▓"[min(int(4 * (value - low) / (high - low)), 3)]


def _beyond(goal: Goal, value: float) -> float:
    """How many times as far as its bound a value is; 1 and less: it holds."""
    if math.isnan(value):
        return math.inf
    if goal.is_least:
        return math.inf if value <= 0 < goal.bound else goal.bound / value if value else 0.0
    return value / goal.bound if goal.bound else math.inf if value > 0 else 0.0


def _mark(cell: Cell, shape: Shape, *, is_best: bool) -> str:
    """`★` for the cheapest that holds, `?` where its intervals leave it open, `w` where what is
    shown holds and something else does not."""
    if is_best:
        return "★"
    if not cell.values or not shape.goals:
        return " "
    if not cell.is_sure(shape.goals):
        return "?"
    own = [one for one in shape.goals if one.measure == shape.measure]
    holds = all(one.holds(cell.mean(one.measure.name)) for one in own)
    return "w" if own and holds and not cell.meets(shape.goals) else " "


def _is_edge(shape: Shape, row: int, column: int) -> bool:
    """Whether the frontier of the goals is at the right of a size."""
    grid = shape.grid
    if not shape.goals or column + 1 >= len(grid.columns):
        return False
    here, there = grid.at((row, column)), grid.at((row, column + 1))
    known = bool(here.values) and bool(there.values)
    return known and here.meets(shape.goals) != there.meets(shape.goals)
