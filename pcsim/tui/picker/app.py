"""The app in which something is picked: a list, a preview beside it, a filter."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from pcsim.text import safe
from pcsim.tui import startup
from pcsim.tui.base import BaseApp
from pcsim.tui.picker.entries import Entry, Offer, Picked, Section, Way
from pcsim.tui.picker.entry_list import EntryList
from pcsim.tui.rules import read_rules
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.widgets.key_line import KeyLine
from pcsim.tui.widgets.lines import LineView
from pcsim.tui.widgets.panel import Panel
from pcsim.tui.widgets.text_view import TextView
from pcsim.version import __version__

LOOK_AGAIN = 2.0
"""Seconds between two looks at files and running programs."""
WIDE = 100
"""Cells of a screen with room for a preview beside the list."""
TALL = 36
"""Lines of a screen with room for one below it, and for frames."""
LONGEST_FILTER = 60
KEYS = (
    ("↑ ↓", "choose"),
    ("enter", "open"),
    ("v", "in virtual time"),
    ("e", "edit"),
    ("/", "filter"),
    ("t", "theme"),
    ("q", "quit"),
)


class TopLine(LineView):
    """The line above the list: the product, or the filter while there is one."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.words, self.is_typing = "", False
        self.set_line_count(1, fixed=True)

    def pieces(self, _line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """Return the line."""
        if self.is_typing or self.words:
            cursor = "▌" if self.is_typing else "   esc shows everything"
            return [(" / ", palette.key), (self.words, palette.strong), (cursor, palette.dim)]
        left, right = " pcsim  ", f"pcsim {__version__} "
        what = "flight simulator for producers, queues and consumers"
        space = max(width - len(left) - len(what) - len(right), 1)
        return [
            (left, palette.accent),
            (what, palette.text),
            (" " * space, palette.text),
            (right if space > 1 else "", palette.dim),
        ]


class PickerApp(BaseApp[Picked]):
    """Returns what was picked; None where the app was left.

    Args:
        offer: What there is to open.
        chosen: The entry that the cursor is on at first, as soon as it is found.
        live: False, in tests, looks around only when `look` is called.
        ascii_only: Whether to draw with ASCII characters alone; None asks the terminal.
        theme: The name of a theme, or `dark` or `light`; None for dark.
    """

    CSS = BaseApp.CSS + read_rules("picker")
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,ctrl+q,ctrl+c", "leave", "quit", show=False),
        Binding("v", "pick('virtual')", "virtual", show=False),
        Binding("e", "pick('edit')", "edit", show=False),
        Binding("t", "theme", "theme", show=False),
        Binding("slash", "filter", "filter", show=False),
        Binding("escape", "everything", "show everything", show=False),
    ]

    def __init__(
        self,
        offer: Offer,
        *,
        chosen: Entry | None = None,
        live: bool = True,
        ascii_only: bool | None = None,
        theme: str | None = None,
    ) -> None:
        super().__init__(ascii_only=ascii_only, theme=theme)
        self._offer = offer
        self._live = live
        self._entries: Sequence[Entry] = offer.first()
        self.top_line = TopLine(id="header")
        self.list = EntryList(chosen, id="entries")
        self.preview = TextView(id="preview")
        self.list_panel = Panel("Open", self.list, id="entries-panel")
        self.preview_panel = Panel("What it is", self.preview, id="preview-panel")

    def compose(self) -> ComposeResult:
        """Yield the parts, from top to bottom."""
        yield self.top_line
        with Container(id="picker"):
            yield self.list_panel
            yield self.preview_panel
        yield KeyLine(KEYS, id="keys")

    def on_mount(self) -> None:
        """Show what is known at once, and look around."""
        self._fit(self.size.width, self.size.height)
        self.list.focus()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        startup.resume_collector()
        self._show()
        if self._live:
            self.run_worker(self._look_again_and_again(), exclusive=True, group="look")

    def on_resize(self, event: events.Resize) -> None:
        """Make room for what fits another size."""
        self._fit(event.size.width, event.size.height)
        self._preview()

    def _fit(self, width: int, height: int) -> None:
        self.screen.set_class(width >= WIDE, "-beside")
        self.screen.set_class(height >= TALL, "-tall")

    async def _look_again_and_again(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_AGAIN)

    async def look(self) -> None:
        """Look around, and show what there is."""
        try:
            self._entries = await asyncio.to_thread(self._offer.entries)
        except Exception as error:  # noqa: BLE001 - shown, and what was there stays
            self.note_fault(error)
        self._show()

    def _show(self) -> None:
        self.list.show(self._entries, self.top_line.words)

    def on_entry_list_chosen(self) -> None:
        """Show the preview of what is chosen."""
        self._preview()

    def _preview(self) -> None:
        self.run_worker(self._show_preview(), exclusive=True, group="preview")

    async def _show_preview(self) -> None:
        entry = self.list.chosen
        width = max(self.preview.size.width - 3, 20)
        lines: Sequence[Sequence[tuple[str, str]]] = ()
        if entry is not None:
            try:
                lines = await asyncio.to_thread(self._offer.preview, entry, width)
            except Exception as error:  # noqa: BLE001 - shown: the list goes on
                self.note_fault(error)
        if entry == self.list.chosen:
            self.preview.show_lines(lines)
            self.preview.scroll_to(y=0, animate=False, immediate=True)

    def on_entry_list_opened(self) -> None:
        """Open what is chosen."""
        self.action_pick(Way.OPEN)

    def action_pick(self, way: str) -> None:
        """Leave with what is chosen."""
        entry = self.list.chosen
        if entry is None:
            return
        allowed = {
            Section.LESSONS: (Way.OPEN, Way.VIRTUAL),
            Section.FILES: (Way.OPEN, Way.VIRTUAL, Way.EDIT),
        }
        if way not in allowed.get(entry.section, (Way.OPEN,)):
            return
        if entry.is_wrong and way != Way.EDIT:
            edit = "e edits it." if entry.section is Section.FILES else ""
            self.notify(f"It cannot be opened: {entry.note}. {edit}".strip(), markup=False)
            return
        self.exit(Picked(entry, Way(way)))

    def action_leave(self) -> None:
        """Quit."""
        self.exit(None)

    # The filter

    def action_filter(self) -> None:
        """Type words that the entries have to have."""
        self.top_line.is_typing = True
        self.top_line.redraw_all()

    def action_everything(self) -> None:
        """Show everything."""
        self._set_filter("", is_typing=False)

    def _set_filter(self, words: str, *, is_typing: bool) -> None:
        self.top_line.words, self.top_line.is_typing = words, is_typing
        self.top_line.redraw_all()
        self._show()

    async def on_event(self, event: events.Event) -> None:
        """Let the filter have the keys while it is typed."""
        if isinstance(event, events.Key) and self.top_line.is_typing and self._typed(event):
            event.stop()
            return
        await super().on_event(event)

    def _typed(self, event: events.Key) -> bool:
        words = self.top_line.words
        if event.key == "enter":
            self._set_filter(words, is_typing=False)
        elif event.key == "backspace":
            self._set_filter(words[:-1], is_typing=bool(words))
        elif event.is_printable and event.character is not None:
            self._set_filter((words + safe(event.character))[:LONGEST_FILTER], is_typing=True)
        else:
            return False
        return True
