"""A table of rows in one widget: only rows in sight that show something new are drawn again.

A row is looked at when it is another object than before or when what it shows depends on the
time; it is drawn when what it says has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.text import safe
from pcsim.tui import cells
from pcsim.tui.column_layout import Column, Layout, as_wide_as, place
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import HasPalettes, View
from pcsim.tui.widgets.lines import LineView
from pcsim.tui.widgets.panel import Panel


class Named(Protocol):
    """Rows have names."""

    @property
    def name(self) -> str:
        """The name, as it was given."""


Row = TypeVar("Row", bound=Named)
Cell = list[Piece]

_NOTHING = frozenset(("–", "0", "0 %", "0/s"))


class Spot(NamedTuple):
    """Where a cell is drawn, with what, and for which view."""

    line: int
    width: int
    palette: Palette
    view: View


class Table(LineView, Generic[Row], can_focus=True):
    """Rows under headings, with a cursor while it has the focus."""

    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    EMPTY: ClassVar[str] = "none"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor(-1)", "up", show=False),
        Binding("down,j", "cursor(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
        Binding("home,g", "cursor(-1000000)", "first", show=False),
        Binding("end,G", "cursor(1000000)", "last", show=False),
        Binding("enter", "open", "details", show=False),
    ]

    class Opened(Message):
        """Somebody wants the details of a row."""

        def __init__(self, table: Table[Row], row: Row) -> None:
            super().__init__()
            self.table = table
            self.row = row

    class Appeared(Message):
        """The table can be seen now."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: Sequence[Row] = ()
        self.view: View | None = None
        self.cursor = 0
        self._drawn: dict[int, list[Piece]] = {}
        self._columns = self.COLUMNS
        self._headed: Layout | None = None

    def cell(self, key: str, row: Row, spot: Spot) -> Cell:
        """What a row shows in the column of that key, in exactly `spot.width` cells."""
        raise NotImplementedError

    def changes_with_time(self, _row: Row, /) -> bool:
        """Whether the row shows something else later though it is the same."""
        return True

    def place_columns(self, width: int) -> Layout:
        """The columns that there is room for, between a blank cell on either side."""
        return place(self._columns, width - 2)

    def fitted(self, rows: Sequence[Row]) -> tuple[Column, ...]:
        """The columns as wide as these rows will ever need."""
        longest = max((cells.width_of(safe(row.name)) for row in rows), default=0)
        return as_wide_as(self.COLUMNS, "name", max(longest, 4))

    def show(self, rows: Sequence[Row], view: View) -> None:
        """Show these rows."""
        old, self.rows, self.view = self.rows, rows, view
        if len(rows) != len(old) or not self.line_count:
            self.cursor = min(self.cursor, max(len(rows) - 1, 0))
            self._drawn.clear()
            self._columns = self.fitted(rows)
            self.panel_changed()
            self.set_line_count(max(len(rows), 1))
            self.redraw_all()
            return
        width = self.scrollable_content_region.width
        self.redraw([line for line in self.visible_lines() if self._is_news(line, old, width)])
        if len(self._strips) > 4 * self.size.height + 100:
            self._strips.clear()
            self._drawn.clear()

    def panel_changed(self) -> None:
        """The headings are the panel's: they move with the columns."""
        if isinstance(self.parent, Panel):
            self.parent.redraw_lines()

    def _is_news(self, line: int, old: Sequence[Row], width: int) -> bool:
        if line >= len(self.rows):
            return False
        row = self.rows[line]
        said = self._drawn.get(line)
        if row is old[line] and said is not None and not self.changes_with_time(row):
            return False
        now = self._draw(line, self.palette_of(line), width)
        if now == said:
            return False
        self._drawn[line] = now
        return True

    def pieces(self, line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """A row as pieces, as they were drawn last."""
        if line >= len(self.rows):
            return [(" " + self.EMPTY, palette.dim)] if line == 0 else []
        said = self._drawn.get(line)
        if said is None:
            self._drawn[line] = said = self._draw(line, palette, width)
        return said

    def redraw_lines(self, *lines: int) -> None:
        """Draw these lines again, though their rows say what they said."""
        for line in lines:
            self._drawn.pop(line, None)
        self.redraw(lines)

    def _draw(self, line: int, palette: Palette, width: int) -> list[Piece]:
        row = self.rows[line]
        pieces: list[Piece] = [
            ("▸", palette.accent) if self._is_chosen(line) else (" ", palette.text)
        ]
        if self.view is None:
            return pieces
        gap, placed = self.place_columns(width)
        for column, cells_wide in placed:
            pieces += self.cell(column.key, row, Spot(line, cells_wide, palette, self.view))
            pieces.append((" " * gap, palette.text))
        return pieces[:-1]

    def heading(self, palette: Palette) -> Sequence[Piece]:
        """The line above the rows."""
        pieces: list[Piece] = [(" ", palette.dim)]
        self._headed = self.place_columns(self.scrollable_content_region.width)
        gap, placed = self._headed
        for column, cells_wide in placed:
            title = column.heading(cells_wide)
            pieces.append((cells.fit(title, cells_wide, column.align), palette.dim))
            pieces.append((" " * gap, palette.dim))
        return pieces[:-1]

    def palette_of(self, line: int, /) -> Palette:
        """The cursor's line has a background of its own while the table has the focus."""
        if self._is_chosen(line):
            app: HasPalettes = self.app  # type: ignore[assignment]
            return app.palettes.cursor()
        return self.palette

    def _is_chosen(self, line: int) -> bool:
        return line == self.cursor and self.has_focus and len(self.rows) > 0

    def move_cursor(self, line: int) -> None:
        """Put the cursor on a line and bring that into sight."""
        line = max(min(line, len(self.rows) - 1), 0)
        before, self.cursor = self.cursor, line
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if line < top:
            self.scroll_to(y=line, animate=False, immediate=True)
        elif line >= top + height:
            self.scroll_to(y=line - height + 1, animate=False, immediate=True)
        self.redraw_lines(before, line)

    def action_cursor(self, lines: int) -> None:
        """Move the cursor."""
        self.move_cursor(self.cursor + lines)

    def action_page(self, pages: int) -> None:
        """Move the cursor by what is in sight."""
        self.move_cursor(self.cursor + pages * max(self.size.height - 1, 1))

    def action_open(self) -> None:
        """Ask for the details of the row under the cursor."""
        if self.cursor < len(self.rows):
            self.post_message(self.Opened(self, self.rows[self.cursor]))

    def on_click(self, event: events.Click) -> None:
        """A click chooses, a double click opens."""
        self.move_cursor(self.scroll_offset.y + event.y)
        if event.chain > 1:
            self.action_open()

    def notify_style_update(self) -> None:
        """A new theme has new palette."""
        super().notify_style_update()
        self._drawn.clear()

    def on_resize(self) -> None:
        """Another width may have other columns and headings; the cursor stays in sight."""
        self._drawn.clear()
        if self.has_focus:
            self.move_cursor(self.cursor)
        if self._headed != self.place_columns(self.scrollable_content_region.width):
            self.panel_changed()

    def on_show(self) -> None:
        """What was not shown while it was hidden is shown now."""
        self.post_message(self.Appeared())

    def on_focus(self) -> None:
        """Show the cursor."""
        self.redraw_lines(self.cursor)

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.redraw_lines(self.cursor)


def number(text: str, spot: Spot) -> Piece:
    """A number at the right of its cell; nothing to speak of is dim."""
    palette = spot.palette
    return cells.fit(text, spot.width, ">"), palette.dim if text in _NOTHING else palette.text
