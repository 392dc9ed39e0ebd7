"""What a fast path does when an exception comes in the middle of it, as Ctrl-C may.

CPython lets a signal handler run at the end of a call. So where a call is interrupted, it has
done what it does, and its result is lost.
"""

from __future__ import annotations

from typing import Any

from pcsim.queue.core import QueueCore
from pcsim.queue.serving import TRIES, serve_now


def give_up_slot(queue: QueueCore[Any]) -> None:
    """Free a slot that was taken, and that no item will take."""
    try:
        queue._fast_free.append(None)
    finally:
        serve_surely(queue)


def finish_put(queue: QueueCore[Any], item: Any, *, is_queued: bool) -> None:
    """Put an item that has been counted, and serve those that wait for it."""
    if not is_queued:
        queue._fast_items.append(item)
    serve_surely(queue)


def serve_surely(queue: QueueCore[Any], tries: int = TRIES) -> None:
    """Serve after an interrupt, which may have come before others were served."""
    try:
        serve_now(queue)
    except BaseException:
        if tries:
            serve_surely(queue, tries - 1)
        raise
