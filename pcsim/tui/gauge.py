"""How full a queue is as a bar; of one that nothing limits, whether it grows."""

from __future__ import annotations

from pcsim.analysis.growth import growth, growth_words
from pcsim.snapshot import QueueRow
from pcsim.tui import cells, figures
from pcsim.tui.styles import Palette, Piece


def gauge(row: QueueRow, at: float, width: int, palette: Palette) -> list[Piece]:
    """Return it in exactly `width` cells: the depth over the capacity, or `growing 31/s`.

    Args:
        row: The queue, over the last moments or the whole run.
        at: How long that was, in seconds.
        width: The cells.
        palette: The palette.
    """
    if row.fill is not None:
        return cells.bar(row.fill, width, cells.level(row.fill), palette)
    change = growth(row, at)
    style = palette.fill["high"] if change > 0 else palette.dim
    words = growth_words(row, at)
    if len(words) > width and change:
        words = ("+" if change > 0 else "-") + figures.rate(abs(change), width - 1)
    return [(cells.fit(words, width), style)]
