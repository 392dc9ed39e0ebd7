"""`pcsim lesson`: lists, shows and grades."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from pcsim.scenario import demos
from pcsim.scenario.file.writing import text_of_scenario
from pcsim.snapshot.exit_status import Exit
from tests.support.command import call


def test_lessons_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a terminal a lesson is printed: question, choices, what to try, task."""
    assert call("lesson") == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in listed] == list(demos.NAMES)
    for key in ("5", "deadlock"):
        assert call("lesson", key) == 0
        page = capsys.readouterr().out
        for part in ("Lesson 5: ", "Question: ", "  b  nothing", "Try: ", "Task: "):
            assert part in page


@pytest.mark.parametrize(("answer", "status"), [("b", 0), ("B ", 0), ("a", 1), ("x", 2), ("", 2)])
def test_an_answer_is_graded(
    answer: str,
    status: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From the command line and from stdin alike: 0 right, 1 wrong, 2 none of the choices."""
    for from_stdin in (False, True):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{answer}\n"))
        words = () if from_stdin else ("--answer", answer)
        assert call("lesson", "5", "--check", *words) == status
        out, err = capsys.readouterr()
        assert out.startswith(("Your answer is right. ", "Your answer is wrong. ", "")[status])
        assert bool(err) == (status == Exit.USAGE)
        assert err.count("\n") == (status == Exit.USAGE)


def test_a_solution_is_graded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario file: 0 where it solves the task, 1 where it does not."""
    demo = demos.find("basic")
    (consumer,) = demo.consumers
    file = tmp_path / "mine.toml"
    for time, status, begin in ((0.1, 0, "Solved: "), (0.2, 1, "Not yet: ")):
        mine = replace(demo, consumers=(replace(consumer, service_time=time),))
        file.write_text(text_of_scenario(mine))
        assert call("lesson", "1", "--check", "--solution", str(file)) == status
        assert capsys.readouterr().out.startswith(begin)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("0",), "no lesson '0' (1 to 9)"),
        (("\x1b[31m",), "no lesson"),
        (("--check",), "which lesson?"),
        (("1", "--answer", "a"), "go with --check"),
        (("1", "--check", "--answer", "a", "--solution", "x"), "not both"),
        (("1", "--check", "--solution", "missing.toml"), "cannot read 'missing.toml'"),
    ],
)
def test_wrong_usage_is_one_line(
    words: tuple[str, ...], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what would be right, with status 2."""
    assert call("lesson", *words) == Exit.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert problem in err
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_a_solution_that_never_ends_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line that names the file and what would be right."""
    demo = demos.find("basic")
    (producer,) = demo.producers
    file = tmp_path / "mine.toml"
    file.write_text(text_of_scenario(replace(demo, producers=(replace(producer, items=None),))))
    assert call("lesson", "1", "--check", "--solution", str(file)) == Exit.USAGE
    err = capsys.readouterr().err
    assert "mine.toml: the run does not end" in err
    assert err.count("\n") == 1
