"""Calls that another call interrupts, as a signal handler or a `__del__` may, at every place."""

from __future__ import annotations

import _weakrefset
import gc
import inspect
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

from pcsim import runtime
from tests.support.threads import Calling

T = TypeVar("T")
_EXCEPT = threading.__file__, _weakrefset.__file__


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


def cut_short(place: int, call: Callable[[], object]) -> bool:
    """Have a KeyboardInterrupt come within a call, at the n-th place where a function has begun or
    a function of C has ended, as the handler of a signal may raise it; return whether it has that
    many places. Not within modules that do not bear it: a `Condition` may stay locked, and the
    exception gets lost in a callback of a weak reference. Nor in a collection of garbage, whose
    callbacks lose it as well. Nor, where there is no global lock, in a generator: another thread's
    may die in this one, and that loses it, too."""
    seen = 0
    not_in = 0 if runtime.has_interpreter_lock() else inspect.CO_GENERATOR
    was_collecting = gc.isenabled()
    gc.disable()

    def look(frame: FrameType, event: str, _: object) -> None:
        nonlocal seen
        code = frame.f_code
        if event in ("call", "c_return") and code.co_filename not in _EXCEPT:
            if code.co_flags & not_in:
                return
            seen += 1
            if seen == place:
                sys.setprofile(None)
                raise KeyboardInterrupt

    sys.setprofile(look)
    try:
        call()
    except KeyboardInterrupt:
        if seen < place:
            raise
    finally:
        sys.setprofile(None)
        if was_collecting:
            gc.enable()
    return seen >= place


def at_every_place(try_at: Callable[[int], bool]) -> None:
    """Try at one place after the other, as long as there is one. On a thread of its own: a hang
    is an error that is seen."""

    def try_all() -> int:
        place = 1
        while try_at(place):
            place += 1
        return place

    assert Calling(try_all).result() > 1
