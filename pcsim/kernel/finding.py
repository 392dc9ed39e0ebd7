"""The kernel of this machine: one that came with pcsim, or one that was built here.

Whichever it is, it is compared with the Python engine before it is used for the first time. What
came of that is noted in the user's folder, where a kernel that was built here is kept as well. Its
name there is a digest of its sources, of how it was built and for what, so that no version of pcsim
takes another's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

from pcsim.kernel import targets
from pcsim.kernel.keeping import Note, alone, cannot_keep, own_folder
from pcsim.kernel.leaving import NotBuiltError, UnusableError
from pcsim.kernel.library import Library
from pcsim.version import __version__

FATAL = "it ended a process that compared it with the Python engine"

Check = Callable[[Library], str]
"""Compares a kernel with the Python engine; returns how it differs, "" where it does not."""


def find(check: Check, *, may_build: bool) -> Library:
    """Find the kernel for this machine.

    Args:
        check: Compares it with the Python engine.
        may_build: Whether to build it where there is none yet.

    Raises:
        NotBuiltError: There is none yet.
        UnusableError: There is none, or none that may be used.
    """
    if (path := targets.shipped()) is not None:
        return _shipped(path, check)
    try:
        note = _note_of_built(make=may_build)
    except UnusableError as problem:
        if may_build:
            raise
        raise NotBuiltError(str(problem)) from None
    if note.read() is None:
        if not may_build:
            raise NotBuiltError("it is not built yet")
        _build(note, check)
    return _usable(note)


def _note_of_built(*, make: bool) -> Note:
    """The note of the kernel that is, or would be, built here."""
    if not targets.SOURCES.is_dir():
        raise UnusableError("pcsim runs from an archive, without the kernel's sources")
    suffix = targets.target_of(targets.this_machine()).suffix
    path = own_folder(make=make) / f"kernel-{digest()}{suffix}"
    return Note(path.with_suffix(".checked"), path)


def _shipped(path: Path, check: Check) -> Library:
    """One that came with pcsim; where nothing can be noted, it is compared in each process."""
    name = blake2b(b"%b %b" % (__version__.encode(), path.read_bytes()), digest_size=10)
    try:
        note = Note(own_folder(make=True) / f"shipped-{name.hexdigest()}.checked", path)
        if note.read() is None:
            with alone(note.path.parent):
                _compare(note, check)
    except (OSError, UnusableError):
        if why := _verdict(path, check):
            raise UnusableError(why) from None
        return Library(path)
    return _usable(note)


def _build(note: Note, check: Check) -> None:
    """Build one and note what comes of comparing it, unless another process does just now."""
    from pcsim.kernel.building import build  # which needs much that running it does not

    try:
        with alone(note.path.parent):
            if note.read() is None:
                build(note.library)
            _compare(note, check)
    except OSError as error:
        raise cannot_keep(error) from None


def _compare(note: Note, check: Check) -> None:
    """Compare it with the Python engine and note that, unless it has been done meanwhile."""
    if note.read() is not None:
        return
    note.write(FATAL)
    try:
        why = _verdict(note.library, check)
    except BaseException:  # such as Ctrl-C, which says nothing about it
        note.remove()
        raise
    note.write(why)


def _verdict(path: Path, check: Check) -> str:
    """Why a library may not be used; "" where it may."""
    try:
        return check(Library(path))
    except UnusableError as problem:
        return str(problem)


def _usable(note: Note) -> Library:
    why = note.read()
    if why:
        raise UnusableError(f"{why} (noted in {note.path})")
    return Library(note.library)


def digest() -> str:
    """Name what is built here: its sources, how, and the machine that it is for."""
    named = blake2b(digest_size=10)
    for source in sorted(targets.SOURCES.iterdir()):
        named.update(b"%b %b\n" % (source.name.encode(), source.read_bytes()))
    libc = getattr(sys.implementation, "_multiarch", "")  # musl's differ from those of glibc
    named.update(" ".join((*targets.C_FLAGS, targets.this_machine(), libc)).encode())
    return named.hexdigest()
