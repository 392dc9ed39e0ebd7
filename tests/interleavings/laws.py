"""What holds at every step. It is no module under test: there are no switch points in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


def slots_are_few(cores: Sequence[Any]) -> Callable[[], None]:
    """No sealed queue has more items than its capacity, and no slot exists twice."""
    looked_at = [(core, core._items, core._free) for core in cores]

    def check() -> None:
        for core, items, free in looked_at:  # no `assert`: pytest makes it slow
            slots = core._slots
            is_wrong = len(items) + len(free) > slots or slots > core._maxsize
            if is_wrong and not core.is_unsealed:
                raise AssertionError(f"{len(items)} of {slots} slots are used, {len(free)} free")

    return check


def items_are_few(queues: Sequence[Any]) -> Callable[[], None]:
    """No queue with hooks has more items than its capacity."""

    def check() -> None:
        for queue in queues:
            if len(queue.queue) > queue.maxsize:
                raise AssertionError(f"{len(queue.queue)} items of {queue.maxsize}")

    return check
