"""What a program that is watched is doing, in words: what limits it, and what looks wrong."""

from __future__ import annotations

from pcsim.analysis.bottleneck import is_too_early
from pcsim.analysis.crews import crew_names, in_crews
from pcsim.analysis.diagnosis import measured_limit, sentence
from pcsim.analysis.growth import growth
from pcsim.analysis.named import Named
from pcsim.analysis.naming import named
from pcsim.analysis.phrases import name, names
from pcsim.snapshot import BlockReason, QueueRow, Snapshot, WorkerRow, WorkerState
from pcsim.text import count, duration, plural, rate

LONG_BLOCKED = 5.0
"""Seconds from which on it is said that a thread is blocked."""
ENOUGH_TO_GROW = 2.0
"""Seconds after which it is said that a queue grows."""
MOST_WARNINGS = 2
TOO_EARLY = "It is too early to see what limits the flow."


class WatchedWords:
    """Says what a program is doing. It remembers which queues have had a reader."""

    def __init__(self) -> None:
        self._were_read: set[str] = set()

    def say(self, snapshot: Snapshot) -> tuple[str, Named]:
        """Return a few sentences about the last moments, safe for any terminal, and what limits it
        by them.

        Args:
            snapshot: The program, at any time.
        """
        if snapshot.phase.is_over:
            return f"The program has ended, {duration(snapshot.at)} after you looked.", Named()
        if snapshot.failure is not None:
            return sentence(snapshot), named(snapshot)
        part = snapshot.recent
        warnings = self._warnings(snapshot, part)[:MOST_WARNINGS]
        # Where items are not counted, nothing can be seen to move, and shares of time say the rest.
        moves = any(row.put_total or row.got_total or not row.is_counted for row in part.queues)
        if moves and not is_too_early(part):
            return " ".join([measured_limit(part), *warnings]), named(part)
        return " ".join(warnings) or (TOO_EARLY if moves else _still(snapshot)), Named()

    def _warnings(self, snapshot: Snapshot, part: Snapshot) -> list[str]:
        lives = [row for row in snapshot.workers if row.ended_at is None]
        are_read = {queue for row in lives for queue in row.inputs}
        self._were_read &= {row.name for row in snapshot.queues}
        texts = [
            f"Nobody reads {name(row.name)} any more: {plural(row.depth, 'item')} wait in it."
            if row.depth > 1
            else f"Nobody reads {name(row.name)} any more: an item waits in it."
            for row in snapshot.queues
            if row.depth and row.name in self._were_read - are_read
        ]
        ended = [row for row in snapshot.workers if row.ended_at is not None]
        self._were_read |= are_read | {queue for row in ended for queue in row.inputs}
        texts += _blocked(snapshot)
        if part.at >= ENOUGH_TO_GROW:
            pairs = zip(part.queues, snapshot.queues, strict=True)
            texts += [_grows(row, whole, snapshot.at, part.at) for row, whole in pairs]
        return list(filter(None, texts))


def _still(snapshot: Snapshot) -> str:
    if not snapshot.queues:
        return "No queue is in use."
    waiting = sum(row.depth for row in snapshot.queues)
    if not waiting:
        return "Every queue is empty."
    return f"{plural(waiting, 'item')} wait, and nothing was seen to move."


def _blocked(snapshot: Snapshot) -> list[str]:
    """Who has been blocked on a full queue for long: for each queue, the longest first."""
    at = snapshot.at
    stuck: dict[str, list[WorkerRow]] = {}
    for row in sorted(snapshot.workers, key=lambda row: row.since):
        is_stuck = row.state is WorkerState.BLOCKED and row.reason is BlockReason.FULL
        if is_stuck and at - row.since >= LONG_BLOCKED:
            stuck.setdefault(row.queue or "", []).append(row)
    texts = []
    for queue, rows in stuck.items():
        who = names(in_crews((row.name for row in rows), crew_names(rows)))
        has = "has" if len(rows) == 1 else "have"
        lasts = duration(round(at - rows[0].since))
        texts.append(f"{who} {has} been blocked for {lasts}: {name(queue)} is full.")
    return texts


def _grows(row: QueueRow, whole: QueueRow, at: float, lasted: float) -> str:
    """That a queue without a capacity grows; empty where it does not."""
    gained = 0.0 if row.capacity is not None else growth(row, lasted)
    if gained <= 0:
        return ""
    oldest = whole.oldest_age(at)
    waits = "" if oldest is None else f"; its oldest item has waited for {duration(oldest)}"
    return (
        f"{name(row.name)} grows by {rate(gained)} without a bound: {count(row.depth)} wait{waits}."
    )
