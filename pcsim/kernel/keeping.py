"""The folder of a user's kernels, and what is noted there of each: whether it may be used.

What is kept there is loaded as code, so the folder belongs to the user alone. A note names the
content of the file that it is about: a file that has been damaged is as good as none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path

from pcsim.kernel.leaving import UnusableError

WRITABLE_BY_OTHERS = 0o022


def users_cache() -> Path:
    """Return where pcsim keeps what it can make anew: `PCSIM_CACHE_DIR`, or in the user's cache."""
    if named := os.environ.get("PCSIM_CACHE_DIR"):
        return Path(named).absolute()
    if sys.platform != "linux":
        from platformdirs import user_cache_path

        return user_cache_path("pcsim", appauthor=False)
    # By the same rule, but to import platformdirs takes longer than all the rest.
    named = os.environ.get("XDG_CACHE_HOME", "")
    if not Path(named).is_absolute():
        named = os.path.expanduser("~/.cache")  # noqa: PTH111 - `~` stays where there is no home
    return Path(named, "pcsim")


def cache_folder() -> Path:
    """Return where kernels are kept."""
    return users_cache() / "kernel"


def own_folder(*, make: bool) -> Path:
    """Return the folder of kernels, which is the user's alone.

    Args:
        make: Whether to make it where it is not there.

    Raises:
        UnusableError: It is not, or cannot be made.
    """
    folder = cache_folder()
    if not folder.is_absolute():
        raise UnusableError("there is no home to keep it in: set PCSIM_CACHE_DIR")
    try:
        if make:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except FileNotFoundError:
        return folder
    except OSError as error:
        raise cannot_keep(error) from None
    if sys.platform != "win32":
        if found.st_uid != os.geteuid():
            raise UnusableError(f"{folder} belongs to another user")
        if found.st_mode & WRITABLE_BY_OTHERS:
            raise UnusableError(f"others may write to {folder}: chmod go-w it, or delete it")
    return folder


def cannot_keep(error: OSError) -> UnusableError:
    """Why a kernel is not kept."""
    return UnusableError(f"it cannot be kept in {cache_folder()}: {error.strerror}")


class Note:
    """Whether a library may be used, noted in the user's folder.

    Args:
        path: The file of the note.
        library: The file of the library.
    """

    def __init__(self, path: Path, library: Path) -> None:
        self.path = path
        self.library = library

    def read(self) -> str | None:
        """Return why it may not be used, "" where it may; None where nothing is known of it."""
        with suppress(OSError, ValueError):
            digest, why = self.path.read_text(encoding="utf-8").split("\n", 1)
            if digest == self._digest():
                return why
        return None

    def write(self, why: str) -> None:
        """Note why the library, as it is now, may not be used; "" where it may.

        Raises:
            OSError: It cannot be noted.
        """
        new = self.path.with_suffix(f".{os.getpid()}")
        new.write_text(f"{self._digest()}\n{why}", encoding="utf-8")
        new.replace(self.path)

    def remove(self) -> None:
        """Forget what was noted."""
        self.path.unlink(missing_ok=True)

    def _digest(self) -> str:
        return blake2b(self.library.read_bytes(), digest_size=16).hexdigest()


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep all other processes of the user out, for as long as one builds or compares.

    Raises:
        OSError: The folder cannot be written to.
    """
    with (folder / "lock").open("ab") as file:
        with suppress(OSError):  # a file system without locks: both do it, and both do the same
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
        yield
