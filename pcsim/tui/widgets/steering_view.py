"""The form for changes of the run, and beside it the changes that were made, with their effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.analysis.change_effect import MadeChange
from pcsim.analysis.event_text import describe
from pcsim.scenario import Change
from pcsim.text import clock_time, safe
from pcsim.tui import cells
from pcsim.tui.form import Form
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import View
from pcsim.tui.widgets.lines import LineView

LABEL = 14
WIDE = 100
"""Cells from which on the list stands beside the form."""
MOST_BELOW = 4
"""Lines of the list below the form: the latest change with what was predicted of it, and of others
one line each."""


class SteeringView(LineView, can_focus=True):
    """Shows the form and the changes; arrows choose, enter applies."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "row(-1)", "row above", show=False),
        Binding("down,j", "row(1)", "row below", show=False),
        Binding("left,h", "value(-1)", "value before", show=False),
        Binding("right,l", "value(1)", "next value", show=False),
        Binding("enter", "apply", "apply", show=False),
        Binding("escape,colon", "close", "close", show=False),
    ]

    class Applied(Message):
        """These changes are wanted."""

        def __init__(self, changes: Sequence[Change]) -> None:
            super().__init__()
            self.changes = changes

    class Closed(Message):
        """The form is not wanted any more."""

    def __init__(self, predicted: Callable[[MadeChange], str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._predicted = predicted
        """Returns what was predicted of a change that was made."""
        self._outlook: tuple[Sequence[Change], str] = (), ""
        """Changes that were asked for, and what they would do."""
        self.form: Form | None = None
        self._row = 0
        self._view: View | None = None
        self._text: list[list[tuple[str, str]]] = []

    def open(self, form: Form) -> None:
        """Show this form; the chosen row stays where it is the form of the same."""
        if self.form is None or form.title.split(" ×")[0] != self.form.title.split(" ×")[0]:
            self._row = 0
        self.form = form
        self._row = min(self._row, len(form.fields) - 1)
        self._show()

    def show(self, view: View) -> None:
        """Show the changes of the view."""
        self._view = view
        self._show()

    @property
    def asked(self) -> list[Change]:
        """The changes that enter would make."""
        return [] if self.form is None else self.form.changes(self._row)

    def predict(self, changes: Sequence[Change], text: str) -> None:
        """Show what changes would do; "" while that is not known."""
        self._outlook = changes, text

    @property
    def lines_wanted(self) -> int:
        """The lines that it needs."""
        return len(self._text)

    def action_row(self, by: int) -> None:
        """Choose another row."""
        if self.form is not None:
            self._row = (self._row + by) % len(self.form.fields)
            self._show()

    def action_value(self, by: int) -> None:
        """Choose another value in the row."""
        if self.form is not None:
            self.form = self.form.moved(self._row, by)
            self._show()

    def action_apply(self) -> None:
        """Ask for what was chosen; in the row of a fault, for that."""
        if self.form is None:
            return
        self.post_message(self.Applied(self.form.changes(self._row)))

    def action_close(self) -> None:
        """Close the form."""
        self.post_message(self.Closed())

    def on_resize(self) -> None:
        """Put the list beside the form, or below."""
        self._show()

    def _show(self) -> None:
        width = self.size.width
        form, made = self._form_lines(), self._change_lines()
        if width >= WIDE:
            half = width // 2
            rows = max(len(form), min(len(made), max(len(form), 8)))
            self._text = [
                [
                    *_fitted(form[row] if row < len(form) else [], half),
                    *(made[row] if row < len(made) else []),
                ]
                for row in range(rows)
            ]
        else:
            self._text = [*form, *made[:MOST_BELOW]]
        self.set_line_count(len(self._text))
        self.redraw_all()

    def _form_lines(self) -> list[list[tuple[str, str]]]:
        lines: list[list[tuple[str, str]]] = []
        for row, field in enumerate(self.form.fields if self.form else ()):
            is_chosen = row == self._row
            mark = "▸ " if is_chosen else "  "
            value = f"◀ {field.text} ▶" if is_chosen and not field.is_fault else field.text
            label = cells.fit(safe(field.label), LABEL - 1) + " "
            line = [(mark, "accent"), (label, "dim")]
            was = field.words(field.was)
            has_moved = not field.is_fault and field.value != field.was and field.text != was
            line.append((safe(value), "key" if has_moved else "strong" if is_chosen else "text"))
            if has_moved:
                line.append((f"   is {safe(was)}: enter applies", "dim"))
            elif is_chosen and field.is_fault:
                line.append(("   enter does it", "dim"))
            lines.append(line)
        changes, text = self._outlook
        if text and changes == self.asked:
            lines.append([("  predicted     ", "dim"), (text, "text")])
        return lines

    def _change_lines(self) -> list[list[tuple[str, str]]]:
        changes = self._view.changes if self._view is not None else ()
        if not changes:
            return [[("nothing was changed yet   u undo  U redo  S save", "dim")]]
        width = self.size.width
        is_wide = width >= WIDE
        lines: list[list[tuple[str, str]]] = []
        for place, one in enumerate(changes):
            at = clock_time(one.event.at, tenths=one.event.at < 3600)
            what = f"{safe(one.event.subject)}  {safe(describe(one.event))}"
            effect = one.effect.text or "its effect is being measured"
            predicted = self._predicted(one)
            foretold = [(f"{' ' * 9}predicted: {predicted}", "dim")] if predicted else []
            head = [(f"{at:>7}  ", "dim"), (what, "text")]
            is_long = cells.width_of(f"{at:>7}  {what}  {effect}") >= width
            if is_wide or (place == 0 and is_long):
                lines += [head, [("         " + effect, "dim")]]
            else:
                lines.append([*head, ("  " + effect, "dim")])
            if foretold and (is_wide or place == 0):
                lines.append(foretold)
        return lines

    def pieces(self, line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """Return one line."""
        text = self._text[line] if line < len(self._text) else []
        room = [(piece, palette.named(name)) for piece, name in text]
        return [(" ", palette.text), *room]


def _fitted(line: list[tuple[str, str]], width: int) -> list[tuple[str, str]]:
    """A line in exactly that many cells."""
    fitted: list[tuple[str, str]] = []
    left = width
    for text, name in line:
        piece = cells.fit(text, min(left, cells.width_of(text))) if left > 0 else ""
        fitted.append((piece, name))
        left -= cells.width_of(piece)
    return [*fitted, (" " * max(left, 0), "text")]
