"""The virtual engine: the same workers on a clock of its own, without threads.

The rules of this file
----------------------
A worker is either parked at a queue, or has one entry `(instant, rank)` in the heap, at which it
goes on, or is held while producing is paused. Ranks are unique: at equal instants the worker
that is most downstream goes first, then the one declared first. A worker that has woken one
that goes before it gives way at once.

Whoever calls `join`, `advance` or `step` drives the run, under the run's lock; a run in which
nobody does stands still. Nothing depends on the machine's clock but how long `join` takes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from heapq import heappop, heappush, heappushpop
from itertools import repeat
from typing import Any

from pcsim import runtime
from pcsim.engine.assembly import Sink, assemble
from pcsim.engine.behaviours import Get, Put
from pcsim.engine.run import Run
from pcsim.engine.virtual.livelock import Livelock
from pcsim.engine.virtual.ports import DONE, PARKED, Closed, put
from pcsim.engine.virtual.queue import VirtualQueue
from pcsim.engine.virtual.tie_order import ranked
from pcsim.engine.virtual.worker import Act, Interrupted, VirtualWorker
from pcsim.engine.worker import original
from pcsim.errors import EndlessError, PhaseError
from pcsim.scenario import Scenario
from pcsim.snapshot import Cause, Failure, Phase, QueueDetail, Snapshot
from pcsim.text import duration

SLICE = 2_000
"""Events between two looks at the machine's clock: about 2 ms."""
MOST_AT_ONCE = 256
"""Effects that a worker may carry out at one instant before others of that instant go on."""


