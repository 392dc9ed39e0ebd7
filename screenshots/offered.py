"""What the picker offers in the picture: the lessons, and some files, a recording and a program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pcsim.launch.offer import Offer
from pcsim.tui.picker.entries import Entry, Section

FOUND = (
    Entry(Section.FILES, "orders.toml", "orders.toml", "1 queue, 4 workers", "2 min ago"),
    Entry(Section.FILES, "images.toml", "images.toml", "8 queues, 12 workers", "3 h ago"),
    Entry(
        Section.FILES, "my.toml", "my.toml", "", "line 7: capacity must be 1 or more", is_wrong=True
    ),
    Entry(Section.RECORDINGS, "before.rec", "before.rec", "0.4 MB", "1 day ago"),
    Entry(Section.PROGRAMS, "4711", "4711 etl.py", "2 queues", "Python 3.11.7"),
)


class Offered(Offer):
    """Always the same, wherever the picture is made."""

    def __init__(self) -> None:
        super().__init__(Path("nowhere"), done=("basic", "shared", "back-pressure"))

    def entries(self) -> Sequence[Entry]:
        """The lessons and the rest."""
        return (*self.first(), *FOUND)
