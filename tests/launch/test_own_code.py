"""The app on a system of one's own: what its keys do, and what they do not."""

from __future__ import annotations

import io
import sys

import pytest

from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.engine.virtual.pacing import PacedRun
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.tui.app import PcsimApp
from pcsim.tui.choice import OwnCode
from pcsim.tui.exhibits import Runs
from pcsim.tui.screens.help import help_lines
from tests.support.clocks import HandClock
from tests.tui.support import Recorder, footer, messages, on_dashboard, picture, run_of, until

SIZE = (120, 40)
SCENARIO = Scenario(
    (QueueSpec("q", 3),),
    (ProducerSpec("P", "q", interval=10),),
    (ConsumerSpec("C", "q", service_time=1),),
    "Mine",
)
"""For its first ten seconds there is no item in it."""


def app_on(own_code: OwnCode) -> PcsimApp:
    clock = HandClock()
    return PcsimApp(
        Runs(
            lambda chosen: Recorder(PacedRun(VirtualEngine(chosen), clock=clock)),
            SCENARIO,
            read_again=(lambda: SCENARIO) if own_code.can_restart else None,
            own_code=own_code,
        ),
        clock=clock,
        live=False,
        ascii_only=False,
    )


async def test_keys_that_choose_something_else_are_not_shown() -> None:
    """Neither in the last line nor in the help, the palette or the invitation."""
    app = app_on(OwnCode())
    async with app.run_test(size=SIZE) as pilot:
        assert "Press s to start, ? for help." in picture(app)
        assert not {" 0 ", " r "} & set(footer(app).split("  "))
        await pilot.press("s")
        app.action_demo(1)
        await pilot.pause()
        assert messages(app) == ["There is no demo 1."]
        await pilot.press("question_mark")
        assert "Begin again" not in picture(app)
    texts = [line[1][0] for line in help_lines(frozenset({"r"})) if len(line) > 1]
    assert any("Go back to your file" in text for text in texts)


@pytest.mark.parametrize("key", ["r", "0"])
async def test_system_that_runs_once_is_not_run_again(key: str) -> None:
    """A message says why."""
    app = app_on(OwnCode())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("s", key)
        assert run_of(app).calls == ["start"]
        assert "runs once" in messages(app)[0]


async def test_system_of_a_function_is_made_anew() -> None:
    """After a question, whatever is in it."""
    app = app_on(OwnCode(can_restart=True))
    async with app.run_test(size=SIZE) as pilot:
        first = run_of(app)
        await pilot.press("s", "r")
        assert "abort the run and restart now" in picture(app)
        await pilot.press("r")
        assert run_of(app) is not first
        assert first.calls == ["start", "abort"]


async def test_run_is_not_left_without_a_question() -> None:
    """Also where no item is in it at the moment; and it can go on without the app."""
    app = app_on(OwnCode(can_outlive=True))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("s", "q")
        assert "The run has not ended." in picture(app)
        assert "l   leave: the run goes on without the app" in picture(app)
        await pilot.press("escape")
        assert on_dashboard(app)
        await pilot.press("q", "l")
    assert run_of(app).calls == ["start"]
    assert run_of(app).snapshot().phase == "running"


async def test_run_that_the_program_starts_is_seen() -> None:
    """Another of its threads may do so while the app waits for the key."""
    engine = ThreadsEngine(SCENARIO)
    runs = Runs(lambda _: engine, SCENARIO, own_code=OwnCode(can_outlive=True))
    app = PcsimApp(runs, ascii_only=False)
    async with app.run_test(size=SIZE) as pilot:
        assert "ready" in picture(app)
        engine.start()
        await until(pilot, lambda: "running" in picture(app))
    engine.abort()
    assert engine.join(60)


async def test_run_that_cannot_go_on_is_not_left_to_itself() -> None:
    """`l` is no answer then, and an end of the app is one of the run."""
    app = app_on(OwnCode())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("s", "q")
        assert "leave:" not in picture(app)
        await pilot.press("l")
        assert not on_dashboard(app)
        await pilot.press("q")
    assert run_of(app).calls == ["start", "abort"]


async def test_prints_are_passed_on() -> None:
    """What code prints while the app is shown is that of the program."""
    out, err = io.StringIO(), io.StringIO()
    async with app_on(OwnCode(streams=(out, err))).run_test(size=SIZE):
        sys.stdout.write("printed")
        sys.stderr.write("logged")
    assert (out.getvalue(), err.getvalue()) == ("printed", "logged")
