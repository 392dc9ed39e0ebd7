"""Finds the way of one item through a run, in hands, in queues, and among those that have ended."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from pcsim.engine.books.ledger import Account, Ledger
from pcsim.engine.item import Item
from pcsim.engine.journeys import MOST_STOPS, Ended, Journeys
from pcsim.engine.observer import ObservedQueue, ObservedWorker
from pcsim.engine.protocols import RunFlags, RunStatus
from pcsim.scenario import Scenario
from pcsim.snapshot.journey import Journey, Stop


class Holder(ObservedWorker, Protocol):
    """What is needed of a worker."""

    name: str


class Followed(Protocol):
    """What is needed of a run."""

    scenario: Scenario
    ledger: Ledger
    flags: RunFlags
    status: RunStatus

    @property
    def queues(self) -> Sequence[ObservedQueue]:
        """All queues, by index."""

    @property
    def workers(self) -> Sequence[Holder]:
        """All workers."""


class Following:
    """Follows the items of a run, once that is asked for.

    Args:
        run: The run.
        lock: What keeps its workers from going on meanwhile, where they run one after the other.
    """

    def __init__(self, run: Followed, lock: AbstractContextManager[Any]) -> None:
        self._run = run
        self._lock = lock

    def follow(self, *, is_on: bool) -> None:
        """Follow items that are made from now on, or no more.

        Args:
            is_on: Whether to follow them. What was known is forgotten where they are not.
        """
        flags = self._run.flags
        flags.journeys = (flags.journeys or Journeys()) if is_on else None

    def journey(self, number: int) -> Journey | None:
        """Return the way of an item; None where it is not followed, or is no longer known.

        It may go on while it is looked for, but always in the order in which this looks.

        Args:
            number: The number of the item.
        """
        run, journeys = self._run, self._run.flags.journeys
        if journeys is None:
            return None
        with self._lock:
            for where in (_in_hands, _in_queues, _in_hands):
                found = where(run, number)
                if found is not None:
                    item, place = found
                    way = _way_of(item, place)
                    return None if way is None else _journey(way, run, place)
            ended = journeys.ended(number)
            return None if ended is None else _journey(ended, run, Place())


class Place(NamedTuple):
    """Where an item is now; nowhere, once it has ended."""

    worker: str = ""
    """Whose hand it is in."""
    queue: str = ""
    before_it: int | None = None
    """How many go before it, of those that wait in the queue."""


def _in_hands(run: Followed, number: int) -> tuple[Item, Place] | None:
    for worker in run.workers:
        item = worker.in_hand
        if item is not None and item.id == number and item.ended_at is None:
            return item, Place(worker.name)
    return None


def _in_queues(run: Followed, number: int) -> tuple[Item, Place] | None:
    for name, queue in zip(run.scenario.queue_names, run.queues, strict=True):
        for before_it, item in enumerate(queue.waiting()):
            if item.id == number:
                return item, Place("", name, before_it)
    return None


def _way_of(item: Item, place: Place) -> Ended | None:
    """What is known of an item that has not ended; None where it is not followed.

    Its worker may pass it on meanwhile: then it is read again.
    """
    path = item._path
    if path is None:
        return None
    while True:
        passed = path.passed
        queued_at, taken_at = item.queued_at, item.taken_at
        if path.passed is passed:
            break
    if place.worker and taken_at is None:
        queued_at = None  # it waits for a slot, if for anything
    return (
        item.id, item.producer, item.timestamp, passed, queued_at, taken_at, place.worker, None, "",
    )  # fmt: skip


def _journey(way: Ended, run: Followed, place: Place) -> Journey:
    """The way with the names of its queues, and times since the start of the run."""
    number, producer, made_at, passed, queued_at, taken_at, holder, ended_at, outcome = way
    origin = run.status.origin or 0.0
    accounts = {account.name: account for account in run.ledger.accounts}
    stops, before = [], accounts.get(producer or "")
    for came, taken, worker, left in passed:
        after = accounts.get(worker)
        queues = _between(before, after)
        stops.append(Stop(queues, came - origin, taken - origin, worker, left - origin))
        before = after
    last: tuple[str, ...] = (place.queue,) if place.queue else ()
    if taken_at is not None:
        last = _between(before, accounts.get(holder or ""))
    elif outcome and before is not None:
        last = before.output_names
    times = [None if at is None else at - origin for at in (queued_at, taken_at, ended_at)]
    return Journey(
        number, producer or "", made_at - origin, tuple(stops), last, times[0], times[1],
        holder or "", place.before_it, times[2], outcome, len(stops) == MOST_STOPS,
    )  # fmt: skip


def _between(before: Account | None, after: Account | None) -> tuple[str, ...]:
    """The queues that lead from one worker to another: a steered system may have changed."""
    inputs = () if after is None else after.input_names
    outputs = () if before is None else before.output_names
    return tuple(name for name in inputs if name in outputs) or inputs
