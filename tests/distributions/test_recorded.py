"""Recorded times: drawn again or played back, from a list or a column of a file."""

from __future__ import annotations

import tracemalloc
from itertools import accumulate
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pcsim.distributions import (
    Empirical,
    Instants,
    draws,
    laplace,
    mean_of,
    said,
    scv_of,
    variance_of,
)
from pcsim.distributions.streams import stream
from pcsim.errors import ScenarioError
from tests.support.cases import case
from tests.support.times import MEASURED, TIMES, sample


def test_empirical_times_are_drawn_evenly_and_again() -> None:
    """Each of the values with the same frequency, a value listed twice with twice of it."""
    drawn = sample(Empirical(MEASURED), 50_000)
    seen, counts = numpy.unique(drawn, return_counts=True)
    assert seen.tolist() == sorted(set(MEASURED))
    assert stats.chisquare(counts, [10_000, 20_000, 10_000, 10_000]).pvalue > 0.001


def test_streams_of_one_list_share_it() -> None:
    """A hundred workers with a million values each would not fit into memory."""
    distribution = Empirical(tuple(map(float, range(100_000))))
    next(draws(distribution, stream(1, 0, "A", "service")))
    tracemalloc.start()
    try:
        rows = [draws(distribution, stream(1, 0, f"{n}", "service")) for n in range(20)]
        assert all(next(row) >= 0 for row in rows)
        assert tracemalloc.get_traced_memory()[1] < 800_000
    finally:
        tracemalloc.stop()


def test_instants_are_played_back_and_end() -> None:
    """The first interval is that from the start; after the last time there is nothing."""
    distribution = Instants((0.5, 0.5, 1.0, 4.0))
    played = list(draws(distribution, stream(1, 0, "P", "interval")))
    assert played == [0.5, 0.0, 0.5, 3.0]
    assert list(accumulate(played)) == [0.5, 0.5, 1.0, 4.0]
    assert mean_of(distribution) == 1.0
    assert variance_of(distribution) == pytest.approx(numpy.var(played))
    assert scv_of(Instants((0.0, 0.0))) == 0


@given(st.lists(TIMES, min_size=1, max_size=1100).map(sorted))
def test_instants_are_met_within_rounding(at: list[float]) -> None:
    """However many there are, also more than a block."""
    recorded = Instants(tuple(at))
    played = list(accumulate(draws(recorded, stream(1, 0, "P", "interval"))))
    assert played == pytest.approx(recorded.arrivals, rel=1e-9)


def test_a_run_starts_at_the_first_of_instants_that_are_seconds_since_1970() -> None:
    """It does not wait for half a century; and says that it starts there."""
    epoch = 1714557600.0
    log = Instants(tuple(epoch + after for after in (0, 1, 1, 2.5, 4, 9)))
    assert log.arrivals == (0.0, 1.0, 1.0, 2.5, 4.0, 9.0)
    assert said(log) == "recorded, 6 instants, from the first on, mean interval 1.5 s"
    assert log.at is not None
    assert log.at[0] == epoch
    assert Instants((5.0, 6.0)).arrivals == (5.0, 6.0)


@pytest.mark.parametrize(("distribution", "name"), [(Empirical, "values"), (Instants, "at")])
def test_numbers_of_a_file_are_read_when_the_file_is_loaded(distribution: Any, name: str) -> None:
    """Until then nothing but its words can be had, and the error names file and column."""
    unread = distribution(csv="times.csv", column="ms")
    assert said(unread).endswith(", column 'ms' of 'times.csv'")
    generator = stream(1, 0, "P", "interval")
    for use in (mean_of, variance_of, scv_of, lambda distribution: laplace(distribution, 1),
                lambda distribution: draws(distribution, generator)):  # fmt: skip
        with pytest.raises(ScenarioError, match=r"column 'ms' of 'times.csv' is not read yet"):
            use(unread)
    assert unread.with_values((1, 2)) == distribution((1.0, 2.0))
    with pytest.raises(ScenarioError, match=f"number 2 of {name} of"):
        unread.with_values((1.0, -2.0))


WRONG_SOURCES: list[tuple[Any, str, str]] = [
    (lambda: Empirical(), "values of distribution 'empirical'", "neither"),
    (lambda: Empirical((1,), csv="a"), "values of distribution 'empirical'", "values and csv"),
    (lambda: Instants(csv="a"), "at of distribution 'instants'", "csv"),
    (lambda: Instants(column="b"), "at of distribution 'instants'", "column"),
]


def test_recorded_times_have_one_source() -> None:
    """The numbers, or a file with its column."""
    for make, needed, had in WRONG_SOURCES:
        with case(make, needed, had):
            with pytest.raises(ScenarioError) as caught:
                make()
            assert (
                str(caught.value)
                == f"{needed} or csv with column must be there, and not both: there is {had}"
            )
