"""Watches one run or program: polls its snapshots and events, and makes of them what is shown.

This is the only module that asks a control for anything; it knows no widget.

A poll makes a new view when the snapshot has a new version. While nothing happens, it makes one
every `CLOCK` seconds, for the durations. The sentence changes at most every `SENTENCE_TIME`
seconds, so that it can be read, and ever more seldom while nothing happens; but at once with the
phase, with a pause of producing, and in a drain, where it counts what is left. A forced poll, as
after a key, makes a view and a sentence in any case.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pcsim.analysis.change_effect import Effects
from pcsim.analysis.firsts import Firsts
from pcsim.analysis.lanes import Lanes
from pcsim.analysis.trend import MOST_SLOTS, WINDOW, Trend, moment_of
from pcsim.scenario import Change, Scenario
from pcsim.snapshot import Event, EventBatch, Phase, Snapshot
from pcsim.snapshot.control import Clockwork, Control, Followable, Mark, Rewindable, Watchable
from pcsim.tui.advising import Advising
from pcsim.tui.asked_items import AskedDetails, JourneyOf
from pcsim.tui.clock_speed import Timing
from pcsim.tui.current import Current
from pcsim.tui.kept import Keep, Kept
from pcsim.tui.refresh_rate import CLOCK
from pcsim.tui.saying import SENTENCE_TIME, SentenceBasis, Speaker
from pcsim.tui.view import PastView, View

if TYPE_CHECKING:
    from pcsim.analysis.outlook import NoOutlook, Outlook
    from pcsim.analysis.result import Result

    ResultOf: TypeAlias = Callable[[Control], Result | None]
    """Returns what a run that is over has measured beyond its report, if anything."""

ChangesUntil: TypeAlias = Callable[[float], Sequence[Event]]
LanesAt: TypeAlias = Callable[[Snapshot], Lanes | None]
MAX_EVENTS = 500
BACKWARD, MOST_MOMENTS = 60.0, 60
"""Seconds before a moment that is gone to whose lanes are known at once, and in how many parts."""
STEP_ON = 2.0
"""Seconds by which a step forward is no other moment: what was shown goes on."""
COURSE_POINTS = 400
"""Points of which the curves over a time bar are drawn."""
GROWTH_TIME = 1.0
"""Seconds between two looks at the whole of a recording that grows."""
GOING = (Phase.RUNNING, Phase.DRAINING)
"""The phases between the start of a run and its end."""


class Beside(NamedTuple):
    """What is known of a replay of what goes on beside what was kept of it; of any other, the
    replay is asked."""

    lanes_at: LanesAt = lambda _: None
    """Returns what everybody had done by a snapshot, where that is known."""
    journey_of: JourneyOf | None = None
    """Returns the way of an item."""
    changes_until: ChangesUntil | None = None
    """Returns what was changed up to a time."""


class News(NamedTuple):
    """What a poll has brought."""

    has_happened: bool = False
    """Whether anything has happened in the run."""
    has_view: bool = False
    """Whether there is a new view to show."""
    problem: str = ""
    """Why a replay cannot be shown any further, once; "" where it can."""

    def with_past(self, past: News) -> News:
        """Return what polls of both, of now and of the past that is shown, have brought."""
        return News(
            self.has_happened or past.has_happened, self.has_view or past.has_view, past.problem
        )


class Session:
    """A run, or a program, under observation.

    Args:
        watched: The run, or what else answers.
        clock: The time in seconds.
        speaker: Makes what makes the sentence; called when the run has begun.
        scenario: What it runs; None for a program that is watched.
        number: The number of the scenario in the catalogue, from 1, if it has one.
        way_back: What the key 0 goes back to, in words; "" for nothing.
        idle_keys: The keys that mean nothing for what is shown.
        result_of: Returns what the run has measured, once it is over.
        branch: The moment at which it has left its original; "" where it is no branch.
        before: How it was up to now, evenly spread, where that is known.
        keep: Makes what keeps the last ten minutes; None where nobody looks back.
        beside: What is known of a replay beside itself; None for nothing.
        advising: What advises about changes of it; None where nothing does.
    """

    def __init__(
        self,
        watched: Watchable,
        clock: Callable[[], float],
        speaker: Callable[[], Speaker],
        *,
        scenario: Scenario | None = None,
        number: int | None = None,
        way_back: str = "",
        idle_keys: frozenset[str] = frozenset(),
        result_of: ResultOf = lambda _: None,
        branch: str = "",
        before: Sequence[Snapshot] = (),
        keep: Keep | None = None,
        beside: Beside | None = None,
        advising: Advising | None = None,
    ) -> None:
        self.control = watched if isinstance(watched, Control) else None
        """The controls of a run; None for a program that is watched."""
        self.virtual = watched if isinstance(watched, Clockwork) else None
        """The clock of what is shown, where that is one of its own: virtual time, or a replay."""
        self.rewind = watched if isinstance(watched, Rewindable) else None
        """What is replayed; None for a run, or a program, as it is now."""
        self.kept = None if keep is None else Kept(keep, clock)
        """What there is to look back at, beside what goes on; None where nobody may."""
        self.own_marks: list[Mark] = []
        """The moments of its past that somebody has marked, in order."""
        self._beside = beside or Beside()
        self._jumps = 0
        self._whole: PastView | None = None
        self._whole_at = 0.0
        self._problem = ""
        self.clock = clock
        self._watched = watched
        self._result_of = result_of
        self._make_speaker = speaker
        self._speaker: Speaker | None = None
        self._events: deque[Event] = deque(maxlen=MAX_EVENTS)
        self._next_event = 0
        self._firsts = Firsts()
        self._effects = Effects()
        self._current = Current(self.control, scenario)
        self._sentence_basis: SentenceBasis | None = None
        details = AskedDetails(watched, self._beside.journey_of)
        details.follow(is_on=True)
        self._viewed_at = clock()
        snapshot = watched.snapshot()
        self._before = before
        trend, lanes = self._trend_up_to(snapshot), self._lanes_up_to(snapshot)
        self.view = View(
            snapshot, trend, scenario, details, lanes,
            number=number, way_back=way_back, idle_keys=idle_keys, seen_at=self._viewed_at,
            past=self._past_view(), current=scenario, branch=branch,
            advising=advising or Advising(),
        )  # fmt: skip
        if not self._is_sentence_current(snapshot, self._viewed_at):
            self._update_sentence(snapshot, self._viewed_at)
        self._note_changes(snapshot.at)
        self._keep(snapshot, self._take_events())

    def end(self) -> None:
        """It is not looked at any more: what goes on need not note anything for it."""
        if isinstance(self._watched, Followable):
            self._watched.following.follow(is_on=False)

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self.view.snapshot.phase.is_over

    @property
    def is_going(self) -> bool:
        """Whether the run has started and not ended."""
        return self.view.snapshot.phase in GOING

    @property
    def is_moving(self) -> bool:
        """Whether the run is going and its time passes."""
        return self.is_going and not (self.virtual is not None and self.virtual.is_standing)

    @property
    def timing(self) -> Timing | None:
        """How the time passes; None for real time."""
        virtual = self.virtual
        if virtual is None:
            return None
        return Timing(virtual.speed, virtual.is_standing, virtual.reached)

    def _trend_up_to(self, snapshot: Snapshot) -> Trend:
        """The history before a snapshot, and that."""
        trend = Trend()
        for point in () if self.rewind is None else self.rewind.course(MOST_SLOTS, snapshot.at):
            if point.at < snapshot.at:
                trend.add(moment_of(point))
        for moment in self._before:
            trend.add(moment)
        trend.add(snapshot)
        return trend

    def _lanes_up_to(self, snapshot: Snapshot) -> Lanes:
        """What everybody did up to a snapshot; in a replay of a file in the last moments before."""
        known = self._beside.lanes_at(snapshot)
        if known is not None:
            return known
        lanes = Lanes()
        past = self.rewind
        for moment in self._before if past is None else past.moments(BACKWARD, MOST_MOMENTS):
            lanes.add(moment)
        lanes.add(snapshot)
        return lanes

    def _new_problem(self) -> str:
        """Why a replay cannot be shown any further, where that has not been said yet."""
        said, self._problem = self._problem, "" if self.rewind is None else self.rewind.problem
        return self._problem if self._problem != said else ""

    def _past_view(self) -> PastView | None:
        """Where a replay stands; None for anything else. What was seen once does not change, but a
        recording that is followed grows."""
        past = self.rewind
        if past is None:
            return None
        now = self.clock()
        has_grown = self._whole is not None and past.length > self._whole.length
        if self._whole is None or (has_grown and now - self._whole_at >= GROWTH_TIME):
            self._whole_at = now
            self._whole = PastView(
                past.at, past.begins, past.length, False,
                tuple(past.marks()), tuple(past.course(COURSE_POINTS)),
            )  # fmt: skip
        return self._whole._replace(at=past.at, is_playing=not past.is_standing)

    def _begin_anew(self, snapshot: Snapshot) -> None:
        """It stands at another moment: forget what was shown of the one before."""
        self._events.clear()
        self._next_event = 0
        self._firsts, self._effects = Firsts(), Effects()
        self._note_changes(snapshot.at)
        trend, lanes = self._trend_up_to(snapshot), self._lanes_up_to(snapshot)
        self.view = self.view._replace(trend=trend, lanes=lanes, events=(), evicted=0, changes=())

    def _note_changes(self, at: float) -> None:
        """In a replay: take what was changed up to a time. Its events may be long gone."""
        until = self._beside.changes_until
        if until is None and self.rewind is not None:
            until = self.rewind.changes
        if until is not None:
            self._effects.note_earlier(until(at))

    @property
    def unfinished(self) -> Control | None:
        """The run that would have to end before the app may; None where none goes on, and for a
        program that is watched."""
        return self.control if self.is_going else None

    def hurry(self) -> None:
        """Let virtual time pass as fast as possible."""
        if self.virtual is not None:
            self.virtual.speed = None
            self.virtual.go_on()

    def outlook(self, changes: Sequence[Change]) -> Outlook | NoOutlook | None:
        """Return what changes would do; None where that is not known, or not yet."""
        return None if self._speaker is None else self._speaker.outlook(changes)

    def extend_history(self) -> None:
        """Take a snapshot for the history alone, between two polls."""
        self._add_to_trend(self._watched.snapshot())

    def poll(self, *, force: bool = False) -> News:
        """Ask the run for its snapshot and, if anything has changed, make a new view.

        Args:
            force: Make a new view and a new sentence in any case.
        """
        before = self.view.snapshot
        now = self.clock()
        snapshot = self._watched.snapshot()
        if self.rewind is not None and self.rewind.jumps != self._jumps:
            self._jumps = self.rewind.jumps
            if not 0 <= snapshot.at - before.at <= STEP_ON:
                self._begin_anew(snapshot)
            force = True
        has_happened = snapshot.version != before.version or snapshot.phase is not before.phase
        needs_view = has_happened or force or self._has_new_durations(snapshot, now)
        needs_view |= self.view.advising.takes_waiting()
        is_current = self._is_sentence_current(snapshot, now)
        if not needs_view and is_current:
            return News()
        self._viewed_at = now
        self._add_to_trend(snapshot)
        self._effects.add(snapshot)
        past = self._past_view()
        if past is not None:  # what was first may lie before the moment that was gone to
            self._firsts.add_marks(past.marks, snapshot.at)
        self._firsts.add_snapshot(snapshot)
        recent = None if snapshot.phase.is_over else snapshot.recent
        self.view = self.view._replace(
            snapshot=snapshot, recent=recent, seen_at=now, firsts=self._firsts.all, past=past
        )
        if self.is_over and not before.phase.is_over and self.control is not None:
            self.view = self.view._replace(result=self._result_of(self.control))
        is_draining = has_happened and snapshot.phase is Phase.DRAINING
        if force or is_draining or not is_current:
            self._update_sentence(snapshot, now)
        has_events = has_happened or self.rewind is not None
        self._keep(snapshot, self._take_events() if has_events else EventBatch())
        if self._effects.has_any:
            self.view = self.view._replace(changes=self._effects.changes)
        self.view = self.view._replace(current=self._current.scenario(self.view.changes))
        return News(has_happened, has_view=True, problem=self._new_problem())

    def _add_to_trend(self, snapshot: Snapshot) -> None:
        self.view.trend.window = WINDOW * self._time_factor()
        # What the end of a deadlock throws away is no part of its history.
        self.view.trend.add(snapshot.at_deadlock or snapshot)
        self.view.lanes.add(snapshot.at_deadlock or snapshot, self._time_factor())

    def _time_factor(self) -> float:
        """Seconds of the run in a second of ours, at least 1: the window of rates grows with it."""
        virtual = self.virtual
        if virtual is None:
            return 1.0
        speed = virtual.reached if virtual.speed is None else virtual.speed
        return max(speed or 1.0, 1.0)

    def _has_new_durations(self, snapshot: Snapshot, now: float) -> bool:
        """Whether the durations need a new view although nothing has happened."""
        if snapshot.phase not in GOING:
            return False
        if self.virtual is not None:
            return snapshot.at != self.view.snapshot.at
        return now - self._viewed_at >= CLOCK

    def _is_sentence_current(self, snapshot: Snapshot, now: float) -> bool:
        if self._sentence_basis is None:
            return snapshot.phase is Phase.CREATED  # the scenario's own words are shown
        if self.awaits_limit and now - self._sentence_basis.at >= SENTENCE_TIME:
            return False
        return self._sentence_basis.is_current(snapshot, now)

    def _update_sentence(self, snapshot: Snapshot, now: float) -> None:
        if snapshot.phase is Phase.CREATED:
            return
        if self._speaker is None:
            self._speaker = self._make_speaker()
        basis = SentenceBasis(now, snapshot.version, snapshot.phase, snapshot.producing)
        self._sentence_basis = basis.after(self._sentence_basis)
        sentence, said, found = self._speaker.say(snapshot, self._time_factor())
        self.view = self.view._replace(sentence=sentence, named=said, found=found)

    @property
    def awaits_limit(self) -> bool:
        """Whether the run has finished, and what limited it is being simulated."""
        return self.view.found is not None and self.view.found.is_pending

    def _keep(self, snapshot: Snapshot, batch: EventBatch) -> None:
        if self.kept is not None:
            self.kept.add(snapshot, batch)

    def _take_events(self) -> EventBatch:
        batch = self._watched.events(self._next_event)
        self._firsts.add_events(batch.events)
        self._effects.note(batch.events)
        self._next_event = max(self._next_event, batch.next_number)
        if not batch.events and not batch.evicted:
            return batch
        pushed_out = max(len(self._events) + len(batch.events) - MAX_EVENTS, 0)
        self._events.extendleft(batch.events)
        self.view = self.view._replace(
            firsts=self._firsts.all,
            events=tuple(self._events),
            evicted=self.view.evicted + batch.evicted + pushed_out,
        )
        return batch
