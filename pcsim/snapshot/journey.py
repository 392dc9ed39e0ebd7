"""The way of one item through a system, as data."""

from __future__ import annotations

from typing import NamedTuple


class Stop(NamedTuple):
    """A queue in which an item has waited, and the worker that took it from there and passed it on.

    All times are seconds since the start of the run.
    """

    queues: tuple[str, ...]
    """The queue; all of them where several lead from the worker before to this one."""
    queued_at: float
    taken_at: float
    worker: str
    left_at: float
    """When the worker was done with it; until it is in the next queue, it waits for a slot."""


class Journey(NamedTuple):
    """What has become of an item from its making on.

    >>> stop = Stop(("letters",), 1.0, 3.0, "Clerk", 3.5)
    >>> journey = Journey(7, "Post", 0.5, (stop,), ended_at=3.5, outcome="done")
    >>> journey.until(2.0).stops, journey.until(2.0).queues, journey.until(2.0).ended_at
    ((), ('letters',), None)
    """

    item: int
    producer: str
    made_at: float
    stops: tuple[Stop, ...] = ()
    queues: tuple[str, ...] = ()
    """Where it was queued last, if no worker has passed it on from there."""
    queued_at: float | None = None
    taken_at: float | None = None
    worker: str = ""
    """Who took it from there; "" while it waits."""
    before_it: int | None = None
    """How many of those that wait with it go first; None where it does not wait."""
    ended_at: float | None = None
    outcome: str = ""
    """How it ended: `done`, `failed`, `dropped`, `discarded`; "" while it has not."""
    is_cut: bool = False
    """Whether earlier stops are missing: it has been through very many."""

    def until(self, at: float) -> Journey:
        """Return the journey as it was at a time.

        Args:
            at: That time.
        """
        if self.ended_at is not None and self.ended_at <= at:
            return self
        gone = tuple(stop for stop in self.stops if stop.left_at <= at)
        now = self._replace(ended_at=None, outcome="", stops=gone)
        if len(gone) < len(self.stops):
            then = self.stops[len(gone)]
            now = now._replace(
                queues=then.queues, queued_at=then.queued_at, taken_at=then.taken_at,
                worker=then.worker, before_it=None,
            )  # fmt: skip
        if now.queued_at is not None and now.queued_at > at:
            return now._replace(queues=(), queued_at=None, taken_at=None, worker="", before_it=None)
        if now.taken_at is not None and now.taken_at > at:
            return now._replace(taken_at=None, worker="")
        return now
