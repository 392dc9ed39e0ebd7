"""The words of the view of waits: the jam from its root on, and the picture of a deadlock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from pcsim.analysis.firsts import First, FirstKind
from pcsim.analysis.jam import Jam
from pcsim.analysis.lockup import Lockup, ways_out
from pcsim.snapshot import BlockReason, QueueRow, Snapshot, WorkerRow
from pcsim.text import clock_time, count, duration, exact_time, plural, safe
from pcsim.tui import cells
from pcsim.tui.glyphs import MARKS, standing
from pcsim.tui.view import View
from pcsim.tui.widgets.text_view import TextLine

MOST_ITEMS = 5
"""Items of a queue that a picture names."""


class Spot(NamedTuple):
    """A line, and what it is about."""

    line: TextLine
    row: QueueRow | WorkerRow | None = None
    """The worker or queue whose details it opens; None for words alone."""
    group: str = ""
    """The group that it unfolds; "" for anything but a group."""
    of_group: str = ""
    """The group that the worker is a member of, where that is unfolded."""

    @property
    def about(self) -> str:
        """What it is about: it stays the same while the words change."""
        return f"{self.group}\0" if self.group or self.row is None else self.row.name


def summary(jam: Jam, view: View) -> str:
    """Return the jam in two sentences."""
    lasts = lasting(view)
    total = sum(len(crew.members) for crew in jam.crews.values())
    if not jam.roots:
        return f"Nobody waits for room in a queue{lasts}."
    root = jam.roots[0]
    waiting = sum(
        len(jam.crews[line.name].members)
        for line in jam.lines if not (line.is_queue or line.is_root or line.is_again)
    )  # fmt: skip
    title = safe(jam.crews[root].title)
    never = not jam.waits_of(root)
    said = "it waits for nobody" if never else "it waits least of all in the cycle"
    others = len(jam.roots) - 1
    more = f" (and {plural(others, 'more root')})" if others else ""
    still = f"{jam.standing:.1f} of {plural(total, 'worker')} stood still{lasts}."
    waits = "waits" if waiting == 1 else "wait"
    others_wait = f"{plural(waiting, 'worker')} {waits} for it"
    return f"{title} is the root{more}: {said}, and {others_wait}. On average {still}"


def standing_lines(jam: Jam, width: int) -> list[TextLine]:
    """Return where workers stood still, in worker-seconds."""
    waited = [(f"behind {safe(name)}", seconds, "blocked") for name, seconds in jam.behind.items()]
    crews = list(jam.crews.values())
    empty = sum(crew.seconds.blocked_empty for crew in crews)
    paused = sum(crew.seconds.paused for crew in crews)
    rows = [*waited, ("for want of items", empty, "waiting"), ("paused", paused, "paused")]
    most = max((seconds for _, seconds, _ in rows), default=0.0)
    label = min(max(max(cells.width_of(text) for text, _, _ in rows) + 1, 20), max(width - 22, 12))
    room = max(width - label - 12, 4)
    lines: list[TextLine] = []
    for text, seconds, style in rows:
        size = round(seconds / most * room) if most > 0 else 0
        lines.append([(cells.fit(text, label), "text"), (f"{seconds:>8.1f}  ", "text"),
                      ("█" * size, style)])  # fmt: skip
    return lines


def history_lines(firsts: Sequence[First], jam: Jam, dropping: Collection[str]) -> list[TextLine]:
    """Return when queues were full for the first time, and who was behind them.

    Args:
        firsts: What happened for the first time.
        jam: Who waits for whom.
        dropping: The queues that do not make anybody wait.
    """
    lines: list[TextLine] = []
    for first in firsts:
        if first.kind is not FirstKind.FULL:
            continue
        behind = sum(len(crew.members) for crew in jam.crews.values()
                     if first.subject in crew.outputs)  # fmt: skip
        when = clock_time(first.at, tenths=first.at < 3600)
        follows = (
            "it drops" if first.subject in dropping else f"{plural(behind, 'worker')} behind it"
        )
        what = f"{safe(first.subject)} full"
        lines.append([(f"{when:>7}  ", "dim"), (what, "full"), (f"  →  {follows}", "dim")])
    return lines or [[("No queue has been full.", "dim")]]


def lockup_lines(lockup: Lockup, view: View) -> list[Spot]:
    """Return the picture of a deadlock: its cycle, who waits outside, and the ways out.

    Args:
        lockup: The cycle.
        view: The run.
    """
    picture = lockup.picture
    rows = {row.name: row for row in picture.workers}
    queues = {row.name: row for row in picture.queues}
    at = _locked_at(lockup)
    head = (
        f"The moment it locked: {exact_time(round(at, 3))}"
        if at > 0
        else "Locked since before you looked"
    )
    spots = [Spot([(head, "failed"), ("   the picture is kept", "dim")]), Spot([])]
    last = len(lockup.waits) - 1
    for place, (wait, queue) in enumerate(zip(lockup.waits, lockup.queues, strict=True)):
        edge = "╭─▶ " if place == 0 else "│   "
        row = rows[wait.worker]
        said = f"   {_cannot(row, wait.reason, queue, picture)}"
        who = f"■ {safe(wait.worker)}"
        spots.append(Spot([(edge, "accent"), (who, "blocked"), (said, "text")], row))
        edge = "╰── " if place == last else "│   "
        where = queues.get(queue)
        if where is None:  # of a program that is watched, a queue may be out of sight by now
            spots.append(Spot([(edge, "accent"), (f"  ▐ {safe(queue)}", "text")]))
            continue
        of = "" if where.capacity is None else f"/{count(where.capacity)}"
        spots.append(Spot([(edge, "accent"), (f"  ▐ {safe(queue)}  ", "text"),
                           (f"{where.depth}{of}", cells.level(where.fill)),
                           (f"   {_items(view, where)}", "dim")], where))  # fmt: skip
    if lockup.others:
        spots += [Spot([]), Spot([("Outside the cycle: they wait, but hold nobody of it up",
                                   "strong")])]  # fmt: skip
    for row in lockup.others:
        reason = row.reason.value if row.reason else ""
        said = f"   {_cannot(row, reason, row.queue or '', picture)}"
        who = f"    {MARKS[standing(row)]} {safe(row.name)}"
        spots.append(Spot([(who, standing(row)), (said, "text")], row))
    spots += [Spot([]), Spot([("Ways out", "strong")])]
    ways = ways_out(lockup, is_own=not view.is_watched)
    return [*spots, *(Spot([(f"  {way}", "accent")]) for way in ways)]


def _locked_at(lockup: Lockup) -> float:
    inside = {wait.worker for wait in lockup.waits}
    return max(row.since for row in lockup.picture.workers if row.name in inside)


def _cannot(row: WorkerRow, reason: str, queue: str, picture: Snapshot) -> str:
    since = f" since {exact_time(round(row.since, 3))}" if 0 < row.since <= picture.at else ""
    holds = "" if row.item is None else f"holds item {row.item}; "
    if reason == BlockReason.FULL:
        return f"{holds}cannot put: {safe(queue)} full{since}"
    return f"{holds}cannot get: {safe(queue)} empty{since}"


def _items(view: View, row: QueueRow) -> str:
    if not row.depth:
        return "no items"
    detail = view.detail_of(row.name)
    shown = " ".join(str(item.id) for item in detail.items[:MOST_ITEMS])
    more = " …" if len(detail.items) > MOST_ITEMS else ""
    return f"items {shown}{more}" if shown else plural(row.depth, "item")


def seconds(lasts: float) -> str:
    """Return how long the last moments are, in words: `10 s`."""
    return f"{lasts:.0f} s" if lasts < 100 else duration(round(lasts))


def lasting(view: View) -> str:
    """Return over how long a share was measured, in words that end a sentence."""
    if view.recent is None:
        return " since you looked" if view.is_watched else " over the whole run"
    return f" over the last {seconds(view.recent.at)}"
