"""What the tests of queues share: threads that are waited for, and locks that follow a script."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

import pytest

from pcsim import runtime
from pcsim.queue import Queue
from pcsim.queue.attributes import sealed_core

T = TypeVar("T")

GUARD = 30.0
"""Seconds after which a test gives up; none of them needs more than a few."""


class Calling(Generic[T]):
    """A call in a thread of its own, and what came of it."""

    def __init__(self, call: Callable[..., T], *arguments: object) -> None:
        self._call = call
        self._arguments = arguments
        self._result: T
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._result = self._call(*self._arguments)
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            self._error = error

    @property
    def is_going_on(self) -> bool:
        return self._thread.is_alive()

    def result(self) -> T:
        """What the call returned; raises what it raised."""
        self._thread.join(GUARD)
        assert not self._thread.is_alive(), "the call never came back"
        if self._error is not None:
            raise self._error
        return self._result

    def error(self) -> BaseException:
        """What the call raised."""
        self._thread.join(GUARD)
        assert not self._thread.is_alive(), "the call never came back"
        assert self._error is not None, "the call raised nothing"
        return self._error


def run_all(calls: Iterable[Callable[[], T]]) -> list[T]:
    """Each call in a thread of its own, all at once; their results."""
    going = [Calling(call) for call in calls]
    return [one.result() for one in going]


def until(seen: Callable[[], bool]) -> None:
    """Wait for what a test wants to see."""
    give_up_at = time.monotonic() + GUARD
    pause = threading.Event()
    while not seen():
        assert time.monotonic() < give_up_at, "it never came"
        pause.wait(0.0005)


def until_waiting(queue: Any, getters: int = 0, putters: int = 0) -> None:
    """Wait until this many threads stand in the lines of a queue."""

    def seen() -> bool:
        if isinstance(queue, Queue):
            core = sealed_core(queue)
            if core is None:
                return _listeners(queue) == (getters, putters)
        else:
            core = queue
        with core._mutex:  # a thread that stands in line has looked once more, too
            return len(core._getters) == getters and len(core._putters) == putters

    until(seen)


def _listeners(queue: Any) -> tuple[int, ...]:
    with queue.mutex:
        return tuple(len(one.waiters) + len(one.bells) for one in (queue.not_empty, queue.not_full))


class ScriptedLock:
    """A waiter's lock: instead of parking its thread, it plays the script."""

    def __init__(self, script: Callable[[], bool]) -> None:
        self._script = script
        self._is_served = False

    def acquire(self, *wait: object) -> bool:
        """Without arguments a waiter makes it its own; with them its thread is to be parked."""
        return self._script() if wait and not self._is_served else True

    def release(self) -> None:
        """The waiter is served."""
        self._is_served = True


def script_waiting(patch: pytest.MonkeyPatch, script: Callable[[], bool]) -> None:
    """A thread that would be parked from now on plays the script: what it returns is whether it was
    woken in time, what it raises comes out of the wait."""
    patch.setattr(runtime, "Lock", lambda: ScriptedLock(script))
