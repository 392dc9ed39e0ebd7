"""The app on real runs whose clock a test moves by hand, so that every picture is reproducible."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from textual.app import App
from textual.color import Color
from textual.pilot import Pilot

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.engine.virtual.pacing import PacedRun
from pcsim.launch.runs import result_of_control
from pcsim.lessons import Lesson
from pcsim.recording.keeping import Keeping
from pcsim.scenario import Scenario
from pcsim.scenario.demos import DEMOS
from pcsim.snapshot import EventBatch, QueueDetail, Snapshot
from pcsim.snapshot.control import Control, Followable, Follower
from pcsim.tui import themes
from pcsim.tui.advising import AdvisorOf
from pcsim.tui.app import PcsimApp
from pcsim.tui.exhibits import Runs
from pcsim.tui.saying import LimitOf
from pcsim.tui.styles import Palettes
from tests.support.clocks import HandClock

PALETTE = Palettes(themes.palette_defaults(dark=True), no_color=False).on(Color.parse("#000000"))
PATIENCE = 30.0
"""Seconds after which a test gives up; nothing is expected to be that slow."""


class Recorder:
    """A run in real time, as far as the app can see, and a record of what the app does to it.

    It passes everything on to another control, except the speed of virtual time, which a run in
    real time does not have. `calls` has the names of the controls used.

    Args:
        control: The run.
        traceback: Stands for the one of a failed worker, which has the paths of this machine.
    """

    def __init__(self, control: Control, traceback: str | None = None) -> None:
        self.control = control
        self.calls: list[str] = []
        self._traceback = traceback

    def start(self) -> None:
        self.calls.append("start")
        self.control.start()

    def pause_producing(self) -> None:
        self.calls.append("pause_producing")
        self.control.pause_producing()

    def resume_producing(self) -> None:
        self.calls.append("resume_producing")
        self.control.resume_producing()

    def drain(self) -> None:
        self.calls.append("drain")
        self.control.drain()

    def abort(self) -> None:
        self.calls.append("abort")
        self.control.abort()

    def join(self, timeout: float | None = None) -> bool:
        return self.control.join(timeout)

    @property
    def following(self) -> Follower:
        assert isinstance(self.control, Followable)
        return self.control.following

    def snapshot(self) -> Snapshot:
        snapshot = self.control.snapshot()._replace(engine="threads")
        if snapshot.failure is None or self._traceback is None:
            return snapshot
        return snapshot._replace(failure=snapshot.failure._replace(traceback=self._traceback))

    def events(self, since: int = 0) -> EventBatch:
        return self.control.events(since)

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        return self.control.queue_detail(name, limit)


def keep(clock: Callable[[], float]) -> Keeping:
    """Keeps every look, whatever it costs on this machine."""
    return Keeping(clock, lambda: 0.0)


Sinks = dict[str, Callable[[object], None]]


def failing_on(number: int, message: str) -> Callable[[object], None]:
    """A sink that raises on its item of that number."""
    delivered = 0

    def deliver(_: object) -> None:
        nonlocal delivered
        delivered += 1
        if delivered == number:
            raise ValueError(message)

    return deliver


def app_for(
    scenario: Scenario,
    *,
    sinks: Sinks | None = None,
    traceback: str | None = None,
    catalogue: Sequence[Scenario] = DEMOS,
    ascii_only: bool = False,
    autostart: bool = False,
    lesson: Lesson | None = None,
    from_list: bool = False,
) -> PcsimApp:
    """The app on runs in what it takes for real time."""
    clock = HandClock()

    def launch(chosen: Scenario) -> Recorder:
        return Recorder(PacedRun(VirtualEngine(chosen, sinks=sinks), clock=clock), traceback)

    runs = Runs(launch, scenario, catalogue, lesson=lesson, keep=keep)
    runs.choice.from_list = from_list
    return PcsimApp(
        runs,
        clock=clock,
        live=False,
        ascii_only=ascii_only,
        autostart=autostart,
    )


def virtual_app(
    scenario: Scenario,
    speed: float | None = 1.0,
    limit_of: LimitOf = lambda *_: None,
    advisor_of: AdvisorOf = lambda *_: None,
) -> PcsimApp:
    """The app on runs in virtual time."""
    clock = HandClock()
    return PcsimApp(
        Runs(
            lambda chosen: PacedRun(VirtualEngine(chosen), speed, clock=clock),
            scenario,
            DEMOS,
            result_of_control,
            limit_of,
            keep=keep,
            advisor_of=advisor_of,
        ),
        clock=clock,
        live=False,
        ascii_only=False,
    )


def run_of(app: PcsimApp) -> Recorder:
    """The run of an app of `app_for`."""
    assert isinstance(app.control, Recorder)
    return app.control


def paced_of(app: PcsimApp) -> PacedRun:
    """The run of an app of `virtual_app`."""
    assert isinstance(app.control, PacedRun)
    return app.control


def clock_of(app: PcsimApp) -> HandClock:
    """The clock of the app and of its run."""
    assert isinstance(app.clock, HandClock)
    return app.clock


async def advance(app: PcsimApp, pilot: Pilot[None], to: float) -> None:
    """Move the clock to that time, with ten polls a second as the timer would make them."""
    clock = clock_of(app)
    times = [clock.now]
    while times[-1] < to - 1e-9:
        times.append(round(min(times[-1] + 0.1, to), 9))
    await _poll_at(app, pilot, times[1:])


async def pass_time(app: PcsimApp, pilot: Pilot[None], seconds: float) -> None:
    """Move the clock on by that many seconds, with ten polls a second."""
    now = clock_of(app).now
    times = [round(now + step / 10, 9) for step in range(1, round(seconds * 10) + 1)]
    await _poll_at(app, pilot, times)


async def _poll_at(app: PcsimApp, pilot: Pilot[None], times: Sequence[float]) -> None:
    """Poll the run at each of these times, and draw once, as nothing is drawn in between."""
    clock, watcher = clock_of(app), app.watcher
    has_view = False
    for clock.now in times:
        if watcher.pending_exit.has_begun or watcher.past is not None:
            watcher.poll()
        else:
            has_view |= watcher.session.poll().has_view
    if has_view and not watcher.display.is_frozen:
        watcher.display.refresh()
    await pilot.pause()
    await opened(app, pilot)


async def opened(app: PcsimApp, pilot: Pilot[None]) -> None:
    """Wait for the page that was opened last: it is made, and has the focus."""

    def is_opened() -> bool:
        is_away = not (app.is_running and on_dashboard(app))
        return is_away or not can_have_focus() or app.focused in app.dashboard.page.for_focus

    def can_have_focus() -> bool:
        """The focus stays where it is in a form and on the bar of the time of a past; and a
        screen of a few cells has no room for what could have it."""
        is_elsewhere = app.focused is not None and app.focused.id in ("steering", "time-bar")
        return not is_elsewhere and app.size.width >= 40 and app.size.height >= 12

    await until(pilot, is_opened)


async def run_to_page(app: PcsimApp, pilot: Pilot[None], to: float, key: str) -> None:
    """Start the run, let it come to that time, and open a page."""
    await pilot.press("s")
    await advance(app, pilot, to)
    await pilot.press(key)
    await opened(app, pilot)


async def until(pilot: Pilot[None], is_reached: Callable[[], bool]) -> None:
    """Let an app with timers of its own go on until that is so."""
    deadline = time.monotonic() + PATIENCE
    while not is_reached():
        assert time.monotonic() < deadline, picture(pilot.app)
        await pilot.pause(0.01)


def picture(app: App[Any]) -> str:
    """What the screen shows, as text."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def messages(app: PcsimApp) -> list[str]:
    """The short messages that the app shows."""
    return [notification.message for notification in app._notifications]


def on_dashboard(app: PcsimApp) -> bool:
    """Whether nothing is open over the dashboard."""
    return app.screen is app.dashboard


def header(app: PcsimApp) -> str:
    """The first line of the screen."""
    return picture(app).splitlines()[0]


def footer(app: PcsimApp) -> str:
    """The last line of the screen."""
    return picture(app).splitlines()[-1]
