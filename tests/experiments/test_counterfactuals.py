"""What is named as the limit is the change that helps most, as an oracle finds by brute force."""

from __future__ import annotations

import math
import pickle
from functools import cache
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from pcsim.analysis.counterfactual import ChangeKind, Diagnosis, Verdict
from pcsim.distributions import Exponential
from pcsim.experiments.counterfactuals import MOST_WORKERS, diagnose
from pcsim.scenario import ConsumerSpec, End, Overflow, ProducerSpec, QueueSpec, Scenario
from tests.support.brute_force import Answer, faults
from tests.support.cases import case as case_of
from tests.support.small_scenarios import line, one_queue
from tests.support.usual_systems import CASES, nearly_equal_line, usual_system

ANSWERS = msgspec.json.decode(
    (Path(__file__).parent / "oracle_answers.json").read_bytes(), type=dict[str, Answer]
)
"""What is right, as `python -m benchmarks.diagnosis_oracle` has written it."""

RIGHT = {
    "01-slow-consumer": ("c", 3),
    "02-line-middle-slow": ("mid", None),
    "03-fast-and-slow-worker-on-one-queue": ("fast", 2),
    "04-split-by-chance-80-20-head-of-line": ("ca", 2),
    "05-broadcast-one-slow-branch": ("ca", 3),
    "06-loss-at-one-queue": ("c", 4),
    "08-retries-eat-time": ("c", 2),
    "09-rework-loop": (Verdict.ARRIVALS, None),
    "10-bursts-lose-at-half-load": ("q", None),
    "11-balanced-line-buffers-of-1": ("a, b, c", None),
    "14-open-arrivals-at-80-queue-long": (Verdict.ARRIVALS, None),
    "15-open-arrivals-at-95-3-servers": (Verdict.ARRIVALS, None),
    "16-pool-of-4-then-one-quick-one": ("z", 2),
    "18-slow-producer": (Verdict.ARRIVALS, None),
    "19-dead-letters-hold-the-worker-up": ("human", 5),
    "20-closed-loop-of-6": ("s2", 3),
    "22-deterministic-almost-equal": ("c", 2),
    "24-round-robin-to-fast-and-slow-blocks-on-slow-": ("cb", 3),
    "25-split-by-chance-among-three-one-slow": ("ca", 3),
    "28-a-stage-sends-10-to-review": ("reviewer", 3),
    "30-a-queue-that-drops-beside-one-that-holds": ("Auditor", 6),
}
"""The limit, or the verdict where there is none, and the workers that keep up."""


@cache
def known(scenario: Scenario) -> Diagnosis:
    """What limits a scenario, found once for all tests: it is the same every time."""
    return diagnose(scenario)


@cache
def case(name: str) -> Scenario:
    """The case file whose name begins like this."""
    return Scenario.load(next(CASES.glob(f"{name}-*.toml")))


def test_every_case_has_its_right_answer() -> None:
    """None of the files is forgotten."""
    assert sorted(RIGHT) == sorted(path.stem for path in CASES.glob("*.toml"))


@pytest.mark.parametrize("name", RIGHT)
def test_the_limit_of_a_case_is_the_known_one(name: str) -> None:
    """And the number of workers is within one of the known one."""
    found = known(Scenario.load(CASES / f"{name}.toml"))
    right, enough = RIGHT[name]
    assert right == (", ".join(found.limit.specs) if found.limit else found.verdict)
    assert not faults(found, ANSWERS[f"case {name}"])
    if enough is not None:
        assert found.enough is not None
        assert abs(found.enough.number - enough) <= 1


OTHER_KINDS = (
    "fan_to_the_shortest", "split_and_merge", "several_sources", "several_queues_one_worker",
    "skips", "gives_up", "bursts_block", "loop_of_few", "batch", "some_leave", "priorities",
)  # fmt: skip
"""Kinds that no case is like; `benchmarks/diagnosis_oracle.py` tries them all."""


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_the_limit_of_a_usual_system_is_the_change_that_helps_most(kind: str) -> None:
    """Within 1 % of the best of all changes, as an oracle has found by brute force; where none
    helps, nothing is named."""
    assert not faults(known(usual_system(kind, 0)), ANSWERS[f"{kind} 0"])


