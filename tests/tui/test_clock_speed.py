"""Speeds are stepped through, and written with few digits."""

from __future__ import annotations

from pcsim.snapshot.control import FASTEST, SLOWEST
from pcsim.tui.clock_speed import SPEEDS, Timing, factor, faster, slower


def test_speeds_go_up_and_down_from_any_speed() -> None:
    """Above the fastest comes as fast as possible, below the slowest nothing."""
    assert faster(3.0) == 5.0
    assert slower(3.0) == 2.0
    assert faster(1000.0) is None
    assert faster(None) is None
    assert slower(None) == 1000.0
    assert slower(0.1) == 0.1


def test_a_speed_is_written_with_few_digits() -> None:
    """At most two that are not 0."""
    texts = [factor(speed) for speed in (0.1, 1.0, 10.0, 123.4, 1000.0, 5234.5, 1234567.0)]
    assert texts == ["0.1x", "1x", "10x", "120x", "1000x", "5200x", "1,200,000x"]


def test_the_reached_speed_is_shown_only_where_it_differs() -> None:
    """And never while time is stopped."""
    assert Timing(10.0, reached=9.7).words[0] == "10x"
    assert Timing(1000.0, reached=312.0).words[0] == "1000x, reaches 310x"
    assert Timing(1000.0, is_standing=True, reached=312.0).words[0] == "1000x"
    assert Timing(None).words == ("as fast as possible", "max")
    assert Timing(None, reached=52_321.0).words == ("as fast as possible, 52,000x", "max, 52,000x")


def test_the_keys_reach_every_speed_that_a_run_allows() -> None:
    """From the slowest to the fastest."""
    assert (SPEEDS[0], SPEEDS[-1]) == (SLOWEST, FASTEST)
