"""A panel: a title, a frame where the style sheet has room for one, and one child."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from textual import events
from textual.app import ComposeResult
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from pcsim.tui import cells
from pcsim.tui.column_layout import Need
from pcsim.tui.faults import Guarded
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.view import HasPalettes
from pcsim.tui.widgets.lines import LineView


class Panel(Guarded, Widget):
    """Draws title and frame around its child, in the margin that the style sheet gives it."""

    class HeadingClicked(Message):
        """The line of headings was clicked, that many cells from the left edge of the child."""

        def __init__(self, child: LineView, x: int) -> None:
            super().__init__()
            self.child = child
            self.x = x

    def __init__(self, title: str, child: LineView, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.child = child
        self._title = title
        self._counts: tuple[tuple[str, str], ...] = ()
        self._strips: dict[int, Strip] = {}

    def compose(self) -> ComposeResult:
        """Yield the child."""
        yield self.child

    def set_title(self, title: str) -> None:
        """Set the title."""
        if title != self._title:
            self._title = title
            self._strips.pop(0, None)
            self.refresh(Region(0, 0, self.size.width, 1))

    def set_counts(self, counts: tuple[tuple[str, str], ...]) -> None:
        """Set what follows the title, as `(style name, text)`."""
        if counts != self._counts:
            self._counts = counts
            self._strips.pop(0, None)
            self.refresh(Region(0, 0, self.size.width, 1))

    @property
    def need(self) -> Need:
        """The cells that the child needs, and the frame."""
        frame = self.child.styles.margin.width
        least, enough = self.child.need
        return Need(least + frame, enough + frame)

    def redraw(self) -> None:
        """Draw title, frame and headings again."""
        self._strips.clear()
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the strips of a region; Textual's compositor calls this."""
        width, kept = self.size.width, self._strips
        strips = [kept.get(y) or self._strip(y) for y in crop.line_range]
        if crop.column_span != (0, width):
            left, right = crop.column_span
            strips = [strip.crop(left, right) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """Return one strip; parts of Textual call this."""
        return self._strip(y)

    def _strip(self, y: int) -> Strip:
        width = self.size.width
        _, background = self.background_colors
        palette = cast(HasPalettes, self.app).palettes.on(background)
        strip = cells.strip(self._pieces(y, palette), width, palette.text)
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, background)
        self._strips[y] = strip
        return strip

    def _pieces(self, y: int, palette: Palette) -> Sequence[Piece]:
        """Return one line of the frame; the child covers its middle."""
        width, height = self.size
        frame = palette.frame_focus if self.child.has_focus else palette.frame
        margin = self.child.styles.margin
        if y == 0 and margin.top:
            return self._title_line(width, palette, margin.left > 0)
        if margin.bottom and y == height - 1:
            return [("╰" + "─" * (width - 2) + "╯", frame)] if width > 1 else []
        inner = self.heading(palette) if y == 1 and margin.top > 1 else ()
        if not margin.left:
            return inner
        body = cells.clip(inner, max(width - margin.width, 0), palette.text)
        left, right = " " * (margin.left - 1), " " * (margin.right - 1)
        return [("│" + left, frame), *body, (right + "│", frame)]

    def notify_style_update(self) -> None:
        """Clear what depends on the styles; Textual calls this when they have changed."""
        self._strips.clear()
        super().notify_style_update()

    def on_resize(self) -> None:
        """Draw the frame for another size."""
        self._strips.clear()

    def heading(self, palette: Palette) -> Sequence[Piece]:
        """Return the column headings of the child, if it has any."""
        head = getattr(self.child, "heading", None)
        return head(palette) if head is not None else ()

    def _title_line(self, width: int, palette: Palette, framed: bool) -> list[Piece]:
        focused = self.child.has_focus
        frame = palette.frame_focus if focused else palette.frame
        pieces: list[Piece] = [("╭─ " if framed else "─ ", frame)]
        pieces.append((self._title, palette.accent if focused else palette.strong))
        for role, text in self._counts:
            if cells.total_width(pieces) + cells.width_of(text) + 4 > width:
                break
            pieces.append(("  ", frame))
            pieces.append((text, palette.named(role)))
        left = width - cells.total_width(pieces) - 2
        if left >= 1:
            pieces.append((" " + "─" * left + ("╮" if framed else "─"), frame))
        return pieces

    def on_click(self, event: events.Click) -> None:
        """Report a click on the headings."""
        margin = self.child.styles.margin
        if event.widget is self and event.y == 1 and margin.top > 1:
            self.post_message(self.HeadingClicked(self.child, event.x - margin.left))

    def on_descendant_focus(self) -> None:
        """Brighten the frame."""
        self.redraw()

    def on_descendant_blur(self) -> None:
        """Dim the frame."""
        self.redraw()
