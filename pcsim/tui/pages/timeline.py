"""The timeline: what each worker did and how full each queue was, over the time of the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.widget import Widget

from pcsim.analysis.event_text import describe
from pcsim.analysis.firsts import FirstKind
from pcsim.analysis.lanes import Lane
from pcsim.snapshot import Event
from pcsim.text import clock_time, count, duration, percent, safe
from pcsim.tui import cells
from pcsim.tui.glyphs import standing
from pcsim.tui.lane_cells import LEGEND
from pcsim.tui.pages.lane_view import LaneView
from pcsim.tui.pages.page import Box, Page
from pcsim.tui.view import View
from pcsim.tui.widgets.event_log import GLYPH
from pcsim.tui.widgets.lines import filter_title
from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.text_view import Marked, TextLine, TextView
from pcsim.tui.widgets.worker_table import why

MIN_BELOW, MIN_READING = 9, 4
"""Lines below the lanes: on a high screen, and on a low one."""
NEAR = 40
"""The most lines of what was at the cursor, and of the events near it."""


class TimelinePage(Page):
    """Lanes over time, and what was at the cursor."""

    def __init__(self) -> None:
        super().__init__(id="timeline-page")
        self.lanes = LaneView(id="lanes")
        self._lanes_panel = Panel("Timeline", self.lanes, id="lanes-panel")
        self.reading = TextView(id="reading")
        self._reading_panel = Panel("Now", self.reading, id="reading-panel")
        self.near = TextView(id="near")
        self._near_panel = Panel("Events near it", self.near, id="near-panel")
        self._view: View | None = None
        self._span = ""

    def compose(self) -> ComposeResult:
        """Yield the lanes, and below them what was at the cursor."""
        yield self._lanes_panel
        with Box(id="at-cursor"):
            yield self._reading_panel
            yield self._near_panel

    @property
    def for_focus(self) -> Sequence[Widget]:
        """The lanes."""
        return (self.lanes,)

    def shows(self, view: View) -> Sequence[Callable[[], None]]:
        """Return what shows the view, part by part."""
        self._view = view.pictured
        return (lambda: self.lanes.show(view), self._title)

    def span(self, view: View, /) -> str:
        """How much of the run the lanes show, and how long a column is."""
        window = self.lanes.window
        lasts = min(view.lanes.ends_at, window.ends_at) - window.begins_at
        part = "since the start" if window.first == 0 else f"last {duration(lasts)}"
        if view.is_watched and window.first == 0:
            part = "since you looked"
        return f"{part} · {duration(window.width)} a column"

    def back(self) -> bool:
        """Take the cursor away; whether there was one."""
        if self.lanes.cursor is None:
            return False
        self.lanes.go_to(None)
        return True

    def go_to_first_jam(self) -> None:
        """Put the cursor where a queue was full for the first time, once the lanes are seen."""
        self.lanes.goes_to_jam = True

    def start_over(self) -> None:
        """Forget the lanes of the previous run."""
        self.lanes.cursor = None
        self.lanes.set_filter("")

    def _title(self) -> None:
        view = self._view
        if view is None:
            return
        is_tall = self.screen.has_class("-tall")
        room = self.size.height - (MIN_BELOW if is_tall else MIN_READING)
        self._lanes_panel.styles.height = max(min(len(self.lanes.lanes) + 3, room), 3)
        legend = tuple((style, f"{sign} {word}") for sign, style, word in LEGEND)
        span = () if is_tall else (("dim", self.span(view)),)
        self._lanes_panel.set_counts((*filter_title(self.lanes), *span, *legend))

    def on_lane_view_moved(self) -> None:
        """Read what was at the cursor."""
        view = self._view
        if view is None or not self.reading.is_attached:
            return
        column = self.lanes.column
        if column is None:
            self._reading_panel.set_title(view.moment)
            at = view.at
        else:
            at = column[0]
            self._reading_panel.set_title(f"At {clock_time(at, tenths=at < 3600)}")
        self.reading.show_lines(self._readings(view, column))
        self.near.show_lines(_events(view.events, at, self.near.size.height or 6))
        self._title()
        before, self._span = self._span, self.span(view)
        if before != self._span:
            self.post_message(self.Rearranged())  # the line of tabs says it

    def on_lane_view_chosen(self, message: LaneView.Chosen) -> None:
        """Ask for the details of a worker or queue."""
        self.post_message(self.Opened(message.row))

    def _readings(self, view: View, column: tuple[float, float] | None) -> list[TextLine]:
        lanes = self.lanes.lanes
        chosen = lanes[self.lanes.chosen : self.lanes.chosen + 1]
        ordered = [*chosen, *(lane for lane in lanes if lane not in chosen)][:NEAR]
        longest = max((cells.width_of(safe(lane.title)) for lane in ordered), default=0)
        width = min(longest, 18) + 2
        return [[(cells.fit(safe(lane.title), width), "text"), *_reading(view, lane, column)]
                for lane in ordered]  # fmt: skip


def _reading(view: View, lane: Lane, column: tuple[float, float] | None) -> list[Marked]:
    """What a lane was doing in a column, or does now."""
    if lane.is_queue:
        return _queue_reading(view, lane, column)
    if column is None:
        rows = [row for row in view.snapshot.workers if row.name in lane.members]
        if len(rows) == 1:
            return [(why(rows[0], view.at) or standing(rows[0]), standing(rows[0]))]
        words = [standing(row) for row in rows]
        parts = sorted({word: words.count(word) for word in words}.items(), key=lambda one: -one[1])
        return [(f"{number} {word}  ", word) for word, number in parts]
    did = view.lanes.did(lane, *column)
    words_of = zip(did, (("running", "running"), ("blocked, full", "blocked"),
                         ("blocked, empty", "waiting"), ("paused", "paused"),
                         ("failed", "failed")), strict=True)  # fmt: skip
    total = did.total
    if total <= 0:
        return [("–", "dim")]
    shown = sorted(((part / total, word, style) for part, (word, style) in words_of), reverse=True)
    return [(f"{word} {percent(share)}  ", style) for share, word, style in shown if share >= 0.005]


def _queue_reading(view: View, lane: Lane, column: tuple[float, float] | None) -> list[Marked]:
    row = next((row for row in view.snapshot.queues if row.name == lane.name), None)
    if row is None:
        return [("–", "dim")]
    of = "" if row.capacity is None else f"/{count(row.capacity)}"
    if column is None:
        marks: list[Marked] = [(f"{count(row.depth)}{of}", cells.level(row.fill))]
    else:
        depth = view.lanes.depth(lane, *column)
        if depth is None:
            return [("–", "dim")]
        shown = count(round(depth)) if depth == round(depth) or depth >= 10 else f"{depth:.1f}"
        fill = None if row.capacity is None else depth / row.capacity
        marks = [(f"{shown}{of}", cells.level(fill))]
    for first in (one.at for one in view.firsts
                  if one.kind is FirstKind.FULL and one.subject == lane.name):  # fmt: skip
        marks.append((f"   first full {clock_time(first, tenths=first < 3600)}", "dim"))
    return marks


def _events(kept: Sequence[Event], at: float, room: int) -> list[TextLine]:
    """The events around a time, newest first."""
    later = [event for event in kept if event.at >= at]
    earlier = kept[len(later) : len(later) + room]
    shown = [*later[max(len(later) - room // 2, 0) :], *earlier][:room]
    lines: list[TextLine] = []
    for event in shown:
        glyph, style = GLYPH[event.kind]
        when = clock_time(event.at, tenths=event.at < 3600)
        who = f"{safe(event.subject, 30)}  "
        text = safe(describe(event))
        lines.append([(f"{when:>7} ", "dim"), (f"{glyph} ", style), (who, "text"), (text, "dim")])
    return lines or [[("No event of that time is kept.", "dim")]]
