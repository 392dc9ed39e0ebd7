"""How long the threads of workers were on a processor, read now and then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Protocol

from pcsim.engine.books.ledger import WorkerGauge

CORE_WAITS_FOR = 0.001
"""Seconds for which the waits for a core are read, of one worker after the other: each reading
gives the interpreter's lock away."""


class Gauged(Protocol):
    """A worker with a thread."""

    def gauge(self) -> WorkerGauge:
        """What is known of its thread."""

    def read_core_wait(self) -> None:
        """Note how long its thread has waited for a core."""


class ThreadGauges:
    """What is known of the threads of all workers.

    One thread reads it now and then (`read_on`). Those who take snapshots find what was read last:
    to read the clocks of a thousand threads takes long, and where they contend for the
    interpreter's lock, much longer.
    """

    def __init__(self, workers: Sequence[Gauged], clock: Callable[[], float]) -> None:
        self._workers = workers
        self._clock = clock
        self._turns = count()
        self._latest: list[WorkerGauge] = []
        """By worker; never changed, but replaced."""

    def read(self, *, afresh: bool) -> list[WorkerGauge]:
        """Return what is known, by worker: what was read last, unless it is read `afresh`."""
        return self._read() if afresh or not self._latest else self._latest

    def read_on(self) -> None:
        """Read the times on a processor of all threads, and the waits for a core of some."""
        until = self._clock() + CORE_WAITS_FOR
        for _ in self._workers:
            self._workers[next(self._turns) % len(self._workers)].read_core_wait()
            if self._clock() >= until:
                break
        self._read()

    def _read(self) -> list[WorkerGauge]:
        self._latest = gauges = [worker.gauge() for worker in self._workers]
        return gauges
