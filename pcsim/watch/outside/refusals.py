"""Why a process cannot be read from outside, in one line, and what would help."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pcsim.errors import PcsimError
from pcsim.watch.outside.process import Process, owner_name

FROM_WITHIN = "run it with `pcsim exec`, or call `pcsim.watch.allow()` in it"
YAMA = Path("/proc/sys/kernel/yama/ptrace_scope")
IN_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))


class Refusal(PcsimError):
    """A process that cannot be read from outside: what is in the way, and what would help.

    Attributes:
        problem: What is in the way.
        remedy: What would help; `""` where nothing does.
    """

    def __init__(self, problem: str, remedy: str = "") -> None:
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{problem}: {remedy}" if remedy else problem)


class GoneError(PcsimError):
    """The process has ended, or runs another program now."""


class TornError(PcsimError):
    """What was read does not fit together: it was changed meanwhile, or is something else."""


def version_refusal(major: int, minor: int) -> Refusal:
    """A version whose memory is not known."""
    name = f"Python {major}.{minor}"
    if (major, minor) < (3, 11):
        return Refusal(f"it runs {name}; pcsim reads 3.11 to 3.15 from outside")
    return Refusal(
        f"it runs {name}, whose memory this pcsim does not know; it reads 3.11 to 3.15",
        f"{FROM_WITHIN}, or look for a newer pcsim",
    )


def free_threaded_refusal(minor: int) -> Refusal:
    """A build whose objects are laid out in another way."""
    return Refusal(
        f"it runs a free-threaded Python 3.{minor}, which cannot be read from outside", FROM_WITHIN
    )


def platform_refusal() -> Refusal | None:
    """What is wrong with the machine that pcsim runs on, if anything is."""
    if sys.platform != "linux":
        return Refusal("programs can be read from outside on Linux only", FROM_WITHIN)
    if sys.maxsize < 2**32 or sys.byteorder != "little" or os.uname().machine not in MACHINES:
        return Refusal(
            f"programs can be read from outside on {' and '.join(MACHINES)} only, "
            f"not on {os.uname().machine}",
            FROM_WITHIN,
        )
    return None


MACHINES = ("x86_64", "aarch64")


def rights_refusal(process: Process) -> Refusal:
    """Why this process may not be read, as far as the system says it."""
    owner = process.owner()
    mine = os.geteuid()
    if owner is not None and mine not in (0, owner):
        return Refusal(
            f"process {process.pid} belongs to {owner_name(owner)}",
            f"run pcsim as {owner_name(owner)} or with sudo",
        )
    if any(path.exists() for path in IN_CONTAINER):
        return Refusal(
            f"this container does not let pcsim read process {process.pid}",
            "start it with `--cap-add SYS_PTRACE`, run pcsim outside of it, or "
            f"for the next time {FROM_WITHIN}",
        )
    scope = yama_scope()
    if scope >= 3:
        return Refusal(
            "this system lets no process read another (kernel.yama.ptrace_scope is 3 until it is "
            "started again)",
            FROM_WITHIN,
        )
    if scope and mine != 0:
        ways = "run pcsim with sudo, "
        if scope == 1:
            ways += "allow it until the next start by `sudo sysctl kernel.yama.ptrace_scope=0`, "
        return Refusal(
            f"this system lets no program read another one's memory "
            f"(kernel.yama.ptrace_scope is {scope})",
            f"{ways}or for the next time {FROM_WITHIN}",
        )
    if mine != 0:
        return Refusal(
            f"process {process.pid} does not let others of its user read it",
            f"run pcsim with sudo, or {FROM_WITHIN}",
        )
    return Refusal(
        f"the system does not let pcsim read process {process.pid}",
        f"pcsim needs the right CAP_SYS_PTRACE; or {FROM_WITHIN}",
    )


def yama_scope() -> int:
    """Return how far the system restricts reading other processes; 0 where it does not."""
    try:
        return int(YAMA.read_text())
    except (OSError, ValueError):
        return 0
