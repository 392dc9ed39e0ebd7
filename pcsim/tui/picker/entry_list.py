"""The list of what there is to open, in sections; a cursor that stays on its entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.tui import cells
from pcsim.tui.picker.entries import Entry, Section
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import HasPalettes
from pcsim.tui.widgets.lines import LineView

NAME_WIDTH = 30
"""The most cells of a name; the text has the rest."""
Line = Entry | Section | None


class EntryList(LineView, can_focus=True):
    """Sections with their entries."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "down", show=False),
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("pagedown", "move(10)", "page down", show=False),
        Binding("pageup", "move(-10)", "page up", show=False),
        Binding("home,g", "move(-100000)", "first", show=False),
        Binding("end,G", "move(100000)", "last", show=False),
        Binding("enter", "open", "open", show=False),
    ]

    class Chosen(Message):
        """The cursor is on another entry."""

    class Opened(Message):
        """Enter, or a click on the entry that was chosen."""

    def __init__(self, wanted: Entry | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._wanted = None if wanted is None else (wanted.section, wanted.key)
        """Where the cursor goes as soon as that is found, unless it is moved before."""
        self._entries: tuple[Entry, ...] = ()
        self._rows: list[Line] = []
        self._words = ""
        self._chosen: tuple[Section, str] | None = None

    @property
    def chosen(self) -> Entry | None:
        """The entry under the cursor; None where there is none."""
        line = self._cursor
        entry = self._rows[line] if line is not None else None
        return entry if isinstance(entry, Entry) else None

    def show(self, entries: Sequence[Entry], words: str) -> None:
        """Show the entries that have these words."""
        if (tuple(entries), words) == (self._entries, self._words):
            return
        self._entries, self._words = tuple(entries), words
        before = self.chosen
        rows: list[Line] = []
        for section in Section:
            found = [one for one in entries if one.section is section and one.matches(words)]
            if found:
                rows += [None, section, *found] if rows else [section, *found]
        self._rows = rows
        self.set_line_count(len(rows))
        self.redraw_all()
        self._settle(before)

    def _settle(self, before: Entry | None) -> None:
        """Keep the cursor on its entry, or put it on the first one."""
        keys = [(row.section, row.key) for row in self._rows if isinstance(row, Entry)]
        if self._wanted in keys:
            self._chosen, self._wanted = self._wanted, None
            self._scroll_to_cursor()
        first = next((row for row in self._rows if isinstance(row, Entry)), None)
        if self._cursor is None and first is not None:
            self._chosen = first.section, first.key
        if self.chosen != before:
            self.post_message(self.Chosen())

    @property
    def _cursor(self) -> int | None:
        for line, row in enumerate(self._rows):
            if isinstance(row, Entry) and (row.section, row.key) == self._chosen:
                return line
        return None

    def action_move(self, lines: int) -> None:
        """Move the cursor by that many entries, as far as there are any."""
        at = [line for line, row in enumerate(self._rows) if isinstance(row, Entry)]
        cursor = self._cursor
        if cursor is None:
            return
        self._choose(at[min(max(at.index(cursor) + lines, 0), len(at) - 1)])

    def _choose(self, line: int) -> None:
        row, before = self._rows[line], self._cursor
        if not isinstance(row, Entry) or line == before:
            return
        self._chosen, self._wanted = (row.section, row.key), None
        self.redraw([line, *([] if before is None else [before])])
        self._scroll_to_cursor()
        self.post_message(self.Chosen())

    def _scroll_to_cursor(self) -> None:
        line = self._cursor
        if line is None:
            return
        top, height = self.scroll_offset.y, self.size.height
        # The head of a section is seen with its first entry.
        above = line - 1 if line and isinstance(self._rows[line - 1], Section) else line
        if above < top or line >= top + height:
            wanted = above if above < top else line - height + 1
            self.scroll_to(y=max(wanted, 0), animate=False, immediate=True)

    def action_open(self) -> None:
        """Open the entry under the cursor."""
        if self.chosen is not None:
            self.post_message(self.Opened())

    def on_click(self, event: events.Click) -> None:
        """Choose what is clicked; a click on what is chosen opens it."""
        line = self.scroll_offset.y + event.y
        if not 0 <= line < len(self._rows) or not isinstance(self._rows[line], Entry):
            return
        if line == self._cursor:
            self.action_open()
        else:
            self._choose(line)

    def palette_of(self, line: int, /) -> Palette:
        """Return the palette of a line: that of the cursor has its own background."""
        app: HasPalettes = self.app  # type: ignore[assignment]
        return app.palettes.cursor() if line == self._cursor else self.palette

    def pieces(self, line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """Return one line."""
        row = self._rows[line]
        if row is None:
            return ()
        if isinstance(row, Section):
            return [(f" {row.value}{self._done(row)}", palette.strong)]
        mark = "✓ " if row.is_done else "✗ " if row.is_wrong else "  "
        style = palette.states_by_name["failed" if row.is_wrong else "done"]
        names = [len(one.name) for one in self._entries if one.section is row.section]
        name_width = min(max(names), NAME_WIDTH, max(width // 2, 8))
        note = f"  {row.note} " if row.note else " "
        rest = max(width - 4 - name_width - 2 - cells.width_of(note), 0)
        return [
            ("  ", palette.text),
            (mark, style),
            (cells.fit(row.name, name_width), palette.text),
            ("  ", palette.text),
            (cells.fit(row.text, rest), palette.dim),
            (note, palette.dim),
        ]

    def _done(self, section: Section) -> str:
        if section is not Section.LESSONS:
            return ""
        every = [one for one in self._entries if one.section is section]
        return f"   {sum(one.is_done for one in every)} of {len(every)} done"
