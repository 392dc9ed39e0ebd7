"""Building the kernel with a compiler that is there: one of the system, or the package ziglang."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from pcsim.kernel import targets
from pcsim.kernel.leaving import UnusableError

COMPILERS = ("cc", "gcc", "clang")
LONGEST_BUILD = 120.0
"""Seconds; it takes one or two."""


class Compiler(NamedTuple):
    """A compiler that is there.

    Attributes:
        name: What it is called in messages.
        command: How it is started; () for the package ziglang.
    """

    name: str
    command: tuple[str, ...] = ()

    def commands(self, library: Path) -> Sequence[Sequence[str]]:
        """The commands that build a library, one after the other."""
        if not self.command:
            return targets.zig_commands(targets.this_machine(), library)
        source = targets.SOURCES / "kernel.c"
        shared = ("-shared", "-fPIC", "-o", str(library), str(source))
        return [(*self.command, *targets.C_FLAGS, *shared)]


def build(path: Path) -> None:
    """Build the kernel into a file, which is there whole or not at all.

    Raises:
        UnusableError: There is no compiler, or none can build it.
        OSError: The file cannot be written.
    """
    problems = []
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="building-") as folder:
        new = Path(folder, path.name)
        for compiler in compilers():
            problem = _problem_of(compiler, new)
            if not problem:
                new.replace(path)
                return
            problems.append(f"{compiler.name} {problem}")
    if not problems:
        raise UnusableError("there is no C compiler; pip install 'pcsim[compiled]' brings one")
    raise UnusableError("; ".join(problems))


def compilers() -> Iterator[Compiler]:
    """Compilers of this machine, the likeliest first."""
    found = (shutil.which(name) for name in COMPILERS)
    path = next(filter(None, found), None)
    if path is not None and _is_there(path):
        yield Compiler(path, (path,))
    if find_spec("ziglang") is not None:
        yield Compiler("ziglang")


def _is_there(path: str) -> bool:
    """Whether it is more than what macOS has in its place, which opens a window to install it."""
    if platform.system() != "Darwin" or not path.startswith("/usr/bin/"):
        return True
    selected = subprocess.run(
        ["/usr/bin/xcode-select", "--print-path"], capture_output=True, check=False
    )
    return selected.returncode == 0


def _problem_of(compiler: Compiler, new: Path) -> str:
    """Build it; return what went wrong, "" where nothing did."""
    folder = str(new.parent)  # what zig keeps for later is for this one build
    environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": folder, "ZIG_LOCAL_CACHE_DIR": folder}
    for command in compiler.commands(new):
        try:
            done = subprocess.run(  # noqa: S603 - a compiler, and files of pcsim
                command, env=environment, cwd=folder, capture_output=True, text=True,
                errors="replace", timeout=LONGEST_BUILD,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return "takes too long"
        except OSError as error:
            return f"cannot be started: {error.strerror}"
        if done.returncode:
            lines = done.stderr.splitlines()
            first = next((line for line in lines if "error" in line), "\n".join(lines[:1]))
            return f"cannot build it: {first.strip()}"
    return "" if new.exists() else "has built nothing"
