"""What the app compares: two recordings, a recording with what is kept of a run, or two stretches
of one run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from pcsim.analysis.comparison import Period
from pcsim.launch import around
from pcsim.launch.offer import age
from pcsim.recording.comparison import Seen, Span, compare, compare_stretches, seen
from pcsim.recording.container import RecordingError
from pcsim.recording.keeping import Keeping
from pcsim.recording.marking import MarkKind
from pcsim.recording.reader import Reader
from pcsim.recording.replay import Past, Replay
from pcsim.recording.results import Results
from pcsim.snapshot.control import OWN, Mark, Point, Rewindable
from pcsim.text import clock_time, safe
from pcsim.tui.comparing import Offer
from pcsim.tui.diff.content import POINTS, Difference, point_of, points_from, times_to_draw
from pcsim.tui.saving import is_read_only

if TYPE_CHECKING:
    from pcsim.scenario import Scenario

SHORTEST = 0.02
"""The share of a run that a stretch of it has at least."""
MOST_CHANGES, MOST_FILES = 6, 12
"""Changes of a run, and recordings beside it, that are offered."""


def difference(
    a: Reader | Seen | Results, b: Reader | Seen | Results, names: tuple[str, str]
) -> Difference:
    """Return what differs between two runs, with both over time.

    Args:
        a: The first.
        b: The second.
        names: What both are called.

    Raises:
        RecordingError: One is damaged.
    """
    found = compare(a, b)
    of_one = isinstance(a, Results) or isinstance(b, Results)
    whole = None if of_one else compare(a, b, Period.WHOLE, found)
    shown = Difference(names, found, whole=whole)
    if isinstance(a, Results) or isinstance(b, Results):
        return shown
    pasts = [each if isinstance(each, Reader) else each.past for each in (a, b)]
    times = times_to_draw(max(past.length for past in pasts), shown.parts_at)
    first, second = (_points(past, times) for past in pasts)
    return shown._replace(courses=(first, second))


def of_stretches(run: Seen, first: Span, second: Span, names: tuple[str, str]) -> Difference:
    """Return what differs between two stretches of a run, with both over time.

    Args:
        run: The run.
        first: The first stretch.
        second: The second one.
        names: What both are called.

    Raises:
        RecordingError: It is damaged.
    """
    found, whole = (
        compare_stretches(run, first, second, period) for period in (Period.STEADY, Period.WHOLE)
    )
    courses = []
    for begin, end in (first, second):
        times = [begin + (end - begin) * number / POINTS for number in range(1, POINTS + 1)]
        start = point_of(run.past.snapshot_at(begin, math.inf))
        courses.append(points_from(_points(run.past, times), start._replace(at=begin)))
    return Difference(names, found, (courses[0], courses[1]), whole)


def _points(past: Past, times: Sequence[float]) -> list[Point]:
    """How it stood at these times: where that would take long, as it stood near them."""
    begin, end = max(times[0], past.begins), min(times[-1], past.length)
    known = past.notes.course(POINTS, begin, end)
    if len(known) >= POINTS // 2:
        close = [t for before, t in pairwise(times) if t - before < (end - begin) / POINTS / 2]
        return sorted({point.at: point for point in (*known, *_looks(past, close))}.values())
    return _looks(past, [at for at in times if past.begins <= at <= past.length])


def _looks(past: Past, times: Sequence[float]) -> list[Point]:
    points: list[Point] = []
    for at in times:
        point = point_of(past.snapshot_at(at, math.inf))
        if not points or point.at > points[-1].at:
            points.append(point)
    return points


class Comparisons:
    """What can be compared with what is replayed; it is a `pcsim.tui.comparing.Comparable`.

    Args:
        scenario: What was run; None for a program that was watched.
        path: The file that is replayed; None where it is kept in memory.
    """

    def __init__(self, scenario: Scenario | None, path: Path | None = None) -> None:
        self._scenario = scenario
        self._path = path

    def offers(self, past: Rewindable, marks: Sequence[Mark], span: Span) -> list[Offer]:
        """Return what can be compared: before and after moments, then other recordings.

        Args:
            past: What is replayed; it stands at a moment.
            marks: The moments that are marked, in order.
            span: The first time that there is, and the last one.
        """
        own = [mark for mark in marks if mark.kind == OWN]
        changes = [mark for mark in marks if mark.kind == MarkKind.CHANGE][-MOST_CHANGES:]
        moments = {past.at: "this moment"}
        moments.update((mark.at, f"mark {mark.name}") for mark in own)
        for mark in changes:
            moments.setdefault(mark.at, safe(mark.name, 24))
        edges = sorted({span[0], *(mark.at for mark in own), span[1]})
        offers = []
        for at, words in moments.items():
            stretches = _around(at, edges)
            if stretches is not None:
                first, second = map(_words, stretches)
                offers.append(
                    Offer(f"Before and after {words}", f"{first} with {second}", stretches)
                )
        return [*offers, *self._files()]

    def _files(self) -> Iterator[Offer]:
        if is_read_only():
            return
        folder = Path() if self._path is None else self._path.parent
        here = None if self._path is None else self._path.resolve()
        for found in around.recordings(folder)[:MOST_FILES]:
            path = folder / found.path
            if path.resolve() != here:
                note = f"{found.size / 1e6:.1f} MB, {age(found.changed_at)}"
                yield Offer(f"With {safe(str(found.path), 40)}", note, file=str(path))

    def comparer(self, past: Rewindable) -> Callable[[Offer], Difference]:
        """Return what finds what differs, of what is known by now; another thread may call it,
        once. It raises `RecordingError` where a file is damaged, or cannot be read.

        Args:
            past: What is replayed.

        Raises:
            RecordingError: Nothing is kept of it.
        """
        if self._path is not None:  # the app reads it meanwhile, so that needs another reader
            return partial(self._compare, partial(Reader, self._path))
        if not (isinstance(past, Replay) and isinstance(past.past, Keeping)):
            raise RecordingError("nothing is kept of this")
        kept = past.past.copy()
        return partial(self._compare, lambda: kept)

    def _compare(self, opened: Callable[[], Reader], offer: Offer) -> Difference:
        with closing(opened()) as reader:
            run = self._seen(reader)
            if offer.stretches is not None:
                return of_stretches(run, *offer.stretches, ("before", "after"))
            other = Reader(Path(offer.file))
            try:
                name = "this run" if self._path is None else self._path.name
                return difference(run, other, (name, other.path.name))
            finally:
                other.close()

    def _seen(self, reader: Reader) -> Seen:
        if self._path is not None:
            return seen(reader)
        from pcsim.scenario.file.writing import text_of_scenario

        text = "" if self._scenario is None else text_of_scenario(self._scenario)
        return Seen(reader, text, reader.snapshot_at(math.inf).engine == "virtual")


def _around(at: float, edges: Sequence[float]) -> tuple[Span, Span] | None:
    """What is before a moment, from the edge before it on, and what is after it, to the next edge;
    None where one of them is next to nothing."""
    begins, ends = [edge for edge in edges if edge < at], [edge for edge in edges if edge > at]
    if not (begins and ends):
        return None
    shortest = SHORTEST * (edges[-1] - edges[0])
    if min(at - begins[-1], ends[0] - at) < shortest:
        return None
    return (begins[-1], at), (at, ends[0])


def _words(span: Span) -> str:
    return f"{clock_time(span[0])}–{clock_time(span[1])}"
