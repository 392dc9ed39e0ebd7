"""Which programs can be watched, and the way to each of them.

The way is the socket of its agent, where it has one: it was started by `pcsim exec`, or called
`pcsim.watch.allow`. All others are watched from outside. Nothing is done to a program by looking
for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from pcsim import runtime
from pcsim.snapshot import Snapshot
from pcsim.snapshot.control import Watchable
from pcsim.text import safe
from pcsim.watch.looks import program_of
from pcsim.watch.remote import Remote
from pcsim.watch.wire import Connection, GoneError, SilentError, WatchError, sockets

LIST_WAIT = 1.0
"""Seconds in which a program has to answer to be listed."""


FROM_OUTSIDE = "from outside"
GLANCE_WAIT = 3.0
"""Seconds in which programs without an agent are looked at for the list."""


class NoAgentError(WatchError):
    """The program has no agent: it let nobody watch it."""


class Watched(Watchable, Protocol):
    """A program that is watched, by whichever way."""

    @property
    def can_attach(self) -> bool:
        """Whether it is watched from outside, and pcsim's agent can be started in it."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to know of it besides its rows: sentences, safe for a terminal."""

    def look(self) -> Snapshot:
        """Look now."""

    def look_for(self, seconds: float) -> Snapshot:
        """Look for a while, and return what is to be seen then."""

    def close(self) -> None:
        """Leave the program, which goes on."""


class Found(NamedTuple):
    """A program in the list. Counts are None where they cannot be known."""

    pid: int
    name: str
    python: str
    queues: int | None
    blocked: int | None
    way: str


def found_programs(uid: int | None = None) -> Iterator[Found]:
    """All programs of a user that can be watched, by the numbers of their processes.

    Args:
        uid: The number of the user; None for the user of this process.
    """
    user = os.getuid() if uid is None else uid
    agents = sockets(user)
    yield from programs_with_agents(user)
    end = runtime.clock() + GLANCE_WAIT
    for pid in processes_of(user):
        if pid not in agents and pid != os.getpid() and is_python(pid):
            if runtime.clock() >= end:
                yield Found(pid, command_of(pid), "–", None, None, "not looked at")
            elif (found := _glance(pid)) is not None:
                yield found


def programs_with_agents(uid: int) -> Iterator[Found]:
    """The programs of a user that let somebody in; the sockets of others are removed.

    Args:
        uid: The number of the user.
    """
    for pid, path in sorted(sockets(uid).items()):
        found = _found(pid, path, uid)
        if found is not None:
            yield found


def _glance(pid: int) -> Found | None:
    """A program without an agent, as it is seen from outside; None where it has just ended."""
    from pcsim.watch.outside.glance import glance
    from pcsim.watch.outside.refusals import Refusal

    try:
        python, queues, blocked = glance(pid)
    except Refusal as refusal:
        return Found(pid, command_of(pid), "–", None, None, refusal.problem)
    except WatchError:
        return None
    return Found(pid, command_of(pid), python, queues, blocked, FROM_OUTSIDE)


def processes_of(uid: int) -> list[int]:
    """The numbers of a user's processes; none where the system has no list of them."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if path.stat().st_uid == uid:
                found.append(int(path.name))
        except OSError:
            continue
    return sorted(found)


def _found(pid: int, path: Path, uid: int) -> Found | None:
    try:
        connection = Connection(path, uid, LIST_WAIT)
    except GoneError:
        _remove(path, pid)
        return None
    except SilentError:
        return _silent(pid)
    except WatchError as problem:
        return Found(pid, command_of(pid), "–", None, None, safe(str(problem), 80))
    try:
        hello = connection.ask("hello")
        program = program_of(hello)
    except SilentError:
        return _silent(pid)
    except (WatchError, LookupError, TypeError, ValueError) as problem:
        return Found(pid, command_of(pid), "–", None, None, safe(str(problem), 80))
    finally:
        connection.close()
    python = program.python + ("t" if program.is_free_threaded else "")
    ways = {"exec": "pcsim exec", "allow": "pcsim.watch.allow", "attach": "attached"}
    way = ways.get(program.way, "agent")
    blocked = hello["blocked"]
    return Found(pid, program.name, python, int(hello["queues"]), blocked and int(blocked), way)


def _silent(pid: int) -> Found:
    state = state_of(pid) or "does not answer"
    return Found(pid, command_of(pid), "–", None, None, state)


def _remove(path: Path, pid: int) -> None:
    """Remove the socket of a process that was killed."""
    try:
        if not Path(f"/proc/{pid}").exists() or not Path("/proc/self").exists():
            path.unlink()
    except OSError:
        pass


def command_of(pid: int) -> str:
    """The command line of a process, short and safe: of the interpreter its name alone."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    except OSError:
        return "?"
    interpreter, *rest = map(os.fsdecode, words)
    return safe(" ".join((Path(interpreter).name, *rest)), 60) or "?"


