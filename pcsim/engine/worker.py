"""One worker of a run, whichever engine drives it: what it tells the books and the log.

Its engine's driver alone calls its methods; the observer's `blocked` under the run's lock.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pcsim.engine.behaviours import Behaviour, Put, WorkerContext
from pcsim.engine.books.ledger import DISCARDED, FAILED, PRODUCED, STANDING, Account, Activity
from pcsim.engine.item import Item, ItemStatus
from pcsim.snapshot import BlockReason, Cause, EventKind, Role, WorkerState

if TYPE_CHECKING:
    from pcsim.engine.protocols import RunQueue
    from pcsim.engine.run import Run
    from pcsim.scenario import WorkerSpec

# Members of an enum are slow to reach through their class, and waiting is a hot path.
HAS_BLOCKED, HAS_RESUMED = EventKind.BLOCKED, EventKind.RESUMED
HAS_DROPPED, WAS_DROPPED = EventKind.DROPPED, ItemStatus.DROPPED
EMPTY, FULL = BlockReason.EMPTY, BlockReason.FULL


class Stopped(Exception):
    """The worker is to end here, for this cause; what it holds is discarded."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause = cause


class Worker:
    """Its account, its behaviour, and what it tells."""

    __slots__ = (
        "_behaviour", "_can_get_stuck", "_cells", "_clock", "_ended_early", "_engine",
        "_event_numbers", "_keep", "_logs_items", "_number_cell", "_number_cells",
        "_queue_names", "_standing", "account", "asked", "blocked_on", "gives_up",
        "has_no_reader", "in_hand", "is_producer", "name", "ways",
    )  # fmt: skip

    _behaviour: Behaviour

    def __init__(self, run: Run, account: Account) -> None:
        self.account = account
        self.name = account.name
        self.blocked_on: tuple[BlockReason, tuple[int, ...]] | None = None
        self.has_no_reader = False
        self.ways: tuple[RunQueue, ...] = ()
        """The queues that its routing may choose; none where there is but one way."""
        self.gives_up = False
        """Whether it waits for a slot only so long."""
        self.is_producer = account.role is Role.PRODUCER
        self._engine = run
        self.asked = run.asked
        self._cells = run.ledger.cells
        self._standing = account.base + STANDING
        self._keep, self._event_numbers = run.log.keep, run.log.numbers
        self._logs_items = run.logs_items
        first = account.base + PRODUCED if self.is_producer else account.got_cell(0)
        self._number_cells = slice(first, first + max(len(account.inputs), 1))
        self._number_cell = first if len(account.inputs) < 2 else 0
        """The only one of them; 0 where there are more."""
        self._queue_names = run.scenario.queue_names
        self._can_get_stuck = run.can_get_stuck
        self._clock = run.clock
        self.in_hand: Item | None = None
        self._ended_early: Cause | None = None

    @property
    def needs_reader(self) -> bool:
        """Whether all it does is in vain once nobody reads what it puts: a consumer puts but
        its dead letters."""
        return self.account.role is not Role.CONSUMER

    def connect(self, spec: WorkerSpec, queues: Sequence[Any], around: WorkerContext) -> None:
        """Where it takes and puts, of all `queues` of the run, and what it does where it may not
        put at once. Its behaviour is lent the short ways."""
        self.gives_up = spec.put_timeout is not None
        if spec.ways > 1:
            weights = spec.weights or (1.0,) * spec.ways
            ways = zip(self.account.outputs, weights, strict=False)
            self.ways = tuple(queues[index] for index, weight in ways if weight)

    def can_reroute(self, put: Put) -> bool:
        """Whether another way is open to an item whose queue has closed."""
        return put.is_routed and not all(queue.is_shutdown for queue in self.ways)

    def behave(self, behaviour: Behaviour) -> None:
        """What it does, once it is connected."""
        self._behaviour = behaviour

    def wake(self) -> None:
        """Let it look at what is asked of it, now or when it next sleeps."""

    def release(self) -> None:
        """Under the lock: its output has no consumer left, so it need not go on."""
        self.has_no_reader = True
        self.wake()

    # At a queue.

    def _may_be_stuck(self, queue: int, reason: BlockReason) -> None:
        if reason is not EMPTY and self.gives_up:
            return  # it will go on by itself
        queues = self.account.inputs if reason is EMPTY else (queue,)
        self.blocked_on = (reason, queues)
        self._engine.somebody_blocked()

    def dropped(self, item: Item, queue: int) -> None:
        """A full queue has thrown an item away."""
        at = self._clock()
        item.end(WAS_DROPPED, at)
        if self._logs_items:
            told = (self._queue_names[queue], item.id)
            self._keep((next(self._event_numbers), at, HAS_DROPPED, self.name, told))

    # The books.

    def _turn(self, doing: Activity) -> float:
        at = self._clock()
        self._cells[self._standing] = self._cells[self._standing].turned(doing, at)
        return at

    def _item_number(self) -> int:
        cell = self._number_cell
        return self._cells[cell] if cell else sum(self._cells[self._number_cells])

    def _end(self, error: BaseException | None) -> None:
        """Its last act: settle its books, then tell the run."""
        by_source = error is not None and self.is_producer and self.in_hand is None
        number = self._item_number() + by_source  # the one it was about to get
        self._settle(error is not None)
        del self._behaviour
        if error is None:
            self._engine.worker_ended(self, WorkerState.DONE, self._why_ended(), "")
            return
        self._engine.worker_failed(self, error, number, _traceback(error), by_source)
        self._engine.worker_ended(self, WorkerState.FAILED, None, error_text(error))

    def _why_ended(self) -> Cause | None:
        """Why it ended before its input or source did; None where they did."""
        limit = self.account.max_items
        if self.asked.aborting:
            return self._engine.stopped
        if limit is not None and self._item_number() >= limit:
            return Cause.MAX_ITEMS
        return self._ended_early

    def _settle(self, failed: bool) -> None:
        item, self.in_hand = self.in_hand, None
        if not self.account.settle(self._cells, FAILED if failed else DISCARDED):
            return
        if item is not None:
            item.end(ItemStatus.FAILED if failed else ItemStatus.DISCARDED, self._clock())

    def close_standing(self, state: WorkerState, cause: Cause | None, error: str) -> float:
        """Under the engine's lock: its last state, and why."""
        at = self._clock()
        cell = self._standing
        end = Activity(state, ended_at=at, end_cause=cause, error=error)
        self._cells[cell] = self._cells[cell].turned(end, at)
        return at


def original(error: BaseException) -> BaseException:
    """What a source or sink raised: a StopIteration comes out of a behaviour wrapped."""
    cause = error.__cause__
    return cause if type(error) is RuntimeError and isinstance(cause, StopIteration) else error


def _traceback(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error))
    except BaseException as again:  # noqa: BLE001 - a hostile exception must not keep a worker
        return f"<formatting the traceback raised {type(again).__name__}>"


def error_text(error: Any) -> str:
    """An exception in one line: its type and what it says, even where its `str` raises."""
    try:
        said = str(error)
    except BaseException as again:  # noqa: BLE001 - a hostile exception is told by its type
        said = f"<its text raised {type(again).__name__}>"
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
