"""Which blocked workers can never go on, found the moment the last of them blocks.

A worker blocked on a full queue waits for any of its consumers, one blocked on empty queues for
any producer of any of them. Whoever runs, works or is paused may yet act. What is left when
nobody else can be released is stuck (the greatest set of workers that wait only for each
other). Without a cycle of stages there is no such set: see Coffman et al., System Deadlocks,
ACM Computing Surveys 3 (1971).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pcsim.snapshot import BlockReason


class Wait(NamedTuple):
    """What a worker's going on depends on."""

    reason: BlockReason
    queues: tuple[int, ...]


def stuck(
    live: Iterable[str],
    waits: Mapping[str, Wait],
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
