"""The view of waits: the root first, and beneath it who waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from pcsim.analysis.change_effect import Effect, MadeChange
from pcsim.recording.reader import Reader
from pcsim.recording.replay import Replay
from pcsim.scenario import ConsumerSpec, End, Overflow, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.change_text import written
from pcsim.scenario.changes import AddWorkers, Change, SetCapacity, SetOverflow
from pcsim.snapshot import Event, EventKind
from pcsim.tui.app import PcsimApp
from pcsim.tui.current import Current
from pcsim.tui.exhibits import Watched
from pcsim.tui.pages.timeline import TimelinePage
from pcsim.tui.pages.waits import WaitsPage
from pcsim.tui.saying import Measured
from pcsim.tui.screens.details import DetailsScreen
from pcsim.tui.session import Session
from tests.recording.runs import record
from tests.support.clocks import HandClock
from tests.support.fake_program import FakeProgram
from tests.tui.scenarios import BACK_PRESSURE, FAN, LOCKS_UP, STEADY
from tests.tui.support import (
    advance,
    app_for,
    clock_of,
    opened,
    paced_of,
    pass_time,
    picture,
    run_to_page,
    virtual_app,
)

SLOW = Scenario(
    queues=(QueueSpec("q", 2),),
    producers=(ProducerSpec("P", "q", interval=0.1),),
    consumers=(ConsumerSpec("C", "q", service_time=0.3),),
)


async def test_the_root_is_first_and_the_jam_can_be_shown_alone() -> None:
    """Who is in no jam stands below, with the queue that drops."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 20.0, "3")
        shown = picture(app)
        assert "writer is the root: it waits for nobody" in shown
        assert "ROOT" in shown
        assert "audit  drops what does not fit" in shown
        assert "audit full  →  it drops" in shown
        assert "store full  →  1 worker behind it" in shown
        assert "behind writer" in shown
        assert shown.index("▶ writer") < shown.index("▐ store") < shown.index("▐ merge ")
        await pilot.press("z")
        assert "Not in the jam" not in picture(app)
        await pilot.press("z")
        assert "Not in the jam" in picture(app)


async def test_enter_opens_what_the_line_is_about_and_the_cursor_stays_on_it() -> None:
    """A worker or a queue."""
    app = app_for(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 3.0, "3")
        await pilot.press(*["down"] * 4)
        await advance(app, pilot, 4.0)
        row = app.dashboard.page.waits.chosen.row  # type: ignore[attr-defined]
        assert row is not None
        assert row.name == "main"
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, DetailsScreen)


async def test_a_system_without_a_jam_says_so() -> None:
    """And before the start, too."""
    app = app_for(STEADY)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await opened(app, pilot)
        assert "Nobody waits for room in a queue" in picture(app)
        await pilot.press("s")
        await advance(app, pilot, 3.0)
        assert "Nobody waits for room in a queue" in picture(app)
        await pilot.press("j", "k", "enter", "z", "pagedown", "pageup", "escape")


async def test_a_deadlock_is_kept_as_its_picture_with_the_ways_out() -> None:
    """After the end, when nobody waits any more."""
    app = app_for(LOCKS_UP)
    async with app.run_test(size=(80, 24)) as pilot:
        await run_to_page(app, pilot, 3.0, "3")
        shown = picture(app)
        assert "The moment it locked: 0:00.9" in shown
        assert "X   holds item" in shown
        assert "cannot put: a full since 0:00.8" in shown
        assert "Ways out" in shown
        assert 'overflow = "drop_new" on ' in shown
        assert "2/2" in shown


@pytest.mark.parametrize("seed", range(3))
async def test_programs_whose_threads_come_and_go_are_shown_too(seed: int) -> None:
    """In the timeline and in the waits, whatever happens in them."""
    program = FakeProgram(seed, step=2.0)
    app = PcsimApp(Watched(program), clock=HandClock(), live=False, ascii_only=False)
    async with app.run_test(size=(120, 40)) as pilot:
        for turn in range(20):
            await pilot.press("23"[turn % 2])
            for _ in range(5):
                clock_of(app).now += 0.6
                app.watcher.poll(force=True)
            await opened(app, pilot)
            await pilot.press("down", "down", "enter", "left", "left", "o", "g", "z")
            await pilot.press("escape", "escape")
        assert app.is_running


async def test_the_jam_goes_by_the_policies_that_queues_have_by_now() -> None:
    """A queue that comes to drop holds nobody any more; in a replay, too."""
    app = virtual_app(SLOW)
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 20.0, "3")
        assert "C is the root: it waits for nobody" in picture(app)
        paced_of(app).steer(SetOverflow("q", Overflow.DROP_NEW))
        await pass_time(app, pilot, 15.0)
        shown = picture(app)
        assert "is the root" not in shown
        assert "q  drops what does not fit" in shown


