"""What the keys do to the run; where one is not possible, a short message explains why."""

from __future__ import annotations

from collections.abc import Callable

from pcsim.snapshot import Phase
from pcsim.snapshot.control import Clockwork, Control
from pcsim.tui.asking import Asking
from pcsim.tui.clock_speed import faster, slower
from pcsim.tui.questions import ABORT
from pcsim.tui.rewinding import Rewinding
from pcsim.tui.watcher import Watcher

IS_OVER = "The run has ended; r restarts it."
NOT_POSSIBLE = {
    Phase.CREATED: "The run has not started; s starts it.",
    Phase.DRAINING: "The run is draining; x aborts it.",
}


class RunActions:
    """Controls the run that is shown. Every action unfreezes the view: its effect is to be seen.

    Args:
        watcher: The run.
        asking: Asks before items are lost.
        notify: Shows a short message.
    """

    def __init__(self, watcher: Watcher, asking: Asking, notify: Callable[[str], None]) -> None:
        self._watcher = watcher
        self._asking = asking
        self._notify = notify
        self.rewinding = Rewinding(watcher, notify)
        """The same for a replay."""

    def start(self) -> None:
        """Start the run; in virtual time, stop or resume its clock."""
        watcher = self._watcher
        watcher.display.unfreeze()
        virtual = watcher.shown.virtual
        if watcher.shown.rewind is not None:
            self.rewinding.play()
        elif self._phase is Phase.CREATED and watcher.control is not None:
            watcher.control.start()
            watcher.poll_now()
        elif watcher.session.is_over:
            self._notify(IS_OVER)
        elif virtual is None:
            self._notify("Only virtual time can be stopped.")
        else:
            if virtual.is_standing:
                virtual.go_on()
            else:
                virtual.stand_still()
            self._show_clock()

    def control(self, what: str) -> None:
        """Do one of these by name: `pause`, `drain`, `abort`."""
        {"pause": self.pause, "drain": self.drain, "abort": self.abort}[what]()

    def pause(self) -> None:
        """Pause or resume producing."""
        control = self._control_in(Phase.RUNNING)
        if control is not None:
            if self._watcher.session.view.snapshot.producing:
                control.pause_producing()
            else:
                control.resume_producing()
            self._watcher.poll_now()

    def drain(self) -> None:
        """Stop producing, let the queues empty, end."""
        control = self._control_in(Phase.RUNNING)
        if control is not None:
            control.drain()
            self._watcher.poll_now()

    def abort(self) -> None:
        """End at once; ask first when items would be lost."""
        if self._control_in(Phase.RUNNING, Phase.DRAINING) is not None:
            self._asking.ask(ABORT, self._abort, self.drain)

    def _abort(self) -> None:
        control = self._control_in(Phase.RUNNING, Phase.DRAINING)
        if control is not None:
            control.abort()
            self._watcher.poll_now()

    def change_speed(self, *, is_faster: bool) -> None:
        """Set the next higher or lower speed."""
        virtual = self._virtual("has a speed")
        if virtual is not None:
            virtual.speed = faster(virtual.speed) if is_faster else slower(virtual.speed)
            self._show_clock()

    def step(self) -> None:
        """Stop the clock and go to the next event; before the start, start with it stopped."""
        virtual = self._virtual("can be stepped")
        if self._watcher.shown.rewind is not None:
            self.rewinding.move(1)
            return
        if virtual is None:
            return
        session = self._watcher.session
        if self._phase is Phase.CREATED and session.control is not None:
            virtual.stand_still()
            session.control.start()
        elif session.is_over:
            self._notify(IS_OVER)
            return
        if not virtual.step() and session.is_going and not session.view.snapshot.producing:
            self._notify("No events are left; p resumes producing.")
        self._show_clock()

    @property
    def _phase(self) -> Phase:
        return self._watcher.session.view.snapshot.phase

    def _control_in(self, *phases: Phase) -> Control | None:
        """Unfreeze; return the run if it is in one of the phases, else show why not."""
        self._watcher.display.unfreeze()
        if self._phase in phases:
            return self._watcher.control
        self._notify(NOT_POSSIBLE.get(self._phase, IS_OVER))
        return None

    def _virtual(self, property_of_it: str) -> Clockwork | None:
        virtual = self._watcher.shown.virtual
        if virtual is None:
            self._notify(f"Only virtual time {property_of_it}.")
        return virtual

    def _show_clock(self) -> None:
        self._watcher.display.unfreeze()
        self._watcher.poll_now(force=True)
