"""The run is changed in the app: the form, its keys, undo, redo, and the file with the changes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.launch.runs import limit_of
from pcsim.scenario import (
    Change,
    ConsumerSpec,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Routing,
    Scenario,
)
from pcsim.scenario.changes import KINDS, AddWorkers, SetCapacity, SetServiceTime, SetWeights
from pcsim.scenario.roster import Roster
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Watched
from pcsim.tui.form import form_of
from tests.support.at_once import AtOnce
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


ROUTED = Scenario(
    queues=(QueueSpec("in", 5), QueueSpec("a", 5), QueueSpec("b", 5), QueueSpec("dead", 5)),
    producers=(ProducerSpec("P", "in", interval=0.1),),
    consumers=(
        ConsumerSpec(
            "Router",
            "in",
            service_time=0.01,
            output=("a", "b"),
            routing=Routing.RANDOM,
            weights=(3, 1),
            on_error=Retry(2, "dead"),
        ),
        ConsumerSpec("A", "a", service_time=0.01),
        ConsumerSpec("B", "b", service_time=0.01),
        ConsumerSpec("Dead", "dead", service_time=0.01),
    ),
)


def test_weights_are_one_value_in_a_row_for_each_output() -> None:
    """However many rows were moved, they are one change; one that is moved back is none."""
    form = form_of("Router", Roster(ROUTED), 1)
    assert form is not None
    rows = [row for row, field in enumerate(form.fields) if field.label.startswith("to ")]
    assert [form.fields[row].label for row in rows] == ["to a", "to b"]
    assert form.fields[rows[0]].text == "weight 3, 75 %"
    moved = form.moved(rows[0], 1).moved(rows[1], 1)
    assert [moved.fields[row].text for row in rows] == ["weight 4, 67 %", "weight 2, 33 %"]
    assert moved.changes(rows[0]) == [SetWeights("Router", (4, 2))]
    assert moved.moved(rows[0], -1).moved(rows[1], -1).changes(rows[0]) == []


def test_dead_letters_go_to_a_queue_that_the_worker_puts_into() -> None:
    """With numbers of retries; a policy of its own is kept among them."""
    form = form_of("Router", Roster(ROUTED), 1)
    assert form is not None
    (row,) = [row for row, field in enumerate(form.fields) if field.label == "on error"]
    assert form.fields[row].text == "2 retries, then dead"
    seen = set()
    for _ in range(20):
        form = form.moved(row, 1)
        seen.add(form.fields[row].value)
    assert {"fail", "skip", Retry(0, "dead"), Retry(10, "dead"), Retry(2, "dead")} <= seen
    plain = form_of("A", Roster(ROUTED), 1)
    assert plain is not None
    (field,) = [one for one in plain.fields if one.label == "on error"]
    assert [field.moved(by).value for by in (1, 2)] == ["skip", "fail"]


def test_every_kind_of_change_can_be_asked_for() -> None:
    """In some row of some form, upwards or downwards."""
    roster, kinds = Roster(ROUTED), set[type[Change]]()
    for name in (*roster.queues, *roster.crews):
        form = form_of(name, roster, 2)
        assert form is not None
        for row in range(len(form.fields)):
            for by in (1, -1):
                kinds |= {type(one) for one in form.moved(row, by).changes(row)}
    assert kinds == set(KINDS)


async def test_weights_are_changed_undone_and_done_again_in_the_app() -> None:
    """And saved as they were made."""
    app = virtual_app(ROUTED)

    def weights() -> tuple[float, ...]:
        return paced_of(app).roster.crews["Router"].spec.weights

    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        app.dashboard.set_focus(app.dashboard.tables.consumers)
        await pilot.press("colon")
        await pilot.pause()
        await pilot.press("down", "down", "right", "enter")
        await pass_time(app, pilot, 1)
        assert weights() == (4, 1)
        assert "Router  weights 3 : 1 → 4 : 1" in picture(app)
        await pilot.press("u")
        assert weights() == (3, 1)
        await pilot.press("U")
        assert weights() == (4, 1)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_changes_are_marked_in_the_chart(size: tuple[int, int]) -> None:
    """On its axis; with their words below it where there is room."""
    app = virtual_app(STEADY)
    async with app.run_test(size=size) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 12)
        paced_of(app).steer(SetCapacity("main", 40))
        await pass_time(app, pilot, 12)
        paced_of(app).steer(AddWorkers("C"))
        await pass_time(app, pilot, 6)
        axis = next(line for line in picture(app).splitlines() if "┴0:" in line)
        assert axis.count("✎") == 2
        if size != (80, 24):
            assert "✎ main 5 → 40" in picture(app)
            assert "✎ C 1 → 2" in picture(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_change_is_predicted_and_then_measured_beside_it(size: tuple[int, int]) -> None:
    """Before it is made, by simulation; what is as it was, or a fault, is not predicted."""
    slow = Scenario(
        queues=(QueueSpec("q", 5),),
        producers=(ProducerSpec("P", "q", interval=0.05),),
        consumers=(ConsumerSpec("C", "q", service_time=0.1),),
    )
    app = virtual_app(slow, limit_of=partial(limit_of, AtOnce()))
    async with app.run_test(size=size) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 20)
        tables = app.dashboard.tables
        app.dashboard.set_focus(tables.consumers if size[0] > 80 else tables.all_workers)
        await pilot.press("down", "colon")
        await pass_time(app, pilot, 1)
        assert "Change C" in picture(app)
        assert "predicted" not in picture(app)
        await pilot.press("right")
        await pass_time(app, pilot, 1)
        assert "predicted     consumed 20 ±0/s, +100 ±0 %" in picture(app)
        await pilot.press("enter")
        await pass_time(app, pilot, 20)
        assert "C  workers 1 → 2" in picture(app)
        assert "predicted: consumed 20 ±0/s, +100 ±0 %" in picture(app)
        await pilot.press("tab", "escape")
        await pilot.pause()
        assert "Change C" not in picture(app)


async def test_changes_are_marked_on_the_axis_of_the_timeline() -> None:
    """Each at its time; the cursor stands over a mark."""
    app = virtual_app(STEADY)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 12)
        paced_of(app).steer(SetCapacity("main", 40))
        await pass_time(app, pilot, 12)
        await pilot.press("2")
        await pass_time(app, pilot, 1)
        axis = next(line for line in picture(app).splitlines() if "full  empty" in line)
        assert axis.count("✎") == 1
