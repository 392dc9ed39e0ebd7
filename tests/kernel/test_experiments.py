"""Experiments run in the kernel, or in Python where that is asked for; both do the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from pcsim.cli import main
from pcsim.errors import ScenarioError
from pcsim.experiments.variants.asking import what_if
from pcsim.experiments.variants.check_text import document_of_check, text_of_check
from pcsim.experiments.variants.checking import check
from pcsim.experiments.variants.sweep_text import document_of_sweep, text_of_sweep
from pcsim.experiments.variants.sweeping import sweep
from pcsim.scenario.changes import SetCapacity
from pcsim.scenario.file.writing import text_of_scenario
from tests.experiments.variants.shop import SHOP

pytestmark = pytest.mark.usefixtures("kernel")

CHANGING = replace(SHOP, changes=(SetCapacity("orders", 5, at=10.0),))
BECAUSE = "the scenario changes during the run"


def test_a_sweep_is_the_same_in_both() -> None:
    """Its rows, and those of a question; a found warm-up, too."""
    found = [sweep(SHOP, ["clerk.count=1,2"], replications=4, items=500, warm_up="auto", kernel=one)
             for one in ("compiled", "python")]  # fmt: skip
    assert found[0].rows == found[1].rows
    assert [one.ran.kernel for one in found] == ["compiled", "python"]
    assert found[1].ran.because == "it was asked for"
    asked = [what_if(SHOP, replications=4, items=500, kernel=one) for one in ("compiled", "python")]
    assert asked[0].rows == asked[1].rows
    assert document_of_sweep(asked[0])["kernel"] == {"name": "compiled", "because": None}


def test_a_scenario_that_it_cannot_run_is_said_to_take_longer() -> None:
    """In the text of a sweep and of a check; what depends on the machine is in the JSON alone."""
    swept = sweep(CHANGING, ["clerk.count=1,2"], replications=2, items=200)
    assert BECAUSE in " ".join(text_of_sweep(swept).split())
    tested = check(CHANGING, "throughput > 0.1/s", replications=4, items=200)
    assert BECAUSE in " ".join(text_of_check(tested, "x").split())
    assert document_of_check(tested, "x")["kernel"] == {"name": "python", "because": BECAUSE}
    python = sweep(SHOP, ["clerk.count=1,2"], replications=2, items=200, kernel="python")
    assert "kernel" not in text_of_sweep(python)


def test_what_is_asked_for_and_cannot_be_is_an_error_before_any_run() -> None:
    """Not a failure of each variant."""
    with pytest.raises(ScenarioError, match=f"cannot be 'compiled' here: {BECAUSE}"):
        sweep(CHANGING, ["clerk.count=1,2"], items=200, kernel="compiled")
    with pytest.raises(ScenarioError, match="'auto', 'python' or 'compiled'"):
        sweep(SHOP, ["clerk.count=1,2"], items=200, kernel="fast")  # type: ignore[arg-type]


@pytest.mark.parametrize("command", [
    ["sweep", "--vary", "clerk.count=1,2", "--replications", "2"],
    ["what-if", "clerk.count=2", "--replications", "2"],
    ["check", "--slo", "throughput > 0.1/s", "--replications", "4"],
    ["size", "--vary", "clerk.count=1,2", "--slo", "throughput > 0.1/s"],
])  # fmt: skip
def test_the_commands_have_a_choice(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And their JSON says which it was."""
    file = tmp_path / "shop.toml"
    file.write_text(text_of_scenario(SHOP), "utf-8")
    for kernel in ("python", "compiled"):
        words = [command[0], str(file), *command[1:], "--jobs", "1", "--items", "300", "--json"]
        with pytest.raises(SystemExit):
            main([*words, "--kernel", kernel])
        assert json.loads(capsys.readouterr().out)["kernel"]["name"] == kernel
