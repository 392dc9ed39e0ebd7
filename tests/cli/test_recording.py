"""`--record`, `pcsim replay` and `pcsim report`: what is printed, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import call


def run(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[str, str]:
    """Record demo 3 in virtual time; what was printed."""
    assert call("run", "3", "--engine", "virtual", "--record", "x.rec", *options) == 0
    out, err = capsys.readouterr()
    return out, err


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)


def test_the_report_of_a_recording_is_that_of_its_run(capsys: pytest.CaptureFixture[str]) -> None:
    """As text and as JSON, to the last character, and as often as it is asked for."""
    out, err = run(capsys)
    assert "x.rec: 0:06.3 recorded" in err
    assert "next: pcsim replay x.rec" in err
    for _ in range(2):
        assert call("report", "x.rec") == 0
        assert capsys.readouterr() == (out, "")
    Path("x.rec").unlink()
    out, _ = run(capsys, "--json")
    assert call("report", "x.rec", "--json") == 0
    assert json.loads(capsys.readouterr().out) == json.loads(out)


def test_a_moment_is_printed_as_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    """At the time that was asked for, written as on the screen or as a duration; as JSON, too."""
    run(capsys)
    for at in ("0:02.5", "2.5s", "2.5", "0:00:02.5"):
        assert call("replay", "x.rec", "--at", at) == 0
        assert "running after 2.5 s" in capsys.readouterr().out
    assert call("replay", "x.rec", "--at", "2.5", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["phase"], document["duration"]) == ("running", 2.5)
    assert call("replay", "x.rec", "--at", "9:99:99") == 0
    assert "finished after 6.3 s" in capsys.readouterr().out
    assert call("replay", "x.rec", "--at", "1:2:3:4") == 2
    assert "is no time, such as 0:11.8 or 11.8s" in capsys.readouterr().err


def test_nothing_that_is_there_is_written_over(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a recording nor another file, nor a folder; nothing runs."""
    run(capsys)
    before = Path("x.rec").read_bytes()
    Path("notes.txt").write_text("mine", "utf-8")
    for name, message in (
        ("x.rec", "x.rec is there already: a recording, which is not written over; give a new"),
        ("notes.txt", "notes.txt is there already, and is no recording: it is not written over"),
        (".", "is a folder; give the recording a name in it"),
        ("none/x.rec", "No such file or directory"),
    ):
        assert call("run", "3", "--record", name) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert message in err
        assert len(err.splitlines()) == 1
    assert Path("x.rec").read_bytes() == before
    assert Path("notes.txt").read_text("utf-8") == "mine"


def test_replications_are_not_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    """A recording is of one run."""
    words = ("--engine", "virtual", "--replications", "3", "--record", "x.rec")
    assert call("run", "3", *words) == 2
    assert "for a single run" in capsys.readouterr().err
    assert not Path("x.rec").exists()


def test_what_is_no_recording_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """By each command that reads one, with status 2."""
    Path("notes.txt").write_text("no database, and longer than a head\n", "utf-8")
    for words in (("replay", "notes.txt"), ("report", "notes.txt"), ("report", "none.rec")):
        assert call(*words) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert len(err.splitlines()) == 1
        assert words[1] in err


def test_a_system_of_ones_own_is_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    """`pcsim run CODE --record`: its report can be printed again."""
    Path("mine.py").write_text(
        "from pcsim import ProducerConsumerSystem\n"
        "system = ProducerConsumerSystem('Mine')\n"
        "system.add_queue('jobs', 2)\n"
        "system.add_producer('Feeder', range(5), 0.01, 'jobs')\n"
        "system.add_consumer('Worker', None, 0.01, None, 'jobs')\n",
        "utf-8",
    )
    assert call("run", "mine.py", "--record", "x.rec") == 0
    out, _ = capsys.readouterr()
    assert call("report", "x.rec") == 0
    assert capsys.readouterr().out == out


def test_two_recordings_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    """As text and as JSON; one that is not there is refused."""
    run(capsys)
    assert call("diff", "x.rec", "x.rec") == 0
    assert "The runs are alike" in capsys.readouterr().out
    assert call("diff", "x.rec", "x.rec", "--json") == 0
    assert json.loads(capsys.readouterr().out)["parting"] is None
    assert call("diff", "x.rec", "none.rec") == 2
    assert "none.rec: there is no such file" in capsys.readouterr().err


def test_a_recording_is_exported(capsys: pytest.CaptureFixture[str]) -> None:
    """Into files named after it, or as asked; a second time they are there already."""
    run(capsys)
    assert call("export", "x.rec", "--to", "perfetto") == 0
    assert capsys.readouterr().err == "x.perfetto.json written\n"
    assert call("export", "x.rec", "--to", "perfetto") == 2
    assert "x.perfetto.json: is there already" in capsys.readouterr().err
    assert call("export", "x.rec", "--to", "csv", "-o", "out") == 0
    assert Path("out-queues.csv").is_file()
