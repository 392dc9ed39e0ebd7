"""`pcsim branch`: what would have come of a change at a moment of a virtual run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pcsim.scenario import Scenario
from pcsim.scenario.changes import AddWorkers
from tests.support.command import call

SHOP = """\
seed = 3
end = { time = 60 }
[queues]
orders = { capacity = 10 }
[producers.web]
queue = "orders"
interval = { distribution = "exponential", mean = 0.5 }
[consumers.clerk]
queue = "orders"
service_time = { distribution = "exponential", mean = 0.7 }
"""


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop with too few clerks, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    Path("shop.toml").write_text(SHOP, "utf-8")


def test_a_recording_and_its_scenario_have_the_same_branch(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The recording is the run of that scenario, so what follows the change is the same."""
    assert call("run", "shop.toml", "--engine", "virtual", "--record", "x.rec") == 0
    capsys.readouterr()
    printed = []
    for of in ("x.rec", "shop.toml"):
        assert call("branch", of, "--at", "0:20", "--change", "add clerk") == 0
        printed.append(capsys.readouterr().out.replace(of, "IT"))
    assert printed[0] == printed[1]
    assert "A IT  0:20.0–1:00" in printed[0]
    assert "more comes out of B" in printed[0]
    assert "add clerk at 0:20" in printed[0]
    assert "Up to 0:20.0 both are the same run, bit for bit." in printed[0]
    assert "no interval is known" in printed[0]


def test_replications_have_intervals_of_paired_differences(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As text and as JSON; the scenario of the branch is part of the document."""
    words = ("shop.toml", "--at", "20", "--change", "add clerk", "--replications", "4")
    assert call("branch", *words) == 0
    assert "95 % intervals of the differences between 4 pairs of runs" in capsys.readouterr().out
    assert call("branch", *words, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["basis"], found["replications"], found["at"]) == ("pairs", [4, 4], 20.0)
    out = found["measures"][0]
    assert out["measure"] == "out"
    assert out["verdict"] == "better"
    assert 0 < out["half_width"] < out["difference"]
    assert found["original"]["replications"] == found["branch"]["replications"] == 4
    assert Scenario.parse(found["scenario"]).changes == (AddWorkers("clerk", at=20.0),)


def test_a_branch_is_recorded_and_its_scenario_written(capsys: pytest.CaptureFixture[str]) -> None:
    """The recording of the branch branches again: what was changed in it is part of it."""
    words = ("branch", "shop.toml", "--at", "20s", "--change", "add clerk")
    assert call(*words, "--record", "y.rec", "-o", "y.toml") == 0
    err = capsys.readouterr().err
    assert "y.toml written" in err
    assert "next: pcsim replay y.rec" in err
    assert call("diff", "y.rec", "y.rec") == 0
    assert "The runs are alike" in capsys.readouterr().out
    assert Scenario.load("y.toml").changes == (AddWorkers("clerk", at=20.0),)
    assert call("branch", "y.rec", "--at", "40s", "--change", "remove clerk", "--json") == 0
    again = Scenario.parse(json.loads(capsys.readouterr().out)["scenario"])
    assert [one.what for one in again.changes] == ["add", "remove"]
    assert call(*words, "--record", "y.rec") == 2
    assert "there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("x.rec", "--at", "1", "--change", "add C"), "on threads, which is never the same twice"),
        (("none.rec", "--at", "1", "--change", "add C"), "none.rec"),
        (("shop.toml", "--at", "90", "--change", "add clerk"), "before the end, 1:00"),
        (("shop.toml", "--at", "soon", "--change", "add clerk"), "'soon' is not a time"),
        (("shop.toml", "--at", "9", "--change", "ad clerk"), "did you mean 'add'?"),
        (("shop.toml", "--at", "9", "--change", "add clark"), "did you mean 'clerk'?"),
        (("shop.toml", "--at", "9", "--change", "remove clerk"), "without a consumer"),
        (("shop.toml", "--at", "9"), "Missing option '--change'"),
        (("shop.toml", "--change", "add clerk"), "Missing option '--at'"),
    ],
)
def test_what_cannot_branch_is_one_line(
    words: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong, and what would be right; nothing is printed to stdout."""
    if words[0] == "x.rec":
        assert call("run", "1", "--record", "x.rec", "--items", "1") == 0
        capsys.readouterr()
    assert call("branch", *words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert "Traceback" not in err
