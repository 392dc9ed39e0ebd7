"""The rules that a scenario chooses among: overflow, discipline, routing and selection.

What is true of each member stands in one table, `OVERFLOW`, `DISCIPLINE`, `ROUTING` or
`SELECTION`. Engines, forecast, schema and documents read it through the members' properties, and
compare no member by name where a property answers. What a member *does* in an engine stands in
`pcsim.engine.policies`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct


class OverflowRule(Struct, frozen=True):
    """What becomes of an item that comes to a full queue: one of the three fields says it."""

    summary: str
    waits: bool = False
    drops: Literal["incoming", "oldest"] | None = None
    fails: bool = False


class DisciplineRule(Struct, frozen=True):
    """Which of its items a queue gives first."""

    summary: str
    goes_by_priority: bool = False


class RoutingRule(Struct, frozen=True):
    """Which of several outputs an item goes to."""

    summary: str
    copies: bool = False
    takes_weights: bool = False
    begins_with_first: bool = False
    looks_at_depths: bool = False


class SelectionRule(Struct, frozen=True):
    """Which of several queues a consumer takes from."""

    summary: str
    looks_at_depths: bool = False


OVERFLOW = {
    "block": OverflowRule("its producer waits", waits=True),
    "drop_new": OverflowRule("the arriving item is dropped", drops="incoming"),
    "drop_old": OverflowRule("the oldest queued item is dropped", drops="oldest"),
    "fail": OverflowRule("the run fails", fails=True),
}
DISCIPLINE = {
    "fifo": DisciplineRule("the oldest"),
    "lifo": DisciplineRule("the newest"),
    "priority": DisciplineRule(
        "that of the producer with the smallest priority", goes_by_priority=True
    ),
}
ROUTING = {
    "round_robin": RoutingRule("each in turn", begins_with_first=True),
    "random": RoutingRule("one by chance", takes_weights=True),
    "shortest": RoutingRule(
        "where the fewest items are, queued or in the hands of its readers", looks_at_depths=True
    ),
    "broadcast": RoutingRule("a copy to each", copies=True),
}
SELECTION = {
    "round_robin": SelectionRule("each in turn"),
    "longest": SelectionRule("the one with the most items", looks_at_depths=True),
    "priority": SelectionRule("the first listed that has an item"),
}


class Overflow(StrEnum):
    """What a full queue does with an item that comes.

    Example:
        >>> from pcsim import Overflow
        >>> Overflow("drop_old").drops, Overflow.BLOCK.waits
        ('oldest', True)
    """

    BLOCK = "block"
    DROP_NEW = "drop_new"
    DROP_OLD = "drop_old"
    FAIL = "fail"

    @property
    def waits(self) -> bool:
        """Whether the worker that puts waits for a slot."""
        return OVERFLOW[self].waits

    @property
    def drops(self) -> Literal["incoming", "oldest"] | None:
        """Which item is lost: the one that comes or the one queued first; None for neither."""
        return OVERFLOW[self].drops

    @property
    def fails(self) -> bool:
        """Whether the run ends with a `QueueOverflowError`."""
        return OVERFLOW[self].fails

    @property
    def summary(self) -> str:
        """What happens, in a clause for schema and documents."""
        return OVERFLOW[self].summary


class Discipline(StrEnum):
    """Which of its items a queue gives first.

    The oldest, the newest, or the one whose producer has the smallest `priority` (of several, the
    oldest).

    Example:
        >>> from pcsim import Discipline, QueueSpec
        >>> QueueSpec("orders", discipline="lifo").discipline is Discipline.LIFO
        True
    """

    FIFO = "fifo"
    LIFO = "lifo"
    PRIORITY = "priority"

    @property
    def goes_by_priority(self) -> bool:
        """Whether the priority of an item decides when it is taken."""
        return DISCIPLINE[self].goes_by_priority

    @property
    def summary(self) -> str:
        """Which item goes first, in a phrase for schema and documents."""
        return DISCIPLINE[self].summary


class Routing(StrEnum):
    """Which of several outputs an item goes to.

    Each in turn, one by chance (in proportion to `weights`), the one with the fewest items
    (queued or in the hands of its readers; of several such, each in turn), or a copy to all.

    Example:
        >>> from pcsim import ProducerSpec, Routing
        >>> shop = ProducerSpec("Shop", ("food", "drinks"), routing="random", weights=(3, 1))
        >>> shop.routing is Routing.RANDOM
        True
    """

    ROUND_ROBIN = "round_robin"
    RANDOM = "random"
    SHORTEST = "shortest"
    BROADCAST = "broadcast"

    @property
    def copies(self) -> bool:
        """Whether an item goes to every output, each copy an item of its own."""
        return ROUTING[self].copies

    @property
    def begins_with_first(self) -> bool:
        """Whether a worker's first item always goes to the first output."""
        return ROUTING[self].begins_with_first

    @property
    def takes_weights(self) -> bool:
        """Whether `weights` say how much of the items each output gets."""
        return ROUTING[self].takes_weights

    @property
    def looks_at_depths(self) -> bool:
        """Whether the choice depends on how many items are queued or being worked on."""
        return ROUTING[self].looks_at_depths

    @property
    def summary(self) -> str:
        """Where an item goes, in a phrase for schema and documents."""
        return ROUTING[self].summary


class Selection(StrEnum):
    """Which of several queues a consumer takes from.

    Each in turn, the one with the most items, or the first listed that has one.

    Example:
        >>> from pcsim import ConsumerSpec, Selection
        >>> ConsumerSpec("Cook", ("food", "drinks")).selection is Selection.ROUND_ROBIN
        True
    """

    ROUND_ROBIN = "round_robin"
    LONGEST = "longest"
    PRIORITY = "priority"

    @property
    def looks_at_depths(self) -> bool:
        """Whether the choice depends on how many items are queued."""
        return SELECTION[self].looks_at_depths

    @property
    def summary(self) -> str:
        """Which queue it takes from, in a phrase for schema and documents."""
        return SELECTION[self].summary
