"""Both ends of a range belong to it, and what is just beyond does not."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from pcsim.errors import ScenarioError
from pcsim.scenario import Bursts, ConsumerSpec, End, ProducerSpec, QueueSpec, Retry, Scenario
from tests.support.cases import case

QUEUES = ("q", "r")


def _scenario(**has: Any) -> Scenario:
    workers = has.pop("count", 2)
    return Scenario(
        (QueueSpec("q"),),
        (ProducerSpec("P", "q"),),
        (ConsumerSpec("C", "q", count=workers - 1),),
        **has,
    )


RANGES: dict[str, tuple[Callable[[Any], object], float, float]] = {
    "capacity": (lambda number: QueueSpec("q", number), 1, 10**9),
    "items": (lambda number: ProducerSpec("P", "q", items=number), 0, 10**18),
    "count": (lambda number: ProducerSpec("P", "q", count=number), 1, 10_000),
    "priority": (lambda number: ProducerSpec("P", "q", priority=number), -(10**9), 10**9),
    "max_items": (lambda number: ConsumerSpec("C", "q", max_items=number), 1, 10**18),
    "retries": (lambda number: Retry(number, "q"), 0, 1_000),
    "end.items": (lambda number: End(items=number), 1, 10**18),
    "seed": (lambda number: _scenario(seed=number), 0, 2**63 - 1),
    "workers": (lambda number: _scenario(count=number), 2, 10_000),
    "interval": (lambda time: ProducerSpec("P", "q", interval=time), 0.0, 1e12),
    "service_time": (lambda time: ConsumerSpec("C", "q", service_time=time), 0.0, 1e12),
    "put_timeout": (lambda time: ProducerSpec("P", "q", put_timeout=time), 0.0, 1e12),
    "warm_up": (lambda time: _scenario(warm_up=time), 0.0, 1e12),
    "end.time": (lambda time: End(time=time), 1e-12, 1e12),
    "on": (lambda time: Bursts(time, 1), 1e-12, 1e12),
    "failure_probability": (
        lambda share: ConsumerSpec("C", "q", failure_probability=share), 0.0, 1.0,
    ),
    "weights": (
        lambda one: ProducerSpec("P", QUEUES, routing="random", weights=(1.0, one)),  # type: ignore[arg-type]
        0.0,
        1e12,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RANGES)
def test_both_ends_of_a_range_belong_to_it(name: str) -> None:
    """What the documents state as the smallest and the largest value is accepted."""
    make, least, most = RANGES[name]
    make(least)
    make(most)


@pytest.mark.parametrize("name", RANGES)
def test_what_is_just_beyond_a_range_is_refused(name: str) -> None:
    """By one where numbers are whole, else by the last digit."""
    make, least, most = RANGES[name]
    is_whole = isinstance(least, int)
    for value in (
        least - 1 if is_whole else math.nextafter(least, -math.inf),
        most + 1 if is_whole else math.nextafter(most, math.inf),
    ):
        with case(value), pytest.raises(ScenarioError):
            make(value)


def test_the_shortest_time_is_one_that_can_be_squared() -> None:
    """A time is 0, or not shorter than 1e-12 seconds."""
    assert ProducerSpec("P", "q", interval=1e-12).interval == 1e-12
    with pytest.raises(ScenarioError, match="0, or 1e-12 seconds or more"):
        ProducerSpec("P", "q", interval=math.nextafter(1e-12, 0))


def test_a_name_has_at_most_200_characters() -> None:
    """And one at least."""
    assert QueueSpec("x").name == "x"
    assert len(QueueSpec("x" * 200).name) == 200
    with pytest.raises(ScenarioError, match="at most 200 characters"):
        QueueSpec("x" * 201)


def test_a_warm_up_is_shorter_than_the_run() -> None:
    """Of a run that is all warm-up, nothing would be measured."""
    _scenario(end=End(time=5.0), warm_up=math.nextafter(5.0, 0))
    with pytest.raises(ScenarioError, match="shorter than the run"):
        _scenario(end=End(time=5.0), warm_up=5.0)


WRONG_WEIGHTS: list[tuple[tuple[float, ...], str]] = [
    ((1.0,), "2 numbers, one for each queue, not 1"),
    ((1.0, 1.0, 1.0), "2 numbers, one for each queue, not 3"),
    ((0.0, 0.0), "not all be 0"),
    ((1.0, -1.0), "from 0 to 1e12"),
]


def test_weights_are_one_for_each_queue_and_not_all_0() -> None:
    """A queue whose weight is 0 gets nothing, but some queue gets something."""
    ProducerSpec("P", QUEUES, routing="random", weights=(0.0, 1.0))  # type: ignore[arg-type]
    for weights, words in WRONG_WEIGHTS:
        with case(weights), pytest.raises(ScenarioError, match=words):
            ProducerSpec("P", QUEUES, routing="random", weights=weights)  # type: ignore[arg-type]
