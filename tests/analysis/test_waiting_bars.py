"""Waiting times are shown in a few classes of round width that hold all of them."""

from __future__ import annotations

import math
import random

import pytest

from pcsim.analysis.waiting_bars import MOST, recent_bars, waiting_bars
from pcsim.engine.books.histogram import Histogram
from pcsim.snapshot import Spread


def spread(times: list[float]) -> Spread:
    histogram = Histogram()
    histogram.add(times)
    return histogram.spread


@pytest.mark.parametrize("mean", [1e-6, 0.03, 1.0, 4000.0])
def test_every_time_is_in_one_class(mean: float) -> None:
    """The classes are at most eight; all but the last are alike, and each percentile has one."""
    numbers = random.Random(5)
    times = [numbers.expovariate(1 / mean) for _ in range(5000)]
    bars = waiting_bars(spread(times))
    assert 2 <= len(bars) <= MOST
    assert sum(bar.count for bar in bars) == 5000
    assert sorted(mark for bar in bars for mark in bar.marks) == ["p50", "p90", "p99"]
    for bar in bars[:-1]:
        exact = sum(bar.begin < time <= bar.end for time in times)
        assert bar.count == pytest.approx(exact, abs=40)
    assert math.isinf(bars[-1].end)


@pytest.mark.parametrize("times", [[0.0], [0.0, 0.0, 5.0], [2.0], [1e-9] * 3, [1e300]])
def test_few_and_equal_times_have_classes(times: list[float]) -> None:
    """Also where they are all zero."""
    bars = waiting_bars(spread(times))
    assert sum(bar.count for bar in bars) == len(times)
    assert sorted(mark for bar in bars for mark in bar.marks) == ["p50", "p90", "p99"]


def test_without_counts_there_are_none() -> None:
    """As in a recording, or where nothing was measured."""
    assert waiting_bars(Spread()) == ()
    assert waiting_bars(Spread(3, 1.0, 1.0, 1.0, 1.0)) == ()


def test_the_classes_of_late_are_those_of_the_times_since_then() -> None:
    """The counts of an earlier moment are taken from those of a later one."""
    histogram = Histogram()
    histogram.add([0.1] * 50 + [0.4] * 20)
    before = histogram.copy().spread
    histogram.add([0.4] * 7 + [0.9] * 3)
    whole = histogram.spread
    recent = whole.since(before)
    bars = recent_bars(recent, whole, before)
    assert sum(bar.count for bar in bars) == 10
    assert [bar.count for bar in bars if bar.count] == [7, 3]
    assert recent_bars(recent, whole._replace(count=81), before) == ()
    assert recent_bars(whole, whole, Spread()) == waiting_bars(whole)
