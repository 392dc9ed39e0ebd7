"""The kinds of queues that a promise is tried on."""

from __future__ import annotations

from typing import Any

import pytest

from pcsim.queue import LifoQueue, PriorityQueue, Queue

KINDS = pytest.mark.parametrize("kind", [Queue, LifoQueue, PriorityQueue])


class Plain(Queue[Any]):
    """A subclass whose hook is like that of `Queue`: every operation goes under the mutex."""

    def _put(self, item: Any) -> None:
        self.queue.append(item)


ROADS = pytest.mark.parametrize("kind", [Queue, Plain])
"""The fast path and the one that calls hooks."""
