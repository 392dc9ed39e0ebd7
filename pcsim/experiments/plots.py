"""Pictures of sweeps and searches: a heat map of two keys, or a curve of one, by matplotlib."""

from __future__ import annotations

import math
from importlib import import_module
from pathlib import Path
from typing import Any

from pcsim.analysis.advice import Measure
from pcsim.analysis.grid import Grid, value_text
from pcsim.errors import PcsimError
from pcsim.experiments.grids import grid_of_sizing, grid_of_sweep
from pcsim.experiments.sizing.answer import Sizing
from pcsim.experiments.variants.sweeping import Sweep
from pcsim.text import quantity, safe

KINDS = (".svg", ".png", ".pdf")
MAP = "cividis"
"""A map of colours that reads the same for every kind of sight, and in grey."""
INK, PAPER, LINE = "#3b4252", "#ffffff", "#d55e00"
"""Dark words on white: the picture brings its own ground, for pages that are light or dark."""
UNITS = {"share": "%", "s": "s", "1/s": "1/s", "items": "items"}
FACTORS = {"share": 100.0}


class PlotError(PcsimError):
    """A picture that cannot be made; the message says why."""


def check_plot(file: str | Path) -> Path:
    """Return where a picture is to be written.

    Args:
        file: Its name, which ends in `.svg`, `.png` or `.pdf`.

    Raises:
        PlotError: It ends otherwise, or matplotlib is not installed.
    """
    path = Path(file)
    if path.suffix.lower() not in KINDS:
        raise PlotError(f"'{safe(str(path), 80)}' is no picture: it must end in .svg, .png or .pdf")
    try:
        import_module("matplotlib")
    except ImportError:
        raise PlotError("pictures need matplotlib: pip install 'pcsim[plot]'") from None
    return path


def plot(found: Sweep | Sizing, file: str | Path, measure: str = "") -> Path:
    """Write a picture of a sweep, or of a search for a size.

    Args:
        found: It, over one or two keys.
        file: Where it is written.
        measure: The name of the measure that is shown, such as `loss orders`; "" for the first.

    Returns:
        The file.

    Raises:
        PlotError: It cannot be made.
        ScenarioError: More than two keys were varied.
    """
    path = check_plot(file)
    grid = grid_of_sizing(found) if isinstance(found, Sizing) else grid_of_sweep(found)
    names = [one.name for one in grid.measures]
    if measure and measure not in names:
        known = ", ".join(safe(name, 40) for name in names)
        raise PlotError(f"'{safe(measure, 60)}' was not measured: it is one of {known}")
    shown = grid.measures[names.index(measure) if measure else 0]
    figure = _heat_map(grid, shown) if grid.row_path else _curve(grid, shown)
    try:
        figure.savefig(path, dpi=150, facecolor=PAPER, metadata=_metadata(path))
    except OSError as error:
        problem = error.strerror or str(error)
        raise PlotError(f"'{safe(str(path), 80)}' was not written: {problem}") from None
    return path


def _metadata(path: Path) -> dict[str, Any]:
    """No date in it: the same numbers are the same picture."""
    return {} if path.suffix.lower() == ".png" else {"Date" if path.suffix.lower() == ".svg" else
                                                      "CreationDate": None}  # fmt: skip


def _figure(width: float, height: float) -> tuple[Any, Any]:
    figures = import_module("matplotlib.figure")
    rc = import_module("matplotlib")
    rc.rcParams["svg.hashsalt"] = "pcsim"
    figure = figures.Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.tick_params(colors=INK)
    for spine in axes.spines.values():
        spine.set_color(INK)
    return figure, axes


def _plain(text: str) -> str:
    """A text from outside, in which nothing is mathematics."""
    return safe(text, 80).replace("$", r"\$")


def _labels(axes: Any, title: str, across: str, upward: str) -> None:
    axes.set_title(_plain(title), color=INK, loc="left")
    axes.set_xlabel(across, color=INK)
    axes.set_ylabel(upward, color=INK)


def _name(measure: Measure) -> str:
    return f"{_plain(measure.name)}, {UNITS.get(measure.unit, measure.unit)}"


