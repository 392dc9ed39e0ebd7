"""Who waits for whom: the root of the jam first, and beneath it who waits for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widget import Widget

from pcsim.analysis.jam import Jam, find_jam
from pcsim.analysis.lockup import find_lockup
from pcsim.scenario import Overflow
from pcsim.snapshot import QueueRow, WorkerRow
from pcsim.tui import cells
from pcsim.tui.filtering import has_all, queue_text, words_of, worker_text
from pcsim.tui.pages.keys import WAITS_KEYS
from pcsim.tui.pages.page import Box, Page
from pcsim.tui.pages.waits_lines import (
    Spot,
    history_lines,
    lockup_lines,
    seconds,
    standing_lines,
    summary,
)
from pcsim.tui.pages.waits_tree import jam_lines
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import HasPalettes, View
from pcsim.tui.widgets.lines import FilterableView, filter_title, no_row
from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.text_view import TextView

BETWEEN = 0.5
"""Seconds of ours between two changes while time passes, so that they can be read."""


class WaitsView(FilterableView, can_focus=True):
    """Lines with a cursor, which stays on what it is about."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(binding for key in WAITS_KEYS for binding in key.bindings()),
        Binding("up,k", "line(-1)", "up", show=False),
        Binding("down,j", "line(1)", "down", show=False),
        Binding("pageup", "line(-10)", "page up", show=False),
        Binding("pagedown", "line(10)", "page down", show=False),
        Binding("right,l", "unfold", "unfold", show=False),
        Binding("left,h", "fold", "fold", show=False),
    ]

    class Toggled(Message):
        """The user wants other lines, or other seconds.

        Args:
            what: The `jam` alone or all workers, the `window` or the whole run, the `filter`, a
                `group` unfolded or folded.
        """

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    class JamWanted(Message):
        """The user wants to see where a queue was full for the first time."""

    class Chosen(Message):
        """The user asks for the details of a worker or a queue.

        Args:
            row: Its row.
        """

        def __init__(self, row: QueueRow | WorkerRow) -> None:
            super().__init__()
            self.row = row

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._spots: list[Spot] = []
        self._cursor = 0
        self.unfolded: frozenset[str] = frozenset()
        """The groups whose members have lines of their own."""

    def set_filter(self, text: str) -> None:
        """Show only workers and queues that have each word of the text in them; all, where it is
        empty."""
        if text != self.filter_text:
            self.filter_text = text
            self.post_message(self.Toggled("filter"))

    def show_spots(self, spots: list[Spot]) -> None:
        """Show the lines."""
        chosen, at = self.chosen, self._cursor
        old, self._spots = self._spots, spots
        if chosen is not None and chosen.row is not None:
            same = [place for place, spot in enumerate(spots) if spot.about == chosen.about]
            self._cursor = min(same, key=lambda place: abs(place - at), default=at)
        if len(old) != len(spots):
            self.set_line_count(len(spots))
            self.redraw_all()
        else:
            self.redraw(n for n, spot in enumerate(spots) if spot.line != old[n].line)

    @property
    def chosen(self) -> Spot | None:
        """The line under the cursor."""
        return self._spots[self._cursor] if self._cursor < len(self._spots) else None

    def pieces(self, line: int, palette: Palette, _width: int, /) -> Sequence[Piece]:
        """Return one line."""
        if line >= len(self._spots):
            return []
        is_chosen = self.has_focus and line == self._cursor
        words = [(text, palette.named(name)) for text, name in self._spots[line].line]
        return [("▸" if is_chosen else " ", palette.accent), *words]

    def palette_of(self, line: int, /) -> Palette:
        """Return the palette of a line: that of the cursor is another one."""
        if self.has_focus and line == self._cursor:
            app: HasPalettes = self.app  # type: ignore[assignment]
            return app.palettes.cursor()
        return self.palette

    def action_line(self, lines: int) -> None:
        """Move the cursor."""
        before = self._cursor
        self._cursor = max(min(self._cursor + lines, len(self._spots) - 1), 0)
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, immediate=True)
        elif self._cursor >= top + height:
            self.scroll_to(y=self._cursor - height + 1, animate=False, immediate=True)
        self.redraw((before, self._cursor))

    def action_open(self) -> None:
        """Unfold or fold a group; else ask for the details of what the line is about."""
        chosen = self.chosen
        if chosen is None:
            return
        if chosen.group:
            self._toggle(chosen.group)
        elif chosen.row is not None:
            self.post_message(self.Chosen(chosen.row))

    def action_unfold(self) -> None:
        """Unfold the group under the cursor."""
        if self.chosen is not None and self.chosen.group not in ("", *self.unfolded):
            self._toggle(self.chosen.group)

    def action_fold(self) -> None:
        """Fold the group under the cursor, or that of the worker there."""
        chosen = self.chosen
        group = "" if chosen is None else chosen.group or chosen.of_group
        if group in self.unfolded:
            head = next(n for n, spot in enumerate(self._spots) if spot.group == group)
            self.action_line(head - self._cursor)
            self._toggle(group)

    def _toggle(self, group: str) -> None:
        self.unfolded ^= {group}
        self.post_message(self.Toggled("group"))

    def action_jam_only(self) -> None:
        """Show the jam alone, or all workers."""
        self.post_message(self.Toggled("jam"))

    def action_window(self) -> None:
        """Show the last seconds, or the whole run."""
        self.post_message(self.Toggled("window"))

    def action_first_jam(self) -> None:
        """Ask for the timeline, where a queue was full for the first time."""
        self.post_message(self.JamWanted())

    def on_focus(self) -> None:
        """Show the cursor."""
        self.redraw((self._cursor,))

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.redraw((self._cursor,))


