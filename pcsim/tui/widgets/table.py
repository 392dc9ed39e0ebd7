"""A table of rows in one widget: only visible rows whose content has changed are drawn again.

A row may show a duration: its content is compared, whatever row it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic, NamedTuple, Protocol, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.text import safe
from pcsim.tui import cells
from pcsim.tui.column_layout import MARGIN, Column, Fit, Layout, Need, need, place, widened
from pcsim.tui.glyphs import MARK
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import HasPalettes, View
from pcsim.tui.widgets.lines import LineView
from pcsim.tui.widgets.panel import Panel


class Named(Protocol):
    """A row with a name."""

    @property
    def name(self) -> str:
        """The name, not yet safe for a terminal."""


Row = TypeVar("Row", bound=Named)
Cell = list[Piece]

NAME_MARK = 2
"""Cells for the mark after a name."""
_NOTHING = frozenset(("–", "0", "0 %", "0%", "0/s"))


class Spot(NamedTuple):
    """Where a cell is drawn, with which palette, and for which view."""

    line: int
    width: int
    palette: Palette
    view: View


class Table(LineView, Generic[Row], can_focus=True):
    """Rows under headings, with a cursor while it has the focus."""

    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    PRIORITY: ClassVar[tuple[str, ...]] = ()
    """The keys of the columns, the one that leaves last first."""
    EMPTY: ClassVar[str] = "none"
    """What stands there without rows."""
    EMPTY_WATCHED: ClassVar[str] = "none"
    """The same, of a program that is watched."""
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
        """The user asks for the details of a row."""

        def __init__(self, table: Table[Row], row: Row) -> None:
            super().__init__()
            self.table = table
            self.row = row

    class Appeared(Message):
        """The table has become visible."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: Sequence[Row] = ()
        self.view: View | None = None
        self.cursor = 0
        self._drawn: dict[int, list[Piece]] = {}
        self._fit = Fit(self.COLUMNS)
        self._headed: Layout | None = None

    def cell(self, key: str, row: Row, spot: Spot) -> Cell:
        """Return what a row shows in the column of that key, in exactly `spot.width` cells."""
        raise NotImplementedError

    def place_columns(self, width: int) -> Layout:
        """Return the columns that there is room for, between a blank cell on either side."""
        return place(self._fit.columns, self.PRIORITY, width - MARGIN)

    @property
    def need(self) -> Need:
        """The cells that all columns need; it changes only with the rows."""
        return need(self._fit.columns)

    def title(self, row: Row) -> str:
        """Return the name of a row as it is shown."""
        return safe(row.name)

    def fitted(self, rows: Sequence[Row]) -> tuple[Column, ...]:
        """Return the columns, as wide as these rows will ever need."""
        longest = max((cells.width_of(self.title(row)) for row in rows), default=0)
        return widened(self.COLUMNS, "name", max(longest, 4), NAME_MARK)

    def is_named(self, row: Row, view: View) -> bool:
        """Whether the row is what the sentence names: it has a mark."""
        raise NotImplementedError

    def show(self, rows: Sequence[Row], view: View) -> None:
        """Show the rows; the cursor stays on its row, by name."""
        old, self.rows, self.view = self.rows, rows, view
        chosen = old[self.cursor].name if self.cursor < len(old) else None
        self.choose(chosen)
        names = [row.name for row in rows]
        is_refitted = self._fit.to(names, lambda: self.fitted(rows))
        if is_refitted:
            self.panel_changed()
        if is_refitted or len(rows) != len(old) or not self.line_count:
            self.cursor = min(self.cursor, max(len(rows) - 1, 0))
            self._drawn.clear()
            self.set_line_count(max(len(rows), 1))
            self.redraw_all()
            return
        width = self.scrollable_content_region.width
        self.redraw([line for line in self.visible_lines() if self._has_changed(line, width)])
        if len(self._strips) > 4 * self.size.height + 100:
            self._strips.clear()
            self._drawn.clear()

    @property
    def chosen_name(self) -> str | None:
        """The name of the row under the cursor."""
        row = chosen_row(self)
        return None if row is None else row.name

    def choose(self, name: str | None) -> bool:
        """Put the cursor on the row of that name; whether there is one."""
        if name is None or name == self.chosen_name:
            return name is not None
        line = next((line for line, row in enumerate(self.rows) if row.name == name), None)
        if line is None:
            return False
        was_visible = self.cursor in self.visible_lines()
        before, self.cursor = self.cursor, line
        if self.has_focus and was_visible:
            self.move_cursor(line)
        self.redraw_rows(before, line)
        return True

    def panel_changed(self) -> None:
        """Have the panel draw the headings again, which move with the columns."""
        if isinstance(self.parent, Panel):
            self.parent.redraw()

    def _has_changed(self, line: int, width: int) -> bool:
        if line >= len(self.rows):
            return False
        now = self._draw(line, self.palette_of(line), width)
        if now == self._drawn.get(line):
            return False
        self._drawn[line] = now
        return True

    def pieces(self, line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """Return a row as pieces, as they were drawn last."""
        if line >= len(self.rows):
            is_watched = self.view is not None and self.view.is_watched
            words = self.EMPTY_WATCHED if is_watched else self.EMPTY
            return [(f" {words}", palette.dim)] if line == 0 else []
        before = self._drawn.get(line)
        if before is None:
            self._drawn[line] = before = self._draw(line, palette, width)
        return before

    def redraw_rows(self, *lines: int) -> None:
        """Draw the rows again although they have not changed."""
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
        is_named = self.is_named(row, self.view)
        gap, placed = self.place_columns(width)
        for column, cells_wide in placed:
            spot = Spot(line, cells_wide, palette, self.view)
            if column.key == "name":
                pieces += name_cell(self.title(row), spot, is_named=is_named)
            else:
                pieces += self.cell(column.key, row, spot)
            pieces.append((" " * gap, palette.text))
        pieces.pop()
        if is_named and not any(MARK in text for text, _ in pieces):
            pieces.append((MARK, palette.accent))
        return pieces

    def heading(self, palette: Palette) -> Sequence[Piece]:
        """Return the line above the rows."""
        pieces: list[Piece] = [(" ", palette.dim)]
        self._headed = self.place_columns(self.scrollable_content_region.width)
        gap, placed = self._headed
        for column, cells_wide in placed:
            title = column.heading(cells_wide)
            pieces.append((cells.fit(title, cells_wide, column.align), palette.dim))
            pieces.append((" " * gap, palette.dim))
        return pieces[:-1]

    def palette_of(self, line: int, /) -> Palette:
        """Return the palette of a row: the cursor has one while the table has the focus."""
        if self._is_chosen(line):
            app: HasPalettes = self.app  # type: ignore[assignment]
            return app.palettes.cursor()
        return self.palette

    def _is_chosen(self, line: int) -> bool:
        return line == self.cursor and self.has_focus and len(self.rows) > 0

    def move_cursor(self, line: int) -> None:
        """Put the cursor on a row and scroll to it."""
        line = max(min(line, len(self.rows) - 1), 0)
        before, self.cursor = self.cursor, line
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if line < top:
            self.scroll_to(y=line, animate=False, immediate=True)
        elif line >= top + height:
            self.scroll_to(y=line - height + 1, animate=False, immediate=True)
        self.redraw_rows(before, line)

    def action_cursor(self, lines: int) -> None:
        """Move the cursor by that many rows."""
        self.move_cursor(self.cursor + lines)

    def action_page(self, pages: int) -> None:
        """Move the cursor by that many screens."""
        self.move_cursor(self.cursor + pages * max(self.size.height - 1, 1))

    def action_open(self) -> None:
        """Ask for the details of the row under the cursor."""
        row = chosen_row(self)
        if row is not None:
            self.post_message(self.Opened(self, row))

    def on_click(self, event: events.Click) -> None:
        """Choose the row; open it on a double click."""
        self.move_cursor(self.scroll_offset.y + event.y)
        if event.chain > 1:
            self.action_open()

    def notify_style_update(self) -> None:
        """Draw in the new theme."""
        super().notify_style_update()
        self._drawn.clear()

    def on_resize(self) -> None:
        """Place the columns for another width; the cursor stays visible."""
        self._drawn.clear()
        if self.has_focus:
            self.move_cursor(self.cursor)
        if self._headed != self.place_columns(self.scrollable_content_region.width):
            self.panel_changed()

    def on_show(self) -> None:
        """Report that the table is visible: while hidden it was not filled."""
        self.post_message(self.Appeared())

    def on_focus(self) -> None:
        """Show the cursor."""
        self.move_cursor(self.cursor)

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.redraw_rows(self.cursor)


def chosen_row(table: Table[Row]) -> Row | None:
    """Return the row under the cursor of a table."""
    return table.rows[table.cursor] if table.cursor < len(table.rows) else None


def name_cell(shown: str, spot: Spot, *, is_named: bool) -> Cell:
    """Return a name; its mark, too, where that has room. Else it stands at the end."""
    room = spot.width - cells.width_of(shown)
    if room < NAME_MARK or not is_named:
        return [(cells.fit_name(shown, spot.width), spot.palette.text)]
    return [(shown, spot.palette.text), (cells.fit(f" {MARK}", room), spot.palette.accent)]


def number(text: str, spot: Spot) -> Piece:
    """Return a number at the right of its cell, dim where it is none or zero."""
    palette = spot.palette
    return cells.fit(text, spot.width, ">"), palette.dim if text in _NOTHING else palette.text
