"""Who goes first at equal instants of virtual time: the most downstream, then the first declared.

How far downstream a worker is, is how many workers its items can still pass at most. Of the
stages of a cycle, that is further downstream which is further from the producers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pcsim.engine.books.ledger import Account


def ranked(accounts: Sequence[Account]) -> list[int]:
    """The positions of the workers with these accounts, who goes first coming first."""
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


def _levels(  # noqa: C901 - one algorithm, its state in its variables
    accounts: Sequence[Account], readers: dict[int, list[int]], depths: dict[int, int]
) -> list[int]:
    """How far each worker is from the end: Tarjan's strongly connected components, which come
    in the order in which they are downstream (SIAM Journal on Computing 1, 1972). A queue is a
    node as well, -1 less its index: so many workers at one queue are few edges."""
    levels: dict[int, int] = {}
    found: dict[int, int] = {}
    lowest: dict[int, int] = {}
    open_nodes: list[int] = []

    def after(node: int) -> Iterator[int]:
        if node < 0:
            return iter(readers.get(-1 - node, ()))
        return iter([-1 - queue for queue in accounts[node].outputs])

    def enter(node: int) -> tuple[int, Iterator[int]]:
        found[node] = lowest[node] = len(found)
        open_nodes.append(node)
        return node, after(node)

    def leave(root: int) -> None:
        """All that is open from the root on is one component."""
        at = open_nodes.index(root)
        component = open_nodes[at:]
        del open_nodes[at:]
        behind = (levels[to] for node in component for to in after(node) if to in levels)
        last = max(behind, default=-1)
        steps = sorted({-depths.get(node, 0) for node in component if node >= 0})
        for node in component:
            further = steps.index(-depths.get(node, 0)) + 1 if node >= 0 else len(steps)
            levels[node] = last + further

    for start in range(len(accounts)):
        path = [enter(start)] if start not in found else []
        while path:
            node, following = path[-1]
            to = next(following, None)
            if to is None:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[node])
                if lowest[node] == found[node]:
                    leave(node)
            elif to not in found:
                path.append(enter(to))
            elif to not in levels:
                lowest[node] = min(lowest[node], found[to])
    return [levels[number] for number in range(len(accounts))]
