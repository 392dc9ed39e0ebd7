"""Digits choose what is seen of a run: one page at a time, made when it is first opened."""

from __future__ import annotations

import pytest

from pcsim.tui.app import PcsimApp
from pcsim.tui.keys import KEYS
from pcsim.tui.pages.table import OVERVIEW, PAGES, REPORT
from pcsim.tui.screens.help import help_lines
from tests.tui.scenarios import BACK_PRESSURE
from tests.tui.support import advance, app_for, footer, messages, picture


def test_every_page_has_a_key_of_its_own() -> None:
    """One table: the help and the palette follow from it."""
    assert len({page.number for page in PAGES}) == len(PAGES)
    texts = {"".join(text for text, _ in line) for line in help_lines()}
    for page in PAGES:
        assert page.key in KEYS
        assert f"  {page.number:<9}{page.does}" in texts


async def over(app: PcsimApp) -> str:
    """The line under the header."""
    return picture(app).splitlines()[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_a_digit_opens_its_page_and_escape_goes_back(page: object) -> None:
    """The line of tabs says which is seen; on a low screen there is none."""
    number, name = page.number, page.name  # type: ignore[attr-defined]
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 30.0)
        await pilot.press("1", str(number))
        await pilot.pause()
        assert app.dashboard.number == number
        assert f"[{number} {name}]" in await over(app)
        await pilot.press("escape")
        assert app.dashboard.number == OVERVIEW
        assert "[1 Overview]" in await over(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "[1 Overview]" not in picture(app)
        assert "1-6 views" in footer(app)


async def test_a_page_without_content_says_why_and_the_one_before_stays() -> None:
    """A run that goes on has no report."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(str(REPORT))
        assert messages(app) == ["The report is shown when the run has ended."]
        assert app.dashboard.number == OVERVIEW


async def test_a_click_on_a_tab_opens_it() -> None:
    """As its digit does."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 30.0)
        assert app.dashboard.number == REPORT
        await pilot.click(app.dashboard.tabs, offset=(3, 0))
        assert app.dashboard.number == OVERVIEW


async def test_only_the_page_that_is_seen_is_shown_anything() -> None:
    """The others are as they were, and cost nothing."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 30.0)
        rows = app.dashboard.tables.queues.rows
        await pilot.press("r")
        assert app.dashboard.number == OVERVIEW
        assert app.dashboard.tables.queues.rows is not rows
