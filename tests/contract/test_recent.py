"""What has happened in a part of a run: everything that is known of the run is known of it.

The part from one snapshot to another, and the last seconds of a run, are snapshots themselves.
"""

from __future__ import annotations

import math
import random
from itertools import pairwise
from typing import Any

import pytest

from pcsim.analysis.observation import measured_between
from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, End, Overflow, ProducerSpec, QueueSpec, Retry, Scenario
from pcsim.snapshot import Phase, Snapshot, Spread, WorkerState
from pcsim.snapshot.marks import PARTS, RECENT
from tests.contract.bench import Bench, Boom, line

COUNTS = ("put_total", "got_total", "dropped_total", "discarded_total")
WORKER_COUNTS = (*COUNTS, "produced_total", "done_total", "failed_total")


def refuses(data: Any) -> Any:
    """Fails on one item in seven, however often it is tried."""
    if isinstance(data, int) and data % 7 == 0:
        raise Boom("not a seventh")
    return data


def everything(unit: float, seed: int = 1, **has: Any) -> Scenario:
    """A stage between two queues, of which one drops, retries and dead letters; a `unit` long."""
    return Scenario(
        (QueueSpec("in", 4), QueueSpec("out", 2, Overflow.DROP_NEW), QueueSpec("bad", 3)),
        (ProducerSpec("P", "in", Exponential(2 * unit), 60, count=2),),
        (
            ConsumerSpec(
                "S", "in", Exponential(0.7 * unit), output="out", count=2,
                on_error=Retry(1, "bad"),
            ),
            ConsumerSpec("C", "out", Exponential(1.5 * unit)),
            ConsumerSpec("D", "bad", unit, max_items=5),
        ),
        seed=seed,
        **has,
    )  # fmt: skip


def check_part(begin: Snapshot, end: Snapshot) -> None:
    """The part of a run between two snapshots, with what was before, is the run.

    A thread that looks may be suspended between its look at the counters and at the clock.
    """
    slack = 0.05 if end.engine == "threads" else 1e-9
    part = end.since(begin)
    assert (part.begins_at, part.at) == (begin.at, end.at - begin.at)
    assert part.totals.balanced
    for name in ("produced", "consumed", "dropped", "failed", "discarded"):
        assert getattr(part.totals, name) == getattr(end.totals, name) - getattr(begin.totals, name)
    for before, row, mine in zip(begin.queues, end.queues, part.queues, strict=True):
        for name in COUNTS:
            assert getattr(before, name) + getattr(mine, name) == getattr(row, name), name
        whole = before.full_share(begin.at) * begin.at, row.full_share(end.at) * end.at
        assert mine.full_share(part.at) * part.at == pytest.approx(whole[1] - whole[0], abs=slack)
        assert mine.full_share(part.at) + mine.empty_share(part.at) <= 1 + 1e-9
        area = row.area(end.at) - before.area(begin.at)
        assert mine.area(part.at) == pytest.approx(area)
        assert mine.oldest_age(part.at) == pytest.approx(row.oldest_age(end.at))
        check_spread(before.waiting_time, row.waiting_time, mine.waiting_time)
    for was, now, own in zip(begin.workers, end.workers, part.workers, strict=True):
        for name in WORKER_COUNTS:
            assert getattr(was, name) + getattr(own, name) == getattr(now, name), name
        shares = own.shares(part.at)
        assert math.fsum(shares) == pytest.approx(1 if own.lifetime(part.at) > 0 else 0)
        assert all(0 <= share <= 1 for share in shares)
        for before_it, whole_time, mine_time in zip(
            was.spent(begin.at), now.spent(end.at), own.spent(part.at), strict=True
        ):
            assert before_it + mine_time == pytest.approx(whole_time, abs=slack)
    check_spread(begin.sojourn_time, end.sojourn_time, part.sojourn_time)


def check_spread(before: Spread, whole: Spread, part: Spread) -> None:
    """The times of a part are those that are new."""
    assert before.count + part.count == whole.count
    if part.count:
        total = before.mean * before.count + part.mean * part.count
        assert total == pytest.approx(whole.mean * whole.count)
        assert part.p50 <= part.p90 <= part.p95 <= part.p99 <= part.max <= whole.max


@pytest.mark.parametrize("seed", range(4))
def test_a_part_of_a_run_with_what_was_before_is_the_run(bench: Bench, seed: int) -> None:
    """Between any two snapshots of it, the last one included."""
    unit = 1.0 if bench.is_virtual else 0.001
    bench.started(everything(unit, seed), {}, {"S": refuses})
    chance = random.Random(seed)
    kept = list(bench.steps())
    for _ in range(20):
        begin, end = sorted(chance.sample(kept, 2), key=lambda one: (one.at, one.phase.is_over))
        check_part(begin, end)
    check_part(kept[0], kept[-1])