@pytest.mark.parametrize("law", ["constant", "exponential", "erlang"])
def test_of_nearly_equal_stations_in_a_line_the_right_one_is_named(law: str) -> None:
    """Within 1 % of the best, where the second is 2 to 8 % faster or slower than the first."""
    for buffers, ratio in ((2, 0.92), (5, 1.02), (20, 0.95)):
        with case_of(law, buffers, ratio):
            found = known(nearly_equal_line(law, buffers, ratio))
            assert not faults(found, ANSWERS[f"line {law} {buffers} {ratio}"])


def test_a_constant_source_that_nothing_holds_up_is_the_limit() -> None:
    """Its consumer waits for it half of the time."""
    found = known(one_queue(1.0, 0.5, until=1000.0))
    assert found.verdict is Verdict.SOURCES
    assert found.limit is not None
    assert found.limit.names == ("P",)


def test_equal_workers_by_different_names_are_one_part() -> None:
    """What was declared in two places may still be the same pool."""
    scenario = Scenario(
        queues=(QueueSpec("q", 5),),
        producers=(ProducerSpec("P", "q", interval=0.2),),
        consumers=(
            ConsumerSpec("C1", "q", service_time=1.0),
            ConsumerSpec("C2", "q", service_time=1.0),
        ),
        end=End(time=200),
    )
    found = known(scenario)
    assert found.limit is not None
    assert found.limit.names == ("C1", "C2")
    assert found.enough is not None
    assert found.enough.number == 5


def test_two_equal_stations_in_a_row_are_the_limit_together() -> None:
    """Either alone, made faster, changes nothing: the other is as slow."""
    found = known(nearly_equal_line("constant", 5, 1.0))
    assert found.verdict is Verdict.TOGETHER
    assert found.limit is None
    assert found.together is not None
    assert [part.names for part in found.together.parts] == [("s",), ("c",)]
    assert found.together.gain.mean == pytest.approx(1.0, abs=0.02)


def test_three_equal_stations_in_a_row_are_found_although_no_two_help() -> None:
    """All of the busiest are tried together."""
    found = known(line([(0.5, 1, 0), (1.0, 1, 5), (1.0, 1, 5), (1.0, 1, 5)], until=1000))
    assert found.together is not None
    assert [part.names for part in found.together.parts] == [("W1",), ("W2",), ("W3",)]


def test_where_more_of_one_do_not_keep_up_the_others_are_counted_too() -> None:
    """6 items a second come; three of the first and two of the second deal with them."""
    found = known(line([(1 / 6, 1, 0), (0.45, 1, 10), (0.3, 1, 10)], until=500))
    assert found.limit is not None
    assert found.limit.names == ("W1",)
    assert found.enough is not None
    assert not found.enough.keeps_up
    assert found.plan is not None
    numbers = {part.names[0]: number for part, number in found.plan.numbers}
    assert numbers == {"W1": 3, "W2": 2}
    assert found.plan.throughput == pytest.approx(6, rel=0.02)


def test_where_one_kind_of_workers_keeps_up_no_other_is_counted() -> None:
    """And where items never leave, there is nothing to keep up with."""
    found = known(line([(0.25, 1, 0), (0.7, 1, 10), (0.1, 1, 10)], until=500))
    assert found.enough is not None
    assert found.enough.number == 3
    assert found.enough.keeps_up
    assert found.plan is None
    closed = known(case("20"))
    assert closed.enough is not None
    assert not closed.enough.keeps_up
    assert closed.plan is None


def test_the_number_of_items_that_go_round_may_be_the_limit() -> None:
    """Two items and forty workers."""
    found = known(usual_system("loop_of_few", 0))
    assert found.verdict is Verdict.SOURCES
    assert found.best is not None
    assert found.best.change is ChangeKind.MORE_ITEMS
    assert found.supply is not None
    assert found.supply.items == 2


def test_of_a_source_that_is_the_limit_it_is_known_what_the_workers_could_do() -> None:
    """It makes one item a second, they could deal with two."""
    found = known(one_queue(1.0, 0.5, until=1000.0))
    assert found.supply is not None
    assert found.supply.made == pytest.approx(1, rel=0.01)
    assert found.supply.possible == pytest.approx(2, rel=0.01)


