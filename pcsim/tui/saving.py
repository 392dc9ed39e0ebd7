"""Writes what the app saves into a file of its own, beside where we are, if it may write at all."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

READ_ONLY = "PCSIM_READ_ONLY"
"""The environment variable that is `1` where those who look may change nothing on this machine, and
see no other file of it: a visitor of `pcsim serve`."""

LONGEST = 80
"""Characters of a name."""


def is_read_only() -> bool:
    """Return whether nothing is written here, and no other file shown."""
    return os.environ.get(READ_ONLY) == "1"


def write_new(stem: str, ending: str, text: str) -> Path:
    """Write a text into a new file, and return that: NAME.toml, or NAME-2.toml and so on where
    that is there.

    Args:
        stem: The name without its ending; what does not belong into one is left out.
        ending: The ending, such as `.toml`.
        text: The text.

    Raises:
        OSError: It cannot be written, or nothing may be.
    """
    if is_read_only():
        raise OSError(errno.EROFS, "visitors write no files")
    name = re.sub(r"[^\w.-]+", "-", stem).strip("-.")[:LONGEST] or "saved"
    number = 1
    while True:
        path = Path(f"{name}{ending}" if number == 1 else f"{name}-{number}{ending}")
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
            return path
        except FileExistsError:
            number += 1
