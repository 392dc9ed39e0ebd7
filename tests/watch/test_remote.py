"""What is shown of a program: counts from the first look on, that only grow and always add up."""

from __future__ import annotations

import random
from typing import Any

import pytest

from pcsim.snapshot import EventKind, Role, Snapshot, WorkerState
from pcsim.watch.looks import Looks, Program

PROGRAM = Program(1, ("/srv/crawl.py", "--all\x1b"), "3.11.7", "exec", False, "/")


class Fake:
    """An agent of a program with one queue: what it would answer."""

    def __init__(self, first_depth: int = 0, maxsize: int = 0) -> None:
        self.at = 100.0
        self.depth = self.first_depth = first_depth
        self.maxsize = maxsize
        self.cells: dict[int, list[Any]] = {}
        self.blocked: dict[int, Any] = {}
        self.alive: dict[int, bool] = {}

    def does(self, thread: int, puts: int = 0, gets: int = 0) -> None:
        """A thread puts and gets."""
        self.at += 0.001
        cell = self.cells.setdefault(thread, [0, 0, 0.0, 0.0, 0, 0.0])
        self.alive.setdefault(thread, True)
        cell[0] += puts
        cell[1] += gets
        cell[5] = self.at
        self.depth += puts - gets

    def look(self) -> dict[str, Any]:
        """The answer to `look`."""
        puts = sum(cell[0] for cell in self.cells.values())
        gets = sum(cell[1] for cell in self.cells.values())
        queue = {
            "id": 9, "maxsize": self.maxsize, "first_depth": self.first_depth, "depth": self.depth,
            "peak": self.depth, "puts": puts, "gets": gets, "unseen_puts": 0, "unseen_gets": 0,
            "oldest": 100.0 if self.depth else None, "stamps": 100.0 * self.depth, "full": 0.0,
            "full_since": None, "empty": 0.0, "empty_since": None, "wait_sum": 0.5 * gets,
            "longest": 0.5, "buckets": [[0x3F00, gets]] if gets else [], "unfinished": 0,
            "closed": False,
        }  # fmt: skip
        threads = [
            {
                "id": number, "name": f"worker {number}", "target": "work", "native": None,
                "alive": self.alive[number], "first": 100.0, "last": cell[5],
                "cells": {"9": list(cell)}, "blocked": self.blocked.get(number),
            }
            for number, cell in self.cells.items()
        ]  # fmt: skip
        return {
            "at": self.at, "since": 100.0, "queues": [queue], "threads": threads, "ended": [],
            "unwatched": {}, "faults": [],
        }  # fmt: skip


def looks_at(fake: Fake) -> tuple[Looks, Snapshot]:
    """The first look at it."""
    looks = Looks(PROGRAM, 2)
    names = {
        "queues": [
            {"id": 9, "kind": "Queue", "site": None, "found": ["global", "__main__", "urls"]}
        ]
    }
    looks.learn_names(names)
    return looks, looks.begin(fake.look())


def test_counts_begin_with_the_first_look() -> None:
    """What was done before is carried, what is there is there."""
    fake = Fake()
    fake.does(1, puts=5)
    fake.does(2, gets=2)
    looks, first = looks_at(fake)
    assert first.at == 0.0
    assert (first.queues[0].put_total, first.queues[0].depth, first.queues[0].carried) == (0, 3, 3)
    assert first.totals.balanced
    fake.at += 10.0
    fake.does(2, gets=1)
    later = looks.snapshot(fake.look())
    assert later.at == pytest.approx(10.001)
    row = later.queues[0]
    assert (row.name, row.capacity, row.got_total, row.depth) == ("urls", None, 1, 2)
    assert row.waiting_time.count == 1
    assert row.waiting_time.mean == pytest.approx(0.5)
    assert [worker.role for worker in later.workers] == [Role.PRODUCER, Role.CONSUMER]
    assert (later.totals.consumed, later.totals.in_workers_hands) == (1, 1)
    assert later.totals.balanced


