"""`pcsim fit`: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from pcsim.recording.program import Recorder, Recording, read
from pcsim.scenario import Scenario
from pcsim.watch.fitting import fit
from tests.support.command import call
from tests.watch.machine import Machine, consumer, exponential, producer


def shop(until: float = 60.0) -> Recording:
    """Customers, and clerks who keep up with them."""
    machine = Machine({1: None})
    machine.thread("shop\x1b[31m", producer(exponential(0.1, 1), 1))
    for number in range(2):
        machine.thread(f"clerk-{number}", consumer(exponential(0.12, 10 + number), 1))
    return machine.run(until)


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recording in the current folder."""
    monkeypatch.chdir(tmp_path)
    return save(shop(), Path("shop.rec"))


def save(recording: Recording, path: Path) -> Path:
    with Recorder(path) as recorder:
        recorder.add(recording.items, recording.waits)
        recorder.describe(recording.program, recording.queues, recording.threads)
    return path


def test_a_fit_is_printed_with_its_self_check(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Groups with their times, then each queue as it was recorded and as it was simulated."""
    assert call("fit", str(recorded)) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "clerk" in out
    assert "queue 1" in out
    assert out.endswith("The scenario repeats what was recorded.\n")
    assert "\x1b" not in out


def test_changes_are_answered_one_by_one(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with the throughput before and after, and what limits it."""
    assert call("fit", str(recorded), "--what-if", "clerk=3", "--what-if", "queue 1=50") == 0
    out = capsys.readouterr().out
    assert "With clerk = 3 instead of 2: " in out
    assert "With queue 1 = 50 instead of no limit: " in out
    assert out.count("The system itself is the limit") == 2


def test_a_fitted_scenario_is_written_with_its_times(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The files are the scenario that was fitted, and what was there is not written over."""
    assert call("fit", str(recorded), "-o", "shop.toml") == 0
    assert capsys.readouterr().err == "shop.toml, shop-shop-31m.csv, shop-clerk.csv written\n"
    written, fitted = Scenario.load("shop.toml"), fit(read(recorded)).scenario
    assert written.end == fitted.end
    for one, other in zip(written.workers, fitted.workers, strict=True):
        assert (one.name, one.inputs, one.outputs) == (other.name, other.inputs, other.outputs)
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    assert call("fit", str(recorded), "-o", "shop.toml") == 2
    assert "shop.toml: is there already" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before


def test_nothing_is_left_of_files_that_could_not_all_be_written(recorded: Path) -> None:
    """A CSV file of that name, of something else, stays as it is, and there is no scenario."""
    Path("shop-clerk.csv").write_text("mine")
    assert call("fit", str(recorded), "-o", "shop.toml") == 2
    assert sorted(path.name for path in Path().iterdir()) == ["shop-clerk.csv", "shop.rec"]
    assert Path("shop-clerk.csv").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["none.rec"], "none.rec: there is no such file"),
        (["shop.rec", "--what-if", "baker=2"], "there is no 'baker': 'shop\\x1b[31m', 'clerk' or"),
        (["shop.rec", "--what-if", "clerk"], "'clerk' is not NAME=NUMBER, as in parser=4"),
        (["shop.rec", "--what-if", "=3"], "'=3' is not NAME=NUMBER"),
        (["shop.rec", "--what-if", "clerk=0"], "0 is not in the range 1 or more"),
        (["shop.rec", "--what-if", "clerk=many"], "'many' is not a valid whole number"),
        (["shop.rec", "--what-if", "clerk=10001"], "'clerk' cannot be 10,001"),
        (["shop.rec", "-o", "none/shop.toml"], "none/shop.toml: No such file"),
        (["short.rec"], "record for longer"),
        (["empty.rec"], "nothing was taken from a queue"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: list[str], problem: str, recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what would be right; the exit status is 2."""
    save(shop(1.0), Path("short.rec"))
    save(shop()._replace(items=(), waits=()), Path("empty.rec"))
    assert call("fit", *words) == 2
    err = capsys.readouterr().err
    assert problem in err
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_no_what_if_is_answered_where_the_fit_does_not_repeat(
    recorded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without its waits, a recording seems to be of clerks who always work; exit status 1."""
    save(shop()._replace(waits=()), Path("busy.rec"))
    assert call("fit", "busy.rec", "--what-if", "clerk=3") == 1
    out, err = capsys.readouterr()
    assert "does not repeat what was recorded: queue 1 (wait)" in out
    assert "instead of" not in out
    assert err.count("\n") == 1
