"""What waits in a queue: asked of what is watched where somebody looks at it, or kept."""

from __future__ import annotations

from collections.abc import Sequence

from pcsim.snapshot import QueueDetail, QueueRow
from pcsim.snapshot.control import Control, Watchable

MAX_ITEMS = 100
"""Items of a queue in its details: the oldest."""
GONE = "This queue is gone."
NOT_ASKED = "These were not looked at before the display was frozen."


class AskedDetails:
    """Asks what waits in a queue. Of a program that is watched, items are asked for only where
    somebody looks at them.

    Args:
        watched: What is watched.
    """

    def __init__(self, watched: Watchable) -> None:
        self._watched = watched
        self._is_ours = isinstance(watched, Control)
        self._last: QueueDetail | None = None

    def __call__(self, name: str) -> QueueDetail:
        """Return what waits in the queue of that name: nothing, where that has gone by now."""
        try:
            self._last = self._watched.queue_detail(name, MAX_ITEMS)
        except KeyError:
            return QueueDetail(name, 0, (), GONE)
        return self._last

    def frozen(self, queues: Sequence[QueueRow]) -> KeptDetails:
        """Return what answers for these queues without asking again."""
        if self._is_ours:
            return KeptDetails({row.name: self(row.name) for row in queues})
        kept = {row.name: QueueDetail(row.name, row.depth, (), NOT_ASKED) for row in queues}
        if self._last is not None:
            kept[self._last.name] = self._last
        return KeptDetails(kept)


class KeptDetails:
    """What waited in each queue.

    Args:
        kept: That, by the name of the queue.
    """

    def __init__(self, kept: dict[str, QueueDetail]) -> None:
        self._kept = kept

    def __call__(self, name: str) -> QueueDetail:
        """Return what waited in the queue of that name."""
        return self._kept[name]

    def frozen(self, _queues: Sequence[QueueRow]) -> KeptDetails:
        """Return itself: it asks nobody."""
        return self
