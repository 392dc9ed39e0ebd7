"""The screen of a difference: two runs, what differs, how their scenarios do, both over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from pcsim.analysis import comparison_text
from pcsim.text import clock_time, plural, safe
from pcsim.tui import cells
from pcsim.tui.diff.content import Difference
from pcsim.tui.diff.curves import Curves
from pcsim.tui.diff.rows import DiffRows
from pcsim.tui.faults import Guarded
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.widgets.lines import LineView
from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.text_view import TextLine, TextView

TALL = 30
"""Lines of a screen with room for frames, and for the scenarios."""
MOST_CHANGES = 4
"""Lines of scenarios that are shown; the rest scrolls."""
KEYS = (
    ("↑ ↓", "choose"),
    ("s", "sort"),
    ("y", "copy"),
    ("t", "theme"),
    ("esc", "back"),
    ("q", "quit"),
)


class Line(LineView):
    """One line of pieces.

    Args:
        make: Returns the pieces, for a palette and a width.
    """

    def __init__(
        self, make: Callable[[Palette, int], Sequence[Piece]], *, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._make = make
        self.set_line_count(1, fixed=True)

    def pieces(self, _line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """Return the line."""
        return self._make(palette, width)


class DiffScreen(Guarded, Screen[None]):
    """Shows what differs.

    Args:
        shown: What differs.
        leave: Called to leave it: by `esc` with False, by `q` with True.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sort", "sort", show=False),
        Binding("y", "copy", "copy", show=False),
        Binding("t", "app.theme", "theme", show=False),
        Binding("escape", "leave(False)", "back", show=False),
        Binding("q,ctrl+q,ctrl+c", "leave(True)", "quit", show=False, priority=True),
    ]
    AUTO_FOCUS: ClassVar[str | None] = "#diff-rows"

    def __init__(self, shown: Difference, leave: Callable[[bool], object]) -> None:
        super().__init__(id="diff")
        self._shown = shown
        self._leave = leave
        self._by_name = False
        self.rows = DiffRows(shown.found.rows, id="diff-rows")
        self.curves = Curves(shown, id="diff-curves")
        self._words = TextView(id="diff-words")
        self._words.can_focus = False
        self._scenarios = TextView(id="diff-scenarios")
        self._rows_panel = Panel("What differs", self.rows, id="diff-rows-panel")
        self._curves_panel = Panel("Over time", self.curves, id="diff-curves-panel")
        self._scenarios_panel = Panel("Scenarios", self._scenarios, id="diff-scenarios-panel")

    def compose(self) -> ComposeResult:
        """Yield the parts, from top to bottom."""
        yield Line(self._top, id="header")
        yield self._words
        yield self._rows_panel
        yield self._scenarios_panel
        yield self._curves_panel
        yield Line(_keys, id="keys")

    def on_mount(self) -> None:
        """Show what is known."""
        self._say_order()
        self._scenarios.show_lines(self._scenario_lines())
        self._show_curves()

    def on_resize(self, event: events.Resize) -> None:
        """Make room for what fits another size."""
        width, height = event.size
        self.set_class(height >= TALL, "-tall")
        lines = cells.wrap(self._sentences(), max(width - 2, 20), 3)
        self._words.styles.height = len(lines)
        self._words.show_lines([[(line, "strong" if not number else "text")]
                                for number, line in enumerate(lines)])  # fmt: skip
        frame = 4 if height >= TALL else 2
        self._rows_panel.styles.height = min(self.rows.line_count + frame, height // 2)
        count = min(max(self._scenarios.line_count, 1), MOST_CHANGES)
        self._scenarios_panel.styles.height = count + (2 if height >= TALL else 1)

    def _top(self, palette: Palette, width: int) -> list[Piece]:
        left: list[Piece] = [(" pcsim  ", palette.accent), ("diff", palette.strong)]
        right: list[Piece] = []
        room = max((width - 16) // 2 - 22, 8)
        spans = self._shown.found.spans
        for letter, name, (begin, end) in zip("AB", self._shown.names, spans, strict=True):
            span = f"{clock_time(begin)}–{clock_time(end)}"
            right += [
                (f"{letter} ", palette.key),
                (cells.fit(safe(name), min(cells.width_of(safe(name)), room)), palette.strong),
                (f" {span}   ", palette.dim),
            ]
        gap = width - cells.total_width(left) - cells.total_width(right)
        return [*left, (" " * max(gap, 2), palette.text), *right]

    def _sentences(self) -> str:
        found = self._shown.found
        parts = (comparison_text.sentence(found), comparison_text.parting(found),
                 comparison_text.basis(found))  # fmt: skip
        return " ".join(part for part in parts if part)

    def _scenario_lines(self) -> list[TextLine]:
        changes = self._shown.found.changes
        if changes is None:
            return [[("Results do not have the scenario that they are of.", "dim")]]
        if not changes:
            return [[("They are the same.", "dim")]]
        return [
            [
                (f"{comparison_text.key_of(one)}   ", "text"),
                (f"{safe(one.a)} → " if one.a else "+ ", "dim"),
                (safe(one.b) or "–", "strong"),
            ]
            for one in changes
        ]

    def _say_order(self) -> None:
        order = "by name" if self._by_name else "by how much"
        number = plural(len(self._shown.found.rows), "measure")
        self._rows_panel.set_counts((("dim", f"{number}, sorted {order}"),))
        changes = self._shown.found.changes
        if changes:
            self._scenarios_panel.set_counts((("dim", f"{plural(len(changes), 'key')} not alike"),))

    def _show_curves(self) -> None:
        row = self.rows.chosen
        title = self.curves.show(None if row is None else row.measure)
        self._curves_panel.set_title(title)
        self._curves_panel.set_counts((("dim", "A above, B below"),))

    def on_diff_rows_chosen(self) -> None:
        """Draw what is chosen over time."""
        self._show_curves()

    def action_sort(self) -> None:
        """Sort by name, or by how much they differ."""
        self._by_name = not self._by_name
        rows = self._shown.found.rows
        self.rows.order(sorted(rows, key=lambda row: row.measure.words) if self._by_name else rows)
        self._say_order()

    def action_copy(self) -> None:
        """Copy all of it as text."""
        self.app.copy_to_clipboard(comparison_text.text(self._shown.found, self._shown.names, 100))
        self.app.notify("Copied as text.", markup=False, timeout=3.0)

    def action_leave(self, quits: bool) -> None:
        """Leave it."""
        self._leave(quits)


def _keys(palette: Palette, width: int) -> list[Piece]:
    pieces: list[Piece] = []
    used = 0
    for key, label in KEYS:
        used += len(key) + len(label) + 3
        if used <= width:
            pieces += [(f" {key}", palette.key), (f" {label} ", palette.text)]
    return pieces
