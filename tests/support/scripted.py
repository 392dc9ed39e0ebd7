"""A control that plays a written run: each wait for its end brings the next snapshot."""

from __future__ import annotations

from collections.abc import Callable

from pcsim.snapshot import Event, EventBatch, Phase, QueueDetail, Snapshot


class ScriptedControl:
    """Plays `snapshots`; the run is over with the last. `calls` has the controls used.

    A drain skips to the last snapshot. With `stubborn` nothing ends it: `join` is always
    False. `at_join` is called in every `join`, for a test to act while it waits.
    """

    def __init__(
        self,
        *snapshots: Snapshot,
        events: tuple[Event, ...] = (),
        stubborn: bool = False,
        refuses: Exception | None = None,
        at_join: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.calls: list[str] = []
        self._snapshots = snapshots
        self._place = 0
        self._events = events
        self._stubborn = stubborn
        self._refuses = refuses
        self._at_join = at_join

    def start(self) -> None:
        self.calls.append("start")
        if self._refuses is not None:
            raise self._refuses

    def pause_producing(self) -> None:
        self.calls.append("pause_producing")

    def resume_producing(self) -> None:
        self.calls.append("resume_producing")

    def drain(self) -> None:
        self.calls.append("drain")

    def abort(self) -> None:
        self.calls.append("abort")
        self._snapshots = tuple(one._replace(phase=Phase.ABORTED) for one in self._snapshots)
        self._place = len(self._snapshots) - 1

    def join(self, timeout: float | None = None) -> bool:
        assert timeout is not None, "a wait without end hears no signal"
        self._at_join(self._place)
        if self._stubborn:
            return False
        if self._place < len(self._snapshots) - 1:
            self._place += 1
            return False
        return True

    def snapshot(self) -> Snapshot:
        return self._snapshots[self._place]

    def events(self, since: int = 0) -> EventBatch:
        seen = tuple(event for event in self._events if since <= event.number)
        reached = tuple(event for event in seen if event.at <= self.snapshot().at)
        return EventBatch(reached, next_number=since + len(reached))

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        raise KeyError(name)
