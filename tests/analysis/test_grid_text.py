"""Sizes as text for elsewhere, and beside what theory says of them."""

from __future__ import annotations

import csv
import io
import math

import pytest

from pcsim.analysis.advice import Measure
from pcsim.analysis.grid import Cell, Goal, Grid
from pcsim.analysis.grid_text import command_of, csv_of_grid, limit_text, theory_of
from pcsim.distributions import Exponential
from pcsim.scenario import ConsumerSpec, Overflow, ProducerSpec, QueueSpec, Scenario
from pcsim.theory.queues import mmck
from pcsim.theory.statistics import Interval

LOSS, WAIT = Measure("loss [b]a", "share"), Measure("p95 wait [b]a", "s")
SHOP = Scenario(
    queues=(QueueSpec("[b]a", 3, Overflow.DROP_NEW),),
    producers=(ProducerSpec("shop", "[b]a", Exponential(0.1)),),
    consumers=(ConsumerSpec("clerk", "[b]a", Exponential(0.28), count=2),),
)
GRID = Grid(
    row_path="clerk.count",
    column_path="[b]a.capacity",
    rows=(1, 2),
    columns=(3,),
    cells=((Cell(note="fails: a, b"),), (Cell({LOSS.name: Interval(0.25, 0.05, 0.2, 0.3, 4)}),)),
    measures=(LOSS, WAIT),
    costs=((1.03,), (2.03,)),
    cost_text="clerk.count + [b]a.capacity*0.01",
)


def test_the_table_has_a_line_for_each_size() -> None:
    """What is not known is empty; a note with a comma stays one value."""
    rows = list(csv.reader(io.StringIO(csv_of_grid(GRID))))
    measured = [f"{one.name}{part}" for one in (LOSS, WAIT) for part in ("", " low", " high")]
    assert rows[0] == ["clerk.count", "[b]a.capacity", "cost", *measured, "note"]
    assert rows[1] == ["1", "3", "1.03", "", "", "", "", "", "", "fails: a, b"]
    assert rows[2] == ["2", "3", "2.03", "0.25", "0.2", "0.3", "", "", "", ""]


def test_the_table_of_one_key_without_a_cost_has_neither_column() -> None:
    """Each line begins with the value of that key."""
    grid = GRID._replace(row_path="", rows=(None,), cells=((Cell(),),), costs=(), cost_text="")
    head, line = csv.reader(io.StringIO(csv_of_grid(grid)))
    assert head[:2] == ["[b]a.capacity", LOSS.name]
    assert line[:2] == ["3", ""]


def test_the_command_quotes_what_a_shell_would_take_apart() -> None:
    """Nothing in it can steer a terminal."""
    goals = (Goal(LOSS, 0.001), Goal(WAIT, 0.5))
    assert command_of(GRID, goals, "my \x1b[31m shop.toml") == (
        r"pcsim size 'my \e[31m shop.toml' --vary clerk.count=1,2 --vary '[b]a.capacity=3'"
        " --slo 'loss [b]a < 0.1%' --slo 'p95 wait [b]a < 0.5s'"
        " --cost 'clerk.count + [b]a.capacity*0.01'"
    )


def test_the_command_without_goals_asks_for_all_sizes() -> None:
    """There is no cheapest then, so the cost is left out."""
    bare = GRID._replace(row_path="")
    assert command_of(bare, (), "basic") == "pcsim sweep basic --vary '[b]a.capacity=3'"


def test_a_goal_keeps_its_digits_in_the_command() -> None:
    """As the command line reads it."""
    assert limit_text(Goal(Measure("throughput", "1/s"), 12.3456, True)) == "throughput > 12.3456/s"
    assert limit_text(Goal(LOSS, 1 / 3)) == "loss [b]a < 33.33333333%"


def test_theory_says_of_each_measure_what_its_formula_does() -> None:
    """Of a quantile, too; of what it leaves open, nothing."""
    names = ("throughput", "utilization clerk", LOSS.name, "wait [b]a", WAIT.name, "sojourn",
             "p99 sojourn", "p100 wait", "p50 loss", "other")  # fmt: skip
    theory = theory_of(Cell(scenario=SHOP), tuple(Measure(name, "") for name in names))
    expected = mmck(10.0, 1 / 0.28, 2, 3)
    assert theory is not None
    assert theory.model == expected.model
    assert theory.values[LOSS.name] == pytest.approx(expected.loss)
    assert theory.values["wait [b]a"] == pytest.approx(expected.waiting_time)
    assert theory.values[WAIT.name] == pytest.approx(expected.waiting_quantile(0.95))
    assert theory.values["p99 sojourn"] == pytest.approx(expected.sojourn_quantile(0.99))
    assert not {"p100 wait", "p50 loss", "other"} & theory.values.keys()
    assert all(math.isfinite(value) for value in theory.values.values())


def test_where_no_formula_holds_theory_says_nothing() -> None:
    """Nor of what is not measured."""
    assert theory_of(Cell(), (LOSS,)) is None
    assert theory_of(Cell(scenario=SHOP), (Measure("other", ""),)) is None
