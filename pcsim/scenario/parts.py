"""What specs are made of: queue names, bursts, retries, and the end of a run."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from msgspec import Meta, Struct

from pcsim.distributions import Instants, Time, describe, mean_of
from pcsim.errors import ScenarioError
from pcsim.validation import (
    LARGEST_COUNT,
    LARGEST_PRIORITY,
    MOST_RETRIES,
    check_positive_time,
    check_time,
    check_whole,
)

# What only the JSON Schema gets to know, the specs check themselves: their errors have the value.
Names: TypeAlias = str | Annotated[tuple[str, ...], Meta(extra_json_schema={"uniqueItems": True})]
Priority: TypeAlias = Annotated[
    int, Meta(extra_json_schema={"minimum": -LARGEST_PRIORITY, "maximum": LARGEST_PRIORITY})
]
Seconds: TypeAlias = Annotated[float, Meta(ge=0)]


class Bursts(Struct, frozen=True, forbid_unknown_fields=True):
    """A producer that is active for a time `on`, then silent for a time `off`, and so on.

    Its interval passes only while it is active.

    Args:
        on: Seconds, more than 0 on average, or a distribution.
        off: Seconds, 0 or more, or a distribution.

    Raises:
        ScenarioError: A time is wrong.

    >>> Bursts(on=20, off=10).off
    10
    """

    on: Time
    off: Time

    def __post_init__(self) -> None:
        check_distribution("on", self.on, "bursts")
        if not mean_of(self.on):
            problem = f"must be more than 0 seconds on average, not {describe(self.on)}"
            raise ScenarioError(problem, field="on", owner="bursts", value=self.on)
        check_distribution("off", self.off, "bursts")


class Retry(Struct, frozen=True, forbid_unknown_fields=True):
    """A failure policy: try an item that fails again, and at last put it into another queue.

    Args:
        retries: How many times a failed item is tried again: 0 to 1,000. With 0 it goes straight
            to the dead letters.
        dead_letter: The name of the queue for items whose last try failed.

    Raises:
        ScenarioError: `retries` is wrong.

    >>> Retry(retries=3, dead_letter="returns").retries
    3
    """

    retries: Annotated[int, Meta(ge=0, le=MOST_RETRIES)]
    dead_letter: str

    def __post_init__(self) -> None:
        check_whole("retries", self.retries, MOST_RETRIES, 0, owner="on_error")


OnError: TypeAlias = Literal["fail", "skip"] | Retry


class End(Struct, frozen=True, forbid_unknown_fields=True):
    """When a run ends by itself. With neither, it ends when all input has been dealt with.

    Args:
        time: Seconds from the start of the run, more than 0.
        items: The number of items that all producers together make (1 or more); the run ends
            when these have been dealt with.

    Raises:
        ScenarioError: A value is wrong.

    >>> End(time=3600).items is None
    True
    """

    time: Annotated[float, Meta(gt=0)] | None = None
    items: Annotated[int, Meta(ge=1)] | None = None

    def __post_init__(self) -> None:
        if self.time is not None:
            check_positive_time("time", self.time, "end")
        if self.items is not None:
            check_whole("items", self.items, LARGEST_COUNT, owner="end")


def check_distribution(field: str, time: Any, owner: str, *, instants: bool = False) -> None:
    """Raise `ScenarioError` unless it is seconds, 0 or more, or a distribution of such."""
    if not isinstance(time, Struct):
        check_time(field, time, owner)
    elif isinstance(time, Instants) and not instants:
        problem = "cannot be a list of instants: those are for a producer's interval"
        raise ScenarioError(problem, field=field, owner=owner, value=time)
