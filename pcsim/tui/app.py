"""The app: puts its parts together and routes Textual's events and the keys' actions to them."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.actions import ActionParseResult, parse
from textual.binding import BindingType
from textual.screen import Screen

from pcsim.scenario import Scenario
from pcsim.snapshot.control import Control
from pcsim.tui import startup
from pcsim.tui.acting import Acting
from pcsim.tui.asking import Asking
from pcsim.tui.attaching import Attaching
from pcsim.tui.base import BaseApp
from pcsim.tui.branching import Branching
from pcsim.tui.comparing import Comparing
from pcsim.tui.exhibits import Exhibit
from pcsim.tui.keys import BINDINGS
from pcsim.tui.looking_back import LookingBack
from pcsim.tui.opening import Opening
from pcsim.tui.pages.table import BY_NUMBER, OVERVIEW, REPORT
from pcsim.tui.pending_exit import PendingExit
from pcsim.tui.quitting import Quitting
from pcsim.tui.run_actions import RunActions
from pcsim.tui.screens.dashboard import Dashboard
from pcsim.tui.teaching import Teaching
from pcsim.tui.watcher import Watcher

if TYPE_CHECKING:
    from textual.command import Provider

    from pcsim.tui.changing import Changing

MESSAGE_TIME = 3.0
"""Seconds for which a short message is shown."""

# What the first frame does not need is imported when it is first used.


def _commands() -> type[Provider]:
    from pcsim.tui.commands import Commands

    return Commands


class PcsimApp(BaseApp[None]):
    """Shows one run after another, or a program that is watched.

    It knows a run by its control and its snapshots alone, and a program by its snapshots. After
    `run`, `control` is that of the last run, and `return_code` the exit status.

    Args:
        exhibit: What it is opened on.
        autostart: Whether to start the first run at once.
        clock: The time in seconds; tests pass one that they move.
        live: False, in tests, sets no timer.
        ascii_only: Whether to draw with ASCII characters alone; None asks the terminal.
        theme: The name of a theme, or `dark` or `light`; None for dark.
    """

    COMMANDS = {_commands}  # noqa: RUF012 - Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = list(BINDINGS)

    def __init__(
        self,
        exhibit: Exhibit,
        *,
        autostart: bool = False,
        clock: Callable[[], float] = time.monotonic,
        live: bool = True,
        ascii_only: bool | None = None,
        theme: str | None = None,
    ) -> None:
        super().__init__(ascii_only=ascii_only, theme=theme)
        self.choice, own_code = exhibit.choice, exhibit.own_code
        self.clock = clock
        self.dashboard = Dashboard(lambda: _begin(self, self._run, is_started=autostart))
        self.teaching = Teaching(self, exhibit.lesson)
        can_outlive = own_code is not None and own_code.can_outlive
        self.watcher = Watcher(
            self,
            self.dashboard,
            exhibit.first(clock),
            PendingExit(clock),
            live=live,
            is_shared=can_outlive,
            teaching=self.teaching,
        )
        if own_code is not None and own_code.streams is not None:
            # Textual puts these in the place of stdout and stderr while it runs.
            self._capture_stdout, self._capture_stderr = own_code.streams  # type: ignore[assignment]
        self._notify_briefly = partial(_notify_briefly, self)
        asking = Asking(self, self.watcher, is_own_code=own_code is not None)
        self.quitting = Quitting(self, self.watcher, asking, can_outlive=can_outlive)
        self._run = RunActions(self.watcher, asking, self._notify_briefly)
        self._opening = Opening(
            exhibit, self.watcher, asking, self._notify_briefly, self._run.drain
        )
        self._branching = Branching(self, self.watcher, exhibit.branches, self._notify_briefly)
        self._comparing = Comparing(self, self.watcher, exhibit.comparable, self._notify_briefly)
        self._changing: Changing | None = None
        self._looking_back = LookingBack(self.watcher, self._notify_briefly)
        self._attaching = Attaching(self, exhibit, self.watcher, self._notify_briefly)
        self._acting = Acting(self.watcher, self._attaching)

    @property
    def control(self) -> Control:
        """The control of the run that is shown. Raises `LookupError` where there is none."""
        control = self.watcher.control
        if control is None:
            raise LookupError("a program that is watched has no controls")
        return control

    # From start to exit

    def get_default_screen(self) -> Screen[None]:
        """Return the dashboard, prepared for the size of the terminal."""
        self.dashboard.expect_size(self.size)
        return self.dashboard

    def on_mount(self) -> None:
        """Handle signals from here on; redraw everything after a suspension."""
        self.app_resume_signal.subscribe(self, lambda _: self.screen.refresh())
        if not self.is_headless:
            self.quitting.install_signals(self._driver)

    def on_unmount(self) -> None:
        """Leave no run behind."""
        self.quitting.end_run()

    def _handle_exception(self, error: Exception) -> None:
        """Go on without the window that failed; Textual calls this for all that nobody caught."""
        if not (self._is_mounted and self.dashboard._is_mounted and self._running):
            super()._handle_exception(error)
            return
        self.note_fault(error)
        if len(self.screen_stack) > 1:
            self.call_later(self.dashboard.pop_until_active)

    def on_app_blur(self) -> None:
        """Poll less often while nobody watches."""
        self.watcher.set_watched(False)

    def on_app_focus(self) -> None:
        """Poll at full rate again."""
        self.watcher.set_watched(True)
        self.call_after_refresh(self.dashboard.settle_focus)

    # The run

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return False for what means nothing for what is shown: nothing happens then."""
        is_idle = self._acting.is_idle(action, self.watcher.shown, parameters)
        is_idle |= (action, parameters) == ("leave", ("list",)) and not self.choice.from_list
        return False if is_idle else super().check_action(action, parameters)

    async def run_action(
        self, action: str | ActionParseResult, *arguments: Any, **options: Any
    ) -> bool:
        """Run an action; where it acts on the run, and the past is shown, say how to get back."""
        if await super().run_action(action, *arguments, **options):
            return True
        _, name, parameters = parse(action) if isinstance(action, str) else action
        if not self._acting.is_for_now(name, parameters):
            return False
        self._looking_back.say_not_then()
        return True

    def open(self, scenario: Scenario) -> None:
        """Abort the run that is shown, if it is going, and show a new one."""
        self._opening.open(scenario)

    def action_restart(self) -> None:
        """Restart from the beginning, with a file as it is now; a branch from its moment."""
        if not self._branching.again():
            self._opening.restart()

    def action_demo(self, number: int) -> None:
        """Open a scenario of the catalogue."""
        self._opening.demo(number)

    def action_own(self) -> None:
        """Open what the app was opened on; of a branch, go back to its original."""
        if not self._branching.back():
            self._opening.own()

    def action_start(self) -> None:
        """Start, in a lesson after its question; or stop and resume virtual time."""
        self.teaching.before_start(self.watcher.session.view, self._run.start)

    def action_control(self, what: str) -> None:
        """Control the run: `pause` or resume producing, `drain` or `abort` it."""
        self._run.control(what)

    def action_steer(self, what: str) -> None:
        """Change the run: open the `form`, `more` or `fewer` workers, `undo`, `redo`, `save`; or
        `compare` it: a branch with its original, the past with other recordings."""
        if what == "compare":
            (self._comparing.ask if self._comparing.is_past else self._branching.compare)()
            return
        if self._changing is None:
            from pcsim.tui.changing import Changing
            from pcsim.tui.steering import Steering

            steering = Steering(self.watcher, self._notify_briefly, self._branching)
            self._changing = Changing(self.dashboard, self.watcher, steering, self._notify_briefly)
        self._changing.do(what)

    def action_clock(self, what: str) -> None:
        """Let virtual time pass `faster` or `slower`, or stop it and go on by one `step`."""
        if what == "step":
            self.teaching.before_start(self.watcher.session.view, self._run.step)
        else:
            self._run.change_speed(is_faster=what == "faster")

    def action_leave(self, where: str = "") -> None:
        """Quit, or go to the `list` of what to open, after a question when the run would lose
        items."""
        self.quitting.leave(to_list=where == "list")

    def action_attach(self) -> None:
        """Attach to a program that is watched from outside, after a question."""
        self._attaching.ask()

    # A replay

    def action_rewind(self, what: str, value: float) -> None:
        """Play, stop, or go to another moment: what `Rewinding` does, by its name."""
        self._run.rewinding.do(what, value)

    def action_look_back(self, at: float | None = None) -> None:
        """Look back at the last ten minutes, at a moment of them; or go back to now."""
        if self._changing is not None:
            self._changing.close()
        if at is not None and self.watcher.shown.rewind is not None:
            self._run.rewinding.stand_at(at)
        else:
            self._looking_back.toggle(at)

    # The display

    def action_freeze(self) -> None:
        """Freeze the display, or show the run as it is."""
        if self.watcher.shown.rewind is not None:
            self._run.rewinding.play()
        elif self.watcher.display.is_frozen:
            self.watcher.display.unfreeze()
        else:
            self.watcher.freeze()

    def action_history(self, what: str) -> None:
        """Show or hide the chart or the events."""
        self.dashboard.toggle(what)
        self.watcher.display.refresh()

    def action_report(self) -> None:
        """Switch between report and overview."""
        self.action_page(OVERVIEW if self.dashboard.number == REPORT else REPORT)

    def action_page(self, number: int) -> None:
        """Show another view of the run."""
        view = self.watcher.display.view
        page = BY_NUMBER[number]
        why_not = page.why_not(view)
        if page.on_a_run and view.is_watched:
            why_not = "There is no such view of a program that is watched."
        if why_not:
            self._notify_briefly(why_not)
        else:
            self.dashboard.open_page(number)

    def action_rows(self, what: str) -> None:
        """Order the rows of a table, turn their order round, or filter them."""
        self.dashboard.change_rows(what)

    def action_close_view(self) -> None:
        """Go back, from a form that is open first; at last from the past to now."""
        was_open = self._changing is not None and self._changing.back()
        if not was_open and not self.dashboard.back():
            self.watcher.show_now()
        self.watcher.display.refresh()

    def action_command_palette(self) -> None:
        """Find a command by its name."""
        from pcsim.tui.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_help(self) -> None:
        """Show the help."""
        from pcsim.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.watcher.display.view))


def _notify_briefly(app: PcsimApp, text: str, seconds: float = 0.0) -> None:
    app.notify(text, markup=False, timeout=seconds or MESSAGE_TIME)


def _begin(app: PcsimApp, run: RunActions, *, is_started: bool) -> None:
    """After the first layout: show the run, and start it where that was asked for."""
    app.watcher.display.refresh()
    app.call_after_refresh(startup.resume_collector)
    if is_started:
        run.start()
    else:
        app.watcher.schedule()
