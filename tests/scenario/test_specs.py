"""The specs of queues, producers and consumers refuse what cannot be run."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.distributions import Instants
from pcsim.errors import ScenarioError
from pcsim.scenario import Bursts, ConsumerSpec, ProducerSpec
from tests.support.cases import case

WRONG_CAPACITIES: list[Any] = [
    0, -1, 2.5, float("nan"), float("inf"), True, "3", None, [], 10**30, Fraction(3),
]  # fmt: skip
WRONG_NUMBERS: list[Any] = [-1, 2.5, True, "3"]
WRONG_NAMES: list[Any] = ["", "  ", None, 3, b"x", "x" * 201]
WRONG_QUEUES: list[Any] = [None, 5, {"q": 1}]
UNKNOWN_POLICIES: list[Any] = ["drop", "", None, 3]


def test_a_capacity_is_a_whole_number_of_one_or_more() -> None:
    """What `queue.Queue` takes for unbounded is an error here, when it is given."""
    expected = "capacity of queue 'q' must be a whole number from 1 "
    for capacity in WRONG_CAPACITIES:
        with case(capacity), pytest.raises(ScenarioError, match=expected):
            ProducerConsumerSystem().add_queue("q", capacity)


def check_name_is_refused(name: Any) -> None:
    """Check that neither a queue nor a worker takes it."""
    system = ProducerConsumerSystem()
    for add in (
        lambda: system.add_queue(name),
        lambda: system.add_producer(name, [], 0, "q"),
        lambda: system.add_consumer(name, None, 0, queue_names="q"),
    ):
        with pytest.raises(ScenarioError, match=r"^name of a [a-z]+ must"):
            add()  # type: ignore[no-untyped-call]


def test_a_name_is_a_text_that_can_be_read() -> None:
    """Blank, long and other names are refused, for queues and workers."""
    for name in WRONG_NAMES:
        with case(name):
            check_name_is_refused(name)


def test_an_unknown_overflow_policy_is_refused() -> None:
    """The error lists those there are."""
    expected = "'block', 'drop_new', 'drop_old' or 'fail'"
    for policy in UNKNOWN_POLICIES:
        with case(policy), pytest.raises(ScenarioError, match=expected):
            ProducerConsumerSystem().add_queue("q", 1, overflow=policy)


def test_the_number_of_items_is_whole() -> None:
    """0 or more."""
    expected = "items of producer 'P' must be a whole number from 0 "
    for items in WRONG_NUMBERS:
        with case(items), pytest.raises(ScenarioError, match=expected):
            ProducerSpec("P", "q", 0, items)


def test_what_is_no_name_of_a_queue_is_refused() -> None:
    """Neither for a producer nor for a consumer."""
    expected = r"^queue of [a-z]+ '[PC]' must be a name or a list"
    for name in WRONG_QUEUES:
        with case(name):
            with pytest.raises(ScenarioError, match=expected):
                ProducerSpec("P", name)
            with pytest.raises(ScenarioError, match=expected):
                ConsumerSpec("C", name)


ARRIVALS = Instants((1.0, 2.0, 3.0, 4.0, 10.0))


def test_recorded_arrivals_have_no_bursts() -> None:
    """They determine when the producer is silent."""
    with pytest.raises(ScenarioError, match="bursts of producer 'P' do not go with"):
        ProducerSpec("P", "q", ARRIVALS, bursts=Bursts(1.0, 1.0))
