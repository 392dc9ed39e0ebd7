"""A run without a screen, played by a scripted control."""

from __future__ import annotations

import io
import json
import os
import signal

import pytest

from pcsim.errors import PhaseError, Wait
from pcsim.headless.run import run
from pcsim.snapshot import Failure, Phase
from pcsim.snapshot.exit_status import Exit
from tests.support.playback import DEMO, half_a_second, play, played
from tests.support.scripted import ScriptedControl

pytestmark = pytest.mark.usefixtures("capable_terminal", "played_clock")


def test_report_is_on_stdout_and_progress_on_stderr() -> None:
    """A pipe gets the report alone."""
    status, out, err = play(ScriptedControl(*played(3), at_join=half_a_second))
    assert status == 0
    assert out.startswith(DEMO.title)
    assert "Every item is accounted for" in out
    first, watch, *lines = err.splitlines()
    assert first == DEMO.title
    assert watch == f"Watch {DEMO.watch}"
    assert [line.split()[0] for line in lines] == ["0:01.0", "0:02.0", "0:03.0"]
    assert "main 3/3 full" in lines[0]


def test_json_is_one_document() -> None:
    """A program can read stdout as it is, and finds the exit status in it."""
    status, out, _ = play(ScriptedControl(*played(1), at_join=half_a_second), as_json=True)
    document = json.loads(out)
    assert out.count("\n") == 1
    assert out.isascii()
    assert document["exit_status"] == status == 0
    assert document["title"] == DEMO.title


def test_exit_status_of_a_failed_run() -> None:
    """A failure is 1, a deadlock 3; the report is written in both cases."""
    run_of = played(1, Phase.FAILED)
    run_of[-1] = run_of[-1]._replace(failure=Failure("C1", 7, "ValueError: x", "Trace\n  \x1b[0m"))
    status, out, err = play(ScriptedControl(*run_of))
    assert status == Exit.FAILED
    assert "C1 failed on item 7: ValueError: x" in out
    assert "Trace" not in err
    assert "Trace\n  \\e[0m" in play(ScriptedControl(*run_of), verbose=True)[2]
    run_of[-1] = run_of[-1]._replace(
        failure=Failure("", 0, "d", waits=(Wait("A", ("q",), "full"),))
    )
    status, out, _ = play(ScriptedControl(*run_of))
    assert status == Exit.STUCK
    assert "Deadlock" in out


def test_run_that_cannot_start_is_one_line() -> None:
    """No thread to be had, or begun before: a line and 1, no traceback."""
    for error in (RuntimeError("can't start new thread"), PhaseError("begun")):
        status, out, err = play(ScriptedControl(*played(1), refuses=error))
        assert (status, out) == (Exit.FAILED, "")
        assert err.splitlines()[-1] == f"pcsim: cannot start: {error}"


def test_signal_while_waiting_drains_and_restores_the_handlers() -> None:
    """The waiting thread reads the note; afterwards the handlers are as before."""

    def interrupt(place: int) -> None:
        half_a_second(place)
        if place == 1:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    control = ScriptedControl(*played(2), at_join=interrupt)
    status, out, err = play(control)
    assert status == Exit.INTERRUPTED
    assert control.calls == ["start", "drain"]
    assert "pcsim: interrupted: draining; Ctrl-C again aborts" in err.splitlines()
    assert "Fast producer" in out
    assert signal.getsignal(signal.SIGINT) is before


def test_closed_stdout_is_one_line_and_not_zero() -> None:
    """The result could not be written, and that is reported."""
    err = io.StringIO()
    assert (
        run(ScriptedControl(*played(1), at_join=half_a_second), DEMO, out=None, err=err)
        == Exit.FAILED
    )
    assert err.getvalue().splitlines()[-1] == "pcsim: cannot write to standard output: it is closed"
    closed = io.StringIO()
    closed.close()
    assert (
        run(ScriptedControl(*played(1), at_join=half_a_second), DEMO, out=closed, err=None)
        == Exit.FAILED
    )


def test_broken_pipe_is_quiet() -> None:
    """No message: the reader closed the pipe on purpose."""
    reading, writing = os.pipe()
    os.close(reading)
    err = io.StringIO()
    with os.fdopen(writing, "w") as out:
        status = run(ScriptedControl(*played(1), at_join=half_a_second), DEMO, out=out, err=err)
    assert status == Exit.BROKEN_PIPE
    assert "pcsim:" not in err.getvalue()


def test_closed_stderr_does_not_end_the_run() -> None:
    """Progress that cannot be shown is no reason to lose the report."""
    out = io.StringIO()
    assert run(ScriptedControl(*played(1), at_join=half_a_second), DEMO, out=out, err=None) == 0
    assert "Every item is accounted for" in out.getvalue()
