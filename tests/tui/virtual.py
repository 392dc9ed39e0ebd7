"""Runs in virtual time for the app's tests, as long as a test's clock says."""

from __future__ import annotations

from textual.pilot import Pilot

from pcsim.cli.launch import result_of_control
from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.engine.virtual.pacing import PacedRun
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.demos import DEMOS
from pcsim.tui.app import PcsimApp
from tests.tui.support import Clock, clock_of

COFFEE_BAR = Scenario(
    name="coffee-bar",
    title="A coffee bar with two baristas",
    description="Guests come when they like, order at the till, and wait for their coffee.",
    watch="how a line forms now and then although nobody is busy all day.",
    seed=7,
    queues=(QueueSpec("line", 12), QueueSpec("orders", 4)),
    producers=(ProducerSpec("Door", "line", interval=Exponential(30.0)),),
    consumers=(
        ConsumerSpec("Till", ("line",), Exponential(22.0), output="orders"),
        ConsumerSpec("Ada", ("orders",), Exponential(45.0)),
        ConsumerSpec("Bo", ("orders",), Exponential(52.0)),
    ),
)


def virtual_app(scenario: Scenario, speed: float | None = 1.0, *, live: bool = False) -> PcsimApp:
    """The app on virtual runs, whose time and the app's go by one clock that a test moves."""
    clock = Clock()
    return PcsimApp(
        lambda chosen: PacedRun(VirtualEngine(chosen), speed, clock=clock),
        scenario,
        DEMOS,
        result_of_control,
        clock=clock,
        live=live,
        ascii_only=False,
    )


def paced_of(app: PcsimApp) -> PacedRun:
    """The run that the app shows."""
    assert isinstance(app.control, PacedRun)
    return app.control


async def pass_time(app: PcsimApp, pilot: Pilot[None], seconds: float) -> None:
    """Let so much of our time pass, with ten looks a second."""
    clock = clock_of(app)
    for _ in range(round(seconds * 10)):
        clock.now = round(clock.now + 0.1, 9)
        app.watcher.poll()
    await pilot.pause()
