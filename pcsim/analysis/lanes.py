"""What each worker did and how full each queue was, over the whole time of a run.

It is fed with snapshots alone, with any time between them, so it is the same for a run on either
engine, a program that is watched, and a recording. How long a worker was in which state follows
from the rows exactly; where between two snapshots that was is known of the state that it is in by
the second one, and of the rest it is taken to be even.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from pcsim.analysis.columns import Columns
from pcsim.analysis.worker_spans import NO_TIME, STATES, Kind, kind_of, spans_of
from pcsim.snapshot import QueueRow, Shares, Snapshot, WorkerRow, WorkerState

WIDEST = 0.25
"""Seconds of ours up to which recent columns become wider: with that the last ten minutes are
fine."""
MOST_LANES = 120
"""The most workers that have lanes of their own; of more, only groups have."""
GAP, GAP_OF_EACH, MOST_GAP = 0.05, 0.002, 0.4
"""Seconds of ours between two snapshots that count: at least, for each worker, and at most."""


class Did(NamedTuple):
    """Seconds that the workers of a lane were in each state, within some time."""

    running: float = 0.0
    full: float = 0.0
    """Blocked, as a queue was full."""
    empty: float = 0.0
    """Blocked, as a queue was empty."""
    paused: float = 0.0
    failed: float = 0.0

    @property
    def total(self) -> float:
        """All of it: 0 where there was none of them."""
        return sum(self)


class Lane(NamedTuple):
    """A worker, a group of workers, or a queue."""

    name: str
    """Its name; of a group, that of the group. Not safe for a terminal."""
    members: tuple[str, ...] = ()
    """The workers of it; none for a queue."""
    is_member: bool = False
    """Whether it is a worker of a group, which has a lane too."""

    @property
    def is_queue(self) -> bool:
        """Whether it is a queue."""
        return not self.members

    @property
    def track(self) -> str:
        """What its history is kept under: that of a group is no worker's."""
        return _track(self.name) if len(self.members) > 1 else self.name

    @property
    def title(self) -> str:
        """The name, with the number of workers in a group."""
        size = len(self.members)
        return f"{self.name} ×{size}" if size > 1 else self.name


