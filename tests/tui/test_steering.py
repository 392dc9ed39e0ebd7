"""The run is changed in the app: the form, its keys, undo, redo, and the file with the changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import Overflow, Scenario
from pcsim.scenario.changes import AddWorkers, SetCapacity, SetServiceTime
from pcsim.scenario.roster import Roster
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Watched
from pcsim.tui.form import form_of
from tests.support.clocks import HandClock
from tests.support.fake_program import FakeProgram
from tests.tui.scenarios import STEADY
from tests.tui.support import header, messages, paced_of, pass_time, picture, virtual_app


def test_the_form_asks_for_what_was_chosen() -> None:
    """Each value has a next one and one before; what is as it was asks for nothing."""
    roster = Roster(STEADY)
    queue = form_of("main", roster, 0)
    assert queue is not None
    capacity, overflow = queue.fields
    assert capacity.change is None
    assert capacity.moved(1).moved(1).change == SetCapacity("main", 7)
    assert capacity.moved(-1).moved(1).change is None
    assert overflow.moved(-1).value is Overflow.DROP_OLD
    workers = form_of("C", roster, 1)
    assert workers is not None
    by_label = {field.label: field for field in workers.fields}
    assert list(by_label) == ["workers", "service time", "on error", "fail", "freeze", "slow"]
    assert by_label["workers"].moved(1).change == AddWorkers("C", 1)
    assert by_label["service time"].moved(1).change == SetServiceTime("C", 0.0625)
    assert by_label["freeze"].moved(1).change is not None
    assert form_of("nobody", roster, 1) is None


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_change_is_made_in_the_form_and_seen_with_its_effect(size: tuple[int, int]) -> None:
    """At any size: the picture stays above, and the header counts the changes."""
    app = virtual_app(STEADY)
    async with app.run_test(size=size) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 12)
        await pilot.press("colon")
        await pilot.pause()
        assert "Change main" in picture(app)
        assert "nothing was changed yet" in picture(app)
        await pilot.press("right", "right", "enter")
        await pass_time(app, pilot, 12)
        shown = picture(app)
        assert app.watcher.session.view.snapshot.queues[0].capacity == 7
        assert "main  capacity 5 → 7" in shown
        assert "no difference" in shown
        assert "✎ 1 change" in header(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "Change main" not in picture(app)
        assert app.focused is app.dashboard.tables.queues


async def test_the_form_shows_what_was_changed_beside_it() -> None:
    """By the scenario or by a program: undo goes back to what was there by then."""
    app = virtual_app(STEADY)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        await pilot.press("colon")
        await pilot.pause()
        assert "capacity      ◀ 5 ▶" in picture(app)
        paced_of(app).steer(SetCapacity("main", 40))
        await pass_time(app, pilot, 1)
        assert "capacity      ◀ 40 ▶" in picture(app)
        await pilot.press("right", "enter")
        await pass_time(app, pilot, 1)
        assert app.watcher.session.view.snapshot.queues[0].capacity == 44
        await pilot.press("u")
        await pass_time(app, pilot, 1)
        assert app.watcher.session.view.snapshot.queues[0].capacity == 40


async def test_workers_come_and_go_by_a_key_and_that_is_undone_and_done_again() -> None:
    """A key without anything to undo says so."""
    app = virtual_app(STEADY)

    def consumers() -> list[str]:
        rows = app.watcher.session.view.snapshot.workers
        return [row.name for row in rows if row.inputs and row.state != "done"]

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        await pilot.press("w")
        assert messages(app)[-1] == "Choose a worker in a table first."
        await pilot.press("u")
        assert messages(app)[-1] == "There is no change to undo; : makes one."
        app.dashboard.set_focus(app.dashboard.tables.consumers)
        await pilot.press("w", "w")
        await pass_time(app, pilot, 1)
        assert consumers() == ["C", "C-2", "C-3"]
        await pilot.press("u")
        await pass_time(app, pilot, 1)
        assert consumers() == ["C", "C-2"]
        await pilot.press("U")
        await pass_time(app, pilot, 1)
        assert consumers() == ["C", "C-2", "C-3"]
        await pilot.press("W", "W", "W")
        await pass_time(app, pilot, 1)
        assert consumers() == ["C"]
        assert "would leave queue 'main' without a consumer" in messages(app)[-1]


async def test_the_changes_are_saved_as_a_scenario_that_makes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At their times; a file that is there is kept."""
    monkeypatch.chdir(tmp_path)
    app = virtual_app(STEADY)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 2)
        await pilot.press("S")
        assert messages(app)[-1] == "There are no changes to save; : makes one."
        app.dashboard.set_focus(app.dashboard.tables.consumers)
        await pilot.press("w")
        await pass_time(app, pilot, 3)
        await pilot.press("S", "S")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "scenario-changed-2.toml",
        "scenario-changed.toml",
    ]
    saved = Scenario.load(tmp_path / "scenario-changed.toml")
    assert saved.changes == (AddWorkers("C", 1, at=2.0),)
    engine = VirtualEngine(saved)
    engine.start()
    engine.advance(until=3.0)
    assert [row.name for row in engine.snapshot().workers] == ["P", "C", "C-2"]
    engine.abort()


async def test_nothing_is_changed_before_the_start_or_in_a_program_of_others() -> None:
    """A message says why not; over a program the keys mean nothing."""
    app = virtual_app(STEADY)
    async with app.run_test(size=(120, 40)) as pilot:
        app.dashboard.set_focus(app.dashboard.tables.consumers)
        await pilot.press("w")
        assert "only one that goes on can be changed" in messages(app)[-1]
    program = PcsimApp(Watched(FakeProgram(2)), clock=HandClock(), live=False)
    async with program.run_test(size=(120, 40)) as pilot:
        await pilot.press("colon", "w", "W", "u", "U", "S")
        await pilot.pause()
        assert "Change" not in picture(program)
        assert not messages(program)
