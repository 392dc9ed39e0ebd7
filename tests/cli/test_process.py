"""The real command in a process of its own: statuses, streams, signals."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import pytest

from pcsim.snapshot.exit_status import Exit

ROOT = Path(__file__).parent.parent.parent
SMALL = """
import sys
from pcsim.cli.run import run_headless
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario

scenario = Scenario(
    title="A small run",
    queues=(QueueSpec("main", 3),),
    producers=(ProducerSpec("P1", "main", interval={interval}, items={items}),),
    consumers=(ConsumerSpec("C1", ("main",), service_time={service_time}),),
)
verbose, as_json = "-v" in sys.argv, "--json" in sys.argv
sys.exit(run_headless(scenario, verbose=verbose, as_json=as_json, timeout={timeout}))
"""


def small(
    *arguments: str,
    items: int | None = 5,
    interval: float = 0.01,
    service_time: float = 0.02,
    timeout: float | None = None,
) -> list[str]:
    """The command line of a run that is over soon, or with `items=None` never."""
    code = SMALL.format(items=items, interval=interval, service_time=service_time, timeout=timeout)
    return [sys.executable, "-c", code, *arguments]


def finish(command: list[str], **env: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **env},
    )


def test_demo_runs_to_its_end() -> None:
    """The command as it is typed: progress and report, each on its stream, and 0."""
    done = finish([sys.executable, "-m", "pcsim", "--demo", "1"])
    assert done.returncode == 0
    assert done.stdout.startswith("One producer, one queue, one consumer · finished after")
    assert "Consumer was the bottleneck" in done.stdout
    assert "Every item is accounted for: 30 produced = 30 consumed" in done.stdout
    title, watch, *lines = done.stderr.splitlines()
    assert title == "One producer, one queue, one consumer"
    assert watch.startswith("Watch ")
    assert 3 <= len(lines) <= 10
    assert all("produced" in line and "main" in line for line in lines)
    assert "\x1b" not in done.stdout + done.stderr


def test_small_run_is_reported() -> None:
    """The pieces that the tests below compose are the command's own."""
    done = finish(small())
    assert (done.returncode, done.stderr) == (0, "A small run\n")
    assert "Every item is accounted for: 5 produced = 5 consumed" in done.stdout


def test_json_on_stdout_is_one_valid_document() -> None:
    """Events and progress go to stderr."""
    done = finish(small("--json", "-v"))
    document = json.loads(done.stdout)
    assert document["totals"]["consumed"] == 5
    assert document["balanced"] is True
    assert document["exit_status"] == done.returncode == 0


def test_verbose_prints_events_on_stderr() -> None:
    """Each event has its time, its worker and what happened."""
    done = finish(small("-v", items=8))
    assert "P1              blocked, main full" in done.stderr
    assert "blocked" not in done.stdout


@pytest.mark.parametrize(
    "env",
    [
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"NO_COLOR": "1", "TERM": "dumb"},
    ],
    ids=lambda env: " ".join(env),
)
def test_run_in_a_poor_environment(env: Mapping[str, str]) -> None:
    """No encoding and no terminal is too small for the report."""
    done = finish(small("-v"), **env)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert "Every item is accounted for" in done.stdout
    if "NO_COLOR" not in env:
        assert (done.stdout + done.stderr).isascii()


def shell(line: str, command: list[str]) -> subprocess.CompletedProcess[str]:
    """The command in a shell; `line` has it as `"$@"`."""
    return finish(["bash", "-c", line, "bash", *command])


def test_reader_that_has_enough_is_no_error() -> None:
    """`| head -1` shows the first line, without a message about the rest."""
    done = shell('"$@" | head -1', small())
    assert (done.returncode, done.stderr) == (0, "A small run\n")
    assert done.stdout.startswith("A small run · finished")


