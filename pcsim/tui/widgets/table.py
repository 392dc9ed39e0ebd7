"""A table of rows in one widget: only visible rows whose content has changed are drawn again.

A row may show a duration: its content is compared, whatever row it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Generic

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.text import safe
from pcsim.tui import cells
from pcsim.tui.column_layout import MARGIN, Column, Fit, Layout, Need, need, place, widened
from pcsim.tui.glyphs import MARK
from pcsim.tui.sorting import Order, Ordering, Row, Value, clicked, next_order
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import HasPalettes, View
from pcsim.tui.widgets.lines import FilterableView, no_row
from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.table_cells import NAME_MARK, Cell, Spot, name_cell


class Table(FilterableView, Generic[Row], can_focus=True):
    """Rows under headings, with a cursor while it has the focus."""

    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    PRIORITY: ClassVar[tuple[str, ...]] = ()
    """The keys of the columns, the one that leaves last first."""
    FIRST_ORDER: ClassVar[str] = "name"
    """The column that the key for orders begins with."""
    UNORDERED: ClassVar[frozenset[str]] = frozenset()
    """The columns that are no order."""
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

    class Arranged(Message):
        """The user has chosen an order or a filter."""

        def __init__(self, table: Table[Row]) -> None:
            super().__init__()
            self.table = table

    class Appeared(Message):
        """The table has become visible."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.rows: Sequence[Row] = ()
        self.view: View | None = None
        self.cursor = 0
        self.ordering: Ordering[Row] = Ordering()
        self._places: Sequence[tuple[int, ...]] = ()
        self._goes_first = False
        """Whether the cursor goes to the first row with the next rows."""
        self._wanted: str | None = None
        """The name of the row that the user has put the cursor on; it may not be shown now."""
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

    def value(self, key: str, row: Row, places: Sequence[int], view: View) -> Value:
        """Return what rows are compared by in the order of that column.

        Args:
            key: The key of the column.
            row: The row.
            places: Where it is in the snapshot, or where the workers of a group are.
            view: The view.
        """
        raise NotImplementedError

    def show(self, rows: Sequence[Row], view: View, places: Sequence[tuple[int, ...]] = ()) -> None:
        """Show the rows in the order of the user; the cursor stays on its row, by name.

        Args:
            rows: The rows.
            view: The view.
            places: Where each of them is in the snapshot; without, they are all rows of it.
        """
        places = places or [(place,) for place in range(len(rows))]
        rows, places = self.ordering.arranged(rows, places, self.value, view)
        old, self.rows, self.view, self._places = self.rows, rows, view, places
        chosen = old[self.cursor].name if self.cursor < len(old) else None
        if self._goes_first:
            self._goes_first = False
            self.move_cursor(0)
        elif not self.choose(self._wanted):
            self.choose(chosen, is_wanted=False)
        is_refitted = rows is not old and self._fit.to(
            [row.name for row in rows], lambda: self.fitted(rows)
        )
        if is_refitted:
            panel_changed(self)
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

    def choose(self, name: str | None, *, is_wanted: bool = True) -> bool:
        """Put the cursor on the row of that name; whether there is one.

        Args:
            name: The name.
            is_wanted: Whether the cursor comes back to that row whenever it is away.
        """
        if is_wanted:
            self._wanted = name or self._wanted
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
            words = f" {self.EMPTY_WATCHED if is_watched else self.EMPTY}"
            if self.filter_text:
                words = no_row(self)
            return [(words, palette.dim)] if line == 0 else []
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
            ("▸", palette.accent) if is_chosen(self, line) else (" ", palette.text)
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
            title, style = column.heading(cells_wide), palette.dim
            mark = self.ordering.mark_of(column.key)
            if mark:
                title, style = cells.fit(title, cells_wide - 1).rstrip() + mark, palette.accent
            pieces.append((cells.fit(title, cells_wide, column.align), style))
            pieces.append((" " * gap, palette.dim))
        return pieces[:-1]

    def set_filter(self, text: str) -> None:
        """Show only rows that have each word of the text in them; all, where it is empty."""
        if text != self.filter_text:
            self.filter_text = text
            self.redraw_all()
            self.post_message(self.Arranged(self))

    def palette_of(self, line: int, /) -> Palette:
        """Return the palette of a row: the cursor has one while the table has the focus."""
        if is_chosen(self, line):
            app: HasPalettes = self.app  # type: ignore[assignment]
            return app.palettes.cursor()
        return self.palette

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
        self._wanted = self.chosen_name

    def action_page(self, pages: int) -> None:
        """Move the cursor by that many screens."""
        self.action_cursor(pages * max(self.size.height - 1, 1))

    def action_open(self) -> None:
        """Ask for the details of the row under the cursor."""
        row = chosen_row(self)
        if row is not None:
            self.post_message(self.Opened(self, row))

    def on_click(self, event: events.Click) -> None:
        """Choose the row; open it on a double click."""
        self.action_cursor(self.scroll_offset.y + event.y - self.cursor)
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
            panel_changed(self)

    def on_show(self) -> None:
        """Report that the table is visible: while hidden it was not filled."""
        self.post_message(self.Appeared())

    def on_focus(self) -> None:
        """Show the cursor."""
        self.move_cursor(self.cursor)

    def on_blur(self) -> None:
        """Hide the cursor."""
        self.redraw_rows(self.cursor)


