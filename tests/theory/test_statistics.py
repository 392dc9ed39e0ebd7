"""Quantiles to the ninth digit, intervals that cover, a cut where the transient ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from pcsim.errors import TheoryError
from pcsim.theory.statistics import Interval, confidence_interval, mser5, student_t_quantile
from tests.support.cases import case

VALUES = st.floats(-1e6, 1e6)


def check_quantile(share: float, degrees: int) -> None:
    wanted = float(stats.t.ppf(share, degrees))
    assert student_t_quantile(share, degrees) == pytest.approx(wanted, rel=1e-9, abs=1e-12)


def test_a_quantile_of_t_has_nine_right_digits() -> None:
    """As scipy has it, from 1 to a million degrees of freedom."""
    shares = [0.5, 0.51, 0.7, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9999, 1 - 1e-9, 0.2, 1e-12]
    for degrees in [1, 2, 3, 4, 5, 9, 30, 59, 60, 61, 200, 1000, 12_345, 10**5, 10**6]:
        for share in shares:
            check_quantile(share, degrees)


@given(st.floats(1e-12, 1 - 1e-12), st.floats(0.5, 1e6))
def test_a_quantile_of_t_leaves_its_share(share: float, degrees: float) -> None:
    """By the distribution function, over all shares and degrees of freedom."""
    value = student_t_quantile(share, degrees)
    assert float(special.stdtr(degrees, value)) == pytest.approx(share, rel=1e-9)


TABLE: list[tuple[float, int, float]] = [
    (0.95, 1, 6.314),
    (0.975, 10, 2.228),
    (0.995, 30, 2.750),
    (0.975, 120, 1.980),
]


def test_a_quantile_of_t_is_that_of_the_tables() -> None:
    """To the three digits that are printed there."""
    for share, degrees, value in TABLE:
        with case(share, degrees, value):
            assert student_t_quantile(share, degrees) == pytest.approx(value, abs=0.0005)


def test_a_quantile_of_t_out_of_range_is_an_error() -> None:
    """Shares are between 0 and 1, degrees of freedom above 0 and finite."""
    for share, degrees in [(0.0, 1), (1.0, 1), (math.nan, 1), (0.5, 0), (0.5, math.inf)]:
        with case(share, degrees), pytest.raises(TheoryError, match="must be"):
            student_t_quantile(share, degrees)


def test_a_quantile_beyond_all_doubles_is_an_error() -> None:
    """No infinity gets out."""
    with pytest.raises(TheoryError, match="too near"):
        student_t_quantile(1e-300, 1)


@given(st.lists(VALUES, min_size=2, max_size=30), st.floats(0.01, 0.999))
def test_an_interval_is_that_of_student(values: list[float], level: float) -> None:
    """As scipy computes it, at every level."""
    interval = confidence_interval(values, level)
    scale = float(stats.sem(values))
    half = float(stats.t.ppf((1 + level) / 2, len(values) - 1)) * scale
    assert interval.count == len(values)
    assert interval.mean == pytest.approx(np.mean(values), abs=1e-6)
    assert interval.half_width == pytest.approx(half, rel=1e-6, abs=1e-6)
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low <= interval.mean <= interval.high


def test_95_percent_of_intervals_cover_the_mean() -> None:
    """2,000 of them, from a fixed seed."""
    random = np.random.default_rng(3)
    covering = 0
    for values in random.normal(10, 4, (2000, 6)).tolist():
        interval = confidence_interval(values)
        assert interval.low is not None
        assert interval.high is not None
        covering += interval.low <= 10 <= interval.high
    assert covering / 2000 == pytest.approx(0.95, abs=0.015)


def test_values_whose_squares_are_too_large_have_an_interval() -> None:
    """Such as items a second of a run that took next to no time."""
    large, small = confidence_interval([1e200, 2e200, 4e200]), confidence_interval([1.0, 2.0, 4.0])
    assert large.half_width == pytest.approx(1e200 * (small.half_width or 0.0))


def test_one_value_has_a_mean_and_no_interval() -> None:
    """Nothing is known of its variance."""
    assert confidence_interval([3.0]) == Interval(3.0, None, None, None, 1)


def test_equal_values_have_an_interval_of_nothing() -> None:
    """Up to rounding; any iterable will do."""
    assert confidence_interval(iter([0.1, 0.1, 0.1])).half_width == pytest.approx(0, abs=1e-15)


WRONG_INTERVALS: list[tuple[list[float], float, str]] = [
    ([], 0.95, "at least one number"),
    ([1.0, math.nan], 0.95, "finite"),
    ([1.0, 2.0], 0.0, "level"),
    ([1.0, 2.0], 1.0, "level"),
    ([1.0, 2.0], 95, "level"),
]


def test_an_interval_of_nothing_or_at_no_level_is_an_error() -> None:
    """Values are finite, and a level lies between 0 and 1."""
    for values, level, message in WRONG_INTERVALS:
        with case(values, level, message), pytest.raises(TheoryError, match=message):
            confidence_interval(values, level)


@given(st.lists(st.integers(-1000, 1000), max_size=120))
def test_mser5_cuts_where_its_definition_does(series: list[int]) -> None:
    """Tried at every batch of the first half, two passes each."""
    batches = np.array(series[: len(series) // 5 * 5], dtype=float).reshape(-1, 5).mean(axis=1)
    count = len(batches)
    errors = [
        float(np.sum((batches[cut:] - batches[cut:].mean()) ** 2)) / (count - cut) ** 2
        for cut in range(count // 2 + 1)
        if count - cut > 1
    ]
    cut = mser5(series)
    assert cut % 5 == 0
    if errors:
        assert errors[cut // 5] == pytest.approx(min(errors), rel=1e-9, abs=1e-9)
    else:
        assert cut == 0


def test_mser5_finds_the_end_of_a_transient() -> None:
    """A climb from 0 to a level around which the series then stays."""
    for begins in [50, 200, 400]:
        with case(begins):
            noise = np.random.default_rng(5).normal(0, 1, 1000)
            level = np.minimum(np.arange(1000) / begins, 1) * 50
            assert begins - 20 <= mser5((level + noise).tolist()) <= begins + 50


def test_mser5_cuts_nothing_from_what_is_steady_at_once() -> None:
    """A constant, and a pattern that repeats in every batch."""
    assert mser5([4.2] * 500) == 0
    assert mser5([1.0, 2.0, 3.0, 4.0, 5.0] * 100) == 0


def test_mser5_never_cuts_more_than_half() -> None:
    """A series that only ever climbs has no steady part: the answer is half of it."""
    assert mser5([float(number) for number in range(1000)]) == 500


def check_short_series(length: int) -> None:
    assert mser5([float(number) for number in range(length)]) == 0


def test_mser5_leaves_a_short_series_alone() -> None:
    """Fewer than 15 values."""
    for length in range(15):
        check_short_series(length)


def test_mser5_of_what_is_not_finite_is_an_error() -> None:
    """It has no mean to settle at."""
    with pytest.raises(TheoryError, match="finite"):
        mser5([1.0] * 20 + [math.inf])
