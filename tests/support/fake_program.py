"""A program that is watched, whose queues and threads come and go by chance."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from pcsim.snapshot import (
    BlockReason,
    Event,
    EventBatch,
    EventKind,
    Phase,
    QueueDetail,
    QueueRow,
    Role,
    Snapshot,
    Spread,
    Totals,
    WaitingItem,
    WorkerRow,
    WorkerState,
)

NAMES = (
    "urls",
    "pages",
    "rows",
    "Store.rows",
    "wörter",
    "\x1b[31mred",
    "[b]bold[/b]",
    "",
    "漢字" * 9,
)
STATES = tuple(WorkerState)
REASONS = tuple(BlockReason)


@dataclass
class _Queue:
    name: str
    capacity: int | None
    depth: int
    put: int = 0
    got: int = 0
    carried: int = 0
    peak: int = 0
    oldest: float | None = None

    def row(self) -> QueueRow:
        full = self.capacity is not None and self.depth >= self.capacity
        return QueueRow(
            self.name, self.capacity, self.depth, self.peak, self.put, self.got,
            waiting_time=Spread(self.got, 0.1, 0.1, 0.4, 0.9) if self.got else Spread(),
            oldest_queued_at=self.oldest, full_since=self.oldest if full else None,
            carried=self.carried,
        )  # fmt: skip


@dataclass
class _Thread:
    name: str
    group: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    state: WorkerState
    since: float
    started: float
    queue: str | None = None
    reason: BlockReason | None = None
    done: int = 0
    full: float = 0.0
    empty: float = 0.0
    ended: float | None = None

    def row(self) -> WorkerRow:
        role = Role.PRODUCER if not self.inputs else Role.STAGE if self.outputs else Role.CONSUMER
        return WorkerRow(
            self.name, role, self.inputs, self.outputs, self.state, self.queue, self.reason,
            self.since, self.started, self.ended, got_total=self.done if self.inputs else 0,
            blocked_full_time=self.full, blocked_empty_time=self.empty, group=self.group,
            item=self.done if self.done % 3 else None,
            put_total=self.done if self.outputs else 0, done_total=0 if self.outputs else self.done,
        )  # fmt: skip


@dataclass
class FakeProgram:
    """Each snapshot is of a little later, when anything may have happened.

    Args:
        seed: What happens.
        most: About how many queues there are at most, and twice as many threads.
        step: Seconds from one snapshot to the next, at most.
    """

    seed: int
    most: int = 6
    step: float = 0.3
    at: float = 0.0
    phase: Phase = Phase.RUNNING
    queues: list[_Queue] = field(default_factory=list)
    threads: list[_Thread] = field(default_factory=list)
    calls: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self._made = 0
        self._events: list[Event] = []

    # What happens

    def _name(self) -> str:
        """A name that no row has; it may be that of one that is gone."""
        while True:
            self._made += 1
            number = self._made % 40
            name = f"{self.random.choice(NAMES)}{number or ''}"
            taken = {one.name for one in self.queues} | {one.name for one in self.threads}
            if name not in taken:
                return name

    def add_queue(self) -> None:
        """A queue is made, or found with what is in it."""
        capacity = self.random.choice((None, 1, 3, 50, 20_000))
        depth = self.random.randrange(0, (capacity or 900) + 1)
        self.queues.append(_Queue(self._name(), capacity, depth, carried=depth, peak=depth))

    def add_thread(self) -> None:
        """A thread begins to read and write some of them."""
        random, names = self.random, [one.name for one in self.queues]
        some = tuple(random.sample(names, min(len(names), random.randrange(3))))
        others = tuple(random.sample(names, min(len(names), random.randrange(3))))
        group = random.choice(("", "parser", "fetcher", "[x]"))
        if group and self.threads and random.random() < 0.7:  # one more of a group
            like = random.choice(self.threads)
            group, some, others = like.group, like.inputs, like.outputs
        name = self._name()
        self.threads.append(
            _Thread(name, group, some, others, WorkerState.RUNNING, self.at, self.at)
        )
        self._note(EventKind.STARTED, name)

    def _note(self, kind: EventKind, subject: str) -> None:
        self._events.append(Event(len(self._events), self.at, kind, subject))

    def _change(self) -> None:
        random = self.random
        what = random.randrange(8)
        if what == 0 and len(self.queues) < self.most:
            self.add_queue()
        elif what == 1 and self.queues:
            self.queues.pop(random.randrange(len(self.queues)))
        elif what in (2, 3) and len(self.threads) < 2 * self.most:
            self.add_thread()
        elif what == 4 and self.threads:
            gone = self.threads.pop(random.randrange(len(self.threads)))
            self._note(EventKind.DONE, gone.name)
        elif what == 5 and self.threads:  # its role changes
            names = [one.name for one in self.queues]
            thread = random.choice(self.threads)
            thread.inputs = tuple(random.sample(names, min(len(names), random.randrange(3))))
        elif what == 6:
            random.shuffle(self.queues)
            random.shuffle(self.threads)
        elif self.queues and random.random() < 0.01:  # all of it at once
            self.queues.clear()
            self.threads.clear()

    def _work(self) -> None:
        random = self.random
        for queue in self.queues:
            room = 40 if queue.capacity is None else queue.capacity - queue.depth
            put = random.randint(0, max(min(room, 40), 0))
            got = random.randint(0, min(queue.depth + put, 40))
            queue.put, queue.got = queue.put + put, queue.got + got
            queue.depth += put - got
            queue.peak = max(queue.peak, queue.depth)
            queue.oldest = self.at - random.random() * 9 if queue.depth else None
        for thread in self.threads:
            thread.done += random.randrange(4)
            if random.random() < 0.3:
                thread.state = random.choice(STATES)
                thread.since = self.at
                thread.reason = thread.queue = thread.ended = None
                if thread.state is WorkerState.BLOCKED:
                    thread.queue = random.choice((None, *thread.inputs, *thread.outputs, "gone"))
                    thread.reason = random.choice(REASONS)
                elif thread.state in (WorkerState.DONE, WorkerState.FAILED):
                    thread.ended = self.at

    # What is seen of it

    def snapshot(self) -> Snapshot:
        """What there is a little later."""
        self.calls += 1
        if not self.phase.is_over:
            self.at += self.random.choice((0.0, self.random.random() * self.step))
            if self.random.random() < 0.3:
                self._change()
            self._work()
        queues = tuple(one.row() for one in self.queues)
        put, got = (sum(row.put_total for row in queues), sum(row.got_total for row in queues))
        return Snapshot(
            self.calls, self.at, self.phase, True, queues,
            tuple(one.row() for one in self.threads),
            Totals(produced=put, queued=sum(row.depth for row in queues), consumed=got),
            title="crawl.py --all · pid 4711 · Python 3.11", engine="watched",
        )  # fmt: skip

    def events(self, since: int = 0) -> EventBatch:
        """What has happened: the last hundred events."""
        first = max(since, len(self._events) - 100)
        return EventBatch(tuple(self._events[first:]), first - since, len(self._events))

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """What waits in a queue; it may be gone by now."""
        for queue in self.queues:
            if queue.name == name:
                items = tuple(
                    WaitingItem(place, f"item {place}", "", self.at - 1.0)
                    for place in range(min(queue.depth, limit))
                )
                return QueueDetail(name, queue.depth, items)
        raise KeyError(name)
