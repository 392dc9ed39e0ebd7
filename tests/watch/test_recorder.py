"""Recordings of programs that run: each item, with who put it and who got it."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from pcsim.recording.program import read
from tests.support import watched

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")


def test_a_program_is_recorded(tmp_path: Path) -> None:
    """Until the time is over; the file has names, groups, times on a processor, every item."""
    file = tmp_path / "crawl.rec"
    with watched.executed(watched.TRAFFIC, tmp_path) as process:
        words = ("watch", str(process.pid), "--record", str(file), "--for", "300ms")
        done = watched.pcsim(tmp_path, *words)
        assert done.returncode == 0, done.stderr
        again = watched.pcsim(tmp_path, *words)
        assert (again.returncode, again.stdout) == (2, "")
        assert "is there already" in again.stderr
    page = watched.pcsim(tmp_path, "replay", str(file), "--at", "0:00.2")
    assert page.returncode == 0, page.stderr
    assert "1 queue, " in page.stdout
    assert "urls" in page.stdout
    recording = read(file)
    (queue,) = recording.queues
    assert (queue.name, queue.capacity, queue.kind) == ("urls", 3, "Queue")
    groups = {thread.id: thread.group for thread in recording.threads}
    assert sorted(groups.values()) == ["fetcher", "fetcher", "lister"]
    seconds = recording.program.seconds
    assert seconds is not None
    assert seconds >= 0.3
    assert recording.program.lost == 0
    assert len(recording.items) > 10
    for item in recording.items:
        assert item.put_by is None or groups[item.put_by] == "lister"
        if item.got_at is not None and item.got_by is not None:
            assert groups[item.got_by] == "fetcher"
            assert item.put_at <= item.got_at <= seconds
    left = [item for item in recording.items if item.got_at is None]
    assert 0 < len(left) <= 3
    assert recording.items[-1] in left
    assert {(wait.reason, groups[wait.thread]) for wait in recording.waits} >= {("full", "lister")}


def test_a_program_that_ends_ends_its_recording(tmp_path: Path) -> None:
    """What was recorded of it until then is there."""
    file = tmp_path / "crawl.rec"
    with (
        watched.executed(watched.TRAFFIC, tmp_path) as process,
        watched.running_pcsim(
            tmp_path, "watch", str(process.pid), "--record", str(file)
        ) as recorder,
    ):
        watched.until_file_has(file, "items")
        process.send_signal(signal.SIGKILL)
        _, errors = recorder.communicate(timeout=30)
        assert recorder.returncode == 0, errors
    assert len(read(file).items) > 0