class Lanes:
    """The history of one run. Add every snapshot, in order; one that is no later is passed over."""

    def __init__(self) -> None:
        self._columns = Columns()
        self._at = 0.0
        self._workers: dict[str, WorkerRow] = {}
        self._queues: dict[str, QueueRow] = {}
        self._rows: tuple[object, object] = None, None
        """The workers and queues counted last: while nothing happens, they are the same ones."""
        self._spent: dict[str, Shares] = {}
        """Where the time of each of many workers had gone, as far as that was looked up."""
        self._groups: dict[str, str] = {}
        """The group of each worker that is in one: where they are many, it has all of the time."""
        self._named: object = None
        self._is_crowd = False
        self._counted = 0
        self._waiting: tuple[Snapshot, float] | None = None
        """The last snapshot and its pace, where nothing had happened by then: it is counted when
        something has, or when somebody looks."""

    @property
    def version(self) -> int:
        """How many snapshots have counted."""
        self._settle()
        return self._counted

    @property
    def ends_at(self) -> float:
        """The time up to which there is a history, in seconds of the run."""
        self._settle()
        return self._at

    @property
    def step(self) -> float:
        """The width of the finest columns, in seconds."""
        self._settle()
        return self._columns.step

    @property
    def fine_from(self) -> float:
        """From when on they are that fine, in seconds of the run."""
        self._settle()
        return self._columns.fine_from

    def add(self, snapshot: Snapshot, pace: float = 1.0) -> None:
        """Add the next snapshot.

        Args:
            snapshot: A run at any time. Only what is later than before counts.
            pace: Seconds of the run in one of those who watch, at least 1.
        """
        is_quiet = snapshot.workers is self._rows[0] and snapshot.queues is self._rows[1]
        if is_quiet and not snapshot.phase.is_over:
            self._waiting = snapshot, pace
            return
        self._settle()
        self._add(snapshot, pace)

    def _settle(self) -> None:
        """Count what waits for it."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._add(*waiting)

    def _add(self, snapshot: Snapshot, pace: float) -> None:
        at, before = snapshot.at, self._at
        gap = min(max(GAP, GAP_OF_EACH * len(snapshot.workers)), MOST_GAP) * pace
        if at <= before or (at - before < gap and not snapshot.phase.is_over):
            return
        self._columns.extend(at, WIDEST * pace)
        self._note_groups(snapshot.workers)
        if self._is_crowd:
            self._add_crowd(snapshot.workers, before, at)
        else:
            self._add_workers(snapshot.workers, before, at)
        for row in snapshot.queues:
            self._add_queue(row, before, at)
        self._workers = {row.name: row for row in snapshot.workers}
        self._queues = {row.name: row for row in snapshot.queues}
        self._at, self._rows = at, (snapshot.workers, snapshot.queues)
        self._counted += 1

    def did(self, lane: Lane, begin: float, end: float) -> Did:
        """Return how long the workers of a lane were in each state.

        Args:
            lane: Workers.
            begin: The begin of the time, in seconds of the run.
            end: Its end.
        """
        self._settle()
        total = self._columns.total
        return Did(*(total((lane.track, kind), begin, end) for kind in STATES))

    def depth(self, lane: Lane, begin: float, end: float) -> float | None:
        """Return the mean depth of a queue; None where there was no such queue.

        Args:
            lane: A queue.
            begin: The begin of the time, in seconds of the run.
            end: Its end.
        """
        self._settle()
        seen = self._columns.total((lane.name, Kind.SEEN), begin, end)
        if seen <= 0:
            return None
        return self._columns.total((lane.name, Kind.DEPTH), begin, end) / seen

    def full_share(self, lane: Lane, begin: float, end: float) -> float:
        """Return the share of a time in which a queue had no room.

        Args:
            lane: A queue.
            begin: The begin of the time, in seconds of the run.
            end: Its end.
        """
        self._settle()
        seen = self._columns.total((lane.name, Kind.SEEN), begin, end)
        full = self._columns.total((lane.name, Kind.IS_FULL), begin, end)
        return min(full / seen, 1.0) if seen > 0 else 0.0

    def frozen(self) -> Lanes:
        """Return a copy that stays as it is."""
        self._settle()
        other = Lanes()
        vars(other).update(vars(self))
        other._columns = self._columns.copy()
        return other

    def until(self, snapshot: Snapshot) -> Lanes | None:
        """Return a copy of what was known at a time; None where that is too long ago.

        Args:
            snapshot: The run at that time.
        """
        if snapshot.at < self.fine_from:
            return None
        other = self.frozen()
        if snapshot.at < self._at:
            other._columns = self._columns.until(snapshot.at)
            other._at, other._spent = snapshot.at, {}
            other._rows = snapshot.workers, snapshot.queues
            other._workers = {row.name: row for row in snapshot.workers}
            other._queues = {row.name: row for row in snapshot.queues}
        else:  # it was too soon after the last one that counted
            other.add(snapshot)
        return other

    def _note_groups(self, workers: Sequence[WorkerRow]) -> None:
        key = [(row.name, row.group) for row in workers]
        if key != self._named:
            self._named = key
            self._groups = {name: _track(group) for name, group in group_of(workers).items()}
            self._is_crowd = len(workers) > MOST_LANES

    def _add_workers(self, workers: Sequence[WorkerRow], before: float, at: float) -> None:
        for row in workers:
            was = self._workers.get(row.name)
            for kind, begin, end, amount in spans_of(was, row, before, at):
                self._columns.add((row.name, kind), begin, end, amount)
                group = self._groups.get(row.name)
                if group is not None:
                    self._columns.add((group, kind), begin, end, amount)

    def _add_crowd(self, workers: Sequence[WorkerRow], before: float, at: float) -> None:
        """Of many workers, the time of each group is added up before it is spread."""
        sums: dict[str, list[float]] = {}
        old, spent, length = self._workers, self._spent, at - before
        self._spent = now_spent = {}
        for row in workers:
            name = row.name
            times = sums.setdefault(self._groups.get(name, name), [0.0] * len(STATES))
            was = old.get(name)
            if was is row:
                kind = kind_of(row)
                if kind is not None:
                    times[kind] += length
                continue
            then = spent.get(name) or (NO_TIME if was is None else was.spent(before))
            now_spent[name] = now = row.spent(at)
            times[0] += now[0] + now[4] - then[0] - then[4]
            times[1] += now[1] - then[1]
            times[2] += now[2] - then[2]
            times[3] += now[3] - then[3]
            if row.state is WorkerState.FAILED:
                times[Kind.FAILED] += at - max(before, row.since)
        for name, times in sums.items():
            for kind, amount in zip(STATES, times, strict=True):
                self._columns.add((name, kind), before, at, amount)

    def _add_queue(self, row: QueueRow, before: float, at: float) -> None:
        add, name = self._columns.add, row.name
        was = self._queues.get(name)
        begin = before if was is not None or self._counted == 0 else at
        was = was or QueueRow(name, row.capacity)
        length = at - begin
        add((name, Kind.SEEN), begin, at, length)
        if row.moment or was.moment:
            area = row.area(at) - was.area(begin)
        else:  # no integral is kept of it, as in a program that is watched
            area = (row.depth + was.depth) / 2 * length
        add((name, Kind.DEPTH), begin, at, area)
        full = row.full_time + (at - row.full_since if row.full_since is not None else 0.0)
        full -= was.full_time + (begin - was.full_since if was.full_since is not None else 0.0)
        if row.full_since is not None and row.full_since > begin:
            add((name, Kind.IS_FULL), row.full_since, at, at - row.full_since)
            full -= at - row.full_since
            at = row.full_since
        add((name, Kind.IS_FULL), begin, at, min(full, at - begin))


def group_of(workers: Sequence[WorkerRow]) -> dict[str, str]:
    """Return the lane of a group for each worker that is in one of several.

    Where more workers than have lanes of their own are in none, those that read and write the same
    queues are a group by the name of the first of them.

    Args:
        workers: All workers.
    """
    sizes = Counter(row.group for row in workers if row.group)
    named = {row.name: row.group for row in workers if sizes.get(row.group, 0) > 1}
    if len(workers) - len(named) + len(sizes) <= MOST_LANES:
        return named
    ends: dict[object, list[str]] = {}
    for row in workers:
        if row.name not in named:
            ends.setdefault((row.role, row.inputs, row.outputs), []).append(row.name)
    for names in ends.values():
        if len(names) > 1:
            named.update(dict.fromkeys(names, f"{names[0]}…"))
    return named


def lanes_of(snapshot: Snapshot, unfolded: frozenset[str] = frozenset()) -> list[Lane]:
    """Return the lanes along the flow: each queue before the first worker that reads it.

    Args:
        snapshot: A run at any time.
        unfolded: Groups whose workers have lanes as well.
    """
    groups = group_of(snapshot.workers)
    members: dict[str, list[WorkerRow]] = {}
    for row in snapshot.workers:
        members.setdefault(groups.get(row.name, row.name), []).append(row)
    left = {
        name: (
            {queue for row in rows for queue in row.inputs},
            {queue for row in rows for queue in row.outputs},
        )
        for name, rows in members.items()
    }
    fed = {row.name: {name for name, ends in left.items() if row.name in ends[1]}
           for row in snapshot.queues}  # fmt: skip
    found: list[Lane] = []
    placed: set[str] = set()
    while left:
        ready = [name for name, (inputs, _) in left.items()
                 if all(fed.get(queue, set()) <= placed for queue in inputs)]  # fmt: skip
        if not ready:  # a cycle: the one that waits for the fewest begins it
            ready = [min(left, key=lambda name: sum(
                len(fed.get(queue, set()) - placed) for queue in left[name][0]))]  # fmt: skip
        waiting = [row.name for row in snapshot.queues
                   if any(row.name in left[name][0] for name in ready)
                   and row.name not in {lane.name for lane in found if lane.is_queue}]  # fmt: skip
        found += [Lane(name) for name in waiting]
        for name in ready:
            rows = members[name]
            found.append(Lane(name, tuple(row.name for row in rows)))
            if name in unfolded and len(rows) > 1 and len(snapshot.workers) <= MOST_LANES:
                found += [Lane(row.name, (row.name,), is_member=True) for row in rows]
            del left[name]
            placed.add(name)
    seen = {lane.name for lane in found if lane.is_queue}
    return [*found, *(Lane(row.name) for row in snapshot.queues if row.name not in seen)]


def _track(group: str) -> str:
    return f"{group}\0"