def test_a_replay_is_the_system_that_its_changes_have_made() -> None:
    """Those by hand and those that were planned; a program that is watched has none."""
    planned = SetCapacity("q", 7, at=8.0)
    scenario = replace(SLOW, changes=(planned,))
    by_hand: tuple[Change, ...] = (
        AddWorkers("C", at=1.0),
        SetOverflow("q", Overflow.DROP_OLD, at=5.0),
    )
    events = [
        Event(number, change.at or 0.0, EventKind.CHANGED, change.subject, what=change.what,
              change=written(change))
        for number, change in enumerate(by_hand)
    ]  # fmt: skip
    events.append(Event(2, 8.0, EventKind.CHANGED, "q", what="capacity"))
    made = [MadeChange(event, Effect()) for event in reversed(events)]
    current = Current(None, scenario)
    assert current.scenario(()) is scenario
    then = current.scenario(made[1:])
    assert then is not None
    assert [spec.name for spec in then.consumers] == ["C", "C-2"]
    assert (then.queues[0].overflow, then.queues[0].capacity) == (Overflow.DROP_OLD, 2)
    now = current.scenario(made)
    assert now is not None
    assert now.queues[0].capacity == 7
    assert current.scenario(made) is now
    assert current.scenario(()) is scenario
    assert Current(None, None).scenario(made) is None


async def test_a_replay_knows_a_change_however_much_has_happened_since(tmp_path: Path) -> None:
    """Where its moment was gone to at once: the jam is judged as it was while it ran."""
    path = tmp_path / "x.rec"
    drops = SetOverflow("q", Overflow.DROP_NEW, at=10.0)
    scenario = replace(SLOW, changes=(drops,), end=End(time=400.0))
    record(path, scenario)
    reader = Reader(path)
    replay = Replay(reader, HandClock())
    replay.seek(390.0)
    session = Session(replay, HandClock(), Measured, scenario=scenario)
    for at in (390.0, 5.0, 395.0):
        replay.seek(at)
        session.poll(force=True)
        view = session.view
        assert [one.what for one in view.changes] == (["overflow"] if at > 10 else [])
        assert view.events[-1].at > 10.0 or at < 10
        assert view.current is not None
        is_dropping = view.current.queues[0].overflow is Overflow.DROP_NEW
        assert is_dropping == (at > 10)
    reader.close()


async def test_a_filter_leaves_the_lines_with_its_words() -> None:
    """What the jam is, stays above them; escape shows everything, then goes back."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 20.0, "3")
        await pilot.press("slash", *"merg", "enter")
        await pilot.pause()
        shown = picture(app)
        assert "/ merg" in shown
        assert "writer is the root" in shown
        assert "▐ merge " in shown
        assert "▶ writer" not in shown
        await pilot.press("slash", *"zzz", "enter")
        await pilot.pause()
        assert "no row has “mergzzz” in it" in picture(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "▶ writer" in picture(app)


async def test_the_jam_goes_by_the_whole_run_on_a_key() -> None:
    """And by the last seconds again; the line of tabs says which."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 30.0, "3")
        assert "last 10 s" in picture(app)
        await pilot.press("w")
        await pilot.pause()
        assert "since the start" in picture(app)
        assert "over the whole run" in picture(app)
        await pilot.press("w")
        await pilot.pause()
        assert "over the last 10 s" in picture(app)


async def test_the_way_from_the_jam_to_its_begin_is_a_key() -> None:
    """The timeline opens with its cursor where a queue was full for the first time."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 20.0, "3")
        first = next(one.at for one in app.watcher.session.view.firsts if one.kind == "full")
        await pilot.press("g")
        await pilot.pause()
        await pilot.pause()
        page = app.dashboard.page
        assert isinstance(page, TimelinePage)
        assert page.lanes.column is not None
        begin, end = page.lanes.column
        assert begin <= first < end


async def comes(app: PcsimApp, pilot: Pilot[None], text: str, *, is_there: bool = True) -> bool:
    """Whether a text comes onto the screen, or leaves it."""
    for _ in range(100):
        if (text in picture(app)) == is_there:
            return True
        await pilot.pause()
    return False


async def test_a_group_unfolds_to_its_members_and_folds_again() -> None:
    """By enter, or the arrows; from a member the cursor goes to its group."""
    app = app_for(FAN)
    async with app.run_test(size=(120, 40)) as pilot:
        await run_to_page(app, pilot, 20.0, "3")
        page = app.dashboard.page
        assert isinstance(page, WaitsPage)
        waits = page.waits
        while waits.chosen is None or waits.chosen.group != "resize-small":
            await pilot.press("down")
        assert "resize-small-1" not in picture(app)
        await pilot.press("right")
        assert await comes(app, pilot, "resize-small-1")
        assert "resize-small-2" in picture(app)
        await pilot.press("right", "down", "down")
        assert waits.chosen is not None
        assert waits.chosen.row is not None
        assert waits.chosen.row.name == "resize-small-2"
        await pilot.press("left")
        assert await comes(app, pilot, "resize-small-1", is_there=False)
        assert waits.chosen.group == "resize-small"
        await pilot.press("enter")
        assert await comes(app, pilot, "resize-small-1")
        await pilot.press("down", "enter")
        assert await comes(app, pilot, "─ Stage resize-small-1")
