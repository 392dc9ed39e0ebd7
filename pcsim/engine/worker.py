"""One worker of the threads engine: a thread that carries out the effects of its behaviour."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pcsim import runtime
from pcsim.behaviours import Behaviour, Get, Put
from pcsim.item import Item, ItemStatus
from pcsim.ledger import DISCARDED, FAILED, PRODUCED, STANDING, Account, Standing
from pcsim.queue.bounded import ShutDown
from pcsim.snapshot import BlockReason, EventKind, Role, WorkerState

if TYPE_CHECKING:
    from pcsim.engine.threads import ThreadsEngine

CARRIED_AT_MOST = 0.25
"""Seconds by which a work that ended late may shorten the next: after a suspend, no burst."""


# Members of an enum are slow to reach through their class, and waiting is a hot path.
_BLOCKED, _RUNNING = WorkerState.BLOCKED, WorkerState.RUNNING
_HAS_BLOCKED, _HAS_RESUMED = EventKind.BLOCKED, EventKind.RESUMED
_EMPTY = BlockReason.EMPTY

NO_READER = "the queue it puts into has no consumer left"


class Stopped(Exception):
    """The worker is to end here, for the reason given; what it holds is discarded."""


class ThreadWorker:
    """Its thread alone calls its methods, except `wake`, and the observer's under the mutex."""

    def __init__(self, engine: ThreadsEngine, account: Account, behaviour: Behaviour) -> None:
        self.account = account
        self.name = account.name
        self.blocked_on: tuple[BlockReason, tuple[int, ...]] | None = None
        self.has_no_reader = False
        self.thread = runtime.worker_thread(account.name, self._run)
        self.put: Callable[[Item], None] = _not_connected
        self.get: Callable[..., Item] = _not_connected
        self._engine = engine
        self._behaviour = behaviour
        self._cells = engine.ledger.cells
        self._standing = account.base + STANDING
        self._note = engine.log.append
        self._queue_names = engine.scenario.queue_names
        self._can_get_stuck = engine.can_get_stuck
        self._clock = engine.clock
        self._is_producer = account.role is Role.PRODUCER
        self._bell = runtime.Lock()
        self._bell.acquire()
        self._late = 0.0
        self._item: Item | None = None
        self._ended_early = ""

    # The thread.

    def _run(self) -> None:
        error: BaseException | None = None
        self._turn(WorkerState.RUNNING)
        try:
            try:
                if self._is_producer:
                    self._drive_producer()
                else:
                    self._drive_consumer()
            except Stopped as stop:
                self._ended_early = str(stop)
            finally:
                self._behaviour.close()
        except BaseException as raised:  # noqa: BLE001 - whatever a source or sink raises is the run's
            error = _original(raised)
        self._end(error)

    def _drive_producer(self) -> None:
        put, behaviour, cells = self.put, self._behaviour, self._cells
        produced = self.account.base + PRODUCED
        engine = self._engine
        if engine.holds_producers:
            self._hold()
        for effect in behaviour:
            if type(effect) is Put:
                cells[produced] += 1
                try:
                    put(effect.item)
                except ShutDown:
                    self._item = effect.item
                    raise Stopped(NO_READER) from None
                except BaseException:
                    self._item = effect.item
                    raise
                effect.item = None
            else:
                self._work(effect.seconds)  # type: ignore[union-attr]
            if engine.holds_producers:
                self._hold()

    def _drive_consumer(self) -> None:
        get, put, send = self.get, self.put, self._behaviour.send
        try:
            effect = send(None)
            while True:
                kind = type(effect)
                if kind is Get:
                    # What it had is let go where it has to wait (`blocked`): one store fewer.
                    try:
                        self._item = get()
                    except ShutDown:
                        return
                    effect = send(self._item)
                    continue
                if kind is Put:
                    try:
                        put(effect.item)  # type: ignore[union-attr]
                    except ShutDown:
                        raise Stopped(NO_READER) from None
                    self._item = effect.item = None  # type: ignore[union-attr]
                else:
                    self._work(effect.seconds)  # type: ignore[union-attr]
                effect = send(None)
        except StopIteration:
            return

    # Time.

    def wake(self) -> None:
        """From any thread: let it look at what is asked of it, now or when it next sleeps."""
        try:
            self._bell.release()
        except RuntimeError:  # it has been rung and not heard yet
            return

    def _work(self, seconds: float) -> None:
        """Sleep so that the works of a row end when they should, the late end of one making
        the next one shorter."""
        clock = self._clock
        deadline = clock() + seconds - self._late
        while True:
            left = deadline - clock()
            if left <= 0:
                break
            if not self._bell.acquire(timeout=min(left, runtime.LONGEST_WAIT)):
                continue
            if self._engine.is_aborting or self.has_no_reader:
                raise Stopped(NO_READER)
            if self._is_producer and self._engine.holds_producers:
                left = deadline - clock()
                self._hold()
                deadline = clock() + left
        self._late = min(clock() - deadline, CARRIED_AT_MOST)

    def _hold(self) -> None:
        """A producer stands still while producing is paused; it ends when no more is wanted."""
        engine = self._engine
        if engine.holds_paused():
            self._turn(WorkerState.PAUSED)
            while engine.holds_paused() and not self.has_no_reader:
                self._bell.acquire()
            self._turn(WorkerState.RUNNING)
        if engine.is_stopping:
            raise Stopped("drained")
        if self.has_no_reader:
            raise Stopped(NO_READER)

    def release(self) -> None:
        """Under the mutex: its output has no consumer left, so it need not go on."""
        self.has_no_reader = True
        self.wake()

    # Waiting at a queue, told by the port.

    def blocked(self, queue: int, reason: BlockReason) -> None:
        """Under the mutex: it stands in line."""
        at = self._clock()
        cells, cell = self._cells, self._standing
        cells[cell] = cells[cell].turned(_BLOCKED, at, queue, reason)
        self._note(at, _HAS_BLOCKED, self.name, (self._queue_names[queue], reason))
        if reason is _EMPTY:
            self._item = None
        if self._can_get_stuck:
            queues = self.account.inputs if reason is _EMPTY else self.account.outputs
            self.blocked_on = (reason, queues)
            self._engine.somebody_blocked()

    def resumed(self, at: float) -> None:
        """It was served, at that instant."""
        cells, cell = self._cells, self._standing
        standing: Standing = cells[cell]
        self.blocked_on = None
        self._late = 0.0
        cells[cell] = standing.turned(_RUNNING, at)
        _, queue, reason, since, *_ = standing
        if reason is not None:
            told = (self._queue_names[queue], reason, self._item_number(), at - since)
            self._note(at, _HAS_RESUMED, self.name, told)

    def dropped(self, item: Item, queue: int) -> None:
        """A full queue has thrown an item away."""
        at = self._clock()
        item.end(ItemStatus.DROPPED, at)
        name = self._engine.scenario.queue_names[queue]
        self._engine.log.append(at, EventKind.DROPPED, self.name, f"{name} full: item {item.id}")

    # The books.

    def _turn(
        self,
        state: WorkerState,
        queue: int = -1,
        reason: BlockReason | None = None,
        at: float | None = None,
    ) -> float:
        if at is None:
            at = self._clock()
        self._cells[self._standing] = self._cells[self._standing].turned(state, at, queue, reason)
        return at

    def _item_number(self) -> int:
        if self._is_producer:
            return int(self._cells[self.account.base + PRODUCED])
        first = self.account.got_cell(0)
        return sum(self._cells[first : first + len(self.account.inputs)])

    def _end(self, error: BaseException | None) -> None:
        """The thread's last act: settle its books, then tell the engine."""
        number = self._item_number()
        if error is not None and self._is_producer and self._item is None:
            number += 1  # it failed on the item it was about to get
        self._settle(error is not None)
        del self._behaviour
        self.get = self.put = _not_connected
        if error is None:
            self._engine.worker_ended(self, WorkerState.DONE, self._why_ended())
            return
        self._engine.worker_failed(self, error, number, _traceback(error))
        self._engine.worker_ended(self, WorkerState.FAILED, error_text(error))

    def _why_ended(self) -> str:
        """Why it ended before its input or source did; nothing where they did."""
        limit = self.account.max_items
        if self._engine.is_aborting:
            return "aborted"
        if limit is not None and self._item_number() >= limit:
            return f"its limit of {limit} reached"
        return self._ended_early

    def _settle(self, failed: bool) -> None:
        item, self._item = self._item, None
        if not self.account.settle(self._cells, FAILED if failed else DISCARDED):
            return
        if item is not None:
            item.end(ItemStatus.FAILED if failed else ItemStatus.DISCARDED, self._clock())

    def close_standing(self, state: WorkerState, note: str) -> float:
        """Under the engine's lock: its last state, and why."""
        at = self._clock()
        cell = self._standing
        self._cells[cell] = self._cells[cell].turned(state, at)._replace(ended_at=at, note=note)
        return at


def _not_connected(*_: Any) -> Any:
    raise AssertionError("a port that the worker has not, or not any more")


def _original(error: BaseException) -> BaseException:
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
