"""The measures of a run as plain data: each under its name, and none infinite."""

from __future__ import annotations

import json
import math

import pytest

from pcsim.analysis import measures
from pcsim.errors import Wait
from pcsim.snapshot import BlockReason, Cause, Failure, Spread, Totals, WorkerState
from tests.support.plain_data import numbers
from tests.support.snapshots import AT, consumer, producer, queue, snapshot


def test_times_are_spread_out_by_percentiles() -> None:
    """Under the names that the documents use."""
    times = Spread(count=4, mean=1.0, p50=0.5, p90=2.0, p99=3.0, max=4.0, p95=2.5)
    assert measures.spread(times) == {
        "count": 4, "mean": 1.0, "p50": 0.5, "p90": 2.0, "p95": 2.5, "p99": 3.0, "max": 4.0
    }  # fmt: skip


def test_a_queue_has_its_totals_shares_and_rates() -> None:
    """Shares of the run, items a second, and the mean depth over its time."""
    row = queue(depth=3, peak=7, full=0.25, empty=0.5, passed=40, wait=0.5)
    measured = measures.queue(row._replace(dropped_total=2, discarded_total=1), AT)
    assert (measured["name"], measured["capacity"], measured["depth"]) == ("main", 10, 3)
    assert (measured["peak_depth"], measured["put_total"], measured["got_total"]) == (7, 43, 40)
    assert (measured["dropped_total"], measured["discarded_total"]) == (2, 1)
    assert (measured["full_share"], measured["empty_share"]) == (0.25, 0.5)
    assert measured["throughput"] == 4.0
    assert measured["mean_depth"] == row.mean_depth(AT)
    assert measured["waiting_time"] == measures.spread(row.waiting_time)
    assert measured["closed"] is False


def test_a_worker_has_its_shares_and_why_it_waits_or_ended() -> None:
    """Utilization is the share of its time in which it runs."""
    blocked = measures.worker(producer(blocked=0.75, state=WorkerState.BLOCKED), AT)
    assert (blocked["name"], blocked["role"], blocked["state"]) == ("P1", "producer", "blocked")
    assert (blocked["blocked_on"], blocked["blocked_reason"]) == ("main", BlockReason.FULL.value)
    assert blocked["outputs"] == ["main"]
    assert blocked["source_size"] == blocked["items_total"] == 40
    ended = consumer()._replace(ended_at=8.0, end_cause=Cause.MAX_ITEMS, max_items=40)
    measured = measures.worker(ended, AT)
    assert (measured["note"], measured["lifetime"]) == ("its limit of 40 reached", 8.0)
    assert (measured["blocked_on"], measured["blocked_reason"]) == (None, None)
    assert measured["throughput"] == pytest.approx(5.0)
    assert isinstance(measured["shares"], dict)
    assert measured["utilization"] == measured["shares"]["running"]


def test_a_failure_has_its_waits_as_plain_lists() -> None:
    """A deadlock is marked as one."""
    deadlock = Failure("", 0, "deadlock", waits=(Wait("S", ("a", "b"), "full"),))
    measured = measures.failure(deadlock)
    assert measured["waits"] == [{"worker": "S", "queues": ["a", "b"], "reason": "full"}]
    assert measured["is_deadlock"] is True
    failed = measures.failure(Failure("C1", 7, "E: x"))
    assert (failed["worker"], failed["item_number"], failed["message"]) == ("C1", 7, "E: x")
    assert (failed["waits"], failed["is_deadlock"]) == ([], False)


def test_a_stage_has_consumed_what_it_has_passed_on() -> None:
    """A consumer has consumed what it has finished."""
    assert measures.consumed_by(consumer(items=40)) == 40
    stage = consumer(items=40, output="next")
    assert measures.consumed_by(stage) == stage.items_total


def test_totals_have_every_place_of_an_item() -> None:
    """The places add up to what was produced."""
    run = snapshot()._replace(totals=Totals(produced=9, consumed=6, queued=2, in_workers_hands=1))
    measured = measures.totals(run)
    assert set(measured) == set(Totals._fields)
    assert sum(measured.values()) == 2 * measured["produced"]


def test_measures_are_json_at_time_zero_too() -> None:
    """A rate over no time is 0, and no number is infinite."""
    for at in (0.0, AT):
        measured = [measures.queue(queue(), at), measures.worker(producer(), at)]
        assert json.loads(json.dumps(measured, allow_nan=False)) == measured, at
        assert all(map(math.isfinite, numbers(measured))), at
    assert measures.queue(queue(), 0.0)["throughput"] == 0.0
