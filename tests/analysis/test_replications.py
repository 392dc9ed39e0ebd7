"""Measures of replications: shares stay shares, samples are added up, priorities are apart."""

from __future__ import annotations

from collections import Counter

import pytest
from msgspec.structs import replace

from pcsim.analysis import replications
from pcsim.analysis.mean_snapshot import mean_snapshot
from pcsim.analysis.replications import Basis, combined, with_fewer_samples
from pcsim.analysis.result import Result
from pcsim.distributions import Exponential
from pcsim.experiments.one_run import observe
from pcsim.experiments.simulate import simulate
from pcsim.scenario import (
    ConsumerSpec,
    Discipline,
    End,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Scenario,
)
from pcsim.theory.statistics import Interval
from tests.support.cases import case
from tests.support.small_scenarios import markovian, one_queue

CLINIC = Scenario(
    (QueueSpec("wait", 1000, discipline=Discipline.PRIORITY),),
    (
        ProducerSpec("urgent", "wait", Exponential(4.0), priority=0),
        ProducerSpec("others", "wait", Exponential(2.5), priority=5),
    ),
    (ConsumerSpec("doctor", "wait", Exponential(1.0)),),
    end=End(500.0),
)


def shares(result: Result) -> list[Interval]:
    """Every measure of a result that is a share."""
    found = [result.system.utilization]
    for queue in result.measured.queues.values():
        found += [queue.loss, queue.full_share, queue.empty_share]
    for worker in result.measured.workers.values():
        found += [worker.utilization, worker.blocked_full, worker.blocked_empty, worker.paused]
    return found


@pytest.mark.parametrize("replications", [2, 3, 5])
@pytest.mark.parametrize("load", [0.1, 0.9, 3.0])
def test_intervals_of_shares_stay_between_0_and_1(load: float, replications: int) -> None:
    """Rare losses of few short runs have intervals that would reach below 0."""
    losing = markovian(load, capacity=2, overflow=Overflow.DROP_NEW)
    widest = 0.0
    for interval in shares(simulate(losing, until=20.0, replications=replications)):
        assert interval.low is None or 0 <= interval.low <= interval.mean
        assert interval.high is None or interval.mean <= interval.high <= 1
        if interval.half_width is not None and interval.low == 0:
            widest = max(widest, interval.half_width - interval.mean)
    if (load, replications) == (0.9, 2):
        assert widest > 0  # something was cut off


def test_priorities_have_measures_with_intervals() -> None:
    """The urgent wait less than the others, in the result as in its first run."""
    result = simulate(CLINIC, replications=5)
    waits = result.measured.waiting_by_priority["wait"]
    assert list(waits) == [0, 5] == list(result.measured.sojourn_by_priority)
    assert waits[0].mean.high is not None
    assert waits[5].mean.low is not None
    assert waits[0].mean.high < waits[5].mean.low
    assert waits[0].p90.mean < waits[5].p90.mean
    assert result.measured.sojourn_by_priority[5].mean.mean > waits[5].mean.mean
    assert simulate(markovian(0.5), until=50.0, replications=2).measured.waiting_by_priority == {}


def test_samples_of_many_replications_are_added_up_in_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is lost, and the estimate is the same."""
    scenario = replace(markovian(0.5), end=End(100.0))
    every = [observe(scenario, number) for number in range(7)]
    whole = combined(every).sojourn_time
    monkeypatch.setattr(replications, "MOST_SAMPLES", 3)
    few = list(every[:3])
    for one in every[3:]:
        few.append(with_fewer_samples(few, one))
    assert [one.samples is not None for one in few] == [True] * 3 + [False] * 4
    assert combined(few).sojourn_time.p90.mean == whole.p90.mean
    assert combined(few).sojourn_time == combined(every).sojourn_time
    assert combined(few).sojourn_time.mean == whole.mean


def test_a_sentence_about_all_runs_has_the_numbers_of_all() -> None:
    """The waits in it are not those of the first run."""
    result = simulate(replace(markovian(0.8), end=End(300.0)), replications=5)
    (row,) = mean_snapshot(result).queues
    assert row.waiting_time.mean == result.waiting_time("q").mean.mean
    assert row.waiting_time.mean != result.snapshot.queues[0].waiting_time.mean
    at = result.snapshot.at
    assert row.empty_share(at) == pytest.approx(result.queue("q").empty_share.mean)
    (worker,) = mean_snapshot(result).consumers
    assert worker.shares(at).running == pytest.approx(result.worker("C").utilization.mean)
    single = simulate(one_queue(items=3))
    assert mean_snapshot(single) is single.snapshot


def test_a_quantile_of_several_runs_is_that_of_all_their_times() -> None:
    """At most that share of them is shorter, and at least that share is not longer."""
    runs = [observe(replace(markovian(0.5), end=End(200.0)), number) for number in range(3)]
    times = Counter[float]()
    for run in runs:
        assert run.samples is not None
        times.update(run.samples.sojourns[None])
    found = combined(runs).sojourn_time
    for name, share in (("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)):
        quantile = getattr(found, name).mean
        shorter = sum(count for time, count in times.items() if time < quantile)
        with case(name, quantile):
            assert shorter <= share * times.total() <= shorter + times[quantile]


def test_what_has_no_long_run_value_has_no_interval() -> None:
    """Where a queue grows, how many wait and for how long: the mean over the runs stays."""
    runs = [observe(replace(markovian(0.5), end=End(200.0)), number) for number in range(3)]
    steady, growing = combined(runs), combined(runs, Basis(growing=("q",)))
    for has, name in (
        (growing.system, "mean_in_system"), (growing.system, "littles_product"),
        (growing.queues["q"], "mean_depth"), (growing.queues["q"], "peak_depth"),
        (growing.waiting_times["q"], "mean"), (growing.sojourn_time, "mean"),
    ):  # fmt: skip
        with case(name):
            interval = getattr(has, name)
            assert (interval.half_width, interval.low, interval.high) == (None, None, None)
    assert growing.system.mean_in_system.mean == steady.system.mean_in_system.mean
    assert growing.system.throughput == steady.system.throughput
    assert growing.system.throughput.half_width is not None
    assert growing.queues["q"].full_share == steady.queues["q"].full_share
