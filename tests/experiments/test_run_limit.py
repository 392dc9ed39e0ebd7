"""What limits a run on threads is simulated with what was described, or else with what it took."""

from __future__ import annotations

from msgspec.structs import replace

from pcsim.analysis.counterfactual import Basis, Diagnosis, Verdict
from pcsim.analysis.diagnosis import advice, sentence
from pcsim.experiments.run_limit import comes_to_the_same, diagnose_run
from pcsim.scenario import Scenario
from pcsim.snapshot import Processor, Snapshot
from tests.experiments.test_measured import run_of, two_stages


def diagnosed(scenario: Scenario, run: Snapshot) -> Diagnosis:
    """What was found of a run that has a diagnosis."""
    found = diagnose_run(scenario, run)
    assert found is not None
    return found


def test_a_run_as_described_is_diagnosed_as_described() -> None:
    """No estimate is needed, and none is mentioned."""
    scenario = two_stages(0.05, 0.2, until=60)
    run = run_of(scenario)
    found = diagnosed(scenario, run)
    assert found.basis is Basis.DESCRIBED
    assert found.limit is not None
    assert found.limit.names == ("C",)
    assert "Estimated" not in advice(run, found)


def test_code_that_takes_time_is_found_as_the_limit() -> None:
    """Its scenario says that it takes none; the advice says where its numbers come from."""
    run = run_of(two_stages(0.05, 0.2, until=60))
    found = diagnosed(two_stages(0.05, 0.0, until=60), run)
    assert found.basis is Basis.MEASURED
    assert found.limit is not None
    assert found.limit.names == ("C",)
    assert found.enough is not None
    assert found.enough.number == 2
    assert "Estimated from what was measured" in advice(run, found)


def test_where_the_simulation_does_not_agree_nothing_is_advised() -> None:
    """Half the items are missing for a reason that is not in the scenario."""
    scenario = two_stages(0.05, 0.2, until=60)
    run = run_of(scenario)
    half = run._replace(totals=run.totals._replace(consumed=run.totals.consumed // 2))
    assert comes_to_the_same(scenario, run)
    assert not comes_to_the_same(scenario, half)
    found = diagnosed(scenario, half)
    assert found.verdict is Verdict.UNLIKE
    assert sentence(half, found).startswith("What limited it is not known")
    assert advice(half, found).startswith("Look for what the workers share")


def test_of_a_few_items_nothing_is_said() -> None:
    """Three items are no flow."""
    scenario = two_stages(0.05, 0.2)
    few = replace(scenario, producers=(replace(scenario.producers[0], items=3),))
    run = run_of(few)
    assert diagnosed(scenario, run).verdict is Verdict.TOO_EARLY
    assert sentence(run, diagnosed(scenario, run)).startswith("Too few items")


def test_more_threads_are_not_advised_to_those_that_wait_for_the_lock() -> None:
    """Two workers that compute use one core together."""
    real = two_stages(0.18, 0.2, until=60)
    run = run_of(real)
    rows = tuple(
        row._replace(
            cpu_time=0.5 * row.spent(run.at).running if row.inputs else 0.0, is_timed=False
        )
        for row in run.workers
    )
    run = run._replace(workers=rows, processor=Processor(4, True, 40, 36))
    found = diagnosed(real, run)
    assert "would keep up" not in advice(run, found)
    assert "One more" not in advice(run, found)
