"""The virtual engine: the same workers on a clock of its own, without threads.

The rules of this file
----------------------
A worker is either parked at a queue, or has one entry `(time, rank)` in the agenda, at which it
goes on, or waits while producing is paused. Ranks are unique: at equal times the worker that is
most downstream goes first, then the one declared first. A worker that has woken one that goes
before it gives way at once.

The thread that calls `join` or `advance` drives the run, under the run's lock; a run that no
thread drives stands still. Nothing depends on the machine's clock except how long `join` takes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from heapq import heappop, heappush, heappushpop
from itertools import repeat
from operator import length_hint
from typing import Any

from pcsim import runtime
from pcsim.engine.assembly import Workshop
from pcsim.engine.behaviours import Get, Put
from pcsim.engine.books.depth_series import DepthSeries, first_step
from pcsim.engine.kit import Sink
from pcsim.engine.raised import is_a, original
from pcsim.engine.run import Run
from pcsim.engine.steering import Steering
from pcsim.engine.virtual.agenda import Agenda
from pcsim.engine.virtual.change_count import ChangeCount
from pcsim.engine.virtual.crew import VirtualCrew
from pcsim.engine.virtual.livelock import Livelock
from pcsim.engine.virtual.marker import Marker
from pcsim.engine.virtual.ports import DONE, PARKED, Closed
from pcsim.engine.virtual.queue import VirtualQueue
from pcsim.engine.virtual.tie_order import ranked
from pcsim.engine.virtual.worker import Interrupted, VirtualWorker
from pcsim.errors import EndlessError, PhaseError
from pcsim.scenario import Change, Scenario
from pcsim.scenario.roster import Changed
from pcsim.snapshot import Cause, Failure, Phase, QueueDetail, Snapshot
from pcsim.text import duration
from pcsim.validation import SHORTEST

EVENTS_PER_CHECK = 2_000
"""Events between two looks at the machine's clock: about 2 ms."""
MOST_SLICES = 10
"""Slices of that many events that may happen at one time before a change is made."""
MOST_EFFECTS_AT_ONCE = 256
"""Effects that a worker may carry out at one time before others of that time go on."""


