"""The timeline shows what each worker did when, and its cursor says what that was."""

from __future__ import annotations

import re

import pytest

from pcsim.tui.pages.timeline import TimelinePage
from pcsim.tui.screens.details import DetailsScreen
from tests.tui.scenarios import BACK_PRESSURE, FAN, STEADY, THOUSAND, THREE_HUNDRED
from tests.tui.support import (
    advance,
    app_for,
    opened,
    pass_time,
    picture,
    run_to_page,
    virtual_app,
)  # fmt: skip


def lane(shown: str, name: str) -> str:
    """The line of a lane."""
    return next(
        line for line in shown.splitlines() if re.match(rf"[│ ▸▐]*{re.escape(name)} ", line)
    )


@pytest.mark.parametrize("speed", [1.0, 100.0, None])
async def test_the_shares_are_those_of_the_rows(speed: float | None) -> None:
    """At any speed, as long as all of the run is seen."""
    app = virtual_app(BACK_PRESSURE, speed)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 3.0)
        await pilot.press("2")
        await opened(app, pilot)
        at = app.watcher.session.view
        [row] = at.snapshot.producers
        shares = row.shares(at.at)
        shown = re.findall(r"(\d+) %", lane(picture(app), "FastProducer"))
        assert int(shown[0]) == pytest.approx(100 * shares.active, abs=1)
        assert int(shown[1]) == pytest.approx(100 * shares.blocked_full, abs=1)


async def test_the_cursor_reads_what_was_then_and_escape_follows_the_run_again() -> None:
    """The first press puts it at the newest column; a second escape leaves the view."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 4.0, "2")
        assert "─ Now ─" in picture(app)
        await pilot.press("g")
        await pilot.pause()
        assert "─ At 0:00.0 ─" in picture(app)
        assert "first full 0:00.2" in picture(app)
        await pilot.press("right", "right")
        await pilot.pause()
        assert "─ At 0:00.5 ─" in picture(app)
        await advance(app, pilot, 6.0)
        assert "─ At 0:00.5 ─" in picture(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "─ Now ─" in picture(app)
        await pilot.press("escape")
        assert app.dashboard.number == 1


async def test_all_views_go_to_the_moment_of_the_cursor_and_it_can_be_marked() -> None:
    """`b` looks back from there; without a cursor it looks back from now, as in any view."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 6.0, "2")
        await pilot.press("g", "right", "right", "b")
        await pilot.pause()
        assert app.watcher.display.view.at == pytest.approx(0.5, abs=0.25)
        assert "─ At" not in picture(app)
        await pilot.press("m")
        (mark,) = app.watcher.session.own_marks
        assert mark.at == app.watcher.display.view.at
        await pilot.press("1")
        await opened(app, pilot)
        assert app.watcher.display.view.at == mark.at
        await pilot.press("b", "2", "b")
        await pilot.pause()
        assert app.watcher.display.view.at == pytest.approx(6.0, abs=0.5)


async def test_brackets_change_the_width_of_a_column_within_bounds() -> None:
    """Never wider than the whole run needs, never finer than what is kept."""
    app = app_for(STEADY)
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 30.0, "2")
        assert "250 ms a column" in picture(app)
        await pilot.press("[", "[", "[", "[")
        await pilot.pause()
        assert "62.5 ms a column" in picture(app)
        await pilot.press(*"]]]]]]]]]]]]")
        await pilot.pause()
        assert "500 ms a column" in picture(app)
        assert "since the start" in picture(app)


async def test_a_group_unfolds_and_a_worker_opens_its_details() -> None:
    """With the same key."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 2.0, "2")
        page = app.dashboard.page
        assert isinstance(page, TimelinePage)
        place = [lane.name for lane in page.lanes.lanes].index("resize-small")
        await pilot.press(*["down"] * place, "enter", "down")
        assert lane(picture(app), "resize-small-1")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, DetailsScreen)
        assert "resize-small-1" in picture(app)
        await pilot.press("escape", "up", "enter")
        await pilot.pause()
        assert "resize-small-1 " not in "".join(picture(app).splitlines()[:24])


async def test_the_lanes_that_were_blocked_most_can_be_first() -> None:
    """And along the flow again."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 4.0)
        await pilot.press("2", "o")
        await opened(app, pilot)
        page = app.dashboard.page
        assert isinstance(page, TimelinePage)
        assert [one.name for one in page.lanes.lanes][-1] == "SlowConsumer"
        await pilot.press("o")
        assert [one.name for one in page.lanes.lanes] == ["FastProducer", "main", "SlowConsumer"]


@pytest.mark.parametrize("scenario", [THOUSAND, THREE_HUNDRED], ids=["1,000", "300"])
async def test_many_workers_are_few_lanes(scenario: object) -> None:
    """Those of one kind have one."""
    app = app_for(scenario)  # type: ignore[arg-type]
    async with app.run_test(size=(80, 24)) as pilot:
        await run_to_page(app, pilot, 1.0, "2")
        page = app.dashboard.page
        assert isinstance(page, TimelinePage)
        assert len(page.lanes.lanes) < 20
        assert "×" in picture(app)


async def test_before_the_start_there_are_lanes_without_a_past() -> None:
    """Nothing has happened yet, and every key is survived."""
    app = app_for(FAN)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await opened(app, pilot)
        await pilot.press(*"[]gno", "left", "right", "down", "enter", "escape", "escape", "2")
        await pilot.pause()
        assert "web" in picture(app)


async def test_a_filter_leaves_the_lanes_with_its_words() -> None:
    """Names, groups and states; nothing that fits is said, and escape shows all lanes."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 20.0, "2")
        await pilot.press("slash", *"resize", "enter")
        await pilot.pause()
        page = app.dashboard.page
        assert isinstance(page, TimelinePage)
        assert {one.name for one in page.lanes.lanes} == {"resize-small", "resize-large"}
        assert "/ resize" in picture(app)
        await pilot.press("slash", *"qq", "enter", "enter", "right", "left", "g")
        await pilot.pause()
        assert "no row has “resizeqq” in it" in picture(app)
        await pilot.press("escape")
        await pilot.pause()
        assert len(page.lanes.lanes) > 10