def panel_changed(table: Table[Row]) -> None:
    """Have the panel of a table draw the headings again, which move with the columns."""
    if isinstance(table.parent, Panel):
        table.parent.redraw()


def is_chosen(table: Table[Row], line: int) -> bool:
    """Whether the cursor is to be seen at a row of a table."""
    return line == table.cursor and table.has_focus and len(table.rows) > 0


def chosen_row(table: Table[Row]) -> Row | None:
    """Return the row under the cursor of a table."""
    return table.rows[table.cursor] if table.cursor < len(table.rows) else None


def start_over(table: Table[Row]) -> None:
    """Let a table show nothing, until another run is shown."""
    table._wanted = None
    table.move_cursor(0)
    table.rows = ()


def set_order(table: Table[Row], order: Order | None) -> None:
    """Set the order of a table. A cursor that nobody has moved yet goes to the first row."""
    table.ordering.order = order
    table._goes_first = table._wanted is None
    panel_changed(table)
    table.post_message(Table.Arranged(table))


def order_by_next(table: Table[Row]) -> None:
    """Take the next column of a table for its order."""
    _, placed = table.place_columns(table.scrollable_content_region.width)
    keys = [one.column.key for one in placed if one.column.key not in table.UNORDERED]
    set_order(table, next_order(table.ordering.order, keys, table.FIRST_ORDER))


def turn_order(table: Table[Row]) -> None:
    """Turn the order of a table round, if it has one."""
    order = table.ordering.order
    if order is not None:
        set_order(table, order._replace(is_turned=not order.is_turned))


def click_heading(table: Table[Row], x: int) -> None:
    """Take the column whose heading is there for the order; a second click turns it round, a third
    goes back to the order of the declaration.

    Args:
        table: The table.
        x: Cells from its left edge.
    """
    gap, placed = table.place_columns(table.scrollable_content_region.width)
    right = 1
    for column, cells_wide in placed:
        right += cells_wide + gap
        if x < right:
            if column.key not in table.UNORDERED:
                set_order(table, clicked(table.ordering.order, column.key))
            return


def arrange_alike(table: Table[Row], other: Table[Row]) -> None:
    """Give a table the order and the filter of another one of such rows."""
    if other.ordering.order != table.ordering.order:
        table._goes_first = table._wanted is None
    table.ordering.order, table.filter_text = other.ordering.order, other.filter_text
    panel_changed(table)
    table.redraw_all()
