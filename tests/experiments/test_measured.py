"""A scenario made from what was measured has the times of the run, and nothing that is chance."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pcsim.distributions import Exponential, Gamma, Lognormal, Time, mean_of
from pcsim.experiments.measured import measure
from pcsim.experiments.one_run import finish, virtual_run
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Retry, Scenario
from pcsim.snapshot import Snapshot


def two_stages(first: Time, second: Time, *, interval: Time = 0.1, until: float = 200) -> Scenario:
    """P, a stage S and a consumer C in a line."""
    return Scenario(
        queues=(QueueSpec("a", 5), QueueSpec("b", 5)),
        producers=(ProducerSpec("P", "a", interval=interval),),
        consumers=(
            ConsumerSpec("S", "a", output="b", service_time=first),
            ConsumerSpec("C", "b", service_time=second),
        ),
        end=End(time=until),
    )


def run_of(scenario: Scenario, square_times: dict[str, float] | None = None) -> Snapshot:
    """The end of a run of the scenario; square times by worker, as own code would have them."""
    run = virtual_run(scenario)
    finish(run)
    end = run.snapshot()
    squares = square_times or {}
    rows = [row._replace(square_time=squares.get(row.name, 0.0)) for row in end.workers]
    return end._replace(workers=tuple(rows), engine="threads")


def test_times_that_agree_within_chance_stay_as_described() -> None:
    """A mean of 100 exponential times is off by 10 % without any reason."""
    scenario = two_stages(Exponential(0.05), Lognormal(0.08, 0.7), until=20)
    assert measure(scenario, run_of(scenario)).scenario == scenario
    assert measure(scenario, run_of(scenario)).is_as_described


def test_an_interval_that_is_not_over_is_no_difference() -> None:
    """Two items in 2.9 s are as good as one a second; so are those of a hundred sources."""
    for interval, count, until in ((1.0, 1, 2.9), (Exponential(1.0), 100, 3.0)):
        scenario = two_stages(0.0001, 0.0001, interval=interval, until=until)
        source = replace(scenario.producers[0], count=count)
        scenario = replace(scenario, producers=(source,))
        measured = measure(scenario, run_of(scenario))
        assert measured.producers == scenario.producers


def test_code_that_takes_time_is_part_of_the_service_time() -> None:
    """Described as no time at all, measured as 50 ms each."""
    run = run_of(two_stages(0.05, 0.02), {"S": 2000 * 0.05**2})
    measured = measure(two_stages(0.0, 0.02), run)
    assert measured.consumers[0].service_time == pytest.approx(0.05, rel=0.01)
    assert measured.consumers[1].service_time == 0.02
    assert not measured.is_as_described


def test_the_spread_of_code_that_takes_time_is_kept() -> None:
    """Its mean and its standard deviation are those of the run."""
    run = run_of(two_stages(Exponential(0.05), 0.02))
    items = run.consumers[0].got_total
    squares = {"S": items * 2 * 0.05**2}  # that of exponential times
    run = run_of(two_stages(Exponential(0.05), 0.02), squares)
    time = measure(two_stages(0.0, 0.02), run).consumers[0].service_time
    assert isinstance(time, Gamma)
    assert time.mean == pytest.approx(0.05, rel=0.1)
    assert time.cv == pytest.approx(1.0, abs=0.2)


def test_a_source_that_takes_longer_than_its_interval_is_as_slow_as_it_was() -> None:
    """What a full queue held it up is no part of it."""
    slow = two_stages(0.6, 0.1, interval=0.3)
    measured = measure(two_stages(0.6, 0.1, interval=0.0), run_of(slow))
    assert mean_of(measured.producers[0].interval) == pytest.approx(0.3, rel=0.02)


def test_workers_that_are_described_alike_and_took_alike_stay_alike() -> None:
    """Only so are they one pool, to which a worker can be added."""
    described = Scenario(
        queues=(QueueSpec("q", 5),),
        producers=(ProducerSpec("P", "q", interval=0.1),),
        consumers=tuple(ConsumerSpec(name, "q", service_time=0.0) for name in "ABC"),
        end=End(time=100),
    )
    times = {"A": 0.5, "B": 0.55, "C": 2.0}
    real = replace(
        described,
        consumers=tuple(replace(one, service_time=times[one.name]) for one in described.consumers),
    )
    one, other, slow = measure(described, run_of(real)).consumers
    assert one.service_time == other.service_time == pytest.approx(0.52, abs=0.03)
    assert slow.service_time == pytest.approx(2.0, abs=0.05)


def test_failures_are_those_that_happened() -> None:
    """Of two tries each, one in four items comes to the dead letters: one try in two fails."""
    described = Scenario(
        queues=(QueueSpec("q", 5), QueueSpec("dead", 1000)),
        producers=(ProducerSpec("P", "q", interval=0.5),),
        consumers=(
            ConsumerSpec("C", "q", service_time=0.1, on_error=Retry(1, "dead")),
            ConsumerSpec("D", "dead", service_time=0.1),
        ),
        end=End(time=2000),
    )
    real = replace(
        described,
        consumers=(
            replace(described.consumers[0], failure_probability=0.5),
            described.consumers[1],
        ),
    )
    measured = measure(described, run_of(real)).consumers[0]
    assert measured.failure_probability == pytest.approx(0.5, abs=0.03)
    assert measured.service_time == pytest.approx(0.1, rel=0.05)


def test_the_long_run_has_no_numbers_of_items() -> None:
    """What ends a run is not what limits it."""
    scenario = two_stages(0.05, 0.02)
    short = replace(
        scenario,
        producers=(replace(scenario.producers[0], items=30),),
        consumers=(scenario.consumers[0], replace(scenario.consumers[1], max_items=20)),
    )
    run = run_of(short)
    lasting = measure(short, run, run)
    assert lasting.producers[0].items is None
    assert lasting.consumers[1].max_items is None


def test_a_source_that_ran_empty_has_the_number_of_its_items() -> None:
    """A source of one's own does not say before how many they are."""
    scenario = two_stages(0.05, 0.02)
    short = replace(scenario, producers=(replace(scenario.producers[0], items=30),))
    assert measure(scenario, run_of(short)).producers[0].items == 30


def test_an_item_that_is_still_in_hand_is_not_measured() -> None:
    """Neither as one that is done with, nor by the time that it has taken so far."""
    run = virtual_run(two_stages(4.0, 0.02, interval=10.0))
    run.start()
    for until, measured in ((13.0, 1.0), (23.0, 4.0)):
        run.advance(until=until)
        seen = run.snapshot()._replace(engine="threads")
        assert next(row for row in seen.consumers if row.name == "S").in_hand == 1
        found = measure(two_stages(1.0, 0.02, interval=10.0), seen)
        assert found.consumers[0].service_time == pytest.approx(measured)
    run.abort()
    run.join()
