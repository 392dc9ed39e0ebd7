"""The drawing of a system as a graph: nodes in layers, wires between them, the limit marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pcsim.analysis.graph_layout import Drawing, Node, Wire
from pcsim.analysis.named import Named
from pcsim.snapshot import QueueRow
from pcsim.text import safe
from pcsim.tui import cells, figures
from pcsim.tui.gauge import gauge
from pcsim.tui.glyphs import MARK
from pcsim.tui.styles import Palette, Piece
from pcsim.tui.topology_lines import MAX_NAME, crowd

LEFT, RIGHT, UP, DOWN = 1, 2, 4, 8
_CORNERS = {
    LEFT | RIGHT: "━", UP | DOWN: "┃", RIGHT | DOWN: "┏", LEFT | DOWN: "┓", RIGHT | UP: "┗",
    LEFT | UP: "┛", RIGHT | UP | DOWN: "┣", LEFT | UP | DOWN: "┫", LEFT | RIGHT | DOWN: "┳",
    LEFT | RIGHT | UP: "┻", LEFT | RIGHT | UP | DOWN: "╋", LEFT: "━", RIGHT: "━", UP: "┃",
    DOWN: "┃",
}  # fmt: skip


WORD = len(" limit")
"""Cells of the word for what is named."""


class Detail(NamedTuple):
    """How much is drawn of each node: the most that has room."""

    bar: int
    """Cells of the bar of a queue."""
    has_depth: bool
    name: int
    """Cells of a name, at most."""
    mark: int = 2
    """Cells for the mark of what is named, behind the name."""


DETAILS = (
    Detail(14, True, 24), Detail(8, True, 24), Detail(5, True, 18), Detail(4, True, 15),
    Detail(4, False, 15), Detail(3, False, 12), Detail(2, False, 10, 1), Detail(2, False, 8, 1),
)  # fmt: skip


class Plan(NamedTuple):
    """A drawing with the widths that it has room for."""

    drawing: Drawing
    detail: Detail
    widths: tuple[int, ...]
    """Of the layers, in cells."""
    channels: tuple[tuple[tuple[tuple[Wire, ...], int], ...], ...]
    """For each gap the wires that share a vertical line, and its place."""
    gaps: tuple[int, ...]
    """Of the spaces between the layers, in cells."""


def plan(drawing: Drawing, queues: Sequence[QueueRow], width: int, height: int) -> Plan | None:
    """Return how a drawing is made in that room; None where there is not enough of it.

    Args:
        drawing: The graph.
        queues: The queues, for their capacities.
        width: The cells of a line.
        height: The lines that there are.
    """
    if not 0 < drawing.height <= height:
        return None
    channels = tuple(_channels(wires) for wires in drawing.wires[:-1])
    gaps = tuple(3 + max((place for _, place in gap), default=0) for gap in channels)
    rows = {row.name: row for row in queues}
    for detail in DETAILS:
        widths = tuple(
            max((_width(one.node, detail, rows, drawing) for one in layer), default=0)
            for layer in drawing.layers
        )
        spare = width - sum(widths) - sum(gaps)
        if spare >= 0:
            return Plan(drawing, detail, _with_words(drawing, widths, spare), channels, gaps)
    return None


def _with_words(drawing: Drawing, widths: tuple[int, ...], spare: int) -> tuple[int, ...]:
    """The widths with room for a word beside the mark of workers, the last ones first."""
    found = list(widths)
    for place in reversed(range(len(found))):
        has_workers = any(
            one.node.members and not one.node.is_queue for one in drawing.layers[place]
        )
        if has_workers and spare >= WORD:
            found[place] += WORD
            spare -= WORD
    return tuple(found)


def _channels(wires: Sequence[Wire]) -> tuple[tuple[tuple[Wire, ...], int], ...]:
    """The wires that share a line, and where it is: those from one source, or to one target where
    all of its sources lead nowhere else. Lines that would touch stand beside each other."""
    by_source: dict[int, list[Wire]] = {}
    for wire in wires:
        by_source.setdefault(wire.source, []).append(wire)
    buses: dict[tuple[int, ...], list[Wire]] = {}
    for some in by_source.values():
        buses.setdefault(tuple(sorted(wire.target for wire in some)), []).extend(some)
    taken: list[list[tuple[int, int]]] = []
    found = []
    for bus in buses.values():
        ends = [row for wire in bus for row in wire]
        span = min(ends), max(ends)
        place = next(
            (at for at, spans in enumerate(taken)
             if all(span[1] < low or high < span[0] for low, high in spans)), len(taken),
        )  # fmt: skip
        if place == len(taken):
            taken.append([])
        taken[place].append(span)
        found.append((tuple(bus), place))
    return tuple(found)


def _width(node: Node, detail: Detail, rows: dict[str, QueueRow], drawing: Drawing) -> int:
    if not node.members:
        return 1
    back = cells.width_of(_returns(drawing.returns.get(node.key, ()), detail.name))
    name = min(cells.width_of(_name(node)), detail.name)
    if not node.is_queue:
        return name + detail.mark + back + 1
    depth = cells.depth_width(rows[node.members[0]].capacity) + 1 if detail.has_depth else 0
    return name + max(detail.mark, 1) + (detail.mark > 1) + detail.bar + depth + back + 1


def _name(node: Node) -> str:
    return safe(node.members[0], MAX_NAME) if node.is_queue else crowd(node.members)


def _returns(queues: Sequence[str], width: int) -> str:
    if not queues:
        return ""
    names = ", ".join(safe(name, MAX_NAME) for name in queues)
    return f" ↩ {cells.fit(names, min(cells.width_of(names), width))}"


def graph_lines(
    plan: Plan, queues: Sequence[QueueRow], at: float, palette: Palette, named: Named
) -> list[list[Piece]]:
    """Return the drawing, a line for each row.

    Args:
        plan: How it is made.
        queues: The queues, over the last moments or the whole run.
        at: How long that was, in seconds.
        palette: The palette.
        named: What is named.
    """
    drawing = plan.drawing
    rows = {row.name: row for row in queues}
    lines: list[list[Piece]] = [[] for _ in range(drawing.height)]
    for number, (layer, width) in enumerate(zip(drawing.layers, plan.widths, strict=True)):
        leaving = {wire.source for wire in drawing.wires[number]}
        here = {placed.row: placed.node for placed in layer}
        for row, line in enumerate(lines):
            pieces: list[Piece] = []
            if row in here:
                pieces = _node(here[row], width, plan, rows, at, palette, named)
            rest = width - cells.total_width(pieces)
            fill = "━" if row in leaving else " "
            before = " " if pieces and fill == "━" and rest > 1 else ""
            line += [*pieces, (before + fill * (rest - len(before)), palette.dim)]
        if number < len(plan.gaps):
            entering = {wire.target for wire in drawing.wires[number]}
            passing = {one.row for one in drawing.layers[number + 1] if not one.node.members}
            for row, text in enumerate(_gap(plan, number, drawing.height)):
                end = "━" if row in passing else "▶"
                head = end + (" " if end == "▶" else "━") if row in entering else "  "
                lines[row].append((text + head, palette.dim))
    return lines


def _gap(plan: Plan, number: int, height: int) -> list[str]:
    """The wires of a gap, without their ends, as a text for each row."""
    width = plan.gaps[number] - 2
    grid = [[0] * width for _ in range(height)]
    for bus, place in plan.channels[number]:
        sources, targets = {wire.source for wire in bus}, {wire.target for wire in bus}
        ends = sources | targets
        for row in range(min(ends), max(ends) + 1):
            sides = (UP if row > min(ends) else 0) | (DOWN if row < max(ends) else 0)
            grid[row][place] |= sides
        for row in sources:
            for column in range(place):
                grid[row][column] |= LEFT | RIGHT
            grid[row][place] |= LEFT
        for row in targets:
            for column in range(place + 1, width):
                grid[row][column] |= LEFT | RIGHT
            grid[row][place] |= RIGHT
    return ["".join(_CORNERS.get(sides, " ") for sides in line) for line in grid]


def _node(
    node: Node,
    width: int,
    plan: Plan,
    rows: dict[str, QueueRow],
    at: float,
    palette: Palette,
    named: Named,
) -> list[Piece]:
    if not node.members:
        return []
    detail = plan.detail
    shown = _fitted(_name(node), detail.name)
    back = _returns(plan.drawing.returns.get(node.key, ()), detail.name)
    mark = MARK.rjust(detail.mark)
    if not node.is_queue:
        is_named = not named.workers.isdisjoint(node.members)
        room = width - cells.width_of(shown + mark + back) - 1
        word = f" {named.word}" if len(named.word) <= room else ""
        return [
            (shown, palette.strong if is_named else palette.text),
            (mark + word if is_named else "", palette.accent),
            (back, palette.dim),
        ]
    row = rows[node.members[0]]
    is_named = row.name in named.queues
    pieces: list[Piece] = [
        (shown, palette.strong),
        (mark if is_named else "", palette.accent),
        (" " if detail.mark > 1 or not is_named else "", palette.text),
        *gauge(row, at, detail.bar, palette),
    ]
    if detail.has_depth:
        waiting = figures.depth(row.depth, row.capacity, cells.depth_width(row.capacity))
        pieces.append((f" {waiting}", palette.text))
    return [*pieces, (back, palette.dim)]


def _fitted(name: str, width: int) -> str:
    """The name in at most that many cells; the number of a group stays, as in `resi… ×2`."""
    if cells.width_of(name) <= width:
        return name
    head, times, number = name.rpartition(" ×")
    if times and len(number) + 4 <= width:
        return cells.fit(head, width - len(times + number)).rstrip() + times + number
    return cells.fit_name(name, width)
