"""Whatever a program that is watched does, each view of it can be drawn: `benchmarks.watched_rows`
draws a million of them."""

from __future__ import annotations

import pytest

from pcsim.snapshot import (
    BlockReason,
    EventBatch,
    Phase,
    QueueDetail,
    QueueRow,
    Role,
    Snapshot,
    Totals,
    WorkerRow,
    WorkerState,
)
from tests.support.fake_program import FakeProgram
from tests.tui.drawn import watch


@pytest.mark.parametrize("seed", range(4))
def test_rows_that_come_and_go_are_drawn(seed: int) -> None:
    """Tables, drawing, details, timeline and waits, at three widths."""
    most, step = ((3, 0.3), (8, 900.0), (3, 0.3), (8, 0.3))[seed]
    assert watch(FakeProgram(seed, most=most, step=step), 500 if step < 1 else 80) > 1000


class Locked:
    """Two threads that wait for each other, at queues one of which is not in sight."""

    def __init__(self) -> None:
        self.at = 0.0

    def snapshot(self) -> Snapshot:
        self.at += 0.5
        queues = (QueueRow("a", 1, 1),)
        rows = tuple(
            WorkerRow(name, Role.STAGE, (read,), (written,), WorkerState.BLOCKED, written,
                      BlockReason.FULL, since=0.1)
            for name, read, written in (("ping", "a", "b"), ("pong", "b", "a"))
        )  # fmt: skip
        version = int(self.at * 2)
        return Snapshot(version, self.at, Phase.RUNNING, True, queues, rows, Totals())

    def events(self, _: int = 0) -> EventBatch:
        return EventBatch((), 0, 0)

    def queue_detail(self, name: str, _: int = 100) -> QueueDetail:
        return QueueDetail(name, 1, ())


def test_a_deadlock_at_a_queue_that_is_out_of_sight_is_drawn() -> None:
    """By the name of that queue alone."""
    assert watch(Locked(), 16) > 200
