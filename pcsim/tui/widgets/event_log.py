"""The events of a run, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from pcsim.analysis.event_text import describe
from pcsim.snapshot import BlockReason, Event, EventKind
from pcsim.text import clock_time, count, safe
from pcsim.tui import cells
from pcsim.tui.column_layout import Need
from pcsim.tui.glyphs import MARKS, WAITING
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
MIN_WIDTH_FOR_COLUMN = 44
"""Cells from which on the subjects have a column of their own."""
MIN_WIDTH_FOR_WORDS = 12
"""Cells from which on a long text is cut between words, and never between number and unit."""
WORDS = len(" put 12345 into  after 99.9 ms")
MIN_TIME_WIDTH = 7
MIN_INTERVAL = 0.25
"""Seconds between changes while time passes, so that the lines can be read."""
MAX_STRIPS = 500
PAGE = 250
"""Lines by which the log grows at a time: each growth lays the screen out again."""


class EventLog(LineView, can_focus=True):
    """One line for each event."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._events: Sequence[Event] | None = None
        self._evicted = 0
        self._trend: object = None
        self._longest = 0
        self._time_width = MIN_TIME_WIDTH
        self._shown_at = 0.0

    @property
    def need(self) -> Need:
        """The longest line of a worker that waited for room."""
        return Need(MIN_WIDTH_FOR_COLUMN, MIN_TIME_WIDTH + 3 + 2 * self._longest + WORDS + 2)

    def show(self, view: View) -> None:
        """Show the events of the view."""
        old, new = self._events, view.events
        if self._trend is not view.trend:
            self._trend = view.trend
            names = [row.name for row in view.snapshot.queues]
            names += [row.name for row in view.snapshot.workers]
            self._longest = max((cells.width_of(safe(name)) for name in names), default=0)
            self.redraw_all()
        elif new is not old:
            self._widen(new)
        is_moving = not (view.snapshot.phase.is_over or view.is_standing or view.frozen)
        too_soon = is_moving and 0 <= view.seen_at - self._shown_at < MIN_INTERVAL
        if new is old or (old and too_soon):
            return
        self._shown_at = view.seen_at
        # The newest time is the longest.
        time_width = max(len(_time_of(new[0])) if new else 0, MIN_TIME_WIDTH)
        if time_width != self._time_width:
            self._time_width = time_width
            self.redraw_all()
        self._events, self._evicted = new, view.evicted
        height = self.size.height or self.app.size.height
        lines = max(len(new) + (self._evicted > 0), 1)
        self.set_line_count(lines if lines <= height else -(-lines // PAGE) * PAGE)
        old_length = len(old or ())
        self.redraw(
            line
            for line in self.visible_lines()
            if line >= old_length or line >= len(new) or old is None or new[line] is not old[line]
        )
        if len(self._strips) > MAX_STRIPS:
            self._strips.clear()

    def _widen(self, events: Sequence[Event]) -> None:
        """Make room for the names of workers and queues that have come since the begin."""
        known = self._events[0] if self._events else None
        fresh = takewhile(lambda event: event is not known, events)
        longest = max((cells.width_of(safe(event.subject)) for event in fresh), default=0)
        if longest > self._longest:
            self._longest = longest
            self.redraw_all()

    def pieces(self, line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """Return the line of one event."""
        events = self._events or ()
        if line >= len(events):
            if line == len(events) and self._evicted:
                return [(f" … and {count(self._evicted)} earlier events", palette.dim)]
            if line == 0:
                return [(" no events yet", palette.dim)]
            return []
        event = events[line]
        is_wait = event.kind is EventKind.BLOCKED and event.reason is BlockReason.EMPTY
        glyph, state = (MARKS[WAITING], WAITING) if is_wait else GLYPH[event.kind]
        subject = safe(event.subject, 60)
        if width >= MIN_WIDTH_FOR_COLUMN:
            subject = cells.fit(subject, min(max(self._longest, 3), width // 3)) + " "
        head = [
            (cells.fit(_time_of(event), self._time_width, ">"), palette.dim),
            (f" {glyph} ", palette.states_by_name[state]),
            (f"{subject} ", palette.text),
        ]
        text = safe(f"{WAITING}, {event.queue} empty" if is_wait else describe(event))
        room = width - cells.total_width(head)
        if cells.width_of(text) > room >= MIN_WIDTH_FOR_WORDS:
            text = cells.wrap(text, room, 1)[0]
        return [*head, (text, palette.dim)]


def _time_of(event: Event) -> str:
    return clock_time(event.at, tenths=event.at < 3600)
