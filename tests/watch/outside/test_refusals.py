"""Processes that cannot be read from outside: one line says why, and what would help."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pcsim.watch import programs
from pcsim.watch.outside import refusals, tables
from pcsim.watch.outside.elf import Elf, NotElfError
from pcsim.watch.outside.memory import Memory
from pcsim.watch.outside.opening import open_interpreter
from pcsim.watch.outside.process import Process
from pcsim.watch.outside.reading import Outside
from pcsim.watch.outside.refusals import Refusal, TornError, rights_refusal
from pcsim.watch.outside.tables import COOKIE, HEAD, HEAD_SIZE, layout_from
from pcsim.watch.wire import GoneError, WatchError
from tests.watch.outside.conftest import Start

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads processes of Linux")
NOBODY = 65534


def message(pid: int) -> str:
    with pytest.raises(Refusal) as caught:
        open_interpreter(pid)
    return str(caught.value)


def test_a_process_that_does_not_exist_is_said_so() -> None:
    """And what lists those that do."""
    assert message(2**22 + 1).startswith(f"process {2**22 + 1} does not exist: `pcsim watch`")


def test_a_process_that_is_not_python_is_said_so() -> None:
    """Any program may have that number."""
    with subprocess.Popen(["sleep", "60"]) as process:
        try:
            with pytest.raises(WatchError, match="runs no Python that pcsim knows"):
                programs.watch(process.pid)
        finally:
            process.kill()


def test_a_process_that_has_ended_is_said_so() -> None:
    """It keeps its number until its parent takes notice."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert "has ended; only its parent" in message(process.pid)


def test_a_thread_of_the_kernel_is_said_not_to_be_python() -> None:
    """It has no program at all."""
    if not Path("/proc/2/maps").exists() or Path("/proc/2/maps").read_bytes():
        pytest.skip("no thread of the kernel is seen here")
    assert "process 2 " in message(2)


def test_a_process_of_another_user_is_refused_with_that_users_name(start: Start) -> None:
    """A child of another user tries to read a process of this one."""
    if os.geteuid():
        pytest.skip("only root can become another user")
    program = start("deadlock.py")
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            text = "it was read"
            try:
                open_interpreter(program.pid)
            except Refusal as refusal:
                text = str(refusal)
            os.write(writes, text.encode())
        finally:
            os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as answer:
        assert answer.read() == (
            f"process {program.pid} belongs to root: run pcsim as root or with sudo"
        )
    os.waitpid(child, 0)


