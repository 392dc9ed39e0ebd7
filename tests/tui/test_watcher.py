"""A run in virtual time is watched from its start to its report."""

from __future__ import annotations

from pcsim.analysis import report, result_report
from pcsim.analysis.report_lines import Line, joined
from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.engine.virtual.pacing import PacedRun
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Phase
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Runs
from pcsim.tui.widgets.report_view import styled
from tests.tui.scenarios import BACK_PRESSURE, COFFEE_BAR, CYCLE, THOUSAND
from tests.tui.support import (
    header,
    paced_of,
    pass_time,
    picture,
    until,
    virtual_app,
)


def report_of(app: PcsimApp) -> list[Line]:
    """The lines that the app shows of a run that is over."""
    view = app.watcher.session.view
    assert view.result is not None
    return joined([report.lines(view.snapshot), result_report.lines(view.result)])


async def test_the_end_shows_the_report() -> None:
    """Without a key."""
    app = virtual_app(BACK_PRESSURE, 1000)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 0.5)
        await pilot.pause()
        assert "Every item is accounted for" in picture(app)
        assert "virtual" in picture(app)


async def test_the_report_has_what_was_measured_beside_theory() -> None:
    """As `pcsim run` prints it, the warm-up left out."""
    queues = Scenario(
        queues=(QueueSpec("main", 100_000),),
        producers=(ProducerSpec("P", "main", Exponential(1.0)),),
        consumers=(ConsumerSpec("C", "main", Exponential(0.5)),),
        end=End(time=200.0),
        warm_up=50.0,
    )
    app = virtual_app(queues, 1000)
    async with app.run_test(size=(100, 120)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 0.5)
        await pilot.pause()
        assert "Every item is accounted for" in picture(app)
        assert "the first 50.0 s" in picture(app)
        assert "Theory: M/M/1" in picture(app)
        assert "Little's law holds" in picture(app)
        styles = {text.split(" ")[0]: style for ((text, style),) in styled(report_of(app))}
        assert (styles["Next:"], styles["The"], styles["Measure"]) == ("accent", "text", "strong")
        await pilot.press("r")
        assert app.watcher.session.view.result is None


async def test_a_drain_counts_what_is_left_at_every_look() -> None:
    """The sentence agrees with the bars beside it, down to the last item."""
    app = virtual_app(BACK_PRESSURE)
    counted: list[int] = []
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 2.0)
        await pilot.press("d")
        while app.watcher.session.is_going:
            totals = app.watcher.session.view.snapshot.totals
            counted.append(totals.queued + totals.in_producers_hands + totals.in_workers_hands)
            words = f" {counted[-1]} item" if totals.queued else "its last item"
            assert words in app.watcher.session.view.sentence
            await pass_time(app, pilot, 0.1)
    assert sorted(set(counted), reverse=True) == [5, 4, 3, 2, 1]


async def test_reset_and_another_demo_keep_the_speed() -> None:
    """A stopped clock is not kept."""
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s", "plus", "plus", "s")
        old = paced_of(app)
        await pilot.press("r")
        assert old.snapshot().phase is Phase.ABORTED
        assert paced_of(app).speed == 5.0
        assert not paced_of(app).is_standing
        app.action_demo(2)
        assert paced_of(app).speed == 5.0
        assert app.control.snapshot().phase is Phase.CREATED


async def test_an_abort_ends_a_run_whose_clock_is_stopped() -> None:
    """It needs no time."""
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        await pilot.press("s", "x", "x")
        await pilot.pause()
        assert "aborted" in header(app)
        assert "Every item is accounted for" in picture(app)


async def test_a_drain_takes_virtual_time() -> None:
    """It waits while the clock is stopped."""
    app = virtual_app(BACK_PRESSURE)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        await pilot.press("s", "d")
        assert "draining" in header(app)
        assert "stopped" in header(app)
        await pilot.press("s")
        await pass_time(app, pilot, 2)
        snapshot = app.control.snapshot()
        assert snapshot.phase is Phase.FINISHED
        assert snapshot.totals.consumed == snapshot.totals.produced


async def test_quitting_by_a_drain_does_not_wait_for_virtual_time() -> None:
    """The run goes as fast as possible then."""
    app = virtual_app(BACK_PRESSURE, 0.1)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 5)
        await pilot.press("s", "q", "d")
        await pilot.pause()
        assert app.return_code == 0
    snapshot = app.control.snapshot()
    assert snapshot.phase is Phase.FINISHED
    assert snapshot.totals.consumed == snapshot.totals.produced


async def test_no_virtual_run_outlives_the_app() -> None:
    """It is aborted."""
    app = virtual_app(COFFEE_BAR)
    async with app.run_test() as pilot:
        await pilot.press("s")
        app.exit()
    assert app.control.snapshot().phase is Phase.ABORTED


async def test_a_virtual_deadlock_is_shown_as_its_cycle() -> None:
    """As on threads."""
    app = virtual_app(CYCLE, 10)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        await pass_time(app, pilot, 1)
        assert "✗ deadlock" in picture(app)
        assert "Splitter waits for Returner" in picture(app)


async def test_by_the_machines_clock_a_run_goes_as_fast_as_possible_and_answers_keys() -> None:
    """Work between two frames is limited."""
    runs = Runs(lambda chosen: PacedRun(VirtualEngine(chosen), None), THOUSAND)
    app = PcsimApp(runs, autostart=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.control.snapshot().totals.consumed > 2000)
        await pilot.press("s")
        await until(pilot, lambda: "○ stopped" in picture(app))
        at = app.control.snapshot().at
        await pilot.pause(0.2)
        assert app.control.snapshot().at == at
        await pilot.press("s", "x", "x")
        await until(pilot, lambda: "aborted" in picture(app))


async def test_while_the_clock_is_stopped_nothing_is_polled() -> None:
    """A stopped run costs nothing."""
    runs = Runs(lambda chosen: PacedRun(VirtualEngine(chosen)), BACK_PRESSURE)
    app = PcsimApp(runs, autostart=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("s")
        assert not app.watcher.is_scheduled
        await pilot.press("s")
        assert app.watcher.is_scheduled
