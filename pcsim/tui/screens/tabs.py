"""The line of views under the header: which there are, which is seen, and what it is of."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from pcsim.tui import cells
from pcsim.tui.pages.table import PAGES
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import View
from pcsim.tui.widgets.lines import LineView


class TabLine(LineView):
    """One line; a click on a name opens that view."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._shown: tuple[int, tuple[bool, ...], bool, str] = (0, (), False, "")
        self._targets: list[tuple[int, int, int]] = []
        self.set_line_count(1, fixed=True)

    def show(self, number: int, view: View, span: str) -> None:
        """Show which view is seen.

        Args:
            number: Its digit.
            view: What is shown in it.
            span: Which part of the run it is of; "" for nothing.
        """
        has = tuple(not page.why_not(view) for page in PAGES)
        shown = (number, has, view.is_watched, span)
        if shown != self._shown:
            self._shown = shown
            self.redraw((0,))

    def pieces(self, _line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """Return the line."""
        number, has, is_watched, span = self._shown
        pieces: list[Piece] = []
        self._targets = []
        for page, is_there in zip(PAGES, has or [True] * len(PAGES), strict=True):
            if page.on_a_run and is_watched:
                continue
            is_seen = page.number == number
            text = f"[{page.number} {page.name}]" if is_seen else f" {page.number} {page.name} "
            left = cells.total_width(pieces)
            self._targets.append((left, left + len(text), page.number))
            style = palette.accent if is_seen else palette.text if is_there else palette.dim
            pieces.append((text, style))
        spare = width - cells.total_width(pieces) - 1
        if span and spare > cells.width_of(span):
            pieces.append((cells.fit(span, spare, ">"), palette.dim))
        return pieces

    async def on_click(self, event: events.Click) -> None:
        """Open the view that was clicked."""
        for left, right, number in self._targets:
            if left <= event.x < right:
                await self.run_action(f"app.page({number})")
