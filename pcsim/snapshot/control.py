"""What a front end may do with a running system, whichever engine runs it."""

from __future__ import annotations

from typing import NamedTuple, Protocol, runtime_checkable

from pcsim.snapshot import Event, EventBatch, QueueDetail, Snapshot
from pcsim.snapshot.journey import Journey

SLOWEST, FASTEST = 0.1, 1000.0
"""The bounds of a clockwork's speed: virtual seconds a second."""
OWN = "own"
"""The kind of a mark that somebody has set who looks at it."""


class Watchable(Protocol):
    """The questions: anything that answers them can be watched. Any thread may ask, at any time."""

    def snapshot(self) -> Snapshot:
        """The whole system at one exact time."""

    def events(self, since: int = 0) -> EventBatch:
        """What has happened, from event number `since` on."""

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """The oldest items that wait in a queue. Raises `KeyError` for an unknown name."""


@runtime_checkable
class Control(Watchable, Protocol):
    """A run: what can be watched, with its controls. Any thread may call them, at any time."""

    def start(self) -> None:
        """Begin. Raises `PhaseError` when it has begun before."""

    def pause_producing(self) -> None:
        """Let producers make nothing new; what is queued goes on. Nothing when over."""

    def resume_producing(self) -> None:
        """Let producers go on."""

    def drain(self) -> None:
        """Ask to stop producing, empty the queues and end; returns at once."""

    def abort(self) -> None:
        """Ask everyone to end now, what is left being discarded; returns at once."""

    def join(self, timeout: float | None = None) -> bool:
        """Wait at most `timeout` seconds for the end; whether it has come. Never raises the
        run's error: the snapshot has it. Raises `PhaseError` from a worker."""


@runtime_checkable
class Clockwork(Protocol):
    """A clock of one's own: how fast its time passes, and whether it stands still.

    Time passes when it is asked for: in `snapshot`, in `catch_up`, in the controls.
    """

    speed: float | None
    """Seconds of its time a second, from `SLOWEST` to `FASTEST`; None is as fast as possible.
    Anything else raises `ValueError`."""

    @property
    def is_standing(self) -> bool:
        """Whether time stands still."""

    @property
    def is_behind(self) -> bool:
        """Whether more was due, last time, than could be done in the while that there is."""

    @property
    def reached(self) -> float | None:
        """The speed that was reached lately; None where it cannot be known."""

    def stand_still(self) -> None:
        """Stop time, before the start or after."""

    def go_on(self) -> None:
        """Let time pass again."""

    def catch_up(self) -> bool:
        """Let the time pass that is due, for a short while at most; whether more is due."""

    def step(self) -> bool:
        """Stop time and go to the next time at which something happens; whether anything
        has. Nothing before the start."""


@runtime_checkable
class VirtualControl(Control, Clockwork, Protocol):
    """The control of a run in virtual time. `join` keeps to no speed."""


@runtime_checkable
class Repeatable(Protocol):
    """A run that can be made again: it is its scenario, and what was done to it."""

    @property
    def acts(self) -> tuple[Event, ...]:
        """The changes and controls of the run so far: all of them, however much has happened."""


class Follower(Protocol):
    """Follows the items of a run. That costs something, so it is asked for."""

    def follow(self, *, is_on: bool) -> None:
        """Follow items that are made from now on, or no more."""

    def journey(self, number: int) -> Journey | None:
        """The way of an item; None where it is not followed, or no longer known. Known is each
        one that has not ended, and the latest that have."""


@runtime_checkable
class Followable(Protocol):
    """A run whose items can be followed."""

    @property
    def following(self) -> Follower:
        """What follows them."""


class Mark(NamedTuple):
    """A moment of a run that people look for."""

    at: float
    kind: str
    """`full` and `drop`: a queue is full, or has lost an item, for the first time; `failure`: a
    worker has failed; `change`: somebody did something to the run; `own`: who looks at it has
    marked it."""
    name: str
    """The name of the queue, of the worker, or what was done; of an own mark, its number."""


class Point(NamedTuple):
    """How a run stood at some time: for a picture of all of it."""

    at: float
    produced: int
    consumed: int
    dropped: int
    failed: int
    full: int
    """Queues that were full."""
    queues: tuple[str, ...]
    depths: tuple[int, ...]


@runtime_checkable
class Rewindable(Watchable, Clockwork, Protocol):
    """What was seen of a run or program, from its begin to its end: it can be played from any
    moment. Any thread may ask, one at a time."""

    jumps: int
    """How often it went to another moment than the next one."""
    problem: str
    """Why it cannot be shown any further, in one line; empty where it can."""

    @property
    def at(self) -> float:
        """The time of the run at which it stands."""

    @property
    def begins(self) -> float:
        """The time of the first moment."""

    @property
    def length(self) -> float:
        """The time of the last moment."""

    def seek(self, at: float) -> None:
        """Go to a time of the run."""

    def move(self, frames: int) -> None:
        """Go that many moments on, or back."""

    def to_event(self, *, forward: bool) -> bool:
        """Go to the time of the next event, or of the one before; whether there is one."""

    def to_drop(self, *, forward: bool) -> bool:
        """Go to the next moment at which an item was lost, or to the one before; whether there is
        one."""

    def moments(self, seconds: float, most: int) -> list[Snapshot]:
        """How it was in the seconds before the time at which it stands, evenly spread, without
        that time; at most that many."""

    def marks(self) -> list[Mark]:
        """The moments that people look for, in order."""

    def changes(self, until: float) -> list[Event]:
        """What was changed up to a time, in order, however much has happened since."""

    def course(self, most: int, until: float | None = None) -> list[Point]:
        """How things stood from the begin to a time (the end), in at most that many points."""


class Keeper(Protocol):
    """Keeps what was seen lately of a run or program. One thread at a time may use it."""

    problem: str
    """Why nothing more is kept, in one line; empty where it is."""

    def add(self, snapshot: Snapshot, batch: EventBatch) -> None:
        """Keep a snapshot, not earlier than the one before, and the events since then."""

    def replay(self, at: float) -> Rewindable | None:
        """What is kept, standing at a time of the run; None where nothing is."""
