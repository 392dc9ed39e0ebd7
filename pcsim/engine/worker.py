"""One worker of a run, whichever engine drives it: its cells, its events and its end.

Its engine's driver alone calls its methods; a port calls them under the lock of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


class Call:
    """What is asked of a worker while it is at work; written under the run's lock."""

    __slots__ = (
        "frozen_until", "has_no_reader", "is_ending", "is_open", "is_removed", "renewal",
    )  # fmt: skip

    def __init__(self) -> None:
        self.has_no_reader = False
        """Whether its output has no consumer left, so that it need not go on."""
        self.is_open = False
        """Whether it is to end its behaviour before the next item, because it was changed."""
        self.renewal: Callable[[float | None], Behaviour] | None = None
        """Makes the behaviour that follows then; None where the worker ends with this one."""
        self.is_removed = False
        """Whether it is to end then."""
        self.frozen_until = 0.0
        """Until when it is to stand still, on the run's clock, once it has ended its behaviour."""
        self.is_ending = False
        """Whether it was removed and has no item in hand any more: it cannot come back."""


class Worker:
    """A worker: its cells, its behaviour, and how it ends."""

    __slots__ = (
        "_behaviour", "_cells", "_clock", "_ended_early", "_host",
        "account", "blocked_on", "call", "context", "cycle", "flags", "in_hand", "log", "name",
        "routed_queues",
    )  # fmt: skip

    _behaviour: Behaviour
    context: WorkerContext

    def __init__(self, run: WorkerHost, account: Account) -> None:
        self.account = account
        self.name = account.name
        self.flags = run.flags
        self.cycle: Cycle | None = None
        """What counts its waits; None in a run that cannot deadlock."""
        self.blocked_on: BlockedOn | None = None
        """Why it waits and at which queues, in a run that may deadlock."""
        self.call = Call()
        """What is asked of it."""
        self.in_hand: Item | None = None
        self.routed_queues: tuple[RunQueue, ...] = ()
        """The queues that its routing may choose; none where there is only one output."""
        self._host = run
        self._cells = run.ledger.cells
        self.log = WorkerLog(run.log, self.name) if run.log.has_items else None
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
        self.context = context
        self.take_on(spec, queues)

    def take_on(self, spec: WorkerSpec, queues: Sequence[Any]) -> None:
        """Go by that description of it, with the same queues."""
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
        self.call.has_no_reader = True
        self.wake()

    def next_behaviour(
        self, *, must_end: bool = False, time_left: float | None = None
    ) -> Behaviour | None:
        """Its behaviour has come to its end: the one that follows, if it was changed; else None,
        and then it ends. `time_left`: seconds of the interval that it waited for."""
        call = self.call
        if call.renewal is None and not call.is_removed:
            return None
        with self._host.status.lock:
            renewal, call.renewal, call.is_open = call.renewal, None, False
            if must_end or renewal is None or call.is_removed or self.flags.aborting:
                call.is_ending = True
                return None
            return renewal(time_left)

    @property
    def waits_at(self) -> BlockReason | None:
        """Whether it waits for an item, or for a slot, as far as can be seen."""
        raise NotImplementedError

    def renew_idle(self) -> None:
        """Under the lock, after it was called: let it begin its next behaviour at once if it holds
        no item, and only waits for one or for its interval. Else it does so by itself."""
        raise NotImplementedError

    def stand_still(self, seconds: float) -> bool:
        """Under the lock: let the time of work that has begun take that much longer; whether there
        is one."""
        raise NotImplementedError

    # At a queue.

    def may_be_deadlocked(self, queue: int, reason: BlockReason) -> None:
        """Under the run's lock: note what it waits for, and look whether anybody can go on."""
        if reason is not EMPTY and self.account.put_timeout is not None:
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
        item, self.in_hand = self.in_hand, None
        is_lost = self.account.settle(self._cells, DISCARDED if error is None else FAILED)
        if is_lost and item is not None:
            outcome = ItemStatus.DISCARDED if error is None else ItemStatus.FAILED
            item.end(outcome, self._clock())
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
        return self._ended_early or (Cause.REMOVED if self.call.is_removed else None)
