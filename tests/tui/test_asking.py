"""What would lose items needs a yes: the same rule for every key, the palette and the footer."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from pcsim.scenario.demos import DEMOS
from pcsim.snapshot import Phase
from pcsim.tui.app import PcsimApp
from pcsim.tui.screens.question import QuestionScreen
from tests.tui.scenarios import BACK_PRESSURE, COFFEE_BAR
from tests.tui.support import (
    advance,
    app_for,
    messages,
    on_dashboard,
    pass_time,
    picture,
    run_of,
    virtual_app,
)

ENDING = ["q", "ctrl+c", "x", "r", "demo 4", "0"]
"""The keys that end the run that is shown, and the command that chooses a demo."""


async def press(app: PcsimApp, pilot: Pilot[None], key: str) -> None:
    """Press the key, or choose the demo: what says yes to that is x."""
    if not key.startswith("demo"):
        await pilot.press(key)
    elif isinstance(app.screen, QuestionScreen):
        await pilot.press("x")
    else:
        app.action_demo(int(key.split()[1]))
        await pilot.pause()


@pytest.mark.parametrize("key", ENDING)
async def test_a_key_that_would_lose_items_asks_and_escape_stays(key: str) -> None:
    """The run goes on as if nothing had been pressed."""
    app = app_for(COFFEE_BAR)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 60.0)
        lost = app.control.snapshot().totals.in_system
        assert lost
        await press(app, pilot, key)
        await pilot.pause()
        assert isinstance(app.screen, QuestionScreen)
        assert f"{lost} item" in picture(app)
        await pilot.press("enter")
        assert isinstance(app.screen, QuestionScreen)
        await pilot.press("escape")
        assert on_dashboard(app)
        assert run_of(app).calls == ["start"]
        await advance(app, pilot, 61.0)
        assert app.control.snapshot().phase is Phase.RUNNING


@pytest.mark.parametrize("key", ENDING)
@pytest.mark.parametrize("yes", ["the same", "x"])
async def test_the_same_key_again_says_yes(key: str, yes: str) -> None:
    """Two presses are deliberate."""
    app = app_for(COFFEE_BAR)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 60.0)
        run = run_of(app)
        await press(app, pilot, key)
        await press(app, pilot, key if yes == "the same" else yes)
        await pilot.pause()
        assert run.calls == ["start", "abort"]
        assert on_dashboard(app)


@pytest.mark.parametrize("key", ENDING)
async def test_nothing_is_asked_where_nothing_would_be_lost(key: str) -> None:
    """Before the start, and after the end."""
    app = app_for(COFFEE_BAR)
    async with app.run_test(size=(120, 40)) as pilot:
        await press(app, pilot, key)
        assert not isinstance(app.screen, QuestionScreen)
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 30.0)
        assert app.control.snapshot().phase.is_over
        await press(app, pilot, key)
        assert not isinstance(app.screen, QuestionScreen)
        assert run_of(app).calls in (["start"], [])


async def test_a_run_without_items_ends_at_once() -> None:
    """Between two guests the bar is empty."""
    app = app_for(COFFEE_BAR)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s", "x")
        assert on_dashboard(app)
        assert run_of(app).calls == ["start", "abort"]


@pytest.mark.parametrize("key", ["x", "r", "demo 4"])
async def test_the_answer_drain_loses_nothing_and_stays(key: str) -> None:
    """After it, the same key asks no more."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await press(app, pilot, key)
        await pilot.press("d")
        await advance(app, pilot, 10.0)
        totals = app.control.snapshot().totals
        assert totals.consumed == totals.produced > 0
        assert run_of(app).calls == ["start", "drain"]


async def test_another_question_takes_the_place_of_the_first() -> None:
    """Ctrl+c is pressed while the app asks about an abort."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press("x", "ctrl+c")
        await pilot.pause()
        assert "Quit?" in picture(app)
        assert run_of(app).calls == ["start"]
        await pilot.press("escape")
        assert on_dashboard(app)


async def test_the_question_about_an_abort_opens_over_the_details_too() -> None:
    """The keys of the run act there as on the dashboard."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await pilot.press("enter", "x")
        await pilot.pause()
        assert "Abort?" in picture(app)
        await pilot.press("x")
        assert run_of(app).calls == ["start", "abort"]


@pytest.mark.parametrize("words", ["robin", "your scenario", "end at once", "begin again"])
async def test_a_command_of_the_palette_asks_as_its_key_does(words: str) -> None:
    """Whatever the way, the rule is the same."""
    app = virtual_app(COFFEE_BAR)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 60.0)
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*words, "enter", "enter")
        await pilot.pause()
        assert isinstance(app.screen, QuestionScreen)
        await pilot.press("escape")
        assert app.control.snapshot().phase is Phase.RUNNING


async def test_the_question_follows_the_run() -> None:
    """Once it is over, yes loses nothing."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 1.0)
        await press(app, pilot, "demo 4")
        await advance(app, pilot, 30.0)
        assert "The run has ended: no items would be lost." in picture(app)
        run = run_of(app)
        await press(app, pilot, "demo 4")
        assert run.calls == ["start"]
        assert app.watcher.session.view.scenario == DEMOS[3]
        assert messages(app) == []


async def test_the_way_back_to_the_list_asks_as_quitting_does() -> None:
    """Escape stays; the same key again ends the run, and says where one wants to be."""
    app = app_for(COFFEE_BAR, from_list=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 60.0)
        assert "L list" in picture(app)
        await pilot.press("L")
        await pilot.pause()
        assert "Back to the list?" in picture(app)
        await pilot.press("escape")
        assert on_dashboard(app)
        await pilot.press("L", "L")
        await pass_time(app, pilot, 0.2)
    assert run_of(app).calls == ["start", "abort"]
    assert app.quitting.goes_to_list


async def test_a_run_that_was_left_for_good_does_not_go_back_to_the_list() -> None:
    """Also where the list was asked for first, and then quitting."""
    app = app_for(COFFEE_BAR, from_list=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 60.0)
        await pilot.press("L", "escape", "q", "q")
        await pass_time(app, pilot, 0.2)
    assert not app.quitting.goes_to_list


async def test_without_a_list_there_is_no_way_back() -> None:
    """The key does nothing, and nothing speaks of it."""
    app = app_for(COFFEE_BAR)
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("L")
        await pilot.pause()
        assert on_dashboard(app)
        assert "L list" not in picture(app)
        await pilot.press("question_mark")
        await pilot.pause()
        assert "list of what to open" not in picture(app)
