"""Which blocked workers can never go on, found the moment the last of them blocks.

A worker blocked on a full queue waits for any of its consumers, one blocked on empty queues for
any producer of any of them. Whoever runs, works or is paused may yet act. What is left when
nobody else can be released is stuck (the greatest set of workers that wait only for each
other). Without a cycle of stages there is no such set: see Coffman et al., System Deadlocks,
ACM Computing Surveys 3 (1971).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pcsim import errors
from pcsim.snapshot import BlockReason

if TYPE_CHECKING:
    from pcsim.engine.protocols import RunQueue
    from pcsim.engine.worker import Worker


class QueueWait(NamedTuple):
    """What a worker's going on depends on."""

    reason: BlockReason
    queues: tuple[int, ...]


def waiting(
    live: Mapping[str, Worker], queues: Sequence[RunQueue], cells: list[Any]
) -> dict[str, QueueWait]:
    """What each of the `live` workers that wait depends on. Who has been served since it parked
    waits no more, though it may not run yet: the books know.

    Under the run's lock: nobody is served meanwhile, and nobody begins to wait. But who was served
    before may go on at any moment, and put what it was given: so it is asked twice.
    """
    waits: dict[str, QueueWait] = {}
    for name, worker in live.items():
        blocked_on = worker.blocked_on
        if blocked_on is None:
            continue
        wait = QueueWait(*blocked_on)
        lines = [queues[index] for index in wait.queues]
        if wait.reason is BlockReason.FULL:
            is_refused, held = any(queue.is_shutdown for queue in lines), 1
        else:
            is_refused, held = all(queue.is_over for queue in lines), 0
        is_as_it_parked = worker.account.in_hand(cells) == held
        if not is_refused and is_as_it_parked and worker.blocked_on is blocked_on:
            waits[name] = wait
    return waits


def stuck(
    live: Iterable[str],
    waits: Mapping[str, QueueWait],
    readers: Mapping[int, Iterable[str]],
    writers: Mapping[int, Iterable[str]],
) -> frozenset[str]:
    """The names of the stuck among the `live`; `waits` has those that are blocked."""
    free = {name for name in live if name not in waits}
    held = set(live) - free
    while True:
        released = {
            name
            for name in held
            if any(
                not free.isdisjoint(
                    (readers if waits[name].reason is BlockReason.FULL else writers)[queue]
                )
                for queue in waits[name].queues
            )
        }
        if not released:
            return frozenset(held)
        free |= released
        held -= released


def named(waits: Mapping[str, QueueWait], queue_names: Sequence[str]) -> tuple[errors.Wait, ...]:
    """The same for those outside of the engine, who know queues by their names."""
    return tuple(
        errors.Wait(name, tuple(queue_names[queue] for queue in wait.queues), wait.reason)
        for name, wait in waits.items()
    )
