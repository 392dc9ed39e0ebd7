"""`simulate` a scenario in virtual time, or `run` it on threads: the same result of both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal

from msgspec.structs import replace

from pcsim.analysis.matching_theory import prediction, without_queue
from pcsim.analysis.observation import Observation, combined, observe
from pcsim.analysis.result import Result
from pcsim.engine.run import Run
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.errors import EndlessError, ScenarioError
from pcsim.scenario import End, Scenario, too_long
from pcsim.scenario.termination import never_ends
from pcsim.theory.statistics import mser5
from pcsim.validation import check_time, check_whole

MOST_REPLICATIONS = 100_000
SAMPLES = 1_000
"""Looks at the number of items in the system, from which the warm-up is found."""


def simulate(
    scenario: Scenario,
    *,
    until: float | None = None,
    items: int | None = None,
    seed: int | None = None,
    replications: int = 1,
    warm_up: float | Literal["auto"] | None = None,
    on_replication: Callable[[int], object] | None = None,
) -> Result:
    """Run it in virtual time, as fast as the machine can, and tell what was measured.

    `until` (seconds), `items` (produced in all), `seed` and `warm_up` (seconds, or "auto") take
    the place of what the scenario says. The replications (1 or more) are independent runs, and
    `on_replication` is called with the number of each, from 1, before it begins. Raises
    `ScenarioError` for wrong values and for a scenario that never ends, and the first error of
    a run that fails.
    """
    scenario = adjusted(scenario, until=until, items=items, seed=seed, warm_up=warm_up)
    check_whole("replications", replications, MOST_REPLICATIONS)
    if scenario.warm_up == "auto":
        scenario = replace(scenario, warm_up=found_warm_up(scenario, replications))
    first: Run | None = None
    seen: list[Observation[float]] = []
    for number in range(replications):
        if on_replication is not None:
            on_replication(number + 1)
        engine = VirtualEngine(scenario, replication=number, logs_items=False)
        seen.append(_observed(engine))
        first = first or engine
    return result_of(first or engine, seen)


def run(
    scenario: Scenario,
    *,
    until: float | None = None,
    items: int | None = None,
    seed: int | None = None,
    sources: Mapping[str, Iterable[Any]] | None = None,
    sinks: Mapping[str, Callable[[Any], object]] | None = None,
) -> Result:
    """Run it on threads, in real time, and tell the same. `sources` and `sinks` are by worker's
    name; with one of them there is no theory beside what is measured. Raises as `simulate` does;
    a warm-up that is to be found is taken for none."""
    from pcsim.engine.threads.engine import ThreadsEngine  # predicting needs none of it

    scenario = adjusted(scenario, until=until, items=items, seed=seed, must_end=False)
    engine = ThreadsEngine(scenario, sources, sinks)
    result = result_of(engine, [_observed(engine)])
    if sources or sinks:  # how long those take is not in the scenario
        return result._replace(theory=None, without_queue=None)
    return result


def adjusted(
    scenario: Scenario,
    *,
    until: float | None = None,
    items: int | None = None,
    seed: int | None = None,
    warm_up: float | str | None = None,
    must_end: bool = True,
) -> Scenario:
    """The scenario with these in the place of its own. Raises `ScenarioError` for wrong values,
    for a warm-up that is longer than the run, and (`must_end`) for a run without an end."""
    end = scenario.end
    if until is not None and check_time("until", until) <= 0:
        raise ScenarioError("until must be above 0 seconds: 0")
    if items is not None:
        check_whole("items", items, 10**18)
    if until is not None or items is not None:
        end = End(time=until, items=items)
    scenario = replace(
        scenario,
        end=end,
        seed=scenario.seed if seed is None else seed,
        warm_up=_checked_warm_up(scenario.warm_up if warm_up is None else warm_up),
    )
    if must_end and (told := never_ends(scenario)):
        raise EndlessError(f"the run would never end: {told}")
    return scenario


def _checked_warm_up(warm_up: float | str) -> float | Literal["auto"]:
    return "auto" if warm_up == "auto" else check_time("warm_up", warm_up)


def result_of(first: Run, seen: Sequence[Observation[float]] = ()) -> Result:
    """The result of runs that have ended: `first` is one of them, `seen` are the observations
    of all (none given: of this one alone)."""
    end = first.snapshot()
    scenario = first.scenario
    return Result(
        scenario.title,
        first.kind,
        scenario.seed,
        len(seen) or 1,
        0.0 if first.warmed is None else first.warmed.at,
        combined(seen or [observe(first.warmed, end)]),
        end,
        prediction(scenario),
        without_queue(scenario),
    )


def _observed(engine: Run) -> Observation[float]:
    """Run it to its end. Raises its first error, and `ScenarioError` where it was over before
    its warm-up was."""
    engine.start()
    try:
        engine.join()
    except BaseException:  # Ctrl-C: its threads must not go on
        engine.abort()
        raise
    if engine.error is not None:
        if isinstance(engine.error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt  # Ctrl-C, which came while a worker had its turn
        raise engine.error.with_traceback(None)
    if refused := unwarmed(engine):
        raise ScenarioError(refused)
    return observe(engine.warmed, engine.snapshot())


def unwarmed(engine: Run) -> str:
    """Why a run that has ended has no measures: it was over before its warm-up was; else ""."""
    if not engine.warm_up or engine.warmed is not None:
        return ""
    return too_long(engine.warm_up, engine.snapshot().at)


def found_warm_up(scenario: Scenario, replications: int) -> float:
    """The warm-up in seconds, by MSER-5 on the number of items in the system: its mean over the
    replications that still run, at 1,000 instants of the time that the first of them took. It
    leaves at least half of the shortest."""
    pilot = VirtualEngine(scenario, logs_items=False)
    _observed(pilot)
    shortest = pilot.snapshot().at
    step = shortest / SAMPLES
    sums, counts = [0.0] * SAMPLES, [0] * SAMPLES
    for number in range(replications):
        engine = VirtualEngine(scenario, replication=number, logs_items=False)
        engine.start()
        for sample in range(SAMPLES):
            # In the middle of each step: at its end a run that is cut has nothing left.
            engine.advance(until=(sample + 0.5) * step)
            seen = engine.snapshot()
            if seen.phase.is_over:
                shortest = min(shortest, seen.at)
                break
            sums[sample] += seen.totals.in_system
            counts[sample] += 1
        engine.abort()
        engine.join()
    means = [total / count for total, count in zip(sums, counts, strict=True) if count]
    return min(mser5(means) * step, shortest / 2)