def state_of(pid: int) -> str:
    """A word about a process that does not do what others do; empty where all is well."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    letter = text.rpartition(") ")[2][:1]
    words = {"T": "stopped", "t": "stopped by a debugger", "Z": "has ended, not waited for"}
    return words.get(letter, "")


def cores_of(pid: int) -> int:
    """The number of cores that a process may use."""
    try:
        return len(os.sched_getaffinity(pid))
    except (AttributeError, OSError):
        return os.cpu_count() or 1


def uid_of(pid: int) -> int:
    """The user of a process.

    Raises:
        WatchError: There is no such process.
    """
    try:
        return Path(f"/proc/{pid}").stat().st_uid
    except OSError:
        pass
    if not Path("/proc/self").exists():  # another system: the one who has the socket
        return os.getuid()
    raise WatchError(f"there is no process {pid}; pcsim watch lists those that can be watched")


def connect(pid: int) -> Connection:
    """A connection to the agent of a process.

    Args:
        pid: The number of the process.

    Raises:
        WatchError: One line that says why it cannot be watched, and what would help.
    """
    uid = uid_of(pid)
    if os.getuid() not in (0, uid):
        raise WatchError(f"process {pid} belongs to another user: watch it as that user")
    path = sockets(uid).get(pid)
    if path is not None:
        try:
            return Connection(path, uid)
        except GoneError:
            _remove(path, pid)
        except SilentError:
            state = state_of(pid)
            raise SilentError(
                f"process {pid} is {state}" if state else f"process {pid} does not answer"
            ) from None
        except WatchError as problem:
            raise WatchError(f"process {pid}: {problem}") from None
    raise NoAgentError(no_way(pid))


def no_way(pid: int) -> str:
    """Why a process without an agent cannot be watched, and what would help."""
    return (
        f"process {pid} has let nobody in: start it with pcsim exec, or let it call"
        " pcsim.watch.allow()"
    )


def is_python(pid: int) -> bool:
    """Whether a process runs Python: its executable is one, or it has a library of it."""
    try:
        if "python" in Path(f"/proc/{pid}/exe").readlink().name.lower():
            return True
        maps = Path(f"/proc/{pid}/maps").read_text("utf-8", "replace")
    except OSError:
        return "python" in command_of(pid).lower()
    return "libpython" in maps


def watch(pid: int) -> Watched:
    """Begin to watch a process: through its agent, where that answers, or else from outside.

    Args:
        pid: The number of the process.

    Raises:
        WatchError: One line that says why it cannot be watched, and what would help.
    """
    try:
        return remote(pid)
    except (NoAgentError, SilentError):
        from pcsim.watch.outside.watched import OutsideWatch

        return OutsideWatch(pid)


def attach(pid: int) -> Remote:
    """Start an agent in a process that has none, and begin to watch it through that.

    Args:
        pid: The number of the process.

    Raises:
        WatchError: It cannot be attached to; says why, and what would help.
    """
    first: list[Connection] = []

    def is_there() -> bool:
        try:
            first.append(connect(pid))
        except WatchError:
            return False
        return True

    if not is_there():
        from pcsim.watch import attaching

        attaching.attach(pid, is_there)
    # The first connection is kept: the agent leaves with its last viewer.
    return _remote(pid, lambda: first.pop() if first else connect(pid))


def remote(pid: int) -> Remote:
    """Begin to watch a process through its agent.

    Args:
        pid: The number of the process.

    Raises:
        WatchError: One line that says why it cannot be watched, and what would help.
    """
    return _remote(pid, lambda: connect(pid))


def _remote(pid: int, connect_to: Callable[[], Connection]) -> Remote:
    try:
        return Remote(connect_to, cores_of(pid), lambda: state_of(pid), pid)
    except SilentError:
        state = state_of(pid)
        raise SilentError(
            f"process {pid} is {state}" if state else f"process {pid} does not answer"
        ) from None
    except GoneError:
        raise WatchError(f"process {pid} has ended") from None
    except (LookupError, TypeError, ValueError) as problem:
        if isinstance(problem, WatchError):
            raise
        raise WatchError(f"process {pid} answers what is no answer") from None
