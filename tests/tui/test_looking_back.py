"""Looking back at the last ten minutes, while what is shown goes on and is not disturbed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from pcsim.errors import PcsimError
from pcsim.recording.replay import Replay
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario, demos
from pcsim.snapshot import Phase
from pcsim.snapshot.control import Keeper
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Runs, Watched
from pcsim.tui.looking_back import NOT_THEN, NOTHING_YET
from tests.support.clocks import HandClock
from tests.support.fake_program import FakeProgram
from tests.tui.scenarios import FAN
from tests.tui.support import (
    advance,
    app_for,
    footer,
    header,
    keep,
    messages,
    on_dashboard,
    opened,
    pass_time,
    picture,
    run_of,
    virtual_app,
)

Compare = Callable[..., bool]
DEMO = demos.find("3")


def past_of(app: PcsimApp) -> Replay:
    """The past that is shown."""
    past = app.watcher.shown.rewind
    assert isinstance(past, Replay)
    return past


@asynccontextmanager
async def looking_back(
    at: float = 5.0, size: tuple[int, int] = (120, 40), scenario: Scenario = DEMO
) -> AsyncIterator[tuple[PcsimApp, Pilot[None]]]:
    """The app on a run that has come to a time, where it has begun to look back."""
    app = app_for(scenario)
    async with app.run_test(size=size) as pilot:
        await pilot.press("s")
        await advance(app, pilot, at)
        await pilot.press("b")
        await pilot.pause()
        yield app, pilot


async def test_a_past_moment_is_shown_as_it_was_seen_and_the_run_goes_on() -> None:
    """Each moment is the snapshot that was taken then; the counts of the run grow meanwhile."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        shown = {}
        for half in range(1, 13):
            await advance(app, pilot, half / 2)
            shown[half / 2] = app.watcher.session.view.snapshot
        await pilot.press("b")
        for at, seen in shown.items():
            app.action_rewind("seek", at)
            past = app.watcher.display.view.snapshot
            assert past.at == pytest.approx(at)
            assert past.totals == seen.totals
            assert [row.depth for row in past.queues] == [row.depth for row in seen.queues]
            assert [(row.state, row.item, row.done_total) for row in past.workers] == [
                (row.state, row.item, row.done_total) for row in seen.workers
            ]
        before = app.watcher.session.view.snapshot.totals.produced
        app.action_rewind("seek", 2.0)
        await pass_time(app, pilot, 3.0)
        assert app.watcher.session.view.snapshot.totals.produced > before + 10
        assert app.watcher.display.view.snapshot.totals == shown[2.0].totals


async def test_a_queue_that_stays_full_is_drawn_full_to_the_end() -> None:
    """Nothing happens in a jam, so nothing is kept of it: what is known holds on."""
    scenario = Scenario(
        queues=(QueueSpec("main", 1),),
        producers=(ProducerSpec("P", "main", interval=0.1),),
        consumers=(ConsumerSpec("C", ("main",), 1000.0),),
    )
    async with looking_back(8.0, scenario=scenario) as (app, _):
        assert past_of(app).length == pytest.approx(8.0, abs=1.01)
        (line,) = [line for line in picture(app).splitlines() if "full queues" in line]
        assert line.count("█") > 90
        (line,) = [line for line in picture(app).splitlines() if "out /s" in line]
        assert "█" not in line


async def test_it_is_marked_how_long_ago_that_was() -> None:
    """In the first line and over the bar, which grows; b leads back to now."""
    async with looking_back() as (app, pilot):
        assert "◀ 0:00 ago" in header(app)
        app.action_rewind("seek", 2.0)
        await pass_time(app, pilot, 1.0)
        assert "◀ 0:04 ago 0:02.0 of 0:06.0" in header(app)
        assert "0:04 ago; the run goes on" in picture(app)
        assert past_of(app).length == pytest.approx(6.0, abs=1.01)
        await pilot.press("b")
        await pilot.pause()
        assert "▶ running" in header(app)
        assert "ago" not in picture(app)
        assert not app.dashboard.has_class("-past")


async def test_keys_go_from_moment_to_moment() -> None:
    """Arrows and ends on the bar, by events and marks from everywhere; esc there is now."""
    async with looking_back() as (app, pilot):
        past = past_of(app)
        assert app.focused is app.dashboard.time_bar
        await pilot.press("left", "left")
        assert past.at == pytest.approx(4.8)
        await pilot.press("right", "shift+left")
        assert past.at < 4.0
        before = past.at
        await pilot.press("comma", "full_stop")
        assert past.at == before
        await pilot.press("N")
        assert past.at < before
        await pilot.press("home")
        assert past.at == past.begins
        await pilot.press("f")
        assert "main: full for the first time" in messages(app)[-1]
        await pilot.press("end")
        assert past.at == past.length
        await pilot.press("escape")
        assert app.watcher.past is None


