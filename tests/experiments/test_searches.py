"""What a diagnosis looks for step by step: numbers of workers, runs that fail, lengths of runs."""

from __future__ import annotations

from math import nan

import pytest

from pcsim.analysis.counterfactual import Diagnosis, Verdict
from pcsim.analysis.observation import QueueMeasures
from pcsim.experiments import failing
from pcsim.experiments.keeping_up import smallest
from pcsim.experiments.one_run import finish, virtual_run
from pcsim.experiments.remedies import with_figures
from pcsim.experiments.trials import CYCLES, Trials, find_horizon
from pcsim.scenario import Bursts, ConsumerSpec, Overflow, ProducerSpec, QueueSpec, Scenario
from pcsim.theory.statistics import confidence_interval
from tests.support.cases import case


def test_the_smallest_number_is_found_from_any_guess() -> None:
    """Of those from `low` to `high`, where the latter is known to be enough."""
    for low, high in ((1, 2), (3, 12), (5, 6), (1, 40)):
        for answer in range(low, high + 1):
            for guess in (0, low, answer, high - 1, high + 7):
                with case(low, high, answer, guess):
                    assert smallest(lambda n, least=answer: n >= least, low, high, guess) == answer  # type: ignore[misc]


def test_each_run_is_tried_for_whether_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that fails in the last replication is one of three."""
    tried: list[int] = []

    def failure(scenario: Scenario, replication: int) -> failing._Failure | None:
        tried.append(replication)
        return failing._Failure("full", 7.0, ()) if replication == 2 else None

    monkeypatch.setattr(failing, "_failure", failure)
    scenario = Scenario(
        (QueueSpec("q", 1, Overflow.FAIL),), (ProducerSpec("P", "q"),), (ConsumerSpec("C", "q"),)
    )
    found = failing.find_failing(scenario)
    assert tried == [0, 1, 2]
    assert found is not None
    assert (found.runs, found.failed, found.at) == (3, 1, 7.0)


def test_a_run_has_several_bursts() -> None:
    """However few of them fall into its events."""
    bursts = Bursts(on=100.0, off=100.0)
    scenario = Scenario(
        (QueueSpec("q"),),
        (ProducerSpec("P", "q", 0.1, bursts=bursts),),
        (ConsumerSpec("C", "q", 0.05),),
    )
    assert find_horizon(scenario).duration >= CYCLES * 200.0


def test_the_largest_loss_comes_first() -> None:
    """And what loses nothing is not there."""
    scenario = Scenario(
        tuple(QueueSpec(name, 1) for name in "abcd"),
        (ProducerSpec("P", ("a", "b", "c", "d"), 1.0, 4),),
        (ConsumerSpec("C", ("a", "b", "c", "d"), 0.1),),
    )
    base = finish(virtual_run(scenario))
    lost = {"a": 0.1, "b": 0.4, "c": 0.0, "d": nan}
    queues: dict[str, QueueMeasures[float]] = {
        name: base.queues[name]._replace(loss=share) for name, share in lost.items()
    }
    found = Diagnosis(Verdict.NOTHING, confidence_interval([1.0]))
    found = with_figures(found, scenario, Trials(scenario), base._replace(queues=queues))
    assert [(one.queue, one.share) for one in found.losses] == [("b", 0.4), ("a", 0.1)]
