"""The focus of the dashboard: always on something that is to be seen, on the same row if it can be.

Textual takes the focus from what it hides and gives it to nothing, and keys would do nothing then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.errors import NoWidget
from textual.screen import Screen
from textual.widget import Widget

from pcsim.snapshot import QueueRow
from pcsim.tui.groups import Line
from pcsim.tui.widgets.table import Table

AnyTable = Table[QueueRow] | Table[Line]


class Focus:
    """Keeps the focus of a screen where it can be seen.

    Args:
        screen: The screen.
        candidates: Returns what may have the focus now, the first choice first. Of several tables
            that show a row, one is seen at a time; what is no table has it where none is seen.
    """

    def __init__(self, screen: Screen[None], candidates: Callable[[], Sequence[Widget]]) -> None:
        self._screen = screen
        self._candidates = candidates
        self.last: AnyTable | None = None
        """The table that had the focus last."""

    def note(self, focused: Widget | None) -> None:
        """Note what has the focus now."""
        if isinstance(focused, Table):
            self.last = focused

    def settle(self, wanted: Widget | None = None) -> None:
        """Focus that widget, or leave the focus; where that is hidden, focus what is in its place.

        Args:
            wanted: What to focus, if it is to be seen.
        """
        screen = self._screen
        if not (screen.is_current and screen.app.app_focus):
            return
        if wanted is not None and self.is_seen(wanted):
            screen.set_focus(wanted)
        elif screen.focused is None or not self.is_seen(screen.focused):
            self._find_another()

    def _find_another(self) -> None:
        name = self.last.chosen_name if self.last is not None else None
        seen = [widget for widget in self._candidates() if self.is_seen(widget)]
        for table in seen:
            if isinstance(table, Table) and table.choose(name):
                self._screen.set_focus(table)
                return
        self._screen.set_focus(seen[0] if seen else None)

    def is_seen(self, widget: Widget) -> bool:
        """Whether any of the widget is on the screen."""
        try:
            return self._screen.find_widget(widget).visible_region.area > 0
        except NoWidget:
            return False
