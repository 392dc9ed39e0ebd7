"""Sizes as text for elsewhere: a table for programs, the command that asks the same, the theory."""

from __future__ import annotations

import csv
import io
import re
import shlex
from typing import NamedTuple

from pcsim.analysis.advice import Measure
from pcsim.analysis.grid import Cell, Goal, Grid, value_text
from pcsim.analysis.matching_theory import prediction
from pcsim.text import safe
from pcsim.theory.prediction import Prediction

MEASURE = re.compile(r"(?:p(?P<percent>\d+(?:\.\d+)?) )?(?P<kind>\w+)(?: .*)?")


class Theory(NamedTuple):
    """What a formula says of a size in the long run.

    Attributes:
        model: The name of the formula, such as `M/M/2/5`.
        values: What it predicts, by the name of the measure.
    """

    model: str
    values: dict[str, float]


def theory_of(cell: Cell, measures: tuple[Measure, ...]) -> Theory | None:
    """Return what theory says of a size; None where no formula holds.

    Args:
        cell: The size.
        measures: What is wanted.
    """
    found = None if cell.scenario is None else prediction(cell.scenario)
    if found is None:
        return None
    values = {one.name: _predicted(found, one.name) for one in measures}
    known = {name: value for name, value in values.items() if value is not None}
    return Theory(found.model, known) if known else None


def _predicted(found: Prediction, name: str) -> float | None:
    parts = MEASURE.fullmatch(name)
    if parts is None:
        return None
    if parts["percent"] is not None:
        share = float(parts["percent"]) / 100
        if not 0 <= share < 1:
            return None
        quantile = {"wait": found.waiting_quantile, "sojourn": found.sojourn_quantile}
        return quantile[parts["kind"]](share) if parts["kind"] in quantile else None
    return {
        "throughput": found.throughput,
        "utilization": found.utilization,
        "loss": found.loss,
        "wait": found.waiting_time,
        "sojourn": found.sojourn_time,
    }.get(parts["kind"])


def csv_of_grid(grid: Grid) -> str:
    """Return a line for each size: its keys, its cost, each measure with its interval, a note.

    Args:
        grid: The sizes.
    """
    paths = [path for path in (grid.row_path, grid.column_path) if path]
    names = [f"{one.name}{part}" for one in grid.measures for part in ("", " low", " high")]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*paths, *(["cost"] if grid.costs else []), *names, "note"])
    for row, value in enumerate(grid.rows):
        for column, other in enumerate(grid.columns):
            cell = grid.at((row, column))
            keys = [value, other] if grid.row_path else [other]
            cost = [grid.cost((row, column))] if grid.costs else []
            writer.writerow([*keys, *cost, *_numbers(cell, grid.measures), cell.note])
    return out.getvalue()


def _numbers(cell: Cell, measures: tuple[Measure, ...]) -> list[float | None]:
    """The mean and the bounds of each measure; None where they are not known."""
    found: list[float | None] = []
    for measure in measures:
        one = cell.values.get(measure.name)
        found += [None] * 3 if one is None else [one.mean, one.low, one.high]
    return found


def command_of(grid: Grid, goals: tuple[Goal, ...], scenario: str) -> str:
    """Return the command that asks for the cheapest of these sizes that meets goals; without
    goals, the one that asks for all of them.

    Args:
        grid: The sizes.
        goals: The goals.
        scenario: What the command calls the scenario: its file, or the name of a demo.
    """
    words = ["pcsim", "size" if goals else "sweep", safe(scenario)]
    for path, values in ((grid.row_path, grid.rows), (grid.column_path, grid.columns)):
        if path:
            words += ["--vary", f"{safe(path)}={','.join(value_text(one) for one in values)}"]
    for goal in goals:
        words += ["--slo", limit_text(goal)]
    if goals and grid.cost_text:
        words += ["--cost", safe(grid.cost_text)]
    return shlex.join(words)


def limit_text(goal: Goal) -> str:
    """Return a goal as the command line has it.

    >>> limit_text(Goal(Measure("loss orders", "share"), 0.001))
    'loss orders < 0.1%'
    """
    unit, factor = {"share": ("%", 100.0), "s": ("s", 1.0), "1/s": ("/s", 1.0)}.get(
        goal.measure.unit, ("", 1.0)
    )
    sign = ">" if goal.is_least else "<"
    return f"{safe(goal.measure.name)} {sign} {goal.bound * factor:.10g}{unit}"
