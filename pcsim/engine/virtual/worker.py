"""One worker of the virtual engine: its place in line, and what it was given there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappush
from typing import TYPE_CHECKING, Any, TypeAlias

from pcsim.distributions import may_be_zero
from pcsim.engine.behaviours import Behaviour, Put, WorkerContext
from pcsim.engine.books.histogram import LOOK_EVERY
from pcsim.engine.books.ledger import PAUSED, RUNNING, Account, Activity, StateTimes
from pcsim.engine.item import Item
from pcsim.engine.virtual.ports import Closed, drop, take_in_turn
from pcsim.engine.virtual.queue import VirtualQueue
from pcsim.engine.worker import (
    EMPTY,
    FULL,
    HAS_BLOCKED,
    HAS_RESUMED,
    Worker,
    original,
)
from pcsim.scenario import ConsumerSpec, WorkerSpec
from pcsim.snapshot import Cause, WorkerState

if TYPE_CHECKING:
    from pcsim.engine.virtual.engine import VirtualEngine

LOOK_MASK = LOOK_EVERY - 1

Act: TypeAlias = Callable[[Any], Any]
"""What a worker does at an instant: it returns the effect that comes of it, or None where that
is all."""


class Interrupted(Exception):
    """The worker is to look at what is asked of it before it goes on."""


class VirtualWorker(Worker):
    """A worker in virtual time: its place in line, and what it was given there.

    What it does when its turn comes is among the engine's `acts`: mostly it resumes its
    behaviour, with the instant.
    """

    # Slots: more attributes than Python keeps in line, and each is read at every event.
    __slots__ = (
        "_acts", "_doing", "_empty_time", "_full_time", "_got_cell", "_has_one_source", "_heap",
        "_pocket", "_since", "_time", "deadline", "got", "held", "held_cell", "outputs",
        "patience", "position", "put", "rank", "reply", "send", "sources", "takes_time",
        "time_left",
    )  # fmt: skip
    _engine: VirtualEngine
    send: Act

    def __init__(self, run: VirtualEngine, account: Account) -> None:
        super().__init__(run, account)
        self.rank = 0
        self.takes_time = False
        """Whether all it does when it goes on after a wait is to begin a time of work: a consumer
        on the item it gets, a producer before it makes another."""
        self.reply: Item | None = None
        """What its behaviour is resumed with in its turn, where that is not the instant."""
        self.time_left: float | None = None
        """Of its interval, while it is held."""
        self.put = Put(0)
        """The effect that it carries out, or waits to."""
        self.held: Any = None
        """What it waits to put, to be counted in `held_cell`."""
        self.held_cell = 0
        self.deadline: float | None = None
        self.patience: float | None = None
        """For how many seconds it waits for a slot; None: for as long as it takes."""
        self.outputs: tuple[tuple[VirtualQueue, int], ...] = ()
        """The queues that it puts into, and the cells that count what it put there."""
        self.sources: tuple[VirtualQueue, ...] = ()
        self._has_one_source = True
        self.got: tuple[tuple[VirtualQueue, int, list[float]], ...] = ()
        """The same with the cell that counts what it got there, and a pocket of waiting times."""
        self.position = 0
        """Of the source that it took from last."""
        self._time = run.time
        self._heap, self._acts = run.heap, run.acts
        self._doing, self._since = Activity(), 0.0
        self._full_time = self._empty_time = 0.0

    def connect(
        self, spec: WorkerSpec, queues: Sequence[VirtualQueue], around: WorkerContext
    ) -> None:
        """Its ways."""
        super().connect(spec, queues, around)
        account = self.account
        time = spec.service_time if isinstance(spec, ConsumerSpec) else spec.interval
        self.takes_time = self.name not in self._engine.sizes and not may_be_zero(time)
        self.patience = spec.put_timeout
        if isinstance(spec, ConsumerSpec):
            self.sources = tuple(queues[index] for index in account.inputs)
            self.got = tuple(
                (queue, account.got_cell(position), queue.waiting_times.pocket())
                for position, queue in enumerate(self.sources)
            )
            self.position = len(self.sources) - 1
            self._got_cell, self._pocket = self.got[-1][1:]
            self._has_one_source = len(self.sources) == 1
            around.try_get = (
                self.sources[0].take_way(self, self._got_cell, self._pocket)
                if self._has_one_source
                else take_in_turn(self, spec.selection)
            )
        self.outputs = tuple(
            (queues[index], account.put_cell(position))
            for position, index in enumerate(account.outputs)
        )
        if self.outputs:
            queue, cell = self.outputs[0]
            if spec.ways == 1:
                around.try_put = queue.put_way(self, cell)

    def behave(self, behaviour: Behaviour) -> None:
        """What it does, once it has been lent its ways."""
        super().behave(behaviour)
        self.send = behaviour.send

    # At a queue. It happens so often that `wait` and `given` have the lines of `blocked` and
    # `resumed` once more, and that its standing is put into the books when they are read.

    def wait(self) -> None:
        """Stand in line at its sources. Raises `Closed` when all are closed and empty."""
        sources = self.sources
        first = sources[0]
        if first.is_shutdown and all(queue.is_over for queue in sources):
            raise Closed
        for queue in sources:
            queue.getters.append(self)
        self.in_hand = None
        doing, at = first.waits_empty, self._time[0]
        self._doing, self._since = doing, at
        if self._logs_items:
            self._log_blocked(doing, at)
        if self._can_get_stuck:
            self._may_be_stuck(doing.queue, EMPTY)

    def given(self, queue: VirtualQueue, item: Any) -> bool:
        """A consumer that waited gets this item, which has not waited. Whether it has begun to
        work on it; else its turn comes at once."""
        if self._has_one_source:
            queue.getters.popleft()
        else:
            self.leave_lines()
            self.position = self.sources.index(queue)
            self._got_cell, self._pocket = self.got[self.position][1:]
        if not queue.peak:
            queue.peak = 1
        cells, cell = self._cells, self._got_cell
        cells[cell] = total = cells[cell] + 1
        item.taken_at = at = item.queued_at
        self._pocket.append(0.0)
        if not total & LOOK_MASK:
            queue.waiting_times.fold_full(self._pocket)
        self.in_hand = item
        doing, waited = self._doing, at - self._since
        self._empty_time += waited
        self.blocked_on, self._doing, self._since = None, RUNNING, at
        if self._logs_items:
            self._log_resumed(doing, at, waited)
        if not self.takes_time:
            self.reply = item
            self._acts[self.rank] = self.go_on
            heappush(self._heap, (at, self.rank))
            return False
        self.begin_work(at, item)
        return True

    def served(self, at: float) -> None:
        """A putter that waited has put."""
        self.in_hand = self.held = None
        if self.deadline is not None:
            self.forget_timeout()
        self.resumed(at)
        if self.takes_time and self.is_producer and not self.asked.holds_producers:
            self.begin_work(at, at)
            return
        if self.is_producer:
            self._acts[self.rank] = self.go_on
        heappush(self._heap, (at, self.rank))

    @property
    def is_parked(self) -> bool:
        """Whether it waits at a queue."""
        return self._doing.reason is not None

    def blocked(self, doing: Activity, at: float) -> None:
        """It waits for a slot."""
        self._doing, self._since = doing, at
        if self._logs_items:
            self._log_blocked(doing, at)
        if self._can_get_stuck:
            self._may_be_stuck(doing.queue, FULL)

    def _log_blocked(self, doing: Activity, at: float) -> None:
        self._keep((next(self._event_numbers), at, HAS_BLOCKED, self.name, doing))

    def resumed(self, at: float, served: bool = True) -> None:
        """It was served, at that instant, or waits no more."""
        doing, waited = self._doing, at - self._since
        if doing.reason is EMPTY:
            self._empty_time += waited
        else:
            self._full_time += waited
        self.blocked_on, self._doing, self._since = None, RUNNING, at
        if self._logs_items:
            self._log_resumed(doing, at, waited, served)

    def _log_resumed(self, doing: Activity, at: float, waited: float, served: bool = True) -> None:
        told = doing, self._item_number() if served else None, waited
        self._keep((next(self._event_numbers), at, HAS_RESUMED, self.name, told))

    def keep_books(self) -> None:
        """Its standing goes into the books."""
        standing: StateTimes = self._cells[self._standing]
        if standing.doing is not self._doing or standing.since != self._since:
            self._cells[self._standing] = standing._replace(
                doing=self._doing,
                since=self._since,
                blocked_full=self._full_time,
                blocked_empty=self._empty_time,
            )

    def close_standing(self, state: WorkerState, cause: Cause | None, error: str) -> float:
        """Its last state, and why."""
        self.keep_books()
        return super().close_standing(state, cause, error)

    def refused(self) -> None:
        """What it waits at has closed, or it need not wait any more."""
        self.forget_timeout()
        self.resumed(self._clock(), served=False)
        why = Cause.NO_CONSUMER if self.has_no_reader else None
        if self.held is not None:
            self.in_hand, self.held, why = self.held, None, Cause.NO_CONSUMER
            if not self.asked.aborting and self.can_reroute(self.put):
                self.reply = self.in_hand
                self._engine.schedule(self)
                return
        self._engine.schedule(self, lambda _: self.finish(None, why))

    def leave_lines(self) -> None:
        """It waits at its queues no more."""
        for queue in self.sources:
            if self in queue.getters:
                queue.getters.remove(self)

    def begin_work(self, at: float, reply: Any) -> None:
        """Resume it out of turn: it will only begin a time of work, which no other worker can
        tell. Whatever else comes of it waits for its turn."""
        try:
            effect = self.send(reply)
        except BaseException as raised:  # noqa: BLE001 - raised again in its turn
            effect = raised
        if type(effect) is float:
            heappush(self._heap, (at + effect, self.rank))
        else:
            self._put_off(at, effect)

    def _put_off(self, at: float, outcome: Any) -> None:
        """What has come of it instead of a time of work, an effect or an error, is for its turn."""

        def answer(_: float) -> Any:
            self._acts[self.rank] = self.send
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        self._acts[self.rank] = answer
        heappush(self._heap, (at, self.rank))

    def start(self, _: float) -> Any:
        """Its first turn: a generator that has not begun takes no reply."""
        self._acts[self.rank] = self.send
        return self.send(None)

    def go_on(self, at: float) -> Any:
        """Instead of just resuming its behaviour, where there may be more to it."""
        if self.is_producer and self.asked.holds_producers:
            return self.hold(0.0)
        self._acts[self.rank] = self.send
        reply, self.reply = self.reply, None
        return self.send(at if reply is None else reply)

    def wait_until(self, deadline: float, queue: VirtualQueue) -> None:
        """It waits for a slot no longer than this."""

        def give_up(_: float) -> None:
            self.deadline = None
            item, self.held = self.held, None
            queue.putters.remove(self)
            drop(self, queue, item, self.held_cell)
            self.in_hand = None
            self.resumed(deadline, served=False)
            self._engine.schedule(self)

        self.deadline = deadline
        self._acts[self.rank] = give_up
        heappush(self._heap, (deadline, self.rank))

    def forget_timeout(self) -> None:
        """It was served or refused before its time was up."""
        if self.deadline is not None:
            self._engine.stale[self.deadline, self.rank] += 1
            self.deadline = None
            self._acts[self.rank] = self.send

    # What is asked of it.

    def wake(self) -> None:
        """It looks at once at what is asked of it; parked, it is told by its queue."""
        engine = self._engine
        if self._acts[self.rank] is _nothing:  # it has ended, and is about to say so
            return
        if engine.asked.aborting or self.has_no_reader:
            if not self.is_parked:
                why = engine.stopped or Cause.NO_CONSUMER
                engine.reschedule(self, lambda _: self.finish(None, why))
            elif self.held is None and self.has_no_reader:
                self.leave_lines()
                self.refused()
        elif self.is_producer and not self.is_parked:
            self._obey(engine)

    def _obey(self, engine: VirtualEngine) -> None:
        is_held = self.time_left is not None
        if not is_held and engine.turn_of(self) is None:
            # It asks for this itself, from inside its source.
            self._acts[self.rank] = self._interrupted
        elif engine.asked.stopping:
            engine.reschedule(self, lambda _: self.finish(None, Cause.DRAINED))
        elif engine.asked.paused and not is_held:
            self.hold(engine.unschedule(self))
        elif not engine.asked.paused and self.time_left is not None:
            self._stand(RUNNING)
            heappush(self._heap, (self._clock() + self.time_left, self.rank))
            self.time_left = None

    def hold(self, time_left: float) -> None:
        """A producer stands still while producing is paused; it ends when no more is wanted."""
        if self.asked.stopping:
            self.finish(None, Cause.DRAINED)
            return
        self.time_left = time_left
        self._stand(PAUSED)

    def _interrupted(self, _: float) -> Any:
        """Instead of going on, once: its turn comes again when others have been heard."""
        self._acts[self.rank] = self.go_on
        raise Interrupted

    def begin(self) -> None:
        """The run has begun."""
        self._stand(RUNNING)

    def _stand(self, doing: Activity) -> None:
        self.keep_books()
        self._doing = doing
        self._since = self._turn(doing)

    def finish(self, error: BaseException | None, why: Cause | None = None) -> None:
        """Its end."""
        self._acts[self.rank] = _nothing
        self._ended_early = why
        try:
            self._behaviour.close()
        except BaseException as raised:  # noqa: BLE001 - whatever a source raises is the run's
            error = error or original(raised)
        self.send = _not_connected
        self._end(error)


def _nothing(_: float) -> None:
    """A worker that has ended does nothing more."""


def _not_connected(*_: Any) -> Any:
    raise AssertionError("a way that the worker has not, or not any more")
