"""The key that attaches to a program which is watched from outside."""

from __future__ import annotations

import threading

import pytest
from textual.pilot import Pilot

from pcsim.errors import PcsimError
from pcsim.snapshot.control import Watchable
from pcsim.snapshot.steady import Steady
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Watched
from pcsim.tui.screens.attach import AttachScreen
from pcsim.tui.screens.help import HelpScreen
from tests.support.clocks import HandClock
from tests.support.fake_program import FakeProgram
from tests.tui.support import footer, header, on_dashboard, picture


class Outside(FakeProgram):
    """Is there twice: from outside, and from within."""

    def __init__(self, *, comes_by: bool = True) -> None:
        super().__init__(0)
        self.within = FakeProgram(1)
        self.comes_by = comes_by
        self.tried = threading.Semaphore(0)

    def attach(self) -> Watchable:
        self.tried.release()
        if not self.comes_by:
            raise PcsimError("no thread of process 4711 came by: [b]run it[/b] with `pcsim exec`")
        return self.within


def app_on(program: Outside, *, from_outside: bool = True) -> PcsimApp:
    exhibit = Watched(program, program.attach if from_outside else None)
    return PcsimApp(exhibit, clock=HandClock(), live=False, ascii_only=False)


def shown(app: PcsimApp) -> object:
    """The program that is shown."""
    steady = app.watcher.session._watched
    assert isinstance(steady, Steady)
    return steady._watched


async def answered(app: PcsimApp, pilot: Pilot[None], program: Outside) -> None:
    """Wait for the thread that attaches, and for what the app makes of it."""
    while not program.tried.acquire(blocking=False):
        await pilot.pause()
    while app._attaching._is_attaching:
        await pilot.pause()


async def test_it_asks_and_then_shows_the_program_from_within() -> None:
    """The same key again says yes; from then on there is nothing more to attach to."""
    program = Outside()
    app = app_on(program)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        assert "a attach" in footer(app)
        await pilot.press("question_mark")
        assert "Attach to a program that is watched from outside; asks first." in picture(app)
        await pilot.press("escape")
        await pilot.press("a")
        assert isinstance(app.screen, AttachScreen)
        assert "agent would run in the program" in picture(app)
        await pilot.press("a")
        await answered(app, pilot, program)

        assert shown(app) is program.within
        assert "a attach" not in footer(app)
        await pilot.press("a")
        assert on_dashboard(app)


@pytest.mark.parametrize("key", ["escape", "n", "q", "enter"])
async def test_nothing_is_done_without_a_yes(key: str) -> None:
    """Enter is no answer, all others mean no."""
    program = Outside()
    app = app_on(program)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("a", key)
        assert isinstance(app.screen, AttachScreen) == (key == "enter")
        assert not program.tried.acquire(blocking=False)


async def test_what_keeps_it_from_attaching_is_said_and_the_program_stays_as_it_is() -> None:
    """It can be tried again: a thread may come by the next time."""
    program = Outside(comes_by=False)
    app = app_on(program)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("a", "a")
        await answered(app, pilot, program)
        assert "no thread of process 4711" in [*app._notifications][-1].message
        assert shown(app) is program
        program.comes_by = True
        await pilot.press("a", "a")
        await answered(app, pilot, program)
        assert shown(app) is program.within


async def test_the_key_means_nothing_where_a_program_is_watched_from_within() -> None:
    """It is neither shown nor does it do anything."""
    app = app_on(Outside(), from_outside=False)
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        await pilot.press("a")
        assert on_dashboard(app)
        assert "a attach" not in footer(app)
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        assert "Attach" not in picture(app)
        assert header(app)
