"""`pcsim check`, `new` and `schema`, and scenario files for `run` and `tui`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from pcsim.launch.app import NO_TERMINAL
from pcsim.scenario.file import starter
from pcsim.scenario.file.schema import schema
from pcsim.snapshot.exit_status import Exit
from tests.support.command import call

SOUND = """\
[queues]
main = { capacity = 2 }
[producers.P]
queue = "main"
interval = 0.001
items = 3
[consumers.C]
queue = "main"
service_time = 0
"""


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files have short names there."""
    monkeypatch.chdir(tmp_path)


def test_valid_file_is_reported_as_ok(capsys: pytest.CaptureFixture[str]) -> None:
    """One line on stdout, counts included, and 0."""
    Path("my.toml").write_text(SOUND + "count = 3\n[producers.Q]\nqueue = 'main'\nitems = 1\n")
    assert call("check", "my.toml") == Exit.DONE
    assert capsys.readouterr() == ("my.toml: ok: 2 producers, 1 queue, 3 consumers\n", "")
    Path("my.toml").write_text(starter())
    assert call("check", "my.toml") == Exit.DONE
    out, err = capsys.readouterr()
    assert out == "my.toml: ok: 1 producer, 3 queues, 2 stages, 4 consumers\n"
    assert err == ""
    letters = "on_error = { retries = 1, dead_letter = 'dead' }\n[queues.dead]\n"
    keeper = "[consumers.D]\nqueue = 'dead'\n"
    Path("my.toml").write_text(SOUND + letters + keeper)  # a consumer, though it puts its dead
    assert call("check", "my.toml") == Exit.DONE
    assert capsys.readouterr().out == "my.toml: ok: 1 producer, 2 queues, 2 consumers\n"


def test_all_that_is_wrong_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with file and line, as editors read it, for `check`, `run` and `tui`."""
    Path("my.toml").write_text(SOUND.replace("2", "0") + "servce_time = 1\n")
    for command in ("check", "run", "tui"):
        assert call(command, "my.toml") == Exit.USAGE
        out, err = capsys.readouterr()
        assert out == ""
        assert err == (
            "my.toml:2: capacity of queue 'main' must be a whole number from 1 to 1,000,000,000,"
            " not 0\n"
            "my.toml:10: unknown key 'servce_time' of consumer 'C'; did you mean 'service_time'?\n"
        )


def test_warnings_go_to_stderr_and_the_file_is_still_valid(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """At the line of the queue."""
    Path("my.toml").write_text(SOUND.replace("items = 3\n", "").replace("time = 0", "time = 1"))
    assert call("check", "my.toml") == Exit.DONE
    out, err = capsys.readouterr()
    assert out == "my.toml: ok: 1 producer, 1 queue, 1 consumer\n"
    assert err == (
        "my.toml:2: warning: queue 'main' will fill: 1 k/s arrive, its consumer handles 1/s;"
        " saturated: its producers will then wait\n"
    )


def test_file_is_run_by_its_path(capsys: pytest.CaptureFixture[str]) -> None:
    """With a slash, or ending in .toml; its own name is that of the run."""
    Path("my.toml").write_text(SOUND)
    Path("other").write_text(SOUND)
    for file in ("my.toml", "./my.toml", "./other"):
        assert call("run", file, "--json") == Exit.DONE
        document = json.loads(capsys.readouterr().out)
        assert "P" in json.dumps(document)
    assert call("--demo", "my.toml", "--json") == Exit.DONE
    assert call("run", "other") == Exit.USAGE
    assert call("tui", "my.toml") == Exit.USAGE
    assert capsys.readouterr().err.splitlines()[-1] == f"pcsim: {NO_TERMINAL}"


def test_app_does_not_open_on_a_run_whose_time_would_stand_still(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In the words of a run without a screen; on threads it goes on for ever, and may be seen."""
    Path("ring.toml").write_text(
        '[queues]\na = {}\nb = {}\n[producers.P]\nqueue = "a"\n[consumers]\n'
        'S = { queue = "a", service_time = 0, output = "b" }\n'
        'T = { queue = "b", service_time = 0, output = "a" }\n'
    )
    message = "items go round and round in no time: give one of S, T"
    for command in ("run", "tui"):
        assert call(command, "ring.toml", "--engine", "virtual") == Exit.USAGE
        assert capsys.readouterr().err == f"pcsim: {message} a service time\n"
    assert call("tui", "ring.toml") == Exit.USAGE
    assert capsys.readouterr().err == f"pcsim: {NO_TERMINAL}\n"
    assert call("check", "ring.toml") == Exit.DONE
    assert "ring.toml:7: warning: items go round and round in no time" in capsys.readouterr().err


