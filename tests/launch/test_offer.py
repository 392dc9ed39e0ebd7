"""What the picker finds: scenario files and recordings here and below, and lessons done."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pcsim.launch import around
from pcsim.launch.lessons_done import keep_done, lessons_done
from pcsim.launch.offer import Offer, age
from pcsim.scenario.file import starter
from pcsim.scenario.file.decode import LARGEST_FILE
from pcsim.tui.picker.entries import Entry, Section
from tests.support.scenario_files import demo_text


def offered(folder: Path, section: Section) -> list[Entry]:
    """The entries of that section."""
    offer = Offer(folder)
    return [one for one in offer.entries() if one.section is section]


def test_scenario_files_are_found_here_and_below_the_newest_first(tmp_path: Path) -> None:
    """Not those of hidden folders and of environments, nor TOML files of other kinds."""
    places = {
        "new.toml": 30,
        "a/b/c/old.toml": 10,
        ".hidden/no.toml": 40,
        "venv/no.toml": 40,
        "node_modules/no.toml": 40,
        "1/2/3/4/5/deep.toml": 40,
    }
    for place, written in places.items():
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(demo_text("shared"))
        os.utime(path, (written, written))
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    (tmp_path / "huge.toml").write_text(starter() + "#" * LARGEST_FILE)
    found = offered(tmp_path, Section.FILES)
    assert [one.key for one in found] == ["new.toml", str(Path("a", "b", "c", "old.toml"))]
    assert found[0].text == "1 queue, 5 workers"


def test_a_file_with_mistakes_is_shown_with_the_first_and_their_number(tmp_path: Path) -> None:
    """A mended one is read anew."""
    path = tmp_path / "my.toml"
    path.write_text(starter().replace("capacity = 20", "capacity = 0", 1) + "\nunknown = 1\n")
    (entry,) = offered(tmp_path, Section.FILES)
    assert entry.is_wrong
    assert "line " in entry.note
    preview = Offer(tmp_path)
    preview.entries()
    assert any("cannot be run" in text for line in preview.preview(entry, 60) for text, _ in line)
    path.write_text(starter())
    os.utime(path, (1, 1))
    (entry,) = offered(tmp_path, Section.FILES)
    assert not entry.is_wrong


def test_names_of_files_reach_no_terminal_as_escapes(tmp_path: Path) -> None:
    """They are shown escaped, and open what they name."""
    (tmp_path / "\x1b[31mred.toml").write_text(demo_text("basic"))
    (entry,) = offered(tmp_path, Section.FILES)
    assert "\x1b" not in entry.name + entry.text + entry.note
    assert (tmp_path / entry.key).exists()


def test_recordings_are_known_by_what_they_are(tmp_path: Path) -> None:
    """Other files of that name are not offered."""
    (tmp_path / "no.rec").write_bytes(b"something else")
    (tmp_path / "empty.rec").touch()
    assert offered(tmp_path, Section.RECORDINGS) == []


def test_a_walk_ends_however_much_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that cannot be read, and links in a circle, do no harm."""
    monkeypatch.setattr(around, "MOST_SEEN", 50)
    for number in range(100):
        (tmp_path / f"{number:03}.toml").write_text(demo_text("basic"))
    (tmp_path / "000-circle").symlink_to(tmp_path)
    assert 40 <= len(offered(tmp_path, Section.FILES)) <= 50
    assert offered(tmp_path / "missing", Section.FILES) == []


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "now"), (59, "now"), (60, "1 min ago"), (7_199, "1 h ago"), (172_800, "2 days ago")],
)
def test_an_age_is_said_in_one_unit(
    seconds: float, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole ones."""
    monkeypatch.setattr("pcsim.launch.offer.time.time", lambda: 1_000_000.0)
    assert age(1_000_000.0 - seconds) == text


def test_lessons_done_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the same is once; a file that is none, or cannot be written, is as good as empty."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert lessons_done() == frozenset()
    for name in ("basic", "shared", "basic"):
        keep_done(name)
    assert lessons_done() == {"basic", "shared"}
    first, second, third = Offer(tmp_path, lessons_done()).first()[:3]
    assert (first.is_done, second.is_done, third.is_done) == (True, True, False)
    file = tmp_path / "pcsim" / "lessons.json"
    assert json.loads(file.read_text()) == {"done": ["basic", "shared"]}
    for text in ("", "[]", '{"done": 3}', '{"done": [3, "unknown"]}', "\x00"):
        file.write_text(text)
        assert lessons_done() == frozenset()
    file.unlink()
    file.parent.rmdir()
    file.parent.touch()
    keep_done("basic")
    assert lessons_done() == frozenset()
