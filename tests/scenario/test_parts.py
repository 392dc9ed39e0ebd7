"""Bursts take time, so that a run with them makes progress."""

from __future__ import annotations

import pytest

from pcsim.distributions import Empirical, Exponential, Gamma, Time, Uniform
from pcsim.errors import ScenarioError
from pcsim.scenario import Bursts, ProducerSpec
from tests.support.cases import case

NO_TIME_ON: list[Time] = [0.0, Empirical((0.0, 0.0)), Uniform(0.0, 0.0)]


def check_bursts_take_time(on: Time) -> None:
    with pytest.raises(ScenarioError, match="on of bursts must be more than 0 seconds on average"):
        Bursts(on, 1.0)
    assert Bursts(Empirical((0.0, 1.0)), 0.0).off == 0


def test_bursts_take_time() -> None:
    """Whatever the distribution: an interval would never have passed."""
    for on in NO_TIME_ON:
        with case(on):
            check_bursts_take_time(on)


NO_INTERVAL: list[Time] = [0.0, Uniform(0.0, 0.0), Empirical((0.0,))]


def test_bursts_need_an_interval() -> None:
    """Without one no time passes in which they could be over."""
    for interval in NO_INTERVAL:
        with (
            case(interval),
            pytest.raises(
                ScenarioError, match="bursts of producer 'P' need an interval of more than 0"
            ),
        ):
            ProducerSpec("P", "q", interval, bursts=Bursts(1.0, 1.0))


TOO_SHORT: list[tuple[Time, Time]] = [
    (1e9, 1e-9),
    (1.0, 0.9e-6),
    (Exponential(1.0), Exponential(1e-6)),
    (Gamma(1.0, 1000.0), 0.1),
]


def check_bursts_are_not_so_short_that_one_interval_takes_millions(
    interval: Time, on: Time
) -> None:
    with pytest.raises(ScenarioError, match="bursts of producer 'P' have too short a time on"):
        ProducerSpec("P", "q", interval, bursts=Bursts(on, 1.0))


def test_bursts_are_not_so_short_that_one_interval_takes_millions() -> None:
    """They are gone through one by one, and a long interval is all the worse."""
    for interval, on in TOO_SHORT:
        with case(interval, on):
            check_bursts_are_not_so_short_that_one_interval_takes_millions(interval, on)


SHORT: list[tuple[Time, Time]] = [(1.0, 1e-6), (Exponential(1.0), 1e-5), (1e-9, 1e9)]


def test_bursts_may_be_short() -> None:
    """As long as an interval comes to an end."""
    for interval, on in SHORT:
        with case(interval, on):
            assert ProducerSpec("P", "q", interval, bursts=Bursts(on, 1.0)).bursts is not None