def test_a_thread_is_blocked_for_as_long_as_it_is() -> None:
    """Also where that is longer than anybody has looked; its share of the time is all of it."""
    fake = Fake(maxsize=1)
    fake.does(1, puts=1)
    fake.blocked = {1: [9, "full", 101.0]}
    fake.at = 400.0
    looks, _ = looks_at(fake)
    fake.at = 402.0
    snapshot = looks.snapshot(fake.look())
    (row,) = snapshot.workers
    assert snapshot.at - row.since == 301.0
    assert row.shares(snapshot.at).blocked_full == 1.0
    assert snapshot.since(snapshot).workers[0].blocked_full_time == 0.0


def test_a_name_from_a_program_is_safe() -> None:
    """Neither its command line nor its threads bring controls to the terminal."""
    _, first = looks_at(Fake())
    assert first.title == "crawl.py --all\\e · pid 1 · Python 3.11.7"


@pytest.mark.parametrize("seed", range(5))
def test_totals_only_grow_and_add_up(seed: int) -> None:
    """Whatever threads do: one that produced begins to take, others come and end."""
    chance = random.Random(seed)
    fake = Fake()
    looks, last = looks_at(fake)
    for _ in range(300):
        thread = chance.randrange(6)
        if chance.random() < 0.1 and len(fake.cells) > 2:
            gone = chance.choice(list(fake.cells))
            fake.alive[gone] = False
            snapshot = looks.snapshot(fake.look())
            fake.first_depth += fake.cells[gone][0] - fake.cells[gone][1]
            del fake.cells[gone]
        fake.does(thread, puts=chance.randrange(3), gets=min(chance.randrange(3), fake.depth))
        snapshot = looks.snapshot(fake.look())
        assert snapshot.totals.balanced
        for field in ("produced", "consumed", "copied"):
            assert getattr(snapshot.totals, field) >= getattr(last.totals, field), field
        last = snapshot


def test_waits_are_events_in_the_order_of_their_times() -> None:
    """That a thread is blocked, and that it went on, as soon as a look shows it."""
    fake = Fake(maxsize=1)
    fake.does(1, puts=1)
    fake.does(2, gets=1)
    looks, _ = looks_at(fake)
    fake.blocked = {2: [9, "empty", 101.0], 1: [9, "full", 100.5]}
    fake.at = 102.0
    snapshot = looks.snapshot(fake.look())
    assert [worker.state for worker in snapshot.workers] == [WorkerState.BLOCKED] * 2
    del fake.blocked[2]
    fake.at = 104.0
    fake.does(2, gets=0)
    looks.snapshot(fake.look())
    seen = [(event.number, event.kind, event.subject) for event in looks.events.since(0).events]
    assert seen == [
        (0, EventKind.BLOCKED, "worker 1"),
        (1, EventKind.BLOCKED, "worker 2"),
        (2, EventKind.RESUMED, "worker 2"),
    ]


def test_threads_with_the_same_queues_are_a_group() -> None:
    """Called as they are; one alone is none."""
    fake = Fake()
    fake.does(1, puts=9)
    for number in (2, 3, 4):
        fake.does(number, gets=1)
    _, first = looks_at(fake)
    assert [worker.group for worker in first.workers] == ["", "worker", "worker", "worker"]


def test_the_last_seconds_are_compared_with_a_look_before_them() -> None:
    """Once there is one that is ten seconds old."""
    fake = Fake()
    fake.does(1, puts=1)
    looks, snapshot = looks_at(fake)
    for _ in range(30):
        assert (snapshot.before is not None) == (snapshot.at >= 10)
        fake.at += 0.999
        fake.does(1, puts=1)
        snapshot = looks.snapshot(fake.look())
    recent = snapshot.recent
    assert recent.at == pytest.approx(10, abs=1.1)
    assert recent.queues[0].put_total == pytest.approx(10, abs=1)
