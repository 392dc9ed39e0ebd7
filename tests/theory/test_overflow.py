"""The bound of an overflow is one, and no loose one."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pcsim.errors import TheoryError
from pcsim.theory.overflow import mg1_overflow


def exponential(rate: float) -> float:
    return 1 / (1 - rate) if rate < 1 else math.inf


@given(st.floats(0.01, 0.99), st.integers(1, 2_000))
def test_the_exact_chance_is_below_the_bound_and_not_far(load: float, places: int) -> None:
    """M/M/1: so many wait with a chance of load ** (places + 1). Chernoff loses a factor that
    grows with the number of places, not a power of it."""
    bound = mg1_overflow(load, 1.0, exponential, places)
    exact = load ** (places + 1)
    assume(exact > 1e-300)
    assert exact * (1 - 1e-9) <= bound <= min(1.0, exact * 10 * (places + 1) / load)


def test_bounds_of_other_units_and_of_more_places() -> None:
    """Seconds or milliseconds; and a place more is never more often taken."""
    here = [mg1_overflow(0.5, 1.0, exponential, places) for places in range(1, 60)]
    there = [mg1_overflow(500.0, 0.001, lambda r: exponential(r / 1000), n) for n in range(1, 60)]
    assert here == pytest.approx(there)
    assert here == sorted(here, reverse=True)
    assert here[0] <= 1


@pytest.mark.parametrize(
    "wrong", [(0.0, 1.0, 5), (0.5, 0.0, 5), (0.5, 1.0, 0), (1.0, 1.0, 5), (math.nan, 1.0, 5)]
)
def test_numbers_out_of_range_are_told(wrong: tuple[float, float, int]) -> None:
    rate, time, places = wrong
    with pytest.raises(TheoryError):
        mg1_overflow(rate, time, exponential, places)
