"""The books of a system: one flat list, from a copy of which a snapshot is derived.

The rules of this file
----------------------
Each transition of an item writes exactly one cell, and each cell has one writer at a time: the
worker it belongs to, or whoever serves that worker under the queue's mutex while it is parked. A
queue's cells are written under the mutex alone. So a copy of the list, one C call, is an exact
cut of the whole system: hands and depths are not stored but derived from it.

A put is counted after its slot is taken and before its item is queued, a get after its item
is taken and before its slot is free: so no depth in a cut is below 0 or above capacity.

A worker's block is its standing, five counts, then one count for each queue it gets from and
one for each it puts into. A queue's block is two counts and whether it is closed.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Any, NamedTuple

from pcsim.scenario import ProducerSpec, Scenario, WorkerSpec
from pcsim.snapshot import BlockReason, QueueRow, Role, Spread, Totals, WorkerRow, WorkerState

STANDING, PRODUCED, DONE, FAILED, DROPPED, DISCARDED = range(6)
_WORKER_BLOCK = 6
QUEUE_DROPPED, QUEUE_DISCARDED, QUEUE_CLOSED = range(3)
_QUEUE_BLOCK = 3


# Members of an enum are slow to reach through their class, and a standing is made in hot paths.
_FULL, _PAUSED, _NEW = BlockReason.FULL, WorkerState.PAUSED, WorkerState.NEW
_made = tuple.__new__

_produced, _done, _failed, _dropped, _discarded, _in_hand = (
    itemgetter(WorkerRow._fields.index(count))
    for count in (
        "produced_total", "done_total", "failed_total", "dropped_total", "discarded_total",
        "in_hand",
    )
)  # fmt: skip


class Standing(NamedTuple):
    """What a worker is doing, and the closed spans of what it did before. One cell."""

    state: WorkerState = WorkerState.NEW
    queue: int = -1
    reason: BlockReason | None = None
    since: float = 0.0
    blocked_full: float = 0.0
    blocked_empty: float = 0.0
    paused: float = 0.0
    started_at: float = 0.0
    ended_at: float | None = None
    note: str = ""

    def turned(
        self, state: WorkerState, at: float, queue: int = -1, reason: BlockReason | None = None
    ) -> Standing:
        """The next standing: what was open up to `at` is closed."""
        was, _, because, since, full, empty, paused, started_at, _, _ = self
        if because is _FULL:
            full += at - since
        elif because is not None:
            empty += at - since
        elif was is _PAUSED:
            paused += at - since
        return _made(
            Standing, (state, queue, reason, at, full, empty, paused, started_at, None, "")
        )


class Account(NamedTuple):
    """Where one worker's cells are."""

    name: str
    role: Role
    base: int
    inputs: tuple[int, ...]
    """Indices of the queues it gets from; their counts begin at `base + 6`."""
    outputs: tuple[int, ...]
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    max_items: int | None
    end: int
    """The first cell after its block."""

    def got_cell(self, position: int) -> int:
        """The cell that counts what it got from the queue at that position of its inputs."""
        return self.base + _WORKER_BLOCK + position

    def put_cell(self, position: int) -> int:
        """The cell that counts what it put into the queue at that position of its outputs."""
        return self.base + _WORKER_BLOCK + len(self.inputs) + position

    def in_hand(self, cells: list[Any]) -> int:
        """Items it has taken on and not yet brought anywhere: 0 or 1."""
        base = self.base
        first = base + _WORKER_BLOCK
        middle = first + len(self.inputs)
        return int(
            cells[base + PRODUCED]
            + sum(cells[first:middle])
            - sum(cells[middle : middle + len(self.outputs)])
            - sum(cells[base + DONE : base + DISCARDED + 1])
        )

    def settle(self, cells: list[Any], cell: int) -> int:
        """At the worker's end: what is still in its hand goes to FAILED or DISCARDED."""
        left = self.in_hand(cells)
        if left:
            cells[self.base + cell] += left
        return left


class Ledger:
    """The cells of a scenario's workers and queues, and where each is."""

    def __init__(self, scenario: Scenario) -> None:
        index = {name: number for number, name in enumerate(scenario.queue_names)}
        self.cells: list[Any] = []
        self.accounts: list[Account] = []
        for spec in scenario.workers:
            self.accounts.append(self._open(spec, index))
        self.queue_bases: list[int] = []
        for _ in scenario.queues:
            self.queue_bases.append(len(self.cells))
            self.cells += [0, 0, False]

    def _open(self, spec: WorkerSpec, index: dict[str, int]) -> Account:
        inputs, outputs = spec.inputs, spec.outputs
        limit: int | None = None
        if isinstance(spec, ProducerSpec):
            role = Role.PRODUCER
        else:
            role = Role.CONSUMER if spec.output is None else Role.STAGE
            limit = spec.max_items
        base = len(self.cells)
        self.cells += [Standing(), *[0] * (_WORKER_BLOCK - 1 + len(inputs) + len(outputs))]
        return Account(
            spec.name,
            role,
            base,
            tuple(index[name] for name in inputs),
            tuple(index[name] for name in outputs),
            inputs,
            outputs,
            limit,
            len(self.cells),
        )


class QueueGauge(NamedTuple):
    """What is known of a queue beside its counts; instants on the engine's clock."""

    peak: int = 0
    waiting: Spread = Spread()
    oldest_queued_at: float | None = None
    full_time: float = 0.0
    full_since: float | None = None
    empty_time: float = 0.0
    empty_since: float | None = None
    moment: float | None = None