def test_reader_that_was_never_there_is_quiet() -> None:
    """A pipe that is closed before the report comes: no traceback, and not 0."""
    done = shell('("$@"; echo "status $?" >&2) | true', small())
    assert done.stderr == f"A small run\nstatus {Exit.BROKEN_PIPE.value}\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('"$@" > /dev/full', "No space left on device"),
        ('"$@" >&-', "it is closed"),
    ],
)
def test_stdout_that_takes_nothing_is_one_line(line: str, reason: str) -> None:
    """The run was done, its result could not be written: one line, and not 0."""
    done = shell(line, small())
    assert done.returncode == Exit.FAILED
    assert done.stderr == f"A small run\npcsim: cannot write to standard output: {reason}\n"


def test_closed_stderr_costs_nothing() -> None:
    """The report comes without the progress."""
    done = shell('"$@" 2>&-', small())
    assert done.returncode == 0
    assert "Every item is accounted for" in done.stdout


def test_timeout_ends_the_run_with_three() -> None:
    """An endless run gets its time, then drains, and is reported."""
    done = finish(small(items=None, timeout=0.2))
    assert done.returncode == Exit.STUCK
    assert "pcsim: timeout after 0.2 s: draining, at most 2 s more" in done.stderr
    assert "finished after" in done.stdout
    assert "Every item is accounted for" in done.stdout


class Going:
    """An endless run in a process of its own, once its first event has been printed."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=ROOT,
        )
        self.wait_for("P1")

    @property
    def err(self) -> IO[str]:
        """Its stderr."""
        assert self.process.stderr is not None
        return self.process.stderr

    def wait_for(self, words: str) -> None:
        """Read stderr up to the line that has the words."""
        for line in self.err:
            if words in line:
                return
        raise AssertionError(f"it ended without a line that has {words!r}")

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self) -> tuple[int, str, str]:
        """Its exit status, and the rest of what it wrote."""
        out, err = self.process.communicate()
        return self.process.returncode, out, err


@pytest.fixture
def going(request: pytest.FixtureRequest) -> Iterator[Going]:
    """An endless run; `param` has what is special about it."""
    run = Going(small("-v", items=None, **getattr(request, "param", {})))
    yield run
    run.process.kill()
    run.process.wait()
    for stream in (run.process.stdout, run.process.stderr):
        assert stream is not None
        stream.close()


def test_interrupt_drains_and_reports(going: Going) -> None:
    """Ctrl-C: nothing is lost, the report is printed, 130."""
    going.send(signal.SIGINT)
    status, out, err = going.end()
    assert status == Exit.INTERRUPTED
    assert "pcsim: interrupted: draining; Ctrl-C again aborts" in err
    assert "finished after" in out
    totals = re.search(r"accounted for: (\d+) produced = (\d+) consumed\.", out)
    assert totals is not None, out
    assert totals[1] == totals[2]
    assert "Traceback" not in err


SLOW = pytest.mark.parametrize(
    "going", [{"service_time": 3600.0}], indirect=True, ids=["slow consumer"]
)


@SLOW
def test_second_interrupt_aborts(going: Going) -> None:
    """A second Ctrl-C cuts the drain short; the items that remain are counted."""
    going.send(signal.SIGINT)
    going.wait_for("draining")
    going.send(signal.SIGINT)
    status, out, err = going.end()
    assert status == Exit.INTERRUPTED
    assert "pcsim: interrupted again: aborting" in err
    assert "aborted after" in out
    assert "discarded: the run was aborted" in out


def test_terminate_drains_and_reports(going: Going) -> None:
    """SIGTERM: a drain, the report, 143."""
    going.send(signal.SIGTERM)
    status, out, err = going.end()
    assert status == Exit.TERMINATED
    assert "pcsim: terminated: draining, at most 5 s more" in err
    assert "finished after" in out


@SLOW
def test_interrupt_after_terminate_aborts(going: Going) -> None:
    """The grace need not be waited for."""
    going.send(signal.SIGTERM)
    going.wait_for("draining")
    going.send(signal.SIGINT)
    status, out, _ = going.end()
    assert status == Exit.TERMINATED
    assert "aborted after" in out


@SLOW
def test_hang_up_aborts(going: Going) -> None:
    """The terminal is gone: a drain would serve no one."""
    going.send(signal.SIGHUP)
    status, out, _ = going.end()
    assert status == Exit.HANGUP
    assert "aborted after" in out


def test_terminal_is_left_clean() -> None:
    """On a terminal progress stays in one line, which is gone when the report comes."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        small(items=20),
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm"},
    )
    out, _ = process.communicate()
    os.close(theirs)
    seen = os.read(ours, 65536).decode()
    os.close(ours)
    assert process.returncode == 0
    assert b"\x1b" not in out
    assert seen.startswith("A small run\r\n\r\x1b[K")
    assert seen.endswith("\r\x1b[K")
    assert seen.count("\n") == 1