class WaitsPage(Page):
    """The jam as a tree, how many worker-seconds it costs, and how it came about."""

    def __init__(self) -> None:
        super().__init__(id="waits-page")
        self.waits = WaitsView(id="waits")
        self._panel = Panel("Who waits for whom", self.waits, id="waits-panel")
        self.standing = TextView(id="standing")
        self.history = TextView(id="jam-history")
        self._jam_only = self._is_whole = False
        self._view: View | None = None
        self._shown_at = 0.0

    def compose(self) -> ComposeResult:
        """Yield the jam, and below it what it costs and how it came about."""
        yield self._panel
        with Box(id="below-waits"):
            yield Panel("Standing still, in worker-seconds", self.standing, id="standing-panel")
            yield Panel("How it came about", self.history, id="jam-history-panel")

    @property
    def for_focus(self) -> Sequence[Widget]:
        """The tree."""
        return (self.waits,)

    def shows(self, view: View) -> Sequence[Callable[[], None]]:
        """Return what shows the view, part by part."""
        before, self._view = self._view, view
        goes_on = not (view.snapshot.phase.is_over or view.is_standing or view.frozen)
        is_same_run = before is not None and before.lanes is view.lanes
        too_soon = goes_on and is_same_run and 0 < view.seen_at - self._shown_at < BETWEEN
        return () if too_soon else (self._fill,)

    def span(self, view: View, /) -> str:
        """The last seconds of a run that goes on."""
        if view.recent is None:
            return ""
        if self._is_whole:
            return "since you looked" if view.is_watched else "since the start"
        return f"last {seconds(view.recent.at)}"

    def on_waits_view_toggled(self, message: WaitsView.Toggled) -> None:
        """Leave out who is in no jam, go by the whole run, filter; or no more."""
        if message.what == "jam":
            self._jam_only = not self._jam_only
        elif message.what == "window":
            self._is_whole = not self._is_whole
            self.post_message(self.Rearranged())  # the line of tabs says it
        self._fill()

    def start_over(self) -> None:
        """Show everything of the next run."""
        self._jam_only = self._is_whole = False
        self.waits.unfolded = frozenset()
        self.waits.set_filter("")

    def on_waits_view_chosen(self, message: WaitsView.Chosen) -> None:
        """Ask for the details of a worker or queue."""
        self.post_message(self.Opened(message.row))

    def _fill(self) -> None:
        view = self._view
        if view is None:
            return
        self._shown_at = view.seen_at
        if self._is_whole:
            view = view._replace(recent=None)
        width = self.waits.size.width
        jam = find_jam(view.snapshot, view.shown, _dropping(view))
        lockup = find_lockup(view.snapshot)
        if lockup is not None:
            self._panel.set_title("Deadlock")
            pictured = view.pictured
            whole = pictured.snapshot
            jam = find_jam(whole, whole, _dropping(view))
            self.waits.show_spots(self._filtered(lockup_lines(lockup, view)))
        else:
            self._panel.set_title("Who waits for whom")
            words = cells.wrap(summary(jam, view), max(width - 2, 1), 3)
            spots = [*(Spot([(text, "strong")]) for text in words), Spot([])]
            lines = jam_lines(
                jam, view, width, jam_only=self._jam_only, unfolded=self.waits.unfolded
            )
            self.waits.show_spots([*spots, *self._filtered(lines)])
        self._panel.set_counts((*filter_title(self.waits), *_counts(jam)))
        self.standing.show_lines(standing_lines(jam, self.standing.size.width))
        self.history.show_lines(history_lines(view.firsts, jam, _dropping(view)))

    def _filtered(self, spots: list[Spot]) -> list[Spot]:
        words = words_of(self.waits.filter_text)
        if not words:
            return spots
        found = [spot for spot in spots if spot.row is not None and has_all(_text(spot), words)]
        return found or [Spot([(no_row(self.waits), "dim")])]


def _text(spot: Spot) -> str:
    """What the filter looks into: the words of the line, and what a table would show of it."""
    row = spot.row
    shown = " ".join(text for text, _ in spot.line)
    if row is None:
        return shown
    return f"{shown} {worker_text(row) if isinstance(row, WorkerRow) else queue_text(row)}"


def _dropping(view: View) -> frozenset[str]:
    """The queues that drop what does not fit; of a program that is watched, none is known to."""
    queues = () if view.current is None else view.current.queues
    return frozenset(spec.name for spec in queues if spec.overflow is not Overflow.BLOCK)


def _counts(jam: Jam) -> tuple[tuple[str, str], ...]:
    stuck = sum(row.state.value == "blocked" and row.reason is not None and row.reason == "full"
                for crew in jam.crews.values() for row in crew.members)  # fmt: skip
    return (("blocked", f"{stuck} blocked now"),) if stuck else ()
