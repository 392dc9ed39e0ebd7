"""What successive looks at a program add up to: times by how it was found, rows for the app.

What is found at a look counts until the next: over many looks that is right on average. How often
a thread was put on a core says more: one that was not did not move at all in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pcsim.snapshot import BlockReason, QueueRow, Role, WorkerRow, WorkerState
from pcsim.watch.outside.process import Turns
from pcsim.watch.outside.reading import QueueLook, ThreadLook
from pcsim.watch.outside.stacks import At

REASONS = {At.GET: BlockReason.EMPTY, At.PUT: BlockReason.FULL}
LEAST_UNDONE = 20
"""Items that were taken and not reported done, beyond what threads may have in hand, from which on
it is sure enough that nobody reports any."""


class QueueTally:
    """What looks at a queue have shown since the first."""

    def __init__(self, look: QueueLook, at: float) -> None:
        state = look.state
        self._since = self._last = at
        self._carried = state.depth
        self._peak = state.depth
        self._area = self._full = self._empty = 0.0
        self._full_since: float | None = None
        self._empty_since: float | None = None
        self._depth = state.depth
        self._unfinished: int | None = None
        self._first = (0, 0)
        """The items not done and the depth at the first look that knew both."""
        self._has_fallen = False
        self._got = 0
        self.is_counted = False

    def row(self, name: str, look: QueueLook, threads: int, at: float) -> QueueRow:
        """Add a look, and return the row.

        Args:
            name: The name of the queue.
            look: The look.
            threads: The number of threads of the program.
            at: The time of the look.
        """
        state = look.state
        capacity = state.maxsize or None
        self._area += self._depth * (at - self._last)
        self._depth, self._last = state.depth, at
        self._peak = max(self._peak, state.depth)
        is_full = capacity is not None and state.depth >= capacity
        self._full, self._full_since = _period(self._full, self._full_since, is_full, at)
        self._empty, self._empty_since = _period(
            self._empty, self._empty_since, not state.depth, at
        )
        self._count(look, threads)
        carried, puts = self._carried, 0
        if self.is_counted and self._unfinished is not None:
            unfinished, carried = self._first
            puts = self._unfinished - unfinished
            self._got = max(carried + puts - state.depth, self._got)
        return QueueRow(
            name,
            capacity,
            state.depth,
            self._peak,
            puts,
            self._got if self.is_counted else 0,
            full_time=self._full,
            full_since=self._full_since,
            empty_time=self._empty,
            empty_since=self._empty_since,
            moment=self._area - state.depth * at,
            carried=carried,
            is_counted=self.is_counted,
        )

    def _count(self, look: QueueLook, threads: int) -> None:
        """Whether nobody reports that an item is done: then the number of unfinished ones only
        grows, and counts those that were put."""
        unfinished, last = look.state.unfinished, self._unfinished
        if unfinished is None:
            return
        if last is None:
            self._first = unfinished, look.state.depth
        else:
            self._has_fallen = self._has_fallen or unfinished < last
        self._unfinished = unfinished
        undone = unfinished - look.state.depth
        self.is_counted = not self._has_fallen and undone >= 2 * threads + LEAST_UNDONE


def _period(
    closed: float, since: float | None, is_so: bool, at: float
) -> tuple[float, float | None]:
    if is_so:
        return closed, at if since is None else since
    return (closed if since is None else closed + at - since), None


class Wait(NamedTuple):
    """A thread's wait at a queue, as looks have shown it."""

    queue: int
    reason: BlockReason
    since: float
    """When it was seen there first without having moved since."""
    is_timed: bool


class ThreadTally:
    """What looks at a thread have shown since the first."""

    def __init__(self, look: ThreadLook, at: float, *, is_new: bool) -> None:
        self._began = at
        self._since = at
        self._full = self._empty = 0.0
        self._last = at
        self._turns = look.turns
        first = None if is_new else look.turns
        self._first = first or Turns(0.0, 0.0, 0)
        self.wait: Wait | None = None
        self.has_queues = False
        self._named: Named | None = None

    def add(self, look: ThreadLook, at: float) -> None:
        """Add a look."""
        has_moved = (
            look.turns is None or self._turns is None or look.turns.turns != self._turns.turns
        )
        before, standing = self.wait, look.standing
        reason = None if standing is None else REASONS.get(standing.at)
        if before is not None:
            passed = at - self._last
            if before.reason is BlockReason.FULL:
                self._full += passed
            else:
                self._empty += passed
        if standing is None or reason is None:
            self.wait = None
        elif (
            before is None
            or has_moved
            or (before.queue, before.reason)
            != (
                standing.queue,
                reason,
            )
        ):
            self.wait = Wait(standing.queue, reason, at, standing.is_timed)
        if (self.wait is None) != (before is None):
            self._since = at
        self._last = at
        if look.turns is not None:
            self._turns = look.turns
        self.has_queues = self.has_queues or bool(look.inputs or look.outputs)

    def age(self, at: float) -> float:
        """Seconds for which it is known."""
        return at - self._began

    def _names(
        self, look: ThreadLook, queues: Mapping[int, str]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        both = look.inputs, look.outputs
        if self._named is None or self._named.queues is not queues or self._named.look != both:
            inputs, outputs = (
                tuple(sorted(queues[one] for one in part if one in queues)) for part in both
            )
            self._named = Named(both, queues, (inputs, outputs))
        return self._named.names

    def row(
        self, name: str, group: str, look: ThreadLook, queues: Mapping[int, str], at: float
    ) -> WorkerRow:
        """The row of it at the time of the last look."""
        inputs, outputs = self._names(look, queues)
        wait = self.wait if self.wait is not None and self.wait.queue in queues else None
        turns = self._turns
        full, empty = self._full, self._empty
        if wait is not None:  # what is open is counted from its begin again
            if wait.reason is BlockReason.FULL:
                full -= at - wait.since
            else:
                empty -= at - wait.since
        return WorkerRow(
            name,
            role_of(inputs, outputs),
            inputs,
            outputs,
            WorkerState.RUNNING if wait is None else WorkerState.BLOCKED,
            None if wait is None else queues[wait.queue],
            None if wait is None else wait.reason,
            self._since if wait is None else wait.since,
            self._began,
            blocked_full_time=max(full, 0.0),
            blocked_empty_time=max(empty, 0.0),
            cpu_time=None if turns is None else turns.running - self._first.running,
            core_wait_time=None if turns is None else turns.waiting - self._first.waiting,
            group=group,
            is_counted=False,
        )


class Named(NamedTuple):
    """The names of the queues of a thread, and of what they were made."""

    look: tuple[frozenset[int], frozenset[int]]
    queues: Mapping[int, str]
    names: tuple[tuple[str, ...], tuple[str, ...]]


def role_of(inputs: tuple[str, ...], outputs: tuple[str, ...]) -> Role:
    """What a thread is, by the queues that it reads and writes."""
    if not inputs:
        return Role.PRODUCER
    return Role.STAGE if outputs else Role.CONSUMER
