"""The programs in the pictures: what is seen of them, by a clock of our own."""

from __future__ import annotations

from collections.abc import Callable

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.engine.virtual.pacing import PacedRun
from pcsim.errors import DeadlockError, Wait
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import (
    BlockReason,
    EventBatch,
    Failure,
    Phase,
    QueueDetail,
    QueueRow,
    Role,
    Snapshot,
    Totals,
    WorkerRow,
    WorkerState,
)

PARSERS = tuple(f"Thread-{number} (parse)" for number in (2, 3, 4))
ETL = Scenario(
    queues=(QueueSpec("lines", 10**9), QueueSpec("rows", 20)),
    producers=(ProducerSpec("Thread-1 (read)", "lines", 0.02),),
    consumers=(
        *(ConsumerSpec(name, "lines", 0.05, output="rows") for name in PARSERS),
        ConsumerSpec("Thread-5 (write)", "rows", 0.03),
    ),
    title="etl.py · pid 4711 · Python 3.11.7",
)
"""The program of README, with the times that it takes."""


class Etl:
    """The program of README as an agent in it sees it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._run = PacedRun(VirtualEngine(ETL), clock=clock)
        self._run.start()

    def snapshot(self) -> Snapshot:
        """The program now."""
        return _as_watched(self._run.snapshot())

    def events(self, since: int = 0) -> EventBatch:
        """What has happened."""
        return self._run.events(since)

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """The items in a queue."""
        return self._run.queue_detail(name, limit)


def _as_watched(one: Snapshot) -> Snapshot:
    queues = tuple(
        row._replace(capacity=None) if row.name == "lines" else row for row in one.queues
    )
    workers = tuple(
        row._replace(group="parse", is_timed=False) if row.name in PARSERS
        else row._replace(is_timed=False)
        for row in one.workers
    )  # fmt: skip
    before = None if one.before is None else _as_watched(one.before)
    return one._replace(queues=queues, workers=workers, before=before, engine="watched")


PING_PONG = "pingpong.py · pid 4802 · Python 3.13.1 · from outside"
PING, PONG = "Thread-1 (ping)", "Thread-2 (pong)"
WAITS = (
    Wait(PING, ("b",), "full"),
    Wait(PONG, ("a",), "full"),
)


class PingPong:
    """Two threads in a deadlock, as they are seen from outside."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._began = clock, clock()

    def snapshot(self) -> Snapshot:
        """The program now: nothing moves."""
        queues = tuple(QueueRow(name, 1, 1, 1, full_since=0.0) for name in "ab")
        workers = (
            WorkerRow(PING, Role.STAGE, ("a",), ("b",), WorkerState.BLOCKED, "b", BlockReason.FULL),
            WorkerRow(PONG, Role.STAGE, ("b",), ("a",), WorkerState.BLOCKED, "a", BlockReason.FULL),
        )
        return Snapshot(
            1, self._clock() - self._began, Phase.RUNNING, True, queues, workers,
            Totals(queued=2, carried=2), title=PING_PONG,
            engine="watched", failure=Failure("", 0, str(DeadlockError(WAITS)), waits=WAITS),
            is_counted=False,
        )  # fmt: skip

    def events(self, since: int = 0) -> EventBatch:
        """What has happened: nothing."""
        return EventBatch(next_number=since)

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """Raise `KeyError`: items are not read from outside."""
        raise KeyError(name)
