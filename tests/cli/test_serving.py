"""`pcsim serve` on the command line: what can be served, and what is refused in one line."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from pcsim.cli import serving
from pcsim.cli.scenario_files import UsageError
from pcsim.scenario.demos import DEMOS
from pcsim.snapshot.exit_status import Exit
from tests.support.command import call
from tests.support.scenario_files import demo_text

pytest.importorskip("aiohttp")
pytest.importorskip("textual_serve")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("nonsense",), "no demo 'nonsense'"),
        (("missing.toml",), "cannot read"),
        (("4711", "--own-run"), "goes with a scenario"),
        (("3", "--port", "0"), "--port"),
        (("3", "--host", "203.0.113.7"), "cannot listen at 203.0.113.7"),
    ],
)
def test_what_cannot_be_served_is_one_line(
    words: tuple[str, ...], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With exit status 2."""
    assert call("serve", *words) == Exit.USAGE
    out, err = capsys.readouterr()
    assert out == ""
    assert problem in err
    assert err.count("\n") == 1


def test_without_what_it_needs_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line with what to install."""
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.delitem(sys.modules, "pcsim.serve.server", raising=False)
    assert call("serve", "3") == Exit.USAGE
    assert "pip install 'pcsim[serve]'" in capsys.readouterr().err


def test_each_kind_has_its_own_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Known by what it is, not by how it is called."""
    monkeypatch.chdir(tmp_path)
    Path("my.toml").write_text(demo_text("basic"))
    sqlite3.connect("x.rec").executescript("create table one (a); ").close()
    for own_run in (False, True):
        for word in ("3", "back-pressure", "my.toml"):
            command = serving.command_of(word, own_run=own_run)
            assert command.words[0] == "tui"
            assert command.is_shared != own_run
            assert command.title == (DEMOS[2] if word != "my.toml" else DEMOS[0]).title
    for word, name in (("4711", "watch"), ("x.rec", "replay")):
        command = serving.command_of(word, own_run=False)
        assert (command.words[0], command.is_shared) == (name, False)
        with pytest.raises(UsageError, match="goes with a scenario"):
            serving.command_of(word, own_run=True)
