"""The app polls as often as that is of use."""

from __future__ import annotations

from pcsim.tui.refresh_rate import FASTEST, QUIET, SLOWEST, UNWATCHED, RefreshRate


def test_the_rate_falls_when_frames_are_expensive_and_recovers() -> None:
    """Within limits."""
    rate = RefreshRate()
    assert rate.delay == FASTEST
    for _ in range(10):
        rate.drew(2.0)
    assert rate.delay == SLOWEST
    for _ in range(10):
        rate.drew(0.001)
    assert rate.delay == FASTEST


def test_a_quiet_run_and_an_unwatched_screen_are_polled_less_often() -> None:
    """Until something happens."""
    rate = RefreshRate()
    for _ in range(20):
        rate.polled(changed=False)
    assert rate.delay == QUIET
    rate.polled(changed=True)
    assert rate.delay == FASTEST
    rate.watched = False
    assert rate.delay == UNWATCHED
