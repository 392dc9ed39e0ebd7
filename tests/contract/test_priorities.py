"""Contract: a queue that goes by priority has waiting and sojourn times for each priority."""

from __future__ import annotations

import json

import pytest

from pcsim.analysis import report
from pcsim.distributions import Exponential
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import (
    ConsumerSpec,
    Discipline,
    End,
    ProducerSpec,
    QueueSpec,
    Scenario,
)  # fmt: skip
from tests.contract.bench import Bench


def two_priorities(discipline: Discipline, interval: float, service: float) -> Scenario:
    """Urgent items and others, ten of each, in one queue."""
    return Scenario(
        (QueueSpec("q", 50, discipline=discipline),),
        (
            ProducerSpec("urgent", "q", interval, 10, priority=-1),
            ProducerSpec("other", "q", interval, 10, priority=5),
        ),
        (ConsumerSpec("C", "q", service),),
    )


def test_times_are_kept_apart_for_each_priority(bench: Bench) -> None:
    """Each item counts once, for its own; both together are the times of all."""
    final = bench.run(two_priorities(Discipline.PRIORITY, 0.0, 0.001))
    (queue,) = final.queues
    for spreads, every in (
        (queue.waiting_by_priority, queue.waiting_time),
        (final.sojourn_by_priority, final.sojourn_time),
    ):
        assert [(priority, times.count) for priority, times in spreads] == [(-1, 10), (5, 10)]
        total = sum(times.count * times.mean for _, times in spreads)
        assert total / every.count == pytest.approx(every.mean)
    document = json.loads(json.dumps(report.document(final, 0)))
    assert [one["priority"] for one in document["sojourn_by_priority"]] == [-1, 5]
    assert document["queues"][0]["waiting_by_priority"][0]["count"] == 10
    assert "wait in q, priority -1: mean" in report.text(final)


def test_without_a_queue_that_goes_by_priority_there_is_none(bench: Bench) -> None:
    """The priority of its items means nothing to such a system."""
    final = bench.run(two_priorities(Discipline.FIFO, 0.0, 0.0))
    assert final.queues[0].waiting_by_priority == final.sojourn_by_priority == ()
    assert "priority" not in report.text(final)


def test_waits_by_priority_are_those_of_the_formula() -> None:
    """M/M/1 at 0.8, half of it urgent (Cobham 1954): W1 = R/(1-0.4), W2 = W1/(1-0.8), R = 0.8."""
    arrivals = Exponential(2.5)
    engine = VirtualEngine(
        Scenario(
            (QueueSpec("q", 10**6, discipline=Discipline.PRIORITY),),
            (
                ProducerSpec("urgent", "q", arrivals, priority=-1),
                ProducerSpec("other", "q", arrivals),
            ),
            (ConsumerSpec("C", "q", Exponential(1.0)),),
            end=End(time=200_000.0),
            warm_up=1_000.0,
            seed=3,
        ),
        logs_items=False,
    )
    engine.start()
    engine.join()
    (_, urgent), (_, other) = engine.snapshot().queues[0].waiting_by_priority
    assert urgent.mean == pytest.approx(4 / 3, rel=0.03)
    assert other.mean == pytest.approx(20 / 3, rel=0.1)
