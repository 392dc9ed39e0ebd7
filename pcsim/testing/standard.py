"""Modules with the names of `threading` and `time`, in which threads and time are simulated."""

from __future__ import annotations

import inspect
import threading
import time
import types
from collections import deque
from itertools import count, islice
from typing import Any

from pcsim.testing.primitives import (
    Lock,
    RLock,
    Thread,
    active,
    clock,
    current_thread,
    get_ident,
    main_thread,
    sleep,
    supply_point,
    thread_numbers,
)
from pcsim.testing.switch_points import with_marks


def _threading() -> types.ModuleType:
    """A module with the names of `threading`, all of it simulated.

    Conditions, events, semaphores and barriers are the standard library's own code, on locks
    that are simulated.
    """
    module = types.ModuleType("threading", "Simulated threads.")
    names = vars(module)
    supply_point(names, is_outside=True)  # it may be used without the lock that it is about
    names.update(
        Lock=Lock, RLock=RLock, Thread=Thread, get_ident=get_ident, get_native_id=get_ident,
        current_thread=current_thread, main_thread=lambda: main_thread, local=_Local,
        TIMEOUT_MAX=threading.TIMEOUT_MAX, ThreadError=RuntimeError,
        _allocate_lock=Lock, _time=clock, _deque=deque, _islice=islice, _count=count,
        _counter=count(1).__next__, _newname=lambda name: name % next(thread_numbers),
    )  # fmt: skip
    for name in (
        "Condition", "Semaphore", "BoundedSemaphore", "Event", "BrokenBarrierError", "Barrier",
        "Timer",
    ):  # fmt: skip
        source = inspect.getsource(getattr(threading, name))
        exec(compile(with_marks(source), threading.__file__, "exec"), names)  # noqa: S102 - the standard library's
    return module


class _Local:
    """As `threading.local`."""

    def __init__(self) -> None:
        object.__setattr__(self, "_values", {})

    def _own(self) -> dict[str, Any]:
        values: dict[Any, dict[str, Any]] = object.__getattribute__(self, "_values")
        return values.setdefault((id(active()), get_ident()), {})

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("__") or name == "_own":
            return object.__getattribute__(self, name)
        try:
            return object.__getattribute__(self, "_own")()[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        object.__getattribute__(self, "_own")()[name] = value

    def __delattr__(self, name: str) -> None:
        del object.__getattribute__(self, "_own")()[name]


def _time() -> types.ModuleType:
    """A module with the names of `time` that show the virtual time, and wait for it."""
    module = types.ModuleType("time", "Virtual time.")
    vars(module).update(
        {name: value for name, value in vars(time).items() if not name.startswith("__")}
    )
    vars(module).update(sleep=sleep, monotonic=clock, perf_counter=clock, time=clock)
    for name in ("monotonic_ns", "perf_counter_ns", "time_ns"):
        setattr(module, name, lambda: round(clock() * 1e9))
    return module


simulated_threading = _threading()
simulated_time = _time()
