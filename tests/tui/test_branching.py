"""A branch in the app: from a moment of a virtual run's recording, with a change, and back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot

from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.engine.virtual.pacing import PacedRun
from pcsim.experiments.branching import Course, course_of
from pcsim.launch.branching import Branches, branches_of
from pcsim.launch.keeping import keep
from pcsim.recording.reader import Reader
from pcsim.recording.replay import Replay
from pcsim.scenario import Scenario
from pcsim.scenario.changes import SetCapacity
from pcsim.snapshot import EventKind
from pcsim.text import clock_time
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Recorded, Runs
from tests.recording.runs import record
from tests.support.clocks import HandClock
from tests.support.small_scenarios import one_queue
from tests.tui.support import footer, header, messages, picture

SHOP = one_queue(
    Exponential(0.5), Exponential(0.7), capacity=10, until=60.0, seed=1, title="A shop"
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A recording of a minute."""
    path = tmp_path_factory.mktemp("branch") / "shop.rec"
    record(path, SHOP, step=0.5)
    reader = Reader(path)
    yield reader
    reader.close()


@asynccontextmanager
async def at_twenty(
    reader: Reader,
    course: Course | None = None,
    size: tuple[int, int] = (120, 40),
    scenario: Scenario = SHOP,
) -> AsyncIterator[tuple[PcsimApp, Pilot[None]]]:
    """The app on a recording, stopped at 20 seconds, the cursor on the clerk."""
    clock = HandClock()
    branches = None if course is None else Branches(lambda: course, clock)
    shown = Recorded(Replay(reader, clock), scenario, branches)
    app = PcsimApp(shown, clock=clock, live=False, ascii_only=False)
    async with app.run_test(size=size) as pilot:
        await pilot.press("space")
        app.action_rewind("seek", 20.0)
        await pilot.pause()
        app.dashboard.set_focus(app.dashboard.query_one("#consumers"))
        await pilot.pause()
        yield app, pilot


async def test_a_change_in_the_past_is_a_branch_that_goes_on(shop: Reader) -> None:
    """The header says of what it is one, and when; the past is that of the run; 0 goes back."""
    async with at_twenty(shop, course_of(shop)) as (app, pilot):
        assert ": branch" in footer(app)
        before = app.watcher.session.view.snapshot
        await pilot.press("w")
        await pilot.pause()
        session = app.watcher.session
        assert "branch at 0:20.0 of A shop" in header(app)
        assert "0 the original" in footer(app)
        assert isinstance(session.control, PacedRun)
        at_first = session.view.snapshot
        assert at_first.at == 20.0
        assert at_first.totals.consumed == before.totals.consumed
        assert [row.name for row in at_first.consumers] == ["C", "C-2"]
        past = [one for one in session.control.events().events if one.at < 20.0]
        known = shop.notes.events(20.0, 2_000)
        assert [(one.kind, one.subject) for one in past] == [
            (one.kind, one.subject) for one in known if one.at < 20.0
        ]
        app.clock.now += 2.0  # type: ignore[attr-defined]
        app.watcher.poll()
        assert app.watcher.session.view.snapshot.at == pytest.approx(22.0)
        await pilot.press("0")
        await pilot.pause()
        assert app.watcher.session.rewind is not None
        assert app.watcher.session.rewind.at == 20.0
        assert "branch" not in header(app)
        assert session.control.snapshot().phase.is_over


async def test_the_form_makes_one_branch_of_all_that_was_chosen(shop: Reader) -> None:
    """Two values that were changed are two changes at that moment."""
    async with at_twenty(shop, course_of(shop)) as (app, pilot):
        await pilot.press("colon")
        await pilot.pause()
        assert "Branch at 0:20.0: C" in picture(app)
        assert "enter goes on from there" in picture(app)
        await pilot.press("right", "down", "left", "enter")
        await pilot.pause()
        control = app.watcher.session.control
        assert isinstance(control, PacedRun)
        made = [one for one in control.events().events if one.kind is EventKind.CHANGED]
        assert [(one.at, one.what) for one in made] == [(20.0, "add"), (20.0, "service_time")]


async def test_a_branch_begins_again_and_may_be_changed(shop: Reader) -> None:
    """r is the same branch from its moment; what is changed in it now is no further branch."""
    async with at_twenty(shop, course_of(shop)) as (app, pilot):
        await pilot.press("w")
        await pilot.pause()
        first = app.watcher.session
        app.clock.now += 2.0  # type: ignore[attr-defined]
        app.watcher.poll()
        await pilot.press("w")
        await pilot.pause()
        assert app.watcher.session is first
        assert len(first.view.snapshot.consumers) == 3
        await pilot.press("r")
        await pilot.pause()
        again = app.watcher.session
        assert again is not first
        assert again.view.snapshot.at == 20.0
        assert len(again.view.snapshot.consumers) == 2
        await pilot.press("0", "0")
        assert app.watcher.session.rewind is not None


