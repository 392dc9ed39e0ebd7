"""What a front end may do with a running system, whichever engine runs it."""

from __future__ import annotations

from typing import Protocol

from pcsim.snapshot import EventBatch, QueueDetail, Snapshot


class Control(Protocol):
    """The controls and the questions. All may be called from any thread, at any time."""

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

    def snapshot(self) -> Snapshot:
        """One exact instant of the whole system."""

    def events(self, since: int = 0) -> EventBatch:
        """What has happened, from event number `since` on."""

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """The oldest items that wait in a queue. Raises `KeyError` for an unknown name."""
