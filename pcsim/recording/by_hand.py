"""What was done to a run that was seen: changes and controls, each with its time and in words."""

from __future__ import annotations

from collections.abc import Iterator

from pcsim.analysis.event_text import describe
from pcsim.errors import ScenarioError
from pcsim.recording.marking import MarkKind
from pcsim.recording.replay import Past
from pcsim.scenario.change_text import in_words, read
from pcsim.snapshot import Event, EventKind

AROUND = 50
"""Events up to the time of a mark among which is the one that it is of."""


def done_to(
    past: Past, begin: float, end: float, *, is_by_hand: bool = False
) -> Iterator[tuple[float, str]]:
    """Yield what was done to a run in a time of it.

    Args:
        past: What was seen of it.
        begin: The first moment, in seconds since the start of the run.
        end: The last one.
        is_by_hand: Whether to leave out what the scenario had planned.

    Raises:
        RecordingError: That is damaged.
    """
    times = {mark.at for mark in past.notes.marks() if mark.kind == MarkKind.CHANGE}
    for at in sorted(times):
        if begin <= at <= end:
            for event in past.notes.events(at, AROUND):
                if event.at == at and (words := _words(event, is_by_hand=is_by_hand)):
                    yield at, words


def _words(event: Event, *, is_by_hand: bool) -> str:
    if event.kind is EventKind.CONTROL:
        return describe(event)
    if event.kind is not EventKind.CHANGED or event.message or (is_by_hand and not event.change):
        return ""
    try:
        return in_words(read(event.change))
    except ScenarioError:  # the scenario has planned it, or another pcsim has written it
        return f"{event.subject}: {describe(event)}"
