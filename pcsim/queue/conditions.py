"""The conditions `not_empty` and `not_full` of a queue, for code that waits for them itself."""

from __future__ import annotations

from typing import Any

from pcsim import runtime


class Conditions:
    """The two conditions of one queue.

    A `get` or `put` that waits has a line of its own and needs no notice of these.
    """

    __slots__ = ("not_empty", "not_full")

    def __init__(self, mutex: Any) -> None:
        self.not_empty = runtime.Condition(mutex)
        self.not_full = runtime.Condition(mutex)

    def notify(self, items: int, slots: int | None) -> None:
        """Under the mutex: wake at most one thread for each item, and one for each free slot.

        `slots` is None for an unbounded queue.
        """
        self.not_empty.notify(items)
        if slots is None:
            self.not_full.notify_all()
        else:
            self.not_full.notify(slots)

    def notify_all(self) -> None:
        """Under the mutex: wake every thread, as the queue was shut down."""
        self.not_empty.notify_all()
        self.not_full.notify_all()
