"""The app over the real engine, with its threads and its clock."""

from __future__ import annotations

import threading

from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Phase
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Runs
from pcsim.tui.screens.question import QuestionScreen
from tests.tui.scenarios import CYCLE
from tests.tui.support import PATIENCE, picture, until

SHORT = Scenario(
    title="Short",
    queues=(QueueSpec("main", 2),),
    producers=(ProducerSpec("P", "main", interval=0.001, items=20),),
    consumers=(ConsumerSpec("C", ("main",), service_time=0.002),),
)
ENDLESS = Scenario(
    title="Endless",
    queues=(QueueSpec("main", 40),),
    producers=(ProducerSpec("P", "main", interval=0.001),),
    consumers=(ConsumerSpec("C", ("main",), service_time=0.01),),
)
CROWD = Scenario(
    title="A crowd",
    queues=(QueueSpec("main", 10),),
    producers=tuple(ProducerSpec(f"P{n:03}", "main", interval=0.2) for n in range(200)),
    consumers=tuple(ConsumerSpec(f"C{n:03}", ("main",), service_time=0.2) for n in range(200)),
)


def worker_threads(scenario: Scenario) -> set[str]:
    names = {spec.name for spec in scenario.producers}
    names |= {spec.name for spec in scenario.consumers}
    return names & {thread.name for thread in threading.enumerate()}


async def test_a_run_is_shown_from_its_start_to_its_report() -> None:
    """With every item accounted for, and no thread afterwards."""
    app = PcsimApp(Runs(ThreadsEngine, SHORT))
    async with app.run_test(size=(120, 40)) as pilot:
        assert "ready" in picture(app)
        await pilot.press("s")
        await until(pilot, lambda: "Every item is accounted for" in picture(app))
        assert app.control.snapshot().totals.consumed == 20
        assert "finished" in picture(app)
    assert not worker_threads(SHORT)


async def test_quitting_by_drain_loses_nothing_and_leaves_no_thread() -> None:
    """The app waits for the queues to empty."""
    app = PcsimApp(Runs(ThreadsEngine, ENDLESS), autostart=True)
    async with app.run_test(size=(120, 40)) as pilot:
        # A slow app still has some of them when it reads the key: without any it would not ask.
        await until(pilot, lambda: app.control.snapshot().totals.in_system > 30)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, QuestionScreen))
        await pilot.press("d")
        await until(pilot, lambda: app.return_code is not None)
    totals = app.control.snapshot().totals
    assert totals.consumed == totals.produced
    assert app.control.join(PATIENCE)
    assert not worker_threads(ENDLESS)


async def test_quitting_by_abort_leaves_no_thread() -> None:
    """The app waits for the workers to end."""
    app = PcsimApp(Runs(ThreadsEngine, ENDLESS), autostart=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.control.snapshot().totals.consumed > 3)
        await pilot.press("q", "x")
        await until(pilot, lambda: app.return_code is not None)
    assert app.control.snapshot().phase is Phase.ABORTED
    assert app.control.join(PATIENCE)
    assert not worker_threads(ENDLESS)


async def test_pausing_shows_in_states_and_resuming_goes_on() -> None:
    """Producers make nothing while they are paused."""
    app = PcsimApp(Runs(ThreadsEngine, ENDLESS), autostart=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "running" in picture(app))
        await pilot.press("p")
        await until(pilot, lambda: "‖ paused" in picture(app))
        before = app.control.snapshot().totals.produced
        await pilot.press("p")
        await until(pilot, lambda: app.control.snapshot().totals.produced > before + 2)
        await pilot.press("x", "x")
        await until(pilot, lambda: "aborted" in picture(app))


async def test_choosing_another_system_ends_the_one_before() -> None:
    """And the new one can be started."""
    app = PcsimApp(Runs(ThreadsEngine, ENDLESS, (SHORT,)), autostart=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.control.snapshot().totals.consumed > 1)
        old = app.control
        app.action_demo(1)
        await pilot.pause()
        await pilot.press("x")
        assert old.join(PATIENCE)
        assert app.control.snapshot().phase is Phase.CREATED
        await pilot.press("s")
        await until(pilot, lambda: app.control.snapshot().phase is Phase.FINISHED)


async def test_a_deadlock_is_shown_as_its_cycle() -> None:
    """Each worker with the one that it waits for."""
    app = PcsimApp(Runs(ThreadsEngine, CYCLE), autostart=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "✗ deadlock" in picture(app))
        await until(pilot, lambda: "Splitter waits for Returner" in picture(app))


async def test_a_crowd_is_scrolled_and_sorted_while_it_works() -> None:
    """400 threads do not keep the keys waiting."""
    app = PcsimApp(Runs(ThreadsEngine, CROWD), autostart=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.control.snapshot().totals.consumed > 20)
        await pilot.press("tab", "G")
        await until(pilot, lambda: "C199" in picture(app))
        await pilot.press("o", "g", "enter", "escape", "x", "x")
        await until(pilot, lambda: "aborted" in picture(app))
    assert app.control.join(PATIENCE)
    assert not worker_threads(CROWD)
