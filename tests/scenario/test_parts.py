"""Bursts take time, so that a run with them makes progress."""

from __future__ import annotations

import pytest

from pcsim.distributions import Empirical, Exponential, Gamma, Time, Uniform
from pcsim.errors import ScenarioError
from pcsim.scenario import Bursts, ProducerSpec


@pytest.mark.parametrize("on", [0.0, Empirical((0.0, 0.0)), Uniform(0.0, 0.0)])
def test_bursts_take_time(on: Time) -> None:
    """Whatever the distribution: an interval would never have passed."""
    with pytest.raises(ScenarioError, match="on of bursts must be more than 0 seconds on average"):
        Bursts(on, 1.0)
    assert Bursts(Empirical((0.0, 1.0)), 0.0).off == 0


@pytest.mark.parametrize("interval", [0.0, Uniform(0.0, 0.0), Empirical((0.0,))])
def test_bursts_need_an_interval(interval: Time) -> None:
    """Without one no time passes in which they could be over."""
    with pytest.raises(
        ScenarioError, match="bursts of producer 'P' need an interval of more than 0"
    ):
        ProducerSpec("P", "q", interval, bursts=Bursts(1.0, 1.0))


@pytest.mark.parametrize(
    ("interval", "on"),
    [(1e9, 1e-9), (1.0, 0.9e-6), (Exponential(1.0), Exponential(1e-6)), (Gamma(1.0, 1000.0), 0.1)],
)
def test_bursts_are_not_so_short_that_one_interval_takes_millions(interval: Time, on: Time) -> None:
    """They are gone through one by one, and a long interval is all the worse."""
    with pytest.raises(ScenarioError, match="bursts of producer 'P' have too short a time on"):
        ProducerSpec("P", "q", interval, bursts=Bursts(on, 1.0))


@pytest.mark.parametrize(("interval", "on"), [(1.0, 1e-6), (Exponential(1.0), 1e-5), (1e-9, 1e9)])
def test_bursts_may_be_short(interval: Time, on: Time) -> None:
    """As long as an interval comes to an end."""
    assert ProducerSpec("P", "q", interval, bursts=Bursts(on, 1.0)).bursts is not None
