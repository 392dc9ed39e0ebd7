"""What each change of a scenario changes, and that it changes nothing else."""

from __future__ import annotations

from msgspec.structs import replace

from pcsim.analysis.counterfactual import ChangeKind
from pcsim.distributions import Exponential, mean_of
from pcsim.experiments.changes import (
    changed,
    changes,
    is_by_chance,
    queue_part,
    with_items,
    worker_parts,
)  # fmt: skip
from pcsim.scenario import Bursts, ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.keys import with_value
from pcsim.validation import LARGEST_CAPACITY

LINE = Scenario(
    (QueueSpec("q", 4), QueueSpec("r", 5)),
    (ProducerSpec("P", "q", 0.6, 100),),
    (ConsumerSpec("S", "q", Exponential(1.2), output="r", count=2), ConsumerSpec("C", "r", 0.3)),
)
SOURCE, STAGE, LAST = worker_parts(LINE)


def test_faster_takes_a_sixth_less_time() -> None:
    """20 % more in the same time, of the workers that are meant and of no others."""
    stage = changed(LINE, STAGE, ChangeKind.FASTER)
    assert [mean_of(one.service_time) for one in stage.consumers] == [1.2 / 1.2, 0.3]
    assert stage.producers == LINE.producers
    source = changed(LINE, SOURCE, ChangeKind.FASTER)
    assert mean_of(source.producers[0].interval) == 0.6 / 1.2
    assert source.consumers == LINE.consumers


def test_one_more_is_like_those_there_are() -> None:
    """It is the same scenario as with one more in its `count`."""
    more = changed(LINE, STAGE, ChangeKind.ONE_MORE)
    assert [worker.name for worker in more.workers] == ["P", "S-1", "S-2", "S-3", "C"]
    assert more == with_value(LINE, "S.count", 3)


def test_a_name_that_is_taken_makes_no_further_worker() -> None:
    """The change is left out, as one that is out of a range."""
    taken = replace(LINE, consumers=(LINE.consumers[0], replace(LINE.consumers[1], name="S-3")))
    parts = worker_parts(taken)
    found = [one.part.specs for one in changes(taken, parts) if one.kind is ChangeKind.ONE_MORE]
    assert ("S",) not in found
    assert ("S-3",) in found


def test_larger_is_three_times_as_large() -> None:
    """And at most as large as a queue may be."""
    larger = changed(LINE, queue_part(["r"]), ChangeKind.LARGER)
    assert [queue.capacity for queue in larger.queues] == [4, 15]
    huge = replace(LINE, queues=(QueueSpec("q", LARGEST_CAPACITY), LINE.queues[1]))
    assert changed(huge, queue_part(["q"]), ChangeKind.LARGER).queues[0].capacity == 10**9


def test_more_items_are_one_more_at_least() -> None:
    """A fifth more of one item would be none."""
    for items, expected in ((1, 2), (2, 3), (10, 12), (100, 120)):
        few = replace(LINE, producers=(replace(LINE.producers[0], items=items),))
        assert with_items(few, SOURCE, 1.2).producers[0].items == expected


def test_a_source_by_chance_is_the_world_outside() -> None:
    """So is one with bursts; one that makes an item each second could make them faster."""
    regular = LINE.producers[0]
    assert not is_by_chance(regular)
    assert not is_by_chance(replace(regular, interval=0))
    assert is_by_chance(replace(regular, interval=Exponential(0.6)))
    assert is_by_chance(replace(regular, bursts=Bursts(1, 1)))
