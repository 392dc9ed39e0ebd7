"""The app: what each of its keys does to the run, or to the picture of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from pcsim.scenario import Scenario
from pcsim.snapshot import Phase, QueueRow, WorkerRow
from pcsim.snapshot.control import VirtualControl
from pcsim.tui.clock_speed import faster, slower
from pcsim.tui.keys import BINDINGS
from pcsim.tui.watcher import WatchingApp
from pcsim.tui.widgets.table import Table

if TYPE_CHECKING:
    from textual.command import Provider

# What is not in the first frame is imported when it is wanted.


def _commands() -> type[Provider]:
    """The palette's module, once the palette is opened."""
    from pcsim.tui.commands import Commands

    return Commands


_OVER = "It is over; r makes it anew."
_WHY_NOT = {
    Phase.CREATED: "It has not begun; s starts it.",
    Phase.DRAINING: "It is draining; x ends it at once.",
}


class PcsimApp(WatchingApp):
    """The app, ready to `run`. Afterwards `control` has the last run, `return_code` the status."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "pcsim"
    ALLOW_SELECT = False
    COMMANDS = {_commands}  # noqa: RUF012 - Textual declares it
    BINDINGS: ClassVar[list[BindingType]] = list(BINDINGS)

    # -- the run

    def action_start(self) -> None:
        """Begin; in virtual time, stop the clock or let it go on."""
        self.let_go()
        clock = self.watching.clockwork
        if self.watching.view.snapshot.phase is Phase.CREATED:
            self.control.start()
            self.look_now()
        elif self.watching.is_over:
            self._say(_OVER)
        elif clock is None:
            self._clockwork("can be stopped")
        else:
            if clock.is_standing:
                clock.go_on()
            else:
                clock.stand_still()
            self._clock_was_set()

    def action_pause(self) -> None:
        """Pause or resume producing."""
        if not self._is_in(Phase.RUNNING):
            return
        if self.watching.view.snapshot.producing:
            self.control.pause_producing()
        else:
            self.control.resume_producing()
        self.look_now()

    def action_drain(self) -> None:
        """Stop producing, let the queues empty, end."""
        if self._is_in(Phase.RUNNING):
            self.control.drain()
            self.look_now()

    def action_abort(self) -> None:
        """End at once."""
        if self._is_in(Phase.RUNNING, Phase.DRAINING):
            self.control.abort()
            self.look_now()

    def _is_in(self, *phases: Phase) -> bool:
        """Whether the run is in one of these; says why nothing is done where it is not. What is
        done to the run, or cannot be, is seen on no picture that is held."""
        self.let_go()
        phase = self.watching.view.snapshot.phase
        if phase in phases:
            return True
        self._say(_WHY_NOT.get(phase, _OVER))
        return False

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
        self.let_go()
        if self.watching.is_going:
            self.control.abort()
        before = self.watching.clockwork
        self.watching = self.watch_new(scenario)
        if before is not None and self.watching.clockwork is not None:
            self.watching.clockwork.speed = before.speed
        self.dashboard.start_over()
        self.show_view()

    # -- virtual time

    def action_faster(self) -> None:
        """The next speed up."""
        clock = self._clockwork("has a speed")
        if clock is not None:
            clock.speed = faster(clock.speed)
            self._clock_was_set()

    def action_slower(self) -> None:
        """The next speed down."""
        clock = self._clockwork("has a speed")
        if clock is not None:
            clock.speed = slower(clock.speed)
            self._clock_was_set()

    def action_step(self) -> None:
        """Stop the clock and go to the next event; before the start, begin so."""
        clock = self._clockwork("can be stepped")
        if clock is None:
            return
        if self.watching.view.snapshot.phase is Phase.CREATED:
            clock.stand_still()
            clock.start()
        elif self.watching.is_over:
            self._say(_OVER)
            return
        if (
            not clock.step()
            and self.watching.is_going
            and not self.watching.view.snapshot.producing
        ):
            self._say("Nothing is left to happen; p resumes producing.")
        self._clock_was_set()

    def _clockwork(self, what: str) -> VirtualControl | None:
        if self.watching.clockwork is None:
            self._say(f"Only virtual time {what}.")
        return self.watching.clockwork

    def _clock_was_set(self) -> None:
        """Show at once what came of it, even on a picture that was held."""
        self.let_go()
        self.look_now(closely=True)

    # -- the picture

    def action_freeze(self) -> None:
        """Hold the picture, or go on."""
        if self.frozen:
            self.let_go()
        else:
            self.hold()

    def action_chart(self) -> None:
        """Show the chart."""
        self.dashboard.toggle("chart")
        self.show_view()

    def action_events(self) -> None:
        """Show the events."""
        self.dashboard.toggle("events")
        self.show_view()

    def action_report(self) -> None:
        """Switch between report and tables."""
        if self.shown.snapshot.phase.is_over:
            self.dashboard.toggle_report()
            self.show_view()
        else:
            self._say("The report comes with the end of the run.")

    def action_order(self) -> None:
        """Put stuck workers first, or go back to the order of declaration."""
        self.dashboard.stuck_first = not self.dashboard.stuck_first
        self.show_view()

    def action_close_view(self) -> None:
        """Leave what was opened."""
        self.dashboard.back()
        self.show_view()

    def action_help(self) -> None:
        """Show the help."""
        from pcsim.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen())

    def on_table_opened(self, message: Table.Opened) -> None:
        """Open a row's details."""
        if isinstance(message.row, (QueueRow, WorkerRow)):
            self._open(message.row)

    def _open(self, row: QueueRow | WorkerRow) -> None:
        from pcsim.tui.screens.details import DetailsScreen

        self.push_screen(DetailsScreen(row, self.shown))

    def on_report_view_failure_wanted(self) -> None:
        """Open the details of the worker that failed."""
        snapshot = self.shown.snapshot
        name = snapshot.failure.worker if snapshot.failure is not None else ""
        for row in snapshot.workers:
            if name and row.name == name:
                self._open(row)

    def _say(self, text: str) -> None:
        self.notify(text, markup=False, timeout=3)
