"""What a change would do, against the scenario as it is; what people ask, the best first."""

from __future__ import annotations

from msgspec.structs import replace

from pcsim.experiments.variants.asking import what_if
from pcsim.experiments.variants.sweep_text import text_of_sweep
from pcsim.experiments.variants.sweeping import sweep
from tests.experiments.variants.shop import SHOP


def test_a_change_stands_beside_the_scenario_as_it_is() -> None:
    """All settings are made together, and the differences are those of a sweep."""
    found = what_if(SHOP, ["clerk.count=2", "orders.capacity=6"], replications=3)
    base, changed = found.rows
    assert (base.label, changed.label) == ("as it is", "clerk.count=2, orders.capacity=6")
    swept = sweep(SHOP, {"clerk.count": [1, 2], "orders.capacity": [4, 6]}, replications=3)
    assert base.values == swept.rows[0].values
    assert changed.values == swept.rows[3].values
    assert changed.differences == swept.rows[3].differences
    assert "as it is" in text_of_sweep(found)


def test_without_a_change_the_best_comes_first() -> None:
    """One more clerk brings the most here, a longer queue the least; chance outside is left."""
    found = what_if(SHOP, replications=6)
    labels = [row.label for row in found.rows]
    assert labels[0] == "as it is"
    assert labels[1] == "one more clerk"
    assert set(labels[1:]) == {
        "one more clerk",
        "clerk 20 % faster",
        "orders three times as large",
    }
    gains = [row.differences["throughput"].mean for row in found.rows if row.differences]
    assert gains == sorted(gains, reverse=True)


def test_one_more_is_the_variant_with_one_more_in_its_count() -> None:
    """Whichever way it is asked for, it draws the same numbers."""
    asked = next(row for row in what_if(SHOP, replications=3).rows if "more" in row.label)
    named = what_if(SHOP, ["clerk.count=2"], replications=3).rows[1]
    assert asked.values == named.values
    assert asked.differences == named.differences


def test_several_values_are_several_variants() -> None:
    """Each against the scenario as it is."""
    found = what_if(SHOP, {"clerk.count": [2, 3]}, replications=2)
    assert [row.label for row in found.rows] == ["as it is", "clerk.count=2", "clerk.count=3"]


def test_a_queue_that_is_ample_is_not_made_larger() -> None:
    """Nor is there a difference that only rounding has made."""
    ample = replace(SHOP, queues=(replace(SHOP.queues[0], capacity=5_000),))
    found = what_if(ample, replications=1)
    assert not any("three times" in row.label for row in found.rows)
    same = what_if(SHOP, ["orders.discipline=fifo"], replications=2)
    assert {one.mean for one in (same.rows[1].differences or {}).values()} == {0.0}
