"""Recordings: what was added is read again, and what is no recording is refused in one line."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from pcsim.recording import program as recording
from pcsim.recording.container import RecordingError
from pcsim.recording.program import (
    Item,
    Program,
    QueueFacts,
    Recorder,
    ThreadFacts,
    Wait,
)
from pcsim.recording.reader import Reader
from tests.recording.runs import record

PROGRAM = Program("crawl.py --all", 4711, "3.11.7", 1.7e9, 60.0, 2, True, 600, 90, 3)
QUEUES = (QueueFacts(1, "urls", "Queue", None, 2), QueueFacts(2, "pages", "LifoQueue", 8))
THREADS = (ThreadFacts(7, "fetcher-1", "fetcher", 1.5, 0.25), ThreadFacts(8, "parser"))
ITEMS = (Item(1, 0.0, None, 0.5, 7), Item(2, 0.6, 7, 0.75, 8), Item(2, 0.4, 7))
WAITS = (Wait(8, 2, "empty", 0.0, 0.75), Wait(7, 2, "full", 0.5, 0.8))


def written(path: Path) -> Path:
    with Recorder(path) as recorder:
        recorder.add(ITEMS[:1], WAITS[:1])
        recorder.add(ITEMS[1:], WAITS[1:])
        recorder.describe(PROGRAM, QUEUES, THREADS)
    return path


def test_what_was_recorded_is_read_again(tmp_path: Path) -> None:
    """Every value is the same, and nothing lies beside the file once it is closed."""
    path = written(tmp_path / "crawl.rec")
    assert recording.read(path) == (PROGRAM, QUEUES, THREADS, ITEMS, WAITS)
    assert [each.name for each in tmp_path.iterdir()] == ["crawl.rec"]


def test_a_recording_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    """What was added is there before the end, as after the writer was killed."""
    path = tmp_path / "crawl.rec"
    recorder = Recorder(path)
    recorder.describe(PROGRAM, QUEUES, THREADS)
    recorder.add(ITEMS, WAITS)
    assert recording.read(path).items == ITEMS
    recorder.add([Item(2, 1.0, 7, 1.5, 8)], [])
    assert len(recording.read(path).items) == 4
    recorder.close()


def test_the_last_description_counts(tmp_path: Path) -> None:
    """Queues and threads that came later are in it."""
    path = tmp_path / "crawl.rec"
    with Recorder(path) as recorder:
        recorder.describe(Program(), QUEUES[:1], [])
        recorder.describe(PROGRAM, QUEUES, THREADS)
    assert recording.read(path)[:3] == (PROGRAM, QUEUES, THREADS)


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    """A second recording of the same name leaves the first as it is."""
    path = written(tmp_path / "crawl.rec")
    with pytest.raises(RecordingError, match="is there already"):
        Recorder(path)
    assert recording.read(path).items == ITEMS


def damaged(*statements: str) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        written(path)
        base = sqlite3.connect(path)
        for statement in statements:
            base.execute(statement)
        base.commit()
        base.close()

    return damage


def cut(path: Path) -> None:
    data = written(path).read_bytes()
    path.write_bytes(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda _: None, "there is no such file"),
        (lambda path: path.mkdir(), "is a folder; a recording is a file"),
        (lambda path: path.write_bytes(b""), "is empty; a recording is made with --record"),
        (lambda path: path.write_text("title = 'a scenario'" * 50), "is not a recording of pcsim"),
        (cut, "is damaged"),
        (damaged("pragma user_version = 3"), "of version 3; this pcsim reads 1 to 2"),
        (damaged("delete from program"), "its recording did not end"),
        (damaged("drop table waits"), "is damaged"),
        (damaged("update items set queue = 3"), "is damaged"),
        (damaged("update items set put_by = 3"), "is damaged"),
        (damaged("update items set got_at = 'noon'"), "is damaged"),
        (damaged("update items set put_at = 9e999"), "is damaged"),
        (damaged("update waits set reason = 'lunch'"), "is damaged"),
        (damaged("update items set got_at = null"), "is damaged"),
        (damaged("update waits set ended = null"), "is damaged"),
        (damaged("update waits set thread = null"), "is damaged"),
    ],
)
def test_what_is_no_recording_is_refused_in_one_line(
    make: Callable[[Path], None], problem: str, tmp_path: Path
) -> None:
    """The message names the file and what is wrong with it, and the file stays as it is."""
    path = tmp_path / "some\x1b[31m.rec"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(RecordingError) as raised:
        recording.read(path)
    text = str(raised.value)
    assert problem in text
    assert ".rec" in text
    assert text.isprintable()
    assert before == (path.read_bytes() if path.is_file() else b"")


def test_more_than_can_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as the limit are read, one more is not."""
    path = written(tmp_path / "crawl.rec")
    monkeypatch.setattr(recording, "MOST_ROWS", 3)
    assert recording.read(path).waits == WAITS
    monkeypatch.setattr(recording, "MOST_ROWS", 2)
    with pytest.raises(RecordingError, match="3 items, more than the 2 that can be read"):
        recording.read(path)


def test_one_of_the_version_before_is_fitted_and_has_nothing_to_replay(tmp_path: Path) -> None:
    """It had items and waits alone: `read` takes it, and a replay is refused in one line."""
    path = written(tmp_path / "old.rec")
    base = sqlite3.connect(path)
    for table in ("about", "blocks", "names", "frames", "events", "marks", "ending"):
        base.execute(f"drop table {table}")
    base.execute("pragma user_version = 1")
    base.commit()
    base.close()
    assert recording.read(path) == (PROGRAM, QUEUES, THREADS, ITEMS, WAITS)
    with pytest.raises(RecordingError, match="an older pcsim and has no frames to replay"):
        Reader(path)


def test_a_recording_of_a_run_is_not_fitted(tmp_path: Path) -> None:
    """It has its scenario: one line says so."""
    record(tmp_path / "x.rec")
    with pytest.raises(RecordingError, match="has a scenario already"):
        recording.read(tmp_path / "x.rec")