async def test_a_branch_is_compared_with_its_original(shop: Reader) -> None:
    """In a few pairs of runs, from the moment on, with both over time; esc is back at it."""
    async with at_twenty(shop, course_of(shop)) as (app, pilot):
        await pilot.press("w")
        await pilot.pause()
        await pilot.press("D")
        await app.workers.wait_for_complete()
        await pilot.pause()
        shown = " ".join(picture(app).split())
        assert "A the run 0:20.0–1:00.0 B the branch 0:20.0–1:00.0" in shown
        assert "Up to 0:20.0 both are the same run, bit for bit." in shown
        assert "between 5 pairs of runs" in shown
        assert "better" in shown
        await pilot.press("escape")
        await pilot.pause()
        assert "branch at 0:20.0" in header(app)
        await pilot.press("0", "D")
        assert "compare" not in footer(app)


async def test_a_branch_that_was_changed_by_hand_is_compared_as_it_is(shop: Reader) -> None:
    """What was changed in it later is part of it, at its time."""
    async with at_twenty(shop, course_of(shop)) as (app, pilot):
        await pilot.press("w")
        await pilot.pause()
        app.clock.now += 5.0  # type: ignore[attr-defined]
        app.watcher.poll(force=True)
        await pilot.pause()
        app.control.steer(SetCapacity("q", 4))  # type: ignore[attr-defined]
        await pilot.press("D")
        await app.workers.wait_for_complete()
        await pilot.pause()
        shown = " ".join(picture(app).split())
        assert "Up to 0:20.0 both are the same run, bit for bit." in shown
        assert "changes at 0:20.0 + add C" in shown
        at = app.control.acts[-1].at  # type: ignore[attr-defined]
        assert f"changes at {clock_time(at)} + capacity q 4" in shown


async def test_a_run_that_goes_on_branches_where_one_looks_back() -> None:
    """With what was changed in it up to then; the original stands still, and is gone back to."""
    clock = HandClock()
    runs = Runs(
        lambda scenario: PacedRun(VirtualEngine(scenario), clock=clock), SHOP,
        keep=keep, branches_of=partial(branches_of, clock=clock),
    )  # fmt: skip
    app = PcsimApp(runs, clock=clock, live=False, ascii_only=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        for second in range(12):
            clock.now += 1.0
            app.watcher.poll(force=True)
            if second == 3:
                app.dashboard.set_focus(app.dashboard.query_one("#queues"))
                await pilot.pause()
                app.control.steer(SetCapacity("q", 4))  # type: ignore[attr-defined]
        live = app.watcher.session
        app.dashboard.set_focus(app.dashboard.query_one("#consumers"))
        await pilot.press("b")
        app.action_rewind("seek", 7.0)
        await pilot.pause()
        app.dashboard.set_focus(app.dashboard.query_one("#consumers"))
        await pilot.pause()
        await pilot.press("w")
        await pilot.pause()
        branch = app.watcher.session
        assert branch is not live
        assert "branch at 0:07.0 of A shop" in header(app)
        assert branch.view.snapshot.at == 7.0
        assert branch.view.snapshot.queues[0].capacity == 4
        assert len(branch.view.snapshot.consumers) == 2
        await pilot.press("0")
        await pilot.pause()
        assert app.watcher.session is live
        assert live.virtual is not None
        assert live.virtual.is_standing
        assert "branch" not in header(app)


async def test_what_cannot_branch_says_why(shop: Reader) -> None:
    """A run on threads, a worker that has to stay, and a moment at which the run is over."""
    async with at_twenty(shop) as (app, pilot):
        assert ": branch" not in footer(app)
        await pilot.press("colon")
        assert "no run of pcsim in virtual time" in messages(app)[-1]
        await pilot.press("w")
        assert app.watcher.session.control is None
    async with at_twenty(shop, course_of(shop)) as (app, pilot):
        await pilot.press("W")
        assert "without a consumer" in messages(app)[-1]
        app.action_rewind("end", 1)
        await pilot.pause()
        await pilot.press("w")
        await pilot.pause()
        assert "The run is over by then" in messages(app)[-1]
        assert app.watcher.session.control is None


async def test_a_long_run_is_made_again_in_slices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys and frames go on meanwhile; what comes out is the same."""
    monkeypatch.setattr("pcsim.launch.branching.SLICE", 20)
    monkeypatch.setattr("pcsim.launch.branching.PART", 20)
    record(tmp_path / "x.rec", SHOP, step=0.5)
    reader = Reader(tmp_path / "x.rec")
    async with at_twenty(reader, course_of(reader)) as (app, pilot):
        await pilot.press("w")
        assert "made again up to 0:20.0" in messages(app)[-1]
        while app.watcher.session.control is None:
            await pilot.pause(0.01)
        assert app.watcher.session.view.snapshot.at == 20.0
    reader.close()
