"""One page about a program that is watched: text for a ticket, or a document for programs."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.analysis import diagnosis, measures
from pcsim.analysis.growth import growth_words
from pcsim.snapshot import BlockReason, QueueRow, Snapshot, WorkerRow, WorkerState
from pcsim.text import count, duration, paragraph, percent, plural, rate, safe, table
from pcsim.version import __version__

SCHEMA_VERSION = 1
MOST_ROWS = 100
NAME_WIDTH = 24


def text(snapshot: Snapshot, width: int = 80, notes: Sequence[str] = ()) -> str:
    """The page as plain text, safe for any terminal.

    Args:
        snapshot: The program, since it was first looked at.
        width: Cells of a line, 56 or more; less counts as 56.
        notes: What there is to know besides, one line each.
    """
    width = max(width, 56)
    blocked = sum(row.state is WorkerState.BLOCKED for row in snapshot.workers)
    queues, threads = plural(len(snapshot.queues), "queue"), plural(len(snapshot.workers), "thread")
    lines = [
        *paragraph(safe(snapshot.title), width),
        f"{queues}, {threads}, {blocked} blocked; looked at for {duration(snapshot.at)}",
        "",
        *paragraph(diagnosis.sentence(snapshot), width),
        *(note for line in notes for note in paragraph(safe(line), width)),
        "",
        *_queues(snapshot, width),
        "",
        *_threads(snapshot, width),
    ]
    return "\n".join(lines) + "\n"


def _queues(snapshot: Snapshot, width: int) -> list[str]:
    at = snapshot.at
    head = ["Queues", "depth", "in", "out", "wait", "p99", "oldest", "full"]
    rows = [_queue(row, at) for row in snapshot.queues[:MOST_ROWS]]
    more = len(snapshot.queues) - MOST_ROWS
    return [*table([head, *rows], width), *([f"and {more} more"] if more > 0 else [])]


def _queue(row: QueueRow, at: float) -> list[str]:
    measured = row.waiting_time
    has_waits = measured.count > 0
    full = growth_words(row, at) if row.capacity is None else percent(row.full_share(at))
    return [
        safe(row.name, NAME_WIDTH),
        f"{count(row.depth)}/{'∞' if row.capacity is None else count(row.capacity)}",
        rate(row.put_rate(at)),
        rate(row.throughput(at)),
        duration(measured.mean if has_waits else None),
        duration(measured.p99 if has_waits else None),
        duration(row.oldest_age(at)),
        full,
    ]


def _threads(snapshot: Snapshot, width: int) -> list[str]:
    at = snapshot.at
    head = ["Threads", "now", "got", "put", "full", "empty", "on core"]
    rows = [_thread(row, at) for row in snapshot.workers[:MOST_ROWS]]
    more = len(snapshot.workers) - MOST_ROWS
    return [*table([head, *rows], width), *([f"and {more} more"] if more > 0 else [])]


def _thread(row: WorkerRow, at: float) -> list[str]:
    shares = row.shares(at)
    life = row.lifetime(at)
    is_known = row.is_counted and life > 0
    return [
        safe(row.name, NAME_WIDTH),
        _now(row, at),
        rate(row.got_total / life) if is_known and row.inputs else "–",
        rate(row.put_total / life) if is_known and row.outputs else "–",
        percent(shares.blocked_full) if row.outputs else "–",
        percent(shares.blocked_empty) if row.inputs else "–",
        percent(row.cpu_time / life) if row.cpu_time is not None and life > 0 else "–",
    ]


def _now(row: WorkerRow, at: float) -> str:
    """What it does: `pages full 21 ms`, `item 1.3 s`, `runs`, `ended`."""
    if row.state is WorkerState.BLOCKED:
        reason = "full" if row.reason is BlockReason.FULL else "empty"
        for_ = f" {duration(at - row.since)}" if row.since < at else ""
        return f"{safe(row.queue or '', NAME_WIDTH)} {reason}{for_}"
    if row.state is WorkerState.PAUSED:
        return f"paused {duration(at - row.since)}"
    if row.state in (WorkerState.DONE, WorkerState.FAILED):
        return "ended" if row.state is WorkerState.DONE else "failed"
    return "runs" if row.item_since is None else f"item {duration(at - row.item_since)}"


def document(snapshot: Snapshot, notes: Sequence[str] = ()) -> dict[str, object]:
    """The page as one document that can be written as JSON.

    Times are seconds, throughputs items a second, shares 0 to 1. Names are not escaped for a
    terminal. Keys are only ever added while `schema_version` stays.

    Args:
        snapshot: The program, since it was first looked at.
        notes: What there is to know besides, one line each.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "pcsim_version": __version__,
        "title": snapshot.title,
        "engine": snapshot.engine,
        "phase": snapshot.phase.value,
        "seconds": snapshot.at,
        "sentence": diagnosis.sentence(snapshot),
        "queues": [measures.queue(row, snapshot.at) for row in snapshot.queues],
        "threads": [_thread_document(row, snapshot.at) for row in snapshot.workers],
        "notes": list(notes),
    }


def _thread_document(row: WorkerRow, at: float) -> dict[str, object]:
    is_blocked = row.state is WorkerState.BLOCKED
    blocked_for = at - row.since if is_blocked else None
    return {**measures.worker(row, at), "group": row.group, "blocked_for": blocked_for}
