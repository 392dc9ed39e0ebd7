"""The app as far as it watches a run: looks from time to time, shows what is new, ends cleanly."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.app import App
from textual.screen import Screen
from textual.timer import Timer

from pcsim.scenario import Scenario
from pcsim.snapshot import Phase
from pcsim.snapshot.control import Control
from pcsim.tui import signals
from pcsim.tui.quitting import GRACE, Leaving
from pcsim.tui.refresh_rate import BREATH, Pace
from pcsim.tui.screens.dashboard import Dashboard
from pcsim.tui.session import RunSession
from pcsim.tui.theming import ThemedApp
from pcsim.tui.view import Following, View

if TYPE_CHECKING:
    from pcsim.tui.session import Findings

Launch = Callable[[Scenario], Control]
TERMINATED, HUNG_UP = 128 + signal.SIGTERM, 128 + signal.SIGHUP


class WatchingApp(ThemedApp):
    """Shows one run after another. It knows runs by their controls and views alone.

    `launch` makes a fresh run of a scenario; `catalogue` is what the number keys choose from;
    `findings` is asked at the end of a run for what goes with its report.
    `clock` and `live` are for tests: without `live` nothing is looked at until `look` is called.
    """

    def __init__(
        self,
        launch: Launch,
        scenario: Scenario,
        catalogue: Sequence[Scenario] = (),
        findings: Findings = lambda _: None,
        *,
        autostart: bool = False,
        clock: Callable[[], float] = time.monotonic,
        live: bool = True,
        ascii_only: bool | None = None,
    ) -> None:
        super().__init__(ascii_only=ascii_only)
        self.catalogue = tuple(catalogue)
        self._launch = launch
        self._findings = findings
        self._autostart = autostart
        self.clock = clock
        self._live = live
        self._pace = Pace()
        self._timer: Timer | None = None
        self._between: Timer | None = None
        self.leaving = Leaving(clock)
        self._held: View | None = None
        """The picture that is held while the run goes on, if one is."""
        self._undo_signals: Callable[[], None] = lambda: None
        self.watching = self.watch_new(scenario)
        self.dashboard = Dashboard(self._begin)
        self._shown_phase = Phase.CREATED
        self.begin_with_theme()

    @property
    def control(self) -> Control:
        """The run that is shown."""
        return self.watching.control

    def get_default_screen(self) -> Screen[None]:
        """The dashboard."""
        self.dashboard.expect_size(self.size)
        return self.dashboard

    def on_mount(self) -> None:
        """From here on signals restore the terminal."""
        self.app_resume_signal.subscribe(self, self._resumed)
        if not self.is_headless:
            self._undo_signals = signals.install(self._signal_handlers())

    def _resumed(self, _: App[None]) -> None:
        # The terminal has been somebody else's: all of it is drawn again.
        self.screen.refresh()

    def _begin(self) -> None:
        self.show_view()
        self.call_after_refresh(self.warm)
        if self._autostart:
            self.control.start()
            self.look_now()
        else:
            self._look_later()

    def on_unmount(self) -> None:
        """Whatever ended the app, no run goes on without it."""
        self._undo_signals()
        if self.control.snapshot().phase in (Phase.RUNNING, Phase.DRAINING):
            self.control.abort()

    def look(self, *, closely: bool = False) -> None:
        """Look at the run once and show what is new; nothing once the screens are gone."""
        if not (self.is_running and self.screen_stack):
            return
        happened, new = self.watching.look(closely=closely)
        self._pace.looked(changed=happened)
        if new and not self.frozen:
            self.show_view()
        if self.leaving.may_go(self.control, is_over=self.watching.is_over):
            self.exit(return_code=self.leaving.return_code)

    def _tick(self) -> None:
        begun = self.clock()
        self._timer = None
        self.look()
        self.call_after_refresh(self._drew, begun)
        self._look_later()

    def _drew(self, begun: float) -> None:
        self._pace.drew(self.clock() - begun)

    def _look_later(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._live and (self.watching.is_moving or self.leaving.begun):
            self._timer = self.set_timer(self._pace.delay, self._tick)
        self._drive_later()

    def _drive_later(self) -> None:
        # Between frames: a run that is behind goes on, a breath for keys and drawing in between.
        clock = self.watching.clockwork
        if self._live and self._between is None and clock is not None and clock.is_behind:
            self._between = self.set_timer(BREATH, self._drive)

    def _drive(self) -> None:
        self._between = None
        self.watching.glance()
        self._drive_later()

    def look_now(self, *, closely: bool = False) -> None:
        """Look at once: something has been done."""
        self._pace.looked(changed=True)
        self.look(closely=closely)
        self._look_later()

    @property
    def frozen(self) -> bool:
        """Whether the picture is held."""
        return self._held is not None

    @property
    def shown(self) -> View:
        """What all that is on the screen shows: the instant that is held, or the last one seen."""
        if self._held is not None:
            return self._held
        return self.watching.view._replace(leaving=self.leaving.begun, timing=self.watching.timing)

    def hold(self) -> None:
        """Hold the picture of this instant."""
        self.look_now(closely=True)
        self._held = self.shown.held()
        self.show_view()

    def let_go(self) -> None:
        """Show the run again as it is, where a picture was held."""
        if self._held is not None:
            self._held = None
            self.show_view()

    def show_view(self) -> None:
        """Show what is to be seen."""
        view = self.shown
        if view.snapshot.phase is not self._shown_phase:
            self._shown_phase = view.snapshot.phase
            self.dashboard.enter_phase(self._shown_phase)
        self.dashboard.show(view)
        if self.screen is not self.dashboard and isinstance(self.screen, Following):
            self.screen.show(view)

    def watch_new(self, scenario: Scenario) -> RunSession:
        """Launch a run of that system and watch it."""
        number = self.catalogue.index(scenario) + 1 if scenario in self.catalogue else None
        return RunSession(self._launch(scenario), scenario, number, self.clock, self._findings)

    def on_app_blur(self) -> None:
        """Nobody watches: look less often."""
        self._pace.watched = False

    def on_app_focus(self) -> None:
        """Somebody watches again."""
        self._pace.watched = True
        self.look_now()

    def action_leave(self) -> None:
        """Leave: ask first when a run would lose items, abort when already leaving."""
        from pcsim.tui.screens.quit import QuitScreen

        if not self.watching.is_going:
            self.exit()
        elif self.leaving.begun:
            self._leave("abort")
        elif isinstance(self.screen, QuitScreen):
            self.screen.action_answer("abort")
        else:
            self.let_go()  # what would be lost is what there is now
            self.push_screen(QuitScreen(self.watching.view.snapshot), self._leave)

    def _leave(self, answer: str | None) -> None:
        if answer is not None and not self.watching.is_going:
            self.exit()
        elif answer == "drain":
            self._hurry()
            self.leaving.drain(self.control)
        elif answer == "abort":
            self.leaving.abort(self.control)
        self.look_now()

    def _hurry(self) -> None:
        """Who leaves does not wait for virtual time."""
        clock = self.watching.clockwork
        if clock is not None:
            clock.speed = None
            clock.go_on()

    def _signal_handlers(self) -> signals.Handlers:
        return {
            signal.SIGTERM: self._terminated,
            signal.SIGHUP: self._hung_up,
            signal.SIGINT: self._interrupted,
        }

    def _interrupted(self) -> None:
        # Not here and now: what opens a screen belongs in the app's own queue.
        self.call_later(self.action_leave)

    def _terminated(self) -> None:
        self.let_go()
        if self.watching.is_going:
            self._hurry()
            self.leaving.drain(self.control, GRACE, TERMINATED)
            self.look_now()
        else:
            self.exit(return_code=TERMINATED)

    def _hung_up(self) -> None:
        if self.watching.is_going:
            self.control.abort()
        self.exit(return_code=HUNG_UP)
