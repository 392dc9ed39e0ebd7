"""The search finds the cheapest that keeps all limits, in about as many tests as a bisection."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pcsim.errors import ScenarioError
from pcsim.experiments.sizing.directions import direction
from pcsim.experiments.sizing.expecting import ratio
from pcsim.experiments.sizing.grid import Grid, Place
from pcsim.experiments.sizing.searching import Search
from pcsim.experiments.variants.judging import Judged, Judgement, Verdict
from pcsim.experiments.variants.limits import limits_of, read_limits
from pcsim.experiments.variants.variation import variations_of
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario, demos
from pcsim.theory.statistics import Interval
from tests.experiments.variants.shop import SHOP

KEYS = ["clerk.count", "orders.capacity", "shop.interval.mean"]
LOSS = limits_of("loss < 5%", SHOP)


def judged(*verdicts: Verdict) -> Judged:
    """What was found of the loss, and of further limits."""
    nothing = Interval(0.0, None, None, None, 0)
    return Judged(tuple(Judgement(LOSS[0], one, nothing) for one in verdicts), 8)


def found_by(search: Search, grid: Grid, holds: Mapping[Any, bool]) -> tuple[Place | None, int]:
    """The cheapest that the search finds, and how many it tests for that."""
    best, tests = None, 0
    while (place := search.next(math.inf if best is None else grid.cost(best))) is not None:
        tests += 1
        assert tests <= len(holds)
        search.note(place, judged(Verdict.HELD if holds[place] else Verdict.BROKEN))
        if holds[place]:
            best = place
    return best, tests


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 7), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_it_finds_the_cheapest_whatever_is_true(sizes: list[int], chance: random.Random) -> None:
    """Of all that is monotone in the directions that are known; theory may be as wrong as it
    likes."""
    vary = {key: range(1, size + 1) for key, size in zip(KEYS, sizes, strict=False)}
    prices = [round(chance.uniform(0.1, 9), 3) for _ in vary]
    cost = " + ".join(f"{path}*{price}" for path, price in zip(vary, prices, strict=True))
    grid = Grid(SHOP, variations_of(vary), cost)
    needed = [(chance.uniform(0.1, 1), size) for size in sizes]
    most = chance.uniform(0, 1.3)
    holds = {
        place: sum(share * (at + 1) / size for (share, size), at in zip(needed, place, strict=True))
        >= most * sum(share for share, _ in needed)
        for place in product(*(range(size) for size in grid.shape))
    }
    best, _ = found_by(Search(grid, LOSS), grid, holds)
    keeping = [grid.cost(place) for place, is_kept in holds.items() if is_kept]
    assert (None if best is None else grid.cost(best)) == min(keeping, default=None)


def test_one_key_takes_no_more_tests_than_a_bisection_and_one() -> None:
    """Wherever the answer is."""
    grid = Grid(SHOP, variations_of({"orders.capacity": range(1, 1_001)}), None)
    for answer in (0, 1, 77, 500, 998, 999):
        holds = {(at,): at >= answer for at in range(1_000)}
        best, tests = found_by(Search(grid, LOSS), grid, holds)
        assert best == (answer,)
        assert tests <= 12


@pytest.mark.parametrize("good", [0, 1, 2])
def test_a_key_whose_direction_is_unknown_is_searched_whole(good: int) -> None:
    """Whichever of a policy's names it is with which the limit is kept."""
    vary = {"orders.discipline": ["fifo", "lifo", "priority"], "clerk.count": [1, 2, 3]}
    grid = Grid(SHOP, variations_of(vary), "clerk.count")
    holds = {(name, at): name == good and at > 0 for name in range(3) for at in range(3)}
    assert found_by(Search(grid, LOSS), grid, holds)[0] == (good, 1)


def test_what_fails_rules_out_itself_alone() -> None:
    """Values that do not go together say nothing of others."""
    grid = Grid(SHOP, variations_of({"clerk.count": [1, 2, 3]}), None)
    search = Search(grid, LOSS)
    search.note((2,), judged(Verdict.BROKEN)._replace(error="failed"))
    assert search.left(math.inf) == 2


def test_the_cheapest_open_one_is_known() -> None:
    """For the one that comes next."""
    grid = Grid(SHOP, variations_of({"clerk.count": [1, 2, 3]}), None)
    search = Search(grid, LOSS)
    assert search.cheapest(math.inf) == (0,)
    search.note((1,), judged(Verdict.BROKEN))
    assert search.cheapest(math.inf) == (2,)
    assert search.cheapest(3.0) is None


