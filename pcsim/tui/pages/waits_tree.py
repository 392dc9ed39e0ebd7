"""The tree of the view of waits: the root of the jam, and beneath each who waits for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from pcsim.analysis.jam import Crew, Jam, Line
from pcsim.snapshot import Shares
from pcsim.text import count, duration, percent, rate, safe
from pcsim.tui import cells
from pcsim.tui.glyphs import MARKS, STUCK_FIRST, WAITING, standing
from pcsim.tui.lane_cells import IS_FULL, PAUSES, RUNS, WAITS
from pcsim.tui.pages.waits_lines import Spot, lasting
from pcsim.tui.view import View
from pcsim.tui.widgets.text_view import Marked
from pcsim.tui.widgets.worker_table import why

WIDE = 100
"""Cells from which on shares are a bar."""
BAR = 20
MIN_NAME, MOST_NAME, MOST_NARROW_NAME = 20, 44, 34
NOW, SHARES = 26, 20
"""Cells for what a worker does now, where there is room, and for shares that are no bar."""


def branches(depths: Sequence[int]) -> list[str]:
    """Return what stands before each line of a tree.

    Args:
        depths: The depth of each line, 0 for a root.

    >>> branches([0, 1, 2, 2, 1, 0])
    ['', '├', '│ ├', '│ └', '└', '']
    """
    drawn: list[str] = []
    going_on: set[int] = set()
    for depth in reversed(depths):
        bars = "".join("│ " if level in going_on else "  " for level in range(1, depth))
        corner = "├" if depth in going_on else "└"
        drawn.append(f"{bars}{corner}" if depth else "")
        going_on = {level for level in going_on if level < depth} | {depth}
    return drawn[::-1]


def jam_lines(
    jam: Jam, view: View, width: int, *, jam_only: bool, unfolded: Collection[str] = ()
) -> list[Spot]:
    """Return who waits for whom, the root of the jam first.

    Args:
        jam: Who waits for whom.
        view: The run.
        width: The cells that there are.
        jam_only: Whether to leave out who is in no jam.
        unfolded: The groups whose members have lines of their own.
    """
    tree = _Tree(jam, view, width, unfolded)
    spots = list(tree.in_jam())
    outside = [] if jam_only else jam.outside
    if outside:
        spots += [Spot([]), Spot([("Not in the jam" if jam.lines else "Everybody", "strong")])]
    for crew in outside:
        spots += tree.outside(crew)
    return spots


class _Tree:
    """Draws the lines of one look."""

    def __init__(self, jam: Jam, view: View, width: int, unfolded: Collection[str]) -> None:
        self._jam = jam
        self._view = view
        self._unfolded = unfolded
        self._is_wide = width >= WIDE
        self._queues = {row.name: row for row in view.snapshot.queues}
        self._lately = {row.name: row for row in view.shown.queues}
        self._branches = branches([line.depth for line in jam.lines])
        indents = dict.fromkeys((crew.name for crew in jam.outside), 0)
        indents |= {
            line.name: cells.width_of(branch)
            for branch, line in zip(self._branches, jam.lines, strict=True)
            if not line.is_queue and not line.is_again
        }
        titles = [
            indent + cells.width_of(safe(jam.crews[name].title)) for name, indent in indents.items()
        ]
        titles += [
            indents[name] + 2 + cells.width_of(safe(row.name))
            for name in unfolded
            if name in indents
            for row in jam.crews[name].members
        ]
        most = MOST_NAME if self._is_wide else min(MOST_NARROW_NAME, max(width - SHARES - 8, 8))
        self._name = max(min(max(titles, default=0) + 2, most), min(MIN_NAME, most))
        self._for_waits = width - self._name - NOW - BAR - cells.width_of("▸   100 %   waits for ")
        self._now = NOW if self._is_wide else max(width - 3 - self._name - SHARES, 4)

    def in_jam(self) -> Iterator[Spot]:
        """Return the lines of the jam."""
        for branch, line in zip(self._branches, self._jam.lines, strict=True):
            if line.is_queue:
                yield self._queue(branch, line.name)
            else:
                yield from self._crew_and_members(branch, line)

    def outside(self, crew: Crew) -> Iterator[Spot]:
        """Return the lines of a crew that is in no jam, with queues that would hold others if they
        did not drop."""
        yield from self._crew_and_members("", Line(0, crew.name))
        for queue in sorted(crew.inputs):
            row = self._lately.get(queue)
            if row is not None and row.dropped_total and row.full_share(self._view.shown.at) > 0:
                lost = rate(row.dropped_total / self._view.shown.at)
                text = f"└▐ {safe(queue)}  drops what does not fit ({lost}): it holds nobody back"
                yield Spot([(text, "dim")], self._queues.get(queue))

    def _crew_and_members(self, branch: str, line: Line) -> Iterator[Spot]:
        crew = self._jam.crews[line.name]
        spot = self._crew(branch, line, crew)
        if len(crew.members) < 2 or line.is_again:
            yield spot
            return
        yield spot._replace(group=crew.name)
        if crew.name in self._unfolded:
            shown = self._view.shown
            lately = {row.name: row.shares(shown.at) for row in shown.workers}
            indent = branch.replace("├", "│").replace("└", " ")
            for row in crew.members:
                word = standing(row)
                marks = self._head(f"{indent}  ", f"{MARKS[word]} {safe(row.name)}", word)
                now = why(row, self._view.at) or word
                marks.append((cells.fit(now, self._now) + " ", word))
                marks += self._spent(lately.get(row.name, Shares()))
                yield Spot(marks, row, of_group=crew.name)

    def _head(self, branch: str, title: str, word: str) -> list[Marked]:
        room = max(self._name - cells.width_of(branch), 1)
        return [(branch, "dim"), (cells.fit_title(title, room) + " ", word)]

    def _spent(self, shares: Shares) -> list[Marked]:
        """How much of the time workers ran; where there is room, with a bar of all of it."""
        if self._is_wide:
            return [*share_bar(shares), (f" {percent(shares.active):>5}", "text")]
        return [(f"run {percent(shares.active):>5}", "text")]

    def _crew(self, branch: str, line: Line, crew: Crew) -> Spot:
        at, first = self._view.at, crew.members[0]
        words = [standing(row) for row in crew.members]
        word = next((one for one in STUCK_FIRST if one in words), words[0])
        marks = self._head(branch, f"{MARKS[word]} {safe(crew.title)}", word)
        if line.is_again:
            return Spot([*marks, ("(above, with those who wait for it)", "dim")], first)
        if len(crew.members) > 1:
            number, total = words.count(word), len(words)
            named = next(row for row in crew.members if standing(row) == word)
            waits = word in ("blocked", WAITING)
            now = "all" if number == total else f"{number} of"
            now = f"{now} {total}: {(waits and why(named, at)) or word}"
        else:
            now = why(first, at) or word
        marks.append((cells.fit(now, self._now) + " ", word))
        marks += self._spent(crew.shares)
        if line.is_root:
            marks.append(("  ROOT", "accent"))
        has_room = self._is_wide or not line.is_root
        return Spot([*marks, *(self._waits(crew) if has_room else ())], first)

    def _waits(self, crew: Crew) -> list[Marked]:
        """For whom it waits, and how much it has nothing to do."""
        shares, waits = crew.shares, self._jam.waits_of(crew.name)
        if waits and self._is_wide:
            crews = self._jam.crews
            texts = [f"{safe(crews[one.holder].title)} {percent(one.share)}" for one in waits[:2]]
            has_room = cells.width_of(", ".join(texts)) <= self._for_waits
            others = ", ".join(texts if has_room else texts[:1])
            return [(f"   waits for {others}", "blocked")]
        if waits:
            return [(f"  {IS_FULL} {percent(shares.blocked_full)}", "blocked")]
        if shares.blocked_empty < 0.005:
            return []
        if self._is_wide:
            return [(f"   no items {percent(shares.blocked_empty)}", "dim")]
        return [(f"  {WAITS} {percent(shares.blocked_empty)}", "dim")]

    def _queue(self, branch: str, name: str) -> Spot:
        view, row = self._view, self._queues.get(name)
        if row is None:
            return Spot([(f"{branch}▐ {safe(name)}", "dim")])
        word = cells.level(row.fill)
        of = "" if row.capacity is None else f"/{count(row.capacity)}"
        marks: list[Marked] = [
            (branch, "dim"), (f"▐ {safe(row.name)}  ", "text"), (f"{row.depth}{of}", word),
        ]  # fmt: skip
        if row.full_since is not None:
            marks.append((f"  full {duration(view.at - row.full_since)}", word))
        else:
            marks.append((f"  {word}", word))
        lately = self._lately.get(name)
        share = 0.0 if lately is None else lately.full_share(view.shown.at)
        marks.append((f"   full {percent(share)}{lasting(view)}", "dim"))
        return Spot(marks, row)


def share_bar(shares: Shares, cells_wide: int = BAR) -> list[Marked]:
    """Return shares of time as a bar: running, blocked on full, on empty, paused."""
    parts = (
        (shares.active, RUNS, "running"),
        (shares.blocked_full, IS_FULL, "blocked"),
        (shares.blocked_empty, WAITS, "waiting"),
        (shares.paused, PAUSES, "paused"),
    )
    if not sum(part for part, _, _ in parts):
        return [(" " * cells_wide, "dim")]
    marks: list[Marked] = []
    done, drawn = 0.0, 0
    for part, sign, style in parts:
        done += part
        until = min(round(done * cells_wide), cells_wide)
        marks.append((sign * (until - drawn), style))
        drawn = until
    return [*marks, (" " * (cells_wide - drawn), "dim")]
