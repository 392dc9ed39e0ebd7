"""The commands about variants of a scenario print their results, or one line that is wrong."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pcsim.cli import main
from pcsim.scenario.file.writing import text_of_scenario
from tests.experiments.variants.shop import SHOP


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """The file of a shop."""
    file = tmp_path / "shop.toml"
    file.write_text(text_of_scenario(SHOP), "utf-8")
    return str(file)


def status_of(*words: str) -> int:
    """The exit status of a command line, in one process."""
    own = () if "--executor" in words or "--jobs" in words else ("--jobs", "1")
    with pytest.raises(SystemExit) as left:
        main([*words, *own])
    return int(left.value.code or 0)


def test_a_sweep_is_printed(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As a table, as JSON, and as CSV, all with the same numbers."""
    words = ("sweep", shop, "--vary", "clerk.count=1,2", "--replications", "2", "--measure", "loss")
    assert status_of(*words) == 0
    assert "run by run" in capsys.readouterr().out
    assert status_of(*words, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["settings"] for one in document["variants"]] == [
        {"clerk.count": 1},
        {"clerk.count": 2},
    ]
    assert status_of(*words, "--csv") == 0
    lines = capsys.readouterr().out.splitlines()
    assert float(lines[1].split(",")[1]) == document["variants"][0]["values"]["loss orders"]["mean"]