STUBBORN = """
import sys, threading
from pcsim.scenario import demos
from pcsim.headless.run import run
from tests.support.scripted import ScriptedControl
from tests.support.snapshots import snapshot

never = threading.Event()
control = ScriptedControl(snapshot(), stubborn=True, at_join=lambda place: never.wait(0.01))
print("P1", file=sys.stderr, flush=True)
sys.exit(run(control, demos.find("1"), out=sys.stdout, err=sys.stderr))
"""


def test_third_interrupt_leaves_at_once() -> None:
    """Even when neither a drain nor an abort comes to its end."""
    run = Going([sys.executable, "-c", STUBBORN])
    run.wait_for("Watch")
    for message in ("interrupted: draining", "interrupted again: aborting"):
        run.send(signal.SIGINT)
        run.wait_for(message)
    run.send(signal.SIGINT)
    assert run.end() == (Exit.INTERRUPTED, "", "")


CUSTOM = """
import sys, threading
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.headless.run import run
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario

def fail(item):
    if item == 3:
        raise ValueError("three is too many")

def hang(item):
    print("P1 hangs", file=sys.stderr, flush=True)
    threading.Event().wait()

scenario = Scenario(
    title="A run of its own",
    queues=(QueueSpec("main", 2), QueueSpec("next", 2)),
    producers=(ProducerSpec("P1", "main", interval=0.0),),
    consumers=(
        ConsumerSpec("A", ("main",), service_time=0.0, output="next", on_error={on_error!r}),
        ConsumerSpec("B", ("next",), service_time=0.0, output={output!r}),
    ),
)
engine = ThreadsEngine(scenario, {{"P1": range(1, 100)}}, {sinks})
sys.exit(run(engine, scenario, out=sys.stdout, err=sys.stderr))
"""


def custom(sinks: str, on_error: str = "fail", output: str | None = None) -> list[str]:
    """The command line of a run whose functions misbehave."""
    code = CUSTOM.format(sinks=sinks, on_error=on_error, output=output)
    return [sys.executable, "-c", code]


def test_failing_sink_is_named_and_one() -> None:
    """Worker, item and error are in the report; it is not a traceback's turn."""
    done = finish(custom('{"B": fail}'))
    assert done.returncode == Exit.FAILED
    assert "B failed on item 3 (3) from P" in done.stdout
    assert "Every item is accounted for" in done.stdout
    assert "Traceback" not in done.stderr


def test_skipped_failure_is_a_warning_and_zero() -> None:
    """The run goes on, and the report counts what was skipped."""
    done = finish(custom('{"A": fail}', on_error="skip"))
    assert done.returncode == Exit.DONE
    assert "⚠ A failed on 1 item, skipped" in done.stdout


def test_deadlock_is_reported_as_a_cycle_and_three() -> None:
    """Two stages that feed each other come to a stop once more items go round than fit."""
    done = finish(custom("{}", output="main"))
    assert done.returncode == Exit.STUCK
    assert "Deadlock: A waits for B, next is full; B waits for A, main is full." in done.stdout


def test_hanging_sink_is_abandoned_and_named() -> None:
    """A sink that never comes back holds up neither the report nor the end of the process."""
    run = Going(custom('{"B": hang}'))
    run.send(signal.SIGHUP)
    status, out, _ = run.end()
    assert status == Exit.HANGUP
    assert "⚠ B was abandoned: it never came back from its source or sink" in out
    assert "Next: B hangs in a source or sink: give it a timeout." in out
