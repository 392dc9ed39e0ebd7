"""Builders and guards that the engine's tests share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from pcsim import ProducerConsumerSystem
from pcsim.snapshot import Role, Snapshot

GUARD = 20.0
"""Seconds after which something that should have happened is a failure; never waited for."""


def line(
    source: Iterable[Any],
    sink: Any,
    *,
    capacity: int = 4,
    producing: float = 0,
    consuming: float = 0,
    max_items: int | None = None,
    on_error: Any = "fail",
) -> ProducerConsumerSystem:
    """One producer P, one queue q, one consumer C."""
    system = ProducerConsumerSystem()
    system.add_queue("q", capacity)
    system.add_producer("P", source, producing, "q")
    system.add_consumer("C", sink, consuming, max_items, "q", on_error=on_error)
    return system


def endless() -> Iterator[int]:
    """The whole numbers, for ever."""
    number = 0
    while True:
        yield number
        number += 1


class Gate:
    """A sink (or source) that waits: it sets `entered`, and goes on when `open` is set."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()
        self.got: list[Any] = []

    def __call__(self, item: Any) -> None:
        """Take an item."""
        self.entered.set()
        assert self.open.wait(GUARD)
        self.got.append(item)

    def __iter__(self) -> Iterator[int]:
        """One item, then nothing until `open` is set."""
        yield 1
        self.entered.set()
        assert self.open.wait(GUARD)


class Boom(Exception):
    """The error that sources and sinks of tests raise."""


def failing_at(k: int, error: BaseException) -> Callable[[int], None]:
    """A sink that raises on its k-th item, counted from 1."""
    seen = 0

    def sink(_: int) -> None:
        nonlocal seen
        seen += 1
        if seen == k:
            raise error

    return sink


def all_at_once(calls: Iterable[Callable[[], Any]]) -> list[Any]:
    """What the calls return (or raise), made by a thread each, at the same time."""
    calls = list(calls)
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(number: int, call: Callable[[], Any]) -> None:
        barrier.wait(GUARD)
        try:
            results[number] = call()
        except Exception as error:  # noqa: BLE001 - handed to the test
            results[number] = error

    threads = [
        threading.Thread(target=run, args=(number, call)) for number, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(GUARD)
        assert not thread.is_alive()
    return results


class Watched(Protocol):
    """A system or an engine."""

    def snapshot(self) -> Snapshot:
        """An exact snapshot."""


def until(system: Watched, condition: Callable[[Snapshot], bool]) -> Snapshot:
    """Take snapshots until one fulfils the condition, and return it."""
    import time

    end = time.monotonic() + GUARD
    while time.monotonic() < end:
        snapshot = system.snapshot()
        if condition(snapshot):
            return snapshot
        threading.Event().wait(0.001)
    raise AssertionError(f"it never came true: {system.snapshot()}")


def state_of(snapshot: Snapshot, worker: str) -> str:
    """What a worker is doing, as a word."""
    return next(row.state.value for row in snapshot.workers if row.name == worker)


def stands_at_full(snapshot: Snapshot, worker: str) -> bool:
    """Whether it is blocked with an item in its hand (and was not served a moment ago)."""
    row = next(row for row in snapshot.workers if row.name == worker)
    return row.state.value == "blocked" and row.reason == "full" and row.in_hand == 1


def check_balance(snapshot: Snapshot) -> None:
    """Check on one snapshot that every item is accounted for, and that no count is out of range."""
    totals = snapshot.totals
    assert totals.balanced, totals
    assert min(totals) >= 0, totals
    for queue in snapshot.queues:
        assert 0 <= queue.depth <= (queue.capacity or 0), queue
    for worker in snapshot.workers:
        assert worker.in_hand in (0, 1), worker
    assert totals.in_producers_hands == sum(
        row.in_hand for row in snapshot.workers if row.role is Role.PRODUCER
    )


def check_growth(before: Snapshot, after: Snapshot) -> None:
    """Check that no counter has fallen from one snapshot to a later one."""
    for old, new in zip(before.queues, after.queues, strict=True):
        for field in ("put_total", "got_total", "dropped_total", "discarded_total", "closed"):
            assert getattr(new, field) >= getattr(old, field), (field, old, new)
    for was, now in zip(before.workers, after.workers, strict=True):
        for field in (
            "produced_total", "put_total", "got_total", "done_total", "failed_total",
            "dropped_total", "discarded_total", "copied_total",
        ):  # fmt: skip
            assert getattr(now, field) >= getattr(was, field), (field, was, now)
    for index in (0, 4, 5, 6, 7, 9):
        assert after.totals[index] >= before.totals[index]
