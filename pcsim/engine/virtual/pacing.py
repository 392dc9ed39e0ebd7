"""A virtual run driven at a speed: its time passes as much as the machine's clock says.

The rules of this file
----------------------
Nothing here runs by itself. A call (a snapshot, a control, a step) lets the time pass that is due
since the last call, for at most `BUDGET` seconds of the machine's time, so that every call is
quick. What cannot be done in that time is dropped, not owed: the run is slower than it should be,
and `reached` is the speed that it has.

The speed changes only when things happen by the machine's clock: a run is the same, bit for bit,
at any speed and in any steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from pcsim import runtime
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import Change
from pcsim.scenario.roster import Changed, Roster
from pcsim.snapshot import Event, EventBatch, Phase, QueueDetail, Snapshot
from pcsim.snapshot.control import FASTEST, SLOWEST, Follower
from pcsim.snapshot.marks import RECENT

BUDGET = 0.01
"""Seconds of the machine's time that may be spent at once."""
EVENTS_PER_CHECK = 500
"""Events between two looks at the machine's clock: about half a millisecond."""
MAX_CATCH_UP = 2.0
"""Seconds of the machine's time for which virtual time passes at most: after a longer time without
a call nobody has watched, because the process was suspended, for example."""
SPEED_WINDOW = 2.0
"""Seconds of the machine's time over which the speed is measured."""
MIN_SPEED_SAMPLE = 0.4
"""Seconds after which there is something to measure."""


