"""Signals that come at a random time while the main thread is inside a call."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random


class Interrupted(BaseException):
    """What the handler raises: like Ctrl-C, no `Exception`."""


@contextmanager
def interrupting(rng: Random, act: Callable[[], object] | None = None) -> Iterator[None]:
    """Within the block, a signal comes once, after up to 3 ms. Its handler raises `Interrupted`, or
    calls `act`. Only for the main thread."""
    is_armed = True

    def handle(_number: int, _frame: object) -> None:
        nonlocal is_armed
        if not is_armed:
            return
        is_armed = False  # a second one could come in the lines that clean up
        if act is None:
            raise Interrupted
        act()

    def ignore(lost: sys.UnraisableHookArgs) -> None:
        if not isinstance(lost.exc_value, Interrupted):  # it came inside a `__del__`
            sys.__unraisablehook__(lost)

    sys.unraisablehook = ignore
    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, rng.uniform(2e-5, 3e-3))
    try:
        yield
    finally:
        is_armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
