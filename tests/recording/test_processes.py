"""Recordings whose process ends while the run goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pcsim.recording.container import RecordingError
from pcsim.recording.reader import Reader
from pcsim.snapshot import Phase
from tests.support.documents import ROOT
from tests.support.engines import GUARD, check_balance
from tests.support.programs import run_program
from tests.support.threads import until

RUN = """
import sys
from pcsim.cli import main
from pcsim.recording import recorder

recorder.FLUSH_EVERY = 0.01
sys.exit(main(sys.argv[1:]))
"""
SCENARIO = """
queues.q.capacity = 3
producers.P = { queue = "q", interval = 0.001 }
consumers.C = { queue = "q", service_time = 0.0005 }
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of its own."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def endless() -> Iterator[subprocess.Popen[str]]:
    """A run on threads that goes on for ever, and is recorded into `x.rec`."""
    Path("s.toml").write_text(SCENARIO, "utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "run", "s.toml", "--record", "x.rec"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def length() -> float:
    """How many seconds of it can be read by now."""
    try:
        reader = Reader(Path("x.rec"))
    except RecordingError:  # not yet
        return 0.0
    try:
        return reader.length
    finally:
        reader.close()


def test_a_hangup_closes_the_recording(endless: subprocess.Popen[str]) -> None:
    """Its terminal is closed: the run is aborted, and all of it can be read."""
    until(lambda: length() > 0.2)
    endless.send_signal(signal.SIGHUP)
    endless.wait(GUARD)
    check_aborted()


def test_a_recording_is_closed_when_its_process_exits() -> None:
    """While the run goes on: it is aborted, and all of it can be read."""
    done = run_program(
        f"""
        import os, sys, threading
        from itertools import repeat
        from pcsim import ProducerConsumerSystem

        os.chdir({str(Path.cwd())!r})
        entered = threading.Event()
        system = ProducerConsumerSystem()
        system.add_queue("q", 3)
        system.add_producer("P", repeat(1), 0.001, "q")
        system.add_consumer("C", lambda _: entered.set(), 0, queue_names="q")
        system.record("x.rec")
        system.start()
        entered.wait()
        sys.exit(7)
        """
    )
    assert (done.stderr, done.returncode) == ("", 7)
    check_aborted()


def check_aborted() -> None:
    """The recording is whole, and of an aborted run."""
    reader = Reader(Path("x.rec"))
    assert reader.about.is_complete
    end = reader.ending()
    assert end.phase is Phase.ABORTED
    assert end.totals.produced > 0
    check_balance(end)
    reader.close()
