"""The record of one item's life, from its making to its end."""

from __future__ import annotations

from enum import StrEnum


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
    when it was produced, `queued_at` when it last entered a queue, `taken_at` when it last
    left one, `ended_at` when it was done, failed, dropped or discarded. `producer` and
    `consumer` are the names of the workers that made it and had it last.
    """

    __slots__ = (
        "consumer",
        "data",
        "ended_at",
        "id",
        "producer",
        "queued_at",
        "status",
        "taken_at",
        "timestamp",
    )

    def __init__(
        self, id: int, data: object, timestamp: float, producer: str | None = None
    ) -> None:
        self.id = id
        self.data = data
        self.timestamp = timestamp
        self.status = ItemStatus.PENDING
        self.producer = producer
        self.queued_at = timestamp
        self.consumer: str | None = None
        self.taken_at: float | None = None
        self.ended_at: float | None = None

    def __repr__(self) -> str:
        return f"<Item {self.id} {self.status.value}>"
