"""How the command line names code: `module:name`, `script.py:name`, `script.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

SCRIPT = ".py"


class CodeName(NamedTuple):
    """Code that a word on the command line names."""

    place: str
    """The name of a module, or the path of a script."""
    name: str
    """What is meant of it, with dots inside; "" leaves that open."""

    @property
    def word(self) -> str:
        """The word."""
        return f"{self.place}:{self.name}" if self.name else self.place

    @property
    def is_script(self) -> bool:
        """Whether the place is a path."""
        return self.place.endswith(SCRIPT)


def code_name(word: str) -> CodeName | None:
    """Return what code a word names; None for a demo, a scenario file and everything else.

    >>> code_name("shop.orders:system")
    CodeName(place='shop.orders', name='system')
    >>> code_name("jobs/crawl.py")
    CodeName(place='jobs/crawl.py', name='')
    >>> code_name("my.toml"), code_name("4")
    (None, None)
    """
    if word.endswith(SCRIPT):
        return CodeName(word, "")
    place, colon, name = word.rpartition(":")
    if not colon or (name and not _is_dotted(name)):
        return None
    if place.endswith(SCRIPT) or _is_dotted(place):
        return CodeName(place, name)
    return None


def names_code(words: Sequence[str]) -> bool:
    """Whether one of the words of a command names code, also behind a `NAME=`.

    >>> names_code(["run", "4", "--sink", "Clerk=shop:sell"]), names_code(["run", "4"])
    (True, False)
    """
    return any(code_name(word.rpartition("=")[2]) is not None for word in words)


def _is_dotted(text: str) -> bool:
    return all(part.isidentifier() for part in text.split("."))
