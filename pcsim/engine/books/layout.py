"""Where in a copy of the ledger's cells the counts of each worker and queue are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from pcsim.engine.books.ledger import COPIED, DISCARDED, DONE, FAILED, PRODUCED, Account, Ledger
from pcsim.snapshot import Role

Sum: TypeAlias = Callable[[Sequence[Any]], int]
"""Adds up some cells of a copy."""


class WorkerPlace(NamedTuple):
    """Where a worker's block of cells is and ends, and what its row says of it for good."""

    base: int
    first_got: int
    first_put: int
    first_dropped: int
    end: int
    name: str
    role: Role
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    max_items: int | None
    group: str


class QueuePlace(NamedTuple):
    """Where a queue's block of cells is, and the counts of the workers at it."""

    base: int
    put: Sum
    got: Sum
    dropped: Sum


class Layout:
    """The columns of one ledger, as its workers are now. It does not change: a ledger whose
    workers come or go gets another layout, and copies made before are read by the old one."""

    __slots__ = ("others", "producers", "queues", "size", "workers")

    def __init__(self, ledger: Ledger) -> None:
        accounts = ledger.accounts
        self.size = len(ledger.cells)
        """How many cells it needs."""
        self.workers = [_place(account) for account in accounts]
        self.queues = _queue_places(ledger)
        self.producers = _sums([one for one in accounts if one.role is Role.PRODUCER])
        self.others = _sums([one for one in accounts if one.role is not Role.PRODUCER])
        """Of these workers together: produced, copied, got, put, done, failed, dropped,
        discarded."""


def _place(account: Account) -> WorkerPlace:
    return WorkerPlace(
        account.base,
        account.got_cell(0),
        account.put_cell(0),
        account.drop_cell(0),
        account.end,
        account.name,
        account.role,
        account.input_names,
        account.output_names,
        account.max_items,
        account.group,
    )


def _queue_places(ledger: Ledger) -> list[QueuePlace]:
    bases = ledger.queue_bases
    put: list[list[int]] = [[] for _ in bases]
    got: list[list[int]] = [[] for _ in bases]
    dropped: list[list[int]] = [[] for _ in bases]
    for account in ledger.accounts:
        for position, queue in enumerate(account.outputs):
            put[queue].append(account.put_cell(position))
            dropped[queue].append(account.drop_cell(position))
        for position, queue in enumerate(account.inputs):
            got[queue].append(account.got_cell(position))
    sums = zip(map(_sum_of, put), map(_sum_of, got), map(_sum_of, dropped), strict=True)
    return [QueuePlace(base, *three) for base, three in zip(bases, sums, strict=True)]


def _sums(accounts: list[Account]) -> tuple[Sum, ...]:
    def column(cell: int) -> Sum:
        return _sum_of([account.base + cell for account in accounts])

    got = [account.got_cell(at) for account in accounts for at in range(len(account.inputs))]
    put = [account.put_cell(at) for account in accounts for at in range(len(account.outputs))]
    lost = [account.drop_cell(at) for account in accounts for at in range(len(account.outputs))]
    done, failed, discarded = map(column, (DONE, FAILED, DISCARDED))
    made, copied = column(PRODUCED), column(COPIED)
    return made, copied, _sum_of(got), _sum_of(put), done, failed, _sum_of(lost), discarded


def _sum_of(places: list[int]) -> Sum:
    """Make what adds up the cells at these places: two C calls for up to thousands of them."""
    if not places:
        return lambda _: 0
    pick = itemgetter(*places)
    return pick if len(places) == 1 else lambda cells: sum(pick(cells))
