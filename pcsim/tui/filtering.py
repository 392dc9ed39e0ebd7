"""Rows and lines that have each word of a filter in them."""

from __future__ import annotations

from collections.abc import Iterable

from pcsim.snapshot import QueueRow, WorkerRow
from pcsim.tui.cells import level
from pcsim.tui.glyphs import standing


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a filter, as `has_all` takes them."""
    return tuple(text.casefold().split())


def has_all(text: str, words: tuple[str, ...]) -> bool:
    """Whether a text has each of the words in it, small or capital.

    >>> has_all("writer-1 blocked, store full", words_of("Store bl"))
    True
    """
    folded = text.casefold()
    return all(word in folded for word in words)


def worker_text(row: WorkerRow) -> str:
    """Return what the filter of workers looks into: names, state, and what it waits for."""
    waits = f"{row.queue} {row.reason}" if row.queue else ""
    return f"{row.name} {row.group} {standing(row)} {waits}"


def has_row(rows: Iterable[QueueRow | WorkerRow], words: tuple[str, ...]) -> bool:
    """Whether one of these rows has each of the words in what the filter looks into."""
    return any(
        has_all(worker_text(row) if isinstance(row, WorkerRow) else queue_text(row), words)
        for row in rows
    )


def queue_text(row: QueueRow) -> str:
    """Return what the filter of queues looks into: the name, and how full it is."""
    empty = "empty" if row.depth == 0 else level(row.fill)
    return f"{row.name} {empty} {'closed' if row.closed else ''}"
