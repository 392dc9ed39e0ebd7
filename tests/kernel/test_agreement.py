"""The kernel does the same as the Python engine: whole results are equal, to the last digit."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pcsim import simulate
from pcsim.distributions import Exponential, Gamma, Uniform
from pcsim.experiments.counterfactuals import diagnose
from pcsim.experiments.one_run import Driver
from pcsim.experiments.trials import Trials
from pcsim.experiments.warm_up import find_warm_up
from pcsim.scenario import (
    ConsumerSpec,
    Discipline,
    End,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Routing,
    Scenario,
)
from pcsim.scenario.demos import DEMOS
from tests.contract.scenarios import SCENARIOS
from tests.kernel.comparing import BOTH_FAIL, REFUSED, SAME, compared, different
from tests.kernel.random_scenarios import random_scenario
from tests.support.small_scenarios import one_queue

pytestmark = pytest.mark.usefixtures("kernel")

SEEDS = 30
"""Random scenarios; `python -m tests.kernel.comparing` compares thousands."""


def test_the_scenarios_of_the_contract_are_the_same() -> None:
    """All but one with a cycle; and one of them fails with the same error."""
    became = {name: compared(scenario, 1) for name, scenario in SCENARIOS.items()}
    others = {name: what for name, what in became.items() if what != SAME}
    assert others == {"overflow": BOTH_FAIL, "rework": REFUSED}


def test_the_demos_are_the_same() -> None:
    """Those that it does not run are refused."""
    became = {compared(replace(demo, end=End(time=100.0))) for demo in DEMOS}
    assert became <= {SAME, REFUSED, BOTH_FAIL}
    assert SAME in became


def test_random_scenarios_are_the_same() -> None:
    """Over the whole set of features; some are not valid, and some fail on both."""
    found = [random_scenario(seed) for seed in range(SEEDS)]
    became = [compared(scenario) for scenario in found if scenario is not None]
    assert {what for what in became if what not in (SAME, BOTH_FAIL)} == set()
    assert became.count(SAME) > SEEDS / 2


def test_a_difference_would_be_found() -> None:
    """Another seed gives other results, to which the comparison is not blind."""
    scenario = one_queue(Exponential(1.0), Exponential(0.5), items=100)
    one, other = simulate(scenario), simulate(replace(scenario, seed=1))
    assert any(place.startswith(".measured") for place in different(one, other))
    assert any(place.startswith(".snapshot") for place in different(one, other))


def test_more_effects_at_one_time_than_a_turn_may_have() -> None:
    """A producer that takes no time gives way after each 256 of its puts. That is seen in the peak
    of a queue whose reader was done at once with an item, and waits for its turn to get another."""
    for items in (255, 256, 257, 600):
        for seed in range(3):
            scenario = one_queue(0.0, Gamma(1.0, 50.0), items=items, seed=seed)
            assert compared(scenario) == SAME
        scenario = Scenario(
            queues=(QueueSpec("q", 1000),),
            producers=(
                ProducerSpec("A", "q", 0.0, items),
                ProducerSpec("B", "q", 0.0, items),
            ),
            consumers=(ConsumerSpec("C", "q", 1.0),),
            end=End(time=2000.0),
        )
        assert compared(scenario) == SAME


def test_the_oldest_item_is_dropped_whatever_its_priority() -> None:
    """Of those that go first in their class, the one that came first."""
    scenario = Scenario(
        queues=(QueueSpec("q", 4, Overflow.DROP_OLD, Discipline.PRIORITY),),
        producers=tuple(
            ProducerSpec(f"P{level}", "q", Exponential(1.0), priority=level) for level in range(3)
        ),
        consumers=(ConsumerSpec("C", "q", Exponential(0.5)),),
        end=End(time=200.0),
    )
    assert compared(scenario) == SAME


def test_a_reader_that_takes_no_time_has_its_turn_before_its_feeder_goes_on() -> None:
    """It takes its last item then, so that the stage that feeds it takes no other."""
    scenario = Scenario(
        queues=(QueueSpec("q", 100), QueueSpec("r", 5)),
        producers=(ProducerSpec("P", "q", 0.5, 50),),
        consumers=(
            ConsumerSpec("S", "q", 1.0, output="r"),
            ConsumerSpec("C", "r", 0.0, max_items=3),
        ),
    )
    assert compared(scenario) == SAME


def test_more_items_wait_than_there_was_room_for() -> None:
    """The room grows; and priorities are still those of the items."""
    queue = QueueSpec("q", 100_000, discipline=Discipline.PRIORITY)
    scenario = Scenario(
        queues=(queue,),
        producers=(
            ProducerSpec("A", "q", Exponential(0.1), 2000, priority=5),
            ProducerSpec("B", "q", Exponential(0.1), 2000, priority=-3),
        ),
        consumers=(ConsumerSpec("C", "q", Exponential(0.2)),),
        end=End(time=390.0),
        warm_up=200.0,
    )
    assert compared(scenario) == SAME


def test_a_warm_up_without_any_items_of_one_priority_after_it() -> None:
    """A priority that occurred before is still known, with nothing measured."""
    scenario = Scenario(
        queues=(QueueSpec("q", 10, discipline=Discipline.PRIORITY),),
        producers=(
            ProducerSpec("early", "q", 1.0, 5, priority=1),
            ProducerSpec("always", "q", 1.0),
            ProducerSpec("never", "q", 1.0, 0, priority=9),
        ),
        consumers=(ConsumerSpec("C", "q", 0.1),),
        end=End(time=50.0),
        warm_up=20.0,
    )
    assert compared(scenario) == SAME


def test_the_last_copy_ends_a_producer_that_waits_for_a_slot() -> None:
    """It gets its last number out of its turn, when its put of another copy is served."""
    for patience in (None, 0.5, 50.0):
        for items in range(1, 8):
            scenario = Scenario(
                queues=(QueueSpec("a", 1), QueueSpec("b", 1, Overflow.DROP_OLD)),
                producers=(
                    ProducerSpec(
                        "P",
                        ("a", "b"),
                        Uniform(0.1, 0.3),
                        routing=Routing.BROADCAST,
                        put_timeout=patience,
                    ),
                ),
                consumers=(ConsumerSpec("A", "a", 1.0), ConsumerSpec("B", "b", 0.7)),
                end=End(items=items),
            )
            assert compared(scenario) == SAME


def test_long_times_and_short_ones_fall_into_the_same_buckets() -> None:
    """From 2e-12 to more seconds than a single can hold exactly."""
    for scale in (2e-12, 1e-3, 1e9):
        scenario = one_queue(Exponential(scale), Exponential(0.9 * scale), items=500)
        assert compared(scenario) == SAME


def test_times_that_are_rounded_to_nothing_are_the_same() -> None:
    """A worker that has begun its work out of turn wants the next item at once."""
    for seed in range(5):
        times = Gamma(1.0, 50.0), Gamma(0.5, 50.0)
        assert compared(one_queue(*times, items=300, capacity=5, seed=seed)) == SAME


def test_a_found_warm_up_is_the_same() -> None:
    """Also where one replication is over before the first of them was."""
    for end in (End(time=300.0), End(items=200)):
        scenario = replace(
            one_queue(Exponential(1.0), Exponential(0.5), warm_up=0.0), end=end, warm_up="auto"
        )
        assert find_warm_up(scenario, 4, "python") == find_warm_up(scenario, 4, "compiled")
        python = simulate(scenario, kernel="python")
        assert not different(python, simulate(scenario, kernel="compiled"))


def test_the_items_inside_are_counted_up_to_the_end_of_a_run() -> None:
    """Whether it ends, fails, or is asked about no later time."""
    failing = one_queue(Exponential(0.5), 1.0, capacity=3, overflow=Overflow.FAIL, until=100.0)
    for scenario in (failing, one_queue(Exponential(1.0), Exponential(0.5), until=100.0)):
        for times in ([1.0, 2.5, 5.0], [0.0, 50.0, 99.0, 100.0, 101.0], []):
            python = Driver(scenario, "python").inside(1, times)
            assert Driver(scenario, "compiled").inside(1, times) == python


def test_depths_over_time_are_the_same() -> None:
    """After their rows were halved a few times, too."""
    scenario = one_queue(Exponential(1.0), Exponential(0.9), items=5_000)
    python, compiled = (Driver(scenario, kernel).run().depths for kernel in ("python", "compiled"))
    assert python is not None
    assert compiled is not None
    assert compiled.step == python.step
    assert compiled.between(0.0, 5_000.0) == python.between(0.0, 5_000.0)


def test_a_diagnosis_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of its runs but the pilots are driven by the kernel, where that is there."""
    simulate(one_queue(0.5, items=1), kernel="compiled")
    scenario = DEMOS[1]
    trials = Trials(scenario)
    trials.observe(scenario, 0)
    assert trials._driver(scenario).ran.kernel == "compiled"
    compiled = diagnose(scenario)
    monkeypatch.setenv("PCSIM_KERNEL", "0")
    assert diagnose(scenario) == compiled
