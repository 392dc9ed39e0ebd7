"""`simulate` and `run`: the same scenario and seed give the same result, wrong values an error."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from pcsim.analysis.observation import Observation, measured_between
from pcsim.distributions import Exponential
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.errors import DeadlockError, ScenarioError, WorkerError
from pcsim.experiments.simulate import adjusted, run, simulate
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Scenario
from tests.support.cases import case
from tests.support.small_scenarios import line, markovian, one_queue

BUSY = markovian(0.8, capacity=5)


def observed(scenario: Scenario, replication: int = 0) -> Observation[float]:
    """One run, without `simulate`."""
    engine = VirtualEngine(scenario, replication=replication)
    engine.start()
    engine.join()
    return measured_between(engine.warmed, engine.snapshot())


# One seed, one result.


def test_the_same_seed_gives_the_same_result() -> None:
    """Down to the last digit of every measure."""
    first, again = (simulate(BUSY, items=300, seed=7, replications=3) for _ in range(2))
    assert first == again


def test_another_seed_gives_another_result() -> None:
    """The seed is not ignored."""
    first, other = (simulate(BUSY, items=300, seed=seed) for seed in (7, 8))
    assert first.sojourn_time != other.sojourn_time


def test_replications_are_the_runs_of_their_numbers() -> None:
    """So that asking for more of them changes none of those before."""
    scenario = adjusted(BUSY, items=200)
    alone = [observed(scenario, number) for number in range(4)]
    result = simulate(scenario, replications=4)
    of_each = [one.system.mean_in_system for one in alone]
    assert len(set(of_each)) == 4
    assert result.system.mean_in_system.mean == pytest.approx(math.fsum(of_each) / 4)
    assert result.system.mean_in_system.count == 4
    assert result.snapshot.totals.consumed == 200


def test_replications_are_no_shifted_seeds() -> None:
    """The second of one seed is not the first of the next."""
    scenario = adjusted(BUSY, items=200, seed=3)
    assert observed(scenario, 1) != observed(adjusted(scenario, seed=4), 0)


def test_replications_are_not_correlated() -> None:
    """Of 400 pairs of neighbours: |r| is below 0.13 in 99 % of such series."""
    scenario = adjusted(BUSY, items=40)
    means = [observed(scenario, number).sojourn_time.mean for number in range(401)]
    centre = sum(means) / len(means)
    off = [mean - centre for mean in means]
    together = sum(one * following for one, following in pairwise(off))
    assert abs(together / sum(one * one for one in off)) < 0.13


def test_a_worker_more_shifts_nobody_elsewhere() -> None:
    """Each has a stream of its own, keyed by its name and not by its place."""
    small = replace(BUSY, end=End(200.0))
    large = Scenario(
        queues=(QueueSpec("other"), *small.queues),
        producers=(ProducerSpec("A", "other", Exponential(0.7)), *small.producers),
        consumers=(ConsumerSpec("B", "other", Exponential(0.3), count=3), *small.consumers),
        end=End(200.0),
    )
    before, after = simulate(small), simulate(large)
    assert after.queue("q") == before.queue("q")
    assert after.waiting_time("q") == before.waiting_time("q")
    assert [after.worker(name) for name in "PC"] == [before.worker(name) for name in "PC"]
    assert after.system != before.system


# Arguments take the place of what the scenario has.


def test_until_items_seed_and_warm_up_override_the_scenario() -> None:
    """What is passed takes the place of what the scenario has."""
    scenario = replace(BUSY, end=End(50.0), seed=3, warm_up=5.0)
    plain = simulate(scenario)
    assert (plain.snapshot.at, plain.seed, plain.warm_up) == (50.0, 3, 5.0)
    longer = simulate(scenario, until=80.0, seed=4, warm_up=8)
    assert (longer.snapshot.at, longer.seed, longer.warm_up) == (80.0, 4, 8.0)
    assert longer.system.duration.mean == 72.0
    counted = simulate(scenario, items=9, warm_up=0)
    assert counted.snapshot.totals.produced == counted.system.consumed.mean == 9
    assert counted.warm_up == 0.0


def test_until_and_items_end_a_run_by_what_comes_first() -> None:
    """Each of them is a limit."""
    scenario = one_queue(1.0, 0.5)
    assert simulate(scenario, until=100.0, items=5).snapshot.totals.produced == 5
    assert simulate(scenario, until=3.2, items=5).snapshot.totals.produced == 3


def test_the_scenario_is_left_as_it_was() -> None:
    """Values that are passed change a copy."""
    scenario = one_queue(items=3)
    simulate(scenario, seed=9)
    assert scenario == one_queue(items=3)


def test_each_replication_is_announced_before_it_begins() -> None:
    """By its number, counted from 1."""
    numbers: list[int] = []
    simulate(one_queue(items=3), replications=4, on_replication=numbers.append)
    assert numbers == [1, 2, 3, 4]

    def stop(number: int) -> None:
        numbers.append(number)
        raise LookupError

    with pytest.raises(LookupError):
        simulate(one_queue(items=3), replications=4, on_replication=stop)
    assert numbers[4:] == [1]


WRONG_ARGUMENTS: list[tuple[dict[str, Any], str]] = [
    ({"until": 0}, r"^until must be more than 0 seconds, not 0$"),
    ({"until": -1}, r"^until must be a number of seconds, 0 or more, not -1$"),
    ({"until": math.inf}, r"^until must be a number of seconds, .*, not inf$"),
    ({"until": "9"}, r"^until must be a number of seconds, 0 or more, not '9'$"),
    ({"until": True}, r"^until must be a number of seconds, 0 or more, not True$"),
    ({"items": 0}, r"^items must be a whole number from 1 to .*, not 0$"),
    ({"items": 2.5}, r"^items must be a whole number .*, not 2.5$"),
    ({"seed": -1}, r"^seed must be a whole number from 0 to .*, not -1$"),
    ({"seed": 1.5}, r"^seed must be a whole number .*, not 1.5$"),
    ({"replications": 0}, r"^replications must be a whole number from 1 "),
    ({"replications": True}, r"^replications must be .*, not True$"),
    ({"warm_up": -1}, r"^warm_up must be a number of seconds, .*, not -1$"),
    ({"warm_up": math.nan}, r"^warm_up must be a number of seconds.*nan$"),
    ({"warm_up": "soon"}, r"^warm_up must be a number of seconds, .*, not 'soon'$"),
    (
        {"until": 10, "warm_up": 10},
        r"^warm_up must be shorter than the run \(10 s\), not 10\.0$",
    ),
]


def test_a_wrong_value_is_named() -> None:
    """The error has the argument, its value and the range."""
    for arguments, message in WRONG_ARGUMENTS:
        with case(arguments, message):
            with pytest.raises(ScenarioError, match=message):
                simulate(one_queue(items=3), **arguments)
            if arguments.keys() <= {"until", "items", "seed"}:
                with pytest.raises(ScenarioError, match=message):
                    run(one_queue(items=3), **arguments)


def test_a_run_that_is_over_before_its_warm_up_is_refused() -> None:
    """Its measures would be those of the beginning that was to be left out."""
    with pytest.raises(ScenarioError, match=r"^warm_up must be shorter than the run \(3\.5 s\), "):
        simulate(one_queue(items=3), warm_up=60)


# The first error.


def test_the_first_error_is_raised() -> None:
    """On either engine, with worker and item."""
    (consumer,) = one_queue().consumers
    failing = replace(one_queue(items=5), consumers=(replace(consumer, failure_probability=1.0),))
    for ask in (simulate, run):
        with pytest.raises(WorkerError, match=r"^C failed on item 1 from P: SimulatedFailure"):
            ask(replace(failing, producers=(replace(failing.producers[0], interval=0.001),)))


def test_a_deadlock_is_raised() -> None:
    """It ends the simulation, whatever replications are still to come."""
    loop = Scenario(
        (QueueSpec("a", 1), QueueSpec("b", 1)),
        (ProducerSpec("P", "a", 0.1, items=9),),
        (ConsumerSpec("S", "a", 0.1, output="b"), ConsumerSpec("T", "b", 0.1, output="a")),
    )
    with pytest.raises(DeadlockError, match="S waits on b"):
        simulate(loop, replications=2)


def test_an_interrupt_inside_a_worker_is_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """In virtual time Ctrl-C mostly comes while some worker has its turn."""

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    def engine(scenario: Scenario, **has: Any) -> VirtualEngine:
        return VirtualEngine(scenario, sinks={"C": interrupt}, **has)

    monkeypatch.setattr("pcsim.experiments.one_run.VirtualEngine", engine)
    with pytest.raises(KeyboardInterrupt):
        simulate(one_queue(items=3))


def test_an_interrupted_run_leaves_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """That none is left is checked after every test."""

    class Interrupted(ThreadsEngine):
        def join(self, timeout: float | None = None) -> bool:
            raise KeyboardInterrupt

    monkeypatch.setattr("pcsim.engine.threads.engine.ThreadsEngine", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(one_queue(0.001, 0.001))


# On threads.


def test_threads_give_a_result_of_the_same_kind_with_the_same_counts() -> None:
    """A program can read both in the same way."""
    scenario = line([(0.001, 2, 0), (0.002, 2, 3), (0.0005, 1, 2)])
    virtual, threads = simulate(scenario, items=60), run(scenario, items=60)
    assert type(threads) is type(virtual)
    assert (virtual.engine, threads.engine) == ("virtual", "threads")
    for count in ("produced", "consumed", "dropped", "failed"):
        assert getattr(threads.system, count) == getattr(virtual.system, count), count
    assert list(threads.measured.workers) == list(virtual.measured.workers)
    assert list(threads.measured.queues) == list(virtual.measured.queues)
    assert threads.theory == virtual.theory
    assert threads.replications == 1


def test_run_uses_sources_and_sinks() -> None:
    """Items of the source arrive at the sink, in their order."""
    seen: list[str] = []
    result = run(one_queue(0.0, 0.0), sources={"P": ["a", "b", "c"]}, sinks={"C": seen.append})
    assert seen == ["a", "b", "c"]
    assert result.system.consumed.mean == 3


def test_a_run_on_threads_leaves_its_warm_up_out() -> None:
    """Whatever the machine's speed: it begins after the warm-up and has fewer items."""
    result = run(replace(one_queue(0.005, 0.001, until=0.3), warm_up=0.2))
    assert result.warm_up >= 0.2
    assert result.system.duration.mean == pytest.approx(result.snapshot.at - result.warm_up)
    assert result.system.produced.mean < result.snapshot.totals.produced