@pytest.mark.parametrize("seed", range(3))
def test_the_measures_of_a_part_are_those_between_its_ends(seed: int) -> None:
    """Whichever way they are found."""
    engine = VirtualEngine(everything(1.0, seed), {}, {"S": refuses})
    engine.start()
    seen = []
    for at in (7.5, 20.0, 33.3, 60.0, math.inf):
        engine.advance(at)
        seen.append(engine.snapshot())
    for begin, end in pairwise(seen):
        between, part = measured_between(begin, end), measured_between(None, end.since(begin))
        for name, worker in between.workers.items():
            assert part.workers[name] == pytest.approx(worker, nan_ok=True), name
        for name, queue in between.queues.items():
            assert part.queues[name] == pytest.approx(queue, nan_ok=True), name
        littles = {"littles_product": 0.0}  # of times that were not taken anew at the begin
        assert part.system._replace(**littles) == pytest.approx(between.system._replace(**littles))


def test_the_last_seconds_of_a_run_are_a_part_of_it(bench: Bench) -> None:
    """From the latest mark that is old enough on, and no further back than one mark more."""
    unit = 1.0 if bench.is_virtual else 0.001
    scenario = everything(unit, end=End(time=80 * unit))
    engine = bench.make(scenario, {}, {"S": refuses})
    length = engine.observer.marks.length = 20 * unit
    engine.start()
    parts = 0
    for snapshot in bench.steps():
        recent = snapshot.recent
        assert recent.begins_at + recent.at == pytest.approx(snapshot.at)
        assert recent.begins_at <= max(snapshot.at - length, 0.0)
        assert recent.totals.balanced
        if recent.begins_at:
            parts += 1
            assert snapshot.before is not None
            check_part(snapshot.before, snapshot)
    final = engine.snapshot()
    assert parts
    assert final.recent == final.recent
    assert final.recent.phase is final.phase is Phase.FINISHED


def test_a_young_run_is_its_own_recent_past(bench: Bench) -> None:
    """Before its start and in its first seconds."""
    engine = bench.make(line(items=3))
    assert engine.snapshot().recent == engine.snapshot()
    engine.start()
    final = bench.end()
    assert final.recent is final


@pytest.mark.parametrize("steps", [1, 7, 1000])
def test_the_recent_past_is_as_long_as_it_says(steps: int) -> None:
    """Ten seconds to the time up to which a run is driven, however it is driven there; one more
    where it is looked at between two marks."""
    engine = VirtualEngine(line(interval=0.3, service=0.5))
    engine.start()
    for step in range(1, steps + 1):
        engine.advance(100 * step / steps)
    recent = engine.snapshot().recent
    assert (recent.begins_at, recent.at) == (90.0, 10.0)
    engine.advance(100.5)
    assert RECENT <= engine.snapshot().recent.at <= RECENT * (1 + 1 / PARTS)


def test_a_run_that_nobody_stops_has_a_recent_past_as_well() -> None:
    """At a time limit, and where it ends by itself: then it is as long as some events take."""
    limited = VirtualEngine(line(interval=0.3, service=0.5, end=End(time=1000.0)))
    limited.start()
    limited.join()
    recent = limited.snapshot().recent
    assert recent.at == RECENT
    assert recent.totals.consumed == 20
    endless = VirtualEngine(line(interval=0.3, service=0.5, items=20_000))
    endless.start()
    endless.join()
    final = endless.snapshot()
    assert RECENT <= final.recent.at < final.at / 5


def test_the_times_before_a_warm_up_stay_forgotten() -> None:
    """In a part that began before its end as well: counts are of all of the part."""
    engine = VirtualEngine(line(interval=1.0, service=0.5, items=30, warm_up=12.0))
    engine.start()
    engine.advance(15.25)
    snapshot = engine.snapshot()
    recent = snapshot.recent
    assert recent.begins_at == 5.25
    assert recent.totals.consumed == 10
    assert recent.sojourn_time.count == snapshot.sojourn_time.count == 3


def test_the_recent_past_holds_a_pause(bench: Bench) -> None:
    """A period that was open when it began counts from there on."""
    unit = 1.0 if bench.is_virtual else 0.01
    engine = bench.make(line(interval=unit, service=unit))
    engine.observer.marks.length = 10 * unit
    engine.start()
    bench.until(lambda one: one.at >= 5 * unit)
    engine.pause_producing()
    if isinstance(engine, VirtualEngine):
        engine.advance(40.0)
    snapshot = bench.until(lambda one: one.recent.begins_at > one.workers[0].since > 0)
    recent = snapshot.recent.workers[0]
    assert (recent.state, recent.since) == (WorkerState.PAUSED, 0)
    assert recent.shares(snapshot.recent.at).paused == pytest.approx(1)
    assert snapshot.workers[0].shares(snapshot.at).paused < 1


def test_few_marks_are_kept() -> None:
    """However long a run lasts, and however often it is looked at."""
    engine = VirtualEngine(line(interval=0.3, service=0.5))
    engine.start()
    for at in range(1, 500):
        engine.advance(at / 5)
        engine.snapshot()
    assert len(engine.observer.marks._kept) <= PARTS + 2
