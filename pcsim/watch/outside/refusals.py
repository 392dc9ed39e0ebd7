"""Why a process cannot be read from outside, in one line, and what would help."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pcsim.errors import PcsimError
from pcsim.watch.outside.process import Process, owner_name
from pcsim.watch.wire import WatchError

FROM_WITHIN = "run it with `pcsim exec`, or call `pcsim.watch.allow()` in it"
YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
IN_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))


class Refusal(WatchError):
    """A process that cannot be read from outside: what is in the way, and what would help.

    Attributes:
        problem: What is in the way, said of the process: `has ended`.
        remedy: What would help; `""` where nothing does.
    """

    def __init__(self, problem: str, remedy: str = "", *, subject: str = "it") -> None:
        self.problem = problem
        self.remedy = remedy
        said = f"{subject} {problem}"
        super().__init__(f"{said}: {remedy}" if remedy else said)

    def of(self, pid: int) -> Refusal:
        """The same, said of a process by its number."""
        return Refusal(self.problem, self.remedy, subject=f"process {pid}")


class TornError(PcsimError):
    """What was read does not fit together: it was changed meanwhile, or is something else."""


def version_refusal(major: int, minor: int) -> Refusal:
    """A version whose memory is not known."""
    name = f"Python {major}.{minor}"
    if (major, minor) < (3, 11):
        return Refusal(f"runs {name}, and pcsim knows 3.11 to 3.15")
    return Refusal(
        f"runs {name}, whose memory this pcsim does not know",
        f"{FROM_WITHIN}, or look for a newer pcsim",
    )


def free_threaded_refusal(minor: int) -> Refusal:
    """A build whose objects are laid out in another way."""
    return Refusal(
        f"runs a free-threaded Python 3.{minor}, which cannot be read from outside", FROM_WITHIN
    )


def check_platform() -> None:
    """Raise `Refusal` where pcsim itself runs on something that cannot read other programs."""
    if sys.platform != "linux":
        raise Refusal("can be read from outside on Linux only", FROM_WITHIN)
    machine = os.uname().machine
    if sys.maxsize < 2**32 or sys.byteorder != "little" or machine not in MACHINES:
        raise Refusal(
            f"can be read from outside on {' and '.join(MACHINES)} only, not on {machine}",
            FROM_WITHIN,
        )


MACHINES = ("x86_64", "aarch64")


def rights_refusal(process: Process) -> Refusal:
    """Why this process may not be read, as far as the system says it."""
    owner, mine, scope = process.owner(), os.geteuid(), yama_scope()
    if owner is not None and mine not in (0, owner):
        name = owner_name(owner)
        return Refusal(f"belongs to {name}", f"run pcsim as {name} or with sudo")
    if mine and process.is_closed_to(owner):
        return Refusal(
            "does not let its own user read it", f"run pcsim with sudo, or {FROM_WITHIN}"
        )
    if any(path.exists() for path in IN_CONTAINER):
        return Refusal(
            "may not be read in this container",
            "start the container with `--cap-add SYS_PTRACE`, run pcsim outside of it, or for the "
            f"next time {FROM_WITHIN}",
        )
    if scope >= 3:
        return Refusal(
            "may not be read: kernel.yama.ptrace_scope is 3 until the system starts anew",
            FROM_WITHIN,
        )
    if scope and mine:
        ways = "run pcsim with sudo, "
        if scope == 1:
            ways += "or `sudo sysctl kernel.yama.ptrace_scope=0` until the next start, "
        return Refusal(
            f"may not be read: kernel.yama.ptrace_scope is {scope}",
            f"{ways}or for the next time {FROM_WITHIN}",
        )
    return Refusal("may not be read", f"pcsim needs the right CAP_SYS_PTRACE, or {FROM_WITHIN}")


def yama_scope() -> int:
    """Return how far the system restricts reading other processes; 0 where it does not."""
    try:
        return int(YAMA.read_text())
    except (OSError, ValueError):
        return 0
