"""Looks at Python's lock in another process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pcsim.watch.lock_looks import LockLooks

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read on Linux")
ENOUGH = 50
BUSY = "while True: pass"
IDLE = "import sys; sys.stdin.read()"


@contextmanager
def program(code: str) -> Iterator[subprocess.Popen[bytes]]:
    begin = f"print('ready', flush=True)\n{code}"
    process = subprocess.Popen(
        [sys.executable, "-c", begin], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("code", "least", "most"), [(BUSY, 0.95, 1.0), (IDLE, 0.0, 0.2)])
def test_the_share_of_the_time_in_which_the_lock_is_held(
    code: str, least: float, most: float
) -> None:
    """A loop has it always, a program that reads from a pipe never."""
    with program(code) as process, LockLooks(process.pid) as looks:
        while looks()[0] < ENOUGH:
            assert process.poll() is None
        number, held = looks()
        assert least <= held / number <= most


def test_there_are_no_more_looks_at_a_program_that_has_ended() -> None:
    """Closing it then is no error, once or twice."""
    with program(IDLE) as process:
        looks = LockLooks(process.pid)
        while not looks()[0]:
            assert process.poll() is None
    looks.close()
    number = looks()
    looks.close()
    assert looks() == number


def test_there_are_no_looks_at_what_cannot_be_read() -> None:
    """A process that runs no Python is no error, there is only nothing known of its lock."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        with LockLooks(process.pid) as looks:
            assert looks() == (0, 0)
        process.communicate()
