"""A run of code from outside, as the app is handed it: looking at its items may take for ever."""

from __future__ import annotations

from pcsim import runtime
from pcsim.engine.run import Run
from pcsim.scenario import Change
from pcsim.scenario.roster import Changed, Roster
from pcsim.snapshot import EventBatch, QueueDetail, Snapshot
from pcsim.snapshot.control import Follower

PATIENCE = 0.1
"""Seconds for which the app waits for the items of a queue."""
SHORT_PATIENCE = 0.01
"""The same, while those of another one have not come yet."""
SLOW = "The repr of an item has not returned yet."


class OwnRun:
    """The controls of a run. The `repr` of items is code from outside: one that waits for something
    must not keep the app waiting.

    Args:
        engine: The run.
    """

    def __init__(self, engine: Run) -> None:
        self.engine = engine
        self._looks: dict[str, _Look] = {}

    def start(self) -> None:
        """Begin."""
        self.engine.start()

    def pause_producing(self) -> None:
        """Let producers make nothing new."""
        self.engine.pause_producing()

    def resume_producing(self) -> None:
        """Let producers go on."""
        self.engine.resume_producing()

    def drain(self) -> None:
        """Stop producing, empty the queues, end."""
        self.engine.drain()

    def abort(self) -> None:
        """End at once."""
        self.engine.abort()

    @property
    def roster(self) -> Roster:
        """The system as it is by now, to be read only."""
        return self.engine.roster

    def steer(self, change: Change) -> Changed | None:
        """Change the system; what was changed, or None where it will be at its time."""
        return self.engine.steer(change)

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; whether it has come."""
        return self.engine.join(timeout)

    def snapshot(self) -> Snapshot:
        """The whole system at one time."""
        return self.engine.snapshot()

    def events(self, since: int = 0) -> EventBatch:
        """What has happened."""
        return self.engine.events(since)

    @property
    def following(self) -> Follower:
        """Finds the ways of its items."""
        return self.engine.following

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """The oldest items of a queue; of one whose items are slow to show, those that were shown
        last, or none. Raises `KeyError` for an unknown name."""
        look = self._looks.get(name)
        if look is None:
            look = self._looks[name] = _Look(self.engine, name)
        is_slow = any(one.is_waiting for one in self._looks.values())
        return look.detail(limit, SHORT_PATIENCE if is_slow else PATIENCE)


class _Look:
    """Looks at the items of one queue, in a thread of its own that may never return."""

    def __init__(self, engine: Run, name: str) -> None:
        self._engine = engine
        self._name = name
        self._done: runtime.Latch | None = None
        self._last = QueueDetail(name, 0, (), SLOW)
        self._error: BaseException | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether it has begun and not returned."""
        return self._done is not None and not self._done.is_set

    def detail(self, limit: int, patience: float) -> QueueDetail:
        """What was seen last, at most a moment ago unless it takes longer than that."""
        done = self._done
        if done is None:
            self._done = done = runtime.Latch()
            runtime.worker_thread("pcsim-look", lambda: self._look(limit, done)).start()
            done.wait(patience)
        if not done.is_set:
            return self._last._replace(depth=self._depth(), note=SLOW)
        self._done = None
        if self._error is not None:
            raise self._error
        return self._last

    def _look(self, limit: int, done: runtime.Latch) -> None:
        try:
            self._last = self._engine.queue_detail(self._name, limit)
        except BaseException as error:  # noqa: BLE001 - raised where it was asked for
            self._error = error
        done.set()

    def _depth(self) -> int:
        rows = self._engine.snapshot().queues
        return next((row.depth for row in rows if row.name == self._name), 0)
