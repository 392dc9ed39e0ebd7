"""The topology as lines: feeders, a queue with its bar, its readers, and brackets between."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.analysis.topology import Link, Place
from pcsim.snapshot import QueueRow
from pcsim.text import count, safe
from pcsim.tui import cells, figures
from pcsim.tui.styles import Palette, Piece

BAR_WIDTH = 14
MIN_WIDTH = 56
"""Below this many cells a drawing shows less than the tables."""
MAX_NAME = 24
CORNERS = {
    (Place.ALONE, True): "━",
    (Place.FIRST, False): "┓",
    (Place.FIRST, True): "┳",
    (Place.MIDDLE, False): "┫",
    (Place.MIDDLE, True): "╋",
    (Place.LAST, False): "┛",
    (Place.LAST, True): "┻",
}


def topology_lines(
    links: Sequence[Link], queues: Sequence[QueueRow], palette: Palette, width: int
) -> list[list[Piece]]:
    """Return one line of `width` cells for each link."""
    feeders = [crowd(link.feeders) for link in links]
    names = [safe(queues[link.queue].name, MAX_NAME) for link in links]
    left = min(_widest(feeders), width // 3)
    middle = min(_widest(names), width // 5)
    depth = max((cells.depth_width(queues[link.queue].capacity) for link in links), default=0) + 2
    lines = []
    for link, feeder, name in zip(links, feeders, names, strict=True):
        row = queues[link.queue]
        corner = CORNERS[link.place, link.has_arrow]
        waiting = figures.depth(row.depth, row.capacity, depth - 1)
        line: list[Piece] = [
            (cells.fit(feeder, left, ">"), palette.text),
            (" ━━▶ ", palette.dim),
            (cells.fit_name(name, middle), palette.strong),
            (" ", palette.text),
            *cells.bar(row.fill, BAR_WIDTH, cells.level(row.fill), palette),
            (cells.fit(f" {waiting}", depth), palette.text),
            (f"━{corner}▶ " if link.has_arrow else f"━{corner}", palette.dim),
            (crowd(link.readers) if link.has_arrow else "", palette.text),
        ]
        lines.append(cells.clip(line, width, palette.text))
    return lines


def crowd(names: Sequence[str]) -> str:
    """The names of up to three workers; of more, the first, the last and their number."""
    if not names:
        return "nobody"
    if len(names) > 3:
        first, last = safe(names[0], MAX_NAME), safe(names[-1], MAX_NAME)
        return f"{first} … {last} ({count(len(names))})"
    return ", ".join(safe(name, MAX_NAME) for name in names)


def _widest(texts: Sequence[str]) -> int:
    return max(map(cells.width_of, texts), default=0)
