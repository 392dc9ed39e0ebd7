"""The group that limits the flow is found, with its evidence."""

from __future__ import annotations

import pytest

from pcsim.analysis.bottleneck import (
    BACKLOG_PER_READER,
    MIN_ITEMS,
    find_bottleneck,
    groups,
    is_too_early,
    offered_rate,
    service_rate,
)
from pcsim.analysis.diagnosis import bottleneck, sentence
from pcsim.snapshot import Phase, Totals, WorkerState
from tests.support.snapshots import consumer, producer, queue, snapshot


def test_many_names_are_counted() -> None:
    """A line stays a line with a hundred workers."""
    workers = [consumer(f"C{i}") for i in range(100)]
    run = snapshot(queue(depth=10, full=0.9), producer(blocked=0.8), *workers)
    assert bottleneck(run) == "C0, C1 and 98 more"


def test_slowest_stage_is_found_in_the_middle_of_a_chain() -> None:
    """What is full lies before the bottleneck, what is empty after it."""
    run = snapshot(
        queue("raw", depth=10, full=0.8),
        queue("cut", empty=0.7),
        producer("Reader", "raw", blocked=0.7),
        consumer("Cutter", "raw", output="cut"),
        consumer("Packer", "cut", starved=0.7),
    )
    assert bottleneck(run) == "Cutter"


def test_busy_consumer_is_blamed_before_its_queue() -> None:
    """A consumer without time to spare would not gain from a larger queue."""
    run = snapshot(queue(full=0.5, empty=0.2), producer(blocked=0.5), consumer(starved=0.14))
    assert bottleneck(run) == "C1"


def test_producer_that_ended_early_is_not_the_bottleneck() -> None:
    """Busy all its life, but its life was half of the run."""
    run = snapshot(
        queue(peak=8),
        producer(state=WorkerState.DONE, until=5.0),
        consumer(starved=0.03),
        phase=Phase.FINISHED,
    )
    assert bottleneck(run) == "C1"
    assert sentence(run).endswith("busy 97 %; up to 8 items waited in main.")


def test_an_undersized_queue_is_the_evidence_where_both_sides_wait_in_turn() -> None:
    """The group behind it has time to spare, so the queue is what limits the flow."""
    run = snapshot(
        queue(full=0.41, empty=0.32),
        producer(blocked=0.3),
        consumer(starved=0.26),
        phase=Phase.FINISHED,
    )
    limit = find_bottleneck(run)
    assert limit is not None
    assert limit.undersized_queue is not None
    assert limit.undersized_queue.name == "main"


def test_workers_that_are_blocked_upstream_are_part_of_the_evidence() -> None:
    """Those that feed the full queue and lost a notable share of their time, no others."""
    run = snapshot(
        queue(depth=10, full=0.9),
        producer("P1", blocked=0.6),
        producer("P2", blocked=0.6),
        consumer("C1"),
    )
    limit = find_bottleneck(run)
    assert limit is not None
    assert limit.blocked == ("P1", "P2")
    assert [row.name for row in limit.group.members] == ["C1"]
    assert limit.group.backlog == 1.0


def test_a_young_run_is_not_judged() -> None:
    """Before a few items are consumed nothing is known, unless a queue is full already."""
    young = Totals(produced=3, consumed=2, queued=1)
    run = snapshot(queue(depth=1), producer(), consumer(starved=0.5), totals=young)
    assert is_too_early(run)
    assert find_bottleneck(run) is None
    assert not is_too_early(run._replace(phase=Phase.FINISHED))
    few = young._replace(consumed=MIN_ITEMS - 1)
    assert is_too_early(run._replace(totals=few))
    assert not is_too_early(run._replace(totals=few._replace(consumed=MIN_ITEMS)))


def test_a_backlog_is_shared_by_those_who_work_it_off() -> None:
    """Ten items for each reader are a full one, however large the queue is."""
    for readers in (1, 4):
        workers = [consumer(f"C{number}") for number in range(readers)]
        run = snapshot(queue(capacity=1000, depth=8), producer(), *workers)
        behind = next(group for group in groups(run) if not group.produces)
        assert behind.backlog == pytest.approx(8 / (BACKLOG_PER_READER * readers))


def test_a_paused_producer_is_judged_by_the_rest_of_its_time() -> None:
    """Nobody held it up while it was paused, but it could not work either."""
    run = snapshot(queue(), producer(paused=0.4, blocked=0.3), consumer(starved=0.5))
    load = next(group.load for group in groups(run) if group.produces)
    assert load == pytest.approx(0.3 / 0.6)


def test_what_arrives_at_a_cycle_is_counted_once() -> None:
    """Stages that feed each other are followed only once round."""
    run = snapshot(
        queue("there", full=0.9),
        queue("back"),
        producer("P1", "there", blocked=0.5),
        consumer("A", "there", output="back"),
        consumer("B", "back", output="there", blocked=0.5),
    )
    producer_rate, stage_rate = (service_rate(run.workers[i], run.at) for i in (0, 2))
    rate = offered_rate(run, frozenset({"there"}))
    assert producer_rate <= rate <= producer_rate + stage_rate