def _heat_map(grid: Grid, measure: Measure) -> Any:
    """Two keys: a field of colour for each size with its number, and the frontier of the goals."""
    factor = FACTORS.get(measure.unit, 1.0)
    values = [[cell.mean(measure.name) * factor for cell in row] for row in grid.cells]
    width = max(1.0 * len(grid.columns) + 2.6, 5.0)
    figure, axes = _figure(width, max(0.6 * len(grid.rows) + 1.6, 3.0))
    image = axes.imshow(values, cmap=MAP, aspect="auto")
    axes.set_xticks(range(len(grid.columns)), [_plain(value_text(one)) for one in grid.columns])
    axes.set_yticks(range(len(grid.rows)), [_plain(value_text(one)) for one in grid.rows])
    _labels(axes, grid.title, _plain(grid.column_path), _plain(grid.row_path))
    bar = figure.colorbar(image, ax=axes)
    bar.set_label(_name(measure), color=INK)
    bar.ax.tick_params(colors=INK)
    known = [one for row in values for one in row if not math.isnan(one)]
    middle = (min(known, default=0.0) + max(known, default=0.0)) / 2
    best = grid.cheapest(grid.goals)
    for row, numbers in enumerate(values):
        for column, number in enumerate(numbers):
            if math.isnan(number):
                continue
            ink = "#000000" if number > middle else "#ffffff"
            star = " ★" if best == (row, column) else ""
            text = f"{number:.3g}{star}"
            axes.text(column, row, text, ha="center", va="center", color=ink, fontsize=9)
    if grid.goals:
        _frontier(axes, grid)
    return figure


def _frontier(axes: Any, grid: Grid) -> None:
    """A line between sizes that meet the goals and ones that do not."""

    def meets(row: int, column: int) -> bool | None:
        cell = grid.at((row, column))
        return cell.meets(grid.goals) if cell.values else None

    style = {"color": LINE, "linewidth": 3.0, "solid_capstyle": "round"}
    for row in range(len(grid.rows)):
        for column in range(len(grid.columns)):
            here = meets(row, column)
            if here is None:
                continue
            if column + 1 < len(grid.columns) and meets(row, column + 1) is (not here):
                axes.plot([column + 0.5] * 2, [row - 0.5, row + 0.5], **style)
            if row + 1 < len(grid.rows) and meets(row + 1, column) is (not here):
                axes.plot([column - 0.5, column + 0.5], [row + 0.5] * 2, **style)
    words = "   ".join(_plain(one.text) for one in grid.goals)
    axes.plot([], [], color=LINE, linewidth=3.0, label=f"frontier of {words}")
    axes.figure.legend(loc="outside lower left", frameon=False, labelcolor=INK, fontsize=9)


def _curve(grid: Grid, measure: Measure) -> Any:
    """One key: the values with their intervals, and the bound of a goal as a line."""
    factor = FACTORS.get(measure.unit, 1.0)
    figure, axes = _figure(7.0, 4.2)
    numbers = [float(one) for one in grid.columns if isinstance(one, (int, float))]
    is_number = len(numbers) == len(grid.columns)
    places = numbers if is_number else [float(place) for place in range(len(grid.columns))]
    found = [cell.values.get(measure.name) for cell in grid.cells[0]]
    known = [(place, one) for place, one in zip(places, found, strict=True)
             if one is not None and not math.isnan(one.mean)]  # fmt: skip
    across = [place for place, _ in known]
    means = [one.mean * factor for _, one in known]
    halves = [(one.half_width or 0.0) * factor for _, one in known]
    axes.errorbar(across, means, yerr=halves, color="#0072b2", marker="o", capsize=4,
                  label="mean and 95 % interval")  # fmt: skip
    if not is_number:
        axes.set_xticks(places, [_plain(value_text(one)) for one in grid.columns])
    elif all(isinstance(one, int) for one in grid.columns) and len(places) <= 20:
        axes.set_xticks(places)
    for goal in grid.goals:
        if goal.measure == measure:
            bound = quantity(goal.bound, measure.unit)
            axes.axhline(goal.bound * factor, color=LINE, linestyle="--", label=f"goal {bound}")
    axes.set_ylim(bottom=min(0.0, *means) if means else 0.0)
    axes.grid(visible=True, color="#d8dee9", linewidth=0.6)
    _labels(axes, grid.title, _plain(grid.column_path), _name(measure))
    axes.legend(frameon=False, labelcolor=INK)
    return figure