async def test_esc_closes_what_is_open_before_it_leads_back_to_now() -> None:
    """Off the bar: a page first."""
    async with looking_back() as (app, pilot):
        await pilot.press("3")
        await opened(app, pilot)
        app.dashboard.set_focus(app.dashboard.page.for_focus[0])
        await pilot.press("escape")
        assert app.dashboard.number == 1
        assert app.watcher.past is not None
        app.dashboard.set_focus(app.dashboard.tables.queues)
        await pilot.press("escape")
        assert app.watcher.past is None


async def test_the_mouse_goes_to_any_time() -> None:
    """A click, and a drag."""
    async with looking_back() as (app, pilot):
        bar = app.dashboard.time_bar
        await pilot.click(bar, offset=(bar.size.width // 2, 2))
        assert 1.5 < past_of(app).at < 3.5
        await pilot.mouse_down(bar, offset=(20, 2))
        await pilot.hover(bar, offset=(bar.size.width - 3, 2))
        await pilot.mouse_up(bar, offset=(bar.size.width - 3, 2))
        assert past_of(app).at > 4.5
        assert run_of(app).calls == ["start"]


async def test_it_plays_and_comes_up_with_the_run() -> None:
    """From there on, as fast as one likes, and then with what is written."""
    async with looking_back(10.0, scenario=FAN) as (app, pilot):
        await pilot.press("home", "plus", "plus", "plus")
        await pilot.press("space")
        await pass_time(app, pilot, 0.5)
        assert "▶ 0:05 ago 0:05.0 of 0:10.5" in header(app)
        await pass_time(app, pilot, 1.5)
        assert app.watcher.session.view.at - app.watcher.display.view.at < 1.2
        assert app.watcher.shown.is_moving


async def test_what_is_past_cannot_be_controlled_and_keys_say_so() -> None:
    """Neither by keys of the run nor of changes, nor in details; the run has not noticed."""
    async with looking_back() as (app, pilot):
        app.action_rewind("seek", 2.0)
        for key in ("p", "d", "x", "r", "0", "colon", "w", "W", "u", "U", "S"):
            await pilot.press(key)
            assert messages(app)[-1] == NOT_THEN, key
        assert len(messages(app)) == 11
        await pilot.press("a")
        assert len(messages(app)) == 11
        assert on_dashboard(app)
        for label in ("drain", "abort", "restart", "pause", "freeze", "change"):
            assert label not in footer(app)
        assert "b now" in footer(app)
        app.dashboard.set_focus(app.dashboard.tables.queues)
        await pilot.press("enter", "p")
        assert messages(app)[-1] == NOT_THEN
        await pilot.press("b")
        await pilot.pause()
        await pilot.press("p")
        assert run_of(app).calls == ["start", "pause_producing"]


async def test_details_are_those_of_the_moment_and_say_what_is_not_kept() -> None:
    """The depth and the waits as they were; no items."""
    async with looking_back() as (app, pilot):
        app.action_rewind("seek", 0.2)
        app.dashboard.set_focus(app.dashboard.tables.queues)
        await pilot.press("enter")
        await pilot.pause()
        text = picture(app)
        assert "Items of the past are not kept." in text
        assert f"{app.watcher.display.view.snapshot.queues[0].depth} of 3" in text


async def test_before_the_start_there_is_nothing_to_look_back_at() -> None:
    """A message says so."""
    app = app_for(DEMO)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("b")
        assert messages(app) == [NOTHING_YET]
        assert "look back" not in footer(app)


async def test_after_the_end_all_that_is_kept_is_there() -> None:
    """From the start to the report; a run that begins again has no past."""
    app = app_for(DEMO)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 20.0)
        assert "finished after" in picture(app)
        await pilot.press("b")
        await pilot.pause()
        assert "the run has ended" in picture(app)
        assert "finished after" in picture(app)
        await pilot.press("home")
        await pilot.pause()
        assert past_of(app).at == past_of(app).begins
        assert "finished after" not in picture(app)
        assert app.dashboard.number == 1
        await pilot.press("b")
        await pilot.pause()
        assert "finished after" in picture(app)
        await pilot.press("r")
        await pilot.press("b")
        assert messages(app)[-1] == NOTHING_YET
        await pilot.press("s")
        await pass_time(app, pilot, 1.0)
        await pilot.press("b")
        assert past_of(app).length == pytest.approx(1.0)


async def test_the_end_of_the_run_is_said_while_one_looks_back() -> None:
    """The moment that is shown stays."""
    async with looking_back() as (app, pilot):
        app.action_rewind("seek", 3.0)
        await pass_time(app, pilot, 10.0)
        assert "the run has ended" in picture(app)
        assert app.watcher.display.view.at == pytest.approx(3.0)
        assert app.watcher.session.is_over
        assert app.dashboard.number == 1


async def test_a_steered_run_is_looked_back_at_past_its_change() -> None:
    """The worker that was added is gone before that; f stops at the change."""
    app = virtual_app(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 2.0)
        app.dashboard.set_focus(app.dashboard.tables.consumers)
        workers = len(app.watcher.session.view.snapshot.workers)
        await pilot.press("w")
        await pass_time(app, pilot, 2.0)
        await pilot.press("b", "home")
        assert len(app.watcher.display.view.snapshot.workers) == workers
        changed = next(mark for mark in past_of(app).marks() if mark.kind == "change")
        app.action_rewind("seek", changed.at + 0.15)
        assert len(app.watcher.display.view.snapshot.workers) == workers + 1
        await pass_time(app, pilot, 0.5)
        assert len(app.watcher.session.view.snapshot.workers) == workers + 1


async def test_virtual_time_is_looked_back_at_and_goes_on_at_its_speed() -> None:
    """Ten looks a second of ours are kept, whatever time passes in between."""
    app = virtual_app(FAN, 100)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 3.0)
        await pilot.press("b", "left")
        assert app.watcher.display.view.at == pytest.approx(290.0)
        await pass_time(app, pilot, 1.0)
        assert app.watcher.session.view.at == pytest.approx(400.0)
        assert app.watcher.display.view.at == pytest.approx(290.0)


