"""The bound of an overflow is one, and no loose one."""

from __future__ import annotations

import math
from bisect import bisect_left

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import gammainc

from pcsim.distributions import Lognormal
from pcsim.errors import TheoryError
from pcsim.theory.overflow import heavy_mg1_overflow, mg1_overflow
from tests.support.cases import case


def exponential(rate: float) -> float:
    return 1 / (1 - rate) if rate < 1 else math.inf


@given(st.floats(0.01, 0.99), st.integers(1, 2_000))
def test_the_exact_chance_is_below_the_bound_and_not_far(load: float, places: int) -> None:
    """M/M/1: `places` items or more wait with a chance of load ** (places + 1). Chernoff loses a
    factor that grows with the number of places, not a power of it."""
    bound = mg1_overflow(load, 1.0, exponential, places)
    exact = load ** (places + 1)
    assume(exact > 1e-300)
    assert exact * (1 - 1e-9) <= bound <= min(1.0, exact * 10 * (places + 1) / load)


def test_bounds_of_other_units_and_of_more_places() -> None:
    """Seconds or milliseconds; and the bound falls with each further place."""
    here = [mg1_overflow(0.5, 1.0, exponential, places) for places in range(1, 60)]
    there = [mg1_overflow(500.0, 0.001, lambda r: exponential(r / 1000), n) for n in range(1, 60)]
    assert here == pytest.approx(there)
    assert here == sorted(here, reverse=True)
    assert here[0] <= 1


OUT_OF_RANGE: list[tuple[float, float, int]] = [
    (0.0, 1.0, 5),
    (0.5, 0.0, 5),
    (0.5, 1.0, 0),
    (1.0, 1.0, 5),
    (math.nan, 1.0, 5),
]


def test_numbers_out_of_range_are_an_error() -> None:
    """A rate or time of 0, no place, a load of 1, and what is not a number."""
    for wrong in OUT_OF_RANGE:
        with case(wrong):
            rate, time, places = wrong
            with pytest.raises(TheoryError):
                mg1_overflow(rate, time, exponential, places)


def wait_at_least(places: int, load: float, service: Lognormal) -> float:
    """The chance that `places` items or more wait, where a service takes 1 s on average.

    The number that waits is a sum of a geometric number of terms: each is the number that
    comes during what is left of a service in progress."""
    spread = math.sqrt(math.log1p(service.scv))
    normal = np.linspace(-8, 13, 1_001)
    weights = np.exp(-normal * normal / 2) / math.sqrt(2 * math.pi) * (normal[1] - normal[0])
    arriving = load * np.exp(spread * normal - spread * spread / 2)
    counts = range(1, places + 2_000)
    each = np.array([float(weights @ gammainc(count, arriving)) for count in counts]) / load
    more = np.cumsum(each[::-1])[::-1][1 : places + 1]
    chances = np.zeros(places)
    for number in range(places):
        earlier = float(each[1 : number + 1] @ chances[:number][::-1])
        chances[number] = load * (more[number] + earlier) / (1 - load * each[0])
    return float(chances[-1])


def check_without_moments_the_bound_holds_and_is_no_loose_one_either(
    cv: float, load: float
) -> None:
    service = Lognormal(1.0, cv)

    def bound(places: int) -> float:
        return heavy_mg1_overflow(load, 1.0, service.rest_beyond, places, 1e-9)

    plenty = 1 + bisect_left(range(1, 1_000), True, key=lambda places: bound(places) < 1e-9)
    assert wait_at_least(plenty, load, service) < 1e-9
    assert wait_at_least(plenty // 2, load, service) > 1e-9


def test_without_moments_the_bound_holds_and_is_no_loose_one_either() -> None:
    """Where the bound falls below 1e-9 the chance does too; at half of the places it does not."""
    for cv, load in [(0.3, 0.5), (0.8, 0.1), (0.8, 0.9), (1.5, 0.1), (1.5, 0.2), (3.0, 0.01)]:
        with case(cv, load):
            check_without_moments_the_bound_holds_and_is_no_loose_one_either(cv, load)
