"""The focus is always on something that is seen, and the cursor on the row that it was put on."""

from __future__ import annotations

import random

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from pcsim.scenario.demos import DEMOS
from pcsim.tui.app import PcsimApp
from tests.tui.scenarios import BACK_PRESSURE, THOUSAND
from tests.tui.support import advance, app_for, clock_of, on_dashboard

KEYS = (
    "tab", "shift+tab", "h", "l", "j", "k", "g", "G", "enter", "escape", "c", "e", "v", "o", "t",
    "space", "question_mark", "ctrl+p", "s", "p", "d", "x", "r", "1", "6", "q", "pagedown",
)  # fmt: skip
SIZES = ((1, 1), (20, 6), (40, 12), (60, 20), (80, 24), (80, 50), (119, 36), (120, 40), (200, 60))


def is_seen(widget: Widget) -> bool:
    return widget.is_on_screen and widget.screen.find_widget(widget).visible_region.area > 0


def focusable(app: PcsimApp) -> list[Widget]:
    """What could have the focus on the dashboard: it is seen."""
    return [one for one in app.dashboard.query("*") if one.can_focus and is_seen(one)]


async def settled(app: PcsimApp, pilot: Pilot[None]) -> None:
    """Let what follows a key happen."""
    for _ in range(2):
        await pilot.pause()


@pytest.mark.parametrize("seed", range(2))
async def test_the_focus_is_seen_after_any_keys_and_sizes(seed: int) -> None:
    """Whatever is opened, closed, hidden or resized, and while the run goes on."""
    chance = random.Random(seed)
    app = app_for(DEMOS[3], autostart=True)
    history: list[object] = []
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(20):
            if chance.random() < 0.3:
                size = chance.choice(SIZES)
                history.append(size)
                await pilot.resize_terminal(*size)
            else:
                key = chance.choice(KEYS)
                history.append(key)
                await pilot.press(key)
            if not app.is_running or app.return_code is not None:
                return
            clock_of(app).now += 0.1
            app.watcher.poll()
            await settled(app, pilot)
            focused = app.focused
            if on_dashboard(app):
                assert (focused is not None) == bool(focusable(app)), history
            if focused is not None:
                assert is_seen(focused) or not focusable(app), (focused, history)


async def test_a_table_that_is_hidden_gives_focus_and_row_to_the_one_in_its_place() -> None:
    """There and back: two tables side by side, or one for all workers."""
    app = app_for(THOUSAND)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("tab", "tab", *["down"] * 7)
        assert app.dashboard.tables.consumers.has_focus
        name = app.dashboard.tables.consumers.chosen_name
        await pilot.resize_terminal(80, 24)
        await settled(app, pilot)
        assert app.dashboard.tables.all_workers.has_focus
        assert app.dashboard.tables.all_workers.chosen_name == name
        assert (
            app.dashboard.tables.all_workers.cursor
            in app.dashboard.tables.all_workers.visible_lines()
        )
        await pilot.press("down")
        below = app.dashboard.tables.all_workers.chosen_name
        await pilot.resize_terminal(120, 40)
        await settled(app, pilot)
        assert app.dashboard.tables.consumers.has_focus
        assert app.dashboard.tables.consumers.chosen_name == below


async def test_the_chart_in_place_of_the_workers_does_not_keep_their_focus() -> None:
    """Nor does it take it: it cannot be scrolled."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab")
        assert app.dashboard.tables.all_workers.has_focus
        await pilot.press("c")
        await settled(app, pilot)
        assert app.focused is not None
        assert is_seen(app.focused)


async def test_the_cursor_stays_on_its_worker_while_rows_are_sorted_again() -> None:
    """Every tenth of a second, as workers block and go on; and back to the declared order."""
    app = app_for(THOUSAND)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s", "tab", "o", *["down"] * 5)
        table = app.dashboard.tables.all_workers
        name = table.chosen_name
        lines = set()
        for step in range(1, 15):
            await advance(app, pilot, step / 5)
            assert table.chosen_name == name
            assert table.cursor in table.visible_lines()
            lines.add(table.cursor)
        assert len(lines) > 1
        await pilot.press("o")
        assert table.chosen_name == name


async def test_the_cursor_stays_on_its_row_while_others_come_and_go() -> None:
    """And where its own row goes, it is on the one in its place."""
    app = app_for(DEMOS[3])
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("tab", "down")
        table = app.dashboard.tables.producers
        view = app.watcher.session.view
        rows = list(table.rows)
        name = rows[1].name
        assert table.chosen_name == name
        table.show([rows[1], rows[0]], view)
        assert (table.cursor, table.chosen_name) == (0, name)
        table.show([rows[0], rows[0], *rows], view)
        assert (table.cursor, table.chosen_name) == (3, name)
        table.show(rows[:1], view)
        assert (table.cursor, table.chosen_name) == (0, rows[0].name)
        table.show([], view)
        assert table.chosen_name is None
