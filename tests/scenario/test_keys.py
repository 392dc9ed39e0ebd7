"""A key of a scenario is found by its path, and what is wrong with a path is said in one line."""

from __future__ import annotations

import pytest

from pcsim.distributions import Exponential
from pcsim.errors import ScenarioError
from pcsim.scenario import (
    Bursts,
    ConsumerSpec,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Scenario,
)
from pcsim.scenario.keys import find, value_of, with_value

SHOP = Scenario(
    queues=(QueueSpec("orders", 5), QueueSpec("a.b", 3)),
    producers=(
        ProducerSpec("shop", ("orders", "a.b"), Exponential(2.0), bursts=Bursts(3.0, 1.0)),
        ProducerSpec("orders", "orders"),
    ),
    consumers=(
        ConsumerSpec("clerk", "orders", 0.5, on_error=Retry(2, "a.b")),
        ConsumerSpec("dot", "a.b", 0.5),
    ),
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("orders.capacity", 9),
        pytest.param("clerk.count", 3),
        pytest.param("shop.interval.mean", 4.0),
        pytest.param("shop.bursts.on", 7.0),
        pytest.param("clerk.on_error.retries", 5),
        pytest.param("a.b.capacity", 4),
        pytest.param("queues.orders.capacity", 4),
        pytest.param("seed", 4),
        pytest.param("end.time", 4.0),
    ],
)
def test_a_value_is_changed_at_its_path(path: str, value: object) -> None:
    """And is there afterwards, while the rest is as it was."""
    changed = with_value(SHOP, path, value)
    assert value_of(changed, path) == value != value_of(SHOP, path)
    if value_of(SHOP, path) is not None:  # which a file does not have
        assert with_value(changed, path, value_of(SHOP, path)) == SHOP


def test_a_value_is_of_the_type_of_its_key() -> None:
    """As in a file: a policy by its word, a distribution by a table, a time by a number."""
    assert with_value(SHOP, "orders.overflow", "drop_new").queues[0].overflow is Overflow.DROP_NEW
    table = {"distribution": "exponential", "mean": 3}
    assert with_value(SHOP, "clerk.service_time", table).consumers[0].service_time == Exponential(3)
    assert with_value(SHOP, "shop.interval", 3).producers[0].interval == 3.0


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        pytest.param("clrk.count", 2, "clrk.count: no 'clrk' in the scenario; did you mean 'cle"),
        pytest.param("clerk.cont", 2, "no key 'cont' of consumer 'clerk'; did you mean 'count'?"),
        pytest.param("clerk", 2, "clerk is a consumer: name one of its keys, such as clerk.coun"),
        pytest.param("orders.capacity", 0, "must be a whole number from 1 to 1,000,000,000"),
        pytest.param("orders.capacity", "x", "must be a whole number from 1 to 1,000,000,000"),
        pytest.param("orders.overflow", "drop_nu", "did you mean 'drop_new'"),
        pytest.param("clerk.service_time.mean", 2, "is 0.5, which has no key 'mean'"),
        pytest.param("end.time.x", 2, "is not there, which has no key 'x'"),
        pytest.param("shop.interval.men", 2, "did you mean 'mean'?"),
        pytest.param("title", "x", "no 'title' in the scenario"),
        pytest.param("orders.name", 2, "no key 'name'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(path: str, value: object, message: str) -> None:
    """With what would be right, or near names."""
    with pytest.raises(ScenarioError) as raised:
        with_value(SHOP, path, value)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_path_that_may_be_two_keys_is_not_guessed() -> None:
    """Where a queue and a worker have one name and such a key, the table says which is meant."""
    both = Scenario(
        queues=(QueueSpec("a"), QueueSpec("b")),
        producers=(ProducerSpec("shop", "a"),),
        consumers=(
            ConsumerSpec("both", "a", output="b"),
            ConsumerSpec("x", "b"),
        ),
    )
    assert find(both, "both.count").table == "consumers"
    with pytest.raises(ScenarioError, match="may be"):
        find(
            Scenario(
                queues=(QueueSpec("shop.bursts"), QueueSpec("q")),
                producers=(ProducerSpec("shop", ("shop.bursts", "q")),),
                consumers=(ConsumerSpec("c", ("shop.bursts", "q")),),
            ),
            "shop.bursts.capacity",
        )
