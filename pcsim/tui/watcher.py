"""The polling of one run after another: when to ask for news, and what follows from it.

Engines never call the app. One timer polls the run and shows what is new; a second one, between
two frames, lets a run in virtual time catch up where it is behind its speed.
"""

from __future__ import annotations

from textual.app import App
from textual.timer import Timer

from pcsim.snapshot.control import Control
from pcsim.tui.display import Display
from pcsim.tui.pending_exit import PendingExit
from pcsim.tui.refresh_rate import CATCH_UP_DELAY, RefreshRate
from pcsim.tui.screens.dashboard import Dashboard
from pcsim.tui.session import Session
from pcsim.tui.teaching import Teaching
from pcsim.tui.view import Now, View


class Watcher:
    """Polls the run of the current session and shows what is new.

    Args:
        app: The app, for its timers.
        dashboard: The screen that shows the run.
        session: The first session.
        pending_exit: Whether and when the app exits with the run.
        live: False, in tests, sets no timer: nothing is polled until `poll` is called.
        is_shared: Whether a program has the run as well, and may start it.
        teaching: The lesson that is taken, if any.
    """

    def __init__(
        self,
        app: App[None],
        dashboard: Dashboard,
        session: Session,
        pending_exit: PendingExit,
        *,
        live: bool = True,
        is_shared: bool = False,
        teaching: Teaching | None = None,
    ) -> None:
        self._is_shared = is_shared
        self._teaching = teaching or Teaching(app, None)
        self.session = session
        self.past: Session | None = None
        """What is shown in its place while one looks back; the session goes on meanwhile."""
        self.pending_exit = pending_exit
        self.display = Display(app, dashboard, self._view)
        self._app = app
        self._clock = session.clock
        self._live = live
        self._rate = RefreshRate()
        self._poll_timer: Timer | None = None
        self._catch_up_timer: Timer | None = None

    @property
    def control(self) -> Control | None:
        """The control of the current run; None for a program that is watched."""
        return self.session.control

    @property
    def is_scheduled(self) -> bool:
        """Whether a timer will poll the run or let it catch up."""
        return self._poll_timer is not None or self._catch_up_timer is not None

    @property
    def shown(self) -> Session:
        """What is shown: the session, or its past while one looks back."""
        return self.session if self.past is None else self.past

    def _view(self) -> View:
        now, shown = self.session, self.shown
        view = shown.view._replace(
            leaving=self.pending_exit.has_begun,
            timing=shown.timing,
            lesson=self._teaching.line(now.view),
        )
        if view.past is None:
            return view
        past = view.past._replace(
            own=tuple(one for one in now.own_marks if one.at >= view.past.begins)
        )
        if self.past is None:
            return view._replace(past=past)
        return view._replace(
            firsts=tuple(first for first in now.view.firsts if first.at <= view.at),
            past=past._replace(now=Now(now.view.at, goes_on=not now.is_over)),
        )

    def look_back(self, past: Session) -> None:
        """Show this past in the place of the session, which goes on."""
        self.display.unfreeze()
        self.past = past
        self.display.refresh()
        self.schedule()

    def show_now(self) -> None:
        """Show what goes on, as it is now."""
        if self.past is not None:
            self.past = None
            self.poll_now(force=True)
            self.display.refresh()
        self.display.unfreeze()

    def replace_session(self, session: Session) -> None:
        """Watch another run from here on, at the speed of the one before."""
        before, self.session = self.session, session
        before.end()
        self.past = None
        if before.virtual is not None and session.virtual is not None:
            session.virtual.speed = before.virtual.speed
        self._teaching.again()
        self.display.dashboard.start_over()
        self.display.refresh()

    def poll(self, *, force: bool = False) -> None:
        """Poll the run once and show what is new; exit the app when that is due.

        Args:
            force: Show a new view and a new sentence in any case.
        """
        if not (self._app.is_running and self._app.screen_stack):
            return
        news = self.session.poll(force=force)
        if self.past is not None:
            news = news.with_past(self.past.poll(force=force))
        self._rate.polled(changed=news.has_happened)
        if news.has_view and not self.display.is_frozen:
            self.display.refresh()
        if news.problem:
            self._app.notify(news.problem, severity="error", markup=False)
        if self.pending_exit.is_due(is_over=self.session.is_over):
            self._app.exit(return_code=self.pending_exit.return_code)

    def poll_now(self, *, force: bool = False) -> None:
        """Poll at once, as after a key that changed the run, and fast from here on."""
        self._rate.polled(changed=True)
        self.poll(force=force)
        self.schedule()

    def freeze(self) -> None:
        """Keep the view of now on the screen."""
        self.poll_now(force=True)
        self.display.freeze()

    def set_watched(self, watched: bool) -> None:
        """Poll less often while the terminal does not have the focus."""
        self._rate.watched = watched
        if watched:
            self.poll_now()

    def schedule(self) -> None:
        """Set the timers, as far as there is something to wait for."""
        if self._poll_timer is not None:
            self._poll_timer.stop()
            self._poll_timer = None
        session = self.session
        may_begin = self._is_shared and not session.is_over
        has_news = self.shown.is_moving or session.is_moving or session.awaits_limit or may_begin
        has_news |= session.view.advising.is_waiting
        if self._live and (has_news or self.pending_exit.has_begun):
            self._poll_timer = self._app.set_timer(self._rate.delay, self._tick)
        self._schedule_catch_up()

    def _tick(self) -> None:
        started = self._clock()
        self._poll_timer = None
        self.poll()
        self._app.call_after_refresh(self._measure_frame, started)
        self.schedule()

    def _measure_frame(self, started: float) -> None:
        self._rate.drew(self._clock() - started)

    def _schedule_catch_up(self) -> None:
        if not self._live or self._catch_up_timer is not None:
            return
        virtual = self.session.virtual
        if virtual is not None and virtual.is_behind:
            # The short delay lets Textual handle keys and draw.
            self._catch_up_timer = self._app.set_timer(CATCH_UP_DELAY, self._catch_up)

    def _catch_up(self) -> None:
        self._catch_up_timer = None
        self.session.extend_history()
        self._schedule_catch_up()
