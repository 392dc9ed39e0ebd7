"""A virtual run driven at a speed: its time passes as much as the machine's clock says.

The rules of this file
----------------------
Nothing here runs by itself. Whoever asks (for a snapshot, a control, a step) lets the time pass
that is due since somebody asked last, for at most `BUDGET` seconds of the machine's time, so
that asking is always quick. What cannot be done in that is forgotten, not owed: the run is
slower than was wished, and `reached` says by how much.

The speed changes when things happen by the machine's clock alone: a run is the same, bit for
bit, at any speed and in any steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from pcsim import runtime
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.snapshot import EventBatch, Phase, QueueDetail, Snapshot
from pcsim.snapshot.control import FASTEST, SLOWEST

BUDGET = 0.01
"""Seconds of the machine's time that may be spent at once."""
AT_ONCE = 500
"""Events between two looks at the machine's clock: about half a millisecond."""
LONGEST = 2.0
"""Seconds of the machine's time for which virtual time passes at most: when nobody has asked
for longer, nobody has watched (the process was suspended, say)."""
LATELY = 2.0
"""Seconds of the machine's time over which the speed is measured."""
SOON = 0.4
"""Seconds after which there is something to measure."""


class PacedRun:
    """A virtual run at a speed; it is a `pcsim.snapshot.control.VirtualControl`.

    `clock` is the machine's, in seconds; a test may give its own.
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
        """The virtual instant that should be reached by now."""
        self._reached: runtime.deque[tuple[float, float]] = runtime.deque()
        """Instants lately, by the machine's clock and by the run's."""

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
        """The speed that was reached lately; None where it cannot be known."""
        with self._lock:
            if not self._reached:
                return None
            (since, before), (now, at) = self._reached[0], self._reached[-1]
            return (at - before) / (now - since) if now - since >= SOON else None

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
            passed = min(max(begun - self._asked_at, 0.0), LONGEST)
            self._asked_at = begun
            if self._is_standing or not self._goes():
                self._is_behind = False
                return False
            until = math.inf
            if self._speed is not None:
                until = self._due = self._due + passed * self._speed
            self._is_behind = self._drive(until, begun)
            at = engine.clock()
            if self._is_behind or self._speed is None:
                self._due = at
            self._measure(begun, at)
            return self._is_behind

    def step(self) -> bool:
        """Stop time and go to the next instant at which something happens, with all that
        happens then; whether anything has. Nothing before the start.

        Instants at which nothing can be seen to happen are passed over.
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
        """Let time pass up to that instant, within what is left of the budget since `begun`;
        whether more is due by then."""
        engine = self.engine
        while True:
            horizon = until
            if until == math.inf and (engine.flags.paused or engine.next_at is None):
                # Time has no reason to leap to the end while there is somebody to go on.
                following = engine.next_at
                horizon = engine.clock() if following is None else following
            is_busy = engine.advance(horizon, AT_ONCE)
            if not is_busy and (horizon == until or engine.next_at is None):
                return False
            if self._clock() - begun >= BUDGET:
                return True

    def _measure(self, now: float, at: float) -> None:
        seen = self._reached
        seen.append((now, at))
        while len(seen) > 2 and seen[1][0] <= now - LATELY:
            seen.popleft()

    def _measure_anew(self) -> None:
        self._asked_at = self._clock()
        self._due = at = self.engine.clock()
        self._reached.clear()
        self._measure(self._asked_at, at)

    # Controls. Each comes at the instant that is due by then.

    def start(self) -> None:
        """Begin, at instant 0. Raises `PhaseError` when it has begun before."""
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
        """End at this instant; what is left is discarded."""
        with self._lock:
            self.catch_up()
            self.engine.abort()
            while self.engine.advance(self.engine.clock(), AT_ONCE):
                pass
            self._is_behind = False

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
        """The instant that is due, or as near to it as can be come at once."""
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


def _checked(speed: float | None) -> float | None:
    if speed is not None and not SLOWEST <= speed <= FASTEST:
        raise ValueError(
            f"speed is {speed}; it is {SLOWEST:g} to {FASTEST:g}, or None for as fast as possible"
        )
    return speed
