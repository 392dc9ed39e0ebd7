"""What a cycle did, and which laws it broke."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

GUARD = 60.0
"""Seconds after which something that should have come is a hang."""
PAUSES = (0.0, 0.0, 1e-4, 1e-3, 5e-3)
"""Seconds between two acts of a thread that steers or looks."""


class Findings:
    """Of one cycle. Any thread may add to `broken`; each count has one writer."""

    def __init__(self) -> None:
        self.what = ""
        """What was run, in a few words."""
        self.moved = 0
        """Items that reached the end of their way."""
        self.lost = 0
        self.doubled = 0
        self.looks: list[int] = []
        """How many snapshots each thread took."""
        self.broken: dict[str, str] = {}
        """Each broken law, with what was seen the first time."""
        self.abort_time = 0.0
        """Seconds from the first abort to the end of the run."""
        self.threads = 0
        """The most threads that were seen."""
        self.hangs = False
        self.kept: list[object] = []
        """Weak references to what must be gone when the cycle is over."""

    def broke(self, law: str, seen: object) -> None:
        """A law does not hold, as is seen by this."""
        self.broken.setdefault(law, str(seen)[:500])

    def require(self, holds: bool, law: str, seen: object = "") -> None:
        """A law that should hold."""
        if not holds:
            self.broke(law, seen)

    @contextmanager
    def law(self, name: str) -> Iterator[None]:
        """Run a check: any error that it raises is a broken law, of that name and what a failed
        assertion says before a colon."""
        try:
            yield
        except AssertionError as error:
            law, _, seen = str(error).partition(": ")
            in_words = re.fullmatch("[a-z_ ]+", law)
            self.broke(f"{name}: {law}" if in_words else name, seen if in_words else error)
        except Exception as error:  # noqa: BLE001 - it is reported, with all others
            where = "".join(traceback.format_tb(error.__traceback__)[-2:])
            self.broke(f"{name}: {type(error).__name__}", f"{error}\n{where}")
