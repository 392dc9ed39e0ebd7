"""Two scenarios as the changes that make a running system of the one the other."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pcsim.errors import ScenarioError
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.as_changes import changes_between
from pcsim.scenario.as_it_is import AsItIs
from pcsim.scenario.keys import with_value
from pcsim.scenario.roster import Roster

SHOP = Scenario(
    queues=(QueueSpec("orders", 5), QueueSpec("done", 5)),
    producers=(ProducerSpec("shop", "orders", 0.1),),
    consumers=(
        ConsumerSpec("clerk", ("orders",), 0.2, output="done", count=2),
        ConsumerSpec("van", ("done",), 0.1),
    ),
)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("orders.capacity", 9, ["capacity"]),
        ("orders.overflow", "drop_new", ["overflow"]),
        ("clerk.count", 4, ["add"]),
        ("clerk.count", 1, ["remove"]),
        ("clerk.service_time", 0.3, ["service_time"]),
        ("clerk.on_error", "skip", ["on_error"]),
        ("shop.interval", 0.3, ["interval"]),
        ("shop.interval", 0.1, []),
    ],
)
def test_made_in_a_run_they_give_the_other_scenario(
    path: str, value: object, words: list[str]
) -> None:
    """Whatever a key is set to, the system is then what the scenario says."""
    wanted = with_value(SHOP, path, value)
    changes = changes_between(SHOP, wanted)
    assert [one.what for one in changes] == words
    roster = Roster(SHOP)
    for change in changes:
        roster.change(change)
    made = AsItIs(SHOP, roster).scenario
    assert len(made.workers) == len(wanted.workers)
    assert {(one.name, one.capacity, one.overflow) for one in made.queues} == {
        (one.name, one.capacity, one.overflow) for one in wanted.queues
    }


def test_several_are_made_in_their_order() -> None:
    """Queues first, then workers."""
    wanted = with_value(with_value(SHOP, "van.count", 3), "done.capacity", 50)
    assert [one.what for one in changes_between(SHOP, wanted)] == ["capacity", "add"]


def test_a_new_worker_is_one_more_of_those_that_it_equals() -> None:
    """Whatever it is called."""
    more = replace(SHOP.consumers[1], name="van, more", count=2)
    wanted = replace(SHOP, consumers=(*SHOP.consumers, more))
    [change] = changes_between(SHOP, wanted)
    assert (change.what, change.subject) == ("add", "van")
    odd = replace(more, service_time=7.0)
    with pytest.raises(ScenarioError, match="like no worker"):
        changes_between(SHOP, replace(SHOP, consumers=(*SHOP.consumers, odd)))


@pytest.mark.parametrize(
    ("path", "value"),
    [("seed", 7), ("warm_up", 1.0), ("clerk.max_items", 7), ("orders.discipline", "lifo")],
)
def test_what_no_running_system_can_become_is_an_error(path: str, value: object) -> None:
    """It names the key."""
    with pytest.raises(ScenarioError, match=path.split(".")[-1]):
        changes_between(SHOP, with_value(SHOP, path, value))
    with pytest.raises(ScenarioError, match="end"):
        changes_between(SHOP, replace(SHOP, end=End(time=3.0)))


def test_no_worker_and_no_queue_is_taken_out_as_a_whole() -> None:
    """There would be nobody at one of its ends."""
    fewer = replace(
        SHOP,
        queues=SHOP.queues[:1],
        consumers=(replace(SHOP.consumers[0], output=None),),
    )
    with pytest.raises(ScenarioError, match="'done' cannot be taken out"):
        changes_between(SHOP, fewer)
    with pytest.raises(ScenarioError, match="cannot be"):
        changes_between(fewer, SHOP)
