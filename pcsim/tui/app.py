"""The app: polls a control, hands views to the screen, and passes keys on to the control."""

from __future__ import annotations

import gc
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import rich
import textual
from textual.app import App
from textual.binding import BindingType
from textual.filter import LineFilter, NoColor
from textual.screen import Screen
from textual.timer import Timer

from pcsim.control import Control
from pcsim.scenario import Scenario
from pcsim.snapshot import Phase, QueueRow, WorkerRow
from pcsim.tui import signals, themes
from pcsim.tui.glyphs import AsciiFilter, terminal_is_ascii_only
from pcsim.tui.ink import InkWell
from pcsim.tui.keys import BINDINGS
from pcsim.tui.leaving import GRACE, Leaving
from pcsim.tui.pace import Pace
from pcsim.tui.screens.dashboard import Dashboard
from pcsim.tui.view import Following
from pcsim.tui.watch import Watch
from pcsim.tui.widgets.table import Table

if TYPE_CHECKING:
    from textual.command import Provider

# What is not in the first frame is imported when it is wanted.

Launch = Callable[[Scenario], Control]
TERMINATED, HUNG_UP = 128 + signal.SIGTERM, 128 + signal.SIGHUP


def _commands() -> type[Provider]:
    """The palette's module, once the palette is opened."""
    from pcsim.tui.commands import Commands

    return Commands


