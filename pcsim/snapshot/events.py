"""What happened in a run, as data; `pcsim.analysis.event_text` makes the words."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class BlockReason(StrEnum):
    """Why a worker is blocked: `full`, it cannot put; `empty`, it cannot get."""

    FULL = "full"
    EMPTY = "empty"


class EventKind(StrEnum):
    """What can happen."""

    STARTED = "started"
    BLOCKED = "blocked"
    RESUMED = "resumed"
    CLOSED = "closed"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    DROPPED = "dropped"
    DISCARDED = "discarded"
    CONTROL = "control"
    ENDED = "ended"
    CHANGED = "changed"


class Cause(StrEnum):
    """Why something happened, where its kind alone does not show it."""

    PAUSED = "paused"
    """Producing was paused."""
    RESUMED = "resumed"
    """Producing was resumed."""
    DRAINED = "drained"
    """The run was asked to drain."""
    ABORTED = "aborted"
    """The run was asked to abort."""
    TIME_LIMIT = "time_limit"
    """The run has lasted as long as its scenario allows."""
    ENOUGH_ITEMS = "enough_items"
    """As many items were produced as the scenario asks for."""
    SOURCE_FAILED = "source_failed"
    """A source raised: what sources gave before is still delivered."""
    RUN_FAILED = "run_failed"
    """The first error of the run stopped all workers."""
    NO_CONSUMER = "no_consumer"
    """No consumer of the queue is left."""
    MAX_ITEMS = "max_items"
    """A worker has taken as many items as its `max_items`."""
    NOT_STARTED = "not_started"
    """The run ended before the worker's thread began."""
    REMOVED = "removed"
    """The worker was removed, after its item."""
    ABANDONED = "abandoned"
    """A worker never came back from its source or sink."""
    RETRY = "retry"
    """The item that failed is tried again: `count` tries of `limit`."""
    SKIP = "skip"
    """The item that failed is counted and left."""
    DEAD_LETTER = "dead_letter"
    """The item that failed goes to the queue for dead letters."""


class Event(NamedTuple):
    """Something that happened, at a time of the run, to a worker, a queue or the run.

    Attributes:
        number: Counts events from 0; the oldest may have been evicted.
        at: Seconds since the start of the run.
        kind: What happened; it decides which of the fields below are set.
        subject: The name of a worker or queue, or `run`.
        queue: The name of the queue where it happened (blocked, resumed, dropped).
        reason: What a worker waited for there (blocked, resumed).
        item: The number of the item in the system (resumed: None where the wait brought none;
            failed: None where the source raised).
        seconds: How long a wait took (resumed).
        count: How many: workers started, items discarded, tries made, items that a source gave
            before it raised.
        limit: At most how many: tries allowed, items of a worker.
        cause: Why it happened.
        message: The text of an error, as its author wrote it: not safe for a terminal.
        payload: The data of an item that failed, short and safe; empty where there is none.
        producer: The worker that produced an item that failed.
        what: What was changed while the run went on, as `what` in a scenario file: `capacity`.
        was: The value that was changed, in short; "" for a fault.
        now: The value since then, or what a fault does.
        change: The change as data, with its exact time (`pcsim.scenario.changes.read`); "" for
            one that the scenario had planned.
    """

    number: int
    at: float
    kind: EventKind
    subject: str
    queue: str = ""
    reason: BlockReason | None = None
    item: int | None = None
    seconds: float | None = None
    count: int | None = None  # type: ignore[assignment]  # hides tuple.count, unused here
    limit: int | None = None
    cause: Cause | None = None
    message: str = ""
    payload: str = ""
    producer: str = ""
    what: str = ""
    was: str = ""
    now: str = ""
    change: str = ""


class EventBatch(NamedTuple):
    """The events from some number on: those still kept, how many were evicted before them,
    and the number to ask for next."""

    events: tuple[Event, ...] = ()
    evicted: int = 0
    next_number: int = 0
