"""A start without garbage collection: nothing made before the first frame is garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the garbage collector off until `resume_collector`, at the latest until the end."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def resume_collector() -> None:
    """Let the collector run again, without what exists by now: that is never garbage."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