class PcsimApp(App[None]):
    """Shows one run after another. It knows runs by their controls and views alone.

    `launch` makes a fresh run of a scenario; `catalogue` is what the number keys choose from.
    `clock` and `live` are for tests: without `live` nothing is looked at until `look` is called.
    """

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "pcsim"
    ALLOW_SELECT = False
    COMMANDS = {_commands}  # noqa: RUF012 - Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = list(BINDINGS)

    def __init__(
        self,
        launch: Launch,
        scenario: Scenario,
        catalogue: Sequence[Scenario] = (),
        *,
        autostart: bool = False,
        clock: Callable[[], float] = time.monotonic,
        live: bool = True,
        ascii_only: bool | None = None,
    ) -> None:
        self.inks = InkWell({}, no_color=False)
        self._ascii = terminal_is_ascii_only() if ascii_only is None else ascii_only
        super().__init__()
        self.catalogue = tuple(catalogue)
        self._launch = launch
        self._autostart = autostart
        self.clock = clock
        self._live = live
        self._pace = Pace()
        self._timer: Timer | None = None
        self._ascii_filter = AsciiFilter()
        self._no_color_filter = NoColor()
        self.leaving = Leaving(clock)
        self.frozen = False
        self._undo_signals: Callable[[], None] = lambda: None
        self.watching = self._watch_new(scenario)
        self.dashboard = Dashboard(self._begin)
        self._shown_phase = Phase.CREATED
        for theme in themes.THEMES:
            self.register_theme(theme)
        self._begin_with_theme()

    # -- what the command line and the widgets ask for

    @property
    def control(self) -> Control:
        """The run that is shown."""
        return self.watching.control

    @property
    def own_themes(self) -> tuple[str, ...]:
        """The names of the themes made for this app."""
        return tuple(theme.name for theme in themes.THEMES)

    def get_default_screen(self) -> Screen[None]:
        """The dashboard."""
        self.dashboard.expect_size(self.size)
        return self.dashboard

    def _begin_with_theme(self) -> None:
        if self.no_color:
            self.theme = themes.ANSI
            return
        # Before the first frame nothing has to be styled again, as setting a theme would do.
        self.set_reactive(App.theme, themes.DARK)
        self.stylesheet.set_variables(self.get_css_variables())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours for themes that do not know our meanings."""
        return themes.ink_defaults(dark=self.current_theme.dark)

    def get_css_variables(self) -> dict[str, str]:
        """Textual asks for these when the theme changes; lines then need new ink."""
        variables = super().get_css_variables()
        self.inks = InkWell(variables, no_color=self.no_color)
        return variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, no colour at all under NO_COLOR, ASCII where there is no more."""
        filters = [self._no_color_filter] if self.no_color else [*super().get_line_filters()]
        return [*filters, self._ascii_filter] if self._ascii else filters

    def _fatal_error(self) -> None:
        """Tell an internal error in full, without the values that Textual would add to it."""
        from rich.traceback import Traceback

        self.panic(Traceback(show_locals=False, width=100, suppress=[textual, rich]))

    async def run_async(self, **options: Any) -> None:
        """Run the app. No garbage is looked for until the first frame stands: there is none,
        and what was made by then stays for good."""
        gc.disable()
        try:
            return await super().run_async(**options)
        finally:
            gc.enable()

    @staticmethod
    def _warm() -> None:
        gc.freeze()
        gc.enable()

    # -- looking

    def on_mount(self) -> None:
        """From here on signals restore the terminal."""
        self.app_resume_signal.subscribe(self, self._resumed)
        if not self.is_headless:
            self._undo_signals = signals.install(self._signal_handlers())

    def _resumed(self, _: App[None]) -> None:
        # The terminal has been somebody else's: all of it is drawn again.
        self.screen.refresh()

    def _begin(self) -> None:
        self._show()
        self.call_after_refresh(self._warm)
        if self._autostart:
            self.action_start()
        else:
            self._look_later()

    def on_unmount(self) -> None:
        """Whatever ended the app, no run goes on without it."""
        self._undo_signals()
        if self.control.snapshot().phase in (Phase.RUNNING, Phase.DRAINING):
            self.control.abort()

    def look(self) -> None:
        """Look at the run once and show what is new; nothing once the screens are gone."""
        if not (self.is_running and self.screen_stack):
            return
        happened, new = self.watching.look()
        self._pace.looked(changed=happened)
        if new and not self.frozen:
            self._show()
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
        if self._live and (self.watching.is_going or self.leaving.begun):
            self._timer = self.set_timer(self._pace.delay, self._tick)

    def _look_now(self) -> None:
        self._pace.looked(changed=True)
        self.look()
        self._look_later()

    def _show(self) -> None:
        view = self.watching.view._replace(frozen=self.frozen, leaving=self.leaving.begun)
        if view.snapshot.phase is not self._shown_phase:
            self._shown_phase = view.snapshot.phase
            self.dashboard.enter_phase(self._shown_phase)
        self.dashboard.show(view)
        if self.screen is not self.dashboard and isinstance(self.screen, Following):
            self.screen.show(view)

    def _watch_new(self, scenario: Scenario) -> Watch:
        number = self.catalogue.index(scenario) + 1 if scenario in self.catalogue else None
        return Watch(self._launch(scenario), scenario, number, self.clock)

    def on_app_blur(self) -> None:
        """Nobody watches: look less often."""
        self._pace.watched = False

    def on_app_focus(self) -> None:
        """Somebody watches again."""
        self._pace.watched = True
        self._look_now()

    # -- the run

    def action_start(self) -> None:
        """Begin."""
        if self.watching.view.snapshot.phase is not Phase.CREATED:
            self._say("It has begun already; r makes it anew.")
            return
        self.control.start()
        self._look_now()

    def action_pause(self) -> None:
        """Pause or resume producing."""
        if not self.watching.is_going:
            return
        if self.watching.view.snapshot.producing:
            self.control.pause_producing()
        else:
            self.control.resume_producing()
        self._look_now()

    def action_drain(self) -> None:
        """Stop producing, let the queues empty, end."""
        if self.watching.is_going:
            self.control.drain()
            self._look_now()

    def action_abort(self) -> None:
        """End at once."""
        if self.watching.is_going:
            self.control.abort()
            self._look_now()

    def action_reset(self) -> None:
        """Make the same system anew."""
        self.change_run(self.watching.view.scenario)

    def action_demo(self, number: int) -> None:
        """Take a system from the catalogue."""
        if number <= len(self.catalogue):
            self.change_run(self.catalogue[number - 1])
        else:
            self._say(f"There is no demo {number}.")

    def change_run(self, scenario: Scenario) -> None:
        """Abort the run that is shown, if it is going, and show a new one."""
        if self.leaving.begun:
            return
        if self.watching.is_going:
            self.control.abort()
        self.watching = self._watch_new(scenario)
        self.frozen = False
        self.dashboard.start_over()
        self._show()

    # -- the picture

    def action_freeze(self) -> None:
        """Hold the picture, or go on."""
        self.frozen = not self.frozen
        self._show()

    def action_chart(self) -> None:
        """Show the chart."""
        self.dashboard.toggle("chart")
        self._show()

    def action_events(self) -> None:
        """Show the events."""
        self.dashboard.toggle("events")
        self._show()

    def action_report(self) -> None:
        """Switch between report and tables."""
        if self.watching.is_over:
            self.dashboard.toggle_report()
            self._show()

    def action_order(self) -> None:
        """Put stuck workers first, or go back to the order of declaration."""
        self.dashboard.stuck_first = not self.dashboard.stuck_first
        self._show()

    def action_close_view(self) -> None:
        """Leave what was opened."""
        self.dashboard.back()
        self._show()

    def action_help(self) -> None:
        """Show the help."""

        from pcsim.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())

    def action_theme(self) -> None:
        """Switch between dark and light."""
        self.use_theme(themes.LIGHT if self.current_theme.dark else themes.DARK)

    def use_theme(self, name: str) -> None:
        """Switch to a theme."""
        self.theme = name

    def on_table_opened(self, message: Table.Opened) -> None:
        """Open a row's details."""
        if isinstance(message.row, (QueueRow, WorkerRow)):
            self._open(message.row)

    def _open(self, row: QueueRow | WorkerRow) -> None:
        from pcsim.tui.screens.details import DetailsScreen

        self.push_screen(DetailsScreen(row, self.watching.view, self.control))

    def on_report_view_failure_wanted(self) -> None:
        """Open the details of the worker that failed."""
        snapshot = self.watching.view.snapshot
        name = snapshot.failure.worker if snapshot.failure is not None else ""
        for row in snapshot.workers:
            if name and row.name == name:
                self._open(row)

    def _say(self, text: str) -> None:
        self.notify(text, markup=False, timeout=3)

    # -- leaving

    def action_leave(self) -> None:
        """Leave: ask first when a run would lose items, abort when already leaving."""
        from pcsim.tui.screens.quit import QuitScreen

        if not self.watching.is_going:
            self.exit()
        elif self.leaving.begun:
            self._leave("abort")
        elif not isinstance(self.screen, QuitScreen):
            self.push_screen(QuitScreen(self.watching.view.snapshot), self._leave)

    def _leave(self, answer: str | None) -> None:
        if answer is not None and not self.watching.is_going:
            self.exit()
        elif answer == "drain":
            self.leaving.drain(self.control)
        elif answer == "abort":
            self.leaving.abort(self.control)
        self._look_now()

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
        if self.watching.is_going:
            self.leaving.drain(self.control, GRACE, TERMINATED)
            self._look_now()
        else:
            self.exit(return_code=TERMINATED)

    def _hung_up(self) -> None:
        if self.watching.is_going:
            self.control.abort()
        self.exit(return_code=HUNG_UP)
