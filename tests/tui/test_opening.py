"""What the app was opened on can be gone back to, and its file is read again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.engine.virtual.pacing import PacedRun
from pcsim.scenario import Scenario
from pcsim.scenario.demos import DEMOS
from pcsim.snapshot import Phase
from pcsim.tui.app import PcsimApp
from pcsim.tui.choice import Choice, ReadError
from pcsim.tui.exhibits import Runs
from tests.support.clocks import HandClock
from tests.tui.scenarios import COFFEE_BAR, STEADY
from tests.tui.support import footer, messages, paced_of, pass_time


class File:
    """A scenario file that a test edits."""

    def __init__(self, scenario: Scenario) -> None:
        self.now: Scenario | str = scenario

    def read(self) -> Scenario:
        if isinstance(self.now, str):
            raise ReadError(self.now)
        return self.now


def app_on(scenario: Scenario, read_again: Callable[[], Scenario] | None) -> PcsimApp:
    clock = HandClock()
    return PcsimApp(
        Runs(
            lambda chosen: PacedRun(VirtualEngine(chosen), clock=clock),
            scenario,
            DEMOS,
            read_again=read_again,
        ),
        clock=clock,
        live=False,
        ascii_only=False,
    )


def shown(app: PcsimApp) -> Scenario | None:
    return app.watcher.session.view.scenario


async def test_0_goes_back_to_the_file_after_any_number_of_demos() -> None:
    """The footer says so, with the words of the palette."""
    app = app_on(COFFEE_BAR, File(COFFEE_BAR).read)
    async with app.run_test(size=(200, 40)) as pilot:
        assert "your file" not in footer(app)
        app.action_demo(3)
        app.action_demo(1)
        assert shown(app) == DEMOS[0]
        assert "0 your file" in footer(app)
        await pilot.press("0")
        assert shown(app) is COFFEE_BAR
        assert "your file" not in footer(app)


async def test_a_restart_uses_the_file_as_it_is_now() -> None:
    """And so does the way back."""
    file = File(COFFEE_BAR)
    app = app_on(COFFEE_BAR, file.read)
    async with app.run_test(size=(120, 40)) as pilot:
        file.now = STEADY
        await pilot.press("r")
        assert shown(app) is STEADY
        app.action_demo(2)
        file.now = COFFEE_BAR
        await pilot.press("0")
        assert shown(app) is COFFEE_BAR
        await pilot.press("r")
        assert shown(app) is COFFEE_BAR


async def test_a_file_that_is_wrong_now_is_one_line_and_the_run_stays() -> None:
    """Also where the run would have lost items: nothing is asked."""
    file = File(STEADY)
    app = app_on(STEADY, file.read)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 0.22)
        run = paced_of(app)
        file.now = "my.toml:3: unknown key 'capcity' of queue q"
        await pilot.press("r")
        await pilot.pause()
        [message] = messages(app)
        assert message.startswith("my.toml:3: unknown key 'capcity' of queue q")
        assert paced_of(app) is run
        assert run.snapshot().phase is Phase.RUNNING
        file.now = STEADY
        await pilot.press("r", "r")
        assert paced_of(app) is not run


async def test_a_file_that_is_gone_can_still_be_gone_back_to() -> None:
    """As it was read last."""
    file = File(COFFEE_BAR)
    app = app_on(COFFEE_BAR, file.read)
    async with app.run_test(size=(120, 40)) as pilot:
        app.action_demo(1)
        file.now = "cannot read 'my.toml': No such file or directory"
        await pilot.press("0")
        assert shown(app) is COFFEE_BAR
        assert "No such file" in messages(app)[0]
        file.now = STEADY
        await pilot.press("r")
        assert shown(app) is STEADY


async def test_no_to_the_question_leaves_the_file_for_the_next_restart() -> None:
    """What was read for the question is not taken for what is shown."""
    file = File(COFFEE_BAR)
    app = app_on(COFFEE_BAR, file.read)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 60.0)
        file.now = STEADY
        await pilot.press("r", "escape")
        assert shown(app) is COFFEE_BAR
        await pilot.press("r", "r")
        assert shown(app) is STEADY


async def test_an_app_that_was_opened_on_a_demo_has_no_way_back() -> None:
    """A message says what the key is for."""
    app = app_on(DEMOS[1], None)
    async with app.run_test(size=(120, 40)) as pilot:
        app.action_demo(1)
        await pilot.press("0")
        assert shown(app) == DEMOS[0]
        assert messages(app) == ["The app was opened on a demo: ctrl+p finds another."]


@pytest.mark.parametrize(
    ("opened", "is_file", "name"),
    [(DEMOS[0], False, ""), (DEMOS[0], True, "your file"), (STEADY, False, "your scenario")],
)
def test_a_copy_of_a_demo_is_a_file_of_its_own(opened: Scenario, is_file: bool, name: str) -> None:
    """Its numbers are those of the demo, but it may be edited."""
    choice = Choice(DEMOS, opened, File(opened).read if is_file else None)
    assert choice.own_name == name
    assert choice.number_of(opened) == (None if name else 1)
