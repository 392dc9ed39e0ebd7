"""The system as its changes have left it, as a scenario."""

from __future__ import annotations

from pcsim.scenario import ConsumerSpec, Overflow, ProducerSpec, QueueSpec, Retry, Scenario
from pcsim.scenario.as_it_is import AsItIs
from pcsim.scenario.changes import (
    AddWorkers,
    Change,
    RemoveWorkers,
    SetCapacity,
    SetInterval,
    SetOnError,
    SetOverflow,
    SetServiceTime,
)
from pcsim.scenario.roster import Roster

SHOP = Scenario(
    (QueueSpec("q", 5), QueueSpec("dead", 5)),
    (ProducerSpec("P", "q", interval=0.1),),
    (
        ConsumerSpec("C", "q", service_time=0.1, on_error=Retry(1, "dead"), count=2),
        ConsumerSpec("Dead", "dead", service_time=0.1),
    ),
    changes=(SetCapacity("q", 7, at=3.0),),
)


def after(*changes: Change) -> Scenario:
    """The shop after these changes."""
    roster = Roster(SHOP)
    system = AsItIs(SHOP, roster)
    for change in changes:
        roster.change(change)
    assert system.scenario is system.scenario
    return system.scenario


def test_a_system_that_was_not_changed_is_the_scenario_itself() -> None:
    """With its timed changes: they are still to come."""
    assert after() is SHOP


def test_each_kind_of_change_is_in_it() -> None:
    """Values of queues and of workers; nothing else is to come."""
    now = after(
        SetCapacity("q", 9),
        SetOverflow("q", Overflow.DROP_OLD),
        SetInterval("P", 0.5),
        SetServiceTime("C", 0.3),
    )
    assert now.queues[0] == QueueSpec("q", 9, Overflow.DROP_OLD)
    assert now.producers[0].interval == 0.5
    assert (now.consumers[0].service_time, now.consumers[0].count) == (0.3, 2)
    assert now.changes == ()


def test_workers_that_came_or_went_are_named_as_in_the_run() -> None:
    """Those that are together as described stay under one spec."""
    assert [one.name for one in after(AddWorkers("C")).consumers] == ["C-1", "C-2", "C-3", "Dead"]
    assert [one.name for one in after(RemoveWorkers("C")).consumers] == ["C-1", "Dead"]
    assert after(AddWorkers("C"), RemoveWorkers("C")).consumers == SHOP.consumers
    one = after(SetServiceTime("C-2", 0.7)).consumers
    assert [(spec.name, spec.service_time) for spec in one[:2]] == [("C-1", 0.1), ("C-2", 0.7)]


def test_a_queue_that_nobody_puts_into_any_more_is_left_out() -> None:
    """With those who read it alone: without dead letters there is nothing for them."""
    now = after(SetOnError("C", "skip"))
    assert [queue.name for queue in now.queues] == ["q"]
    assert [spec.name for spec in now.consumers] == ["C"]