async def test_a_frozen_display_is_where_one_begins_to_look_back() -> None:
    """Not now: what was frozen is what is wanted."""
    app = app_for(DEMO)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 2.0)
        await pilot.press("space")
        await advance(app, pilot, 5.0)
        await pilot.press("b")
        assert past_of(app).at == pytest.approx(2.0)
        assert not app.watcher.display.is_frozen


async def test_a_question_is_about_now() -> None:
    """q asks about the items that there are by now."""
    async with looking_back() as (app, pilot):
        await pilot.press("home", "q")
        assert app.watcher.past is None
        assert not on_dashboard(app)
        await pilot.press("escape")
        assert "▶ running" in header(app)


async def test_the_form_of_changes_is_closed() -> None:
    """It would change the run of now."""
    app = app_for(DEMO)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 2.0)
        await pilot.press("colon")
        await pilot.pause()
        await pilot.press("b")
        await pilot.pause()
        assert not app.dashboard.has_class("-changing")


async def test_the_focus_returns_to_the_table() -> None:
    """With its cursor where it was."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 2.0)
        consumers = app.dashboard.tables.consumers
        app.dashboard.set_focus(consumers)
        await pilot.press("down", "down")
        chosen = consumers.chosen_name
        await pilot.press("b", "left", "b")
        await pilot.pause()
        assert app.focused is consumers
        assert consumers.chosen_name == chosen


async def test_a_program_that_is_watched_is_looked_back_at() -> None:
    """As far as its data goes, and without the keys of runs."""
    program, clock = FakeProgram(3), HandClock()
    app = PcsimApp(Watched(program, None, keep), clock=clock, live=False, ascii_only=False)
    async with app.run_test(size=(120, 40)) as pilot:
        looks = []
        for clock.now in (n / 10 for n in range(1, 60)):
            app.watcher.poll()
            looks.append(app.watcher.session.view.snapshot)
        seen = max((look for look in looks if look.at < 3.0), key=lambda look: look.version)
        await pilot.press("b")
        app.action_rewind("seek", seen.at)
        shown = app.watcher.display.view.snapshot
        assert [row.name for row in shown.queues] == [row.name for row in seen.queues]
        assert [row.depth for row in shown.queues] == [row.depth for row in seen.queues]
        await pilot.press("p", "d", "a", "6")
        assert NOT_THEN not in messages(app)
        await pilot.press("escape")
        assert app.watcher.past is None


async def test_where_nothing_can_be_kept_the_run_goes_on() -> None:
    """The key says why."""

    def never(_clock: Callable[[], float]) -> Keeper:
        raise PcsimError("this Python lacks sqlite3")

    app = app_for(DEMO)
    runs = Runs(lambda _: app.control, DEMO, keep=never)
    app = PcsimApp(runs, clock=app.clock, live=False, ascii_only=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s")
        await advance(app, pilot, 2.0)
        await pilot.press("b")
        assert messages(app) == ["this Python lacks sqlite3"]
        assert app.watcher.session.view.snapshot.phase is Phase.RUNNING


async def test_keys_and_help_say_what_b_does() -> None:
    """Now, and in the past."""
    async with looking_back(size=(120, 60)) as (app, pilot):
        await pilot.press("question_mark")
        assert "Go back to now." in picture(app)
        assert "Stop producing" not in picture(app)
        await pilot.press("escape", "b", "question_mark")
        await pilot.pause()
        assert "Look back" in picture(app)
        assert "Go back to now." not in picture(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_picture_is_as_agreed(size: tuple[int, int], snap_compare: Compare) -> None:
    """The dashboard as it was then, over the time bar, plainly marked as past."""

    async def prepare(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, PcsimApp)
        await pilot.press("s")
        await advance(app, pilot, 47.3)
        await pilot.press("b")
        app.action_rewind("seek", 11.8)
        await pass_time(app, pilot, 1.0)

    assert snap_compare(app_for(FAN), terminal_size=size, run_before=prepare)
