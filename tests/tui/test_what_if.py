"""The view of changes: what each would do, tried in the run, and questions of one's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from pcsim.experiments.advising_sizes import AdvisorWithSizes
from pcsim.experiments.background import Answer, Work
from pcsim.experiments.model_of_run import MEASURED_ANEW
from pcsim.launch.runs import advisor_of
from pcsim.scenario import End, Scenario
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Watched
from pcsim.tui.widgets.ask_line import AskLine
from pcsim.watch.advising import NOT_STEERED, FittedModel
from tests.support.at_once import AtOnce, Evenly
from tests.support.clocks import HandClock
from tests.support.fake_program import FakeProgram
from tests.support.recorded_crawl import Recorded, crawl
from tests.tui.scenarios import BACK_PRESSURE, HOSTILE, STORE
from tests.tui.support import (
    advance,
    app_for,
    footer,
    messages,
    opened,
    paced_of,
    pass_time,
    picture,
    run_to_page,
    virtual_app,
)


class Never(AtOnce):
    """Does nothing."""

    def answer(self, task: Work[Answer]) -> Answer | None:
        return None


def advised(scenario: Scenario, simulations: AtOnce | None = None) -> PcsimApp:
    """The app in virtual time, with advice that is there at once."""
    found = simulations or Evenly()
    return virtual_app(scenario, advisor_of=partial(advisor_of, found, found))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_what_helps_most_is_first_at_every_size(size: tuple[int, int]) -> None:
    """With its value, its interval, its gain and a time; before the start, too."""
    app = advised(STORE)
    async with app.run_test(size=size) as pilot:
        await pilot.press("4")
        await opened(app, pilot)
        shown = picture(app)
        assert "What helps most is one more writer: throughput" in shown
        lines = shown.splitlines()
        rows = [line for line in lines if "as it is" in line or "one more writer " in line]
        assert len(rows) == 2
        assert "+69" in rows[1]
        assert "%" in rows[1]
        assert "p95 sojourn" in shown
        assert ("…" in rows[0]) == (size[0] >= 100)
        assert "A question of your own" in shown
        if size[1] >= 40:
            assert "[4 What-if]" in shown
            assert "8 runs of 1:00 each; " in shown
            assert "The times are as they are described." in shown


async def test_enter_tries_the_chosen_change_in_the_run_and_u_takes_it_back() -> None:
    """Then everything is asked again, of the system as it is by then."""
    app = advised(STORE)
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 5.0, "4")
        await pilot.press("enter")
        assert messages(app)[-1] == "This is the system as it is."
        await pilot.press("down", "enter")
        await pilot.pause()
        assert len(paced_of(app).engine.roster.crews["writer"].present) == 2
        assert messages(app)[-1] == "Changed; u takes it back."
        await pass_time(app, pilot, 1.0)
        assert "helps most is one more writer" not in picture(app)
        await pilot.press("u")
        await pass_time(app, pilot, 1.0)
        assert "helps most is one more writer" in picture(app)


async def test_the_cursor_stays_on_its_row_and_m_shows_the_next_measure() -> None:
    """A loss that becomes less is one for the better."""
    app = advised(STORE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("4")
        await opened(app, pilot)
        table = app.dashboard.page.table  # type: ignore[attr-defined]
        await pilot.press("end")
        label = table.chosen.label
        await pilot.press("m", "m", "m")
        assert table.measure_name == "loss orders"
        assert "loss orders" in picture(app)
        assert table.chosen.label == label
        await pilot.press("home", "pagedown", "pageup", "j", "k", "+")
        assert "16 runs" in picture(app)
        await pilot.press("-", "y")
        assert "one more writer" in app.clipboard
        assert "8 runs of 1:00 each" in app.clipboard


async def test_a_question_of_ones_own_is_typed_and_stands_below_the_system_as_it_is() -> None:
    """What is wrong with one is said; an empty one is none."""
    app = advised(STORE)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await opened(app, pilot)
        await _ask(pilot, "writer.count = 3, orders.capacity=9")
        shown = picture(app)
        assert "writer.count = 3, orders.capacity=9" in shown
        assert shown.index("as it is") < shown.index("writer.count=3, orders.ca")
        await pilot.press("home", "down", "enter")
        assert messages(app)[-1] == "The run is created: only one that goes on can be changed."
        await _ask(pilot, "[red]nobody[/].count = 3")
        assert "no '[red]nobody[/]'" in messages(app)[-1]
        await pilot.press("i", "escape")
        await pilot.pause()
        assert not app.dashboard.query(AskLine)
        assert app.focused is app.dashboard.page.table  # type: ignore[attr-defined]
        await pilot.press("i", "4", "5", "enter")
        assert "is no PATH=VALUES" in messages(app)[-1]


async def _ask(pilot: Pilot[None], text: str) -> None:
    await pilot.press("i")
    await pilot.pause()
    line = pilot.app.screen.query_one(AskLine)
    line.value = text
    await pilot.press("enter")
    await pilot.pause()


async def test_a_row_is_run_on_threads() -> None:
    """And how far that is from what was predicted is said."""
    app = advised(STORE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("4")
        await opened(app, pilot)
        await pilot.press("v")
        await pilot.pause()
        app.watcher.poll()
        assert "as it is: 3.5/s on threads" in picture(app)


async def test_while_nothing_is_known_it_is_looked_at_again() -> None:
    """Though the run has not begun; and no more once another view is seen."""
    app = advised(STORE, Never())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("4")
        await opened(app, pilot)
        assert "The system is being simulated" in picture(app)
        assert app.watcher.session.view.advising.is_waiting
        app.watcher.poll()
        assert app.watcher.session.view.advising.is_waiting
        await pilot.press("1")
        app.watcher.poll()
        assert not app.watcher.session.view.advising.is_waiting


async def test_where_there_is_no_advice_it_says_why() -> None:
    """For a program, a recording, the past, and a run that nobody advises about."""
    apps: list[tuple[Callable[[], PcsimApp], str]] = [
        (lambda: PcsimApp(Watched(FakeProgram(1)), clock=HandClock(), live=False), "let it call"),
        (lambda: app_for(BACK_PRESSURE), "Nothing advises about this run."),
    ]
    for make, why in apps:
        app = make()
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.press("4")
            await opened(app, pilot)
            assert why in picture(app)
            await pilot.press("enter", "i", "v", "+", "y", "m", "escape")
    app = advised(STORE)
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 3.0, "4")
        await pilot.press("b")
        await pilot.pause()
        assert "b goes back to now" in picture(app)
        await pilot.press("b")
        await pilot.pause()
        assert "one more writer" in picture(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_of_a_program_that_is_watched_a_scenario_is_fitted(size: tuple[int, int]) -> None:
    """It is said that it is one; nothing is tried, and v measures anew."""
    asked: list[object] = []
    app = PcsimApp(
        Watched(FakeProgram(1), advises=lambda program: advisor_of_fit(asked, program)),
        clock=HandClock(),
        live=False,
    )
    async with app.run_test(size=size) as pilot:
        await pilot.press("4")
        await opened(app, pilot)
        shown = " ".join(picture(app).split())
        assert "What helps most is one more fetcher" in shown
        assert "scenario fitted to it" in shown
        assert "fetcher.count = 3" in shown
        assert "enter try" not in footer(app)
        assert "verify" in footer(app)
        await pilot.press("down", "enter")
        await pilot.pause()
        assert messages(app)[-1] == NOT_STEERED
        await pilot.press("v")
        await pilot.pause()
        assert messages(app)[-1] == MEASURED_ANEW
        assert len(asked) == 2
        await pilot.press("5")
        await opened(app, pilot)
        assert "scenario fitted to it" in " ".join(picture(app).split())


def advisor_of_fit(asked: list[object], program: object) -> AdvisorWithSizes:
    """An advisor by what was recorded of two fetchers that cannot keep up."""

    def task_of(*_: object) -> Recorded:
        asked.append(program)
        return Recorded(crawl(), len(asked))

    simulations = Evenly()
    source = FittedModel(simulations, task_of, lambda _: "Waits.")
    return AdvisorWithSizes(source, simulations, simulations)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_the_picture_is_as_agreed(size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    """With a question of one's own, after some seconds of a run."""

    async def prepare(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, PcsimApp)
        await run_to_page(app, pilot, 20.0, "4")
        await _ask(pilot, "writer.count = 2, store.capacity = 2")
        await pilot.press("down", "down")

    assert snap_compare(advised(STORE), terminal_size=size, run_before=prepare)


async def test_names_from_outside_stay_text() -> None:
    """In rows, in sentences and in the question."""
    app = advised(replace(HOSTILE, end=End(time=1.0)))
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 0.5, "4")
        await pilot.press("m", "j", "enter", "v", "y", "i", "escape")
        await advance(app, pilot, 1.5)
        assert "\x1b" not in picture(app)
        assert app.is_running
