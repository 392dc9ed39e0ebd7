"""Start the agent in a program that runs already, by the interpreter's own protocol (PEP 768).

From Python 3.14 on a thread can be asked to run a script when it next comes to a safe place. The
path of the script and a mark are written into the state of the thread. The main thread is asked
first: it is there as long as the program. If it does not come by, others are asked, but only those
that have stood in a queue or a sleep for half a second, and each is stopped for the microseconds in
which its state is written: a state that is freed at that moment would not be the thread's any more,
and a sleep or a wait at a queue is not disturbed by being stopped.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from secrets import token_hex

from pcsim import runtime
from pcsim.watch.outside.reading import Outside
from pcsim.watch.outside.refusals import FROM_WITHIN, Refusal
from pcsim.watch.outside.stacks import Thread
from pcsim.watch.outside.tables import EVAL_PLEASE_STOP
from pcsim.watch.outside.tables import Remote as Places
from pcsim.watch.wire import GoneError, WatchError

LONGEST = 3.0
"""Seconds in which a thread has to come by."""
MAIN_ALONE = 0.5
"""Seconds for which only the main thread is asked, and between the two looks at the others."""
LOOK_EVERY = 0.02
LONGEST_WITHDRAWAL = 1.0
FIRST_MINOR = 14
SLEEPS = {"x86_64": {"230", "35"}, "aarch64": {"115", "101"}}
"""The numbers of the system's calls in which a thread sleeps, by the kind of machine."""
SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17
ALL_THREADS = 0x40000000
SCRIPT = """\
def begin(source, path):
    import sys
    import types
    name = "_pcsim_agent"
    module = types.ModuleType(name)
    module.__file__ = path
    if sys.modules.setdefault(name, module) is not module:
        return  # another thread was first
    try:
        exec(compile(source, path, "exec"), module.__dict__)
        module.start("attach")
    except KeyboardInterrupt:
        sys.modules.pop(name, None)
        import _thread
        _thread.interrupt_main()  # it is for the program
    except BaseException:
        sys.modules.pop(name, None)

try:
    begin({source!r}, {path!r})
finally:
    del begin
"""
"""What a thread of the program runs: it prints nothing, raises nothing and leaves no name. A Ctrl-C
that comes meanwhile is not lost."""


def attach(pid: int, is_there: Callable[[], bool], longest: float = LONGEST) -> None:
    """Start the agent in a process, and wait until it answers.

    Args:
        pid: The number of the process.
        is_there: Whether its agent answers.
        longest: Seconds in which a thread has to come by.

    Raises:
        WatchError: It cannot be attached to, or no thread came by: one line that says what helps.
    """
    if sys.platform != "linux":
        _ask_elsewhere(pid, is_there, longest)
        return
    with Outside(pid, is_brief=True) as outside, contextlib.ExitStack() as after:
        asking = Asking(outside)
        path = after.enter_context(script_in(outside))
        after.callback(asking.withdraw)
        main = asking.main_thread()
        asking.ask(main, path)
        begin = runtime.clock()
        first_seen: dict[tuple[int, int], float] = {}
        while (now := runtime.clock()) - begin < longest:
            if is_there():
                return
            for at, number in asking.safe_threads().items():
                since = first_seen.setdefault((at, number), now)
                if now - since >= MAIN_ALONE and not asking.has_asked(at):
                    asking.ask_stopped(at, number, path)
            time.sleep(LOOK_EVERY)
        raise WatchError(
            f"no thread of process {pid} came by in {longest:g} s: all of them wait for something "
            f"else; try again, or {FROM_WITHIN}"
        )