def test_new_writes_a_valid_file(capsys: pytest.CaptureFixture[str]) -> None:
    """To stdout, or into a file."""
    assert call("new") == Exit.DONE
    assert capsys.readouterr() == (starter(), "")
    assert call("new", "my.toml") == Exit.DONE
    assert capsys.readouterr() == ("", "my.toml written; next: pcsim check my.toml\n")
    assert Path("my.toml").read_text() == starter()
    assert call("check", "my.toml") == Exit.DONE


def test_new_never_overwrites(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever is there: one line, and 2."""
    Path("my.toml").write_text("mine")
    Path("gone").symlink_to("nowhere")
    Path("folder").mkdir()
    for name in ("my.toml", "gone", "folder"):
        assert call("new", name) == Exit.USAGE
        assert capsys.readouterr() == ("", f"pcsim: '{name}' already exists\n")
    assert Path("my.toml").read_text() == "mine"
    assert not Path("nowhere").exists()


def test_schema_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Ready to be saved for an editor."""
    assert call("schema") == Exit.DONE
    out, err = capsys.readouterr()
    assert json.loads(out) == schema()
    assert err == ""


def test_hostile_file_name_is_shown_safely(capsys: pytest.CaptureFixture[str]) -> None:
    """On stdout as well."""
    Path("\x1b[31m.toml").write_text(SOUND)
    assert call("check", "\x1b[31m.toml") == Exit.DONE
    assert capsys.readouterr().out.startswith("\\e[31m.toml: ok: ")


def test_a_line_has_the_spaces_of_the_names_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Two names that differ by a space alone are shown differently."""
    text = SOUND.replace("main =", '"a b" =').replace('queue = "main"', 'queue = "a b"')
    Path("my.toml").write_text(text.replace('queue = "a b"', 'queue = "a  b"', 1))
    assert call("check", "my.toml") == Exit.USAGE
    message = "queue of producer 'P' names an unknown queue 'a  b'; did you mean 'a b'?"
    assert capsys.readouterr().err == f"my.toml:4: {message}\n"


def test_several_files_are_checked_whatever_is_wrong_with_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each has its line; the status is that of the worst."""
    Path("good.toml").write_text(SOUND)
    Path("bad.toml").write_text(SOUND + "servce_time = 1\n")
    assert call("check", "bad.toml", "missing.toml", "good.toml") == Exit.USAGE
    out, err = capsys.readouterr()
    assert out == "good.toml: ok: 1 producer, 1 queue, 1 consumer\n"
    first, second = err.splitlines()
    assert first.startswith("bad.toml:10: unknown key 'servce_time'")
    assert second == "pcsim: cannot read 'missing.toml': No such file or directory"
    assert call("check", "good.toml", "good.toml") == Exit.DONE


def test_a_scenario_may_come_from_stdin(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For `check` and `run`, with its mistakes by line."""
    for words, text, status, shown in (
        (["check", "-"], SOUND, Exit.DONE, "stdin: ok: 1 producer, 1 queue, 1 consumer"),
        (["run", "-", "--engine", "virtual"], SOUND, Exit.DONE, "3 produced = 3 consumed"),
        (["check", "-"], SOUND + "x = 1\n", Exit.USAGE, "stdin:10: unknown key 'x'"),
        (["run", "-"], SOUND + "x = 1\n", Exit.USAGE, "stdin:10: unknown key 'x'"),
    ):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        assert call(*words) == status
        out, err = capsys.readouterr()
        assert shown in out + err