class Reader:
    """Derives rows from cuts; a row whose cells did not change stays the same object."""

    def __init__(self, ledger: Ledger, scenario: Scenario, sizes: dict[str, int]) -> None:
        self._ledger = ledger
        self._scenario = scenario
        self._sizes = sizes
        self._producers = [account.role for account in ledger.accounts].count(Role.PRODUCER)
        self._places = [
            (
                account.base,
                account.got_cell(0),
                account.put_cell(0),
                account.end,
                account.name,
                account.role,
                account.input_names,
                account.output_names,
                account.max_items,
            )
            for account in ledger.accounts
        ]
        self._put_cells: list[list[int]] = [[] for _ in ledger.queue_bases]
        self._got_cells: list[list[int]] = [[] for _ in ledger.queue_bases]
        for account in ledger.accounts:
            for position, queue in enumerate(account.outputs):
                self._put_cells[queue].append(account.put_cell(position))
            for position, queue in enumerate(account.inputs):
                self._got_cells[queue].append(account.got_cell(position))
        self._origin = 0.0
        self._cells: list[Any] = []
        self._gauges: list[QueueGauge] = []
        self._workers: tuple[WorkerRow, ...] = ()
        self._queues: tuple[QueueRow, ...] = ()
        self._totals = Totals()
        self.version = 0

    @property
    def rows(self) -> tuple[tuple[QueueRow, ...], tuple[WorkerRow, ...], Totals]:
        """The rows and totals of the latest cut."""
        return self._queues, self._workers, self._totals

    def read(self, cells: list[Any], gauges: list[QueueGauge], origin: float) -> None:
        """Take in a cut. One thread at a time."""
        if cells == self._cells and origin == self._origin and gauges == self._gauges:
            return
        self.version += 1
        self._workers = self._worker_rows(cells, origin)
        self._queues = self._queue_rows(cells, gauges, origin)
        self._totals = self._sums()
        self._cells, self._gauges, self._origin = cells, gauges, origin

    def _worker_rows(self, cells: list[Any], origin: float) -> tuple[WorkerRow, ...]:
        """One loop and no call that can be spared: there are up to a thousand workers."""
        before = self._cells if origin == self._origin else []
        queue_names, size = self._scenario.queue_names, self._sizes.get
        rows: list[WorkerRow] = []
        for base, first, middle, end, name, role, inputs, outputs, max_items in self._places:
            standing = cells[base]
            if before and before[base] is standing and before[base:end] == cells[base:end]:
                rows.append(self._workers[len(rows)])
                continue
            (
                state, queue, reason, since, blocked_full, blocked_empty, paused, started_at,
                ended_at, note,
            ) = standing  # fmt: skip
            if state is _NEW:
                since = started_at = origin
            _, produced, done, failed, dropped, discarded = cells[base:first]
            got = cells[first] if first + 1 == middle else sum(cells[first:middle])
            put = cells[middle] if middle + 1 == end else sum(cells[middle:end])
            row = (
                name, role, inputs, outputs, state, queue_names[queue] if queue >= 0 else None,
                reason, since - origin, started_at - origin,
                None if ended_at is None else ended_at - origin,
                produced, put, got, done, failed, dropped, discarded,
                produced + got - put - done - failed - dropped - discarded,
                size(name), max_items, blocked_full, blocked_empty, paused, note,
            )  # fmt: skip
            rows.append(_made(WorkerRow, row))
        return tuple(rows)

    def _queue_rows(
        self, cells: list[Any], gauges: list[QueueGauge], origin: float
    ) -> tuple[QueueRow, ...]:
        count = cells.__getitem__
        rows: list[QueueRow] = []
        for number, base in enumerate(self._ledger.queue_bases):
            block = cells[base : base + _QUEUE_BLOCK]
            put = sum(map(count, self._put_cells[number]))
            got = sum(map(count, self._got_cells[number]))
            row = self._queue_row(number, put, got, block, gauges[number], origin)
            unchanged = bool(self._queues) and self._queues[number] == row
            rows.append(self._queues[number] if unchanged else row)
        return tuple(rows)

    def _sums(self) -> Totals:
        """The law's terms, from the rows of the cut."""
        workers, queues = self._workers, self._queues
        producers, others = workers[: self._producers], workers[self._producers :]  # in this order
        return Totals(
            produced=sum(map(_produced, workers)),
            in_producers_hands=sum(map(_in_hand, producers)),
            queued=sum(row.depth for row in queues),
            in_workers_hands=sum(map(_in_hand, others)),
            consumed=sum(map(_done, workers)),
            dropped=sum(map(_dropped, workers)) + sum(row.dropped_total for row in queues),
            failed=sum(map(_failed, workers)),
            discarded=sum(map(_discarded, workers)) + sum(row.discarded_total for row in queues),
        )

    def _queue_row(
        self, number: int, put: int, got: int, block: list[Any], gauge: QueueGauge, origin: float
    ) -> QueueRow:
        def instant(at: float | None) -> float | None:
            return None if at is None else at - origin

        spec = self._scenario.queues[number]
        gone = block[QUEUE_DROPPED] + block[QUEUE_DISCARDED]
        return QueueRow(
            spec.name,
            spec.capacity,
            put - got - gone,
            gauge.peak,
            put,
            got,
            block[QUEUE_DROPPED],
            block[QUEUE_DISCARDED],
            block[QUEUE_CLOSED],
            gauge.waiting,
            instant(gauge.oldest_queued_at),
            gauge.full_time,
            instant(gauge.full_since),
            gauge.empty_time,
            instant(gauge.empty_since),
            # The clock's origin falls out: as many left as came, but for those that wait.
            gauge.moment,
        )
