"""Sizes and goals: which of them meet what, and which is the cheapest."""

from __future__ import annotations

import math

import pytest

from pcsim.analysis.advice import Measure
from pcsim.analysis.grid import Cell, Goal, Grid, read_goals
from pcsim.theory.statistics import Interval

LOSS, WAIT, FLOW = (
    Measure("loss q", "share"),
    Measure("p95 wait q", "s"),
    Measure("throughput", "1/s"),
)
MEASURES = (LOSS, WAIT, FLOW)


def interval(mean: float, half: float = 0.0) -> Interval:
    return Interval(mean, mean - half, mean + half, half, 4)


def grid(*losses: tuple[float, float]) -> Grid:
    """One row of sizes with these losses and halves of their intervals, each dearer than before."""
    cells = tuple(Cell({"loss q": interval(*one)}) for one in losses)
    return Grid(
        column_path="q.capacity",
        rows=(None,),
        columns=tuple(range(1, len(losses) + 1)),
        cells=(cells,),
        measures=(LOSS,),
        costs=(tuple(float(place) for place in range(len(losses))),),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("loss < 0.1 %", ["loss q < 0.1 %"]),
        ("loss q<0.1%,throughput>9/s", ["loss q < 0.1 %", "throughput > 9/s"]),
        ("p95 wait <= 500ms", ["p95 wait q < 500 ms"]),
        ("  ", []),
    ],
)
def test_goals_are_read_as_they_are_typed(text: str, words: list[str]) -> None:
    """The beginning of a name is enough; what is empty is no goal."""
    assert [one.text for one in read_goals(text, MEASURES)] == words


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("loss", "is no goal"),
        ("loss < x", "is no goal"),
        ("depth < 3", "is not measured here"),
        ("loss < 3 s", "is in %"),
        ("p95 wait < 3 %", "is in ms"),
        ("loss < 1.2.3 %", "is no number"),
        ("[red]x[/] < 1", "is not measured here"),
    ],
)
def test_what_is_wrong_with_a_goal_is_said(text: str, problem: str) -> None:
    """In one line, with what would be right."""
    with pytest.raises(ValueError, match=problem):
        read_goals(text, MEASURES)


def test_the_cheapest_is_one_that_meets_the_goals_for_sure() -> None:
    """One on the edge is not; nor one that was not measured."""
    goals = (Goal(LOSS, 0.01),)
    shown = grid((0.2, 0.01), (0.009, 0.005), (0.002, 0.001), (0.0, 0.0))
    assert shown.cheapest(goals) == (0, 2)
    assert [cell.meets(goals) for cell in shown.cells[0]] == [False, True, True, True]
    assert not shown.at((0, 1)).is_sure(goals)
    assert grid((0.2, 0.01)).cheapest(goals) is None
    assert shown.cheapest(()) is None
    assert shown._replace(costs=()).cheapest(goals) is None
    assert shown._replace(best=(0, 3)).cheapest(goals) == (0, 3)
    assert not Cell().meets(goals)
    assert math.isnan(Cell().mean("loss q"))


def test_a_goal_may_be_a_least_value() -> None:
    """At the bound itself it does not hold."""
    goal = Goal(FLOW, 9.0, is_least=True)
    assert [goal.holds(value) for value in (8.0, 9.0, 9.1)] == [False, False, True]
    assert not goal.is_sure(interval(9.1, 0.5))
    assert not goal.holds(math.nan)
