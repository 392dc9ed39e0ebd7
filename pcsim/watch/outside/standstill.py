"""Which threads wait for one another for ever, as far as can be seen from outside."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pcsim.errors import Wait
from pcsim.snapshot import BlockReason, WorkerRow


def standstill(workers: Sequence[WorkerRow], stuck: Collection[str]) -> tuple[Wait, ...]:
    """Return the waits of those workers whom only others of them could release.

    Args:
        workers: All workers.
        stuck: The names of those that wait without an end of their own and have not moved for
            some time.

    >>> from pcsim.snapshot import Role, WorkerState
    >>> a = WorkerRow("a", Role.STAGE, ("p",), ("q",), WorkerState.BLOCKED, "q", BlockReason.FULL)
    >>> b = WorkerRow("b", Role.STAGE, ("q",), ("p",), WorkerState.BLOCKED, "p", BlockReason.FULL)
    >>> [wait.worker for wait in standstill([a, b], {"a", "b"})], standstill([a, b], {"a"})
    (['a', 'b'], ())
    """
    left = {row.name: row for row in workers if row.name in stuck and row.queue is not None}
    is_smaller = True
    while is_smaller:
        kept = {
            name: row
            for name, row in left.items()
            if (helpers := _who_could_release(row, workers)) and helpers <= set(left)
        }
        is_smaller, left = len(kept) < len(left), kept
    return tuple(
        Wait(row.name, (row.queue,), row.reason)
        for row in left.values()
        if row.queue is not None and row.reason is not None
    )


def _who_could_release(row: WorkerRow, workers: Sequence[WorkerRow]) -> set[str]:
    """The workers that read what is full, or fill what is empty. One that waits may read and write
    the same queue: it does not release itself, unless nobody else could."""
    is_full = row.reason is BlockReason.FULL
    return {one.name for one in workers if row.queue in (one.inputs if is_full else one.outputs)}
