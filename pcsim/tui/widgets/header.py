"""The first line: the system, its phase, its time and its totals."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.snapshot import Phase
from pcsim.text import clock_time, count, exact_time, plural, safe
from pcsim.tui import cells
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import View
from pcsim.tui.widgets.lines import LineView
from pcsim.tui.widgets.time_bar import ago

PHASE = {
    Phase.CREATED: ("·", "ready", "new"),
    Phase.RUNNING: ("▶", "running", "running"),
    Phase.DRAINING: ("▼", "draining", "paused"),
    Phase.FINISHED: ("✓", "finished", "running"),
    Phase.ABORTED: ("✗", "aborted", "failed"),
    Phase.FAILED: ("✗", "failed", "failed"),
}


UNDO_WIDTH = 110
"""Cells of the line from which on the key that undoes a change is named."""
MIN_NAME = 26
"""Cells that the name keeps before the clock is shortened."""


def phase_piece(view: View, palette: Palette) -> Piece:
    """Return the phase as glyph, word and colour."""
    snapshot = view.snapshot
    if view.past is not None and view.past.now is not None:
        return f"{'▶' if view.past.is_playing else '◀'} {ago(view.past)}", palette.key
    if view.past is not None:
        return ("▶ replay", palette.accent) if view.past.is_playing else ("○ replay", palette.key)
    if view.is_standing and snapshot.phase is Phase.RUNNING:
        return "○ stopped", palette.key
    glyph, word, state = PHASE[snapshot.phase]
    if snapshot.failure is not None and snapshot.failure.is_deadlock:
        (glyph, _, state), word = PHASE[Phase.FAILED], "deadlock"
    elif snapshot.phase is Phase.FINISHED and view.is_watched:
        word = "ended"
    elif snapshot.phase is Phase.RUNNING and not snapshot.producing:
        glyph, word, state = "‖", "paused", "paused"
    return f"{glyph} {word}", palette.states_by_name[state]


class Header(LineView):
    """One line, drawn again when it has changed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: View | None = None
        self._drawn: list[Piece] = []

    def show(self, view: View) -> None:
        """Show the view."""
        self._view = view
        self.set_line_count(1, fixed=True)
        if self._drawn != self._draw(self.palette, self.size.width):
            self.redraw((0,))

    def pieces(self, _line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """Return the line."""
        self._drawn = self._draw(palette, width)
        return self._drawn

    def _draw(self, palette: Palette, width: int) -> list[Piece]:
        view = self._view
        if view is None:
            return []
        snapshot = view.snapshot
        glyph_and_word, style = phase_piece(view, palette)
        at = clock_time(snapshot.at, tenths=snapshot.at < 3600)
        if view.past is not None:
            now = view.past.now
            ends = view.past.length if now is None else now.at
            at = f"{clock_time(view.past.at)} of {clock_time(ends)}"
        elif view.is_standing and not snapshot.phase.is_over:
            at = exact_time(snapshot.at)
        right: list[Piece] = [
            (cells.fit(glyph_and_word, max(len(glyph_and_word), 10)), style),
            (f" {at:>6}", palette.strong),
        ]
        if view.frozen:
            right.insert(0, ("◇ frozen  ", palette.key))
        if view.changes:
            changes = f"✎ {plural(len(view.changes), 'change')}"
            # What the scenario had planned, such as the change of a branch, is not undone.
            is_by_hand = any(one.event.change for one in view.changes)
            can_undo = is_by_hand and width >= UNDO_WIDTH and view.past is None
            undoes = ", u undoes" if can_undo else ""
            right.insert(0, (f"{changes}{undoes}  ", palette.key))
        if view.leaving:
            right.insert(0, ("quits at the end  ", palette.key))
        totals = snapshot.totals
        name = self._heading(view, palette)
        name_width = min(cells.total_width(name), 70) + 2
        copies = [f" {count(totals.copied):>5} copies"] if totals.copied else []
        counts = [
            f" {count(totals.produced):>5} produced",
            *copies,
            f" {count(totals.consumed):>5} consumed",
        ]
        if not snapshot.is_counted:
            counts = []
        clocks = _clocks(view, name_width + sum(map(len, counts)), min(name_width, MIN_NAME))
        spare = width - cells.total_width(right)
        right += next(
            ([(text, palette.text)] for text, room in clocks if len(text) + room <= spare), []
        )
        for text in counts:
            if cells.total_width(right) + len(text) + name_width > width:
                break
            right.append((text, palette.text))
        room = max(width - cells.total_width(right) - 2, 0)
        if room < 8:
            return [(" ", palette.text), *right]
        return [*cells.clip(name, room, palette.text), (" ", palette.text), *right]

    @staticmethod
    def _heading(view: View, palette: Palette) -> list[Piece]:
        title = safe(view.title)
        pieces: list[Piece] = [(" pcsim  ", palette.accent)]
        if view.number is not None:
            pieces.append((f"demo {view.number} · ", palette.dim))
        if view.branch:
            pieces.append((f"branch at {view.branch} of ", palette.key))
        pieces.append((title, palette.strong))
        return pieces


def _clocks(view: View, ample: int, scarce: int) -> list[tuple[str, int]]:
    """Return texts for the clock, the longest first, each with the cells that others need.

    Args:
        view: The view.
        ample: The cells of name and counts.
        scarce: The cells of a shortened name.
    """
    if view.timing is None:
        kind = view.snapshot.engine
        if view.is_watched:
            return [("  since you looked", ample)]
        return [("  real time" if kind == "threads" else f"  {kind} time", ample)]
    full, short = view.timing.words
    if view.past is not None and view.past.now is not None:
        return [(f"  {view.past.now.words} ", scarce)]
    if view.past is not None:
        return [(f"  {full} ", ample), (f"  {short} ", 0)]
    if view.snapshot.phase.is_over:
        return [("  virtual time", scarce), ("  virtual", 0)]
    if view.is_standing and view.snapshot.phase is not Phase.RUNNING:
        full, short = f"{full}, stopped", f"{short}, stopped"
    return [
        (f"  virtual time · {full} ", ample),
        (f"  virtual time · {short} ", ample),
        (f"  virtual · {short} ", scarce),
        (f"  {short}", 0),
    ]
