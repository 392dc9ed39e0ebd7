"""What happened, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.analysis.event_text import describe
from pcsim.snapshot import Event, EventKind
from pcsim.text import clock_time, count, safe
from pcsim.tui import cells
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import View
from pcsim.tui.widgets.lines import LineView

GLYPH = {
    EventKind.STARTED: ("▶", "running"),
    EventKind.BLOCKED: ("■", "blocked"),
    EventKind.RESUMED: ("▶", "running"),
    EventKind.CLOSED: ("┤", "done"),
    EventKind.DONE: ("✓", "done"),
    EventKind.FAILED: ("✗", "failed"),
    EventKind.SKIPPED: ("✗", "failed"),
    EventKind.DROPPED: ("▼", "failed"),
    EventKind.DISCARDED: ("▼", "failed"),
    EventKind.CONTROL: ("●", "paused"),
    EventKind.ENDED: ("■", "done"),
}
ROOMY = 44
"""From this width on, subjects stand in a column."""
ENOUGH = 12
"""Cells in which a text that is too long is cut between words, a number never from its unit."""
STAMP = 7
"""Cells of an instant, at least; the newest, which is the longest, may need more."""
OFTEN = 0.25
"""Seconds between changes while time passes: lines that run away cannot be read."""
MOST_KEPT = 500
PAGE = 250
"""Lines grow by so many at once: each growth lays the screen out again."""


class EventLog(LineView, can_focus=True):
    """One line an event."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._events: Sequence[Event] | None = None
        self._let_go = 0
        self._trend: object = None
        self._longest = 0
        self._stamp = STAMP
        self._shown_at = 0.0

    def show(self, view: View) -> None:
        """Show these events."""
        old, new = self._events, view.events
        if self._trend is not view.trend:
            self._trend = view.trend
            names = [row.name for row in view.snapshot.queues]
            names += [row.name for row in view.snapshot.workers]
            self._longest = max((cells.width_of(safe(name)) for name in names), default=0)
            self.redraw_all()
        over = view.snapshot.phase.is_over
        still = over or view.is_standing or view.frozen
        too_soon = 0 <= view.seen_at - self._shown_at < OFTEN and not still
        if new is old or (old and too_soon):
            return
        self._shown_at = view.seen_at
        stamp = max(len(_stamp(new[0])) if new else 0, STAMP)
        if stamp != self._stamp:
            self._stamp = stamp
            self.redraw_all()
        self._events, self._let_go = new, view.evicted
        height = self.size.height or self.app.size.height
        lines = max(len(new) + (self._let_go > 0), 1)
        self.set_line_count(lines if lines <= height else -(-lines // PAGE) * PAGE)
        known = len(old or ())
        self.redraw(
            line
            for line in self.visible_lines()
            if line >= known or line >= len(new) or old is None or new[line] is not old[line]
        )
        if len(self._strips) > MOST_KEPT:
            self._strips.clear()

    def pieces(self, line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """One event."""
        events = self._events or ()
        if line >= len(events):
            if line == len(events) and self._let_go:
                return [(f" … and {count(self._let_go)} earlier events", palette.dim)]
            if line == 0:
                return [(" nothing yet", palette.dim)]
            return []
        event = events[line]
        glyph, state = GLYPH[event.kind]
        subject = safe(event.subject, 60)
        if width >= ROOMY:
            subject = cells.fit(subject, min(max(self._longest, 3), width // 3)) + " "
        before = [
            (cells.fit(_stamp(event), self._stamp, ">"), palette.dim),
            (f" {glyph} ", palette.states_by_name[state]),
            (f"{subject} ", palette.text),
        ]
        told = safe(describe(event))
        room = width - cells.total_width(before)
        if cells.width_of(told) > room >= ENOUGH:  # else the edge cuts it where it may
            told = cells.wrap(told, room, 1)[0]
        return [*before, (told, palette.dim)]


def _stamp(event: Event) -> str:
    return clock_time(event.at, tenths=event.at < 3600)
