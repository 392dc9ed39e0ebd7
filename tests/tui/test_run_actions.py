"""The clock of a virtual run is shown, set, stopped and stepped by keys."""

from __future__ import annotations

import pytest

from pcsim.snapshot import Phase
from pcsim.tui.clock_speed import SPEEDS
from pcsim.tui.screens.details import DetailsScreen
from tests.tui.scenarios import BACK_PRESSURE, COFFEE_BAR, STEADY
from tests.tui.support import (
    app_for,
    clock_of,
    footer,
    header,
    messages,
    paced_of,
    pass_time,
    picture,
    run_of,
    virtual_app,
)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        ((160, 40), "virtual time · 10x"),
        ((120, 40), "virtual time · 10x"),
        ((80, 24), "virtual · 10x"),
        ((40, 12), "10x"),
    ],
)
async def test_the_header_shows_that_time_is_virtual_and_its_speed(
    size: tuple[int, int], text: str
) -> None:
    """In fewer words where there is less room."""
    app = virtual_app(COFFEE_BAR, 10)
    async with app.run_test(size=size) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        assert text in header(app)
        assert "0:10.0" in header(app)
        assert "…" not in header(app).partition("running")[2]


async def test_the_header_shows_that_time_is_real() -> None:
    """So the two are not confused."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)):
        assert "real time" in header(app)


async def test_the_header_of_a_run_that_is_over_shows_no_speed() -> None:
    """Its time no longer passes."""
    app = virtual_app(BACK_PRESSURE, 10)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 2)
        assert "virtual time" in header(app)
        assert "10x" not in header(app)


async def test_a_speed_that_is_not_reached_is_shown_with_the_one_that_is() -> None:
    """The user sees what limits the run."""
    app = virtual_app(STEADY, 1000)
    async with app.run_test(size=(120, 40)) as pilot:
        clock_of(app).tick = 0.02
        await pilot.press("s")
        await pass_time(app, pilot, 2)
        assert "1000x, reaches " in header(app)


async def test_plus_and_minus_go_through_all_speeds() -> None:
    """Up to as fast as possible, and down again."""
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(160, 40)) as pilot:
        run = paced_of(app)
        for speed in SPEEDS[SPEEDS.index(1.0) + 1 :]:
            await pilot.press("plus")
            assert run.speed == speed
            assert f" {speed:g}x" in header(app)
        await pilot.press("equals_sign")
        assert run.speed is None
        assert "as fast as possible" in header(app)
        await pilot.press("plus")
        assert run.speed is None
        for wished in reversed(SPEEDS):
            await pilot.press("minus")
            assert run.speed == wished
        await pilot.press("minus")
        assert paced_of(app).speed == SPEEDS[0]
        assert "0.1x" in header(app)


async def test_s_starts_stops_and_resumes_the_clock() -> None:
    """No time passes while it is stopped."""
    app = virtual_app(COFFEE_BAR, 100)
    async with app.run_test(size=(120, 40)) as pilot:
        assert "s start" in footer(app)
        await pilot.press("s")
        assert "s stop" in footer(app)
        await pass_time(app, pilot, 1.0)
        await pilot.press("s")
        assert "○ stopped" in header(app)
        assert "1:40.000" in header(app)
        assert "s go on" in footer(app)
        await pass_time(app, pilot, 3.0)
        assert "1:40.000" in header(app)
        await pilot.press("s")
        await pass_time(app, pilot, 1.0)
        assert "running" in header(app)
        assert "3:20.0" in header(app)


async def test_a_stopped_clock_neither_pauses_producing_nor_freezes_the_display() -> None:
    """The three are independent."""
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s", "s")
        assert app.control.snapshot().producing
        assert not app.watcher.display.is_frozen
        await pilot.press("p", "s")
        await pass_time(app, pilot, 1.0)
        assert "‖ paused" in picture(app)
        assert "0:01.0" in header(app)


async def test_full_stop_steps_from_event_to_event() -> None:
    """Each step ends at a time at which something happened."""
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 0.2)
        seen = []
        for _ in range(4):
            await pilot.press("full_stop")
            await pilot.pause()
            assert "○ stopped" in header(app)
            seen.append(header(app).partition("stopped")[2].split()[0])
        assert seen == ["0:00.250", "0:00.300", "0:00.350", "0:00.550"]
        assert "0:00.5 ▶ FastProducer" in picture(app)


async def test_a_step_before_the_start_starts_with_a_stopped_clock() -> None:
    """So a run can be followed from its first event."""
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        assert ". to go step by step" in picture(app)
        await pilot.press("full_stop")
        assert app.control.snapshot().phase is Phase.RUNNING
        assert "0:00.000" in header(app)
        await pass_time(app, pilot, 1.0)
        assert "0:00.000" in header(app)


async def test_steps_come_to_the_report() -> None:
    """After which a step does no harm."""
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(*["full_stop"] * 60)
        await pilot.pause()
        assert "Every item is accounted for" in picture(app)
        await pilot.press("full_stop", "s")
        assert app.control.snapshot().phase is Phase.FINISHED


async def test_a_step_without_an_event_explains_why() -> None:
    """Producing is paused, and the queues are empty."""
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 0.3)
        await pilot.press("p", *["full_stop"] * 12)
        assert messages(app)[-1] == "No events are left; p resumes producing."


async def test_a_step_unfreezes_the_display() -> None:
    """Its effect is to be seen."""
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 0.2)
        await pilot.press("space", "full_stop")
        assert "frozen" not in picture(app)
        assert "0:00.250" in header(app)


async def test_a_row_is_watched_from_event_to_event_in_its_details() -> None:
    """The keys of the clock work there too."""
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("full_stop", "enter")
        await pilot.pause()
        assert isinstance(app.screen, DetailsScreen)
        assert "0 of 3" in picture(app)
        await pilot.press(*["full_stop"] * 3)
        await pilot.pause()
        assert "2 of 3" in picture(app)
        await pilot.press("plus", "s")
        assert paced_of(app).speed == 2.0
        assert not paced_of(app).is_standing


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("plus", "Only virtual time has a speed."),
        ("minus", "Only virtual time has a speed."),
        ("full_stop", "Only virtual time can be stepped."),
        ("s", "Only virtual time can be stopped."),
    ],
)
async def test_in_real_time_a_message_explains_why_these_keys_do_nothing(
    key: str, why: str
) -> None:
    """In one line."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s")
        await pilot.press(key)
        await pilot.pause()
        assert messages(app) == [why]
        assert run_of(app).calls == ["start"]


async def test_the_footer_names_these_keys_only_in_virtual_time() -> None:
    """Before the start and after it."""
    for app, is_shown in ((virtual_app(BACK_PRESSURE), True), (app_for(BACK_PRESSURE), False)):
        async with app.run_test(size=(80, 24)) as pilot:
            for _ in range(2):
                assert ("+ - speed" in footer(app)) is is_shown
                assert (". step" in footer(app)) is is_shown
                await pilot.press("s")


async def test_a_chart_opened_while_time_is_stopped_names_its_period() -> None:
    """Though no new view comes."""
    app = virtual_app(COFFEE_BAR, 1000)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 5)
        await pilot.press("s", "c")
        await pilot.pause()
        assert "Depth and throughput  since the start" in picture(app)
