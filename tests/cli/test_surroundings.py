"""A process without a home and without a terminal, among files that are there already."""

from __future__ import annotations

import os
from pathlib import Path

from pcsim.snapshot.exit_status import Exit
from tests.support.programs import run_program

CALLS = """
import os, sys
for name in [name for name in os.environ if name.startswith("XDG_")]:
    del os.environ[name]
os.environ["HOME"] = "/nonexistent"

from pcsim.cli import main

def call(*arguments):
    try:
        main(arguments)
    except SystemExit as end:
        sys.stdout.flush()
        print("status", end.code, file=sys.stderr)

os.chdir({folder!r})
call("run", "1", "--engine", "virtual")
call()
for name in ("file", "folder", "/dev/null", "fifo", "link", "gone"):
    call("new", name)
"""


def test_no_home_no_terminal_and_no_room_for_a_file(tmp_path: Path) -> None:
    """A run writes plain lines, and needs no home. The app needs a terminal, and says what to do
    without one. What exists is never written over, whatever it is."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "gone").symlink_to("nowhere")
    done = run_program(CALLS.format(folder=str(tmp_path)))
    run, app, *files = done.stderr.split("status ")[1:]
    assert run.startswith(str(Exit.DONE.value))
    assert "Every item is accounted for: 30 produced = 30 consumed" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "needs a terminal" in run
    assert app.startswith(str(Exit.USAGE.value))
    assert len([*files, app]) == 7
    assert done.stderr.count("already exists") == 6
    assert (tmp_path / "file").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


LOCKED = """
import os, signal, threading
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.headless.signals import Signals
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario

engine = ThreadsEngine(
    Scenario((QueueSpec("q"),), (ProducerSpec("P", "q", 0.001),), (ConsumerSpec("C", "q", 0),))
)
engine.start()
is_held, is_noted = threading.Event(), threading.Event()

def hold():
    with engine._lock:
        is_held.set()
        is_noted.wait()

with Signals() as signals:
    holder = threading.Thread(target=hold)
    holder.start()
    is_held.wait()
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    print([one.name for one in signals.take()])
    is_noted.set()
    holder.join()
    with engine._lock:
        os.kill(os.getpid(), signal.SIGINT)
    print([one.name for one in signals.take()])
    engine.drain()
    print(engine.join(20), engine.phase.value)
"""


def test_a_signal_while_the_lock_of_the_run_is_held_is_noted_at_once() -> None:
    """Whether the main thread holds it or another one: a handler waits for no lock, and the run
    goes on."""
    done = run_program(LOCKED)
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["['SIGINT', 'SIGTERM']", "['SIGINT']", "True finished"]
