"""The kernel of this machine: found in the user's cache, or built by a compiler that is there.

What is built is named after a digest of its sources, of how it was built and for what, so that no
version of pcsim takes another's. It is put into its place whole, and used only once it has agreed
with the Python engine; that is noted beside it, and so is why it did not.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from hashlib import blake2b
from importlib.util import find_spec
from pathlib import Path

from pcsim.kernel.leaving import UnusableError
from pcsim.kernel.library import Library

SOURCES = Path(__file__).parent / "source"
FLAGS = ("-std=c99", "-O2", "-ffp-contract=off", "-shared", "-fPIC", "-fvisibility=hidden")
"""Without fused multiply-add: results would differ from those of Python in their last digits."""
COMPILERS = ("cc", "gcc", "clang")
LONGEST_BUILD = 120.0
"""Seconds; it takes one or two."""


def find(check: Callable[[Library], str], *, may_build: bool) -> Library:
    """Find the kernel for this machine.

    Args:
        check: Compares it with the Python engine; returns how it differs, "" where it does not.
        may_build: Whether to build it where there is none yet.

    Raises:
        UnusableError: There is none, or none that may be used.
    """
    if not SOURCES.is_dir():
        raise UnusableError("pcsim runs from an archive, without the kernel's sources")
    path = cache_folder() / f"kernel-{_digest()}{_suffix()}"
    verdict = path.with_suffix(".checked")
    try:
        if not path.exists():
            if not may_build:
                raise UnusableError("it is not built yet")
            build(path)
        library = Library(path)
        if not verdict.exists():
            _write_whole(verdict, check(library).encode())
        difference = verdict.read_text(encoding="utf-8")
    except OSError as error:
        raise UnusableError(f"it cannot be kept in {path.parent}: {error.strerror}") from None
    if difference:
        raise UnusableError(difference)
    return library


def cache_folder() -> Path:
    """Return where built kernels are kept: `PCSIM_CACHE_DIR`, or the user's cache."""
    from platformdirs import user_cache_path

    named = os.environ.get("PCSIM_CACHE_DIR")
    return Path(named) if named else user_cache_path("pcsim", appauthor=False)


def build(path: Path) -> None:
    """Build the kernel into a file, which is there whole or not at all.

    Raises:
        UnusableError: There is no compiler, or it fails.
        OSError: The file cannot be written.
    """
    compiler = find_compiler()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="building-") as folder:
        new = Path(folder, path.name)
        command = [*compiler, *FLAGS, "-o", str(new), str(SOURCES / "kernel.c")]
        try:
            done = subprocess.run(  # noqa: S603 - a compiler, and files of pcsim
                command, capture_output=True, text=True, errors="replace", timeout=LONGEST_BUILD
            )
        except subprocess.TimeoutExpired:
            raise UnusableError(f"{compiler[0]} takes too long") from None
        if done.returncode or not new.exists():
            first = next(iter(done.stderr.splitlines()), "").strip()
            raise UnusableError(f"{compiler[0]} cannot build it: {first}")
        new.replace(path)


def find_compiler() -> Sequence[str]:
    """Return the command of a C compiler: one of the system, or that of the package ziglang.

    Raises:
        UnusableError: There is none.
    """
    for name in COMPILERS:
        found = shutil.which(name)
        if found is not None:
            return [found]
    if find_spec("ziglang") is not None:
        return [sys.executable, "-m", "ziglang", "cc"]
    raise UnusableError("there is no C compiler; pip install 'pcsim[compiled]' brings one")


def _digest() -> str:
    """Names what is built: sources, flags, and the machine that it is for."""
    digest = blake2b(digest_size=10)
    for source in sorted(SOURCES.iterdir()):
        digest.update(b"%b %b\n" % (source.name.encode(), source.read_bytes()))
    machine = sys.platform, platform.machine(), str(sys.maxsize), *platform.libc_ver()[:1]
    digest.update(" ".join((*FLAGS, *machine)).encode())
    return digest.hexdigest()


def _suffix() -> str:
    return {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")


def _write_whole(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)
