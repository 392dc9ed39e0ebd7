"""D in the past: before and after a moment are compared, or the run with another recording."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.engine.virtual.pacing import PacedRun
from pcsim.launch.keeping import comparisons
from pcsim.recording.reader import Reader
from pcsim.recording.replay import Replay
from pcsim.scenario.change_text import from_words
from pcsim.scenario.changes import AddWorkers
from pcsim.tui.app import PcsimApp
from pcsim.tui.diff.screen import DiffScreen
from pcsim.tui.exhibits import Recorded, Runs
from tests.recording.runs import record
from tests.support.clocks import HandClock
from tests.support.small_scenarios import one_queue
from tests.tui.support import footer, keep, messages, on_dashboard, picture

SHOP = one_queue(
    Exponential(0.5), Exponential(0.7), capacity=10, until=120.0, seed=1, title="A shop"
)
CHANGED = replace(SHOP, changes=(from_words("add C", 60.0),))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings: a shop, and one that gets another clerk after a minute."""
    folder = tmp_path_factory.mktemp("comparing")
    record(folder / "shop.rec", SHOP, step=0.5)
    record(folder / "changed.rec", CHANGED, step=0.5)
    return folder


@pytest.fixture
def changed(folder: Path) -> Iterator[Reader]:
    reader = Reader(folder / "changed.rec")
    yield reader
    reader.close()


@asynccontextmanager
async def replayed(
    reader: Reader, at: float, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[PcsimApp, Pilot[None]]]:
    """The app on a recording, stopped at a moment."""
    clock = HandClock()
    compares = partial(comparisons, path=reader.path)
    shown = Recorded(Replay(reader, clock), CHANGED, compares=compares)
    app = PcsimApp(shown, clock=clock, live=False, ascii_only=False)
    async with app.run_test(size=size) as pilot:
        await pilot.press("space")
        app.action_rewind("seek", at)
        await pilot.pause()
        yield app, pilot


async def compared(app: PcsimApp, pilot: Pilot[None], *keys: str) -> str:
    """What the screen of a difference shows after these keys in the window that asks."""
    await pilot.press("D")
    await pilot.pause()
    await pilot.press(*keys)
    await app.workers.wait_for_complete()
    await pilot.pause()
    assert isinstance(app.screen, DiffScreen)
    return " ".join(picture(app).split())


async def test_before_and_after_a_moment_are_compared(changed: Reader) -> None:
    """Two stretches of the run, with what was done in the second; esc is back at the moment."""
    async with replayed(changed, 60.0) as (app, pilot):
        assert "D diff" in footer(app)
        await pilot.press("D")
        await pilot.pause()
        shown = picture(app)
        assert "Before and after this moment   0:00.0–1:00.0 with 1:00.0–2:00.0" in shown
        await pilot.press("escape")
        assert on_dashboard(app)
        shown = await compared(app, pilot, "enter")
        assert "A before 0:06.0–1:00.0" in shown
        assert "B after 1:06.0–2:00.0" in shown
        assert "Both are stretches of the same run." in shown
        assert "Done to the run" in shown
        assert "C: workers 1 → 2" in shown
        screen = app.screen
        assert isinstance(screen, DiffScreen)
        rows = {row.measure.key: row for row in screen.found.rows}
        assert rows["workers.C.busy"].a.mean == pytest.approx(1.0, abs=0.02)
        assert rows["queues.q.full"].verdict == "better"
        await pilot.press("j")
        assert "stretches of one run part nowhere" in messages(app)[-1]
        await pilot.press("escape")
        assert on_dashboard(app)
        assert app.watcher.session.rewind is not None
        assert app.watcher.session.rewind.at == 60.0


async def test_marks_of_ones_own_bound_what_is_compared(changed: Reader) -> None:
    """From the mark before to the mark after; changes of the run are offered as well."""
    async with replayed(changed, 30.0) as (app, pilot):
        await pilot.press("m")
        app.action_rewind("seek", 90.0)
        await pilot.press("m")
        app.action_rewind("seek", 70.0)
        await pilot.press("D")
        await pilot.pause()
        lines = [" ".join(line.split()) for line in picture(app).splitlines()]
        assert any("this moment 0:30.0–1:10.0 with 1:10.0–1:30.0" in one for one in lines)
        assert any("mark 1 0:00.0–0:30.0 with 0:30.0–1:30.0" in one for one in lines)
        assert any("mark 2 0:30.0–1:30.0 with 1:30.0–2:00.0" in one for one in lines)
        assert any("C add 0:30.0–1:00.0 with 1:00.0–1:30.0" in one for one in lines)
        await pilot.press("escape")


async def test_it_is_compared_with_another_recording(changed: Reader) -> None:
    """Those beside it are offered, and not itself; j goes to where both part."""
    async with replayed(changed, 60.0) as (app, pilot):
        await pilot.press("D")
        await pilot.pause()
        assert picture(app).count("shop.rec") == 1
        assert "With" in picture(app)
        assert "changed.rec" not in picture(app).split("Compare", 1)[1].split("enter choose")[0]
        await pilot.press("escape")
        shown = await compared(app, pilot, "end", "enter")
        assert "shop.rec 0:12.0–2:00.0" in shown
        assert "changes at 1:00.0 add C → –" in shown
        assert "alike until 1:0" in shown
        await pilot.press("j")
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, DiffScreen)
        assert screen.curves.is_near
        assert "┴1:00" in picture(app) or "┴1:02" in picture(app)


async def test_a_run_that_goes_on_is_compared_with_its_own_past(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In virtual time or not, and with a recording here; it goes on meanwhile."""
    monkeypatch.chdir(folder)
    clock = HandClock()
    runs = Runs(
        lambda scenario: PacedRun(VirtualEngine(scenario), clock=clock), SHOP,
        keep=keep, compares=comparisons,
    )  # fmt: skip
    app = PcsimApp(runs, clock=clock, live=False, ascii_only=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("D")
        assert "Only a branch is compared" in messages(app)[-1]
        await pilot.press("s")
        for second in range(80):
            clock.now += 1.0
            app.watcher.poll(force=True)
            if second == 39:
                app.control.steer(AddWorkers("C"))  # type: ignore[attr-defined]
        await pilot.press("b")
        app.action_rewind("seek", 40.0)
        await pilot.pause()
        assert "D diff" in footer(app)
        shown = await compared(app, pilot, "enter")
        assert "before" in shown
        assert "add C" in shown
        await pilot.press("escape")
        shown = await compared(app, pilot, "end", "enter")
        assert "A this run" in shown
        assert "add C" in shown
        await pilot.press("q")
        await pilot.pause()
        assert not isinstance(app.screen, DiffScreen)
        await pilot.press("escape", "b")


async def test_a_visitor_is_shown_no_other_files(
    changed: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a served app: stretches of what is served, and nothing else."""
    monkeypatch.setenv("PCSIM_READ_ONLY", "1")
    async with replayed(changed, 60.0) as (app, pilot):
        await pilot.press("D")
        await pilot.pause()
        assert "Before and after this moment" in picture(app)
        assert "shop.rec" not in picture(app)


async def test_where_nothing_can_be_compared_a_message_says_so(changed: Reader) -> None:
    """At the first moment of a recording that is alone, and where nothing was given to compare."""
    clock = HandClock()
    app = PcsimApp(
        Recorded(Replay(changed, clock), CHANGED), clock=clock, live=False, ascii_only=False
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("D")
        assert messages(app)[-1] == "This cannot be compared."
