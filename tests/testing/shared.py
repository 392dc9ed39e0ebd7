"""A module that two explored tests use, each in copies of its own."""

from __future__ import annotations

from typing import Any

import pcsim


def refused_by(queue: pcsim.Queue[Any]) -> bool:
    """Whether a queue that is shut down raises the error that this module knows."""
    queue.shutdown()
    try:
        queue.put(1)
    except pcsim.ShutDown:
        return True
    return False
