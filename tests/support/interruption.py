"""Calls that another call interrupts, as a signal handler or a `__del__` may, at every place."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from tests.support.threads import Calling

T = TypeVar("T")


def interrupted(act: Callable[[], object], place: int, call: Callable[[], T]) -> tuple[T, bool]:
    """Call `act` within a call, at the n-th place where a function begins or ends, as a signal
    handler may; return the call's result, and whether it has that many places."""
    seen = 0

    def look(_frame: object, event: str, _: object) -> None:
        nonlocal seen
        if event == "c_call":
            return
        seen += 1
        if seen == place:
            sys.setprofile(None)
            act()

    sys.setprofile(look)
    try:
        result = call()
    finally:
        sys.setprofile(None)
    return result, seen >= place


def at_every_place(try_at: Callable[[int], bool]) -> None:
    """Try at one place after the other, as long as there is one. On a thread of its own: a hang
    is an error that is seen."""

    def try_all() -> int:
        place = 1
        while try_at(place):
            place += 1
        return place

    assert Calling(try_all).result() > 1
