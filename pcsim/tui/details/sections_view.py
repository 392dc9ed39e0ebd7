"""Sections of lines to read, scroll and choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from pcsim.tui.details.sections import Entry, Layout, Section, Target, laid_out, plain
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.widgets.lines import LineView


class SectionsView(LineView, can_focus=True):
    """Draws only lines that have changed; a cursor goes from one entry to the next that leads
    somewhere, and stays on what it leads to."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("pageup", "scroll_page_up", "page up", show=False),
        Binding("pagedown", "scroll_page_down", "page down", show=False),
        Binding("home,g", "scroll_home", "top", show=False),
        Binding("end,G", "scroll_end", "bottom", show=False),
        Binding("enter", "follow", "open", show=False),
    ]

    class Followed(Message):
        """The user wants what an entry leads to."""

        def __init__(self, target: Target) -> None:
            super().__init__()
            self.target = target

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sections: Sequence[Section] = ()
        self._layout = Layout([], [])
        self._drawn: list[list[Piece]] = []
        self._width = 0
        """The cells that the sections are laid out for."""
        self._wanted: Target | None = None
        self.cursor = 0
        """Which of the entries that can be chosen it is on."""

    def show_sections(self, sections: Sequence[Section]) -> None:
        """Show the sections; the cursor stays on what its entry leads to."""
        self._sections = sections
        self._lay_out()

    @property
    def chosen(self) -> Entry | None:
        """The entry under the cursor."""
        entries = self._layout.chosen
        return entries[self.cursor][1] if self.cursor < len(entries) else None

    @property
    def text(self) -> str:
        """All that is shown, as text."""
        parts = []
        for section in self._sections:
            note = f"  {section.note}" if section.note else ""
            parts.append(
                "\n".join([section.title + note, *(plain(one.pieces) for one in section.entries)])
            )
        return "\n\n".join(parts)

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width
        if not width:
            return
        self._width = width
        self._layout = laid_out(self._sections, width, self.palette)
        targets = [entry.target for _, entry in self._layout.chosen]
        if self._wanted in targets:
            self.cursor = targets.index(self._wanted)
        self.cursor = max(min(self.cursor, len(targets) - 1), 0)
        self._redraw()

    def _redraw(self) -> None:
        old = self._drawn
        self._drawn = [
            [piece for part in line for piece in self._pieces_of(part.entry, part.pieces)]
            for line in self._layout.lines
        ]
        if len(old) != len(self._drawn):
            self.set_line_count(len(self._drawn))
            self.redraw_all()
            self.call_after_refresh(self._mind_scrollbar)
        else:
            self.redraw(line for line, now in enumerate(self._drawn) if now != old[line])

    def _mind_scrollbar(self) -> None:
        """Lay the sections out again where a scrollbar has come or gone."""
        if self.scrollable_content_region.width != self._width:
            self._lay_out()

    def _pieces_of(self, entry: int, pieces: Sequence[Piece]) -> list[Piece]:
        """The pieces of a part of a line, those of an entry behind the mark of the cursor."""
        palette = self.palette
        if entry == self.cursor and entry >= 0 and self.has_focus:
            return [("▸", palette.accent), *pieces]
        is_frame = len(pieces) == 1 and pieces[0][1] is palette.frame
        return (
            list(pieces) if is_frame or self._is_title(pieces) else [(" ", palette.text), *pieces]
        )

    def _is_title(self, pieces: Sequence[Piece]) -> bool:
        return bool(pieces) and pieces[0][0].startswith("╭")

    def pieces(self, line: int, _palette: Palette, _width: int, /) -> Sequence[Piece]:
        """Return one line."""
        return self._drawn[line] if line < len(self._drawn) else []

    def action_move(self, entries: int) -> None:
        """Move the cursor by that many entries; without any, scroll."""
        chosen = self._layout.chosen
        goal = self.cursor + entries
        if not 0 <= goal < len(chosen):
            self.scroll_relative(y=entries, animate=False, immediate=True)
            return
        self.cursor = goal
        line, entry = chosen[goal]
        self._wanted = entry.target
        top, height = self.scroll_offset.y, max(self.size.height, 1)
        if not top <= line < top + height:
            self.scroll_to(y=max(line - height // 2, 0), animate=False, immediate=True)
        self._redraw()

    def action_follow(self) -> None:
        """Ask for what the entry under the cursor leads to."""
        entry = self.chosen
        if entry is not None and entry.target is not None:
            self.post_message(self.Followed(entry.target))

    def on_click(self, event: events.Click) -> None:
        """Choose the entry; follow it on a double click."""
        line = self.scroll_offset.y + event.y
        here = [place for place, (at, _) in enumerate(self._layout.chosen) if at == line]
        if here:
            beside = len(here) > 1 and event.x >= self.size.width // 2
            self.action_move(here[-1 if beside else 0] - self.cursor)
            if event.chain > 1:
                self.action_follow()

    def on_resize(self) -> None:
        """Lay the sections out for another width."""
        super().on_resize()
        self._lay_out()

    def on_focus(self) -> None:
        """Show the cursor."""
        self._redraw()

    def notify_style_update(self) -> None:
        """Draw in the new theme."""
        super().notify_style_update()
        if self.is_attached:
            self._lay_out()
