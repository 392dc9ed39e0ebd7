"""Sources and sinks of one's own go to the workers that they are meant for, or are refused."""

from __future__ import annotations

from typing import Any

import pytest

from pcsim import ConsumerSpec, ProducerSpec, QueueSpec, Scenario, ScenarioError, run


def shop(count: int = 2) -> Scenario:
    """A shop, orders and several clerks."""
    return Scenario(
        (QueueSpec("orders", 4),),
        (ProducerSpec("shop", "orders", interval=0, count=count),),
        (ConsumerSpec("clerk", "orders", service_time=0, count=count),),
    )


def test_a_sink_of_several_alike_is_that_of_each() -> None:
    """No item is handled by a clerk without it."""
    handled: list[Any] = []
    sources = {"shop-1": range(20), "shop-2": range(20, 40)}
    run(shop(), sources=sources, sinks={"clerk": handled.append})
    assert sorted(handled) == list(range(40))


def test_a_sink_of_its_own_goes_before_that_of_several() -> None:
    """One clerk may do something else."""
    handled: list[Any] = []
    own: list[Any] = []
    sources = {"shop-1": range(20), "shop-2": range(20, 40)}
    run(shop(), sources=sources, sinks={"clerk": handled.append, "clerk-2": own.append})
    assert sorted(handled + own) == list(range(40))


def test_a_name_that_no_worker_has_is_an_error_with_the_close_match() -> None:
    """Nothing runs: code that nobody calls is a mistake."""
    with pytest.raises(ScenarioError, match="sinks names an unknown consumer 'clark'") as error:
        run(shop(), sinks={"clark": print})
    assert "did you mean 'clerk" in str(error.value)
    assert (error.value.field, error.value.value) == ("sinks", "clark")
    with pytest.raises(ScenarioError, match="sources names an unknown producer 'clerk'"):
        run(shop(), sources={"clerk": []})


def test_a_source_belongs_to_one_producer() -> None:
    """Two threads cannot share an iterable."""
    with pytest.raises(ScenarioError, match="unknown producer 'shop'; did you mean 'shop-"):
        run(shop(), sources={"shop": range(3)})
    result = run(shop(1), sources={"shop": range(3)})
    assert result.system.consumed.mean == 3