def test_the_wait_of_open_arrivals_is_that_of_theory() -> None:
    """Within 10 % of M/M/1 at a load of 0.8, mean and p99."""
    wait = known(case("14")).wait
    assert wait is not None
    assert wait.mean == pytest.approx(4.0, rel=0.1)
    assert wait.p99 == pytest.approx(math.log(80) / 0.2, rel=0.1)
    assert wait.with_one_more == pytest.approx(0.16 / 0.84, rel=0.1)


def test_a_loss_is_answered_with_a_capacity_or_a_number_of_workers() -> None:
    """Bursts fit into a larger queue; a lasting overload fits into none."""
    bursts = known(case("10")).losses[0]
    assert bursts.capacity in range(12, 31)
    assert bursts.capacity_share <= 0.01
    overload = known(case("06")).losses[0]
    assert overload.capacity is None
    assert overload.number in (4, 5)
    assert overload.number_share <= 0.01


def test_without_advice_the_same_is_named_and_no_remedy_is_looked_for() -> None:
    """What a sentence about a run that goes on states is there: the share that is lost."""
    scenario = usual_system("drops", 0)
    brief, whole = diagnose(scenario, with_advice=False), known(scenario)
    assert (brief.verdict, brief.limit, brief.effects) == (
        whole.verdict, whole.limit, whole.effects,
    )  # fmt: skip
    assert brief.enough is None
    assert brief.plan is None
    assert [loss.queue for loss in brief.losses] == [loss.queue for loss in whole.losses]
    assert all(loss.readers is None for loss in brief.losses)
    assert brief.runs < whole.runs


def test_a_diagnosis_is_the_same_every_time_and_can_be_sent_elsewhere() -> None:
    """It depends on the scenario alone, and is plain data."""
    scenario = case("04")
    found = known(scenario)
    assert diagnose(scenario) == found
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own


def test_a_system_that_is_too_large_is_not_simulated() -> None:
    """It says so instead of taking minutes."""
    found = known(one_queue(consumers=MOST_WORKERS + 1, until=10.0))
    assert found.verdict is Verdict.TOO_LARGE


def test_no_capacity_is_named_that_only_puts_the_loss_off() -> None:
    """At a load of 1.28 a queue of any size is full in the end."""
    loss = known(usual_system("drops", 0)).losses[0]
    assert loss.capacity is None
    assert loss.number is not None


def test_a_queue_that_overflows_is_answered_with_what_keeps_it_from_that() -> None:
    """The run fails; with the capacity or the workers named it does not."""
    scenario = one_queue(Exponential(1.0), Exponential(0.6), capacity=5, until=2000.0)
    scenario = replace(scenario, queues=(QueueSpec("q", 5, Overflow.FAIL),))
    failing = known(scenario).failing
    assert failing is not None
    assert failing.capacity is not None
    assert failing.number is not None
    _, capacity = failing.capacity
    _, number = failing.number
    larger = replace(scenario, queues=(QueueSpec("q", capacity, Overflow.FAIL),))
    more = replace(scenario, consumers=(replace(scenario.consumers[0], count=number),))
    assert known(larger).failing is None
    assert known(more).failing is None


def test_a_deadlock_is_answered_with_what_keeps_it_from_that() -> None:
    """A stage that puts back into its own queue has too much to do."""
    found = known(usual_system("rework", 0))
    assert found.verdict is Verdict.FAILS
    assert found.failing is not None
    assert found.failing.number is not None
    part, number = found.failing.number
    assert (part.names, number) == (("work",), 2)


def test_items_that_fail_do_not_hide_the_limit() -> None:
    """The run ends at the first of them; until then its worker was too slow."""
    scenario = one_queue(0.5, 1.0, capacity=5, until=1000.0)
    failing = replace(scenario.consumers[0], failure_probability=0.01)
    found = known(replace(scenario, consumers=(failing,)))
    assert found.failing is not None
    assert found.failing.failed == found.failing.runs
    assert found.limit is not None
    assert found.limit.names == ("C",)


def test_where_time_stands_still_that_is_the_answer() -> None:
    """A source that makes items without end in no time, for a queue that drops."""
    scenario = one_queue(0.0, 1.0, capacity=5, overflow=Overflow.DROP_NEW, until=10.0)
    found = known(scenario)
    assert found.verdict is Verdict.FAILS
    assert found.failing is not None
    assert "makes items without end" in found.failing.message
