"""Rates, durations, chart and sentence follow the time of the run."""

from __future__ import annotations

import pytest

from pcsim.snapshot import Phase, Snapshot, Totals
from pcsim.text import clock_time
from pcsim.tui.saying import SentenceBasis
from tests.tui.scenarios import BACK_PRESSURE, COFFEE_BAR, STEADY
from tests.tui.support import (
    clock_of,
    paced_of,
    pass_time,
    picture,
    virtual_app,
)


@pytest.mark.parametrize("speed", [0.1, 1.0, 10.0, 1000.0, None])
async def test_rates_are_those_of_virtual_time_at_any_speed(speed: float | None) -> None:
    """Ten a second is ten a virtual second."""
    app = virtual_app(STEADY, speed)
    async with app.run_test(size=(120, 40)) as pilot:
        if speed is None:
            clock_of(app).tick = 0.004
        await pilot.press("s")
        await pass_time(app, pilot, 40 if speed == 0.1 else 4)
        view = app.watcher.session.view
        assert view.trend.consumed_rate() == pytest.approx(10, rel=0.06)
        shown = view.shown
        assert shown.queues[0].put_rate(shown.at) == pytest.approx(10, rel=0.06)
        assert shown.workers[1].throughput(shown.at) == pytest.approx(10, rel=0.06)


async def test_rates_stay_right_when_the_speed_changes_and_after_steps() -> None:
    """The window of the rates follows the speed."""
    app = virtual_app(STEADY, 1000)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        await pilot.press(*["minus"] * 9)
        assert paced_of(app).speed == 1.0
        for _ in range(30):
            await pass_time(app, pilot, 0.1)
            assert app.watcher.session.view.trend.consumed_rate() == pytest.approx(10, rel=0.06)
        await pilot.press(*["full_stop"] * 40)
        assert app.watcher.session.view.trend.consumed_rate() == pytest.approx(10, rel=0.06)


async def test_durations_are_virtual() -> None:
    """A worker blocked for 150 ms is shown so at any speed."""
    app = virtual_app(BACK_PRESSURE, 0.1)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 5.0)
        assert "main full 150 ms" in picture(app)


async def test_the_chart_shows_a_minute_of_ours() -> None:
    """At 100 times the speed, 100 times the period."""
    for speed, seconds in ((1.0, 70.0), (100.0, 7_000.0)):
        app = virtual_app(COFFEE_BAR, speed)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press("s")
            await pass_time(app, pilot, 90)
            stretch = app.watcher.session.view.trend.stretch(40, 60 * speed)
            assert "last " in picture(app)
            assert seconds / 2 < app.watcher.session.view.at - stretch.begins_at < seconds * 2


async def test_the_chart_shows_what_a_step_has_changed() -> None:
    """Step by step."""
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        depths = []
        for _ in range(4):
            await pilot.press("full_stop")
            samples = app.watcher.session.view.trend.stretch(40).samples
            depths.append([sample.depths[0] for sample in samples if sample][-1])
        assert depths == [0, 0, 1, 2]


async def test_between_two_polls_the_history_grows_and_the_display_stays() -> None:
    """A fast run has a chart without gaps."""
    app = virtual_app(STEADY, 100)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        shown = picture(app)
        clock_of(app).now += 0.05
        app.watcher.session.extend_history()
        assert picture(app) == shown
        assert app.watcher.session.view.at == pytest.approx(100)
        samples = [
            sample for sample in app.watcher.session.view.trend.stretch(200).samples if sample
        ]
        assert samples[-1].at == pytest.approx(105)


async def test_the_sentence_is_of_the_time_at_which_the_clock_was_stopped() -> None:
    """It does not wait for its next turn."""
    app = virtual_app(BACK_PRESSURE, 10)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        assert "Just started" in picture(app)
        clock_of(app).now += 0.3
        await pilot.press("s")
        assert "SlowConsumer is the bottleneck" in picture(app)


async def test_after_ten_hours_an_event_still_shows_its_second() -> None:
    """The column of times grows."""
    app = virtual_app(COFFEE_BAR, 1000)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 40)
        await pilot.press("s")
        newest = app.watcher.session.view.events[0]
        assert newest.at > 36_000
        assert f" {clock_time(newest.at, tenths=False)} " in picture(app).replace("│", " ")


def test_the_sentence_is_made_ever_more_seldom_while_nothing_happens() -> None:
    """Up to a limit, and at its first pace again once something has happened."""
    at = 0.0
    basis: SentenceBasis | None = None
    pauses = []
    for version in (1, 1, 1, 1, 1, 1, 2):
        basis = SentenceBasis(at, version, Phase.RUNNING, producing=True).after(basis)
        still = Snapshot(version, at, Phase.RUNNING, True, (), (), Totals())
        assert basis.is_current(still, at + basis.stale_after - 0.1)
        assert not basis.is_current(still, at + basis.stale_after)
        assert not basis.is_current(still._replace(version=9), at + 1.0)
        pauses.append(basis.stale_after)
        at += basis.stale_after
    assert pauses == [5.0, 10.0, 20.0, 40.0, 40.0, 40.0, 5.0]
