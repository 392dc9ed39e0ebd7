"""Changes are compared run by run, and those that no run separates are equal."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from pcsim.analysis.counterfactual import ChangeKind, Part, PartKind
from pcsim.experiments.changes import Change
from pcsim.experiments.comparison import Comparison
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario

NOISE = (0.0, 60.0, -30.0, 20.0, -45.0, 10.0, 35.0, -15.0, 50.0, -25.0, 5.0, -5.0)
"""What chance adds to the throughput of each replication, whatever is changed."""


def _scenario(name: str) -> Scenario:
    return Scenario((QueueSpec("q"),), (ProducerSpec("P", "q"),), (ConsumerSpec(name, "q"),))


class Trials:
    """Runs of which is known what comes out: by the name of the consumer, and the replication."""

    def __init__(self, **throughput: Callable[[int], float]) -> None:
        self._throughput = throughput
        self.spent = 0

    def observe(self, scenario: Scenario, number: int) -> Any:
        """A run, of which only the throughput is looked at."""
        throughput = self._throughput[scenario.consumers[0].name](number)
        return SimpleNamespace(system=SimpleNamespace(throughput=throughput))

    def replications_of(self, scenario: Scenario) -> int:
        """As many as are looked at."""
        return 3


def compared(*, is_random: bool = True, **throughput: Callable[[int], float]) -> Comparison:
    """A comparison of what each name brings with what `base` does."""
    changes = [
        Change(Part(PartKind.WORKERS, (name,), (name,)), ChangeKind.FASTER, _scenario(name))
        for name in throughput
        if name != "base"
    ]
    trials: Any = Trials(**throughput)
    return Comparison(trials, _scenario("base"), changes, is_random)


def names(comparison: Comparison) -> list[str]:
    """The parts with the best changes."""
    return [part.names[0] for part in comparison.run()]


def test_a_change_is_compared_with_the_run_of_the_same_chance() -> None:
    """Both have the same good and bad luck, so a gain of 10 % is one in every pair of runs."""
    comparison = compared(
        base=lambda number: 100 + NOISE[number], better=lambda number: 1.1 * (100 + NOISE[number])
    )
    assert names(comparison) == ["better"]
    (effect,) = comparison.effects(None)
    assert effect.gain.mean == pytest.approx(0.1)
    assert effect.gain.half_width == pytest.approx(0.0, abs=1e-9)


def test_what_is_behind_in_every_pair_is_not_named() -> None:
    """However much chance does to both."""
    found = compared(
        base=lambda number: 100 + NOISE[number],
        good=lambda number: 1.10 * (100 + NOISE[number]),
        best=lambda number: 1.13 * (100 + NOISE[number]),
    )
    assert names(found) == ["best"]


def test_what_may_be_ahead_gets_more_runs_until_it_is_behind() -> None:
    """Three runs do not separate a gain of 12 % from one of about 10 %, a fourth does."""
    found = compared(
        base=lambda _: 100.0,
        best=lambda _: 112.0,
        other=lambda number: 110 + (0.5, -1.0, 0.8, -0.3)[number % 4],
    )
    assert names(found) == ["best"]
    assert found.replications == 4


def test_of_equal_changes_each_is_named() -> None:
    """Those that differ by less than 1 % of the throughput within chance, the best first."""
    found = compared(
        base=lambda number: 100 + NOISE[number],
        one=lambda number: 1.1 * (100 + NOISE[number]),
        other=lambda number: 1.1 * (100 + NOISE[number]) + (0.5, -0.4, 0.2)[number % 3],
    )
    assert names(found) == ["other", "one"]


def test_without_chance_one_run_decides() -> None:
    """And no difference is small."""
    found = compared(
        is_random=False, base=lambda _: 100.0, one=lambda _: 110.0, other=lambda _: 110.4
    )
    assert names(found) == ["other"]
    assert found.replications == 1


def test_a_change_that_may_be_as_good_gets_more_runs() -> None:
    """Where chance does not do the same to both, one run decides nothing."""
    found = compared(
        base=lambda _: 100.0,
        steady=lambda _: 110.0,
        lucky=lambda number: 112.0 if number == 0 else 104.0,
    )
    assert names(found)[0] == "steady"
    assert found.replications > 1
