"""The rules that a scenario chooses among: overflow, discipline, routing and selection."""

from __future__ import annotations

from enum import StrEnum


class Overflow(StrEnum):
    """What a full queue does with an item that comes."""

    BLOCK = "block"
    DROP_NEW = "drop_new"
    DROP_OLD = "drop_old"
    FAIL = "fail"


class Discipline(StrEnum):
    """Which of its items a queue gives first: the oldest, the newest, or the one whose producer
    has the smallest `priority` (the oldest of those)."""

    FIFO = "fifo"
    LIFO = "lifo"
    PRIORITY = "priority"


class Routing(StrEnum):
    """Which of several outputs an item goes to: each in turn, one by chance (in proportion to
    `weights`), the one where the fewest wait (the first listed of those), or a copy to all."""

    ROUND_ROBIN = "round_robin"
    RANDOM = "random"
    SHORTEST = "shortest"
    BROADCAST = "broadcast"


class Selection(StrEnum):
    """Which of several queues a consumer takes from: each in turn, the one with the most items,
    or the first listed that has one."""

    ROUND_ROBIN = "round_robin"
    LONGEST = "longest"
    PRIORITY = "priority"
