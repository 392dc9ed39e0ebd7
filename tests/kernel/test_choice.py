"""What the kernel runs, what it leaves to the Python engine, and what is said of that."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pcsim import simulate
from pcsim.distributions import Distribution, Exponential
from pcsim.errors import ScenarioError, WorkerError
from pcsim.experiments.one_run import observe
from pcsim.kernel import choice
from pcsim.kernel.plan import REFUSALS, refusal
from pcsim.scenario import Overflow
from pcsim.scenario.changes import SetCapacity
from tests.support.small_scenarios import one_queue

SHOP = one_queue(Exponential(1.0), Exponential(0.5), items=200)


def test_a_scenario_that_changes_is_left_to_python(kernel: None) -> None:
    """And the result says so."""
    changing = replace(SHOP, changes=(SetCapacity("q", 5, at=10.0),))
    result = simulate(changing)
    assert (result.ran.kernel, result.ran.because) == (
        "python",
        "the scenario changes during the run",
    )


def test_what_is_asked_for_and_cannot_be_is_an_error(kernel: None) -> None:
    """It is not run in Python without a word."""
    changing = replace(SHOP, changes=(SetCapacity("q", 5, at=10.0),))
    with pytest.raises(ScenarioError, match="cannot be 'compiled' here: the scenario changes"):
        simulate(changing, kernel="compiled")
    with pytest.raises(ScenarioError, match="'auto', 'python' or 'compiled'"):
        simulate(SHOP, kernel="fast")  # type: ignore[arg-type]


def test_every_refusal_has_a_reason() -> None:
    """No two have the same."""
    assert len({one.because for one in REFUSALS}) == len(REFUSALS)
    assert all(one.because for one in REFUSALS)
    assert refusal(SHOP) == ""


def test_the_result_says_which_has_run(kernel: None) -> None:
    """Which is no part of the result: both are equal."""
    compiled, python = simulate(SHOP, kernel="compiled"), simulate(SHOP, kernel="python")
    assert compiled == python
    assert compiled.ran.kernel == "compiled"
    assert compiled.ran.because == ""
    assert (python.ran.kernel, python.ran.because) == ("python", "it was asked for")


def test_it_is_used_without_being_asked_for_once_it_is_there(kernel: None) -> None:
    """Whatever has built it."""
    simulate(SHOP, kernel="compiled")
    assert simulate(SHOP).ran.kernel == "compiled"


def test_a_variable_switches_it_off(kernel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """`PCSIM_KERNEL=0`."""
    simulate(SHOP, kernel="compiled")
    monkeypatch.setenv("PCSIM_KERNEL", "0")
    assert simulate(SHOP).ran.because == "PCSIM_KERNEL is 0"


def test_a_run_that_fails_has_the_error_of_the_python_engine(kernel: None) -> None:
    """With the item and the time; the kernel only knows that it fails."""
    failing = one_queue(0.1, 1.0, capacity=2, overflow=Overflow.FAIL, items=100)
    errors = []
    for which in ("python", "compiled"):
        with pytest.raises(WorkerError) as raised:
            simulate(failing, kernel=which)
        errors.append(str(raised.value))
    assert errors[0] == errors[1]


def test_a_run_that_is_over_before_its_warm_up_is_an_error(kernel: None) -> None:
    """The same on both."""
    errors = []
    for which in ("python", "compiled"):
        with pytest.raises(ScenarioError) as raised:
            simulate(replace(SHOP, warm_up=10_000.0), kernel=which)
        errors.append(str(raised.value))
    assert errors[0] == errors[1]


def test_one_observation_is_the_same(kernel: None) -> None:
    """The unit that others map over replications."""
    assert observe(SHOP, 3, "compiled") == observe(SHOP, 3, "python")


def test_an_error_of_a_law_is_raised(kernel: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C may come while numbers are drawn: it is not lost in the kernel."""

    def interrupted(*_: object) -> object:
        raise KeyboardInterrupt

    simulate(SHOP, kernel="compiled")
    monkeypatch.setattr(Exponential, "_block", interrupted)
    with pytest.raises(KeyboardInterrupt):
        simulate(SHOP, kernel="compiled")
    assert issubclass(Exponential, Distribution)


def test_the_number_of_items_is_that_of_the_run() -> None:
    """By its end or by what its producers make, whichever is less."""
    assert choice.items_of(one_queue(0.5, until=100.0, producers=2)) == 400.0
    assert choice.items_of(one_queue(0.5, until=100.0, items=30)) == 30.0
    assert choice.items_of(one_queue(0.0, until=100.0)) == float("inf")