@pytest.mark.parametrize(
    ("scope", "says"),
    [
        ("1\n", "ptrace_scope is 1: run pcsim with sudo, or `sudo sysctl"),
        ("2\n", "ptrace_scope is 2: run pcsim with sudo, or for the next time run it with"),
        ("3\n", "ptrace_scope is 3 until the system starts anew: run it with `pcsim exec`"),
        ("0\n", "may not be read: pcsim needs the right CAP_SYS_PTRACE"),
    ],
)
def test_what_the_system_forbids_is_said_with_the_way_around(
    scope: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ubuntu, for one, lets a process read only its own children."""
    (tmp_path / "scope").write_text(scope)
    monkeypatch.setattr(refusals, "YAMA", tmp_path / "scope")
    monkeypatch.setattr(refusals, "IN_CONTAINER", ())
    process = Process(os.getpid())
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(process, "owner", lambda: 1000)
    monkeypatch.setattr(process, "is_closed_to", lambda _: False)

    assert says in str(rights_refusal(process).of(7))


def test_a_process_that_forbids_it_is_known_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files are root's then, though it is not."""
    process = Process(os.getpid())
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(process, "owner", lambda: 1000)
    monkeypatch.setattr(process, "is_closed_to", lambda owner: owner == 1000)

    assert "does not let its own user read it" in str(rights_refusal(process))


def test_a_container_is_known_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There the right has to be given from outside."""
    (tmp_path / "mark").touch()
    monkeypatch.setattr(refusals, "IN_CONTAINER", (tmp_path / "mark",))
    assert "--cap-add SYS_PTRACE" in str(rights_refusal(Process(os.getpid())))


def head(version: int, free_threaded: int = 0, cookie: bytes = COOKIE) -> bytes:
    return HEAD.pack(cookie, version, free_threaded).ljust(HEAD_SIZE, b"\1")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (head(0x030D0000, 1), "free-threaded Python 3.13"),
        (head(0x03100000), "Python 3.16, whose memory this pcsim does not know"),
        (head(0x030A0000), "Python 3.10, and pcsim knows 3.11 to 3.15"),
        (head(0x030D0000, cookie=b"nonsense"), "does not begin as that of a known Python"),
    ],
    ids=["free-threaded", "newer", "older", "unknown"],
)
def test_versions_and_builds_that_are_not_known_are_refused(raw: bytes, says: str) -> None:
    """Nothing is guessed about memory."""
    with pytest.raises(Refusal, match=says):
        layout_from(raw)


@pytest.mark.parametrize("minor", [13, 14, 15])
def test_the_table_of_offsets_fits_into_what_is_read_of_it(minor: int) -> None:
    """Each version has more of them."""
    fields = tables.fields_of(minor)
    assert len(fields) == len(set(fields))
    assert HEAD.size + 8 * len(fields) <= HEAD_SIZE
    assert layout_from(head(3 << 24 | minor << 16)).thread_next == 0x0101010101010101


def test_a_build_that_is_not_laid_out_as_others_is_refused(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is said, a thread has to be found that the system knows."""
    program = start("deadlock.py")
    from pcsim.watch.outside import opening

    real = opening._main_interpreter

    def shifted(process: Process, memory: Memory, layout: tables.Layout, runtime: int) -> int:
        return real(process, memory, layout._replace(thread_native=layout.thread_ident), runtime)

    monkeypatch.setattr(opening, "_main_interpreter", shifted)
    assert "debug build" in message(program.pid)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"#!/bin/sh\n",
        b"\x7fELF\x02\x01\x01" + b"\0" * 57,
        b"\x7fELF\x02\x01\x01" + b"\xff" * 200,
    ],
)
def test_files_that_are_no_program_are_refused(raw: bytes) -> None:
    """They are another's, and may be anything."""
    with pytest.raises(NotElfError):
        Elf(io.BytesIO(raw))


def test_a_32_bit_program_is_known_as_such() -> None:
    """Its Python is one, but all is laid out in another way."""
    with pytest.raises(NotElfError) as caught:
        Elf(io.BytesIO(b"\x7fELF\x01\x01\x01".ljust(64, b"\0")))
    assert caught.value.bits == 32


def test_memory_is_read_in_any_order_and_what_is_not_there_is_none() -> None:
    """One place that cannot be read does not keep others from being read."""
    memory, block = Memory(os.getpid()), bytearray(b"0123456789")
    at = _address(block)
    places = [(at, 4), (8, 8), (at + 4, 4), (1 << 46, 8), (at, 0), (at + 2, 2), (1 << 63, 8)]

    assert memory.read_many(places) == [b"0123", None, b"4567", None, b"", b"23", None]
    assert memory.read_many([(at, 10)] * 2000) == [b"0123456789"] * 2000
    with pytest.raises(TornError):
        memory.read(8, 8)
    memory._has_call = False  # as in a container that forbids it
    assert memory.read_many(places) == [b"0123", None, b"4567", None, b"", b"23", None]
    memory.close()


def _address(block: bytearray) -> int:
    import ctypes

    return ctypes.addressof(ctypes.c_char.from_buffer(block))


def test_a_process_that_goes_is_noticed(start: Start) -> None:
    """Also where another one may have its number by then."""
    program = start("deadlock.py")
    with Outside(program.pid) as outside:
        outside.look()
        outside._began = "of another"
        with pytest.raises(GoneError):
            outside.look()
        program.kill()
        with pytest.raises(GoneError):
            outside._memory.read(outside.interpreter.runtime, 8)
