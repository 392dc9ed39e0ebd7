"""Whatever the terminal is and whatever the names are, the app shows it and lives."""

from __future__ import annotations

import unicodedata
from functools import partial

import pytest
from msgspec.structs import replace
from textual.events import Resize
from textual.geometry import Size
from textual.widget import Widget

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import Overflow, Scenario
from pcsim.scenario.demos import DEMOS
from pcsim.snapshot import Phase, Snapshot, Totals
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Runs
from pcsim.tui.widgets.panel import Panel
from tests.support.clocks import HandClock
from tests.support.scripted import ScriptedControl
from tests.tui.scenarios import BACK_PRESSURE, HOSTILE, HOSTILE_NAMES, NO_PRODUCERS, THOUSAND
from tests.tui.support import advance, app_for, failing_on, picture

SIZES = [(1, 1), (7, 5), (20, 10), (59, 19), (81, 30), (300, 120)]


async def use_everything(app: PcsimApp, size: tuple[int, int]) -> None:
    """Open and close all there is, from the start to the end of a run."""
    async with app.run_test(size=size) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 0.3)
        for action in (
            lambda: app.action_history("chart"), lambda: app.action_history("events"),
            partial(app.action_rows, "order"), app.action_help,
            app.pop_screen, app.dashboard.tables.queues.action_open,
            partial(app.action_control, "abort"),
            app.action_report, lambda: app.action_page(1), lambda: app.action_page(6),
        ):  # fmt: skip
            action()
            await pilot.pause()
        assert app.is_running


@pytest.mark.parametrize("size", SIZES)
async def test_every_size_is_survived(size: tuple[int, int]) -> None:
    """From one cell to more than any screen has."""
    await use_everything(app_for(DEMOS[3]), size)


@pytest.mark.parametrize("scenario", [THOUSAND, HOSTILE, NO_PRODUCERS])
async def test_one_cell_is_enough(scenario: Scenario) -> None:
    """Even for a thousand workers."""
    await use_everything(app_for(scenario), (1, 1))


