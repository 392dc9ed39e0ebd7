"""How long the threads of workers were on a processor, read now and then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Protocol

from pcsim.engine.books.ledger import WorkerGauge

READ_EVERY = 0.25
"""Seconds after which the times of the threads are read again, at the earliest."""
PAUSE_FOR_COST = 50
"""The pause after a reading, as a multiple of its duration: it costs at most 1 in 50."""


class Gauged(Protocol):
    """A worker with a thread."""

    def gauge(self) -> WorkerGauge:
        """What is known of its thread."""

    def read_core_wait(self) -> None:
        """Note how long its thread has waited for a core."""


class ThreadGauges:
    """What is known of the threads of all workers; any thread may read it."""

    def __init__(self, workers: Sequence[Gauged], clock: Callable[[], float]) -> None:
        self._workers = workers
        self._clock = clock
        self._turns = count()
        self._latest: tuple[float, list[WorkerGauge]] = (clock(), [])
        """When they are read again, and what was read: replaced in one step."""

    def read(self, *, afresh: bool) -> list[WorkerGauge]:
        """Return what is known, by worker; it may be a moment old, unless it is read `afresh`."""
        due_at, gauges = self._latest
        began = self._clock()
        if afresh or began >= due_at:
            if self._workers and not afresh:
                # One at a time: where threads contend for the interpreter's lock, each takes long.
                self._workers[next(self._turns) % len(self._workers)].read_core_wait()
            gauges = [worker.gauge() for worker in self._workers]
            cost = self._clock() - began
            self._latest = began + max(READ_EVERY, PAUSE_FOR_COST * cost), gauges
        return gauges
