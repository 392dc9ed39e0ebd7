"""The specs of queues, producers and consumers refuse what cannot be run."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.distributions import Instants
from pcsim.errors import ScenarioError
from pcsim.scenario import Bursts, ConsumerSpec, ProducerSpec


@pytest.mark.parametrize(
    "capacity", [0, -1, 2.5, float("nan"), float("inf"), True, "3", None, [], 10**30, Fraction(3)]
)
def test_a_capacity_is_a_whole_number_of_one_or_more(capacity: Any) -> None:
    """What `queue.Queue` takes for unbounded is an error here, when it is given."""
    with pytest.raises(ScenarioError, match="capacity of queue 'q' must be a whole number from 1 "):
        ProducerConsumerSystem().add_queue("q", capacity)


@pytest.mark.parametrize("name", ["", "  ", None, 3, b"x", "x" * 201])
def test_a_name_is_a_text_that_can_be_read(name: Any) -> None:
    """Blank, long and other names are refused, for queues and workers."""
    system = ProducerConsumerSystem()
    for add in (
        lambda: system.add_queue(name),
        lambda: system.add_producer(name, [], 0, "q"),
        lambda: system.add_consumer(name, None, 0, queue_names="q"),
    ):
        with pytest.raises(ScenarioError, match=r"^name of a [a-z]+ must"):
            add()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("policy", ["drop", "", None, 3])
def test_an_unknown_overflow_policy_is_refused(policy: Any) -> None:
    """The error lists those there are."""
    with pytest.raises(ScenarioError, match="'block', 'drop_new', 'drop_old' or 'fail'"):
        ProducerConsumerSystem().add_queue("q", 1, overflow=policy)


P = ProducerSpec("P", "main", 0)


@pytest.mark.parametrize("items", [-1, 2.5, True, "3"])
def test_the_number_of_items_is_whole(items: Any) -> None:
    """0 or more."""
    with pytest.raises(ScenarioError, match="items of producer 'P' must be a whole number from 0 "):
        ProducerSpec("P", "q", 0, items)


C = ConsumerSpec("C", ("main",), 0)


@pytest.mark.parametrize("name", [None, 5, {"q": 1}])
def test_what_is_no_name_of_a_queue_is_refused(name: Any) -> None:
    with pytest.raises(ScenarioError, match=r"^queue of [a-z]+ '[PC]' must be a name or a list"):
        ProducerSpec("P", name)
    with pytest.raises(ScenarioError, match=r"^queue of [a-z]+ '[PC]' must be a name or a list"):
        ConsumerSpec("C", name)


ARRIVALS = Instants((1.0, 2.0, 3.0, 4.0, 10.0))


def test_recorded_arrivals_have_no_bursts() -> None:
    """They determine when the producer is silent."""
    with pytest.raises(ScenarioError, match="bursts of producer 'P' do not go with"):
        ProducerSpec("P", "q", ARRIVALS, bursts=Bursts(1.0, 1.0))
