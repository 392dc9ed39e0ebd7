"""Rows of a snapshot, made of what an agent answers.

An answer has what each thread did at each queue, as counts and seconds that only grow. What a
thread puts without having taken an item before it has produced, or, if it reads queues, copied;
what it takes and puts nowhere it has consumed. These are added up from one look to the next, so
that they only grow though the part of a thread changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pcsim.engine.books.bucket_counts import BucketCounts, spread_of
from pcsim.snapshot import BlockReason, QueueRow, Role, Spread, WorkerRow, WorkerState
from pcsim.text import plural


class Did(NamedTuple):
    """What a thread did until a look."""

    puts: int = 0
    finished: int = 0
    """Items that it took, without the one in its hand."""
    produced: int = 0
    copied: int = 0
    consumed: int = 0

    def until(self, puts: int, finished: int, reads: bool) -> Did:
        """The same at the next look."""
        more_puts, more_finished = max(puts - self.puts, 0), max(finished - self.finished, 0)
        extra = max(more_puts - more_finished, 0)
        return Did(
            puts,
            finished,
            self.produced + (0 if reads else extra),
            self.copied + (extra if reads else 0),
            self.consumed + max(more_finished - more_puts, 0),
        )

    def plus(self, other: Did) -> Did:
        """What two threads did together."""
        return Did(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def queue_row(name: str, found: Mapping[str, Any], since: float) -> QueueRow:
    """The row of a queue.

    Args:
        name: Its name.
        found: The queue in an answer to `look`.
        since: The time from which times count.
    """

    def after(time: float | None) -> float | None:
        return None if time is None else time - since

    depth, stamps = found["depth"], found["stamps"]
    wait_sum = found["wait_sum"]
    oldest = after(found["oldest"]) if depth else None
    return QueueRow(
        name,
        found["maxsize"] or None,
        depth,
        found["peak"],
        found["puts"] + found["unseen_puts"],
        found["gets"],
        0,
        found["unseen_gets"],
        found["closed"],
        _spread(found),
        oldest,
        found["full"],
        after(found["full_since"]),
        found["empty"],
        after(found["empty_since"]),
        # Of what has left, how long it was there; of what is there, when it came.
        wait_sum - (stamps - depth * since),
        carried=found["first_depth"],
    )


def _spread(found: Mapping[str, Any]) -> Spread:
    counts = {int(bucket): int(count) for bucket, count in sorted(found["buckets"])}
    number = sum(counts.values())
    if not number:
        return Spread()
    mean = found["wait_sum"] / found["gets"] if found["gets"] else 0.0
    made = BucketCounts(counts, list(counts), number, mean * number, found["longest"], 0)
    return spread_of(made, made)


class ThreadRow(NamedTuple):
    """A thread of an answer, read once."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    puts: int
    gets: int
    full: float
    empty: float
    blocked: tuple[str, BlockReason, float] | None
    has_item: bool
    is_alive: bool
    first: float
    last: float
    is_counted: bool = True
    """Whether all that it puts and takes is counted, as far as is known."""
    paused: float = 0.0
    """Seconds for which it was paused, without a pause that goes on."""
    paused_since: float | None = None
    has_failed: bool = False


def read_thread(found: Mapping[str, Any], queues: Mapping[int, str]) -> ThreadRow:
    """Read a thread of an answer.

    Args:
        found: The thread.
        queues: The names of queues by their numbers; what it did at others does not count.
    """
    blocked = found.get("blocked")
    at = (
        (queues[blocked[0]], BlockReason(blocked[1]), blocked[2])
        if (blocked and blocked[0] in queues)
        else None
    )
    cells = [
        (queues[int(number)], *cell)
        for number, cell in found["cells"].items()
        if int(number) in queues
    ]
    waits_empty = at is not None and at[1] is BlockReason.EMPTY
    waits_full = at is not None and at[1] is BlockReason.FULL
    name_at = at[0] if at else None
    inputs = [c[0] for c in cells if c[2] or c[4] > 0 or (waits_empty and c[0] == name_at)]
    outputs = [c[0] for c in cells if c[1] or c[3] > 0 or (waits_full and c[0] == name_at)]
    read, written = (
        [queues[int(number)] for number in found.get(what, ()) if int(number) in queues]
        for what in ("reads", "writes")
    )
    # Those of a worker are known before it has read or written one.
    reader_of, writer_of = (
        [queues[int(number)] for number in found.get(what, ()) if int(number) in queues]
        for what in ("inputs", "outputs")
    )
    inputs, outputs = (
        list(dict.fromkeys(part))
        for part in (inputs + read + reader_of, outputs + written + writer_of)
    )
    sampled_full, sampled_empty = found.get("sampled", (0.0, 0.0))
    last_put = max((c[6] for c in cells if c[1]), default=0.0)
    last_got = max((c[6] for c in cells if c[2]), default=0.0)
    is_alive = bool(found["alive"])
    state = found.get("state")  # what a worker of pcsim says itself
    return ThreadRow(
        tuple(inputs),
        tuple(outputs),
        sum(c[1] for c in cells),
        sum(c[2] for c in cells),
        sum(c[3] for c in cells) + sampled_full,
        sum(c[4] for c in cells) + sampled_empty,
        at,
        is_alive and not waits_empty and last_got > 0 and last_got >= last_put,
        is_alive,
        found["first"],
        found["last"],
        is_counted=not (read or written),
        paused=found.get("paused", 0.0),
        paused_since=found["state_since"] if state == WorkerState.PAUSED and is_alive else None,
        has_failed=state == WorkerState.FAILED,
    )