async def test_a_burst_of_resizes_is_survived() -> None:
    """And the last size counts."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s")
        for turn in range(1000):
            size = Size(1 + turn * 37 % 180, 1 + turn * 17 % 70)
            app.post_message(Resize(size, size))
            if turn % 50 == 0:
                await advance(app, pilot, turn / 500)
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert "SlowConsumer" in picture(app)
        assert app.size == Size(120, 40)


async def test_a_system_without_rows_is_shown() -> None:
    """Every key works on it."""
    empty = Snapshot(1, 0.0, Phase.RUNNING, True, (), (), Totals())
    runs = Runs(lambda _: ScriptedControl(empty), BACK_PRESSURE)
    app = PcsimApp(runs, clock=HandClock(), live=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("enter", "tab", "j", "o", "c", "e", "escape")
        await pilot.pause()
        shown = picture(app)
        assert "no queues" in shown
        assert "no producers" in shown


async def test_no_producers_has_a_look_of_its_own() -> None:
    """The reason is on the screen before the start."""
    app = app_for(NO_PRODUCERS)
    async with app.run_test(size=(120, 40)):
        assert "no producers: no items will arrive" in picture(app)


def assert_only_our_own_controls(text: str) -> None:
    for character in text:
        assert unicodedata.category(character) not in {"Cc", "Cf", "Cs"} or character == "\n"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_hostile_names_are_shown_as_they_are(size: tuple[int, int]) -> None:
    """On every screen and in the palette."""
    app = app_for(HOSTILE, catalogue=(HOSTILE, *DEMOS))
    async with app.run_test(size=size) as pilot:
        assert_only_our_own_controls(picture(app))
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        for keys in (["c"], ["e"], ["escape"], ["tab"], ["enter"]):
            await pilot.press(*keys)
            await pilot.pause()
            assert_only_our_own_controls(picture(app))
        await pilot.press("escape", "ctrl+p")
        await pilot.pause()
        assert_only_our_own_controls(picture(app))
        await pilot.press("escape", "x", "x")
        await pilot.pause()
        assert_only_our_own_controls(picture(app))
        assert app.is_running


async def test_markup_in_names_is_text() -> None:
    """It neither styles nor can be clicked."""
    app = app_for(HOSTILE)
    async with app.run_test(size=(160, 50)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 0.5)
        shown = picture(app)
        assert "[red]" in shown
        assert "[@click=app.quit]x[/]" in shown
        assert "esc\\e[31m" in shown
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                assert segment.style is None or not segment.style.meta.get("@click")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_an_error_message_with_anything_in_it_is_shown(name: str) -> None:
    """Messages come from outside as well."""
    sinks = {"SlowConsumer": failing_on(3, name)}
    app = app_for(BACK_PRESSURE, sinks=sinks, traceback=name * 3)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        assert app.control.snapshot().phase is Phase.FAILED
        await pilot.press("enter")
        await pilot.pause()
        assert_only_our_own_controls(picture(app))


async def test_the_ascii_screen_is_all_ascii() -> None:
    """Textual's own widgets included."""
    app = app_for(HOSTILE, ascii_only=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        assert picture(app).isascii()
        await pilot.press("ctrl+p")
        await pilot.pause()
        assert picture(app).isascii()
        await pilot.press("escape")
        app.action_demo(9)
        await pilot.pause()
        assert picture(app).isascii()


async def test_no_color_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """States are still words and glyphs."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                for color in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                    assert color is None or color.is_default
        assert "■ blocked" in picture(app)
        assert "full" in picture(app)


@pytest.mark.parametrize("theme", ["pcsim-light", "pcsim-ansi", "textual-light", "nord"])
async def test_any_theme_can_be_chosen_while_it_runs(theme: str) -> None:
    """The text stays the same."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        before = picture(app)
        app.theme = theme
        await pilot.pause()
        assert picture(app) == before


async def test_a_late_poll_of_an_app_that_has_ended_is_harmless() -> None:
    """A timer may fire once more."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test() as pilot:
        await pilot.press("s")
    app.watcher.poll()
    assert app.return_code is None


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_every_height_shows_all_queues_and_workers_of_a_small_system(width: int) -> None:
    """From 20 lines on, before the start and after it; nothing hangs out below."""
    for height in (20, 24, 29, 33, 36, 37, 40, 48):
        app = app_for(DEMOS[3])
        async with app.run_test(size=(width, height)) as pilot:
            for start in (False, True):
                if start:
                    await pilot.press("s")
                    await advance(app, pilot, 0.5)
                board = app.dashboard.tables
                tables = [
                    board.queues,
                    *((board.producers, board.consumers) if width >= 120 else (board.all_workers,)),
                ]
                for table in tables:
                    assert table.size.height >= table.line_count, (height, start, table.id)
                for panel in board.query(Panel):
                    if panel.size.height and panel.is_on_screen:
                        assert panel.region.bottom < height, (height, start, panel.id)
                        assert isinstance(panel.parent, Widget)
                        assert panel.parent.region.contains_region(panel.region)


async def test_a_low_chart_says_that_it_has_not_all_queues() -> None:
    """And a higher one does not."""
    for height, is_shown in ((24, True), (50, False)):
        app = app_for(DEMOS[3])
        async with app.run_test(size=(60, height)) as pilot:
            await pilot.press("s")
            await advance(app, pilot, 1.0)
            assert ("2 of 3 queues, since the start" in picture(app)) is is_shown


async def test_items_that_were_dropped_are_shown_over_the_queues() -> None:
    """At every width, and only where there are any."""
    first, *others = BACK_PRESSURE.queues
    lossy = replace(BACK_PRESSURE, queues=(replace(first, overflow=Overflow.DROP_NEW), *others))
    for scenario, is_shown in ((lossy, True), (BACK_PRESSURE, False)):
        app = PcsimApp(Runs(VirtualEngine, scenario, DEMOS), clock=HandClock(), live=False)
        async with app.run_test(size=(60, 24)) as pilot:
            await pilot.press("s")
            assert isinstance(app.control, VirtualEngine)
            app.control.advance(until=1.0)
            app.watcher.poll()
            await pilot.pause()
            dropped = app.control.snapshot().totals.dropped
            assert (dropped > 0) is is_shown
            assert (f"▼ {dropped} dropped" in picture(app)) is is_shown
