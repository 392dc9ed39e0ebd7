"""Sweeps and searches over one or two keys as a grid to look at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pcsim.analysis.advice import Measure
from pcsim.analysis.grid import Cell, Goal, Grid
from pcsim.errors import ScenarioError
from pcsim.experiments.sizing.answer import Candidate, Sizing
from pcsim.experiments.sizing.costs import Cost
from pcsim.experiments.variants.limits import Limit
from pcsim.experiments.variants.sweeping import Row, Stop, Sweep
from pcsim.experiments.variants.variation import Variant
from pcsim.scenario import Scenario
from pcsim.scenario.keys import with_value
from pcsim.text import quantity, safe

COSTS = {"count": 1.0, "capacity": 0.01}
"""What one more of a key costs, where nobody has said it: a worker, a place in a queue."""


def grid_of_sweep(sweep: Sweep) -> Grid:
    """Return a sweep as a grid.

    Args:
        sweep: One over one or two keys.

    Raises:
        ScenarioError: It is over more.
    """
    cells = {
        tuple(value for _, value in row.settings): cell_of(row, _scenario(sweep.scenario, row))
        for row in sweep.rows
    }
    paths = [path for path, _ in sweep.rows[0].settings] if sweep.rows else []
    return arranged(
        paths,
        [row.settings for row in sweep.rows],
        cells,
        Grid(
            title=sweep.scenario.title or sweep.scenario.name,
            measures=tuple(Measure(one.label, one.unit) for one in sweep.measures),
            replications=max((row.replications for row in sweep.rows), default=0),
            length=_length(sweep.scenario),
            seconds=sweep.seconds,
        ),
    )


def grid_of_sizing(sizing: Sizing) -> Grid:
    """Return what a search for a size has simulated as a grid; sizes that it has not are blank.

    Args:
        sizing: A search over one or two keys.

    Raises:
        ScenarioError: It is over more.
    """
    known = [one for one in sizing.tried if one.judged.limits]
    every = [*sizing.tried, *sizing.neighbours, *filter(None, [sizing.answer])]
    cells = {
        tuple(value for _, value in one.settings): _judged(one, sizing.scenario) for one in every
    }
    goals = {
        _tested(limit): Goal(
            Measure(_tested(limit), limit.measure.unit), limit.bound, limit.is_least
        )
        for limit in sizing.limits
    }
    made = arranged(
        list(sizing.paths),
        [one.settings for one in every],
        cells,
        Grid(
            title=sizing.scenario.title or sizing.scenario.name,
            measures=tuple(one.measure for one in goals.values()),
            replications=max((one.judged.replications for one in known), default=0),
            length=_length(sizing.scenario),
            seconds=sizing.seconds,
            goals=tuple(goals.values()),
        ),
    )
    costs = {tuple(value for _, value in one.settings): one.cost for one in every}
    table = tuple(
        tuple(costs.get(_key(made, row, column), math.nan) for column in made.columns)
        for row in made.rows
    )
    best = None
    if sizing.answer is not None:
        values = [value for _, value in sizing.answer.settings]
        row = made.rows.index(values[0]) if made.row_path else 0
        best = row, made.columns.index(values[-1])
    return made._replace(costs=table, best=best)


def arranged(
    paths: Sequence[str],
    settings: Sequence[tuple[tuple[str, Any], ...]],
    cells: dict[tuple[Any, ...], Cell],
    grid: Grid,
) -> Grid:
    """Return a grid with its rows and columns: the first key from row to row.

    Args:
        paths: The keys that are varied.
        settings: Those of each size.
        cells: What is known, by values.
        grid: The rest of it.

    Raises:
        ScenarioError: There are no keys, or more than two.
    """
    if not 1 <= len(paths) <= 2:
        raise ScenarioError(f"a picture has one or two keys that vary, not {len(paths)}")
    values = [
        _in_order(tuple(dict.fromkeys(one[place][1] for one in settings)))
        for place in range(len(paths))
    ]
    rows, columns = ((None,), values[0]) if len(paths) == 1 else (values[0], values[1])
    made = grid._replace(
        row_path=paths[0] if len(paths) == 2 else "", column_path=paths[-1], rows=rows,
        columns=columns,
    )  # fmt: skip
    table = tuple(
        tuple(cells.get(_key(made, row, column), Cell()) for column in columns) for row in rows
    )
    costs = costs_of(made)
    text = " + ".join(map(_priced_text, paths)) if costs else ""
    return made._replace(cells=table, costs=costs, cost_text=text)


def costs_of(grid: Grid) -> tuple[tuple[float, ...], ...]:
    """Return what each size costs, where its keys are counts of workers and capacities: a worker 1,
    a place 0.01; empty for other keys."""
    prices = [_price(path) for path in (grid.row_path, grid.column_path)]
    if (grid.row_path and prices[0] is None) or prices[1] is None:
        return ()
    return tuple(
        tuple(
            (float(row) * (prices[0] or 0.0) if isinstance(row, int) else 0.0)
            + float(column) * prices[1]
            for column in grid.columns
            if isinstance(column, int)
        )
        for row in grid.rows
    )


def priced(grid: Grid, text: str) -> Grid:
    """Return a grid with what its sizes cost by an expression of its keys.

    Args:
        grid: The sizes.
        text: The expression.

    Raises:
        ScenarioError: It is none, or says for a size no number that is finite.
    """
    paths = [path for path in (grid.row_path, grid.column_path) if path]
    cost = Cost(text, paths)
    wanted = cost.paths
    table: list[tuple[float, ...]] = []
    for row in grid.rows:
        line: list[float] = []
        for column in grid.columns:
            values = {grid.row_path: row, grid.column_path: column}
            try:
                line.append(float(cost.of({path: values[path] for path in wanted})))
            except (TypeError, ValueError):  # the name of a policy has no number
                line.append(math.nan)
        table.append(tuple(line))
    if not all(math.isfinite(one) for line in table for one in line):
        raise ScenarioError(f"cost '{safe(text, 60)}': it is no number for some of the sizes")
    return grid._replace(costs=tuple(table), cost_text=text.strip())


def _priced_text(path: str) -> str:
    price = _price(path)
    return path if price == 1 else f"{path}*{price:g}"


def _price(path: str) -> float | None:
    return COSTS.get(path.rpartition(".")[2])


def cell_of(row: Row, scenario: Scenario | None) -> Cell:
    """Return what was measured of a variant.

    Args:
        row: Its row.
        scenario: It.
    """
    note = ""
    if row.stop is Stop.FAILED:
        note = f"fails: {safe(row.error, 120)}"
    elif row.growing:
        note = f"{safe(', '.join(row.growing), 60)} grows without end"
    elif row.stop is Stop.INTERRUPTED:
        note = "not done"
    return Cell(row.values, note, scenario)


def variant_of(made: Variant) -> tuple[Any, ...]:
    """Return the values of a variant."""
    return tuple(value for _, value in made.settings)


def _judged(one: Candidate, scenario: Scenario) -> Cell:
    judged = one.judged
    values = {_tested(limit.limit): limit.value for limit in judged.limits}
    note = f"fails: {safe(judged.error, 120)}" if judged.error else ""
    if judged.growing:
        note = f"{safe(', '.join(judged.growing), 60)} grows without end"
    return Cell(values, note, _changed(scenario, one.settings))


def _tested(limit: Limit) -> str:
    """What is tested of a limit: of a quantile, the share of the times beyond it."""
    measure = limit.measure
    if measure.beyond is None:
        return measure.label
    words = f"{measure.kind} {measure.name}".strip()
    return f"{words} beyond {quantity(measure.beyond, 's')}"


def _scenario(scenario: Scenario, row: Row) -> Scenario | None:
    return None if row.stop is Stop.FAILED else _changed(scenario, row.settings)


def _changed(scenario: Scenario, settings: tuple[tuple[str, Any], ...]) -> Scenario | None:
    try:
        for path, value in settings:
            scenario = with_value(scenario, path, value)
    except ScenarioError:
        return None
    return scenario


def _length(scenario: Scenario) -> float | None:
    return None if scenario.end.items is not None else scenario.end.time


def _key(grid: Grid, row: object, column: object) -> tuple[Any, ...]:
    return (row, column) if grid.row_path else (column,)


def _in_order(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Numbers from the smallest on; others as they were given."""
    if all(isinstance(one, (int, float)) for one in values):
        return tuple(sorted(values))
    return values
