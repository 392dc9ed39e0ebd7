"""Rows read from cuts of the books: late, but of the instant of their cut."""

from __future__ import annotations

import copy
from itertools import count
from typing import Any

import pytest

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import Snapshot


def started() -> VirtualEngine:
    """Two producers, one of them slow, and two consumers."""
    engine = VirtualEngine(
        Scenario(
            queues=(QueueSpec("q", 3),),
            producers=(ProducerSpec("fast", "q", 1.0), ProducerSpec("slow", "q", 1000.0)),
            consumers=(ConsumerSpec("c", ("q",), 0.5), ConsumerSpec("d", ("q",), 0.5)),
        ),
        sources={"fast": count(), "slow": count()},
    )
    engine.start()
    return engine


def two_cuts() -> tuple[Snapshot, Snapshot]:
    """Ten items apart, the second taken before anybody has looked at the first."""
    engine = started()
    engine.advance(10.2)
    early = engine.snapshot()
    engine.advance(20.2)
    return early, engine.snapshot()


def test_a_row_asked_for_late_is_of_the_instant_of_its_cut() -> None:
    """However far the run has gone on."""
    early, late = two_cuts()
    assert late.workers[0].produced_total == 20
    assert early.workers[0].produced_total == 10
    assert sum(row.produced_total for row in early.workers) == early.totals.produced
    assert early.totals.balanced


def test_a_row_is_the_same_object_until_its_worker_does_something() -> None:
    """Asked for in any order, and again of the same snapshot."""
    early, late = two_cuts()
    assert late.workers[1] is early.workers[1]
    assert late.workers[0] is not early.workers[0]
    assert early.workers[0] is early.workers[0]


def test_rows_are_like_a_tuple_of_them() -> None:
    """Compared, cut, hashed, searched, printed, copied."""
    engine = started()
    engine.advance(10.2)
    rows: Any = engine.snapshot().workers
    plain: Any = tuple(rows)
    assert len(rows) == len(plain) == 4
    assert rows == plain
    assert plain == rows
    assert rows != plain[1:]
    assert rows != "fast"
    assert rows[1:3] == plain[1:3]
    assert rows[-1] is plain[-1]
    assert plain[2] in rows
    assert hash(rows) == hash(plain)
    assert repr(rows) == repr(plain)
    assert type(copy.deepcopy(rows)) is tuple
    assert copy.deepcopy(rows) == plain
    with pytest.raises(IndexError):
        rows[4]
