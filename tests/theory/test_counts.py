"""Counts of times are a mapping, in a small form that is sent and kept as it is."""

from __future__ import annotations

import math
import pickle
import struct
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcsim.engine.books.histogram import Histogram
from pcsim.theory.counts import NO_TIMES, TimeCounts

COUNTS = st.dictionaries(st.floats(min_value=0.0), st.integers(1, 2**40), max_size=40)


@given(COUNTS, st.floats(min_value=0.0), st.floats(0.0, 1.0))
def test_they_are_the_mapping_that_they_were_made_of(
    given_counts: dict[float, int], time: float, share: float
) -> None:
    """Also after they were sent; what is asked of them is what all times one by one would say."""
    counts = TimeCounts.of(given_counts)
    for one in (counts, pickle.loads(pickle.dumps(counts))):  # noqa: S301 - our own
        assert one == given_counts
        assert list(one.items()) == sorted(given_counts.items())
        assert [one.get(value) for value in (*given_counts, time)] == [
            given_counts.get(value) for value in (*given_counts, time)
        ]
        assert one.total == sum(given_counts.values())
        assert one.beyond(time) == sum(n for value, n in given_counts.items() if value > time)
        assert one.place_after(time) == sum(value <= time for value in given_counts)
    if given_counts:
        wanted = share * counts.total
        assert counts.at(share) == next(
            value
            for value, reached in zip(counts.times, counts.reached(), strict=True)
            if reached >= wanted
        )


@given(COUNTS, COUNTS)
def test_two_of_them_add_up(one: dict[float, int], other: dict[float, int]) -> None:
    """As counters do."""
    both = TimeCounts.of(one) + TimeCounts.of(other)
    assert both == Counter(one) + Counter(other)
    assert list(both) == sorted(both)


def test_those_of_a_run_are_small() -> None:
    """A few bytes for each time; a float and an integer pickled take more than twice that."""
    histogram = Histogram()
    histogram.add([1.001**number for number in range(20_000)])
    counts = histogram.counts()
    assert len(pickle.dumps(counts)) < 6.2 * len(counts) + 300
    assert all(
        value == struct.unpack("f", struct.pack("f", value))[0] for value in counts.times[:-1]
    )


def test_none_are_like_an_empty_mapping() -> None:
    """Nothing is found in it."""
    assert not NO_TIMES
    assert (dict(NO_TIMES), NO_TIMES.total, NO_TIMES.times) == ({}, 0, [])
    assert NO_TIMES.beyond(0.0) == NO_TIMES.place_after(math.inf) == 0
    with pytest.raises(KeyError):
        NO_TIMES[0.0]
