"""The events of a run, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import ClassVar, cast

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.analysis.event_text import describe
from pcsim.analysis.firsts import First
from pcsim.snapshot import BlockReason, EventKind
from pcsim.text import clock_time, count, safe
from pcsim.tui import cells
from pcsim.tui.column_layout import Need
from pcsim.tui.event_kinds import CHOICES, Line, listed
from pcsim.tui.glyphs import MARKS, WAITING
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import HasPalettes, View
from pcsim.tui.widgets.lines import FilterableView, filter_title
from pcsim.tui.widgets.panel import Panel

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
    EventKind.CHANGED: ("●", "paused"),
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


class EventLog(FilterableView, can_focus=True):
    """One line for each event. The cursor, once it is moved, stays on its event."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("f", "kinds", "kinds", show=False),
        Binding("enter", "open", "journey", show=False),
    ]

    class Opened(Message):
        """The user asks for the journey of an item, or for what an event is about."""

        def __init__(self, event: Line) -> None:
            super().__init__()
            self.event = event

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: View | None = None
        self._choice = CHOICES[0]
        self._chosen: Line | None = None
        self._source: object = None
        """What the lines were made from."""
        self._events: Sequence[Line] | None = None
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
        self._view = view
        old, new = self._events, self._listed(view)
        is_another_moment = self._trend is not view.trend
        if is_another_moment:
            self._trend = view.trend
            names = [row.name for row in view.snapshot.queues]
            names += [row.name for row in view.snapshot.workers]
            self._longest = max((cells.width_of(safe(name)) for name in names), default=0)
            self.redraw_all()
        elif new is not old:
            self._widen(new)
        is_moving = not (view.snapshot.phase.is_over or view.is_standing or view.frozen)
        is_moving &= not is_another_moment
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
        more = self._evicted > 0 and not self._is_narrowed
        lines = max(len(new) + more, 1)
        self.set_line_count(lines if lines <= height else -(-lines // PAGE) * PAGE)
        old_length = len(old or ())
        self.redraw(
            line
            for line in self.visible_lines()
            if line >= old_length or line >= len(new) or old is None or new[line] is not old[line]
        )
        self._follow(old or (), new)
        if len(self._strips) > MAX_STRIPS:
            self._strips.clear()

    @property
    def _is_narrowed(self) -> bool:
        """Whether not all events are listed."""
        return bool(self.filter_text or self._choice.word)

    def _listed(self, view: View) -> Sequence[Line]:
        """What is listed of a view: the same object while there is nothing new."""
        source = view.events, view.firsts, self._choice, self.filter_text
        if self._events is None or source != self._source:
            self._source = source
            return listed(view.events, view.firsts, self._choice, self.filter_text)
        return self._events

    def _follow(self, old: Sequence[Line], new: Sequence[Line]) -> None:
        """Keep the event under the cursor where it is on the screen, while newer ones come."""
        chosen = self._chosen
        if chosen is None or old is new:
            return
        before = next((at for at, one in enumerate(old) if one is chosen), None)
        now = next((at for at, one in enumerate(new) if one is chosen), None)
        if before is not None and now is not None and before in self.visible_lines():
            self.scroll_relative(y=now - before, animate=False, immediate=True)
        self.redraw_all()

    def _show_again(self) -> None:
        self._shown_at = -MIN_INTERVAL
        self._events = None
        self.redraw_all()
        if self._view is not None:
            self.show(self._view)
        if isinstance(self.parent, Panel):
            kinds = (("accent", self._choice.word),) if self._choice.word else ()
            self.parent.set_counts((*filter_title(self), *kinds))

    def set_filter(self, text: str) -> None:
        """List only events that have each word of the text in them."""
        self.filter_text = text
        self._show_again()

    def action_kinds(self) -> None:
        """List the events of the next kinds."""
        self._choice = CHOICES[(CHOICES.index(self._choice) + 1) % len(CHOICES)]
        self._show_again()

    def action_move(self, lines: int) -> None:
        """Move the cursor; the first move puts it on the newest event that is seen."""
        shown = self._events or ()
        if not shown:
            return
        place = next((at for at, one in enumerate(shown) if one is self._chosen), None)
        goal = self.scroll_offset.y if place is None else place + lines
        goal = max(min(goal, len(shown) - 1), 0)
        self._chosen = shown[goal]
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if goal < top:
            self.scroll_to(y=goal, animate=False, immediate=True)
        elif goal >= top + height:
            self.scroll_to(y=goal - height + 1, animate=False, immediate=True)
        self.redraw_all()

    def action_open(self) -> None:
        """Ask for the journey of the item of the chosen event."""
        if self._chosen is not None:
            self.post_message(self.Opened(self._chosen))

    def on_click(self, event: events.Click) -> None:
        """Choose the event; a double click asks for the journey of its item."""
        place = self.scroll_offset.y + event.y
        lines = self._events or ()
        if place < len(lines):
            self._chosen = lines[place]
            self.redraw_all()
            if event.chain > 1:
                self.action_open()

    def on_blur(self) -> None:
        """Hide the cursor."""
        self._chosen = None
        self.redraw_all()

    def palette_of(self, line: int, /) -> Palette:
        """Return the palette of a line: the chosen event has that of the cursor."""
        shown = self._events or ()
        if self.has_focus and line < len(shown) and shown[line] is self._chosen:
            return cast(HasPalettes, self.app).palettes.cursor()
        return self.palette

    def _widen(self, events: Sequence[Line]) -> None:
        """Make room for the names of workers and queues that have come since the begin."""
        known = self._events[0] if self._events else None
        fresh = takewhile(lambda event: event is not known, events)
        longest = max((cells.width_of(safe(one.subject)) for one in fresh), default=0)
        if longest > self._longest:
            self._longest = longest
            self.redraw_all()

    def pieces(self, line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """Return the line of one event."""
        shown = self._events or ()
        if line >= len(shown):
            if line == len(shown) and self._evicted and not self._is_narrowed:
                return [(f" … and {count(self._evicted)} earlier events", palette.dim)]
            if line == 0:
                words = (
                    "no events yet"
                    if not self._is_narrowed
                    else "no such events; f other kinds, esc all"
                )
                return [(f" {words}", palette.dim)]
            return []
        event = shown[line]
        if isinstance(event, First):
            return _first(event, self._time_width, palette)
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


def _first(first: First, time_width: int, palette: Palette) -> Sequence[Piece]:
    return [
        (cells.fit(_time_of(first), time_width, ">"), palette.dim),
        (" ▐ ", palette.accent),
        (f"{safe(first.subject, 40)} ", palette.text),
        (first.text, palette.dim),
    ]


def _time_of(event: Line) -> str:
    return clock_time(event.at, tenths=event.at < 3600)
