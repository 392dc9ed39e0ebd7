"""One worker of a run, whichever engine drives it: its cells, its events and its end.

Its engine's driver alone calls its methods; a port calls them under the lock of the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pcsim.engine.behaviours import Behaviour, Put, WorkerContext
from pcsim.engine.books.event_log import EventLog
from pcsim.engine.books.ledger import DISCARDED, FAILED, Account, Activity
from pcsim.engine.cycle_counts import BlockedOn, Cycle
from pcsim.engine.item import Item, ItemStatus
from pcsim.engine.protocols import RunQueue, WorkerHost
from pcsim.engine.raised import error_text, traceback_text
from pcsim.scenario import WorkerSpec
from pcsim.snapshot import BlockReason, Cause, EventKind, Failure, Role, WorkerState
from pcsim.text import safe_value

# Members of an enum are slow to reach through their class, and waiting is a hot path.
_BLOCKED, _RESUMED, _DROPPED = EventKind.BLOCKED, EventKind.RESUMED, EventKind.DROPPED
_WAS_DROPPED = ItemStatus.DROPPED
EMPTY, FULL = BlockReason.EMPTY, BlockReason.FULL


class Stopped(Exception):
    """The worker is to end here, for this cause; what it holds is discarded."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause = cause


class WorkerLog:
    """Where one worker's waits and drops are written down: in one step each, without words."""

    __slots__ = ("_keep", "_name", "_numbers")

    def __init__(self, log: EventLog, name: str) -> None:
        self._keep, self._numbers = log.keep, log.numbers
        self._name = name

    def blocked(self, at: float, activity: Activity) -> None:
        """It has begun to wait."""
        self._keep((next(self._numbers), at, _BLOCKED, self._name, activity))

    def resumed(self, at: float, activity: Activity, item: int | None, waited: float) -> None:
        """It waits no more; `item` is the number of the item that the wait brought."""
        self._keep((next(self._numbers), at, _RESUMED, self._name, (activity, item, waited)))

    def dropped(self, at: float, queue: str, item: int) -> None:
        """A full queue has thrown an item away."""
        self._keep((next(self._numbers), at, _DROPPED, self._name, (queue, item)))