def _state(thread: ThreadRow) -> tuple[WorkerState, float]:
    """What a thread does, and since when."""
    if thread.blocked is not None:
        return WorkerState.BLOCKED, thread.blocked[2]
    if not thread.is_alive:
        return (WorkerState.FAILED if thread.has_failed else WorkerState.DONE), thread.last
    if thread.paused_since is not None:
        return WorkerState.PAUSED, thread.paused_since
    return WorkerState.RUNNING, thread.last


def worker_row(
    name: str, group: str, thread: ThreadRow, did: Did, native: int | None, pid: int, since: float
) -> WorkerRow:
    """The row of a thread.

    Args:
        name: Its name.
        group: The name of its group; empty for none.
        thread: What was read of it.
        did: What it did.
        native: The number that the system gives the thread, if it is known.
        pid: The process.
        since: The time from which times count.
    """
    role = Role.PRODUCER
    if thread.inputs:
        role = Role.STAGE if thread.outputs else Role.CONSUMER
    blocked = thread.blocked
    state, state_since = _state(thread)
    cpu, core_wait = processor_times(pid, native) if thread.is_alive else (None, None)
    last = thread.last - since
    return WorkerRow(
        name,
        role,
        thread.inputs,
        thread.outputs,
        state,
        blocked[0] if blocked else None,
        blocked[1] if blocked else None,
        max(state_since - since, 0.0),
        max(thread.first - since, 0.0),
        None if thread.is_alive else last,
        produced_total=did.produced,
        put_total=thread.puts,
        got_total=thread.gets,
        done_total=did.consumed,
        in_hand=int(thread.has_item),
        blocked_full_time=thread.full,
        blocked_empty_time=thread.empty,
        paused_time=thread.paused,
        item=thread.gets if thread.has_item else None,  # of the items that it took, the last
        item_since=last if thread.has_item else None,
        cpu_time=cpu,
        core_wait_time=core_wait,
        copied_total=did.copied,
        group=group,
        is_counted=thread.is_counted,
    )


def processor_times(pid: int, native: int | None) -> tuple[float | None, float | None]:
    """Seconds that a thread was on a processor, and that it waited for one; None where the system
    does not say. It costs the program nothing."""
    try:
        text = Path(f"/proc/{pid}/task/{native}/schedstat").read_text("ascii")
        on, waited, _ = map(int, text.split())
    except (OSError, ValueError):
        return None, None
    return on / 1e9, waited / 1e9


def unwatched_notes(numbers: Mapping[str, int]) -> tuple[str, ...]:
    """Why some queues are not watched, as sentences.

    Args:
        numbers: How many there are, by the agent's word for the reason.

    >>> unwatched_notes({"locked": 2})
    ('2 queues were locked when they were to be watched.',)
    """
    return tuple(
        f"{plural(number, 'queue')} {UNWATCHED.get(why, why)}."
        for why, number in sorted(numbers.items())
    )


UNWATCHED = {
    "silent": "do not say how many items are in them",
    "own conditions": "with conditions of their own are not watched",
    "other pcsim": "of another version of pcsim are not watched",
    "locked": "were locked when they were to be watched",
    "more": "are too many to be watched",
}
"""Why queues are not watched, in words."""
