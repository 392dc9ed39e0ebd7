"""Records a run while it goes on: a thread of its own looks ten times a second, and writes.

It never keeps a worker waiting: a look takes no lock of the run. Where a look takes long, as one
at a thousand workers does, there are fewer of them, so that recording takes a small share of a
processor whatever is recorded. Where the file cannot be written any more, the run goes on, and
what was written stays.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pcsim import runtime
from pcsim.recording.container import RecordingError
from pcsim.recording.writer import Writer
from pcsim.scenario import Scenario
from pcsim.snapshot import Event, EventBatch, Phase
from pcsim.snapshot.control import Repeatable, Watchable

EVERY = 0.1
"""Seconds between two looks at least."""
FLUSH_EVERY = 1.0
"""Seconds after which what was seen is written."""
LONGEST_PAUSE = 2.0
"""Seconds between two looks at most, however long they take."""
FRAMES_OF_A_PIECE = 10
"""Frames after which what was seen of a virtual run is written."""
MOST_LOAD = 0.003
"""The share of a processor that looks, and that reading events, may take each."""


def pause_after(cost: float, load: float = MOST_LOAD) -> float:
    """Return the seconds until the next look.

    Args:
        cost: The seconds that one takes.
        load: The share of a processor that looks may take.
    """
    return min(max(EVERY, cost / load), LONGEST_PAUSE)


def _with_acts(batch: EventBatch, acts: tuple[Event, ...], since: int) -> EventBatch:
    """Events, and before them what was done to the run in those that were evicted: without it a
    run cannot be made again."""
    first = batch.events[0].number if batch.events else batch.next_number
    kept = tuple(act for act in acts if since <= act.number < first)
    return batch._replace(events=(*kept, *batch.events), evicted=batch.evicted - len(kept))


class Recorder:
    """One recording of a run, from its start to its end.

    Args:
        path: The file. There must be none.
        scenario: What is run; None for a program.
        on_problem: Called once, from any thread, with one line of text, where the file cannot be
            written any more.

    Raises:
        RecordingError: There is a file already, or it cannot be written.
    """

    def __init__(
        self,
        path: Path,
        scenario: Scenario | None = None,
        on_problem: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._writer = Writer(path)
        if scenario is not None:
            self.describe(scenario)
        self._on_problem = on_problem
        self.problem = ""
        """Why the recording is cut; empty where it is not."""
        self._watched: Watchable | None = None
        self._thread: runtime.Thread | None = None
        self._end = runtime.Latch()
        self._version: tuple[int, Phase] | None = None
        self._events_due = 0.0
        self._events_cost = 0.0
        self._closes = self._is_closed = False
        self._report: tuple[str, dict[str, object]] | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self._writer.path

    @property
    def frames(self) -> int:
        """Frames that are in the file."""
        return self._writer.frames

    @property
    def at(self) -> float:
        """The time of the run up to which it is in the file."""
        return self._writer.at

    def follow(self, watched: Watchable) -> None:
        """Take a run, which may start later; what drives it calls `look_and_write`.

        Args:
            watched: The run.
        """
        self._watched = watched

    def describe(self, scenario: Scenario) -> None:
        """Note what is run, where that was not known when the recording was made.

        Args:
            scenario: What is run.
        """
        from pcsim.scenario.file.writing import text_of_scenario

        self._writer.scenario = text_of_scenario(scenario)

    def begin(self, watched: Watchable, *, closes: bool = False) -> None:
        """Begin to record a run, which may start later, from a thread of its own.

        Args:
            watched: The run.
            closes: Whether to close the recording by itself when the run is over.
        """
        self._closes = closes
        self._watched = watched
        self._thread = runtime.worker_thread("pcsim-recorder", self._record)
        self._thread.start()

    def _record(self) -> None:
        flush_at = runtime.clock() + FLUSH_EVERY
        delay, last = EVERY, 0.0
        while not (self._end.wait(delay) or self.problem):
            try:
                begun = runtime.thread_clock()
                is_over = self._look()
                cost = runtime.thread_clock() - begun
                if runtime.clock() >= flush_at or is_over:
                    self._writer.flush()
                    flush_at = runtime.clock() + FLUSH_EVERY
            except RecordingError as problem:
                self._cut(problem)
                return
            if is_over:
                if self._closes:
                    self._finish()
                return
            # What only one look took is no measure: it may have imported something.
            delay, last = pause_after(min(cost, last)), cost

    def look_and_write(self) -> None:
        """Add what is to be seen of the run now, and write it once that is much."""
        if self.problem:
            return
        try:
            self._look()
            if self._writer.waiting >= FRAMES_OF_A_PIECE:
                self._writer.flush()
        except RecordingError as problem:
            self._cut(problem)

    def _look(self) -> bool:
        """Add what is to be seen of the run now; whether it is over."""
        if self._watched is None:
            return False
        snapshot = self._watched.snapshot()
        if snapshot.phase is Phase.CREATED:
            return False
        version = snapshot.version, snapshot.phase
        if version != self._version:
            self._version = version
            self._writer.add(snapshot, self._new_events(is_over=snapshot.phase.is_over))
        return snapshot.phase.is_over

    def _new_events(self, *, is_over: bool) -> EventBatch:
        """The events since the last look, where they are due: beside a run, not too often."""
        watched = self._watched
        is_beside = self._thread is not None
        if watched is None or (is_beside and runtime.clock() < self._events_due and not is_over):
            return EventBatch()
        begun = runtime.thread_clock()
        batch = watched.events(self._writer.next_event)
        if batch.evicted and isinstance(watched, Repeatable):
            batch = _with_acts(batch, watched.acts, self._writer.next_event)
        cost, last = runtime.thread_clock() - begun, self._events_cost
        self._events_due, self._events_cost = runtime.clock() + pause_after(min(cost, last)), cost
        return batch

    def keep_report(self, text: str, document: dict[str, object]) -> None:
        """Keep what was reported of the run at its end, to be reported again.

        Args:
            text: The report as text.
            document: The report as a document.
        """
        self._report = text, document

    def _cut(self, problem: RecordingError) -> None:
        self.problem = str(problem)
        self._writer.cut()
        self._on_problem(self.problem)

    def close(self) -> None:
        """End the recording with the run as it is now; it is complete then. A second call does
        nothing."""
        self._end.set()
        if self._thread is not None and self._thread is not runtime.current_thread():
            self._thread.join()
        self._finish()

    def _finish(self) -> None:
        if self.problem or self._is_closed:
            return
        self._is_closed = True
        try:
            self._look()
            self._writer.close(self._report)
        except RecordingError as problem:
            self._cut(problem)