class Asking:
    """The threads of a process that were asked to run a script.

    Raises:
        Refusal: It cannot be asked.
    """

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._memory = outside.interpreter.memory
        places, minor = outside.interpreter.layout.remote, outside.interpreter.minor
        if places is None:
            raise Refusal(
                f"runs Python 3.{minor}, and only 3.{FIRST_MINOR} and later can be attached to",
                FROM_WITHIN,
            ).of(outside.pid)
        self._places: Places = places
        enabled = self._memory.read(outside.interpreter.main + places.enabled, 4)
        if not struct.unpack("<i", enabled)[0]:
            raise Refusal(
                "was started with remote debugging turned off (-X disable-remote-debug)",
                FROM_WITHIN,
            ).of(outside.pid)
        self._ptrace = ctypes.CDLL(None, use_errno=True).ptrace
        self._ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
        self._ptrace.restype = ctypes.c_long
        self._asked: dict[int, int] = {}
        """The numbers of the asked threads, by the addresses of their states."""

    def _threads(self) -> dict[int, Thread]:
        self._outside.look()
        return self._outside.stacks.threads

    def main_thread(self) -> Thread:
        """The first thread of the process. Raises `Refusal` where it runs no Python."""
        for thread in self._threads().values():
            if self._outside.host(thread) == self._outside.pid:
                return thread
        raise Refusal("has a main thread that runs no Python", FROM_WITHIN).of(self._outside.pid)

    def has_asked(self, at: int) -> bool:
        """Whether the thread with this state was asked."""
        return at in self._asked

    def safe_threads(self) -> dict[int, int]:
        """Other threads that stand in a queue or in a sleep now: their numbers, by the addresses of
        their states."""
        sleeps = SLEEPS.get(os.uname().machine, set())
        found = {}
        for thread in self._threads().values():
            number = self._outside.host(thread)
            if number != self._outside.pid and (
                thread.standing is not None or self._call_of(number) in sleeps
            ):
                found[thread.at] = number
        return found

    def _call_of(self, thread: int) -> str:
        try:
            path = self._outside.process.folder / "task" / str(thread) / "syscall"
            return path.read_text().split(maxsplit=1)[0]
        except (OSError, IndexError):
            return ""

    def ask(self, thread: Thread, path: str) -> None:
        """Ask a thread that cannot end meanwhile. Raises `WatchError`."""
        data = os.fsencode(path) + b"\0"
        if len(data) > self._places.script_size:
            raise WatchError(f"the path of the script is too long: {path}")
        support = thread.at + self._places.support
        breaker = thread.at + self._places.eval_breaker
        self._memory.write(support + self._places.script, data)
        self._memory.write(support + self._places.pending, struct.pack("<i", 1))
        # One byte: the others have a version that the program may be changing.
        marks = self._memory.read(breaker, 1)[0]
        self._memory.write(breaker, bytes([marks | EVAL_PLEASE_STOP]))
        self._asked[thread.at] = self._outside.host(thread)

    def ask_stopped(self, at: int, number: int, path: str) -> None:
        """Ask a thread while it is stopped, if it is there still."""
        with self._stopped(at, number) as is_stopped:
            if is_stopped:
                self.ask(self._outside.stacks.threads[at], path)

    @contextlib.contextmanager
    def _stopped(self, at: int, number: int) -> Iterator[bool]:
        """Stop one thread: it cannot end meanwhile. Whether it is there, and stopped."""
        if self._ptrace(SEIZE, number, None, None):
            yield False  # it has ended, or a debugger has it
            return
        try:
            self._ptrace(INTERRUPT, number, None, None)
            _, status = os.waitpid(number, ALL_THREADS)
            yield os.WIFSTOPPED(status) and self._is_there(at, number)
        except ChildProcessError:
            yield False
        finally:
            self._ptrace(DETACH, number, None, None)

    def _is_there(self, at: int, number: int) -> bool:
        stacks = self._outside.stacks
        stacks.take(self._memory.read_many(stacks.places()))
        thread = stacks.threads.get(at)
        return thread is not None and self._outside.host(thread) == number

    def withdraw(self) -> None:
        """Take back what was asked of threads that have not come by: later nothing would be there
        to run. One that is running comes by in a moment."""
        end = runtime.clock() + LONGEST_WITHDRAWAL
        with contextlib.suppress(GoneError):
            while (waiting := self._pending()) and runtime.clock() < end:
                safe = self.safe_threads()
                for at in waiting:
                    if self._asked[at] == self._outside.pid:
                        self._take_back(at)
                    elif at in safe:
                        with self._stopped(at, self._asked[at]) as is_stopped:
                            if is_stopped:
                                self._take_back(at)
                time.sleep(LOOK_EVERY)

    def _take_back(self, at: int) -> None:
        place = at + self._places.support + self._places.pending
        self._memory.write(place, struct.pack("<i", 0))

    def _pending(self) -> list[int]:
        """The threads that were asked, are there, and have not come by."""
        threads = self._threads()
        place = self._places.support + self._places.pending
        here = [at for at in self._asked if at in threads]
        marks = self._memory.read_many([(at + place, 4) for at in here])
        return [at for at, mark in zip(here, marks, strict=True) if mark and any(mark)]


@contextlib.contextmanager
def script_in(outside: Outside) -> Iterator[str]:
    """A script that starts the agent, in the temporary folder of the process, as it sees it: of a
    container, that of the container. It has the whole agent, which may not be there otherwise."""
    source, owner = agent_source(), outside.process.owner()
    name = f"pcsim-{token_hex(8)}.py"
    try:
        folder = _temporary_folder(outside.process.folder)
    except OSError as error:
        raise WatchError(f"process {outside.pid}: nothing can be written to its /tmp") from error
    try:
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
        try:
            with os.fdopen(file, "w", encoding="utf-8") as script:
                script.write(SCRIPT.format(source=source, path="<pcsim agent>"))
                if owner is not None and owner != os.geteuid():
                    os.fchown(script.fileno(), owner, -1)
            yield f"/tmp/{name}"  # noqa: S108 - made under a name that nobody else has
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
    finally:
        os.close(folder)


def _temporary_folder(process: Path) -> int:
    """Open the temporary folder that a process sees. A link there is not followed: it would lead
    out of the container, to wherever its user likes."""
    root = os.open(process / "root", os.O_PATH | os.O_DIRECTORY)
    try:
        return os.open("tmp", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=root)
    finally:
        os.close(root)


def agent_source() -> str:
    """The agent's text, also from an archive. Raises `WatchError` where only its code is there."""
    try:
        return files("pcsim.watch").joinpath("agent.py").read_text("utf-8")
    except OSError as error:
        raise WatchError("attaching needs pcsim with its sources") from error


def _ask_elsewhere(pid: int, is_there: Callable[[], bool], longest: float) -> None:
    """Ask on systems other than Linux, by Python's own function, which asks the main thread. It was
    not tried on them."""
    remote_exec = getattr(sys, "remote_exec", None)
    if remote_exec is None:
        raise WatchError(
            f"attaching to a program here needs pcsim to run on Python 3.{FIRST_MINOR} or later"
        )
    source = agent_source()
    with tempfile.TemporaryDirectory(prefix="pcsim-") as folder:
        script = Path(folder, "start.py")
        script.write_text(SCRIPT.format(source=source, path="<pcsim agent>"), "utf-8")
        try:
            remote_exec(pid, str(script))
        except (OSError, RuntimeError, ValueError) as error:
            raise WatchError(f"process {pid} cannot be attached to: {error}") from error
        end = runtime.clock() + longest
        while runtime.clock() < end:
            if is_there():
                return
            time.sleep(LOOK_EVERY)
    raise WatchError(f"the main thread of process {pid} did not come by in {longest:g} s")
