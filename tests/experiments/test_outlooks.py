"""What a change would do, by simulation of the system as it is and changed."""

from __future__ import annotations

from msgspec.structs import replace

from pcsim.analysis.outlook import NoOutlook, Outlook
from pcsim.distributions import Exponential
from pcsim.experiments.outlooks import OutlookTask, changed
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.scenario.as_it_is import AsItIs
from pcsim.scenario.changes import (
    AddWorkers,
    Change,
    Freeze,
    RemoveWorkers,
    SetCapacity,
    SetServiceTime,
)
from pcsim.scenario.roster import Roster

SHOP = Scenario(
    (QueueSpec("q", 5),),
    (ProducerSpec("P", "q", interval=Exponential(0.05)),),
    (ConsumerSpec("C", "q", service_time=Exponential(0.1)),),
)


def outlook(scenario: Scenario, *changes: Change) -> Outlook | NoOutlook | None:
    """What these would do."""
    after = changed(scenario, Roster(scenario), changes)
    return None if after is None else OutlookTask(scenario, after).done()


def test_a_second_worker_is_worth_what_theory_says() -> None:
    """Arrivals of 20 a second at M/M/1 and M/M/2 that block: the interval has the gain."""
    found = outlook(SHOP, AddWorkers("C"))
    assert isinstance(found, Outlook)
    assert found.differs
    assert found.gain.low is not None
    assert found.gain.high is not None
    assert 0.5 < found.gain.low < found.gain.high < 1.0
    assert found.text.startswith("consumed 1")


def test_what_does_nothing_is_seen_to_do_nothing() -> None:
    """More room where nobody waits for any, since both are under the same random numbers."""
    idle = replace(SHOP, consumers=(ConsumerSpec("C", "q", service_time=0.001),))
    found = outlook(idle, SetCapacity("q", 50))
    assert isinstance(found, Outlook)
    assert found.gain.mean == 0
    assert found.text.endswith(": no difference")


def test_faults_and_what_does_not_fit_have_no_outlook() -> None:
    """What does not fit says so when it is made."""
    assert outlook(SHOP, Freeze("C", 5.0)) is None
    assert outlook(SHOP, RemoveWorkers("C")) is None
    assert outlook(SHOP) is None


def test_a_model_may_have_workers_apart_that_the_run_has_together() -> None:
    """As after one of them has come: a change of all of them is one of each."""
    roster = Roster(SHOP)
    roster.change(AddWorkers("C", 2))
    model = AsItIs(SHOP, roster).scenario
    after = changed(model, roster, [SetServiceTime("C", 0.2)])
    assert after is not None
    assert [one.service_time for one in after.consumers] == [0.2, 0.2, 0.2]
    fewer = changed(model, roster, [RemoveWorkers("C", 2)])
    assert fewer is not None
    assert [one.name for one in fewer.consumers] == ["C"]
    more = changed(model, roster, [AddWorkers("C")])
    assert more is not None
    assert len(more.consumers) == 4
