"""What a front end may do with a running system, whichever engine runs it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from pcsim.snapshot import EventBatch, QueueDetail, Snapshot

SLOWEST, FASTEST = 0.1, 1000.0
"""The bounds of a clockwork's speed: virtual seconds a second."""


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
class VirtualControl(Control, Protocol):
    """The control of a run in virtual time: how fast that passes, and whether it stands still.

    Time passes when it is asked for: in `snapshot`, in `catch_up`, in the controls, and in
    `join`, which keeps to no speed.
    """

    speed: float | None
    """Virtual seconds a second, from `SLOWEST` to `FASTEST`; None is as fast as possible.
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