class VirtualEngine(Run):
    """Runs a scenario in virtual time; it is a `pcsim.snapshot.control.Control`.

    Args:
        scenario: What to run.
        sources: Iterables of data by the name of their producer.
        sinks: Functions of the data by the name of their consumer or stage.
        replication: 0 or more; chooses among independent runs of the same scenario.
        logs_items: Whether the waits and drops of single items are among its events; without
            them it takes an eighth less time.
        keeps_recent: Whether its snapshots know what happened in the last seconds before them.
        notes_depths: Whether it notes the depths of its queues over time, as `depths`.
    """

    kind = "virtual"
    in_one_thread = True
    queues: list[VirtualQueue]
    workers: list[VirtualWorker]
    steering: Steering

    def __init__(
        self,
        scenario: Scenario,
        sources: Mapping[str, Iterable[Any]] | None = None,
        sinks: Mapping[str, Sink] | None = None,
        replication: int = 0,
        logs_items: bool = True,
        keeps_recent: bool = True,
        notes_depths: bool = False,
    ) -> None:
        self.agenda = agenda = Agenda()
        time = agenda.time
        super().__init__(scenario, lambda: time[0], runtime.FairLock(), logs_items)
        accounts, cells, bases = self.ledger.accounts, self.ledger.cells, self.ledger.queue_bases
        self.queues = [
            VirtualQueue(spec, index, cells, bases[index], time)
            for index, spec in enumerate(scenario.queues)
        ]
        self.workers = [VirtualWorker(self, account, agenda) for account in accounts]
        workshop = Workshop(self, sources or {}, sinks or {}, replication)
        self._by_rank = [self.workers[number] for number in ranked(accounts)]
        for rank, worker in enumerate(self._by_rank):
            worker.rank = rank
            agenda.actions.append(worker.start)
        self._changes = ChangeCount()
        crew = VirtualCrew(self, self._by_rank, self._changes.notify)
        self.steering = Steering(self, workshop, crew)
        self.is_driven = False
        self._livelock = (
            Livelock(scenario, accounts, cells, self.snapshot) if self.can_deadlock else None
        )
        self._marker = Marker(self.observer, len(cells)) if keeps_recent else None
        self.observer.course.is_followed = keeps_recent or bool(scenario.changes)
        self.depths = DepthSeries(first_step(scenario)) if notes_depths else None

    # Controls.

    def start(self) -> None:
        """Begin, at time 0. Raises `PhaseError` when it has begun before."""
        with self._lock:
            self._begin()
            self.agenda.open()
            for worker in self._by_rank:
                worker.begin()
            self._changes.notify()

    def join(self, timeout: float | None = None) -> bool:
        """Drive the run, for at most `timeout` seconds of the machine's clock; whether it has
        ended. Where it cannot go on, because it has not begun or producing is paused, wait for
        a control. Raises `PhaseError` from a worker."""
        until = math.inf if timeout is None else runtime.clock() + timeout
        while not self.phase.is_over:
            seen = self._changes.number
            is_busy = self.advance(most=EVENTS_PER_CHECK)
            remaining = until - runtime.clock()
            if remaining <= 0:
                break
            if not is_busy and not self.phase.is_over:
                self._changes.wait(seen, min(remaining, runtime.LONGEST_WAIT))
        return self.phase.is_over

    def advance(self, until: float = math.inf, most: int = -1) -> bool:
        """Let virtual time pass up to `until`; whether more is to be done by then. Raises
        `PhaseError` from a worker.

        Args:
            until: A time of the run, in seconds.
            most: At most this many events; -1 for any number.
        """
        with self._lock:
            if self.is_driven:
                raise PhaseError("a worker cannot wait for the end of the run it is part of")
            left = at_once = EVENTS_PER_CHECK if most < 0 else most
            end_at = math.inf if self.scenario.end.time is None else self.scenario.end.time
            marker = self._marker
            while self.phase in (Phase.RUNNING, Phase.DRAINING):
                stop = min(until, self._warm_at, end_at, self.steering.next_at)
                if marker is not None:
                    stop = min(stop, marker.next_at(min(until, end_at)))
                stop, others = min(stop, self._note_at()), stop
                self.is_driven = True
                try:
                    has_come, left = self._drive(stop, left)
                finally:
                    self.is_driven = False
                if not has_come:
                    self._look_for_livelock()
                    if marker is not None:
                        marker.count_events(at_once, self.clock())
                if most >= 0 and not left and not self.phase.is_over:
                    return True
                left = left if most >= 0 else at_once
                if not has_come:
                    continue
                next_at = self.agenda.next_at()
                if next_at is None and not self.phase.is_over:
                    self.look_for_deadlock()
                    next_at = self.agenda.next_at()
                if next_at is None:  # nothing happens any more, so there are no depths to note
                    stop = others
                if self.phase.is_over or (next_at is not None and next_at <= stop):
                    continue
                if stop == math.inf or not self._reach(stop, end_at):
                    break
            return False

    def steer(self, change: Change) -> Changed | None:
        """Change the system, at once or at the time that the change has. At once is after all that
        happens at that time, and after other changes: a run that has them planned is the same."""
        with self._lock:
            self.steering.crew.check()
            at = self.clock()
            if self.steering.acted_at >= at:
                at = max(math.nextafter(at, math.inf), SHORTEST)
            for _ in range(MOST_SLICES):  # of a time that may have no end
                if not self.advance(at, EVENTS_PER_CHECK):
                    break
            return super().steer(change)

    @property
    def _warm_at(self) -> float:
        """When the warm-up ends that is still to end."""
        return self.warm_up if self.warm_up and self.warmed is None else math.inf

    def _note_at(self) -> float:
        """When to note the depths of the queues next, or what it has done."""
        depths_at = math.inf if self.depths is None else self.depths.next_at
        return min(depths_at, self.observer.course.next_at)

    def _reach(self, stop: float, end_at: float) -> bool:
        """Time has come to where the warm-up or the run ends, or a mark is due; False where it is
        none of them."""
        time = self.agenda.time
        time[0] = max(stop, time[0])
        if self._marker is not None and self._marker.mark_at(stop):
            return True
        if stop == self._warm_at:
            self._end_warm_up()
        elif stop == self.steering.next_at:
            self.steering.act(stop)
        elif stop == end_at and not self.flags.aborting:
            self._end_at_time_limit()
        elif stop == self._note_at():
            if self.depths is not None and stop == self.depths.next_at:
                self.depths.add([queue.depth() for queue in self.queues])
            else:
                self.observer.course.look()
        else:
            return False
        return True

    def _look_for_livelock(self) -> None:
        """After another slice of events, some of which are still to come."""
        now = self.clock()
        if self._livelock is not None and self._livelock.has_come(now):
            message = f"time stands still at {duration(now)}: "
            message += "items go round and round through stages that take none"
            self._fail(EndlessError(message), Failure("", 0, message))

    # Questions: nothing moves while somebody looks.

    def snapshot(self) -> Snapshot:
        """Describe the whole system at one time, exactly."""
        with self._lock:
            return super().snapshot()

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """List the next `limit` items of a queue without touching them."""
        with self._lock:
            return super().queue_detail(name, limit)

    @property
    def next_at(self) -> float | None:
        """The time (seconds) at which something happens next; None where nothing will."""
        with self._lock:
            turn, change = self.agenda.next_at(), self.steering.next_at
            if turn is None or change < turn:
                return change if change < math.inf else turn
            return turn

    # Turns.

    def _drive(self, until: float, most: int) -> tuple[bool, int]:
        """Carry out what is due up to `until`, at most that many events; return whether it was all
        of that, and how many events are left of the most."""
        agenda = self.agenda
        heap, stale, time, actions = agenda.heap, agenda.stale, agenda.time, agenda.actions
        by_rank = self._by_rank
        if not heap:
            return True, most
        events = repeat(None, most)
        entry = heappop(heap)
        for _ in events:
            at, rank = entry
            if at > until:
                heappush(heap, entry)
                return True, length_hint(events) + 1
            next_entry = None
            if not stale or not agenda.is_stale(entry):
                time[0] = at
                try:
                    effect = actions[rank](at)
                    if type(effect) is float:
                        entry = heappushpop(heap, (at + effect, rank))
                        continue
                    if type(effect) is Get:  # as `_carry_out` has it: every wait for an item
                        by_rank[rank].wait()
                        effect = None
                except BaseException as raised:  # noqa: BLE001 - whatever a source raises
                    next_entry = self._raised(by_rank[rank], None, raised)
                else:
                    if effect is not None:
                        next_entry = self._carry_out(by_rank[rank], effect, at)
            if next_entry is not None:
                entry = heappushpop(heap, next_entry)
            elif heap:
                entry = heappop(heap)
            else:
                return True, length_hint(events)
        heappush(heap, entry)
        return entry[0] > until, 0

    def _carry_out(self, worker: VirtualWorker, effect: Any, at: float) -> tuple[float, int] | None:
        """Carry out a put, and what its worker goes on to at this time.

        Returns:
            The worker's next entry in the agenda; None where somebody has to serve it first, or
            it has one already.
        """
        effects_left = MOST_EFFECTS_AT_ONCE
        try:
            while True:
                kind = type(effect)
                if kind is float:
                    return at + effect, worker.rank
                if kind is Get:  # it has tried already, and nothing has come since
                    worker.wait()
                    return None
                outcome = worker.put_ports[effect.output].put(effect)
                effect.item = None
                if outcome is PARKED:
                    return None
                worker.in_hand = None
                effects_left -= 1
                if outcome is not DONE or not effects_left:
                    break
                effect = None  # so that a failure from here on is not blamed on this effect
                effect = self.agenda.actions[worker.rank](at)
                if effect is None:
                    return None
        except BaseException as raised:  # noqa: BLE001 - whatever a source or sink raises
            return self._raised(worker, effect, raised)
        return at, worker.rank

    def _raised(
        self, worker: VirtualWorker, effect: Any, raised: BaseException
    ) -> tuple[float, int] | None:
        """Deal with what a turn has raised instead of bringing an effect.

        The behaviour has come to its end, or failed; or the worker is to look at the flags, and
        then its turn comes again; or the queue of its put is closed, and it goes elsewhere with
        the item, or no further. Returns its next entry in the agenda, if it has one.
        """
        if is_a(raised, Interrupted):
            return self.clock(), worker.rank
        is_refused = isinstance(effect, Put) and effect.item is not None
        if is_refused:
            worker.in_hand, effect.item = effect.item, None
        if is_a(raised, StopIteration):
            behaviour = worker.next_behaviour()
            if behaviour is not None:
                worker.behave(behaviour)
                self.agenda.actions[worker.rank] = worker.start
                return self.clock(), worker.rank
            worker.finish(None)
        elif not is_a(raised, Closed):
            worker.finish(original(raised))
        elif is_refused and worker.can_reroute(effect):
            worker.take_turn(self.clock(), worker.in_hand)
        else:
            worker.finish(None, Cause.NO_CONSUMER if is_refused else None)
        return None

    # The life of the run.

    def _wake_workers(self, only_producers: bool) -> None:
        if not only_producers:  # they are to stop: each has its turn now, whenever it was to come
            self.agenda.clear()
        with self.agenda.turns_looked_up():
            for worker in self._by_rank:
                is_live = worker.name in self.connections.live
                if is_live and not (only_producers and worker.account.inputs):
                    worker.wake()
        self._changes.notify()

    def copy_cells(self) -> list[Any]:
        """Copy the ledger's cells, with the states of all workers up to date."""
        for worker in self.workers:
            if worker.name in self.connections.live:
                worker.write_state()
        return super().copy_cells()

    def _on_end(self) -> None:
        self.agenda.clear()
        self._changes.notify()

    def _check_usable(self) -> None:
        """It has no threads that a fork could lose."""
