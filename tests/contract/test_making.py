"""What a producer does with its time: it makes items, works in code of its own, or is held up.

One that waits for its interval is not busy.
"""

from __future__ import annotations

import math

import pytest

from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.snapshot import Shares, Snapshot
from tests.contract.bench import Bench, line, worker


def shares_of(snapshot: Snapshot, name: str = "P") -> Shares:
    """Where the time of a worker went; all of it."""
    shares = worker(snapshot, name).shares(snapshot.at)
    assert math.fsum(shares) == pytest.approx(1)
    assert all(0 <= share <= 1 for share in shares)
    return shares


def unit_of(bench: Bench) -> float:
    """Seconds that are long enough for a thread."""
    return 1.0 if bench.is_virtual else 0.02


def test_a_producer_that_waits_for_its_interval_is_making(bench: Bench) -> None:
    """Most of its time; in virtual time all of it. A consumer that takes as long runs."""
    unit = unit_of(bench)
    final = bench.run(line(items=5, interval=unit, service=unit))
    producer = shares_of(final)
    assert producer.making > 2 * producer.running
    assert worker(final, "P").utilization(final.at) == producer.running
    if bench.is_virtual:
        assert producer == Shares(making=1.0)
    consumer = shares_of(final, "C")
    assert consumer.making == 0
    assert consumer.running > 0.5


def test_it_is_making_in_the_middle_of_an_interval(bench: Bench) -> None:
    """Its first one, too: a look at a run need not wait for the end of it."""
    engine = bench.started(line(interval=1000.0))
    if isinstance(engine, VirtualEngine):
        engine.advance(500.0)
    else:
        bench.until(lambda one: one.at > 0.1 and one.workers[0].timed(one.at) > 0)
    snapshot = engine.snapshot()
    shares = shares_of(snapshot)
    assert shares.making > 0.5
    assert shares_of(snapshot.since(snapshot._replace(at=snapshot.at / 2))).running < 0.5


def test_a_pause_is_no_making(bench: Bench) -> None:
    """Nor is a wait for a slot: an interval that is interrupted goes on afterwards."""
    unit = unit_of(bench)
    engine = bench.started(line(1, 3, interval=2 * unit, service=20 * unit))
    if isinstance(engine, VirtualEngine):
        engine.advance(1.0)
    engine.pause_producing()
    before = bench.until(lambda one: one.workers[0].state == "paused")
    if isinstance(engine, VirtualEngine):
        engine.advance(11.0)
    seen = bench.until(lambda one: one.at > before.at + 5 * unit)
    assert shares_of(seen).paused > 0.5
    part = seen.since(before)
    assert shares_of(part).paused == pytest.approx(1, abs=0.1)
    engine.resume_producing()
    final = bench.end()
    spent = worker(final, "P").spent(final.at)
    assert spent.making >= 3 * 2 * unit * 0.99
    assert spent.blocked_full > spent.making
    assert spent.paused >= 4 * unit


def test_code_of_its_own_is_work(bench: Bench) -> None:
    """On threads a source takes the time that it takes; in virtual time none."""
    slow = bench.steady(range(3), lambda one: one.at > 0.05)
    final = bench.run(line(interval=0), {"P": range(3) if bench.is_virtual else slow})
    assert final.totals.consumed == 3
    if not bench.is_virtual:
        shares = shares_of(final)
        assert shares.running > 0.5
        assert shares.making == 0
