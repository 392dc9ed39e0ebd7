"""Scenarios written as files: read again, they are the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pcsim.distributions import Empirical, Exponential, Instants
from pcsim.scenario import (
    Bursts,
    ConsumerSpec,
    Discipline,
    End,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Routing,
    Scenario,
    Selection,
)
from pcsim.scenario.demos import DEMOS
from pcsim.scenario.file.writing import text_of_scenario

EVERYTHING = Scenario(
    title='Ein "Café"',
    description="Two\tparts",
    seed=7,
    end=End(time=60, items=100),
    warm_up="auto",
    queues=(
        QueueSpec("a", capacity=3, overflow=Overflow.DROP_OLD, discipline=Discipline.PRIORITY),
        QueueSpec("b.c [d]"),
        QueueSpec("dead"),
    ),
    producers=(
        ProducerSpec(
            "p",
            ("a", "b.c [d]"),
            interval=Exponential(0.5),
            count=3,
            routing=Routing.RANDOM,
            weights=(1, 2.5),
            put_timeout=0.25,
            bursts=Bursts(on=20, off=Exponential(3)),
            priority=-2,
        ),
        ProducerSpec("q", "a", interval=Instants((0.0, 1e-12, 2.5))),
    ),
    consumers=(
        ConsumerSpec(
            "c",
            ("a", "b.c [d]"),
            service_time=Empirical((0.1, 0.30000000000000004)),
            max_items=9,
            on_error=Retry(retries=2, dead_letter="dead"),
            failure_probability=0.125,
            selection=Selection.LONGEST,
        ),
        ConsumerSpec("d", "dead", on_error="skip", service_time=0),
    ),
)


@pytest.mark.parametrize("scenario", [*DEMOS, EVERYTHING], ids=lambda each: each.title)
def test_what_was_written_is_read_again(scenario: Scenario) -> None:
    """Every key, to the last digit."""
    assert Scenario.parse(text_of_scenario(scenario), scenario.name) == scenario


@settings(deadline=None, max_examples=50)
@given(name=st.text(min_size=1, max_size=20), times=st.lists(st.floats(1e-12, 1e12), min_size=1))
def test_any_name_and_number_is_read_again(name: str, times: list[float]) -> None:
    """Quotes, dots, brackets and line ends are those of a name; numbers keep all digits."""
    if not name.strip():
        return
    scenario = Scenario(
        queues=(QueueSpec(name),),
        producers=(ProducerSpec("p", name, interval=Empirical(tuple(times))),),
        consumers=(ConsumerSpec("c", name),),
    )
    assert replace(Scenario.parse(text_of_scenario(scenario)), name="") == scenario
