"""The scenario of the app: found once, and read again while the app is open."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pcsim.cli.app_scenario import open_scenario
from pcsim.cli.run_options import RunOptions
from pcsim.tui.choice import ReadError
from tests.support.terminal import Terminal

TEXT = """\
title = "Mine"
warm_up = 1
[queues.q]
capacity = 5
[producers.P]
queue = "q"
interval = 0.1
[consumers.C]
queue = "q"
service_time = 0.1
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my.toml"
    path.write_text(TEXT, "utf-8")
    return path


def test_a_file_is_read_again_with_the_same_options(file: Path) -> None:
    """An edited file is used; the options of the command still hold."""
    scenario, of_file = open_scenario(str(file), RunOptions(seed=7))
    file.write_text('title = "Edited"\n' + TEXT.replace("title", "# title", 1), "utf-8")
    again = of_file["read_again"]()
    assert (again.title, again.seed, scenario.seed) == ("Edited", 7, 7)
    assert scenario.title != "Edited"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (TEXT.replace("capacity", "capcity", 1), "unknown key 'capcity'"),
        ("= = =", ":1:"),
        (None, "No such file or directory"),
        (TEXT + "[end]\ntime = 0.5\n", "warm_up must be shorter than the run (0.5 s)"),
    ],
    ids=["wrong key", "no TOML", "deleted", "too short a run"],
)
def test_a_file_that_cannot_be_used_any_more_is_one_line(
    file: Path, text: str | None, problem: str
) -> None:
    """With the file and the key."""
    _, of_file = open_scenario(str(file), RunOptions())
    if text is None:
        file.unlink()
    else:
        file.write_text(text, "utf-8")
    with pytest.raises(ReadError) as error:
        of_file["read_again"]()
    line = str(error.value)
    assert "my.toml" in line or "warm_up" in line
    assert problem in line
    assert "\n" not in line


def test_a_demo_has_no_file() -> None:
    """There is nothing to read again."""
    assert open_scenario("2", RunOptions())[1] == {}


def test_a_scenario_on_stdin_is_kept_and_keys_come_from_the_terminal(file: Path) -> None:
    """It can be restarted, and gone back to after a demo."""
    line = f"{sys.executable} -m pcsim tui - < {file}"
    with Terminal(["bash", "-c", line]) as terminal:
        terminal.wait_for(b"Press s")
        terminal.press("\x10")  # ctrl+p: the palette
        terminal.wait_for(b"Drain: ")
        terminal.press("demo 3")
        terminal.wait_for(b"Fast producer")
        terminal.press("\r")
        terminal.wait_for(b"FastProducer")
        terminal.output = b""
        terminal.press("0")
        terminal.wait_for(b"Press s")
        terminal.press("r")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