class Worker:
    """A worker: its cells, its behaviour, and how it ends."""

    __slots__ = (
        "_behaviour", "_cells", "_clock", "_ended_early", "_host",
        "account", "blocked_on", "cycle", "flags", "has_no_reader", "in_hand",
        "log", "name", "put_timeout", "routed_queues",
    )  # fmt: skip

    _behaviour: Behaviour

    def __init__(self, run: WorkerHost, account: Account) -> None:
        self.account = account
        self.name = account.name
        self.flags = run.flags
        self.cycle: Cycle | None = None
        """What counts its waits; None in a run that cannot deadlock."""
        self.blocked_on: BlockedOn | None = None
        """Why it waits and at which queues, in a run that may deadlock."""
        self.has_no_reader = False
        self.in_hand: Item | None = None
        self.put_timeout: float | None = None
        """For how many seconds it waits for a slot; None: for as long as it takes."""
        self.routed_queues: tuple[RunQueue, ...] = ()
        """The queues that its routing may choose; none where there is only one output."""
        self._host = run
        self._cells = run.ledger.cells
        self.log = WorkerLog(run.log, self.name) if run.logs_items else None
        self._clock = run.clock
        self._ended_early: Cause | None = None

    @property
    def is_producer(self) -> bool:
        """Whether it makes items."""
        return self.account.role is Role.PRODUCER

    @property
    def can_deadlock(self) -> bool:
        """Whether its run may deadlock."""
        return self._host.can_deadlock

    @property
    def needs_reader(self) -> bool:
        """Whether all it does is in vain once nobody reads what it puts: a consumer puts only
        its dead letters."""
        return self.account.role is not Role.CONSUMER

    def connect(self, spec: WorkerSpec, queues: Sequence[Any], context: WorkerContext) -> None:
        """Learn where it takes and puts, among all `queues` of the run, and lend its behaviour
        the short ways."""
        self.put_timeout = spec.put_timeout
        if spec.ways > 1:
            weights = spec.weights or (1.0,) * spec.ways
            outputs = zip(self.account.outputs, weights, strict=False)
            self.routed_queues = tuple(queues[index] for index, weight in outputs if weight)

    def can_reroute(self, put: Put) -> bool:
        """Whether another output is open to an item whose queue has closed."""
        return put.is_routed and not all(queue.is_shutdown for queue in self.routed_queues)

    def behave(self, behaviour: Behaviour) -> None:
        """Take on what it does, once it is connected."""
        self._behaviour = behaviour

    def wake(self) -> None:
        """Let it look at the flags, now or when it next sleeps."""

    def release(self) -> None:
        """Under the lock: its output has no consumer left, so it need not go on."""
        self.has_no_reader = True
        self.wake()

    # At a queue.

    def may_be_deadlocked(self, queue: int, reason: BlockReason) -> None:
        """Under the run's lock: note what it waits for, and look whether anybody can go on."""
        if reason is not EMPTY and self.put_timeout is not None:
            return  # it will go on by itself
        queues = self.account.inputs if reason is EMPTY else (queue,)
        self.blocked_on = blocked_on = (reason, queues)
        if self.cycle is not None and self.cycle.begin_wait(self, blocked_on):
            self._host.look_for_deadlock()

    def goes_on(self) -> None:
        """Under the run's lock: it was served, or refused, or has given up."""
        blocked_on, self.blocked_on = self.blocked_on, None
        if blocked_on is not None and self.cycle is not None:
            self.cycle.end_wait(self, blocked_on)

    def dropped(self, item: Item, queue: int) -> None:
        """A full queue has thrown an item away."""
        at = self._clock()
        item.end(_WAS_DROPPED, at)
        if self.log is not None:
            self.log.dropped(at, self._host.scenario.queue_names[queue], item.id)

    # Its cells.

    def _turn_to(self, activity: Activity, at: float) -> None:
        """Write down what it does from that time on."""
        base = self.account.base
        self._cells[base] = self._cells[base].turned(activity, at)

    def close_state(self, state: WorkerState, cause: Cause | None, error: str) -> float:
        """Under the run's lock: write down its last state, and why."""
        at = self._clock()
        self._turn_to(Activity(state, ended_at=at, end_cause=cause, error=error), at)
        return at

    # Its end.

    def _end(self, error: BaseException | None) -> None:
        """As its last act settle its cells, then report to the run."""
        item = self.in_hand
        self._settle(error is not None)
        del self._behaviour
        if error is None:
            self._host.worker_ended(self, WorkerState.DONE, self._end_cause(), "")
            return
        self._host.worker_failed(self._failure(item, error), error)
        self._host.worker_ended(self, WorkerState.FAILED, None, error_text(error))

    def _failure(self, item: Item | None, error: BaseException) -> Failure:
        """Describe the error that it ends with, and the item in its hand."""
        failure = Failure(self.name, 0, error_text(error), traceback_text(error))
        if item is None:
            made = self.account.item_number(self._cells)
            return failure._replace(items_before=made) if self.is_producer else failure
        payload = safe_value(item.data) if self._host.has_data else ""
        return failure._replace(item_number=item.id, payload=payload, producer=item.producer or "")

    def _end_cause(self) -> Cause | None:
        """Why it ended before its input or source did; None where they did."""
        limit = self.account.max_items
        if self.flags.aborting:
            return self._host.status.stopped
        if limit is not None and self.account.item_number(self._cells) >= limit:
            return Cause.MAX_ITEMS
        return self._ended_early

    def _settle(self, failed: bool) -> None:
        item, self.in_hand = self.in_hand, None
        if not self.account.settle(self._cells, FAILED if failed else DISCARDED):
            return
        if item is not None:
            item.end(ItemStatus.FAILED if failed else ItemStatus.DISCARDED, self._clock())
