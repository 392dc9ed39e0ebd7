"""Sweeps and searches as grids, and pictures of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from pcsim.analysis.grid import Grid
from pcsim.distributions import Exponential
from pcsim.errors import ScenarioError
from pcsim.experiments.advising_sizes import AdvisorWithSizes, usual_variations
from pcsim.experiments.changed import Unchanged
from pcsim.experiments.grids import grid_of_sizing, grid_of_sweep
from pcsim.experiments.model_of_run import ModelOfRun
from pcsim.experiments.one_run import virtual_run
from pcsim.experiments.plots import PlotError, check_plot
from pcsim.experiments.sizing.sizing import size
from pcsim.experiments.variants.sweeping import sweep
from pcsim.scenario import ConsumerSpec, End, Overflow, ProducerSpec, QueueSpec, Scenario
from tests.support.at_once import AtOnce

SHOP = Scenario(
    title="A $hop",
    queues=(QueueSpec("orders", 3, Overflow.DROP_NEW),),
    producers=(ProducerSpec("shop", "orders", Exponential(0.1)),),
    consumers=(ConsumerSpec("clerk", "orders", Exponential(0.28), count=2),),
    end=End(time=20.0),
)
COST = "clerk.count + orders.capacity * 0.01"


def test_two_keys_are_rows_and_columns_from_the_smallest_on() -> None:
    """Whatever their order in the sweep; a worker costs 1 and a place 0.01."""
    found = sweep(SHOP, ["clerk.count=3,2", "orders.capacity=5,1"], replications=2)
    grid = grid_of_sweep(found)
    assert (grid.row_path, grid.column_path) == ("clerk.count", "orders.capacity")
    assert (grid.rows, grid.columns) == ((2, 3), (1, 5))
    by_settings = {tuple(value for _, value in row.settings): row for row in found.rows}
    for row, count in enumerate(grid.rows):
        for column, capacity in enumerate(grid.columns):
            assert grid.at((row, column)).values is by_settings[count, capacity].values
    assert grid.costs == ((2.01, 2.05), (3.01, 3.05))
    scenario = grid.at((1, 0)).scenario
    assert scenario is not None
    assert (scenario.consumers[0].count, scenario.queues[0].capacity) == (3, 1)


def test_one_key_is_one_row_and_three_are_too_many() -> None:
    """A key that is no count has no cost; what fails has a note."""
    one = grid_of_sweep(sweep(SHOP, ["orders.overflow=drop_new,fail"], replications=2))
    assert (one.row_path, one.rows, one.costs) == ("", (None,), ())
    assert one.columns == ("drop_new", "fail")
    assert one.at((0, 1)).note.startswith("fails: ")
    three = sweep(SHOP, ["clerk.count=2", "orders.capacity=5", "seed=1"], items=20, replications=1)
    with pytest.raises(ScenarioError, match="one or two keys"):
        grid_of_sweep(three)


def test_a_search_has_its_answer_and_what_was_not_simulated_is_blank() -> None:
    """With the limits as goals: of a quantile, the share of the times beyond it."""
    vary = {"clerk.count": [1, 2, 3, 4, 6], "orders.capacity": [2, 20]}
    found = size(SHOP, vary, ["loss < 10%", "p95 wait < 5s"], cost=COST)
    grid = grid_of_sizing(found)
    assert found.answer is not None
    assert grid.best is not None
    assert grid.label(grid.best) == found.answer.label
    assert grid.cost(grid.best) == found.answer.cost
    assert [one.text for one in grid.goals] == [
        "loss orders < 10 %",
        "wait orders beyond 5 s < 5 %",
    ]
    assert grid.at(grid.best).meets(grid.goals)


def test_sizes_of_a_run_are_workers_against_places() -> None:
    """Of the busiest workers and the queue that they take from; other keys may be varied."""
    advisor = AdvisorWithSizes(ModelOfRun(Unchanged(SHOP), AtOnce()), AtOnce(), AtOnce())
    seen = virtual_run(SHOP).snapshot()
    sizes = advisor.sizes
    assert sizes.vary("clerk.count=1")  # nothing is known yet
    sizes.more(-1)
    grid = sizes.look(seen)
    assert grid.is_done
    assert (grid.row_path, grid.column_path) == ("clerk.count", "orders.capacity")
    assert grid.rows == (1, 2, 3, 4, 5)
    assert grid.columns == (1, 2, 3, 5, 10, 20, 50, 100)
    assert "utilization clerk" in [one.name for one in grid.measures]
    changes = grid.at((4, 0)).changes
    assert sorted(one.what for one in changes) == ["add", "capacity"]
    assert grid.at((1, 2)).not_live == "This is the system as it is."
    assert "no 'nobody'" in sizes.vary("nobody.count=1..3")
    assert "not 3" in sizes.vary("clerk.count=1, orders.capacity=2, seed=3")
    assert "more than 200" in sizes.vary("clerk.count=1..20, orders.capacity=1..20")
    assert sizes.vary("orders.capacity=2,4") == ""
    assert sizes.look(seen).columns == (2, 4)
    assert usual_variations(SHOP, "clerk")[0].values == (1, 2, 3, 4, 5)


def test_of_workers_that_were_added_to_a_run_the_last_are_varied() -> None:
    """More of the first would have their names."""
    first = replace(SHOP.consumers[0], count=1)
    added = replace(SHOP, consumers=(first, replace(first, name="clerk-2")))
    workers, places = usual_variations(added, "clerk")
    assert workers.path == "clerk-2.count"
    assert places.path.endswith(".capacity")


def test_a_picture_needs_matplotlib_and_a_name_that_says_its_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One line each."""
    with pytest.raises(PlotError, match="must end in"):
        check_plot("x.gif")
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(PlotError, match=r"pip install 'pcsim\[plot\]'"):
        check_plot("x.svg")


def test_pictures_are_written_the_same_each_time(tmp_path: Path) -> None:
    """Of two keys and of one, of a sweep and of a search."""
    pytest.importorskip("matplotlib")
    found = sweep(SHOP, ["clerk.count=2,3", "orders.capacity=1,5"], replications=2)
    first = found.plot(tmp_path / "a.svg", "loss orders").read_bytes()
    assert b"<svg" in first
    assert found.plot(tmp_path / "b.svg", "loss orders").read_bytes() == first
    with pytest.raises(PlotError, match="was not measured"):
        found.plot(tmp_path / "c.svg", "[red]")
    one = sweep(SHOP, ["orders.overflow=drop_new,drop_old"], replications=2)
    assert one.plot(tmp_path / "d.png").stat().st_size > 1000
    search = size(SHOP, {"clerk.count": [3, 4, 6]}, ["loss < 10%"], cost="clerk.count")
    assert search.plot(tmp_path / "e.svg").exists()
    with pytest.raises(PlotError, match="was not written"):
        found.plot(tmp_path / "no" / "x.svg")


def test_a_grid_that_is_empty_says_nothing() -> None:
    """Before anything is known."""
    assert (Grid().span, Grid().is_done, Grid().known) == ("", False, 0)
