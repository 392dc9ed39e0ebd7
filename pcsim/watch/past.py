"""What stays of a program once it was seen: its events, and how it was when it ended."""

from __future__ import annotations

from collections import deque

from pcsim import runtime
from pcsim.snapshot import Event, EventBatch, Phase, Snapshot, WorkerState

MOST_EVENTS = 10_000
"""Events that are kept."""


class Events:
    """The last events of a program, with numbers from 0."""

    def __init__(self) -> None:
        self._kept: deque[Event] = runtime.deque(maxlen=MOST_EVENTS)
        self._next = 0

    def add(self, event: Event) -> None:
        """Keep an event, with the next number."""
        self._kept.append(event._replace(number=self._next))
        self._next += 1

    def since(self, number: int) -> EventBatch:
        """The events from a number on, as far as they are kept.

        Args:
            number: The number of the first one that is wanted, 0 or more.
        """
        kept = list(self._kept)
        first = kept[0].number if kept else self._next
        wanted = tuple(event for event in kept if event.number >= number)
        return EventBatch(wanted, max(first - number, 0), self._next)


def ended(latest: Snapshot, title: str) -> Snapshot:
    """The last that was seen of a program that has ended.

    Args:
        latest: The last that was seen.
        title: What to call it now.
    """
    workers = tuple(
        row._replace(
            state=row.state if row.state is WorkerState.FAILED else WorkerState.DONE,
            queue=None,
            reason=None,
            in_hand=0,
            ended_at=latest.at if row.ended_at is None else row.ended_at,
        )
        for row in latest.workers
    )
    version = latest.version + 1
    return latest._replace(version=version, phase=Phase.FINISHED, workers=workers, title=title)
