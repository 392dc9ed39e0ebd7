"""Which events are listed: all of them, or those of some kinds, or only first times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from pcsim.analysis.event_text import describe
from pcsim.analysis.firsts import First
from pcsim.snapshot import Event, EventKind
from pcsim.tui.filtering import has_all, words_of

Line: TypeAlias = Event | First
"""What a line of the list is about."""


class Choice(NamedTuple):
    """Some kinds of events under one word."""

    word: str
    kinds: frozenset[EventKind] = frozenset()
    """The kinds; none for all of them."""


FIRST_TIMES = "first times"
_WAITS = frozenset((EventKind.BLOCKED, EventKind.RESUMED))
_LOSSES = frozenset((EventKind.DROPPED, EventKind.DISCARDED))
_FAILURES = frozenset((EventKind.FAILED, EventKind.SKIPPED))
CHOICES = (
    Choice(""),
    Choice("waits", _WAITS),
    Choice("losses", _LOSSES),
    Choice("failures", _FAILURES),
    Choice("controls and ends", frozenset(EventKind) - _WAITS - _LOSSES - _FAILURES),
    Choice(FIRST_TIMES),
)
"""What may be listed, in the order in which a key goes through it."""


def listed(
    events: Sequence[Event], firsts: Sequence[First], choice: Choice, text: str
) -> Sequence[Line]:
    """Return what is listed, newest first.

    Args:
        events: The events that are kept, newest first.
        firsts: The first times, earliest first.
        choice: Of which kinds.
        text: Words that each line has in it.
    """
    lines: Sequence[Line] = events
    if choice.word == FIRST_TIMES:
        lines = tuple(reversed(firsts))
    elif choice.kinds:
        lines = tuple(one for one in events if one.kind in choice.kinds)
    words = words_of(text)
    return tuple(one for one in lines if has_all(_text_of(one), words)) if words else lines


def _text_of(line: Line) -> str:
    if isinstance(line, First):
        return f"{line.kind} {line.subject} {line.text}"
    return f"{line.kind} {line.subject} {line.queue} {describe(line)}"
