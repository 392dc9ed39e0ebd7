"""A recording as a trace for Perfetto: workers are tracks with a slice for each state, queues are
counters.

It is the trace event format, as JSON, which https://ui.perfetto.dev and its trace_processor open:
slices `X`, counters `C`, moments `i`, names `M`; times are microseconds. States come from events,
which have their exact times, and from snapshots where events are missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pcsim.analysis.event_text import describe
from pcsim.recording.reader import Reader
from pcsim.recording.tables import moments
from pcsim.snapshot import Event, EventKind, Snapshot, WorkerRow, WorkerState
from pcsim.text import safe

PROCESS = 1
"""The number of the process in the trace, and of its first thread, which is no worker's: what has
no thread, such as a counter, is taken for one of that. Thread 0 is that of an idle processor."""
_INSTANTS = frozenset(
    (EventKind.DROPPED, EventKind.FAILED, EventKind.SKIPPED, EventKind.CONTROL,
     EventKind.DISCARDED)
)  # fmt: skip
_ENDED = frozenset((WorkerState.DONE, WorkerState.FAILED, WorkerState.NEW))


class _Slice(NamedTuple):
    name: str
    begins: float


class _Track:
    """One worker while its slices are made."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.open: _Slice | None = None

    def turn(self, name: str, at: float) -> Iterator[dict[str, Any]]:
        """It comes into another state: the slice before ends. `name` is "" for none."""
        before = self.open
        if before is not None and before.name == name:
            return
        if before is not None:
            at = max(at, before.begins)
            if at > before.begins:
                yield {
                    "ph": "X", "name": before.name, "pid": PROCESS, "tid": self.number,
                    "ts": _micros(before.begins), "dur": _micros(at) - _micros(before.begins),
                }  # fmt: skip
        self.open = _Slice(name, at) if name else None


def trace(reader: Reader) -> Iterator[dict[str, Any]]:
    """Yield the events of the trace.

    Args:
        reader: The recording.

    Raises:
        RecordingError: It is damaged.
    """
    title = safe(reader.about.title) or "pcsim"
    yield {"ph": "M", "name": "process_name", "pid": PROCESS, "args": {"name": title}}
    tracks: dict[str, _Track] = {}
    depths: dict[str, int] = {}
    events = reader.notes.all_events()
    following = next(events, None)
    at = 0.0
    for moment in moments(reader):
        while following is not None and following.at <= moment.at:
            yield from _of_event(following, tracks)
            following = next(events, None)
        yield from _of_moment(moment, tracks, depths)
        at = moment.at
    for track in tracks.values():
        yield from track.turn("", at)


def _of_event(event: Event, tracks: dict[str, _Track]) -> Iterator[dict[str, Any]]:
    track = tracks.get(event.subject)
    if track is not None and event.kind is EventKind.BLOCKED:
        yield from track.turn(_blocked(event.queue, event.reason), event.at)
    elif track is not None and event.kind is EventKind.RESUMED:
        yield from track.turn(WorkerState.RUNNING.value, event.at)
    elif event.kind in _INSTANTS:
        number = PROCESS if track is None else track.number
        yield {
            "ph": "i", "s": "t" if track else "p", "name": event.kind.value, "pid": PROCESS,
            "tid": number, "ts": _micros(event.at), "args": {"what": safe(describe(event))},
        }  # fmt: skip


def _of_moment(
    moment: Snapshot, tracks: dict[str, _Track], depths: dict[str, int]
) -> Iterator[dict[str, Any]]:
    for row in moment.workers:
        track = tracks.get(row.name)
        if track is None:
            track = tracks[row.name] = _Track(PROCESS + 1 + len(tracks))
            yield {
                "ph": "M", "name": "thread_name", "pid": PROCESS, "tid": track.number,
                "args": {"name": safe(row.name)},
            }  # fmt: skip
        yield from track.turn(_state(row), row.since if row.ended_at is None else row.ended_at)
    for queue in moment.queues:
        if depths.get(queue.name) != queue.depth:
            depths[queue.name] = queue.depth
            yield {
                "ph": "C", "name": safe(queue.name), "pid": PROCESS, "ts": _micros(moment.at),
                "args": {"depth": queue.depth},
            }  # fmt: skip


def _state(row: WorkerRow) -> str:
    if row.state in _ENDED:
        return ""
    if row.state is WorkerState.BLOCKED:
        return _blocked(row.queue or "", row.reason)
    return row.state.value


def _blocked(queue: str, reason: object) -> str:
    return f"blocked: {safe(queue)} {reason}"


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)
