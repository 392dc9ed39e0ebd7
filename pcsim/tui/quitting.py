"""How the app ends: on a key, a signal or an error; a run that is going is ended first.

A program that is watched is no run of ours: it goes on, and nothing is asked.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

from textual.app import App
from textual.driver import Driver

from pcsim import runtime
from pcsim.snapshot.exit_status import Exit
from pcsim.snapshot.shutdown import HANGUP_GRACE, TERM_GRACE
from pcsim.tui import signals
from pcsim.tui.asking import Asking
from pcsim.tui.driver import TerminalDriver
from pcsim.tui.questions import LEAVE, QUIT, TO_LIST
from pcsim.tui.session import GOING
from pcsim.tui.watcher import Watcher


class Quitting:
    """Ends the run, if there is one, then the app: asks first on a key, drains on SIGTERM, aborts
    on SIGHUP.

    Args:
        app: The app to exit.
        watcher: The run that is shown.
        asking: Asks.
        can_outlive: Whether the run may go on without the app.
    """

    def __init__(
        self, app: App[None], watcher: Watcher, asking: Asking, *, can_outlive: bool = False
    ) -> None:
        self._can_outlive = can_outlive
        self._app = app
        self._watcher = watcher
        self._asking = asking
        self._uninstall_signals: Callable[[], None] = lambda: None
        self.goes_to_list = False
        """Whether it was left for the list of what there is to open."""

    def leave(self, *, to_list: bool = False) -> None:
        """Exit, or ask first when the run would lose items; asked again, abort.

        Args:
            to_list: Whether it is left for the list of what there is to open.
        """
        question = TO_LIST if to_list else LEAVE if self._can_outlive else QUIT

        def and_then(end: Callable[[], None]) -> Callable[[], None]:
            def act() -> None:
                self.goes_to_list = to_list
                end()

            return act

        if self._watcher.pending_exit.has_begun:
            and_then(self._abort)()
        else:
            ends = (self._abort, self._drain, self._app.exit)
            self._asking.ask(question, *map(and_then, ends))

    def _abort(self) -> None:
        watcher, run = self._watcher, self._watcher.session.unfinished
        if run is None:
            self._app.exit()
            return
        watcher.pending_exit.abort(run)
        watcher.poll_now()

    def _drain(self) -> None:
        watcher, run = self._watcher, self._watcher.session.unfinished
        if run is None:
            self._app.exit()
            return
        watcher.session.hurry()
        watcher.pending_exit.drain(run)
        watcher.poll_now()

    def end_run(self) -> None:
        """Leave no run behind, whatever has ended the app; one that can go on does, unless it was
        ended."""
        self._uninstall_signals()
        run = self._watcher.control
        self._watcher.session.end()
        if not self._can_outlive and run is not None and run.snapshot().phase in GOING:
            run.abort()

    def install_signals(self, driver: Driver | None) -> None:
        """Handle signals in the event loop, so that the terminal is restored.

        Args:
            driver: The driver of the terminal.
        """
        self._uninstall_signals = signals.install(
            {
                signal.SIGTERM: self._on_terminate,
                signal.SIGHUP: self._on_hangup,
                signal.SIGINT: self._on_interrupt,
            }
        )
        terminal = driver if isinstance(driver, TerminalDriver) else None

        def note_hangup(*_: object) -> None:
            # The loop may be waiting for a terminal that takes no more.
            runtime.end_process_in(HANGUP_GRACE)
            if terminal is not None:
                terminal.is_leaving = True

        signal.signal(signal.SIGHUP, note_hangup)  # beside the loop's, which follows
        if terminal is not None:
            terminal.on_gone = self._on_hangup
            if terminal.is_gone:
                self._on_hangup()

    def _on_interrupt(self) -> None:
        # Screens are opened from within the app's message loop, which a handler is not.
        self._app.call_later(self.leave)

    def _on_terminate(self) -> None:
        watcher, run = self._watcher, self._watcher.session.unfinished
        watcher.show_now()
        if run is not None:
            watcher.session.hurry()
            watcher.pending_exit.drain(run, TERM_GRACE, Exit.TERMINATED)
            watcher.poll_now()
        else:
            self._app.exit(return_code=Exit.TERMINATED)

    def _on_hangup(self) -> None:
        runtime.end_process_in(HANGUP_GRACE)
        run = self._watcher.session.unfinished
        if run is not None:
            run.abort()
        self._app.exit(return_code=Exit.HANGUP)
