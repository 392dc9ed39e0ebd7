"""The changes of a recorded run, with their effects: measured from its moments, as in the run."""

from __future__ import annotations

from itertools import pairwise

from pcsim.analysis.change_effect import LEAST_PARTS, MadeChange, changes_in
from pcsim.recording.reader import Reader
from pcsim.snapshot import EventKind
from pcsim.snapshot.course import MOST_CHANGES, MOST_PARTS, Course, tally_of

MOST_LOOKS = 2_000
"""Moments that are looked at in all, about."""


def changes_until(reader: Reader, at: float) -> tuple[MadeChange, ...]:
    """Return the changes of a run up to a time, in their order.

    Args:
        reader: The recording.
        at: Seconds since the start of the run.
    """
    changed = [
        one
        for one in reader.notes.all_events()
        if one.kind is EventKind.CHANGED and not one.message and one.at <= at
    ][-MOST_CHANGES:]
    if not changed:
        return ()
    parts = min(max(MOST_LOOKS // len(changed), 2 * LEAST_PARTS), MOST_PARTS)
    course = Course()
    times = [reader.begins, *(one.at for one in changed), at]
    for number, (begin, end) in enumerate(pairwise(times)):
        if number:
            course.change(changed[number - 1])
        for part in range(parts + 1):
            moment = reader.snapshot_at(begin + part * (end - begin) / parts)
            course.add(tally_of(moment))
    return changes_in(course)
