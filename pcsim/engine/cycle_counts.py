"""How many workers of each cycle wait, so that a deadlock is noticed at the wait that completes it.

A cycle is a strongly connected part of the live system: workers and queues where an item can come
from any one to any other. A search through all workers (`pcsim.engine.deadlock`) takes long, and
workers block often. So it begins only after these counts, which cost next to nothing, say that a
deadlock may be there.

Why the counts miss no deadlock
-------------------------------
As long as no worker is stuck, a worker that blocks is part of each set of workers that is stuck
from then on.

A worker blocked on empty queues waits for all that write them. Follow that back: the set is stuck
only if a whole cycle waits for items and no live worker feeds it from outside.

A worker blocked on a full queue waits for those that read it. None of these waits for items: there
are some. A queue outside of the worker's own cycle leads away from it for good, to workers that
were not stuck before. Inside, one reader of the queue is enough that is not blocked inside as well,
or that waits for such a queue. Where each worker of the cycle has one way on inside, every worker
of the cycle is reached so; one that is not blocked inside is enough.

Everything here is called under the run's lock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

from pcsim.engine.books.ledger import Account
from pcsim.scenario.graph import components
from pcsim.snapshot import BlockReason

BlockedOn: TypeAlias = tuple[BlockReason, tuple[int, ...]]
"""Why a worker waits, and at which queues (by index)."""

# Members of an enum are slow to reach through their class.
_EMPTY = BlockReason.EMPTY

_Kind: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]
"""The inputs and outputs of a worker. In the graph, workers of a kind are one node."""
_Node: TypeAlias = int | _Kind


class Member(Protocol):
    """What the counts need of a worker."""

    account: Account
    blocked_on: BlockedOn | None
    cycle: Cycle | None


class Cycle:
    """The counts of one cycle. They are up to date until a part of it has ended."""

    __slots__ = (
        "_has_one_way", "_readers", "_stuck_readers", "empty_waits", "feeders", "full_waits",
        "is_outdated", "queues", "size",
    )  # fmt: skip

    def __init__(
        self,
        queues: frozenset[int],
        workers: Sequence[Member],
        readers: Sequence[Mapping[str, Member]],
    ) -> None:
        self.queues = queues
        self.size = len(workers)
        """How many live workers it has."""
        self.empty_waits = 0
        """How many of them wait for items."""
        self.full_waits = 0
        """How many of them wait for a slot of one of its queues."""
        self.feeders = 0
        """How many live workers outside put into queues that it takes from."""
        self.is_outdated = False
        """Whether it may have fallen apart, because the last worker of its kind has ended."""
        self._readers = readers
        self._stuck_readers = dict.fromkeys(queues, 0)
        """By queue: how many of its readers wait for a slot of one of the cycle's queues."""
        self._has_one_way = all(
            len(queues.intersection(worker.account.outputs)) == 1 for worker in workers
        )
        for worker in workers:
            worker.cycle = self
            if worker.blocked_on is not None:
                self._count(worker, worker.blocked_on, 1)

    @property
    def is_dry(self) -> bool:
        """Whether all its workers wait for items, and none can come."""
        return self.empty_waits == self.size and not self.feeders

    def begin_wait(self, worker: Member, blocked_on: BlockedOn) -> bool:
        """Count a worker that blocks; return whether that may complete a deadlock."""
        if blocked_on[0] is _EMPTY:
            self.empty_waits += 1
            return self.is_outdated or (self.empty_waits == self.size and not self.feeders)
        self._count(worker, blocked_on, 1)
        return self.is_outdated or self.is_jammed(blocked_on[1][0])

    def end_wait(self, worker: Member, blocked_on: BlockedOn) -> None:
        """Count a worker no more that was blocked."""
        if blocked_on[0] is _EMPTY:
            self.empty_waits -= 1
        else:
            self._count(worker, blocked_on, -1)

    def _count(self, worker: Member, blocked_on: BlockedOn, change: int) -> None:
        reason, (queue, *_) = blocked_on
        if reason is _EMPTY:
            self.empty_waits += change
        elif queue in self.queues:
            self.full_waits += change
            for index in worker.account.inputs:
                if index in self._stuck_readers:
                    self._stuck_readers[index] += change

    def is_jammed(self, queue: int) -> bool:
        """Whether nobody will take from a full queue, as the workers are now."""
        if queue not in self.queues or (self._has_one_way and self.full_waits < self.size):
            return False
        seen, pending = {queue}, [queue]
        while pending:
            queue = pending.pop()
            readers = self._readers[queue]
            if self._stuck_readers[queue] < len(readers):
                return False
            for reader in readers.values():
                waits_at = reader.blocked_on[1][0] if reader.blocked_on else queue
                if waits_at not in seen:
                    seen.add(waits_at)
                    pending.append(waits_at)
        return True


