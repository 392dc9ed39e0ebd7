"""Find the interpreter in a process, know its version, and check that its memory is as expected."""

from __future__ import annotations

import re
from typing import NamedTuple

from pcsim.watch.outside.elf import Elf, NotElfError, open_elf
from pcsim.watch.outside.memory import Memory
from pcsim.watch.outside.process import Mapped, Process
from pcsim.watch.outside.refusals import (
    FROM_WITHIN,
    Refusal,
    TornError,
    check_platform,
    free_threaded_refusal,
    rights_refusal,
    version_refusal,
)
from pcsim.watch.outside.tables import (
    CONSTANT,
    COOKIE,
    HEAD,
    HEAD_SIZE,
    LAST_MINOR,
    Layout,
    layout_from,
)
from pcsim.watch.wire import GoneError

RUNTIME_SECTION, RUNTIME_SYMBOL, VERSION_SYMBOL = b".PyRuntime", b"_PyRuntime", b"Py_Version"
TRIES = 5
"""How often the memory is looked at before it is said to be wrong: it changes meanwhile."""


class Interpreter(NamedTuple):
    """The interpreter in a process that can be read.

    Attributes:
        process: The process.
        memory: Its memory.
        layout: Where things are in it.
        minor: The minor version of its Python 3.
        version: The whole version, such as `3.11.7`.
        runtime: The address of the runtime state.
        main: The address of the main interpreter.
    """

    process: Process
    memory: Memory
    layout: Layout
    minor: int
    version: str
    runtime: int
    main: int

    def close(self) -> None:
        """Close all files."""
        self.memory.close()
        self.process.close()


def open_interpreter(pid: int) -> Interpreter:
    """Open the Python of a process for reading. Nothing in it is changed, and it is not stopped.

    Args:
        pid: The number of the process.

    Raises:
        Refusal: It cannot be read; says why, and what would help.
    """
    try:
        check_platform()
        return _open(Process(pid))
    except Refusal as refusal:
        raise refusal.of(pid) from None


def _open(process: Process) -> Interpreter:
    state = process.state()
    if not state:
        raise Refusal("does not exist", "`pcsim watch` lists those that can be watched")
    if state in "ZX":
        raise Refusal("has ended; only its parent has not noticed yet")
    memory = Memory(process.pid)
    try:
        return _opened(process, memory)
    except PermissionError as error:
        raise rights_refusal(process) from error
    except (FileNotFoundError, ProcessLookupError, GoneError) as error:
        raise Refusal("has ended") from error


def lock_place(interpreter: Interpreter) -> tuple[int, int]:
    """Where in its memory it says whether Python's lock is held, and by which thread.

    Args:
        interpreter: An open one.
    """
    layout, base = interpreter.layout, interpreter.main
    if layout.lock_from == "runtime":
        base = interpreter.runtime
    elif layout.lock_from == "pointer":
        base = interpreter.memory.pointer(base + layout.lock_pointer)
    return base + layout.lock, base + layout.lock_holder


def _opened(process: Process, memory: Memory) -> Interpreter:
    programs = process.programs()
    wrong: Refusal | None = None
    for program in programs:
        try:
            elf, file = open_elf(program.opened)
        except NotElfError as error:
            if error.bits == 32:
                wrong = Refusal(
                    "is a 32-bit program, which cannot be read from outside", FROM_WITHIN
                )
            continue
        except FileNotFoundError:
            if program.is_deleted:
                wrong = Refusal(
                    "runs a Python that was replaced on disk since it began",
                    f"start the program anew; for the next time {FROM_WITHIN}",
                )
            continue
        with file:
            runtime = _place(elf, program)
            if runtime is not None:
                return _checked(process, memory, elf, program, runtime)
    raise wrong or Refusal("runs no Python that pcsim knows")


def _place(elf: Elf, program: Mapped) -> int | None:
    at = elf.section(RUNTIME_SECTION)
    if at is None:
        at = elf.symbol(RUNTIME_SYMBOL)
    return None if at is None else program.at + at


def _checked(
    process: Process, memory: Memory, elf: Elf, program: Mapped, runtime: int
) -> Interpreter:
    head = memory.read(runtime, HEAD_SIZE)
    cookie, number, _ = HEAD.unpack_from(head)
    if cookie == COOKIE:
        layout = layout_from(head)
    else:
        number = _version_number(memory, elf, program)
        minor = number >> 16 & 0xFF
        if number >> 24 != 3 or minor not in CONSTANT:
            raise version_refusal(number >> 24, minor)
        layout = CONSTANT[minor]
    minor = number >> 16 & 0xFF
    if minor > LAST_MINOR:
        raise version_refusal(3, minor)
    for left in reversed(range(TRIES)):
        try:
            main = _main_interpreter(process, memory, layout, runtime)
            break
        except TornError:
            if not left:
                raise Refusal(
                    f"runs a Python 3.{minor} whose memory is not as that of others: it may be a "
                    "debug build, or one that was changed",
                    FROM_WITHIN,
                ) from None
    return Interpreter(process, memory, layout, minor, _words(number), runtime, main)


def _version_number(memory: Memory, elf: Elf, program: Mapped) -> int:
    at = elf.symbol(VERSION_SYMBOL)
    if at is not None:
        return memory.pointer(program.at + at) & 0xFFFFFFFF
    named = re.search(r"python(\d)\.(\d+)(t?)", program.path)
    if named is None:
        raise Refusal("runs a Python whose version cannot be found", FROM_WITHIN)
    if named[3]:
        raise free_threaded_refusal(int(named[2]))
    return int(named[1]) << 24 | int(named[2]) << 16


def _main_interpreter(process: Process, memory: Memory, layout: Layout, runtime: int) -> int:
    """The first interpreter, checked: the system knows one of its threads."""
    main = memory.pointer(runtime + layout.interpreters)
    if not main:
        raise Refusal("has a Python that has not begun yet, or has ended")
    thread = memory.pointer(main + layout.threads)
    known = process.names_of_threads()
    for _ in range(100_000):
        if not thread:
            break
        native = memory.pointer(thread + layout.thread_native)
        if native in known:
            return main
        thread = memory.pointer(thread + layout.thread_next)
    raise TornError("the system knows none of its threads")


def _words(number: int) -> str:
    major, minor, micro = number >> 24, number >> 16 & 0xFF, number >> 8 & 0xFF
    level, serial = number >> 4 & 0xF, number & 0xF
    stage = {0xA: "a", 0xB: "b", 0xC: "rc"}.get(level, "")
    return f"{major}.{minor}.{micro}{stage}{serial if stage else ''}"
