"""Names have to fit together: each queue is fed and read, and each worker's queues exist."""

from __future__ import annotations

from typing import Any

import pytest

from pcsim.errors import PcsimError, ScenarioError
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from tests.support.cases import case

Q = QueueSpec("main", 2)


P = ProducerSpec("P", "main", 0)


C = ConsumerSpec("C", ("main",), 0)


UNFIT: list[Any] = [
    ({"queues": ()}, "no queue: add at least one"),
    ({"queues": (Q, Q)}, "two queues named 'main'"),
    ({"producers": (P, P)}, "two workers named 'P'"),
    ({"consumers": (C, ConsumerSpec("P", ("main",)))}, "two workers named 'P'"),
    (
        {"producers": (ProducerSpec("P", "mian"),)},
        "producer 'P' names an unknown queue 'mian'; did you mean 'main'",
    ),
    (
        {"consumers": (ConsumerSpec("C", ("main", "man")),)},
        "consumer 'C' names an unknown queue 'man'; did you mean 'main'",
    ),
    (
        {"consumers": (C, ConsumerSpec("S", ("main",), output="zzz"))},
        "output of consumer 'S' names an unknown queue 'zzz'; known: 'main'",
    ),
    ({"producers": ()}, "queue 'main' has no producer"),
    ({"consumers": ()}, "queue 'main' has no consumer"),
]


def test_names_that_do_not_fit_together_are_refused() -> None:
    """Unknown, repeated or missing: the error names it, and offers the close match."""
    for parts, message in UNFIT:
        with case(parts, message):
            whole: dict[str, Any] = {"queues": (Q,), "producers": (P,), "consumers": (C,)}
            with pytest.raises(ScenarioError) as caught:
                Scenario(**(whole | parts))
            assert message in str(caught.value)
            assert isinstance(caught.value, PcsimError)
            assert isinstance(caught.value, ValueError)


def test_an_output_without_a_name_is_refused() -> None:
    """Not when the first item is to go there."""
    with pytest.raises(ScenarioError, match="output of consumer 'S' names an unknown queue ''"):
        Scenario(
            (QueueSpec("q"),),
            (ProducerSpec("P", "q"),),
            (ConsumerSpec("S", "q", output=""),),
        )


def test_too_many_workers_are_refused_before_any_is_made() -> None:
    """A description is checked as data."""
    crowd = tuple(ProducerSpec(f"P{number}", "main", 0) for number in range(10_000))
    with pytest.raises(ScenarioError, match="more than 10,000 workers"):
        Scenario((Q,), crowd, (C,))