class CycleCounts:
    """The cycles of a run, as workers leave it.

    Args:
        live: The workers that have not ended, by name.
        readers: By index of the queue, the live workers that take from it.
        writers: By index of the queue, the live workers that put into it.

    All three are kept up to date by the owner.
    """

    def __init__(
        self,
        live: Mapping[str, Member],
        readers: Sequence[Mapping[str, Member]],
        writers: Sequence[Mapping[str, Member]],
    ) -> None:
        self._live = live
        self._readers = readers
        self._writers = writers
        self.cycles: list[Cycle] = []
        self._outside = Cycle(frozenset(), (), readers)
        """That of the workers that are in none, while there are cycles: no deadlock begins there,
        but a search needs to know for what these workers wait."""
        self._kinds: dict[_Kind, list[Member]] = {}
        self._fed: dict[int, list[Cycle]] = {}
        """By queue: the cycles whose workers take from it."""
        self.find()

    def find(self) -> None:
        """Find the cycles among the live workers, and count who waits."""
        kinds: dict[_Kind, list[Member]] = {}
        nodes: list[_Node] = []
        readers: dict[int, list[_Kind]] = {}
        for worker in self._live.values():
            worker.cycle = None
            kind = (worker.account.inputs, worker.account.outputs)
            if kind not in kinds:
                nodes.append(kind)
                for queue in kind[0]:
                    readers.setdefault(queue, []).append(kind)
            kinds.setdefault(kind, []).append(worker)
        self._kinds = kinds

        def after(node: _Node) -> Sequence[_Node]:
            return node[1] if isinstance(node, tuple) else readers.get(node, ())

        self.cycles, self._fed = [], {}
        for component in components(nodes, after):
            if len(component) > 1:
                self._add_cycle(component)
        if self.cycles:
            for worker in self._live.values():
                worker.cycle = worker.cycle or self._outside

    def _add_cycle(self, component: Sequence[_Node]) -> None:
        kinds = [node for node in component if isinstance(node, tuple)]
        queues = frozenset(node for node in component if isinstance(node, int))
        workers = [worker for kind in kinds for worker in self._kinds[kind]]
        cycle = Cycle(queues, workers, self._readers)
        self.cycles.append(cycle)
        inputs = {queue for kind in kinds for queue in kind[0]}
        feeders: set[str] = set()
        for queue in inputs:
            self._fed.setdefault(queue, []).append(cycle)
            feeders.update(
                name for name, writer in self._writers[queue].items() if writer.cycle is not cycle
            )
        cycle.feeders = len(feeders)

    def leave(self, worker: Member) -> bool:
        """Count a worker no more that has ended, and is not among the live any more.

        Returns:
            Whether what it leaves behind may be a deadlock.
        """
        own = None if worker.cycle is self._outside else worker.cycle
        touched = {one for queue in worker.account.outputs for one in self._fed.get(queue, ())}
        touched.discard(own)
        for cycle in touched:
            cycle.feeders -= 1
        if own is not None:
            self._leave_cycle(own, worker)
            touched.add(own)
        for queue in worker.account.inputs:
            touched.update(self._fed.get(queue, ()))
        return any(
            cycle.is_outdated or cycle.is_dry or any(map(cycle.is_jammed, worker.account.inputs))
            for cycle in touched
            if cycle.empty_waits or cycle.full_waits
        )

    def _leave_cycle(self, cycle: Cycle, worker: Member) -> None:
        kind = self._kinds[worker.account.inputs, worker.account.outputs]
        kind.remove(worker)
        cycle.size -= 1
        worker.cycle = None
        if not kind:
            cycle.is_outdated = True

    def refresh(self) -> None:
        """Find the cycles once more, where one may have fallen apart."""
        if any(cycle.is_outdated for cycle in self.cycles):
            self.find()
