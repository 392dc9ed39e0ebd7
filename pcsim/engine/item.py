"""The record of one item's life, from its making to its end."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class ItemStatus(StrEnum):
    """Where in its life an item is."""

    PENDING = "pending"
    QUEUED = "queued"
    IN_PROGRESS = "in progress"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"
    DISCARDED = "discarded"


class Item(msgspec.Struct, eq=False, gc=False):
    """One unit that goes through the system.

    `id` is unique in its run. `data` is the very object that the source gave (after a stage:
    what its function returned). All instants are seconds on the run's clock: `timestamp` is
    when it was produced, `queued_at` when it last entered a queue (None before), `taken_at` when it
    last left one (None while it is queued again), `ended_at` when it was done, failed, dropped
    or discarded. `producer` and `consumer` are the names of the workers that made it and had
    it last. `priority` is that of its producer. Its `status` follows from these; only an end
    other than done is noted on its own.

    A struct is made in a third of the time of a class with slots. The collector of garbage does
    not look at items: thousands wait in queues, and nothing that an item holds refers to it.
    """

    id: int
    data: Any
    timestamp: float
    producer: str | None = None
    queued_at: float | None = None
    priority: int = 0
    consumer: str | None = None
    taken_at: float | None = None
    ended_at: float | None = None
    _outcome: ItemStatus | None = None

    @property
    def status(self) -> ItemStatus:
        """Where in its life it is."""
        if self._outcome is not None:
            return self._outcome
        if self.ended_at is not None:
            return ItemStatus.DONE
        if self.taken_at is not None:
            return ItemStatus.IN_PROGRESS
        return ItemStatus.PENDING if self.queued_at is None else ItemStatus.QUEUED

    def end(self, outcome: ItemStatus, at: float | None) -> None:
        """Note an end other than done: FAILED, DROPPED or DISCARDED, at that instant."""
        self._outcome = outcome
        self.ended_at = at

    def copy(self, id: int, at: float) -> Item:
        """Another item with the same data and the same beginning, about to be queued."""
        return Item(id, self.data, self.timestamp, self.producer, at, self.priority)

    def __repr__(self) -> str:
        return f"<Item {self.id} {self.status.value}>"