class VirtualEngine(Run):
    """Runs a scenario in virtual time; it is a `pcsim.snapshot.control.Control`.

    `replication` (0 or more) chooses among independent runs of the same scenario. Without
    `logs_items` the waits and drops of single items are not among its events, which saves an
    eighth of its time.
    """

    kind = "virtual"
    in_one_thread = True
    queues: list[VirtualQueue]
    workers: list[VirtualWorker]

    def __init__(
        self,
        scenario: Scenario,
        sources: Mapping[str, Iterable[Any]] | None = None,
        sinks: Mapping[str, Sink] | None = None,
        replication: int = 0,
        logs_items: bool = True,
    ) -> None:
        self.time = time = [0.0]
        self.heap: list[tuple[float, int]] = []
        self.acts: list[Act] = []
        """By rank: what each worker does when its turn comes."""
        self.stale: Counter[tuple[float, int]] = Counter()
        """Entries of the heap that do not count any more: timeouts that were not needed."""
        super().__init__(scenario, lambda: time[0], runtime.FairLock(), replication, logs_items)
        cells = self.ledger.cells
        self.queues = [
            VirtualQueue(spec, index, cells, base, time)
            for index, (spec, base) in enumerate(
                zip(scenario.queues, self.ledger.queue_bases, strict=True)
            )
        ]
        self.workers = [VirtualWorker(self, account) for account in self.ledger.accounts]
        assemble(self, sources or {}, sinks or {})
        self._by_rank = [self.workers[number] for number in ranked(self.ledger.accounts)]
        for rank, worker in enumerate(self._by_rank):
            worker.rank = rank
            self.acts.append(worker.start)
        self._changed = runtime.Condition()
        self._changes = 0
        self._is_driven = False
        self._standstill = (
            Livelock(scenario, self.ledger.accounts, cells, self.snapshot)
            if self.can_get_stuck
            else None
        )
        self._turns: dict[int, float] | None = None
        """By rank, while everyone is woken: when the turn of each would have come."""
        end = scenario.end.time
        self._end_at = math.inf if end is None else end
        self._warm_at = self.warm_up or math.inf

    # Controls.

    def start(self) -> None:
        """Begin, at instant 0. Raises `PhaseError` when it has begun before."""
        with self._lock:
            self._begin()
            self.heap[:] = [(0.0, rank) for rank in range(len(self.workers))]
            for worker in self._by_rank:
                worker.begin()
            self._tell_change()

    def join(self, timeout: float | None = None) -> bool:
        """Drive the run, for at most `timeout` seconds of the machine's clock; whether it has
        ended. Where it cannot go on, because it has not begun or producing is paused, wait for
        a control. Raises `PhaseError` from a worker."""
        until = math.inf if timeout is None else runtime.clock() + timeout
        while not self._phase.is_over:
            seen = self._changes
            is_busy = self.advance(most=SLICE)
            left = until - runtime.clock()
            if left <= 0:
                break
            if not is_busy and not self._phase.is_over:
                with self._changed:
                    self._changed.wait_for(
                        lambda: self._changes != seen,  # noqa: B023 - it is called here
                        min(left, runtime.LONGEST_WAIT),
                    )
        return self._phase.is_over

    def advance(self, until: float = math.inf, most: int = -1) -> bool:
        """Let virtual time pass to the instant `until` (seconds), for at most so many events
        (-1: any number); whether more is to be done by then. Raises `PhaseError` from a
        worker."""
        with self._lock:
            if self._is_driven:
                raise PhaseError("a worker cannot wait for the end of the run it is part of")
            at_once = SLICE if most < 0 and self._standstill is not None else most
            while self._phase in (Phase.RUNNING, Phase.DRAINING):
                stop = min(until, self._warm_at, self._end_at)
                self._is_driven = True
                try:
                    has_come = self._drive(stop, at_once)
                finally:
                    self._is_driven = False
                if not has_come:
                    self._look_for_standstill()
                    if most < 0:
                        continue
                    return True
                self._shed_stale()
                if not self.heap and not self._phase.is_over:
                    self._look_for_stuck()
                if self._phase.is_over or self._is_due(stop):
                    continue
                if stop == math.inf:
                    break
                self.time[0] = max(stop, self.time[0])
                if stop == self._warm_at:
                    self._warm_at = math.inf
                    self._warm()
                elif stop == self._end_at and not self.asked.aborting:
                    self._cut()
                else:
                    break
            return False

    def _look_for_standstill(self) -> None:
        """After another slice of events, some of which are still to come."""
        if self._standstill is not None and self._standstill.has_come(self.time[0]):
            told = f"time stands still at {duration(self.time[0])}: "
            told += "items go round and round through stages that take none"
            self._fail(EndlessError(told), Failure("", 0, told))

    # Questions: nothing moves while somebody looks.

    def snapshot(self) -> Snapshot:
        """One exact instant of the whole system."""
        with self._lock:
            return super().snapshot()

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """The oldest items of a queue, looked at without touching them."""
        with self._lock:
            return super().queue_detail(name, limit)

    def _is_due(self, horizon: float) -> bool:
        return bool(self.heap) and self.heap[0][0] <= horizon

    @property
    def next_at(self) -> float | None:
        """The instant (seconds) at which something happens next; None where nothing will."""
        with self._lock:
            self._shed_stale()
            return self.heap[0][0] if self.heap else None

    def _shed_stale(self) -> None:
        """What comes next in the heap counts."""
        while self.heap and self.stale and self._is_stale(self.heap[0]):
            heappop(self.heap)

    # The heap.

    def schedule(self, worker: VirtualWorker, act: Act | None = None) -> None:
        """Its turn comes at this instant; `act` is what it does then instead of going on."""
        self.acts[worker.rank] = act or worker.go_on
        heappush(self.heap, (self.time[0], worker.rank))

    def turn_of(self, worker: VirtualWorker) -> float | None:
        """The instant at which its turn comes; None while it has it, or waits for somebody."""
        if self._turns is not None:
            return self._turns.get(worker.rank)
        return self._all_turns(worker.rank).get(worker.rank)

    def _all_turns(self, only: int | None = None) -> dict[int, float]:
        unneeded = self.stale.copy()
        turns: dict[int, float] = {}
        for entry in self.heap:
            if only is not None and entry[1] != only:
                continue
            if unneeded and unneeded[entry] > 0:
                unneeded[entry] -= 1
            else:
                turns[entry[1]] = entry[0]
        return turns

    def unschedule(self, worker: VirtualWorker) -> float:
        """Its turn does not come; how long it would have taken."""
        at = self.turn_of(worker)
        if at is None:
            return 0.0
        self.stale[at, worker.rank] += 1
        if self._turns is not None:
            del self._turns[worker.rank]
        return at - self.time[0]

    def reschedule(self, worker: VirtualWorker, act: Act) -> None:
        """Its turn comes at this instant, whenever it was to come."""
        if not self.asked.aborting:  # else all turns are forgotten
            self.unschedule(worker)
        worker.time_left = None
        self.schedule(worker, act)

    def _drive(self, until: float, most: int) -> bool:
        """Carry out what is due up to `until`; False when `most` events came before that."""
        heap, stale, time, acts = self.heap, self.stale, self.time, self.acts
        by_rank = self._by_rank
        if not heap:
            return True
        entry = heappop(heap)
        for _ in repeat(None) if most < 0 else repeat(None, most):
            at, rank = entry
            if at > until:
                break
            following = None
            if not stale or not self._is_stale(entry):
                time[0] = at
                try:
                    effect = acts[rank](at)
                    if type(effect) is float:
                        entry = heappushpop(heap, (at + effect, rank))
                        continue
                    if type(effect) is Get:  # as `_carry_out` has it: every wait for an item
                        by_rank[rank].wait()
                        effect = None
                except BaseException as raised:  # noqa: BLE001 - whatever a source raises
                    following = self._raised(by_rank[rank], None, raised)
                else:
                    if effect is not None:
                        following = self._carry_out(by_rank[rank], effect, at)
            if following is not None:
                entry = heappushpop(heap, following)
            elif heap:
                entry = heappop(heap)
            else:
                return True
        heappush(heap, entry)
        return entry[0] > until

    def _carry_out(self, worker: VirtualWorker, effect: Any, at: float) -> tuple[float, int] | None:
        """Carry out a put or a get, and what its worker goes on to at this instant. Its next
        entry in the heap; None where somebody has to serve it first."""
        left = MOST_AT_ONCE
        try:
            while True:
                kind = type(effect)
                if kind is float:
                    return at + effect, worker.rank
                if kind is Get:  # it has tried already, and nothing has come since
                    worker.wait()
                    return None
                worker.put = effect
                became = put(worker, effect)
                effect.item = None
                if became is PARKED:
                    return None
                worker.in_hand = None
                left -= 1
                if became is not DONE or not left:
                    break
                effect = None  # what a failure is told of is its own worker's effect
                effect = self.acts[worker.rank](at)
                if effect is None:
                    return None
        except BaseException as raised:  # noqa: BLE001 - whatever a source or sink raises
            return self._raised(worker, effect, raised)
        return at, worker.rank

    def _is_stale(self, entry: tuple[float, int]) -> bool:
        if entry not in self.stale:
            return False
        self.stale[entry] -= 1
        if not self.stale[entry]:
            del self.stale[entry]
        return True

    def _raised(
        self, worker: VirtualWorker, effect: Any, raised: BaseException
    ) -> tuple[float, int] | None:
        """It has come to its end, or failed, or its queue is closed and it goes no further with
        what it holds, or elsewhere; or it looks at what is asked of it, and then its turn comes
        again: its next entry in the heap."""
        if isinstance(raised, Interrupted):
            return self.time[0], worker.rank
        is_refused = isinstance(effect, Put) and effect.item is not None
        if is_refused:
            worker.in_hand, effect.item = effect.item, None
        if isinstance(raised, StopIteration):
            worker.finish(None)
        elif not isinstance(raised, Closed):
            worker.finish(original(raised))
        elif is_refused and worker.can_reroute(effect):
            worker.reply = worker.in_hand
            self.schedule(worker)
        else:
            worker.finish(None, Cause.NO_CONSUMER if is_refused else None)
        return None

    # The life of the run.

    def _wake_everyone(self, only_producers: bool) -> None:
        if (
            self.asked.aborting and not only_producers
        ):  # everybody's turn is now, whenever it was to come
            self.heap.clear()
            self.stale.clear()
        self._turns = self._all_turns()
        for worker in self._by_rank:
            if worker.name in self._live and not (only_producers and worker.account.inputs):
                worker.wake()
        self._turns = None
        self._tell_change()

    def _books(self) -> list[Any]:
        for worker in self.workers:
            if worker.name in self._live:
                worker.keep_books()
        return super()._books()

    def _stopping_everyone(self) -> None:
        """All are told by their queues or have their turn at once."""

    def _ended(self) -> None:
        self.heap.clear()
        self.stale.clear()
        self._tell_change()

    def _tell_change(self) -> None:
        """Whoever waits in `join` looks again."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def _alive(self) -> None:
        """It has no threads that a fork could lose."""
