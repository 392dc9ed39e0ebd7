"""Who feeds whom, as lines: producers, a queue, its readers, and a bracket where queues share
their readers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pcsim.snapshot import QueueRow, Role, WorkerRow
from pcsim.text import count, safe
from pcsim.tui import cells
from pcsim.tui.styles import Palette, Piece

BAR = 14
LEAST = 56
"""Below this many cells a drawing says less than the tables."""
Ports = tuple[tuple[str, Role, tuple[str, ...], tuple[str, ...]], ...]


class Link(NamedTuple):
    """One queue with those around it, as indices into snapshots and names as shown."""

    queue: int
    feeders: str
    readers: str
    joins: str
    """`━` alone, or its part of a bracket: `┓`, `╋`, `┛`; told readers once only."""


def ports_of(workers: Sequence[WorkerRow]) -> Ports:
    """What of the workers makes the topology: it stays the same while they work."""
    return tuple((row.name, row.role, row.inputs, row.outputs) for row in workers)


def links(queues: tuple[str, ...], ports: Ports, most: int) -> tuple[Link, ...]:
    """The links of at most that many queues, in the order of the queues."""
    sides = []
    for name in queues[:most]:
        feeders = tuple(worker for worker, _, _, outputs in ports if name in outputs)
        readers = tuple(worker for worker, _, inputs, _ in ports if name in inputs)
        sides.append((feeders, readers))
    made: list[Link] = []
    for index, (feeders, readers) in enumerate(sides):
        above = index > 0 and sides[index - 1][1] == readers
        below = index + 1 < len(sides) and sides[index + 1][1] == readers
        joins = {(False, False): "━", (False, True): "┓", (True, True): "┫", (True, False): "┛"}
        made.append(Link(index, _crowd(feeders), _crowd(readers), joins[above, below]))
    return _with_one_arrow(made)


def _with_one_arrow(made: list[Link]) -> tuple[Link, ...]:
    """In a bracket, the middle line alone names the readers."""
    start = 0
    while start < len(made):
        end = start
        while made[start].joins == "┓" and made[end].joins != "┛":
            end += 1
        if end > start:
            middle = (start + end) // 2
            for index in range(start, end + 1):
                link = made[index]
                if index == middle:
                    corner = {"┓": "┳", "┫": "╋", "┛": "┻"}[link.joins]
                    made[index] = link._replace(joins=corner)
                else:
                    made[index] = link._replace(readers="")
        start = end + 1
    return tuple(made)


def _crowd(names: Sequence[str]) -> str:
    if not names:
        return "nobody"
    shown = [safe(name, 24) for name in names[:3]]
    if len(names) > 3:
        return f"{shown[0]} … {safe(names[-1], 24)} ({count(len(names))})"
    return ", ".join(shown)


def draw(
    made: Sequence[Link], queues: Sequence[QueueRow], palette: Palette, width: int
) -> list[list[Piece]]:
    """The links as lines of at most `width` cells."""
    left = min(max((cells.width_of(link.feeders) for link in made), default=0), width // 3)
    names = [safe(queues[link.queue].name, 24) for link in made]
    middle = min(max((cells.width_of(name) for name in names), default=0), width // 5)
    widest = max((2 * len(count(queues[link.queue].capacity)) for link in made), default=0) + 3
    lines = []
    for link, name in zip(made, names, strict=True):
        row = queues[link.queue]
        word = cells.level(row.fill)
        line: list[Piece] = [
            (cells.fit(link.feeders, left, ">"), palette.text),
            (" ━━▶ ", palette.dim),
            (cells.fit(name, middle), palette.strong),
            (" ", palette.text),
            *cells.bar(row.fill, BAR, word, palette),
            (cells.fit(f" {depth_text(row)}", widest), palette.text),
            (f"━{link.joins}" if link.joins in "┓┫┛" else f"━{link.joins}▶ ", palette.dim),
            (link.readers, palette.text),
        ]
        lines.append(cells.clip(line, width, palette.text))
    return lines


def depth_text(row: QueueRow) -> str:
    """Depth and capacity: `3/10`."""
    return f"{count(row.depth)}/{count(row.capacity)}"
