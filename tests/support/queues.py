"""The kinds of queues that a promise is tried on."""

from __future__ import annotations

from typing import Any

import pytest

from pcsim.queue import LifoQueue, PriorityQueue, Queue
from pcsim.queue.attributes import sealed_core
from pcsim.queue.sealed import SealedCore

KINDS = pytest.mark.parametrize("kind", [Queue, LifoQueue, PriorityQueue])


def core_of(queue: Queue[Any]) -> SealedCore[Any]:
    """The core of a queue that is sealed."""
    core = sealed_core(queue)
    assert core is not None
    return core


class Plain(Queue[Any]):
    """A subclass whose hook is like that of `Queue`: every operation goes under a lock."""

    def _put(self, item: Any) -> None:
        self.queue.append(item)


ROADS = pytest.mark.parametrize("kind", [Queue, Plain])
"""Sealed and under a lock."""
