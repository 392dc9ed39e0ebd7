"""The topology as lines: feeders, a queue with its bar, its readers, and brackets between."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pcsim.analysis.named import Named
from pcsim.analysis.topology import Link, Place
from pcsim.snapshot import QueueRow
from pcsim.text import count, safe
from pcsim.tui import cells, figures
from pcsim.tui.gauge import gauge
from pcsim.tui.glyphs import MARK
from pcsim.tui.styles import Palette, Piece

NOTHING = Named()
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
    links: Sequence[Link],
    queues: Sequence[QueueRow],
    at: float,
    palette: Palette,
    width: int,
    named: Named = NOTHING,
) -> list[list[Piece]]:
    """Return one line for each link, with a mark at what is named.

    Args:
        links: The links.
        queues: The queues, over the last moments or the whole run.
        at: How long that was, in seconds.
        palette: The palette.
        width: The cells of a line.
        named: What is named.
    """
    sources = named.workers.difference(*(link.readers for link in links))
    feeders = [_feeders(link, named, sources) for link in links]
    at_queues = [_mark_at(queues[link.queue].name, named) for link in links]
    mark_width = _widest(at_queues)
    names = [safe(queues[link.queue].name, MAX_NAME) for link in links]
    left = min(_widest(feeders), width // 3)
    middle = min(_widest(names), width // 5)
    named_names = [
        _name_and_mark(name, mark, middle + mark_width, palette)
        for name, mark in zip(names, at_queues, strict=True)
    ]
    depth = max((cells.depth_width(queues[link.queue].capacity) for link in links), default=0) + 2
    lines = []
    for link, feeder, name in zip(links, feeders, named_names, strict=True):
        row = queues[link.queue]
        corner = CORNERS[link.place, link.has_arrow]
        waiting = figures.depth(row.depth, row.capacity, depth - 1)
        line: list[Piece] = [
            (cells.fit(feeder, left, ">"), palette.text),
            (" ━━▶ ", palette.dim),
            *name,
            (" ", palette.text),
            *gauge(row, at, BAR_WIDTH, palette),
            (cells.fit(f" {waiting}", depth), palette.text),
            (f"━{corner}▶ " if link.has_arrow else f"━{corner}", palette.dim),
            (crowd(link.readers, named.workers) if link.has_arrow else "", palette.text),
            (_mark_of_readers(link, named), palette.accent),
        ]
        lines.append(cells.clip(line, width, palette.text))
    return lines


def _name_and_mark(name: str, mark: str, width: int, palette: Palette) -> list[Piece]:
    shown = cells.fit_name(name, min(width - cells.width_of(mark), cells.width_of(name)))
    rest = width - cells.width_of(shown)
    return [(shown, palette.strong), (cells.fit(mark, rest), palette.accent)]


def _feeders(link: Link, named: Named, sources: Collection[str]) -> str:
    """Those who put into a queue; a mark where they are what is named and read no queue."""
    text = crowd(link.feeders, named.workers)
    return text if set(sources).isdisjoint(link.feeders) else f"{text} {MARK} {named.word}"


def _mark_at(queue: str, named: Named) -> str:
    """The mark at a queue; with the word, where no worker is named who has it."""
    if queue not in named.queues:
        return ""
    return f" {MARK}" if named.workers else f" {MARK} {named.word}"


def _mark_of_readers(link: Link, named: Named) -> str:
    is_named = link.has_arrow and not named.workers.isdisjoint(link.readers)
    return f" {MARK} {named.word}" if is_named else ""


def crowd(names: Sequence[str], named: Collection[str] = ()) -> str:
    """The names of up to three workers; of more, the first, the last and their number. Those that
    are named are among the ones that are shown."""
    if not names:
        return "nobody"
    if len(names) > 3:
        shown = [name for name in names if name in named][:2]
        if shown and len(shown) < len(names) and not set(names) <= set(named):
            some = ", ".join(safe(name, MAX_NAME) for name in shown)
            return f"{some} and {count(len(names) - len(shown))} more"
        first, last = safe(names[0], MAX_NAME), safe(names[-1], MAX_NAME)
        return f"{first} … {last} ({count(len(names))})"
    return ", ".join(safe(name, MAX_NAME) for name in names)


def _widest(texts: Sequence[str]) -> int:
    return max(map(cells.width_of, texts), default=0)
