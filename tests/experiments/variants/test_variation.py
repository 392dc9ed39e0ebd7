"""Variations as they are typed, and the variants that they make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcsim.errors import ScenarioError
from pcsim.experiments.variants.variation import (
    Variation,
    read_variation,
    value_text,
    variants,
    variations_of,
)
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario

SHOP = Scenario(
    queues=(QueueSpec("orders", 5),),
    producers=(ProducerSpec("shop", ("orders",)),),
    consumers=(ConsumerSpec("clerk", "orders", 0.5),),
    end=End(time=10.0),
)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param("a.b=3", (3,)),
        pytest.param("a.b=0.5", (0.5,)),
        pytest.param("a.b=1..4", (1, 2, 3, 4)),
        pytest.param("a.b=4..4", (4,)),
        pytest.param("a.b=1,2,5,8..10", (1, 2, 5, 8, 9, 10)),
        pytest.param("a.b=0.2:0.4:0.1", (0.2, 0.3, 0.4)),
        pytest.param("a.b=2:9:3", (2, 5, 8)),
        pytest.param("a.b=drop_new, drop_old", ("drop_new", "drop_old")),
        pytest.param("a.b='a,b'", ("a,b",)),
        pytest.param('a.b={distribution="uniform",low=1,high=2},3',
             ({"distribution": "uniform", "low": 1, "high": 2}, 3)),
        pytest.param("a.b=[1,2],[3,4]", ([1, 2], [3, 4])),
        pytest.param("a.b=1,1,2", (1, 2)),
    ],
)  # fmt: skip
def test_values_are_read_as_they_are_typed(text: str, values: tuple[object, ...]) -> None:
    """Numbers, ranges, steps and words, separated by commas."""
    assert read_variation(text) == Variation("a.b", values)


@pytest.mark.parametrize(
    "text",
    ["", "a", "=3", "a=", "a=1,,2", "a=4..1", "a=1:2:0", "a=1:2:x", "a=2:1:1", "a=[1",
     "a=1..99999"],
)  # fmt: skip
def test_what_is_no_variation_is_refused_in_one_line(text: str) -> None:
    """And never with anything else than a `ScenarioError`."""
    with pytest.raises(ScenarioError) as raised:
        read_variation(text)
    assert "\n" not in str(raised.value)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing that is typed gets past that."""
    try:
        found = read_variation(text)
    except ScenarioError:
        return
    assert found.values


@given(st.lists(st.integers(-1000, 1000) | st.floats(-9, 9).map(lambda x: round(x, 3)), min_size=1))
def test_numbers_come_back_as_they_were_written(numbers: list[float]) -> None:
    """Each once, in their order."""
    text = "a.b=" + ",".join(map(value_text, numbers))
    assert read_variation(text).values == tuple(dict.fromkeys(numbers))


def test_the_last_key_varies_fastest() -> None:
    """As in a table that is read from left to right."""
    made = variants(SHOP, variations_of(["clerk.count=1,2", "orders.capacity=3,4"]))
    assert [one.label for one in made] == [
        "clerk.count=1, orders.capacity=3",
        "clerk.count=1, orders.capacity=4",
        "clerk.count=2, orders.capacity=3",
        "clerk.count=2, orders.capacity=4",
    ]
    assert [one.scenario and one.scenario.queues[0].capacity for one in made] == [3, 4, 3, 4]


def test_values_that_do_not_go_together_are_a_variant_with_an_error() -> None:
    """Where each of them goes with another value; the others are made."""
    made = variants(SHOP, variations_of({"end.time": [5.0, 20.0], "warm_up": [1.0, 8.0]}))
    assert [bool(one.scenario) for one in made] == [True, False, True, True]
    assert "warm_up" in made[1].error


def test_settings_that_need_one_another_are_made_in_any_order() -> None:
    """A warm-up that is longer than the run of before, with a longer run."""
    (made,) = variants(SHOP, variations_of({"warm_up": 50.0, "end.time": 100.0}))
    assert made.scenario is not None
    assert made.scenario.warm_up == 50.0


@pytest.mark.parametrize(
    "vary",
    [["clerk.count=0,1"], ["nobody.count=1"], ["clerk.count=1", "clerk.count=2"], {"seed": []},
     ["seed=1..9000", "clerk.count=1..9000"]],
)  # fmt: skip
def test_wrong_variations_are_refused_before_anything_runs(vary: object) -> None:
    """A value that fits no variant, an unknown name, a key twice, no value, too many."""
    with pytest.raises(ScenarioError):
        variants(SHOP, variations_of(vary))  # type: ignore[arg-type]
