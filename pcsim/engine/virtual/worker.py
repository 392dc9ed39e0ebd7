"""One worker of the virtual engine: what it does in its turn, and how it blocks and goes on.

How a worker is handed what it waited for
-----------------------------------------
A worker that waits has no turn in the agenda. The port of the worker that serves it gives it its
result and then one of two things happens. `take_turn`: it gets a turn at the same time, and the
ranks decide what comes first. `begin_work`: it is resumed on the spot, within the turn of the
other worker. That is allowed only where it makes no difference that anybody can see: where all it
does is to begin a time of work, so that a turn in the future is all that comes of it. It saves an
entry in the heap for most items. Where it turns out to do something else after all, that effect
is put off until its own turn (`put_off`).
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappush
from typing import Any

from pcsim.distributions import may_be_zero
from pcsim.engine.behaviours import Behaviour, Get, Put, WorkerContext
from pcsim.engine.books.ledger import PAUSED, RUNNING, Account, Activity
from pcsim.engine.item import Item
from pcsim.engine.protocols import WorkerHost
from pcsim.engine.raised import original
from pcsim.engine.virtual.agenda import Action, Agenda
from pcsim.engine.virtual.noting_port import get_port
from pcsim.engine.virtual.ports import Closed, GetPort, PutPort, SelectingPort
from pcsim.engine.virtual.queue import VirtualQueue
from pcsim.engine.virtual.state_timer import StateTimer
from pcsim.engine.worker import EMPTY, Worker
from pcsim.scenario import ConsumerSpec, WorkerSpec
from pcsim.snapshot import BlockReason, Cause, WorkerState


class Interrupted(Exception):
    """The worker is to look at the flags before it goes on."""


class VirtualWorker(Worker):
    """A worker in virtual time. What it does when its turn comes is among the agenda's
    `actions`: mostly it resumes its behaviour, with the time."""

    # Slots: more attributes than Python keeps in line, and each is read at every event.
    __slots__ = (
        "agenda", "get_ports", "position", "put_ports", "rank", "reply", "send", "takes_time",
        "time_left", "timer",
    )  # fmt: skip
    send: Action

    def __init__(self, run: WorkerHost, account: Account, agenda: Agenda) -> None:
        super().__init__(run, account)
        self.agenda = agenda
        self.rank = 0
        self.takes_time = False
        """Whether all it does when it goes on after a wait is to begin a time of work: a consumer
        on the item it gets, a producer before it makes another."""
        self.reply: Item | None = None
        """What its behaviour is resumed with in its turn, where that is not the time."""
        self.time_left: float | None = None
        """Of its interval, while it is held."""
        self.put_ports: tuple[PutPort, ...] = ()
        self.get_ports: tuple[GetPort, ...] = ()
        self.position = 0
        """Of the input that it took from last."""
        self.timer = StateTimer()

    def connect(
        self, spec: WorkerSpec, queues: Sequence[VirtualQueue], context: WorkerContext
    ) -> None:
        """Make its ports, and lend their short ways to its behaviour."""
        super().connect(spec, queues, context)
        inputs, outputs = self.account.inputs, self.account.outputs
        if isinstance(spec, ConsumerSpec):
            self.get_ports = tuple(
                get_port(self, queues[index], position, len(inputs) == 1)
                for position, index in enumerate(inputs)
            )
            self.position = len(inputs) - 1
            is_only = len(inputs) == 1
            port = self.get_ports[0] if is_only else SelectingPort(self, spec.selection)
            context.try_get = port.try_get
        self.put_ports = tuple(
            PutPort(self, queues[index], position) for position, index in enumerate(outputs)
        )
        if spec.ways == 1:
            context.try_put = self.put_ports[0].try_put

    def take_on(self, spec: WorkerSpec, queues: Sequence[VirtualQueue]) -> None:
        """Go by that description of it, with the same queues."""
        super().take_on(spec, queues)
        time = spec.service_time if isinstance(spec, ConsumerSpec) else spec.interval
        self.takes_time = self.name not in self._host.sizes and not may_be_zero(time)
        for get_port_of_it in self.get_ports:
            get_port_of_it.takes_time = self.takes_time
        for put_port in self.put_ports:
            put_port.may_wake = self.is_producer and self.takes_time

    def behave(self, behaviour: Behaviour) -> None:
        """Take on what it does, once it has been lent its short ways."""
        super().behave(behaviour)
        self.send = behaviour.send

    # At a queue.

    @property
    def waits_at(self) -> BlockReason | None:
        """Whether it waits for an item, or for a slot."""
        return self.timer.activity.reason

    def wait(self) -> None:
        """Stand in line at its inputs. Raises `Closed` when all are closed and empty."""
        ports = self.get_ports
        first = ports[0].queue
        if first.is_shutdown and all(port.queue.is_over for port in ports):
            raise Closed
        for port in ports:
            port.queue.getters.append(port)
        self.in_hand = None
        timer, activity = self.timer, first.waits_empty
        timer.activity, timer.since = activity, first.time[0]
        if self.log is not None:
            self.log.blocked(timer.since, activity)
        if self.cycle is not None:
            self.may_be_deadlocked(activity.queue, EMPTY)

    def resumed(self, at: float, item: Item | None) -> None:
        """It waits no more: it has put the item, or (None) will not be served."""
        timer = self.timer
        activity, waited = timer.activity, at - timer.since
        if activity.reason is EMPTY:
            timer.empty_time += waited
        else:
            timer.full_time += waited
        timer.activity, timer.since = RUNNING, at
        if self.blocked_on is not None:
            self.goes_on()
        if self.log is not None:
            self.log.resumed(at, activity, None if item is None else item.id, waited)

    def refused(self, item: Item | None = None, put: Put | None = None) -> None:
        """What it waits at has closed, or it need not wait any more. An item that it wanted to
        `put` may go elsewhere; else it ends."""
        at = self._clock()
        self.resumed(at, None)
        cause = Cause.NO_CONSUMER if self.call.has_no_reader else None
        if item is not None and put is not None:
            self.in_hand, cause = item, Cause.NO_CONSUMER
            if not self.flags.aborting and self.can_reroute(put):
                self.take_turn(at, item)
                return
        self.agenda.schedule(at, self.rank, lambda _: self.finish(None, cause))

    def leave_lines(self) -> None:
        """It waits for an item no more."""
        for port in self.get_ports:
            if port in port.queue.getters:
                port.queue.getters.remove(port)

    # Its turn.

    def take_turn(self, at: float, reply: Item | None = None) -> None:
        """Resume it in its turn at this time."""
        self.reply = reply
        self.agenda.actions[self.rank] = self.go_on
        heappush(self.agenda.heap, (at, self.rank))

    def begin_work(self, at: float, reply: Any) -> None:
        """Resume it out of turn: it will only begin a time of work, which no other worker can
        notice. Anything else that comes of it waits for its turn."""
        try:
            effect = self.send(reply)
        except BaseException as raised:  # noqa: BLE001 - raised again in its turn
            effect = raised
        if type(effect) is float:
            heappush(self.agenda.heap, (at + effect, self.rank))
        else:
            self.put_off(at, effect)

    def put_off(self, at: float, outcome: Any) -> None:
        """What has come of it instead of a time of work, an effect or an error, is for its turn.

        A drawn time is rarely so short that it is rounded to 0. An item may have come by then.
        """

        def answer(_: float) -> Any:
            self.agenda.actions[self.rank] = self.send
            if isinstance(outcome, BaseException):
                raise outcome
            item = self.context.try_get() if type(outcome) is Get else None
            return outcome if item is None else self.send(item)

        self.agenda.schedule(at, self.rank, answer)

    def start(self, _: float) -> Any:
        """The first turn of a behaviour: a generator that has not begun takes no reply."""
        if self.flags.holds_producers and self.is_producer:
            return self.hold(0.0)
        self.agenda.actions[self.rank] = self.send
        return self.send(None)

    def go_on(self, at: float) -> Any:
        """Instead of just resuming its behaviour, where there may be more to it."""
        if self.flags.holds_producers and self.is_producer:
            return self.hold(0.0)
        self.agenda.actions[self.rank] = self.send
        reply, self.reply = self.reply, None
        return self.send(at if reply is None else reply)

    # What is asked of it.

    def wake(self) -> None:
        """Look at the flags at once. A worker that is parked is refused by its queue instead."""
        if self.agenda.actions[self.rank] is _nothing:  # it has ended, and is about to report it
            return
        if self.flags.aborting or self.call.has_no_reader:
            if self.waits_at is None:
                self._end_next(self._host.status.stopped or Cause.NO_CONSUMER)
            elif self.call.has_no_reader and self.waits_at is EMPTY:
                self.leave_lines()
                self.refused()
        elif self.is_producer and self.waits_at is None:
            self._obey()

    def _end_next(self, cause: Cause) -> None:
        """It ends in a turn at this time, whenever its turn was to come."""
        if not self.flags.aborting:  # else all turns are forgotten
            self.agenda.unschedule(self.rank)
        self.time_left = None
        self.agenda.schedule(self._clock(), self.rank, lambda _: self.finish(None, cause))

    def _obey(self) -> None:
        flags, agenda = self.flags, self.agenda
        is_held = self.time_left is not None
        if not is_held and agenda.turn_of(self.rank) is None:
            # It asks for this itself, from inside its source.
            agenda.actions[self.rank] = self._interrupted
        elif flags.stopping:
            self._end_next(Cause.DRAINED)
        elif flags.paused and not is_held:
            self.hold(agenda.unschedule(self.rank))
        elif not flags.paused and self.time_left is not None:
            self._stand(RUNNING)
            heappush(agenda.heap, (self._clock() + self.time_left, self.rank))
            self.time_left = None

    # Changes.

    def renew_idle(self) -> None:
        """Under the lock, between two turns: begin its next behaviour if it holds no item, and only
        waits for one or for its interval."""
        agenda, action = self.agenda, self.agenda.actions[self.rank]
        is_at_interval = self.is_producer and action == self.send
        if self.waits_at is not None:
            if self.waits_at is EMPTY:
                self.leave_lines()
                self.resumed(self._clock(), None)
                self._begin_anew(None)
        elif self.time_left is not None:
            if is_at_interval:
                self._begin_anew(self.time_left)
        elif is_at_interval or action == self.start:
            turn = agenda.turn_of(self.rank)
            if turn is not None and (turn > self._clock() or action == self.start):
                left = agenda.unschedule(self.rank)
                self._begin_anew(left if is_at_interval else None)

    def _begin_anew(self, time_left: float | None) -> None:
        """It has no turn, and no item: it ends, or begins its next behaviour in a turn at once, or
        when it is not held any more."""
        behaviour = self.next_behaviour(time_left=time_left)
        if behaviour is None:
            self.time_left = None
            self.agenda.schedule(
                self._clock(), self.rank, lambda _: self.finish(None, Cause.REMOVED)
            )
            return
        self._behaviour.close()
        self.behave(behaviour)
        self.agenda.actions[self.rank] = self.start
        if self.time_left is None:
            heappush(self.agenda.heap, (self._clock(), self.rank))
        else:
            self.time_left = 0.0

    def stand_still(self, seconds: float) -> bool:
        """Let the time of work that has begun take that much longer; whether there is one."""
        agenda = self.agenda
        if self.waits_at is not None or agenda.actions[self.rank] != self.send:
            return False
        if self.time_left is not None:
            self.time_left += seconds
            return True
        turn = agenda.turn_of(self.rank)
        if turn is None or turn <= self._clock():
            return False
        left = agenda.unschedule(self.rank)
        heappush(agenda.heap, (self._clock() + left + seconds, self.rank))
        return True

    def hold(self, time_left: float) -> None:
        """Stand still while producing is paused, or end when no more is wanted."""
        if self.flags.stopping:
            self.finish(None, Cause.DRAINED)
            return
        self.time_left = time_left
        self._stand(PAUSED)

    def _interrupted(self, _: float) -> Any:
        """Instead of going on, once: its turn comes again when others have been heard."""
        self.agenda.actions[self.rank] = self.go_on
        raise Interrupted

    # Its state and its end.

    def begin(self) -> None:
        """The run has begun, or it has come to one that goes on."""
        times, timer = self._cells[self.account.base], self.timer
        timer.activity, timer.since = times.doing, times.since
        timer.full_time, timer.empty_time = times.blocked_full, times.blocked_empty
        self._stand(RUNNING)

    def _stand(self, activity: Activity) -> None:
        at = self._clock()
        self.write_state()
        self._turn_to(activity, at)
        self.timer.activity, self.timer.since = activity, at

    def write_state(self) -> None:
        """Bring its cell of the ledger up to date, for somebody who reads it."""
        self.timer.write(self._cells, self.account.base)

    def close_state(self, state: WorkerState, cause: Cause | None, error: str) -> float:
        """Write down its last state, and why."""
        self.write_state()
        return super().close_state(state, cause, error)

    def finish(self, error: BaseException | None, cause: Cause | None = None) -> None:
        """End it."""
        self.agenda.actions[self.rank] = _nothing
        self._ended_early = cause
        try:
            self._behaviour.close()
            if self.context.keeps_source:
                self.context.close_source()
        except BaseException as raised:  # noqa: BLE001 - whatever a source raises is the run's
            error = error or original(raised)
        self.send = _not_connected
        self._end(error)


def _nothing(_: float) -> None:
    """A worker that has ended does nothing more."""


def _not_connected(*_: Any) -> Any:
    raise AssertionError("a port that the worker has not, or not any more")
