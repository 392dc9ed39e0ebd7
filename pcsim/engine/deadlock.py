"""Which blocked workers can never go on, found the moment the last of them blocks.

A worker blocked on a full queue waits for any of that queue's readers to take an item. A worker
blocked on empty queues waits for any writer of any of them to put one. So a wait ends if *one* of
the workers that it depends on goes on. A worker that runs, works or is paused may go on.

The search begins with those workers as the free ones. In each round it frees every blocked worker
that waits for a free one, until a round frees nobody. The workers that remain wait only for each
other: they are deadlocked. It is the greatest such set. Without a cycle of stages there is none:
see Coffman et al., System Deadlocks, ACM Computing Surveys 3 (1971).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pcsim import errors
from pcsim.engine.protocols import RunQueue, RunWorker
from pcsim.snapshot import BlockReason


class QueueWait(NamedTuple):
    """What a blocked worker waits for, and at which queues (by index)."""

    reason: BlockReason
    queues: tuple[int, ...]


def waiting(
    live: Mapping[str, RunWorker], queues: Sequence[RunQueue], cells: list[Any]
) -> dict[str, QueueWait]:
    """Find what each of the `live` workers that wait depends on.

    A worker that has been served since it blocked waits no more, though it may not run yet. The
    ledger shows that: a worker that waits for a slot has one item in hand, one that waits for an
    item has none.

    Under the run's lock nobody is served meanwhile, and nobody begins to wait. But a worker that
    was served before may go on at any moment, and put what it got: then its hand is empty again
    as if it still waited. Hence the second look at `blocked_on`, after the ledger.
    """
    waits: dict[str, QueueWait] = {}
    for name, worker in live.items():
        blocked_on = worker.blocked_on
        if blocked_on is None:
            continue
        wait = QueueWait(*blocked_on)
        places = [queues[index] for index in wait.queues]
        if wait.reason is BlockReason.FULL:
            is_refused, in_hand = any(queue.is_shutdown for queue in places), 1
        else:
            is_refused, in_hand = all(queue.is_over for queue in places), 0
        is_as_it_blocked = worker.account.in_hand(cells) == in_hand
        if not is_refused and is_as_it_blocked and worker.blocked_on is blocked_on:
            waits[name] = wait
    return waits


def deadlocked(
    live: Iterable[str],
    waits: Mapping[str, QueueWait],
    readers: Sequence[Iterable[str]],
    writers: Sequence[Iterable[str]],
) -> frozenset[str]:
    """Find the workers among the `live` that wait only for each other.

    Args:
        live: The names of all workers that have not ended.
        waits: What each blocked worker waits for.
        readers: By index of the queue, the names of the live workers that take from it.
        writers: By index of the queue, the names of the live workers that put into it.
    """
    free = {name for name in live if name not in waits}
    blocked = set(live) - free
    while True:
        freed = {name for name in blocked if _waits_for_one_of(free, waits[name], readers, writers)}
        if not freed:
            return frozenset(blocked)
        free |= freed
        blocked -= freed


def _waits_for_one_of(
    free: set[str],
    wait: QueueWait,
    readers: Sequence[Iterable[str]],
    writers: Sequence[Iterable[str]],
) -> bool:
    others = readers if wait.reason is BlockReason.FULL else writers
    return any(not free.isdisjoint(others[queue]) for queue in wait.queues)


def named(waits: Mapping[str, QueueWait], queue_names: Sequence[str]) -> tuple[errors.Wait, ...]:
    """Give the waits for use outside of the engine, with queues by name."""
    return tuple(
        errors.Wait(name, tuple(queue_names[queue] for queue in wait.queues), wait.reason)
        for name, wait in waits.items()
    )
