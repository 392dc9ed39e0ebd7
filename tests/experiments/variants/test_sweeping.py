"""A sweep has a row for each variant, whose differences come from pairs of runs."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pcsim.errors import EndlessError, ScenarioError
from pcsim.experiments.simulate import simulate
from pcsim.experiments.variants import sweeping
from pcsim.experiments.variants.preparing import Progress
from pcsim.experiments.variants.sweep_text import csv_of_sweep, text_of_sweep
from pcsim.experiments.variants.sweeping import Stop, sweep
from pcsim.scenario import ConsumerSpec, End, Overflow, ProducerSpec, QueueSpec, Scenario
from tests.experiments.variants.shop import SHOP


def test_a_row_has_what_the_variant_has_when_it_is_simulated_alone() -> None:
    """The same measures with the same intervals."""
    found = sweep(SHOP, ["orders.capacity=2,6"], replications=5)
    alone = simulate(replace(SHOP, queues=(replace(SHOP.queues[0], capacity=6),)), replications=5)
    row = found.rows[1]
    assert row.settings == (("orders.capacity", 6),)
    assert row.values["loss orders"] == alone.queue("orders").loss
    assert row.values["throughput"] == alone.system.throughput
    assert row.values["wait orders"] == alone.waiting_time("orders").mean
    quantile = row.values["p95 wait orders"]
    assert quantile.mean == alone.waiting_time("orders").p95.mean


def test_a_difference_is_that_of_the_means() -> None:
    """Its interval, from pairs of runs, is narrower than those of the two together."""
    found = sweep(SHOP, ["clerk.count=1,2"], replications=6)
    base, row = found.rows
    assert base.differences is None
    assert row.differences is not None
    for name in ("throughput", "loss orders"):
        difference = row.differences[name]
        assert difference.mean == pytest.approx(row.values[name].mean - base.values[name].mean)
    apart = math.hypot(
        base.values["throughput"].half_width or 0, row.values["throughput"].half_width or 0
    )
    assert (row.differences["throughput"].half_width or 9) < 1.5 * apart


@settings(max_examples=5, deadline=None)
@given(st.permutations([1, 2, 3]), st.integers(1, 4))
def test_the_order_of_the_variants_changes_no_numbers(counts: list[int], number: int) -> None:
    """Each variant draws its own numbers; only from which the others differ is another one."""
    found = sweep(SHOP, {"clerk.count": counts}, replications=number, until=30.0)
    again = sweep(SHOP, {"clerk.count": [1, 2, 3]}, replications=number, until=30.0)
    assert {row.label: row.values for row in found.rows} == {
        row.label: row.values for row in again.rows
    }
    if counts[:2] == [2, 1]:
        there, back = found.rows[1].differences, again.rows[1].differences
        assert there is not None
        assert back is not None
        assert {name: one.mean for name, one in there.items()} == {
            name: -one.mean for name, one in back.items()
        }


def test_an_own_row_is_the_first_and_has_no_difference() -> None:
    """Same values at another path: still the same numbers."""
    found = sweep(SHOP, ["seed=0", "orders.discipline=fifo,lifo"], replications=3)
    fifo, lifo = found.rows
    assert lifo.differences is not None
    assert fifo.values["throughput"] == lifo.values["throughput"]
    assert lifo.differences["throughput"].half_width == 0.0


def test_runs_end_once_intervals_are_narrow_enough() -> None:
    """Or once there are as many as were allowed; which of the two is said."""
    rough = sweep(SHOP, ["clerk.count=1"], replications=64, precision=0.5, measures=["throughput"])
    assert rough.rows[0].stop is Stop.PRECISION
    assert rough.rows[0].replications == sweeping.FIRST
    fine = sweep(SHOP, ["clerk.count=1"], replications=6, precision=1e-6, measures=["throughput"])
    assert fine.rows[0].stop is Stop.BUDGET
    assert fine.rows[0].replications == 6
    assert "6 replications" in text_of_sweep(fine)


def test_a_variant_without_chance_runs_once() -> None:
    """Further runs would be the same."""
    plain = Scenario(
        (QueueSpec("q", 3),),
        (ProducerSpec("P", "q", 1.0, items=5),),
        (ConsumerSpec("C", "q", 0.5),),
    )
    (row,) = sweep(plain, ["C.count=1"]).rows
    assert row.stop is Stop.NO_CHANCE
    assert row.replications == 1


def test_an_unstable_variant_costs_little() -> None:
    """A queue that grows for ever is named after the first runs."""
    open_shop = replace(SHOP, queues=(QueueSpec("orders", 10**6),))
    found = sweep(open_shop, ["clerk.count=1,2"], replications=12)
    grows, stable = found.rows
    assert (grows.stop, grows.growing, grows.replications) == (Stop.GROWS, ("orders",), 4)
    assert (stable.stop, stable.replications) == (Stop.BUDGET, 12)
    assert "orders grows as long as it runs" in text_of_sweep(found)


def test_a_variant_that_fails_is_named_and_the_others_go_on() -> None:
    """With the error of its run."""
    found = sweep(SHOP, ["orders.overflow=fail,drop_new"], replications=2)
    failed, good = found.rows
    assert failed.stop is Stop.FAILED
    assert "full" in failed.error
    assert good.values["throughput"].mean > 0
    assert good.differences is None
    assert "orders.overflow=fail: failed: " in text_of_sweep(found)


def test_ctrl_c_gives_what_there_is() -> None:
    """The rows that are done; the others are counted."""

    def show(progress: Progress) -> None:
        if progress.done == 4:
            raise KeyboardInterrupt

    found = sweep(SHOP, ["clerk.count=1..3"], replications=2, on_progress=show)
    assert found.is_interrupted
    assert [row.stop for row in found.rows] == [Stop.BUDGET, Stop.BUDGET, Stop.INTERRUPTED]
    assert "Interrupted, 1 variant not done; " in text_of_sweep(found)


def test_progress_goes_up_to_its_end() -> None:
    """And knows how long is left."""
    seen: list[Progress] = []
    sweep(SHOP, ["clerk.count=1..3"], replications=2, on_progress=seen.append)
    assert [one.done for one in seen] == [2, 4, 6]
    assert seen[-1].left == 0
    assert {one.most for one in seen} == {6}


def test_a_scenario_without_an_end_gets_one() -> None:
    """Of about 20,000 items, of which the beginning is left out; one that cannot is refused."""
    endless = replace(SHOP, end=End(), warm_up=0.0)
    (row,) = sweep(endless, ["clerk.count=3"], replications=1).rows
    assert 18_000 < row.values["throughput"].mean * 20_000 < 22_000
    saturated = replace(endless, producers=(ProducerSpec("shop", "orders", 0.0),))
    with pytest.raises(EndlessError):
        sweep(saturated, ["clerk.count=1"])


def test_rows_are_flat_and_have_the_same_keys() -> None:
    """For a table, a CSV file, or pandas."""
    found = sweep(SHOP, ["clerk.count=1,2"], replications=2, measures=["loss"])
    rows = found.as_rows()
    assert rows[0].keys() == rows[1].keys()
    assert rows[1]["clerk.count"] == 2
    head, first, second = csv_of_sweep(found).splitlines()
    assert head.startswith("clerk.count,loss orders,loss orders low,loss orders high,")
    assert first.split(",")[0] == "1"
    assert second.split(",")[0] == "2"


def test_pandas_takes_the_rows() -> None:
    """Where it is installed."""
    pandas = pytest.importorskip("pandas")
    found = sweep(SHOP, ["clerk.count=1,2"], replications=2)
    assert isinstance(found.to_pandas(), pandas.DataFrame)


@pytest.mark.parametrize(
    "wrong",
    [
        {"measures": ["waits"]},
        {"measures": ["p95 loss"]},
        {"measures": ["loss order"]},
        {"measures": ["throughput orders"]},
        {"replications": 0},
        {"precision": 0.0},
        {"jobs": 0},
        {"until": -1.0},
        {"vary": ["clerk.cout=2"]},
    ],
)
def test_what_is_wrong_is_refused_before_anything_runs(wrong: dict[str, Any]) -> None:
    """In one line."""
    with pytest.raises(ScenarioError) as raised:
        sweep(SHOP, **{"vary": ["clerk.count=1"], **wrong})
    assert "\n" not in str(raised.value)


def test_names_from_outside_cannot_reach_the_terminal_as_escapes() -> None:
    """They are shown as text."""
    queue = "\x1b[31mred"
    odd = Scenario(
        (QueueSpec(queue, 2, overflow=Overflow.DROP_NEW),),
        (ProducerSpec("P", queue, 1.0, items=5),),
        (ConsumerSpec("C", queue, 2.0),),
        title="\x1b[2J",
    )
    found = sweep(odd, {f"{queue}.capacity": [1, 2]})
    assert "\x1b" not in text_of_sweep(found)