def test_what_if_is_printed(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With and without a change."""
    assert status_of("what-if", shop, "--replications", "2") == 0
    assert "one more clerk" in capsys.readouterr().out
    assert status_of("what-if", shop, "clerk.count=2", "--replications", "2", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["variants"][1]["differences"]["throughput"]["mean"] > 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sweep", "--vary", "clrk.count=1"), "did you mean 'clerk'?"),
        (("sweep", "--vary", "clerk.count=0"), "clerk.count: count of consumer 'clerk' must be"),
        (("sweep", "--vary", "clerk.count=1", "--precision", "x"), "is no share"),
        (("sweep", "--vary", "clerk.count=1", "--csv", "--json"), "give one of them"),
        (("sweep", "--vary", "clerk.count=1", "--measure", "wat"), "did you mean 'wait'?"),
        (("what-if", "clerk"), "is no PATH=VALUES"),
        (("what-if", "--executor", "head:8786"), "is no executor: try dask://host:8786, or"),
        (("what-if", "--executor", "nowhere:head"), "no module 'nowhere' "),
        (("what-if", "--executor", "ftp://head"), "is no address of a scheduler: try dask://"),
        (("what-if", "--executor", "os:nix"), "os has no 'nix'"),
        (("what-if", "--executor", "os:sep"), "os:sep is no function that makes an executor"),
        (("what-if", "--executor", "os:getcwd"), "must make a concurrent.futures.Executor"),
        (("what-if", "--executor", "os:getcwd", "--jobs", "2"), "which --executor replaces"),
    ],
)
def test_what_is_wrong_is_one_line(
    words: tuple[str, ...], message: str, shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And exit status 2, before anything runs."""
    assert status_of(words[0], shop, *words[1:]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert message in shown.err
    assert shown.err.count("\n") == 1


def test_a_sweep_in_which_all_fail_is_a_failure(
    shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 1, with the reason."""
    assert status_of("sweep", shop, "--vary", "orders.overflow=fail", "--replications", "2") == 1
    assert "failed: " in capsys.readouterr().out


def test_check_is_a_gate(shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 where all limits are met, 1 where one is not; JUnit's XML has a case for each."""
    assert status_of("check", shop, "--max-loss", "60%", "--min-throughput", "0.1") == 0
    assert "2 of 2 limits met" in capsys.readouterr().out
    report = tmp_path / "report.xml"
    words = ("check", shop, shop, "--max-loss", "10%", "--max-p99", "1h", "--json")
    assert status_of(*words, "--junit", str(report)) == 1
    lines = capsys.readouterr().out.splitlines()
    document = json.loads(lines[1])
    assert [one["verdict"] for one in document["limits"]] == ["held", "broken"]
    assert document["met"] is False
    suites = ElementTree.parse(report).getroot()  # noqa: S314 - our own
    assert [suite.get("failures") for suite in suites] == ["1", "1"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--junit", "x.xml"), "--junit goes with a limit"),
        (("--slo", "loss"), "is no limit"),
        (("--max-loss", "1%", "--junit", "/nowhere/x.xml"), "cannot write '/nowhere/x.xml'"),
        (("--max-loss", "1%", "--warm-up", "1h"), "warm_up must be"),
    ],
)
def test_a_gate_with_wrong_input_is_none(
    words: tuple[str, ...], message: str, shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, and one line."""
    assert status_of("check", shop, *words) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.err.count("\n") == 1


def test_a_function_that_makes_an_executor_is_named(
    shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it does is what one process does."""
    words = ("what-if", shop, "clerk.count=2", "--replications", "2")
    assert status_of(*words) == 0
    alone = capsys.readouterr().out
    assert status_of(*words, "--executor", "concurrent.futures:ThreadPoolExecutor") == 0
    assert capsys.readouterr().out == alone


def test_a_cluster_needs_dask(
    shop: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is not installed, one line says how to."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert status_of("what-if", shop, "--executor", "dask://head") == 2
    assert capsys.readouterr().err.endswith("not installed: pip install 'pcsim[dask]'\n")


def test_size_is_printed(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As text, as JSON and as CSV; exit status 1 where nothing meets the limits."""
    words = ("size", shop, "--vary", "clerk.count=1..4", "--max-loss", "5%", "--items", "500")
    assert status_of(*words) == 0
    assert "The cheapest that meets all limits with 95 % confidence" in capsys.readouterr().out
    assert status_of(*words, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["answer"]["certified"] is True
    assert status_of(*words, "--csv") == 0
    assert capsys.readouterr().out.startswith("clerk.count,cost,verdict,")
    hopeless = ("size", shop, "--vary", "clerk.count=1", "--slo", "loss < 1%", "--items", "500")
    assert status_of(*hopeless) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "there is no limit"),
        (("--slo", "loss<1%", "--cost", "clerk.count**2"), "is no number and no key"),
        (("--slo", "loss<1%", "--csv", "--json"), "give one of them"),
    ],
)
def test_a_question_of_sizing_that_makes_no_sense(
    words: tuple[str, ...], message: str, shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, and one line."""
    assert status_of("size", shop, "--vary", "clerk.count=1..4", *words) == 2
    shown = capsys.readouterr()
    assert message in shown.err
    assert shown.err.count("\n") == 1


def test_commands_keep_what_they_have_run(
    shop: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """In the user's cache, unless they are not to."""
    monkeypatch.setenv("PCSIM_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("PCSIM_CACHE")
    words = ("sweep", shop, "--vary", "clerk.count=1", "--replications", "2", "--until", "1h")
    taken = []
    for more in ("--json", "--json", "--no-cache"):
        assert status_of(*words, "--json", more) == 0
        taken.append(json.loads(capsys.readouterr().out)["from_cache"])
    assert taken == [0, 2, 0]
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_a_picture_is_refused_before_anything_is_simulated(
    shop: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of another kind, no matplotlib, no terminal: one line, exit status 2."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    words = ("sweep", shop, "--vary", "clerk.count=1,2", "--replications", "2")
    for more, problem in (
        (("--plot", "x.gif"), "must end in .svg, .png or .pdf"),
        (("--plot", "x.svg"), "pip install 'pcsim[plot]'"),
        (("--tui",), "--tui needs a terminal"),
    ):
        assert status_of(*words, *more) == 2
        said = capsys.readouterr()
        assert problem in said.err
        assert len(said.err.splitlines()) == 1
        assert not said.out
