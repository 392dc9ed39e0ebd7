"""The record of one item's life, from its making to its end."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from pcsim.engine.journeys import Path


class ItemStatus(StrEnum):
    """Where in its life an item is.

    Example:
        >>> from pcsim import Item, ItemStatus
        >>> Item(1, "a letter", timestamp=0.5).status is ItemStatus.PENDING
        True
    """

    PENDING = "pending"
    QUEUED = "queued"
    IN_PROGRESS = "in progress"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"
    DISCARDED = "discarded"


DONE = ItemStatus.DONE


class Item(msgspec.Struct, eq=False, gc=False):
    """One unit that goes through the system.

    All times are seconds on the run's clock. The `status` follows from them; only an end other
    than done is noted on its own.

    Attributes:
        id: Its number, unique in its run.
        data: The very object that the source gave; after a stage, what its function returned.
        timestamp: When it was produced.
        producer: The name of the worker that made it.
        queued_at: When it last entered a queue; None before.
        priority: That of its producer: the smallest goes first in a priority queue.
        consumer: The name of the worker that had it last.
        taken_at: When it last left a queue; None while it is queued again.
        ended_at: When it was done, failed, dropped or discarded.

    Example:
        >>> from pcsim import Item
        >>> Item(7, "a letter", timestamp=0.5, queued_at=0.5)
        <Item 7 queued>
    """

    # A Struct is made in a third of the time of a class with slots. The garbage collector does not
    # look at items (`gc=False`): thousands wait in queues, and nothing that an item holds refers
    # to it.

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
    _path: Path | None = None

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
        """Note an end other than done.

        Args:
            outcome: FAILED, DROPPED or DISCARDED.
            at: When, in seconds on the run's clock.
        """
        self._outcome = outcome
        self.ended_at = at
        if self._path is not None:
            self.note_end()

    def note_end(self) -> None:
        """It is followed, and has ended."""
        path = self._path
        if path is not None:
            path.journeys.keep(
                (
                    self.id, self.producer, self.timestamp, path.passed, self.queued_at,
                    self.taken_at, self.consumer, self.ended_at, self._outcome or DONE,
                )
            )  # fmt: skip

    def note_pass(self, at: float) -> None:
        """It is followed, and its worker is done with it and passes it on.

        Args:
            at: When, in seconds on the run's clock.
        """
        if self._path is not None and self.queued_at is not None and self.taken_at is not None:
            self._path.note(self.queued_at, self.taken_at, self.consumer or "", at)

    def pass_on(self, at: float) -> None:
        """Its worker is done with it: it is about to be queued.

        Args:
            at: When, in seconds on the run's clock.
        """
        if self._path is not None:
            self.note_pass(at)
        self.queued_at = at
        self.taken_at = None

    def copy(self, id: int, at: float) -> Item:
        """Make another item with the same data and the same beginning, about to be queued.

        Args:
            id: The number of the new item.
            at: When it is queued, in seconds on the run's clock.
        """
        copied = Item(id, self.data, self.timestamp, self.producer, at, self.priority)
        if self._path is not None:
            copied._path = self._path.copy()
        return copied

    def __repr__(self) -> str:
        return f"<Item {self.id} {self.status.value}>"
