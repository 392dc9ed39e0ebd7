"""Watches one run: takes its snapshots and events, and makes of them the view to show.

The only place that asks the control; knows no widget. Rules: a look whose snapshot has the
version of the one before makes a new view only every `CLOCK` seconds, for the durations. The
sentence changes at most every `SENTENCE` seconds, so that it can be read, and every
`STALE` seconds while nothing happens; but at once with the phase and when producing is paused or
resumed, and of a drain it counts what is left, at every look. A close look is for who has just
done something: it makes a view and a sentence in any case.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pcsim.analysis.trend import WINDOW, Trend
from pcsim.scenario import Scenario
from pcsim.snapshot import Event, Phase, Snapshot
from pcsim.snapshot.control import Control, VirtualControl
from pcsim.tui.clock_speed import Timing
from pcsim.tui.refresh_rate import CLOCK
from pcsim.tui.view import View

if TYPE_CHECKING:
    from pcsim.analysis.result import Result

    Findings: TypeAlias = Callable[[Control], Result | None]
    """What a run that is over has measured beyond its report, if anything."""

SENTENCE = 0.5
STALE = 5.0
KEPT_EVENTS = 500
SHOWN_ITEMS = 100
"""Items of a queue that are told of: the oldest."""


class Told(NamedTuple):
    """When the sentence was told, and of what."""

    at: float
    version: int
    standing: tuple[Phase, bool]
    """The phase, and whether it was producing: a change of these is seen at once."""

    def is_current(self, snapshot: Snapshot, now: float) -> bool:
        """Whether it may be left as it is."""
        patience = STALE if snapshot.version == self.version else SENTENCE
        return self.standing == _standing(snapshot) and now - self.at < patience


class RunSession:
    """One run under observation."""

    def __init__(
        self,
        control: Control,
        scenario: Scenario,
        number: int | None,
        clock: Callable[[], float],
        findings: Findings = lambda _: None,
    ) -> None:
        self.control = control
        self.clockwork = control if isinstance(control, VirtualControl) else None
        """The same, where its time passes as it is told."""
        self._clock = clock
        self._findings = findings
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self._following = 0
        self._told: Told | None = None
        self._viewed_at = clock()
        trend = Trend()
        snapshot = control.snapshot()
        trend.add(snapshot)
        detail_of = partial(control.queue_detail, limit=SHOWN_ITEMS)
        self.view = View(
            snapshot, trend, scenario, detail_of, number=number, seen_at=self._viewed_at
        )
        self._tell(snapshot, self._viewed_at)
        self._take_events()

    @property
    def is_over(self) -> bool:
        """Whether there is nothing more to see."""
        return self.view.snapshot.phase.is_over

    @property
    def is_going(self) -> bool:
        """Whether the run has begun and not ended."""
        return self.view.snapshot.phase in (Phase.RUNNING, Phase.DRAINING)

    def glance(self) -> None:
        """Take in what the history shows, without a view to show: between two looks."""
        self.view.trend.window = WINDOW * self._haste()
        self.view.trend.add(self.control.snapshot())

    @property
    def is_moving(self) -> bool:
        """Whether it is going and its time does not stand still."""
        return self.is_going and not (self.clockwork is not None and self.clockwork.is_standing)

    @property
    def timing(self) -> Timing | None:
        """How its time passes; None for real time."""
        clock = self.clockwork
        return None if clock is None else Timing(clock.speed, clock.is_standing, clock.reached)

    def look(self, *, closely: bool = False) -> tuple[bool, bool]:
        """Look once: whether anything happened, and whether there is a new view to show."""
        before = self.view.snapshot
        now = self._clock()
        snapshot = self.control.snapshot()
        happened = snapshot.version != before.version or snapshot.phase is not before.phase
        moved = happened or closely or self._has_moved(snapshot, now)
        if not moved and self._is_told(snapshot, now):
            return False, False
        self._viewed_at = now
        self.view.trend.window = WINDOW * self._haste()
        self.view.trend.add(snapshot)
        self.view = self.view._replace(snapshot=snapshot, seen_at=now)
        if self.is_over and not before.phase.is_over:
            self.view = self.view._replace(result=self._findings(self.control))
        counts_down = happened and snapshot.phase is Phase.DRAINING
        self._tell(snapshot, now, at_once=closely or counts_down)
        if happened:
            self._take_events()
        return happened, True

    def _haste(self) -> float:
        """How much more of the run than of our time passes: rates are taken over so much more."""
        clock = self.clockwork
        if clock is None:
            return 1.0
        speed = clock.reached if clock.speed is None else clock.speed
        return max(speed or 1.0, 1.0)

    def _has_moved(self, snapshot: Snapshot, now: float) -> bool:
        """Whether durations are to be shown anew though nothing has happened."""
        if snapshot.phase not in _GOING:
            return False
        if self.clockwork is not None:
            return snapshot.at != self.view.snapshot.at
        return now - self._viewed_at >= CLOCK

    def _is_told(self, snapshot: Snapshot, now: float) -> bool:
        """Whether the sentence is that of this snapshot, or nearly so; before the start the
        scenario's own words are shown."""
        if self._told is None:
            return snapshot.phase is Phase.CREATED
        return self._told.is_current(snapshot, now)

    def _tell(self, snapshot: Snapshot, now: float, *, at_once: bool = False) -> None:
        if snapshot.phase is Phase.CREATED or (not at_once and self._is_told(snapshot, now)):
            return
        from pcsim.analysis import diagnosis

        self._told = Told(now, snapshot.version, _standing(snapshot))
        self.view = self.view._replace(sentence=diagnosis.sentence(snapshot))

    def _take_events(self) -> None:
        batch = self.control.events(self._following)
        if not batch.events and not batch.let_go:
            self._following = max(self._following, batch.following)
            return
        self._following = batch.following
        kept_before = len(self._events)
        self._events.extendleft(batch.events)
        forgotten = max(kept_before + len(batch.events) - KEPT_EVENTS, 0)
        self.view = self.view._replace(
            events=tuple(self._events), let_go=self.view.let_go + batch.let_go + forgotten
        )


def _standing(snapshot: Snapshot) -> tuple[Phase, bool]:
    return snapshot.phase, snapshot.producing


_GOING = (Phase.RUNNING, Phase.DRAINING)
