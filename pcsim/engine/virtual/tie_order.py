"""The order of workers at equal virtual times: the most downstream first, then the first declared.

How far downstream a worker is, is how many workers its items can still pass at most. Of the
stages of a cycle, that is further downstream which is further from the producers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pcsim.engine.books.ledger import Account
from pcsim.scenario.graph import components


def ranked(accounts: Sequence[Account]) -> list[int]:
    """Order the positions of the workers with these accounts: the first goes first."""
    readers: dict[int, list[int]] = {}
    for number, account in enumerate(accounts):
        for queue in account.inputs:
            readers.setdefault(queue, []).append(number)
    levels = _levels(accounts, readers, _depths(accounts, readers))
    return sorted(range(len(accounts)), key=lambda number: (levels[number], number))


def _depths(accounts: Sequence[Account], readers: dict[int, list[int]]) -> dict[int, int]:
    """By how many workers an item has to go at least before it comes to each."""
    front = [number for number, account in enumerate(accounts) if not account.inputs]
    depths = dict.fromkeys(front, 0)
    seen: set[int] = set()
    while front:
        queues = {queue for number in front for queue in accounts[number].outputs} - seen
        seen |= queues
        depth = depths[front[0]] + 1
        front = sorted({to for queue in queues for to in readers.get(queue, ())} - depths.keys())
        depths.update(dict.fromkeys(front, depth))
    return depths


def _levels(
    accounts: Sequence[Account], readers: dict[int, list[int]], depths: dict[int, int]
) -> list[int]:
    """How far each worker is from the end of the system."""
    levels: dict[int, int] = {}

    def after(node: int) -> Iterable[int]:
        # A queue is a node as well, -1 less its index, so that many workers at one queue are
        # few edges.
        if node < 0:
            return readers.get(-1 - node, ())
        return [-1 - queue for queue in accounts[node].outputs]

    for component in components(range(len(accounts)), after):
        behind = (levels[to] for node in component for to in after(node) if to in levels)
        last = max(behind, default=-1)
        steps = sorted({-depths.get(node, 0) for node in component if node >= 0})
        for node in component:
            further = steps.index(-depths.get(node, 0)) + 1 if node >= 0 else len(steps)
            levels[node] = last + further
    return [levels[number] for number in range(len(accounts))]
