"""What `pcsim` without a command does with what was picked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pcsim.cli import picking
from pcsim.cli.scenario_files import UsageError
from pcsim.tui.picker.entries import Entry, Picked, Section, Way

FILE = Entry(Section.FILES, "-my.toml", "-my.toml")


@pytest.fixture
def picks(monkeypatch: pytest.MonkeyPatch) -> list[Picked | None]:
    """What is picked, one after the other."""
    picked: list[Picked | None] = []
    each: Iterator[Picked | None] = iter(picked)
    monkeypatch.setattr("pcsim.launch.app.check_terminal", lambda: None)
    monkeypatch.setattr("pcsim.launch.app.picked", lambda **_: (next(each), 0))
    return picked


def test_each_kind_is_opened_as_by_its_own_command(
    picks: list[Picked | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lesson with its question, a program by its number, a recording, a file; or nothing."""
    opened: list[tuple[str, Any, tuple[Any, ...], dict[str, Any]]] = []

    def note(name: str, status: int) -> Callable[..., int]:
        def open_it(first: Any, *rest: Any, **more: Any) -> int:
            opened.append((name, first, rest, more))
            return status

        return open_it

    monkeypatch.setattr("pcsim.launch.app.run_app", note("run", 3))
    monkeypatch.setattr("pcsim.cli.watching.show", note("watch", 4))
    monkeypatch.setattr("pcsim.cli.recording.replay", note("replay", 5))
    picks += [
        Picked(Entry(Section.LESSONS, "5", "5 deadlock"), Way.VIRTUAL),
        Picked(Entry(Section.PROGRAMS, "4711", "4711 x.py")),
        Picked(Entry(Section.RECORDINGS, "x.rec", "x.rec")),
        None,
    ]
    assert [picking.pick_and_open() for _ in picks] == [3, 4, 5, 0]
    lesson, program, recording = opened
    assert lesson[0] == "run"
    assert lesson[1].name == "deadlock"
    assert lesson[2] == ("virtual",)
    assert lesson[3]["lesson"].demo == "deadlock"
    assert program[:3] == ("watch", 4711, ())
    assert recording[:3] == ("replay", "x.rec", ())


def test_the_list_comes_back_from_whatever_it_has_opened(
    picks: list[Picked | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice, with the cursor where it was; what is left for good ends it with its own status."""
    befores: list[Picked | None] = []
    each = iter(picks)

    def picked(before: Picked | None) -> tuple[Picked | None, int]:
        befores.append(before)
        return next(each), 0

    def back(*_: Any, to_list: Callable[[], None], **__: Any) -> int:
        to_list()
        return 0

    monkeypatch.setattr("pcsim.launch.app.picked", picked)
    monkeypatch.setattr("pcsim.launch.app.run_app", back)
    monkeypatch.setattr("pcsim.cli.watching.show", back)
    monkeypatch.setattr("pcsim.cli.recording.replay", lambda *_, **__: 5)
    lesson = Picked(Entry(Section.LESSONS, "5", "5 deadlock"))
    program = Picked(Entry(Section.PROGRAMS, "4711", "4711 x.py"))
    recording = Picked(Entry(Section.RECORDINGS, "x.rec", "x.rec"))
    picks += [lesson, program, lesson, recording, None]
    assert picking.pick_and_open() == 5
    assert befores == [None, lesson, program, lesson]


def test_a_file_is_edited_and_the_picker_comes_back(
    picks: list[Picked | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the options of the editor; a name that begins as an option does is a name."""
    monkeypatch.chdir(tmp_path)
    Path("-my.toml").touch()
    code = "import sys; open(sys.argv[1], 'a').write('edited')"
    monkeypatch.setenv("VISUAL", " ")
    monkeypatch.setenv("EDITOR", f'{sys.executable} -c "{code}"')
    picks += [Picked(FILE, Way.EDIT), Picked(FILE, Way.EDIT), None]
    assert picking.pick_and_open() == 0
    assert Path("-my.toml").read_text() == "editededited"


@pytest.mark.parametrize("editor", ["/nowhere/\x1b[31meditor", '"', "\\"])
def test_an_editor_that_cannot_be_started_is_one_line(
    editor: str, picks: list[Picked | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what to set."""
    monkeypatch.setenv("VISUAL", editor)
    picks.append(Picked(FILE, Way.EDIT))
    with pytest.raises(UsageError, match=r"cannot start the editor .* set EDITOR") as refused:
        picking.pick_and_open()
    assert "\x1b" not in str(refused.value)
