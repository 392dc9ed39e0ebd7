"""What the kernel is built for, and the commands of zig that build it for each.

The hook that builds a wheel runs this file by itself: it imports nothing of pcsim.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

SOURCES = Path(__file__).parent / "source"
C_FLAGS = ("-std=c99", "-O3", "-ffp-contract=off", "-fvisibility=hidden")
"""Without fused multiply-add: results would differ from those of Python in their last digits."""
SHIPPED = Path(__file__).parent / "binaries"
"""Where a wheel has a binary for each of `TARGETS`; a clone has no such folder."""


class Target(NamedTuple):
    """A kind of machine.

    Attributes:
        triple: Its name in zig, with the oldest system that is asked for.
        suffix: How the names of its libraries end.
        links: What it links with, beside its own code.
    """

    triple: str
    suffix: str
    links: tuple[str, ...]


_ALONE = "-fno-compiler-rt"
"""Nothing of the compiler's own library: building that takes seconds, and it is not used."""
_APPLE = ("-lc", _ALONE, "-install_name", "@rpath/pcsim-kernel.dylib")
# No start code of mingw either: that takes minutes, and there is nothing to start.
_WINDOWS = ("-lucrtbase", _ALONE, "-fno-entry", "-fno-emit-implib")
# glibc 2.17 is that of manylinux2014. musl takes the same files: it answers for `libc.so.6`, and
# has the five functions that are used.
TARGETS = {
    "linux-x86_64": Target("x86_64-linux-gnu.2.17", ".so", ("-lc", _ALONE)),
    "linux-aarch64": Target("aarch64-linux-gnu.2.17", ".so", ("-lc", _ALONE)),
    "darwin-x86_64": Target("x86_64-macos.11.0", ".dylib", _APPLE),
    "darwin-arm64": Target("aarch64-macos.11.0", ".dylib", _APPLE),
    "win-amd64": Target("x86_64-windows-gnu", ".dll", _WINDOWS),
    "win-arm64": Target("aarch64-windows-gnu", ".dll", _WINDOWS),
}
"""By the name of the machine: those for which a wheel has a binary."""


def target_of(machine: str) -> Target:
    """Return how to build for a machine: for one that is not in `TARGETS`, as zig finds it."""
    suffix = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
    return TARGETS.get(machine, Target("native", suffix, ("-lc",)))


def zig_commands(machine: str, library: Path) -> list[Sequence[str]]:
    """Return the commands that build a library with the package ziglang.

    Two, since Windows gets the headers of C without its start code. The processor is the plainest
    of its kind, also where this one can do more: a home may be shared by several.

    Args:
        machine: Which of `TARGETS`, or another, which has to be this one.
        library: The file to build; a file beside it is used on the way.
    """
    target, part = target_of(machine), library.with_suffix(".o")
    zig = (sys.executable, "-m", "ziglang")
    its = ("-target", target.triple, "-mcpu=baseline", "-O", "ReleaseFast", "-fstrip")
    return [
        (*zig, "build-obj", "-fPIC", "-lc", *its, f"-femit-bin={part}", "-cflags", *C_FLAGS, "--",
         str(SOURCES / "kernel.c")),
        (*zig, "build-lib", "-dynamic", *its, *target.links, f"-femit-bin={library}", str(part)),
    ]  # fmt: skip


def this_machine() -> str:
    """Return the name of the machine that this Python is for, such as `linux-x86_64`."""
    if sys.platform == "win32":
        from sysconfig import get_platform

        return get_platform()
    return f"{sys.platform}-{os.uname().machine}{'' if sys.maxsize > 2**32 else '-32'}"


def library_name(machine: str) -> str:
    """Return how the file of a machine's library is called in a wheel."""
    return machine + target_of(machine).suffix


def shipped() -> Path | None:
    """Return the library for this machine that came with pcsim, if one did."""
    path = SHIPPED / library_name(this_machine())
    return path if path.is_file() else None
