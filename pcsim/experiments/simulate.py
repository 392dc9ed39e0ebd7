"""`simulate` a scenario in virtual time, or `run` it on threads: the same `Result` of both."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from msgspec.structs import replace

from pcsim.analysis.differences import measures_of
from pcsim.analysis.matching_theory import prediction, without_queue
from pcsim.analysis.observation import Observation
from pcsim.analysis.replications import Basis, combined, with_fewer_samples
from pcsim.analysis.result import Result
from pcsim.analysis.steadiness import Steadiness, WarmUp, steadiness
from pcsim.errors import EndlessError
from pcsim.experiments.one_run import Driven, Driver, finish, measured
from pcsim.experiments.own_code import sinks_by_worker, sources_by_worker
from pcsim.experiments.warm_up import find_warm_up
from pcsim.kernel.choice import KernelChoice
from pcsim.scenario import End, Scenario
from pcsim.scenario.long_run import has_chance, long_run
from pcsim.scenario.termination import describe, termination
from pcsim.validation import LARGEST_COUNT, check_positive_time, check_time, check_whole

MOST_REPLICATIONS = 100_000


def simulate(
    scenario: Scenario,
    *,
    until: float | None = None,
    items: int | None = None,
    seed: int | None = None,
    replications: int = 1,
    warm_up: float | Literal["auto"] | None = None,
    on_replication: Callable[[int], object] | None = None,
    kernel: KernelChoice = "auto",
) -> Result:
    """Run a scenario in virtual time, as fast as the machine can, and measure it.

    The same scenario and seed give the same result on every machine.

    Args:
        scenario: What to simulate. `Scenario.load("my.toml")` reads one from a file; the class
            itself makes one of specs.

        until: Seconds of virtual time after which the run ends; above 0. What is still in the
            system then is discarded. None: as in the scenario.

        items: The number of items that all producers make together, 1 or more; the run ends
            once these have left the system. None: as in the scenario. With `until` and
            `items` the run ends by what comes first.

        seed: The seed of all random numbers, 0 or more. Each worker has streams of its own, so
            two variants of a scenario are compared under the same arrivals. None: the
            scenario's.

        replications: The number of independent runs, 1 to 100,000. From two on, each measure
            of the result has a 95 % confidence interval (Student's t).

        warm_up: Seconds at the beginning of each run that no measure includes, 0 or more and
            less than the run lasts; "auto" finds them by MSER-5. None: as in the scenario.

        on_replication: Called with the number of each replication, from 1, before it begins:
            for a progress bar.

        kernel: Whether the compiled kernel runs it, with the same result: "auto" where it can
            and is there, or the run is long enough to build it; "python" never; with "compiled"
            it is an error where it cannot.

    Returns:
        Every measure of the system, its queues and its workers, beside what queueing theory
        predicts where a formula holds.

    Raises:
        ScenarioError: A value is out of its range, or the run is over before its warm-up.
        EndlessError: The run would never end; give it `until` or `items`.
        WorkerError: A worker failed in one of the runs.
        DeadlockError: The workers of a run waited for each other.

    Example:
        >>> from pcsim import Scenario, simulate
        >>> from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec
        >>> shop = Scenario(
        ...     queues=(QueueSpec("orders", 50),),
        ...     producers=(ProducerSpec("Shop", "orders", interval=2.0),),
        ...     consumers=(ConsumerSpec("Clerk", "orders", service_time=1.5),),
        ... )
        >>> result = simulate(shop, items=1000)
        >>> round(result.worker("Clerk").utilization.mean, 2)
        0.75
        >>> round(result.sojourn_time.p99.mean, 1)
        1.5
    """
    scenario = adjusted(scenario, until=until, items=items, seed=seed, warm_up=warm_up)
    check_whole("replications", replications, MOST_REPLICATIONS)
    found = None
    if scenario.warm_up == "auto":
        found = find_warm_up(scenario, replications, kernel)
        scenario = replace(scenario, warm_up=found.seconds)
    notify = on_replication or _ignore
    driver = Driver(scenario, kernel, replications)
    notify(1)
    first = driver.run()
    observations = [measured(first)]
    for number in range(1, replications):
        notify(number + 1)
        observations.append(with_fewer_samples(observations, measured(driver.run(number))))
    return result_of(first, observations, found)._replace(ran=driver.ran)


def _ignore(_number: int) -> None:
    pass


def run(
    scenario: Scenario,
    *,
    until: float | None = None,
    items: int | None = None,
    seed: int | None = None,
    sources: Mapping[str, Iterable[Any]] | None = None,
    sinks: Mapping[str, Callable[[Any], object]] | None = None,
) -> Result:
    """Run a scenario on threads, in real time, and measure it as `simulate` does.

    Args:
        scenario: What to run. Its warm-up is left out of the measures; "auto" counts as none.

        until: Seconds after which the run ends; above 0. None: as in the scenario. A run
            without an end is allowed: it goes on until its sources are empty.

        items: The number of items that all producers make together, 1 or more. None: as in
            the scenario.

        seed: The seed of all random numbers, 0 or more. None: the scenario's.

        sources: The items of producers, by the producer's name; those with a `count` have names
            of their own: `shop-1`, `shop-2`. Each is read lazily in the producer's thread. A
            producer that is not named makes numbered items.

        sinks: What consumers do with an item, by the consumer's name: a function that is called
            with it in the consumer's thread. What a stage's function returns goes on into its
            output. The name of a consumer with a `count` stands for all of them, that of one,
            such as `clerk-2`, for that one alone. An error that a function raises is handled
            by the consumer's `on_error`: `"fail"` ends the run, `"skip"` counts the item as
            failed, and a `Retry` tries again.

    Returns:
        Every measure. With sources or sinks there is no theory beside it, because the times
        that those take are not part of the scenario.

    Raises:
        ScenarioError: A value is out of its range, a name is unknown, or the run is over
            before its warm-up.
        WorkerError: A worker, its source or its sink failed; the original is its `__cause__`.
        DeadlockError: The workers waited for each other.

    Example:
        >>> from pcsim import Scenario, run
        >>> from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec
        >>> scenario = Scenario(
        ...     queues=(QueueSpec("words", 2),),
        ...     producers=(ProducerSpec("Reader", "words", interval=0),),
        ...     consumers=(ConsumerSpec("Writer", "words", service_time=0),),
        ... )
        >>> written = []
        >>> result = run(
        ...     scenario, sources={"Reader": ["to", "be"]}, sinks={"Writer": written.append}
        ... )
        >>> written, result.system.consumed.mean
        (['to', 'be'], 2.0)
    """
    from pcsim.engine.lazy_results import check_runs
    from pcsim.engine.threads.engine import ThreadsEngine  # predicting needs none of it

    scenario = adjusted(scenario, until=until, items=items, seed=seed, must_end=False)
    for name, sink in (sinks or {}).items():
        check_runs(sink, f"consumer {name!r}")
    engine = ThreadsEngine(
        scenario, sources_by_worker(scenario, sources), sinks_by_worker(scenario, sinks)
    )
    finish(engine)
    return result_of(engine)


def adjusted(
    scenario: Scenario,
    *,
    until: float | None = None,
    items: int | None = None,
    seed: int | None = None,
    warm_up: float | str | None = None,
    must_end: bool = True,
) -> Scenario:
    """The scenario with these values in the place of its own, each None leaving it as it is.

    Raises:
        ScenarioError: A value is out of its range, or the warm-up is longer than the run.
        EndlessError: The run has no end, and `must_end` asks for one.
    """
    end = scenario.end
    if until is not None:
        check_positive_time("until", until)
    if items is not None:
        check_whole("items", items, LARGEST_COUNT)
    if until is not None or items is not None:
        end = End(time=until, items=items)
    scenario = replace(
        scenario,
        end=end,
        seed=scenario.seed if seed is None else seed,
        warm_up=_checked_warm_up(scenario.warm_up if warm_up is None else warm_up),
    )
    if must_end and not (answer := termination(scenario)).ends:
        cause = answer.cause or ""
        raise EndlessError(describe(answer), cause=str(cause), workers=answer.workers)
    return scenario


def _checked_warm_up(warm_up: float | str) -> float | Literal["auto"]:
    return "auto" if warm_up == "auto" else check_time("warm_up", warm_up)


def result_of(
    first: Driven,
    observations: Sequence[Observation[float]] = (),
    warm_up: WarmUp | None = None,
) -> Result:
    """The result of runs that have ended.

    Args:
        first: One of them: its last snapshot and its scenario are those of the result.
        observations: Those of all runs; none for that of the first alone.
        warm_up: The warm-up that was found for them; None where it was given.
    """
    end = first.snapshot()
    scenario = first.scenario
    of_all = observations or [measured(first)]
    lasted = math.fsum(one.system.duration for one in of_all) / len(of_all)
    begun = 0.0 if first.warmed is None else first.warmed.at
    steady = steadiness(scenario, [one.growing for one in of_all], begun + lasted, warm_up)
    result = Result(
        title=scenario.title,
        engine=first.kind,
        seed=scenario.seed,
        replications=len(of_all),
        warm_up=begun,
        measured=combined(of_all, Basis(steady.without_long_run, long_run(scenario).relaxation)),
        snapshot=end,
        theory=prediction(scenario),
        without_queue=without_queue(scenario),
        steadiness=steady,
        is_random=has_chance(scenario),
        runs=tuple(measures_of(one, end) for one in observations if len(observations) > 1),
    )
    if first.has_data:  # from outside, in times that are no part of the scenario
        return result._replace(theory=None, without_queue=None, steadiness=Steadiness())
    return result