class PacedRun:
    """A virtual run at a speed; it is a `pcsim.snapshot.control.VirtualControl`.

    Args:
        engine: The run, not yet started or under way.
        speed: Virtual seconds a second, from 0.1 to 1000; None is as fast as possible.
        clock: The machine's clock, in seconds; a test may supply its own.

    Raises:
        ValueError: The speed is out of its range.
    """

    def __init__(
        self,
        engine: VirtualEngine,
        speed: float | None = 1.0,
        *,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.engine = engine
        self._clock = clock or runtime.clock
        self._lock = runtime.RLock()
        self._speed = _checked(speed)
        self._is_standing = self._is_behind = False
        self._asked_at = self._clock()
        self._due = 0.0
        """The virtual time that should be reached by now."""
        self._reached: runtime.deque[tuple[float, float]] = runtime.deque()
        """Pairs of times of late, by the machine's clock and by the run's."""

    # How time passes.

    @property
    def speed(self) -> float | None:
        """Virtual seconds a second; None is as fast as possible."""
        return self._speed

    @speed.setter
    def speed(self, speed: float | None) -> None:
        with self._lock:
            checked = _checked(speed)
            self.catch_up()
            self._speed = checked
            self._measure_anew()

    @property
    def is_standing(self) -> bool:
        """Whether time stands still."""
        return self._is_standing

    @property
    def is_behind(self) -> bool:
        """Whether more was due, last time, than could be done in `BUDGET`."""
        return self._is_behind

    @property
    def reached(self) -> float | None:
        """The speed of the last `SPEED_WINDOW` seconds; None where it is not known yet."""
        with self._lock:
            if not self._reached:
                return None
            (since, before), (now, at) = self._reached[0], self._reached[-1]
            return (at - before) / (now - since) if now - since >= MIN_SPEED_SAMPLE else None

    def stand_still(self) -> None:
        """Stop time, before the start or after."""
        with self._lock:
            self.catch_up()
            self._is_standing, self._is_behind = True, False

    def go_on(self) -> None:
        """Let time pass again, from where it stands."""
        with self._lock:
            if self._is_standing:
                self._is_standing = False
                self._measure_anew()

    def catch_up(self) -> bool:
        """Let the time pass that is due, for at most `BUDGET`; whether more is due."""
        with self._lock:
            engine, begun = self.engine, self._clock()
            passed = min(max(begun - self._asked_at, 0.0), MAX_CATCH_UP)
            self._asked_at = begun
            if self._is_standing or not self._goes():
                self._is_behind = False
                return False
            until = math.inf
            if self._speed is not None:
                until = self._due = self._due + passed * self._speed
            self._look_back()
            self._is_behind = self._drive(until, begun)
            at = engine.clock()
            if self._is_behind or self._speed is None:
                self._due = at
            self._measure(begun, at)
            return self._is_behind

    def _look_back(self) -> None:
        """Let the recent past of the run be as long as that of those who watch it, at its speed."""
        speed = self.reached if self._speed is None else self._speed
        self.engine.observer.marks.length = RECENT * max(speed or 1.0, 1.0)

    def step(self) -> bool:
        """Stop time and go to the next time at which something happens, with all that happens
        then; whether anything has. Nothing before the start.

        Times at which nothing can be seen to happen are passed over.
        """
        with self._lock:
            if not self._goes():
                return False
            self.stand_still()
            engine, begun = self.engine, self._clock()
            before = engine.snapshot().version
            while self._goes() and engine.snapshot().version == before:
                at = engine.next_at
                is_behind = self._drive(engine.clock() if at is None else at, begun)
                if at is None or is_behind:
                    break
            self._due = engine.clock()
            return engine.snapshot().version != before

    def _goes(self) -> bool:
        return self.engine.phase in (Phase.RUNNING, Phase.DRAINING)

    def _drive(self, until: float, begun: float) -> bool:
        """Let time pass up to `until`, within the rest of the budget since `begun`;
        whether more is due by then."""
        engine = self.engine
        while True:
            horizon = until
            if until == math.inf and (engine.flags.paused or engine.next_at is None):
                # Time has no reason to leap to the end while there is somebody to go on.
                following = engine.next_at
                horizon = engine.clock() if following is None else following
            is_busy = engine.advance(horizon, EVENTS_PER_CHECK)
            if not is_busy and (horizon == until or engine.next_at is None):
                return False
            if self._clock() - begun >= BUDGET:
                return True

    def _measure(self, now: float, at: float) -> None:
        seen = self._reached
        seen.append((now, at))
        while len(seen) > 2 and seen[1][0] <= now - SPEED_WINDOW:
            seen.popleft()

    def _measure_anew(self) -> None:
        self._asked_at = self._clock()
        self._due = at = self.engine.clock()
        self._reached.clear()
        self._measure(self._asked_at, at)

    # Controls. Each comes at the time that is due by then.

    def start(self) -> None:
        """Begin, at time 0. Raises `PhaseError` when it has begun before."""
        with self._lock:
            self.engine.start()
            self._measure_anew()

    def pause_producing(self) -> None:
        """Producers make nothing new until `resume_producing`."""
        with self._lock:
            self.catch_up()
            self.engine.pause_producing()

    def resume_producing(self) -> None:
        """Producers go on where they stood."""
        with self._lock:
            self.catch_up()
            self.engine.resume_producing()

    def drain(self) -> None:
        """Stop producing, empty the queues, end; that takes its time."""
        with self._lock:
            self.catch_up()
            self.engine.drain()

    def abort(self) -> None:
        """End at this time; what remains is discarded."""
        with self._lock:
            self.catch_up()
            self.engine.abort()
            while self.engine.advance(self.engine.clock(), EVENTS_PER_CHECK):
                pass
            self._is_behind = False

    @property
    def roster(self) -> Roster:
        """The system as it is by now, to be read only."""
        return self.engine.roster

    @property
    def acts(self) -> tuple[Event, ...]:
        """The changes and controls of the run so far: all of them."""
        return self.engine.log.acts()

    def steer(self, change: Change) -> Changed | None:
        """Change the system at the time that is due by now, or at that of the change.

        Raises `PhaseError` where the run does not go on, and `ScenarioError` where the change
        does not fit the system as it is.
        """
        with self._lock:
            self.catch_up()
            return self.engine.steer(change)

    def join(self, timeout: float | None = None) -> bool:
        """Drive the run to its end, as fast as possible; whether it has come within `timeout`
        seconds."""
        is_over = self.engine.join(timeout)
        with self._lock:
            self._measure_anew()
        return is_over

    # Questions.

    @property
    def error(self) -> BaseException | None:
        """The run's first error, its cause the original; None while there is none."""
        return self.engine.error

    def snapshot(self) -> Snapshot:
        """Describe the system at the time that is due, or as near to it as it can get."""
        with self._lock:
            self.catch_up()
            return self.engine.snapshot()

    def events(self, since: int = 0) -> EventBatch:
        """What has happened from that event number on; time stands still meanwhile."""
        with self._lock:
            return self.engine.events(since)

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """The oldest items of a queue; time stands still meanwhile."""
        with self._lock:
            return self.engine.queue_detail(name, limit)

    @property
    def following(self) -> Follower:
        """Finds the ways of its items."""
        return self.engine.following


def _checked(speed: float | None) -> float | None:
    if speed is not None and not SLOWEST <= speed <= FASTEST:
        raise ValueError(
            f"speed is {speed}; it is {SLOWEST:g} to {FASTEST:g}, or None for as fast as possible"
        )
    return speed
