"""Carries out changes of a run while it goes on: the one place for both engines.

The rules of this file
----------------------
Everything here is called under the run's lock. The roster decides whether a change fits, and
what each queue and worker is described as from then on. A queue takes its new description at once.
A worker is called: it ends its behaviour before its next item, or at once where it only waits, and
its kit makes the next one. So no item is in two hands, and each cell keeps its one writer.

A worker that was removed and has ended may come back: its cells count on, and the time between
is paused time.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import TypeAlias

from msgspec.structs import replace

from pcsim.engine.assembly import Workshop
from pcsim.engine.behaviours import Behaviour
from pcsim.engine.books.ledger import Account, Activity, StateTimes
from pcsim.engine.run import Run
from pcsim.engine.worker import Worker
from pcsim.errors import ScenarioError
from pcsim.scenario import Change, ProducerSpec
from pcsim.scenario.change_text import written
from pcsim.scenario.changes import (
    AddWorkers,
    Burst,
    FailItem,
    Freeze,
    RemoveWorkers,
    SetCapacity,
    SetOverflow,
    SlowSpell,
)
from pcsim.scenario.roster import Changed, Roster, in_order
from pcsim.snapshot import BlockReason, EventKind

Later: TypeAlias = Callable[[], None]
"""What is to be done at a time."""


class Crew(ABC):
    """What an engine does for its workers."""

    @abstractmethod
    def make(self, account: Account) -> Worker:
        """Make a worker, which nobody knows yet."""

    @abstractmethod
    def place(self, worker: Worker, number: int) -> None:
        """Let a worker be seen that is connected: as a further one, or in the place of the worker
        of that number."""

    @abstractmethod
    def begin(self, workers: Sequence[Worker]) -> None:
        """Let workers begin that are connected."""

    @abstractmethod
    def together(self) -> AbstractContextManager[object]:
        """Several workers are called within this."""

    @abstractmethod
    def check(self) -> None:
        """Raise `PhaseError` where a change cannot be made just now."""

    @abstractmethod
    def changed(self) -> None:
        """The system was changed, or more is to be done at a time."""


class Steering:
    """The changes of one run.

    Args:
        run: The run.
        workshop: Has made the kits of its workers.
        crew: Its engine.
    """

    def __init__(self, run: Run, workshop: Workshop, crew: Crew) -> None:
        self._run = run
        self._workshop = workshop
        self.crew = crew
        self.roster = Roster(run.scenario)
        self._workers = {worker.name: worker for worker in run.workers}
        self._numbers = {worker.name: number for number, worker in enumerate(run.workers)}
        self._turns = count()
        self._later: list[tuple[float, int, Later]] = []
        """What is to be done at times of the run, soonest first."""
        self.acted_at = -math.inf
        """When something was done last, in seconds from the start."""
        for _, change in in_order(run.scenario.changes):
            self._plan(change.at or 0.0, partial(self._try, change, is_of_scenario=True))

    # What is to be done at a time.

    @property
    def next_at(self) -> float:
        """When something is to be done next, in seconds from the start; infinite for nothing."""
        return self._later[0][0] if self._later else math.inf

    def act(self, now: float) -> None:
        """Do what is due at that time, in a run that goes on."""
        if self._run.flags.aborting or self._run.phase.is_over:
            self._later.clear()
        while self._later and self._later[0][0] <= now:
            self.acted_at = now
            heappop(self._later)[-1]()

    def _plan(self, at: float, act: Later) -> None:
        heappush(self._later, (float(at), next(self._turns), act))

    @property
    def _now(self) -> float:
        """Seconds since the start of the run."""
        return self._run.clock() - (self._run.status.origin or 0.0)

    # Changes.

    def steer(self, change: Change) -> Changed | None:
        """Carry out a change, at once or at its time. Raises `ScenarioError` where it does not fit
        the system as it is."""
        self.crew.check()
        if change.at is not None and change.at > self._now:
            self._plan(change.at, partial(self._try, change))
            self.crew.changed()
            return None
        return self._carry_out(change)

    def _try(self, change: Change, *, is_of_scenario: bool = False) -> None:
        """Carry out a timed change. One that does not fit by then is noted, and nothing else."""
        try:
            self._carry_out(change, is_of_scenario=is_of_scenario)
        except ScenarioError as error:
            self._run.log.append(
                self._run.clock(),
                EventKind.CHANGED,
                change.subject,
                what=change.what,
                message=str(error),
            )

    def _carry_out(self, change: Change, *, is_of_scenario: bool = False) -> Changed:
        if isinstance(change, AddWorkers):
            self._check_shareable(change)
        changed = self.roster.change(change, gone=self._gone())
        self.acted_at = self._now
        self._run.observer.course.change(
            change.subject,
            what=change.what,
            was=changed.was,
            now=changed.now,
            change="" if is_of_scenario else written(replace(change, at=self.acted_at)),
        )
        if isinstance(change, SetCapacity | SetOverflow):
            index = self._run.scenario.queue_names.index(change.queue)
            self._run.queues[index].change(self.roster.queues[change.queue])
        elif isinstance(change, AddWorkers):
            self._add(changed)
        elif isinstance(change, RemoveWorkers):
            for worker in self._live(changed.names):
                worker.call.is_removed = True
            self._call_all(changed.names)
        elif isinstance(change, SlowSpell):
            self._slow(changed.names, change)
        else:
            self._change_workers(change, changed)
        self.crew.changed()
        return changed

    def _check_shareable(self, change: AddWorkers) -> None:
        """Refuse a further producer where the one that is there has a source of its own."""
        kit = self._workshop.kits.get(change.worker)
        if kit is not None and isinstance(kit.spec, ProducerSpec) and kit.own is not None:
            problem = f"names {change.worker!r}, whose source two workers cannot share"
            owner = change.owner
            raise ScenarioError(problem, field="worker", owner=owner, value=change.worker)

    def _gone(self) -> set[str]:
        """The workers that cannot be removed, or come back, any more."""
        live, gone = self._run.connections.live, set[str]()
        for name, worker in self._workers.items():
            call = worker.call
            if call.is_ending if name in live else not call.is_removed:
                gone.add(name)
        return gone

    def _live(self, names: Iterable[str]) -> list[Worker]:
        live = self._run.connections.live
        return [self._workers[name] for name in names if name in live]

    # Workers that come.

    def _add(self, changed: Changed) -> None:
        begun: list[Worker] = []
        for name in changed.names:
            worker = self._workers.get(name)
            if worker is not None and name in self._run.connections.live:
                worker.call.is_removed = False  # it has not ended yet
                self._call(worker)
            else:
                begun.append(self._back(worker) if worker is not None else self._fresh(name))
        self._run.observer.lay_out()
        self._run.connections.join(begun)
        self.crew.begin(begun)

    def _fresh(self, name: str) -> Worker:
        """Make a worker that has not been there before."""
        ledger, crew = self._run.ledger, self.roster.crew_of(name)
        declared = replace(crew.declared, name=name, count=1)
        account = ledger.add_worker(declared, crew.declared.name)
        at = self._run.clock()
        ledger.cells[account.base] = StateTimes(since=at, started_at=at)
        self._numbers[name] = len(ledger.accounts) - 1
        self._workers[name] = worker = self.crew.make(account)
        self._workshop.equip(declared, worker, self._workshop.kits[crew.names[0]].own)
        worker.behave(self._renew(worker))
        self.crew.place(worker, self._numbers[name])
        return worker

    def _back(self, before: Worker) -> Worker:
        """Make a worker anew that was removed: its cells count on."""
        name, account, cells = before.name, before.account, self._run.ledger.cells
        at = self._run.clock()
        times: StateTimes = cells[account.base]
        away = at - times.since
        cells[account.base] = times._replace(
            doing=Activity(), since=at, paused=times.paused + away, timed_since=None
        )
        self._workers[name] = worker = self.crew.make(account)
        self._workshop.equip_again(self.roster.specs[name], worker)
        worker.behave(self._renew(worker))
        self.crew.place(worker, self._numbers[name])
        return worker

    # Workers that are changed.

    def _change_workers(self, change: Change, changed: Changed) -> None:
        workers = self._live(changed.names)
        if isinstance(change, FailItem):
            workers = workers[:1]
        now = self._run.clock()
        with self.crew.together():
            for worker in workers:
                kit = self._workshop.kits[worker.name]
                if isinstance(change, Freeze):
                    if worker.stand_still(change.seconds):
                        continue
                    worker.call.frozen_until = max(worker.call.frozen_until, now) + change.seconds
                elif isinstance(change, FailItem):
                    kit.failures += 1
                elif isinstance(change, Burst):
                    kit.burst += change.items
                self._call(worker)

    def _slow(self, names: Sequence[str], spell: SlowSpell) -> None:
        """Begin a slow spell, and end it later."""
        for name in names:
            self._workshop.kits[name].begin_spell(spell.factor)
        self._call_all(names)
        self._plan(self._now + spell.seconds, partial(self._end_spell, names, spell))

    def _end_spell(self, names: Sequence[str], spell: SlowSpell) -> None:
        for name in names:
            self._workshop.kits[name].end_spell(spell.factor)
        self._call_all(names)

    def _call_all(self, names: Iterable[str]) -> None:
        with self.crew.together():
            for worker in self._live(names):
                self._call(worker)

    def _call(self, worker: Worker) -> None:
        """Let a worker end its behaviour: now if it only waits, else before its next item."""
        worker.call.renewal = partial(self._renew, worker)
        worker.call.is_open = True
        self._workshop.kits[worker.name].end_behaviour(is_idle=worker.waits_at is BlockReason.EMPTY)
        worker.renew_idle()

    def _renew(self, worker: Worker, time_left: float | None = None) -> Behaviour:
        """Make the next behaviour of a worker, of whose interval that many seconds are left."""
        kit, spec = self._workshop.kits[worker.name], self.roster.specs[worker.name]
        frozen = max(worker.call.frozen_until - self._run.clock(), 0.0)
        worker.call.frozen_until = 0.0
        behaviour, is_last = kit.next_behaviour(spec, time_left, frozen)
        if not is_last:
            worker.call.renewal = partial(self._renew, worker)
        worker.take_on(spec, self._run.queues)
        return behaviour
