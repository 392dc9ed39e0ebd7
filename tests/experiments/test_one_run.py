"""One run is a function of its scenario and its number, wherever it is carried out."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from msgspec.structs import replace

from pcsim.analysis.replications import Basis, combined
from pcsim.experiments.one_run import observe
from pcsim.experiments.simulate import simulate
from pcsim.scenario import End
from pcsim.scenario.long_run import long_run
from tests.support.small_scenarios import markovian

SCENARIO = replace(markovian(0.8), end=End(200.0), warm_up=20.0)


def test_an_observation_can_be_pickled() -> None:
    """What an executor sends back is what was measured."""
    observation = observe(SCENARIO)
    assert repr(pickle.loads(pickle.dumps(observation))) == repr(observation)  # noqa: S301 - our own; nan is not nan


def test_the_order_of_replications_does_not_matter() -> None:
    """Nothing of one run is left over for the next."""
    forwards = [observe(SCENARIO, number) for number in (0, 1, 2)]
    backwards = [observe(SCENARIO, number) for number in (2, 1, 0)]
    assert repr(forwards) == repr(backwards[::-1])
    assert repr(forwards[0]) != repr(forwards[1])


def test_other_processes_observe_what_simulate_does() -> None:
    """An executor that maps it over replications has the same result."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh) as executor:
        observations = list(executor.map(partial(observe, SCENARIO), range(3)))
    basis = Basis(relaxation=long_run(SCENARIO).relaxation)
    assert combined(observations, basis) == simulate(SCENARIO, replications=3).measured
