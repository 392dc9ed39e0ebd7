"""A panel: a title, a frame as far as the style sheet leaves room for one, and one child."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from textual.app import ComposeResult
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from pcsim.tui import cells
from pcsim.tui.ink import Ink, Piece
from pcsim.tui.view import HasInks
from pcsim.tui.widgets.lines import LineView


class Panel(Widget):
    """Draws title and frame around its child, in the margin that the style sheet gives it."""

    def __init__(self, title: str, child: LineView, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.child = child
        self._title = title
        self._counts: tuple[tuple[str, str], ...] = ()

    def compose(self) -> ComposeResult:
        """The child."""
        yield self.child

    def set_counts(self, counts: tuple[tuple[str, str], ...]) -> None:
        """What follows the title, as `(ink, text)`; drawn again only when it is news."""
        if counts != self._counts:
            self._counts = counts
            self.refresh(Region(0, 0, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line of the frame; the child covers its middle."""
        width, height = self.size
        _, background = self.background_colors
        ink = cast(HasInks, self.app).inks.on(background)
        frame = ink.frame_focus if self.child.has_focus else ink.frame
        margin = self.child.styles.margin
        if y == 0 and margin.top:
            pieces = self._title_line(width, ink, margin.left > 0)
        elif margin.bottom and y == height - 1:
            pieces = [("╰" + "─" * (width - 2) + "╯", frame)] if width > 1 else []
        else:
            inner: Sequence[Piece] = ()
            if y == 1 and margin.top > 1:
                inner = self.heading(ink)
            pieces = list(inner)
            if margin.left:
                body = cells.clip(inner, max(width - margin.width, 0), ink.text)
                left, right = " " * (margin.left - 1), " " * (margin.right - 1)
                pieces = [("│" + left, frame), *body, (right + "│", frame)]
        return cells.strip(pieces, width, ink.text)

    def heading(self, ink: Ink) -> Sequence[Piece]:
        """The column headings, where the child has any."""
        head = getattr(self.child, "heading", None)
        return head(ink) if head is not None else ()

    def _title_line(self, width: int, ink: Ink, framed: bool) -> list[Piece]:
        focused = self.child.has_focus
        frame = ink.frame_focus if focused else ink.frame
        pieces: list[Piece] = [("╭─ " if framed else "─ ", frame)]
        pieces.append((self._title, ink.accent if focused else ink.strong))
        for role, text in self._counts:
            if cells.total_width(pieces) + len(text) + 4 > width:
                break
            pieces.append(("  ", frame))
            pieces.append((text, ink.named(role)))
        left = width - cells.total_width(pieces) - 2
        if left >= 1:
            pieces.append((" " + "─" * left + ("╮" if framed else "─"), frame))
        return pieces

    def on_descendant_focus(self) -> None:
        """The focused panel's frame is bright."""
        self.refresh()

    def on_descendant_blur(self) -> None:
        """And dim again."""
        self.refresh()
