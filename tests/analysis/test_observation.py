"""Each measure is what its docstring promises: against runs worked out or watched by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.experiments.simulate import simulate
from pcsim.scenario import (
    ConsumerSpec,
    End,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Routing,
    Scenario,
)
from pcsim.snapshot import Snapshot
from tests.support.random_systems import FROM_0, TIMES, ended, systems
from tests.support.small_scenarios import markovian, one_queue


@settings(max_examples=40, deadline=None)
@given(systems(), st.floats(3.0, 40.0), FROM_0.map(lambda share: share * 2))
def test_shares_add_up_and_stay_in_range(scenario: Scenario, until: float, warm_up: float) -> None:
    """What a worker does is all of its time; a share is from 0 to 1."""
    _, seen = ended(replace(scenario, end=End(until), warm_up=warm_up))
    for worker in seen.workers.values():
        shares = (*worker[1:5], worker.making)
        assert all(0 <= share <= 1 for share in shares)
        assert math.fsum(shares) == pytest.approx(1.0, abs=1e-9)
    for queue in seen.queues.values():
        assert 0 <= queue.full_share <= 1
        assert 0 <= queue.empty_share <= 1
        assert queue.loss == 0 or math.isnan(queue.loss)  # where none arrived


# The exact integral.


def areas(engine: VirtualEngine) -> tuple[float, float]:
    """The integrals of the depth of `q` and of the items in the system, added up from event to
    event."""
    depth = in_system = before = 0.0
    engine.start()
    while (at := engine.next_at) is not None:
        seen = engine.snapshot()
        depth += seen.queues[0].depth * (at - before)
        in_system += seen.totals.in_system * (at - before)
        engine.advance(until=at)
        before = at
    return depth, in_system


@st.composite
def lossy(draw: st.DrawFn) -> Scenario:
    """Queues that drop, timeouts, items that fail, are tried again or come in copies."""
    plain = draw(systems())
    overflow = draw(st.sampled_from([Overflow.BLOCK, Overflow.DROP_NEW, Overflow.DROP_OLD]))
    first, *others = plain.queues
    queues = [replace(first, overflow=overflow), *others]
    producer = replace(plain.producers[0], put_timeout=draw(st.none() | st.just(0.7)))
    consumer, *last = plain.consumers
    remedy = draw(st.sampled_from(["skip", "retry"]))
    if remedy == "retry" or draw(st.booleans()):
        queues.append(QueueSpec("dead", 2))
        last.append(ConsumerSpec("E", "dead", draw(TIMES)))
        producer = replace(producer, queue=("q", "dead"), routing=draw(st.sampled_from(Routing)))
    consumer = replace(
        consumer,
        failure_probability=draw(st.sampled_from([0.0, 0.4])),
        on_error=Retry(2, "dead") if remedy == "retry" else "skip",
    )
    return replace(plain, queues=tuple(queues), producers=(producer,), consumers=(consumer, *last))


@settings(max_examples=80, deadline=None)
@given(st.one_of(systems(), lossy()), st.integers(5, 30))
def test_mean_numbers_are_integrals(scenario: Scenario, items: int) -> None:
    """Whatever is lost, fails, is tried again or copied."""
    scenario = replace(scenario, end=End(items=items))
    depth, in_system = areas(VirtualEngine(scenario))
    _, seen = ended(scenario)
    measured_time = seen.system.duration
    assert seen.queues["q"].mean_depth * measured_time == pytest.approx(depth, rel=1e-9, abs=1e-9)
    assert seen.system.mean_in_system * measured_time == pytest.approx(
        in_system, rel=1e-9, abs=1e-9
    )


# By hand.


def test_blocked_time_before_a_put_is_no_waiting_time() -> None:
    """One item a second, three seconds of work, one slot. Items 1 to 5 wait in the queue for 0,
    2, 3, 3, 3 s; before that their producer stood blocked for 0, 0, 1, 2, 2 s with them."""
    result = simulate(one_queue(1.0, 3.0, capacity=1, items=5))
    assert result.waiting_time("q").mean.mean == pytest.approx(11 / 5)
    assert result.worker("P").put_delay.mean == pytest.approx(5 / 5)
    assert result.sojourn_time.mean.mean == pytest.approx((11 + 5) / 5 + 3)
    assert result.worker("P").blocked_full.mean == pytest.approx(5 / 10)
    assert result.worker("C").blocked_empty.mean == pytest.approx(1 / 16)
    assert result.worker("C").utilization.mean == pytest.approx(15 / 16)
    assert result.system.mean_in_system.mean == pytest.approx(31 / 16)
    assert result.queue("q").mean_depth.mean == pytest.approx(11 / 16)
    assert result.system.duration.mean == 16.0


def test_a_put_that_was_given_up_counts_in_the_delay_of_puts() -> None:
    """The same with a put timeout of 1.5 s: item 3 stands for one second and is put, item 4 for
    1.5 s and is dropped, the others do not wait. No wait is longer than the timeout."""
    base = one_queue(1.0, 3.0, capacity=1, items=5)
    impatient = replace(base.producers[0], put_timeout=1.5)
    result = simulate(replace(base, producers=(impatient,)))
    assert result.system.dropped.mean == 1
    assert result.worker("P").put_delay.mean == pytest.approx(2.5 / 5)


@pytest.mark.parametrize("overflow", [Overflow.DROP_NEW, Overflow.DROP_OLD])
def test_loss_is_the_share_of_those_that_came(overflow: Overflow) -> None:
    """An item a second, 2.5 s of work, one slot. By hand, 3, 5, 7, 8, 10, 12, 13, 15, 17, 18 and
    20 find it taken: lost are they, or those that make way for them."""
    result = simulate(one_queue(1.0, 2.5, capacity=1, overflow=overflow, until=20.25))
    assert result.system.produced.mean == 20
    assert result.system.dropped.mean == 11
    assert result.queue("q").loss.mean == pytest.approx(11 / 20)


@pytest.mark.parametrize("put_timeout", [None, 0.0])
def test_each_of_several_outputs_has_its_own_loss(put_timeout: float | None) -> None:
    """An item a second goes to two queues of one slot in turn. The one that is read at once
    loses nothing. At the slow one, with 3.9 s of work, they arrive at 2, 4, 6 and so on: those
    of 8, 12, 16 and 20 s find its slot taken, and are lost by its policy or its put timeout."""
    overflow = Overflow.DROP_NEW if put_timeout is None else Overflow.BLOCK
    result = simulate(
        Scenario(
            queues=(QueueSpec("quick", 1), QueueSpec("slow", 1, overflow)),
            producers=(ProducerSpec("P", ("quick", "slow"), 1.0, 20, put_timeout=put_timeout),),
            consumers=(ConsumerSpec("C", "quick", 0.5), ConsumerSpec("S", "slow", 3.9)),
        )
    )
    assert result.system.dropped.mean == 4
    assert result.queue("slow").loss.mean == 4 / 10
    assert result.queue("quick").loss.mean == 0
    assert [row.dropped_total for row in result.snapshot.queues] == [0, 4]


def test_a_replication_without_a_sample_takes_no_part_in_the_mean() -> None:
    """In one second an item comes in some runs and none in others. Each that came was worked on
    for 10 ms, and no mean of its time can be shorter."""
    rare = one_queue(Exponential(2.0), 0.01, until=1.0)
    result = simulate(rare, replications=200)
    sojourn = result.sojourn_time.mean
    assert 0 < sojourn.count < 200
    assert 0.01 <= sojourn.mean < 0.02
    assert result.sojourn_time.p99.count == sojourn.count
    assert result.waiting_time("q").mean.count < 200
    assert result.system.throughput.count == 200
    assert result.littles_gap < 0.05


def test_what_was_never_measured_is_none() -> None:
    """Nothing comes within the time: there is a mean depth, and no waiting time."""
    result = simulate(one_queue(10.0, 1.0, until=5.0), replications=2)
    assert result.waiting_time("q").mean == (0.0, None, None, None, 0)
    assert result.queue("q").loss.count == 0
    assert result.queue("q").mean_depth.count == 2


# The warm-up.


def snapshots(scenario: Scenario, warm_up: float) -> tuple[Snapshot, Snapshot]:
    """The same run without a warm-up, looked at where it would end, and at its end."""
    engine = VirtualEngine(replace(scenario, warm_up=0.0))
    engine.start()
    engine.advance(until=warm_up)
    begin = engine.snapshot()
    engine.join()
    return begin, engine.snapshot()


def test_measures_are_those_from_the_warm_up_on() -> None:
    """Each is the difference of the two snapshots over the time between them."""
    scenario = replace(markovian(0.9, capacity=4), end=End(500.0), seed=11)
    result = simulate(scenario, warm_up=123.0)
    begin, end = snapshots(scenario, 123.0)
    measured_time = 500.0 - 123.0
    assert result.system.duration.mean == measured_time
    consumed = end.totals.consumed - begin.totals.consumed
    assert result.system.consumed.mean == consumed
    assert result.system.throughput.mean == pytest.approx(consumed / measured_time)
    assert result.system.produced.mean == end.totals.produced - begin.totals.produced
    (before,), (after,) = begin.queues, end.queues
    first, last = before.waiting_time, after.waiting_time
    waited = last.mean * last.count - first.mean * first.count
    assert result.waiting_time("q").mean.mean == pytest.approx(waited / (last.count - first.count))
    area = after.area(500.0) - before.area(123.0)
    assert result.queue("q").mean_depth.mean == pytest.approx(area / measured_time)
    assert result.queue("q").throughput.mean == pytest.approx(
        (after.got_total - before.got_total) / measured_time
    )
    full = after.full_share(500.0) * 500 - before.full_share(123.0) * 123
    assert result.queue("q").full_share.mean == pytest.approx(full / measured_time)
    for was, row in zip(begin.workers, end.workers, strict=True):
        spent = [now - then for now, then in zip(row.spent(500.0), was.spent(123.0), strict=True)]
        worker = result.worker(row.name)
        done, put = row.items_total - was.items_total, row.put_total - was.put_total
        assert worker.throughput.mean == pytest.approx(done / measured_time)
        assert worker.put_delay.mean == pytest.approx(spent[1] / put if put else 0.0)
        assert [value.mean for value in (*worker[1:5], worker.making)] == pytest.approx(
            [part / measured_time for part in spent]
        )


def test_a_warm_up_changes_no_event() -> None:
    """What is left out of the measures happens all the same."""
    scenario = replace(markovian(0.9, capacity=4), end=End(300.0))
    plain, warmed = simulate(scenario), simulate(scenario, warm_up=100.0)
    assert warmed.snapshot.totals == plain.snapshot.totals
    assert warmed.snapshot.workers == plain.snapshot.workers
