"""An error inside the app costs a line, not the run."""

from __future__ import annotations

import pytest

from pcsim.snapshot import Phase
from pcsim.tui.screens.question import QuestionScreen
from pcsim.tui.widgets.header import Header
from pcsim.tui.widgets.table import Table
from pcsim.tui.widgets.text_view import TextView
from tests.tui.scenarios import BACK_PRESSURE
from tests.tui.support import advance, app_for, messages, on_dashboard, picture, run_of

Faults = list[BaseException]


def broken(*_: object) -> None:
    raise RuntimeError("[broken] on purpose\x1b[2J")


def lines_about_it(app_messages: list[str]) -> list[str]:
    return [line for line in app_messages if "error inside pcsim" in line]


async def test_a_widget_that_cannot_be_shown_costs_one_line(
    monkeypatch: pytest.MonkeyPatch, faults: Faults
) -> None:
    """However often it fails; keys still work, and the run goes on to its end."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        monkeypatch.setattr(Header, "show", broken)
        await pilot.press("space", "space", "c", "o", "space")
        await pilot.pause()
        assert len(faults) > 1
        [line] = lines_about_it(messages(app))
        assert "RuntimeError: [broken] on purpose\\e[2J" in line
        assert app.control.snapshot().phase is Phase.RUNNING
        await pilot.press("q")
        assert isinstance(app.screen, QuestionScreen)
        await pilot.press("x")
        await pilot.pause()
        assert app.return_code == 0
        assert run_of(app).calls == ["start", "abort"]
        assert "in broken" in app.faults.text


@pytest.mark.parametrize(
    ("widget", "handler", "keys"),
    [
        (Table, "action_cursor", ["down", "up"]),
        (Table, "on_focus", ["tab"]),
        (TextView, "on_resize", ["question_mark", "escape"]),
        (QuestionScreen, "action_press", ["q", "q", "escape"]),
    ],
)
async def test_a_handler_that_raises_does_not_end_the_app(
    widget: type, handler: str, keys: list[str], monkeypatch: pytest.MonkeyPatch, faults: Faults
) -> None:
    """An action of a table, a message to a widget, a window that opens."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        monkeypatch.setattr(widget, handler, broken, raising=False)
        await pilot.press(*keys)
        await pilot.pause()
        monkeypatch.undo()
        assert app.is_running
        assert run_of(app).calls == ["start"]
        await pilot.press("p")
        assert run_of(app).calls == ["start", "pause_producing"]
        assert "paused" in picture(app)


async def test_an_error_while_drawing_costs_a_line_too(
    monkeypatch: pytest.MonkeyPatch, faults: Faults
) -> None:
    """It comes again at every frame."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        monkeypatch.setattr(Header, "pieces", broken)
        await advance(app, pilot, 1.0)
        await pilot.pause()
        monkeypatch.undo()
        assert faults
        assert len(lines_about_it(messages(app))) == 1
        assert app.is_running
        await advance(app, pilot, 20.0)
        assert run_of(app).calls == ["start"]
        assert app.control.snapshot().phase is Phase.FINISHED


PALETTE_KEYS = [
    ["pageup"], ["pagedown"], ["down"], ["enter", "enter", "enter"], ["ctrl+p", "ctrl+p"],
    ["escape", "escape"], ["down", "enter", "enter", "escape"], ["a", "enter", "enter"],
    [*"zzzz", "pageup"], [*"zzzz", "pagedown", "enter"], [*"zzzz", "end", "home", "enter"],
]  # fmt: skip


@pytest.mark.parametrize("keys", PALETTE_KEYS, ids=" ".join)
async def test_no_keys_in_the_palette_end_the_app(keys: list[str]) -> None:
    """Pressed before it has found anything, or again after it was closed."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        for wait in (False, True):
            app.simulate_key("ctrl+p")
            if wait:
                await pilot.pause()
            for key in keys:
                app.simulate_key(key)
            await pilot.pause()
            for _ in range(4):
                if not on_dashboard(app):
                    await pilot.press("escape")
            assert app.is_running
            assert on_dashboard(app)
