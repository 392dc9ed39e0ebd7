"""A widget made of lines: each is drawn once, cached, and drawn again only when it has changed.

A subclass returns the content of a line in `pieces`, which is called for visible lines only, and
calls `redraw` for the lines that have changed. A cached strip is final: styled, filtered, as wide
as the widget. A change of size, style or theme clears the cache. The virtual width is always 1: a
change of it would lay the screen out again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pcsim.text import safe
from pcsim.tui import cells
from pcsim.tui.column_layout import Need
from pcsim.tui.faults import Guarded
from pcsim.tui.styles import Palette, Palettes, Piece
from pcsim.tui.view import HasPalettes


class LineView(Guarded, ScrollView, can_focus=False):
    """A scrolled stack of lines."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._strips: dict[int, Strip] = {}
        self._lines = 0
        self._palette: tuple[Palettes, Palette] | None = None

    def pieces(self, line: int, palette: Palette, width: int, /) -> Sequence[Piece]:
        """Return the content of a line; the rest of it is blank."""
        raise NotImplementedError

    def palette_of(self, _line: int, /) -> Palette:
        """Return the palette of a line."""
        return self.palette

    @property
    def palette(self) -> Palette:
        """The palette for the background of the widget; cached, as every line needs it."""
        palettes = cast(HasPalettes, self.app).palettes
        if self._palette is None or self._palette[0] is not palettes:
            _, background = self.background_colors
            self._palette = (palettes, palettes.on(background))
        return self._palette[1]

    @property
    def need(self) -> Need:
        """The cells that it needs where it stands beside another widget."""
        return Need(1, 1)

    @property
    def line_count(self) -> int:
        """The number of lines, visible or not."""
        return self._lines

    def set_line_count(self, lines: int, *, fixed: bool = False) -> None:
        """Set the number of lines.

        Args:
            lines: The number.
            fixed: Whether the widget has a fixed height and does not scroll; else a change
                lays it out again.
        """
        if lines == self._lines:
            return
        self._lines = lines
        if not fixed:
            self.virtual_size = Size(1, lines)

    def redraw(self, lines: Iterable[int]) -> None:
        """Draw the lines again, as far as they are visible."""
        top, height = self.scroll_offset.y, self.size.height
        width = self.scrollable_content_region.width
        regions = []
        for line in lines:
            self._strips.pop(line, None)
            if 0 <= line - top < height:
                regions.append(Region(0, line - top, width, 1))
        if regions:
            self.refresh(*regions)

    def redraw_all(self) -> None:
        """Draw everything again."""
        self._strips.clear()
        self.refresh()

    def visible_lines(self) -> range:
        """Return the indices of the visible lines."""
        top = self.scroll_offset.y
        return range(top, min(top + self.size.height, self._lines))

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the strips of a region; Textual's compositor calls this."""
        top, kept = self.scroll_offset.y, self._strips
        lines = [top + y for y in crop.line_range]
        missing = [line for line in lines if line not in kept]
        if missing:
            self._draw_strips(missing)
        strips = [kept[line] for line in lines]
        width = self.size.width
        if crop.column_span != (0, width):
            left, right = crop.column_span
            strips = [strip.crop(left, right) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """Return one strip; parts of Textual call this."""
        line = self.scroll_offset.y + y
        self._draw_strips([line])
        return self._strips[line]

    def _draw_strips(self, lines: Iterable[int]) -> None:
        width, shown = self.size.width, self.scrollable_content_region.width
        # Palettes have no terminal colours: that filter would change nothing.
        filters = [f for f in self.get_line_filters() if not isinstance(f, ANSIToTruecolor)]
        for line in lines:
            palette = self.palette_of(line)
            pieces = self.pieces(line, palette, shown) if 0 <= line < self._lines else ()
            strip = cells.strip(pieces, shown, palette.text)
            if shown < width:
                strip = strip.extend_cell_length(width, palette.text)
            for line_filter in filters:
                strip = strip.apply_filter(line_filter, self.background_colors[1])
            self._strips[line] = strip

    def notify_style_update(self) -> None:
        """Clear what depends on the styles; Textual calls this when they have changed."""
        self._strips.clear()
        self._palette = None
        super().notify_style_update()

    def on_resize(self) -> None:
        """Clear the strips, which are as wide as the widget was."""
        self._strips.clear()


class FilterableView(LineView):
    """Lines of which only some are shown: those that have each word of a filter in them."""

    filter_text: str = ""
    """The filter; empty for all lines."""

    def set_filter(self, text: str) -> None:
        """Show only lines that have each word of the text in them; all, where it is empty."""
        raise NotImplementedError


def no_row(view: FilterableView) -> str:
    """Return what stands there where the filter leaves nothing."""
    return f" no row has “{safe(view.filter_text)}” in it; esc shows all"


def filter_title(view: FilterableView) -> tuple[tuple[str, str], ...]:
    """Return what the title of a panel says of the filter, as `(style name, text)`."""
    return (("accent", f"/ {safe(view.filter_text)}"),) if view.filter_text else ()
