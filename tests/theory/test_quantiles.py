"""Quantiles of several runs together, and where they have an interval."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from pcsim.theory.quantiles import Counts, pooled_quantiles
from pcsim.theory.statistics import Interval


def exponential_runs(seed: int, runs: int, size: int) -> list[Counts]:
    """Runs of independent exponential times with a mean of 1 s."""
    generator = random.Random(seed)
    return [Counter(generator.expovariate(1.0) for _ in range(size)) for _ in range(runs)]


def only(runs: list[Counts], share: float, independent: float | None = None) -> Interval:
    """The one quantile that is wanted."""
    (interval,) = pooled_quantiles(runs, [share], independent)
    return interval


def test_the_estimate_is_the_quantile_of_all_times_together() -> None:
    """Runs are of different sizes, and their own quantiles are far apart."""
    runs: list[Counts] = [{1.0: 90, 9.0: 10}, {2.0: 1}, {3.0: 9}]
    assert only(runs, 0.5).mean == 1.0
    assert only(runs, 0.9).mean == 3.0
    assert only(runs, 0.95).mean == 9.0
    assert only(runs, 0.5).count == 3


def test_intervals_of_independent_times_cover_what_is_true() -> None:
    """The median and the 90 % quantile of an exponential time, over 200 seeds."""
    true = {0.5: 0.693147, 0.9: 2.302585}
    hits: Counter[float] = Counter()
    for seed in range(200):
        runs = exponential_runs(seed, 10, 100)
        for share, interval in zip(true, pooled_quantiles(runs, list(true)), strict=True):
            assert interval.low is not None
            assert interval.high is not None
            assert interval.low <= interval.mean <= interval.high
            hits[share] += interval.low <= true[share] <= interval.high
    assert all(180 <= number <= 197 for number in hits.values()), hits


def test_too_few_independent_times_beyond_it_give_no_interval() -> None:
    """By what is known beforehand, or by how the runs differ."""
    runs = exponential_runs(1, 20, 100)
    assert only(runs, 0.9).low is not None
    assert only(runs, 0.9, independent=61.0).low is not None
    short = only(runs, 0.9, independent=59.0)
    assert short == (only(runs, 0.9).mean, None, None, None, 20)
    assert only(exponential_runs(1, 20, 10), 0.99).low is None


def test_runs_that_differ_as_a_whole_are_worth_few_times() -> None:
    """A thousand times in each, but all of one run are the same: as if there were ten."""
    runs: list[Counts] = [{1.0 + number: 1000} for number in range(10)]
    assert only(runs, 0.9).low is None


def test_runs_that_are_all_the_same_have_intervals_without_a_width() -> None:
    """Their error is unknown, and no cell is added to it."""
    runs: list[Counts] = [{0.3: 7, 0.0: 3}] * 3
    assert only(runs, 0.5) == (0.3, 0.0, 0.3, 0.3, 3)


def test_ends_are_the_edges_of_cells() -> None:
    """1.5 stands for times of 1.496 to 1.504."""
    runs: list[Counts] = [{1.5: 100 + n, 9.0: 100 - n} for n in (-1, 0, 1)]
    interval = only(runs, 0.25)
    assert (interval.low, interval.high) == pytest.approx((1.5 - 1 / 256, 1.5 + 1 / 256))


def test_one_run_or_none_has_no_interval() -> None:
    """But one has an estimate, and empty runs do not count."""
    assert only([{2.0: 3}, {}], 0.5) == (2.0, None, None, None, 1)
    assert only([{}, {}], 0.5) == (0.0, None, None, None, 0)
    assert pooled_quantiles([], [0.5]) == [(0.0, None, None, None, 0)]
