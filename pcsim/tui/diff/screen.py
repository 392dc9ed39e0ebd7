"""The screen of a difference: two runs, what differs, how their scenarios do, both over time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from pcsim.analysis import comparison_text
from pcsim.analysis.comparison import Comparison, Period, Relation
from pcsim.text import clock_time, plural, safe
from pcsim.tui import cells
from pcsim.tui.diff.content import Difference
from pcsim.tui.diff.curves import Curves
from pcsim.tui.diff.rows import DiffRows
from pcsim.tui.faults import Guarded
from pcsim.tui.key import Hint
from pcsim.tui.saving import write_new
from pcsim.tui.screens.footer import fitting
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.widgets.lines import LineView
from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.text_view import TextLine, TextView

TALL = 30
"""Lines of a screen with room for frames, and for the scenarios."""
MOST_CHANGES = 4
"""Lines of scenarios that are shown; the rest scrolls."""
KEYS = (
    Hint("↑ ↓", "choose", "", 5),
    Hint("s", "sort", "", 4),
    Hint("p", "period", "", 2),
    Hint("enter", "over time", "", 3),
    Hint("j", "first difference", "", 3, short="first"),
    Hint("y", "copy as text", "", 6, short="copy"),
    Hint("e", "export", "", 4),
    Hint("t", "theme", "", 7),
    Hint("esc", "back", "", 0),
    Hint("q", "quit", "", 1),
)
NO_PARTING = {
    Relation.RUNS: "It is not known where they part, or they never do.",
    Relation.STRETCHES: "Two stretches of one run part nowhere: it goes on.",
}
"""Why there is no first difference to go to."""


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
        Binding("p", "period", "period", show=False),
        Binding("enter", "over_time", "over time", show=False),
        Binding("j", "first_difference", "first difference", show=False),
        Binding("e", "export", "export", show=False),
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
        self._period = Period.STEADY
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
        self._arrange(width, height)

    def _arrange(self, width: int, height: int) -> None:
        """Give each part its lines."""
        self.set_class(height >= TALL, "-tall")
        lines = cells.wrap(self._sentences(), max(width - 2, 20), 3)
        self._words.styles.height = len(lines)
        self._words.show_lines([[(line, "strong" if not number else "text")]
                                for number, line in enumerate(lines)])  # fmt: skip
        frame = 3 if height >= TALL else 2
        shown = 1 if self.has_class("-over-time") else self.rows.line_count
        self._rows_panel.styles.height = min(shown + frame, height // 2)
        count = min(max(self._scenarios.line_count, 1), MOST_CHANGES)
        self._scenarios_panel.styles.height = count + (2 if height >= TALL else 1)
        self.call_after_refresh(self.rows.show_cursor)

    @property
    def found(self) -> Comparison:
        """What differs in the period that is shown."""
        whole = self._shown.whole if self._period is Period.WHOLE else None
        return self._shown.found if whole is None else whole

    def _top(self, palette: Palette, width: int) -> list[Piece]:
        left: list[Piece] = [(" pcsim  ", palette.accent), ("diff", palette.strong)]
        right: list[Piece] = []
        room = max((width - 16) // 2 - 22, 8)
        spans = self.found.spans
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
        found = self.found
        parts = (comparison_text.sentence(found), comparison_text.parting(found),
                 comparison_text.basis(found))  # fmt: skip
        return " ".join(part for part in parts if part)

    @property
    def _is_of_one_run(self) -> bool:
        return self._shown.found.relation is Relation.STRETCHES

    def _scenario_lines(self) -> list[TextLine]:
        changes = self._shown.found.changes
        if changes is None:
            return [[("Results do not have the scenario that they are of.", "dim")]]
        if not changes:
            same = "They are the same."
            if self._is_of_one_run:
                same = "Nothing was done to the run in either."
            return [[(same, "dim")]]
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
        number = plural(len(self.found.rows), "measure")
        counts = [("dim", f"{number}, sorted {order}")]
        if self._shown.whole is not None:
            counts.append(("key", self._period.value))
        self._rows_panel.set_counts(tuple(counts))
        changes = self._shown.found.changes
        if self._is_of_one_run:
            self._scenarios_panel.set_title("Done to the run")
        elif changes:
            self._scenarios_panel.set_counts((("dim", f"{plural(len(changes), 'key')} not alike"),))

    def _show_curves(self) -> None:
        row = self.rows.chosen
        title = self.curves.show(None if row is None else row.measure)
        self._curves_panel.set_title(title)
        self._curves_panel.set_counts(self.curves.legend)

    def on_diff_rows_chosen(self) -> None:
        """Draw what is chosen over time."""
        self._show_curves()

    def action_sort(self) -> None:
        """Sort by name, or by how much they differ."""
        self._by_name = not self._by_name
        self._show_rows()

    def _show_rows(self) -> None:
        rows = self.found.rows
        self.rows.order(sorted(rows, key=lambda row: row.measure.words) if self._by_name else rows)
        self._say_order()
        self._show_curves()

    def action_period(self) -> None:
        """Measure the whole runs, or leave out how they began."""
        if self._shown.whole is None:
            self._say("These are known of one period alone.")
            return
        self._period = Period.WHOLE if self._period is Period.STEADY else Period.STEADY
        self._show_rows()
        self.query_one("#header", Line).redraw_all()
        self._arrange(*self.size)

    def action_over_time(self) -> None:
        """Give the curves all the room, or show the table again."""
        self.toggle_class("-over-time")
        self._arrange(*self.size)

    def action_first_difference(self) -> None:
        """Go to where both part: its time, and the measure; again: all of the time."""
        if self._shown.parts_at is None:
            self._say(NO_PARTING.get(self.found.relation, NO_PARTING[Relation.RUNS]))
            return
        self.curves.look_near(not self.curves.is_near)
        parts = self.found.parting
        if parts is not None and self.curves.is_near:
            self.rows.choose("out" if parts.name == "consumed" else f"queues.{parts.name}.full")
        self._show_curves()

    def action_export(self) -> None:
        """Write all of it into a file, for programs."""
        document = comparison_text.document(self.found, self._shown.names)
        stems = (Path(name).stem for name in self._shown.names)
        try:
            path = write_new("-".join(stems), ".json", json.dumps(document, indent=2) + "\n")
        except OSError as error:
            self._say(f"Not written: {safe(error.strerror or str(error))}.")
        else:
            self._say(f"Written as {safe(str(path))}.")

    def _say(self, text: str) -> None:
        self.app.notify(text, markup=False, timeout=3.0)

    def action_copy(self) -> None:
        """Copy all of it as text."""
        self.app.copy_to_clipboard(comparison_text.text(self.found, self._shown.names, 100))
        self._say("Copied as text.")

    def action_leave(self, quits: bool) -> None:
        """Leave it; before that, show the table again where the curves have its room."""
        if self.has_class("-over-time") and not quits:
            self.action_over_time()
        else:
            self._leave(quits)


def _keys(palette: Palette, width: int) -> list[Piece]:
    pieces: list[Piece] = []
    for hint in fitting(list(KEYS), width):
        pieces += [(f" {hint.key}", palette.key), (f" {hint.label} ", palette.text)]
    return pieces
