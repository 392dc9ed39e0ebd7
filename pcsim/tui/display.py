"""What the screens show: the latest view of the run, or one that is frozen while it continues."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import App

from pcsim.snapshot import Phase
from pcsim.tui.screens.dashboard import Dashboard
from pcsim.tui.view import Following, View


class Display:
    """The dashboard and the window over it, if one is open: both show the same view.

    Args:
        app: The app, for the screen on top.
        dashboard: The screen below all others.
        live_view: Returns the latest view of the run.
    """

    def __init__(self, app: App[None], dashboard: Dashboard, live_view: Callable[[], View]) -> None:
        self.dashboard = dashboard
        self._app = app
        self._live_view = live_view
        self._frozen: View | None = None
        self._shown_phase = Phase.CREATED

    @property
    def is_frozen(self) -> bool:
        """Whether the view is frozen while the run continues."""
        return self._frozen is not None

    @property
    def view(self) -> View:
        """The view that is shown: the frozen one, or the latest."""
        return self._live_view() if self._frozen is None else self._frozen

    def freeze(self) -> None:
        """Keep the latest view on the screen."""
        self._frozen = self._live_view().frozen_copy()
        self.refresh()

    def unfreeze(self) -> None:
        """Show the run as it is, if the view was frozen."""
        if self._frozen is not None:
            self._frozen = None
            self.refresh()

    def refresh(self) -> None:
        """Show the view on every screen that follows the run."""
        view = self.view
        if view.snapshot.phase is not self._shown_phase:
            self._shown_phase = view.snapshot.phase
            self.dashboard.enter_phase(self._shown_phase, has_report=not view.is_watched)
        self.dashboard.show(view)
        if self._app.screen is not self.dashboard and isinstance(self._app.screen, Following):
            self._app.screen.show(view)
