"""Damaged recordings: whatever lies in the file, one clear line and never another error."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from pcsim.recording.container import RecordingError
from pcsim.recording.reader import Reader
from tests.recording.runs import record

PAGE = 4096
FLIPS = 250


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a recording."""
    path = tmp_path_factory.mktemp("sound") / "x.rec"
    record(path)
    return path.read_bytes()


def read_all(path: Path) -> str:
    """Read a recording in every way; the message where that is refused."""
    try:
        reader = Reader(path)
    except RecordingError as error:
        return str(error)
    messages = []
    for look in (
        reader.ending,
        reader.notes.marks,
        lambda: reader.notes.course(10),
        lambda: reader.notes.events(1e9, 10_000),
        lambda: reader.notes.event_after(1.0),
        lambda: reader.notes.event_before(3.0),
        lambda: reader.snapshot_at(2.0).queues,
        lambda: list(reader.snapshot_at(5.0).workers),
        lambda: reader.next(reader.place_at(3.0)),
        lambda: reader.previous(reader.place_at(3.0)),
    ):
        try:
            look()
        except RecordingError as error:
            messages.append(str(error))
    reader.close()
    return messages[0] if messages else ""


def damaged(whole: bytes) -> Iterator[bytes]:
    """Cut at every page, and with bytes changed: one, or a run of them, anywhere."""
    for size in range(0, len(whole), PAGE):
        yield whole[:size]
        yield whole[: size + 100]
    chance = random.Random(18)
    for _ in range(FLIPS):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 4, 64))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        yield bytes(data)
    for _ in range(40):
        data = bytearray(whole)
        begin = chance.randrange(len(data))
        data[begin : begin + chance.randrange(1, 2 * PAGE)] = b""
        yield bytes(data)


def test_whatever_is_damaged_is_one_line_that_names_the_file(sound: bytes, tmp_path: Path) -> None:
    """Cut at every page boundary, flipped bytes, missing ones: a line, or what is left is read."""
    refused = 0
    path = tmp_path / "x.rec"
    for data in damaged(sound):
        path.write_bytes(data)
        message = read_all(path)
        refused += bool(message)
        assert "\n" not in message
        assert not message or str(path) in message
    assert refused > 50


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("update blocks set first = 'x'", "is damaged"),
        ("update blocks set begins = 'nan', ends = 'nan'", "is damaged"),
        ("update frames set data = 'text'", "is damaged"),
        ("update frames set data = zeroblob(100)", "is damaged"),
        ("update about set value = '{}' where key = 'layout'", "is damaged"),
        ("update about set value = '[' where key = 'layout'", "is damaged"),
        ("delete from about", "is damaged"),
        ("delete from frames", "is damaged"),
        ("delete from blocks", "has no frames"),
        ("drop table events", "is damaged"),
        ("update events set data = x'00', checksum = 0", "is damaged"),
        ("update marks set kind = 'other'", "is damaged"),
        ("update ending set data = x'c0', checksum = 1011785185", "is damaged"),
        ("pragma user_version = 99", "is a recording of version 99; this pcsim reads 1 to 2"),
        ("pragma application_id = 1", "is not a recording of pcsim"),
    ],
)
def test_what_no_recording_has_is_refused(
    statement: str, message: str, sound: bytes, tmp_path: Path
) -> None:
    """Data of the wrong kind, missing parts, another version, another program's database."""
    path = tmp_path / "x.rec"
    path.write_bytes(sound)
    base = sqlite3.connect(path)
    base.execute(statement)
    base.commit()
    base.close()
    assert message in read_all(path)


def test_what_is_no_recording_is_named_for_what_it_is(tmp_path: Path) -> None:
    """A folder, an empty file, a text, a device, no file at all, one that may not be read."""
    text = tmp_path / "notes.txt"
    text.write_text("not a database, and longer than its head\n", "utf-8")
    empty = tmp_path / "empty.rec"
    empty.touch()
    for path, message in (
        (tmp_path, "is a folder"),
        (empty, "is empty"),
        (text, "is not a recording of pcsim"),
        (Path("/dev/null"), "is a device or a pipe"),
        (tmp_path / "none.rec", "there is no such file"),
        (tmp_path / "n\x1b[31m.rec", "there is no such file"),
        (tmp_path / "nul\0.rec", ""),
    ):
        found = read_all(path)
        assert message in found
        assert found
        assert "\x1b" not in found
