"""The record of one item's life, from its making to its end."""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class ItemStatus(StrEnum):
    """Where in its life an item is."""

    PENDING = "pending"
    QUEUED = "queued"
    IN_PROGRESS = "in progress"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"
    DISCARDED = "discarded"


class Item:
    """One unit that goes through the system.

    `id` is unique in its run. `data` is the very object that the source gave (after a stage:
    what its function returned). All instants are seconds on the run's clock: `timestamp` is
    when it was produced, `queued_at` when it last entered a queue (None before), `taken_at` when it
    last left one (None while it is queued again), `ended_at` when it was done, failed, dropped
    or discarded. `producer` and `consumer` are the names of the workers that made it and had
    it last. `priority` is that of its producer. Its `status` follows from these; only an end
    other than done is noted on its own.
    """

    consumer: str | None
    taken_at: float | None
    ended_at: float | None
    _fate: ItemStatus | None

    __slots__ = (
        "_fate",
        "consumer",
        "data",
        "ended_at",
        "id",
        "priority",
        "producer",
        "queued_at",
        "taken_at",
        "timestamp",
    )

    def __init__(
        self,
        id: int,
        data: Any,
        timestamp: float,
        producer: str | None = None,
        queued_at: float | None = None,
        priority: int = 0,
    ) -> None:
        self.id = id
        self.data = data
        self.timestamp = timestamp
        self.producer = producer
        self.queued_at = queued_at
        self.priority = priority
        self.consumer = self.taken_at = self.ended_at = self._fate = None

    @property
    def status(self) -> ItemStatus:
        """Where in its life it is."""
        if self._fate is not None:
            return self._fate
        if self.ended_at is not None:
            return ItemStatus.DONE
        if self.taken_at is not None:
            return ItemStatus.IN_PROGRESS
        return ItemStatus.PENDING if self.queued_at is None else ItemStatus.QUEUED

    def end(self, fate: ItemStatus, at: float | None) -> None:
        """Note an end other than done: FAILED, DROPPED or DISCARDED, at that instant."""
        self._fate = fate
        self.ended_at = at

    def copy(self, id: int, at: float) -> Item:
        """Another item with the same data and the same beginning, about to be queued."""
        return Item(id, self.data, self.timestamp, self.producer, at, self.priority)

    def __repr__(self) -> str:
        return f"<Item {self.id} {self.status.value}>"
