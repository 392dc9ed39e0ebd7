"""What is done for the workers of a run in virtual time that come while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, cast

from pcsim.engine.books.ledger import Account
from pcsim.engine.protocols import WorkerHost
from pcsim.engine.steering import Crew
from pcsim.engine.virtual.agenda import Action, Agenda
from pcsim.engine.virtual.tie_order import ranked
from pcsim.engine.virtual.worker import VirtualWorker
from pcsim.engine.worker import Worker
from pcsim.errors import PhaseError


class Host(WorkerHost, Protocol):
    """What a crew needs of its engine."""

    agenda: Agenda
    workers: list[VirtualWorker]
    is_driven: bool


class VirtualCrew(Crew):
    """Makes workers, and gives them their ranks and their first turns.

    Args:
        engine: Their engine.
        by_rank: The workers in the order of their ranks: the list that the engine goes by.
        notify: Wakes those who wait for the run to go on.
    """

    def __init__(
        self, engine: Host, by_rank: list[VirtualWorker], notify: Callable[[], object]
    ) -> None:
        self._engine = engine
        self._notify = notify
        self._by_rank = by_rank

    def make(self, account: Account) -> VirtualWorker:
        """Make a worker, which nobody knows yet."""
        return VirtualWorker(self._engine, account, self._engine.agenda)

    def place(self, worker: Worker, number: int) -> None:
        """Let a worker be seen that is connected: as a further one, or in another's place."""
        self._engine.workers[number : number + 1] = [cast("VirtualWorker", worker)]

    def begin(self, workers: Sequence[Worker]) -> None:
        """Let workers begin that are connected."""
        engine = self._engine
        self._rank_anew()
        for worker in cast("Sequence[VirtualWorker]", workers):
            worker.begin()
            engine.agenda.schedule(engine.clock(), worker.rank, worker.start)

    def _rank_anew(self) -> None:
        """Between two turns: workers have come, so ranks are others. Those that were there keep
        their order, and their turns."""
        engine = self._engine
        before = {worker.name: worker.rank for worker in self._by_rank}
        order = [engine.workers[number] for number in ranked(engine.ledger.accounts)]
        rank_of = {
            before[worker.name]: rank for rank, worker in enumerate(order) if worker.name in before
        }
        actions: list[Action] = [worker.start for worker in order]
        for was, rank in rank_of.items():
            actions[rank] = engine.agenda.actions[was]
        for rank, worker in enumerate(order):
            worker.rank = rank
        self._by_rank[:] = order
        engine.agenda.move(rank_of, actions)

    def together(self) -> AbstractContextManager[object]:
        """Several workers are called within this."""
        return self._engine.agenda.turns_looked_up()

    def check(self) -> None:
        """Refuse a change that comes from within a turn. Raises `PhaseError`."""
        if self._engine.is_driven:
            raise PhaseError("a worker cannot change the run in virtual time that it is part of")

    def changed(self) -> None:
        """The system was changed, or more is to be done at a time: who waits looks again."""
        self._notify()
