"""One worker of the threads engine: a thread that carries out the effects of its behaviour."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pcsim import runtime
from pcsim.engine.behaviours import Behaviour, Get, Put, WorkerContext
from pcsim.engine.books.ledger import (
    PAUSED,
    RUNNING,
    Account,
    Activity,
    StateTimes,
    WorkerGauge,
)
from pcsim.engine.item import Item
from pcsim.engine.protocols import WorkerHost
from pcsim.engine.raised import original
from pcsim.engine.threads.ports import get_port, put_port
from pcsim.engine.threads.queue import MeteredQueue
from pcsim.engine.worker import EMPTY, Stopped, Worker
from pcsim.queue.core import ShutDown
from pcsim.scenario import ConsumerSpec, WorkerSpec
from pcsim.snapshot import BlockReason, Cause

_made = tuple.__new__
CARRIED_AT_MOST = 0.25
"""Seconds by which a work that ended late may shorten the next. What is later than that was
suspended: it makes up for nothing, and no burst follows."""


class Interrupted(Exception):
    """A producer was called while it waited for its interval."""

    def __init__(self, time_left: float) -> None:
        super().__init__(time_left)
        self.time_left = time_left
        """Seconds that are left of it."""


class _ThreadTimes:
    """What was measured of the thread of one worker."""

    __slots__ = ("core_wait", "cpu")

    def __init__(self) -> None:
        self.cpu: float | None = None
        """On a processor, once the thread has ended."""
        self.core_wait: float | None = None


class ThreadWorker(Worker):
    """Its thread alone calls its methods, except `wake`, and the observer's under the mutex."""

    def __init__(self, run: WorkerHost, account: Account) -> None:
        super().__init__(run, account)
        self.thread: runtime.Thread | None = None
        self._puts: list[Callable[[Item], None]] = []
        self._wait_to_get: Callable[[], Item] = _not_connected
        self.leave_lines: Callable[[], None] = _nothing
        self._unclaimed: runtime.deque[None] = runtime.deque((None,))
        self._bell = runtime.Lock()
        self._bell.acquire()
        self._late = 0.0
        self._times = _ThreadTimes()

    def connect(
        self, spec: WorkerSpec, queues: Sequence[MeteredQueue], context: WorkerContext
    ) -> None:
        """Make its ports."""
        super().connect(spec, queues, context)
        account = self.account
        if isinstance(spec, ConsumerSpec):
            inputs = tuple(queues[index] for index in account.inputs)
            port = get_port(inputs, account.got_cell(0), self, spec.selection)
            context.try_get, self._wait_to_get, self.leave_lines = (
                port.try_get,
                port.get_slowly,
                port.leave,
            )
        ports = tuple(
            put_port(
                queues[index],
                account.put_cell(position),
                account.drop_cell(position),
                self,
                spec.put_timeout,
            )
            for position, index in enumerate(account.outputs)
        )
        self._puts = [port.put for port in ports]
        if spec.ways == 1:  # its behaviour tries the short way first
            context.try_put, context.yields_at_same_time = ports[0].try_put, False
            self._puts[0] = ports[0].put_slowly

    # The thread.

    def start(self) -> None:
        """Start its thread. Raises `RuntimeError` or `MemoryError` if the machine has none left."""
        # Not made earlier: after a fork, Python 3.13 does not start a thread made before it.
        self.thread = runtime.worker_thread(self.name, self._run)
        self.thread.start()

    def claim(self) -> bool:
        """Whether this call is the first: that of its thread, which then runs it, or of one who
        ends it before its thread begins. A thread that comes later does nothing."""
        try:
            self._unclaimed.pop()
        except IndexError:
            return False
        return True

    def _run(self) -> None:
        if not self.claim():
            return
        error: BaseException | None = None
        self._turn_to(RUNNING, self._clock())
        try:
            try:
                while (behaviour := self._drive()) is not None:
                    self._behaviour = behaviour
            finally:
                if self.context.keeps_source:
                    self.context.close_source()
        except BaseException as raised:  # noqa: BLE001 - whatever a source or sink raises is the run's
            error = original(raised)
        self._wait_to_get, self._puts, self.leave_lines = _not_connected, [], _nothing
        self._leave_times()
        self._end(error)

    def _drive(self) -> Behaviour | None:
        """Carry out the effects of its behaviour; return the one that follows."""
        must_end, time_left = False, None
        try:
            if self.is_producer:
                self._drive_producer()
            else:
                self._drive_consumer()
        except Stopped as stop:
            self._ended_early = stop.cause
            must_end = stop.cause is not Cause.REMOVED
        except Interrupted as call:
            time_left = call.time_left
        finally:
            self._behaviour.close()
        behaviour = self.next_behaviour(must_end=must_end, time_left=time_left)
        if behaviour is not None:
            self._ended_early = None
        return behaviour

    def gauge(self) -> WorkerGauge:
        """What is known of its thread, by any thread that asks."""
        thread, cpu_time = self.thread, self._times.cpu
        if cpu_time is None and thread is not None and thread.native_id is not None:
            # Where it has ended meanwhile, it has left its last time.
            cpu_time = runtime.thread_cpu_time(thread.native_id) or self._times.cpu
        return WorkerGauge(cpu_time, self._times.core_wait, *self.context.square_time)

    def read_core_wait(self) -> None:
        """Note how long its thread has waited for a core, from any thread."""
        thread = self.thread
        if self._times.cpu is None and thread is not None and thread.native_id is not None:
            waited = runtime.thread_core_wait_time(thread.native_id)
            if waited is not None and self._times.cpu is None:
                self._times.core_wait = waited

    def _leave_times(self) -> None:
        """As its thread's last act but one, note the times of the thread."""
        self._times.core_wait = runtime.thread_core_wait_time(runtime.get_native_id())
        self._times.cpu = runtime.thread_clock()

    def _drive_producer(self) -> None:
        send, flags = self._behaviour.send, self.flags
        if flags.holds_producers:
            self._pause()
        try:
            effect = send(None)
            while True:
                reply: Item | float | None = None
                if type(effect) is Put:
                    self._put(effect)
                    reply = self.in_hand
                elif type(effect) is float:
                    reply = self._work(effect)
                if flags.holds_producers and self.in_hand is None:
                    self._pause()
                    reply = self._clock()
                effect = send(reply)
        except StopIteration:
            return

    def _drive_consumer(self) -> None:
        wait_to_get, send = self._wait_to_get, self._behaviour.send
        try:
            effect = send(None)
            while True:
                if type(effect) is Get:
                    # The port puts it in hand, and drops what was in hand if it has to wait.
                    try:
                        wait_to_get()
                    except ShutDown:
                        if self.call.has_no_reader:
                            raise Stopped(Cause.NO_CONSUMER) from None
                        return
                    effect = send(self.in_hand)
                elif type(effect) is Put:
                    self._put(effect)
                    effect = send(self.in_hand)
                elif type(effect) is float:
                    effect = send(self._work(effect))
        except StopIteration:
            return

    def _put(self, put: Put) -> None:
        """Carry it out. Where the queue has closed and the item may go elsewhere, it stays in
        hand."""
        self.in_hand = item = put.item
        put.item = None
        try:
            self._puts[put.output](item)
        except ShutDown:
            if not self.can_reroute(put):
                raise Stopped(Cause.NO_CONSUMER) from None
        else:
            self.in_hand = None

    def release(self) -> None:
        """Under the lock: its output has no consumer left, so it need not go on, or wait."""
        super().release()
        self.leave_lines()

    # Time.

    def wake(self) -> None:
        """From any thread: make it look at the flags, now or when it next sleeps."""
        try:
            self._bell.release()
        except RuntimeError:  # it was woken before and has not looked yet
            return

    def _work(self, seconds: float) -> float:
        """Sleep for a work of that many seconds; return the time at which it ended.

        A work that ended late makes the next one shorter, so that the works of a row end when
        they should.
        """
        clock, cells, cell = self._clock, self._cells, self.account.base
        began = clock()
        cells[cell] = cells[cell].timed_from(began)
        deadline = began + seconds - self._late
        while True:
            remaining = deadline - clock()
            if remaining <= 0:
                break
            if not self._bell.acquire(timeout=min(remaining, runtime.LONGEST_WAIT)):
                continue
            if self.flags.aborting or self.call.has_no_reader:
                raise Stopped(Cause.NO_CONSUMER)
            if self.call.frozen_until:
                deadline += max(self.call.frozen_until - clock(), 0.0)
                self.call.frozen_until = 0.0
            if self.call.is_open and self.is_producer:
                self._obey_call(deadline)
            if self.is_producer and self.flags.holds_producers:
                paused_at = clock()
                self._pause()
                resumed_at = clock()
                deadline += resumed_at - paused_at
                cells[cell] = cells[cell].timed_from(resumed_at)
        at = clock()
        cells[cell] = cells[cell].timed_to(at)
        late = at - deadline
        self._late = late if late <= CARRIED_AT_MOST else 0.0
        return at

    def _obey_call(self, deadline: float) -> None:
        """As a producer that waits for its interval, which lasts until then: wait no more."""
        at, cells, cell = self._clock(), self._cells, self.account.base
        cells[cell] = cells[cell].timed_to(at)
        if self.call.is_removed:
            raise Stopped(Cause.REMOVED)
        raise Interrupted(max(deadline - at, 0.0))

    @property
    def waits_at(self) -> BlockReason | None:
        """Whether it waits for an item, or for a slot, as far as another thread can see."""
        times: StateTimes = self._cells[self.account.base]
        return times.doing.reason

    def renew_idle(self) -> None:
        """Under the lock: let it look whether it was called."""
        self.leave_lines()
        self.wake()

    def stand_still(self, seconds: float) -> bool:
        """Whether it does so is for its thread to decide."""
        return False

    def _is_paused(self) -> bool:
        return self.flags.pauses and not self.call.has_no_reader and not self.call.is_removed

    def _pause(self) -> None:
        """Wait, as a producer, while producing is paused; end when no more is wanted."""
        flags = self.flags
        if flags.pauses:
            self._turn_to(PAUSED, self._clock())
            while self._is_paused():
                self._bell.acquire()
            self._turn_to(RUNNING, self._clock())
        if flags.stopping:
            raise Stopped(Cause.DRAINED)
        if self.call.is_removed:
            raise Stopped(Cause.REMOVED)
        if self.call.has_no_reader:
            raise Stopped(Cause.NO_CONSUMER)

    # At a queue, called by the port.

    def blocked(self, doing: Activity) -> None:
        """Under the mutex: it stands in line."""
        reason = doing.reason
        if reason is EMPTY:  # before it is seen blocked: it keeps nothing
            self.in_hand = None
        at = self._clock()
        cells, cell = self._cells, self.account.base
        _, _, full, empty, paused, started_at, timed, _ = cells[cell]  # it ran: no wait ends here
        cells[cell] = _made(StateTimes, (doing, at, full, empty, paused, started_at, timed, None))
        if self.log is not None:
            self.log.blocked(at, doing)
        if self.cycle is not None and reason is not None:
            self.may_be_deadlocked(doing.queue, reason)

    def resumed(self, at: float, item: Item | None) -> None:
        """It was served at that time, by the item that it put or got; or it waits no more (None).
        Its works begin a new row."""
        cells, cell = self._cells, self.account.base
        doing, since, full, empty, paused, started_at, timed, _ = cells[cell]
        self._late = 0.0
        if self.blocked_on is not None:  # it was refused, or has given up
            with self._host.status.lock:
                self.goes_on()
        reason, waited = doing.reason, at - since
        if reason is EMPTY:
            empty += waited
        elif reason is not None:
            full += waited
        else:
            return  # the run has abandoned it meanwhile
        cells[cell] = _made(StateTimes, (RUNNING, at, full, empty, paused, started_at, timed, None))
        if self.log is not None:
            self.log.resumed(at, doing, None if item is None else item.id, waited)


def _nothing() -> None:
    """A producer never waits to get, nor does a worker that has ended."""


def _not_connected(*_: Any) -> Any:
    raise AssertionError("the worker has no such port, or no longer")
