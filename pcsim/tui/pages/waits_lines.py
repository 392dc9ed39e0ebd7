"""The words of the view of waits: the jam from its root on, and the picture of a deadlock."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from pcsim.analysis.firsts import First, FirstKind
from pcsim.analysis.jam import Jam, Line
from pcsim.analysis.lockup import Lockup, ways_out
from pcsim.snapshot import BlockReason, QueueRow, Shares, Snapshot, WorkerRow
from pcsim.text import clock_time, count, duration, exact_time, percent, plural, rate, safe
from pcsim.tui import cells
from pcsim.tui.glyphs import MARKS, STUCK_FIRST, standing
from pcsim.tui.lane_cells import IS_FULL, PAUSES, RUNS, WAITS
from pcsim.tui.view import View
from pcsim.tui.widgets.text_view import Marked, TextLine
from pcsim.tui.widgets.worker_table import why

WIDE = 100
"""Cells from which on shares are a bar."""
BAR = 20
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
    lasts = _lasts(view)
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
    queues = {row.name: row for row in view.snapshot.queues}
    lately = {row.name: row for row in view.shown.queues}
    spots: list[Spot] = []
    for line in jam.lines:
        if line.is_queue:
            spots.append(_queue_spot(line, queues.get(line.name), view))
        else:
            spots += _crew_spots(line, jam, view, width, unfolded)
    outside = [] if jam_only else jam.outside
    if outside:
        spots += [Spot([]), Spot([("Not in the jam" if jam.lines else "Everybody", "strong")])]
    for crew in outside:
        spots += _crew_spots(Line(0, crew.name), jam, view, width, unfolded)
        for queue in sorted(crew.inputs):
            row = lately.get(queue)
            if row is not None and row.dropped_total and row.full_share(view.shown.at) > 0:
                lost = rate(row.dropped_total / view.shown.at)
                text = f"  └▐ {safe(queue)}  drops what does not fit ({lost}): it holds nobody back"
                spots.append(Spot([(text, "dim")], queues.get(queue)))
    return spots


def _crew_spots(
    line: Line, jam: Jam, view: View, width: int, unfolded: Collection[str]
) -> list[Spot]:
    """The line of a crew, and of its members, where it is a group that is unfolded."""
    crew = jam.crews[line.name]
    spot = _crew_spot(line, jam, view, width)
    if len(crew.members) < 2 or line.is_again:
        return [spot]
    spots = [spot._replace(group=crew.name)]
    if crew.name in unfolded:
        lately = {row.name: row for row in view.shown.workers}
        for row in crew.members:
            part = lately.get(row.name)
            shares = Shares() if part is None else part.shares(view.shown.at)
            spots.append(_member_spot(row, line.depth, shares, view, width, crew.name))
    return spots


def _member_spot(
    row: WorkerRow, depth: int, shares: Shares, view: View, width: int, group: str
) -> Spot:
    word, is_wide = standing(row), width >= WIDE
    title = f"{'  ' * depth}    {MARKS[word]} {safe(row.name)}"
    marks: list[Marked] = [(cells.fit(title, 31 if is_wide else 25) + " ", word)]
    now = why(row, view.at) or word
    marks.append((cells.fit(now, 26 if is_wide else 24) + " ", word))
    return Spot([*marks, *_spent(shares, is_wide)], row, of_group=group)


def _spent(shares: Shares, is_wide: bool) -> list[Marked]:
    """How much of the time workers ran; where there is room with a bar of all of it."""
    if is_wide:
        return [*share_bar(shares), (f" {percent(shares.active):>5}", "text")]
    return [(f"run {percent(shares.active):>5}", "text")]


def _crew_spot(line: Line, jam: Jam, view: View, width: int) -> Spot:
    crew = jam.crews[line.name]
    at, first = view.at, crew.members[0]
    words = [standing(row) for row in crew.members]
    word = next((one for one in STUCK_FIRST if one in words), words[0])
    prefix = "  " * line.depth + ("└" if line.depth else "")
    is_wide = width >= WIDE
    title = f"{prefix}{MARKS[word]} {safe(crew.title)}"
    marks: list[Marked] = [(cells.fit(title, 31 if is_wide else 25) + " ", word)]
    if line.is_again:
        return Spot([*marks, ("(above, with those who wait for it)", "dim")], first)
    if len(crew.members) > 1:
        named = next(row for row in crew.members if standing(row) == word)
        now = f"{words.count(word)} of {len(words)}: {why(named, at) or word}"
    else:
        now = why(first, at) or word
    marks.append((cells.fit(now, 26 if is_wide else 24) + " ", word))
    shares = crew.shares
    marks += _spent(shares, is_wide)
    waits = jam.waits_of(crew.name)
    if line.is_root:
        marks.append(("  ROOT", "accent"))
    if waits and is_wide:
        others = ", ".join(f"{safe(jam.crews[one.holder].name)} {percent(one.share)}"
                           for one in waits[:2])  # fmt: skip
        marks.append((f"   waits for {others}", "blocked"))
    elif waits:
        marks.append((f"  {IS_FULL} {percent(shares.blocked_full)}", "blocked"))
    elif shares.blocked_empty >= 0.005:
        marks.append((f"   no items {percent(shares.blocked_empty)}", "dim"))
    return Spot(marks, first)


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


def _queue_spot(line: Line, row: QueueRow | None, view: View) -> Spot:
    prefix = "  " * line.depth + "└▐ "
    if row is None:
        return Spot([(f"{prefix}{safe(line.name)}", "dim")])
    word = cells.level(row.fill)
    of = "" if row.capacity is None else f"/{count(row.capacity)}"
    marks: list[Marked] = [(f"{prefix}{safe(row.name)}  ", "text"), (f"{row.depth}{of}", word)]
    if row.full_since is not None:
        marks.append((f"  full {duration(view.at - row.full_since)}", word))
    else:
        marks.append((f"  {word}", word))
    share = next((one.full_share(view.shown.at) for one in view.shown.queues
                  if one.name == row.name), 0.0)  # fmt: skip
    marks.append((f"   full {percent(share)}{_lasts(view)}", "dim"))
    return Spot(marks, row)


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
    head = f"The moment it locked: {exact_time(at)}" if at > 0 else "Locked since before you looked"
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
    since = f" since {exact_time(row.since)}" if 0 < row.since <= picture.at else ""
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


def _lasts(view: View) -> str:
    if view.recent is None:
        return " since you looked" if view.is_watched else " over the whole run"
    return f" over the last {seconds(view.recent.at)}"