def test_values_are_put_in_order_and_neighbours_cost_less() -> None:
    """Each value once; a neighbour has one other value of one key."""
    grid = Grid(
        SHOP, variations_of(["clerk.count=3,1,2,2", "orders.capacity=5,1"]),
        "clerk.count*10 - orders.capacity",
    )  # fmt: skip
    assert [axis.values for axis in grid.axes] == [(1, 2, 3), (1, 5)]
    assert list(grid.cheaper_neighbours((1, 0))) == [(0, 0), (1, 1)]
    assert grid.variant((1, 0)).label == "clerk.count=2, orders.capacity=1"


@pytest.mark.parametrize(
    ("vary", "cost", "message"),
    [
        (["clrk.count=1"], None, "did you mean 'clerk'"),
        (["clerk.count=0..2"], None, "1 or more, not 0"),
        (["clerk.count=1,2", "orders.capacity=1,2"], None, "say what a variant costs"),
        (["orders.discipline=fifo,lifo"], None, "say what a variant costs"),
        (["orders.discipline=fifo"], "orders.discipline*2", "has no numbers"),
        (["clerk.count=1,2"], "1/(clerk.count-1)", "is no number for some"),
        ({"clerk.count": range(1, 9_000), "orders.capacity": range(1, 99)}, "1", "are more than"),
        ({"clerk.count": [1, math.nan]}, None, "nan is no number to vary"),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused(vary: Any, cost: str | None, message: str) -> None:
    """Before anything runs."""
    with pytest.raises(ScenarioError, match=message):
        Grid(SHOP, variations_of(vary), cost)


LINE = Scenario(
    (QueueSpec("a", 5), QueueSpec("b", 5)),
    (ProducerSpec("p", "a", 1.0, 5),),
    (ConsumerSpec("s", "a", 0.5, output="b"), ConsumerSpec("c", "b", 0.5)),
)


@pytest.mark.parametrize(
    ("path", "limit", "expected"),
    [
        ("s.count", "wait a < 1s", 1),
        ("s.count", "wait b < 1s", -1),
        ("c.count", "wait a < 1s", 1),
        ("c.service_time", "wait a < 1s", -1),
        ("s.count", "throughput > 1", 1),
        ("s.count", "sojourn < 1s", 1),
        ("a.capacity", "wait a < 1s", -1),
        ("a.capacity", "wait b < 1s", 0),
        ("a.capacity", "loss a < 1%", 1),
        ("a.capacity", "loss b < 1%", 0),
        ("a.capacity", "throughput > 1", 1),
        ("a.capacity", "sojourn < 1s", 0),
        ("p.interval", "wait a < 1s", 1),
        ("p.interval", "throughput > 1", -1),
        ("s.count", "utilization s < 80%", 1),
        ("s.count", "utilization c < 80%", 0),
        ("a.discipline", "wait a < 1s", 0),
        ("end.time", "wait a < 1s", 0),
        ("nobody.count", "wait a < 1s", 0),
    ],
)
def test_the_direction_of_a_key(path: str, limit: str, expected: int) -> None:
    """Where it is known; no guess where it is not."""
    (found,) = read_limits(limit, LINE)
    assert direction(LINE, path, found) == expected


@pytest.mark.parametrize("demo", [one.name for one in demos.DEMOS])
def test_theory_expects_something_or_nothing_of_every_demo(demo: str) -> None:
    """A ratio of 0 or more, and never an error."""
    scenario = demos.find(demo)
    texts = ["wait < 1s", "p95 wait < 1s", "loss < 1%", "depth < 2", "throughput > 1"]
    for limit in limits_of([*texts, "p95 sojourn < 1s", "utilization < 80%"], scenario):
        found = ratio(scenario, limit)
        assert found is None or found >= 0


def test_theory_is_near_where_no_formula_holds() -> None:
    """Within a factor of 3 of what simulations say (README's clerks), on the right side of 1."""
    busy = replace(SHOP, consumers=(replace(SHOP.consumers[0], count=2),))
    (loss,) = read_limits("loss < 4%", busy)
    assert 0.5 < (ratio(busy, loss) or 0) < 2
