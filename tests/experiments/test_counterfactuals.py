"""What is named as the limit is the change that helps most, as an oracle finds by brute force."""

from __future__ import annotations

import pickle
from itertools import product
from pathlib import Path

import pytest

from pcsim.analysis.counterfactual import Diagnosis, Part, Verdict
from pcsim.distributions import Erlang, Exponential, Time
from pcsim.experiments.counterfactuals import MOST_WORKERS, diagnose
from pcsim.scenario import ConsumerSpec, End, Overflow, ProducerSpec, QueueSpec, Scenario
from tests.support.brute_force import gains
from tests.support.small_scenarios import one_queue

CASES = Path(__file__).parent.parent / "cases" / "diagnosis"

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


def named(part: Part) -> str:
    """A part as the oracle calls it."""
    return ", ".join(part.specs)


def diagnosed(scenario: Scenario) -> Diagnosis:
    """The diagnosis of a scenario that has one."""
    found = diagnose(scenario)
    assert found is not None
    return found


def test_every_case_has_its_right_answer() -> None:
    """None of the files is forgotten."""
    assert sorted(RIGHT) == sorted(path.stem for path in CASES.glob("*.toml"))


@pytest.mark.parametrize("case", RIGHT)
def test_the_limit_named_is_the_change_that_helps_most(case: str) -> None:
    """Within 1 % of the best of all changes; where none helps, nothing is named."""
    scenario = Scenario.load(CASES / f"{case}.toml")
    found = diagnosed(scenario)
    right, enough = RIGHT[case]
    best = gains(scenario, 2)
    if found.limit is None:
        assert found.verdict is right
        assert max(best.values()) < 1.02, best
        return
    assert named(found.limit) == right
    assert best[named(found.limit)] >= max(best.values()) - 0.01, best
    if enough is not None:
        assert found.enough is not None
        assert abs(found.enough.number - enough) <= 1


def line(kind: str, buffers: int, ratio: float) -> Scenario:
    """A line p, s, c in which p is fast and c is nearly as fast as s."""
    times: dict[str, Time] = {"p": 0.5, "s": 1.0, "c": ratio}
    if kind == "exponential":
        times = {name: Exponential(mean) for name, mean in times.items()}  # type: ignore[arg-type]
    elif kind == "erlang":
        times = {name: Erlang(mean, 4) for name, mean in times.items()}  # type: ignore[arg-type]
    return Scenario(
        queues=(QueueSpec("a", buffers), QueueSpec("b", buffers)),
        producers=(ProducerSpec("p", "a", interval=times["p"]),),
        consumers=(
            ConsumerSpec("s", "a", output="b", service_time=times["s"]),
            ConsumerSpec("c", "b", service_time=times["c"]),
        ),
        end=End(time=1500),
    )


@pytest.mark.parametrize(
    ("kind", "buffers"), product(("constant", "exponential", "erlang"), (2, 5, 20))
)
def test_of_nearly_equal_stations_in_a_line_the_right_one_is_named(kind: str, buffers: int) -> None:
    """Within 1 % of the best, where the second is 2 to 8 % faster or slower than the first."""
    for ratio in (0.92, 0.95, 0.98, 1.02, 1.08):
        scenario = line(kind, buffers, ratio)
        limit = diagnosed(scenario).limit
        assert limit is not None, ratio
        best = gains(scenario, 1 if kind == "constant" else 4, only=("s", "c", "b"))
        assert best[named(limit)] >= max(best.values()) - 0.01, (ratio, limit, best)


def test_a_constant_source_that_nothing_holds_up_is_the_limit() -> None:
    """Its consumer waits for it half of the time."""
    found = diagnosed(one_queue(1.0, 0.5, until=1000.0))
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
    found = diagnosed(scenario)
    assert found.limit is not None
    assert found.limit.names == ("C1", "C2")
    assert found.enough is not None
    assert found.enough.number == 5


def test_two_equal_stations_in_a_row_have_no_single_limit() -> None:
    """Either alone, made faster, changes nothing: the other is as slow."""
    found = diagnosed(line("constant", 5, 1.0))
    assert found.verdict is Verdict.NOTHING
    assert found.limit is None


def test_a_loss_is_answered_with_a_capacity_or_a_number_of_workers() -> None:
    """Bursts fit into a larger queue; a lasting overload fits into none."""
    bursts = diagnosed(Scenario.load(CASES / "10-bursts-lose-at-half-load.toml")).losses[0]
    assert bursts.capacity in range(12, 31)
    assert bursts.capacity_share <= 0.01
    overload = diagnosed(Scenario.load(CASES / "06-loss-at-one-queue.toml")).losses[0]
    assert overload.capacity is None
    assert overload.number in (4, 5)
    assert overload.number_share <= 0.01


def test_a_diagnosis_is_the_same_every_time_and_can_be_sent_elsewhere() -> None:
    """It depends on the scenario alone, and is plain data."""
    scenario = Scenario.load(CASES / "04-split-by-chance-80-20-head-of-line.toml")
    found = diagnosed(scenario)
    assert diagnosed(scenario) == found
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own


def test_a_system_that_is_too_large_is_not_simulated() -> None:
    """It says so instead of taking minutes."""
    found = diagnosed(one_queue(consumers=MOST_WORKERS + 1, until=10.0))
    assert found.verdict is Verdict.TOO_LARGE


def test_a_scenario_that_fails_has_no_diagnosis() -> None:
    """There is nothing to compare its changes with."""
    scenario = Scenario(
        queues=(QueueSpec("q", 2, Overflow.FAIL),),
        producers=(ProducerSpec("P", "q", interval=0.1),),
        consumers=(ConsumerSpec("C", "q", service_time=1.0),),
        end=End(time=100),
    )
    assert diagnose(scenario) is None
