"""What waits in a queue and how an item came there: asked where somebody looks at it, or kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from pcsim.snapshot import QueueDetail, QueueRow
from pcsim.snapshot.control import Control, Followable, Watchable
from pcsim.snapshot.journey import Journey

MAX_ITEMS = 100
"""Items of a queue in its details: the oldest."""
GONE = "This queue is gone."
NOT_ASKED = "These were not looked at before the display was frozen."

JourneyOf: TypeAlias = Callable[[int], Journey | None]
"""Returns the way of the item of that number; None where it is not known."""


def no_journey(_number: int) -> None:
    """Nothing is known of any item."""


class AskedDetails:
    """Asks what waits in a queue. Of a program that is watched, items are asked for only where
    somebody looks at them.

    Args:
        watched: What is watched.
        journey_of: Returns the way of an item; None asks what is watched, where that knows.
    """

    def __init__(self, watched: Watchable, journey_of: JourneyOf | None = None) -> None:
        self._watched = watched
        self._follower = watched.following if isinstance(watched, Followable) else None
        self.journey: JourneyOf = journey_of or no_journey
        """Returns the way of the item of that number, as far as it has come by now."""
        if journey_of is None and self._follower is not None:
            self.journey = self._follower.journey
        self._is_ours = isinstance(watched, Control)
        self._last: QueueDetail | None = None

    def __call__(self, name: str) -> QueueDetail:
        """Return what waits in the queue of that name: nothing, where that has gone by now."""
        try:
            self._last = self._watched.queue_detail(name, MAX_ITEMS)
        except KeyError:
            return QueueDetail(name, 0, (), GONE)
        return self._last

    def follow(self, *, is_on: bool) -> None:
        """Have items followed that are made from now on, or no more, where that can be."""
        if self._follower is not None:
            self._follower.follow(is_on=is_on)

    def frozen(self, queues: Sequence[QueueRow]) -> KeptDetails:
        """Return what answers for these queues without asking again."""
        if self._is_ours:
            return KeptDetails({row.name: self(row.name) for row in queues}, self.journey)
        kept = {row.name: QueueDetail(row.name, row.depth, (), NOT_ASKED) for row in queues}
        if self._last is not None:
            kept[self._last.name] = self._last
        return KeptDetails(kept, self.journey)


class KeptDetails:
    """What waited in each queue.

    Args:
        kept: That, by the name of the queue.
        journey: Returns the way of an item, as far as it has come by now.
    """

    def __init__(self, kept: dict[str, QueueDetail], journey: JourneyOf) -> None:
        self._kept = kept
        self.journey = journey

    def __call__(self, name: str) -> QueueDetail:
        """Return what waited in the queue of that name."""
        return self._kept[name]

    def frozen(self, _queues: Sequence[QueueRow]) -> KeptDetails:
        """Return itself: it asks nobody."""
        return self
