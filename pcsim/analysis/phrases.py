"""Names, lists and numbers inside sentences; safe for any terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pcsim.text import count, safe

NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")


def name(text: str) -> str:
    """A name from outside, short enough for a sentence."""
    return safe(text, 24)


def names(texts: Iterable[str]) -> str:
    """`A`, `A and B`, `A, B and C`, `A, B and 7 more`."""
    parts = list(texts)
    if len(parts) > 3:
        return listed([*map(name, parts[:2]), f"{count(len(parts) - 2)} more"])
    return listed([*map(name, parts)])


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def was(number: int) -> str:
    """The verb for that number of things."""
    return "was" if number == 1 else "were"


def number_word(number: int) -> str:
    """`One` to `Ten` at the beginning of a sentence, and digits from there on."""
    return NUMBERS[number] if number < len(NUMBERS) else count(number)
