"""What the picker offers, and what was picked."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from pcsim.tui.widgets.text_view import TextLine


class Section(StrEnum):
    """The kinds of what there is to open, in their order."""

    LESSONS = "Lessons"
    FILES = "Files here and below, newest first"
    RECORDINGS = "Recordings"
    PROGRAMS = "Running now"


class Entry(NamedTuple):
    """One line of the picker. Texts are safe for a terminal.

    Attributes:
        section: Where it stands.
        key: What it is, whatever it is called: a number, a path or the number of a process.
        name: What it is called.
        text: What it is.
        note: What is to be known of it, such as its age.
        is_done: Whether it is a lesson whose question was answered right.
        is_wrong: Whether it cannot be opened as it is.
    """

    section: Section
    key: str
    name: str
    text: str = ""
    note: str = ""
    is_done: bool = False
    is_wrong: bool = False

    def matches(self, words: str) -> bool:
        """Whether it has all of these words, in any order; capital letters are as small ones.

        Args:
            words: The words, with spaces between them.
        """
        here = f"{self.key} {self.name} {self.text} {self.note}".casefold()
        return all(word in here for word in words.casefold().split())


class Offer(Protocol):
    """What there is to open."""

    def first(self) -> Sequence[Entry]:
        """What is known without looking anywhere."""

    def entries(self) -> Sequence[Entry]:
        """Look around, and return everything; another thread calls it."""

    def preview(self, entry: Entry, width: int) -> Sequence[TextLine]:
        """What is shown beside the list while the entry is chosen; another thread calls it.

        Args:
            entry: The entry.
            width: The cells of a line.
        """


class Way(StrEnum):
    """How something is opened."""

    OPEN = "open"
    VIRTUAL = "virtual"
    EDIT = "edit"


class Picked(NamedTuple):
    """What was picked, and how it is to be opened."""

    entry: Entry
    way: Way = Way.OPEN
