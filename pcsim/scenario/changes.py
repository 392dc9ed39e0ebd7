"""Changes of a system while it runs, as data: what a person, a program or a scenario file asks for.

A change names one queue, or workers: one of them, or all that a spec stands for (`count`). The
classes here check what can be known of a change alone, `pcsim.scenario.roster` whether it fits a
system as it is by then, and `pcsim.engine.steering` carries it out. What a change is called in a
scenario file (`what`) is its tag.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias, get_args

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from pcsim.distributions import Time
from pcsim.errors import ScenarioError
from pcsim.scenario.parts import OnError, Retry, Seconds, check_distribution
from pcsim.scenario.policies import Overflow
from pcsim.text import either
from pcsim.validation import (
    LARGEST_CAPACITY,
    MOST_WORKERS,
    check_positive_time,
    check_time,
    check_weight,
    check_whole,
)

LARGEST_BURST = 1_000_000
"""Items that a producer makes at once, at most."""
SLOWEST_FACTOR = 1_000.0
"""By how many times a slow spell makes the times of a worker longer, at most."""


class _Change(Struct, frozen=True, forbid_unknown_fields=True, tag_field="what", kw_only=True):
    """A change of a system while it runs. `at`: seconds from the start; None is at once."""

    at: Seconds | None = None

    def __post_init__(self) -> None:
        if self.at is not None:
            check_time("at", self.at, self.owner)
        self.check()

    def check(self) -> None:
        """Raise `ScenarioError` where a value is wrong."""

    @property
    def owner(self) -> str:
        """What a message calls it."""
        return f"change {self.what!r}"

    @property
    def what(self) -> str:
        """What kind of change it is, as in a scenario file."""
        return str(self.__struct_config__.tag)

    @property
    def subject(self) -> str:
        """The name of the queue or of the workers that it changes."""
        return str(getattr(self, "queue", "") or getattr(self, "worker", ""))


class SetCapacity(_Change, frozen=True, tag="capacity"):
    """Give a queue another capacity.

    A smaller queue keeps what it has, and takes nothing more until that fits.

    Args:
        queue: The name of the queue.
        capacity: The number of items that it can hold: whole, from 1 to 10**9.
        at: Seconds from the start of the run; None: at once.

    Raises:
        ScenarioError: A value is wrong.

    >>> SetCapacity("orders", 20, at=60).what
    'capacity'
    """

    queue: str
    capacity: Annotated[int, Meta(ge=1, le=LARGEST_CAPACITY)]

    def check(self) -> None:
        """Check the capacity."""
        check_whole("capacity", self.capacity, LARGEST_CAPACITY, owner=self.owner)


class SetOverflow(_Change, frozen=True, tag="overflow"):
    """Give a queue another overflow policy.

    Workers that wait for a slot already go on waiting.

    Args:
        queue: The name of the queue.
        overflow: What happens to an item that comes while it is full.
        at: Seconds from the start of the run; None: at once.

    Raises:
        ScenarioError: A value is wrong.

    >>> SetOverflow("orders", "drop_old").overflow.drops
    'oldest'
    """

    queue: str
    overflow: Overflow

    def check(self) -> None:
        """Check the policy, and make it a member of its enum."""
        known = [member.value for member in Overflow]
        if self.overflow not in known:
            expected = either([repr(name) for name in known])
            raise ScenarioError(
                field="overflow",
                owner=self.owner,
                value=self.overflow,
                expected=expected,
                known=known,
            )
        force_setattr(self, "overflow", Overflow(self.overflow))


class AddWorkers(_Change, frozen=True, tag="add"):
    """Add workers like those of a spec.

    Workers that were removed come back first. Each has random numbers of its own.

    Args:
        worker: The name of the spec, or of one of its workers.
        count: How many more: 1 to 10,000.
        at: Seconds from the start of the run; None: at once.

    Raises:
        ScenarioError: A value is wrong.

    >>> AddWorkers("Clerk", 2).count
    2
    """

    worker: str
    count: Annotated[int, Meta(ge=1, le=MOST_WORKERS)] = 1

    def check(self) -> None:
        """Check the number."""
        check_whole("count", self.count, MOST_WORKERS, owner=self.owner)


class RemoveWorkers(_Change, frozen=True, tag="remove"):
    """Remove workers: each finishes the item that it has in hand.

    Each of their queues keeps a worker at both ends, so nothing is lost.

    Args:
        worker: The name of the spec, of which the last ones go, or of the one that goes.
        count: How many fewer: 1 to 10,000.
        at: Seconds from the start of the run; None: at once.

    Raises:
        ScenarioError: A value is wrong.

    >>> RemoveWorkers("Clerk").count
    1
    """

    worker: str
    count: Annotated[int, Meta(ge=1, le=MOST_WORKERS)] = 1

    def check(self) -> None:
        """Check the number."""
        check_whole("count", self.count, MOST_WORKERS, owner=self.owner)


class SetInterval(_Change, frozen=True, tag="interval"):
    """Give producers another interval. One that waits for its next item begins the new one.

    Args:
        worker: The name of the spec, or of one of its workers.
        interval: Seconds before each item, 0 or more, or a distribution.
        at: Seconds from the start of the run; None: at once.

    Raises:
        ScenarioError: A value is wrong.

    >>> SetInterval("Shop", 0.25).interval
    0.25
    """

    worker: str
    interval: Time

    def check(self) -> None:
        """Check the time."""
        check_distribution("interval", self.interval, self.owner)


class SetServiceTime(_Change, frozen=True, tag="service_time"):
    """Give consumers or stages another service time, from their next item on.

    Args:
        worker: The name of the spec, or of one of its workers.
        service_time: Seconds of work on each item, 0 or more, or a distribution.
        at: Seconds from the start of the run; None: at once.

    Raises:
        ScenarioError: A value is wrong.

    >>> SetServiceTime("Clerk", 0.1).service_time
    0.1
    """

    worker: str
    service_time: Time

    def check(self) -> None:
        """Check the time."""
        check_distribution("service_time", self.service_time, self.owner)


class SetWeights(_Change, frozen=True, tag="weights"):
    """Route the items of workers with random routing in other proportions.

    Args:
        worker: The name of the spec, or of one of its workers.
        weights: The share of each output, in proportion.
        at: Seconds from the start of the run; None: at once.

    Raises:
        ScenarioError: A value is wrong.

    >>> SetWeights("Router", (3, 1)).weights
    (3, 1)
    """

    worker: str
    weights: tuple[float, ...]

    def check(self) -> None:
        """Check each of the weights."""
        force_setattr(self, "weights", tuple(self.weights))
        for index, weight in enumerate(self.weights):
            check_weight("weights", weight, self.owner, index)


class SetOnError(_Change, frozen=True, tag="on_error"):
    """Let consumers do something else about items that fail.

    Args:
        worker: The name of the spec, or of one of its workers.
        on_error: `"fail"`, `"skip"` or a `Retry`, whose dead letters go to a queue that the
            worker puts into as described.
        at: Seconds from the start of the run; None: at once.

    Raises:
        ScenarioError: A value is wrong.

    >>> SetOnError("Clerk", "skip").on_error
    'skip'
    """

    worker: str
    on_error: OnError

    def check(self) -> None:
        """Check the policy."""
        if self.on_error not in ("fail", "skip") and not isinstance(self.on_error, Retry):
            expected, known = "'fail', 'skip' or a Retry", ("fail", "skip")
            raise ScenarioError(
                field="on_error",
                owner=self.owner,
                value=self.on_error,
                expected=expected,
                known=known,
            )


class Freeze(_Change, frozen=True, tag="freeze"):
    """Let workers stand still, as if they hung: a fault. What they do takes longer by that.

    Args:
        worker: The name of the spec, or of one of its workers.
        seconds: For how long, more than 0.
        at: Seconds from the start of the run; None: at once.

    Raises:
        ScenarioError: A value is wrong.

    >>> Freeze("Clerk-2", 5).seconds
    5
    """

    worker: str
    seconds: Annotated[float, Meta(gt=0)]

    def check(self) -> None:
        """Check the time."""
        check_positive_time("seconds", self.seconds, self.owner)


class FailItem(_Change, frozen=True, tag="fail"):
    """Let the next item of a consumer or stage fail: a fault. Its `on_error` says what follows.

    Args:
        worker: The name of the spec, of which the first worker is chosen, or of one of its
            workers.
        at: Seconds from the start of the run; None: at once.

    Raises:
        ScenarioError: A value is wrong.

    >>> FailItem("Clerk").what
    'fail'
    """

    worker: str


class Burst(_Change, frozen=True, tag="burst"):
    """Let producers make a number of items at once, beside those that were to come: a fault.

    Args:
        worker: The name of the spec, of which each makes as many, or of one of its workers.
        items: How many: 1 to 1,000,000.
        at: Seconds from the start of the run; None: at once.

    Raises:
        ScenarioError: A value is wrong.

    >>> Burst("Shop", 50).items
    50
    """

    worker: str
    items: Annotated[int, Meta(ge=1, le=LARGEST_BURST)]

    def check(self) -> None:
        """Check the number."""
        check_whole("items", self.items, LARGEST_BURST, owner=self.owner)


class SlowSpell(_Change, frozen=True, tag="slow"):
    """Make the times of workers longer for a while: a fault.

    Args:
        worker: The name of the spec, or of one of its workers.
        factor: How many times as long they are: above 1, at most 1,000.
        seconds: For how long, more than 0.
        at: Seconds from the start of the run; None: at once.

    Raises:
        ScenarioError: A value is wrong.

    >>> SlowSpell("Clerk", factor=3, seconds=10).factor
    3
    """

    worker: str
    factor: Annotated[float, Meta(gt=1, le=SLOWEST_FACTOR)]
    seconds: Annotated[float, Meta(gt=0)]

    def check(self) -> None:
        """Check the factor and the time."""
        value: object = self.factor
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not 1 < self.factor <= SLOWEST_FACTOR:
            expected = f"a number above 1, at most {SLOWEST_FACTOR:,.0f}"
            raise ScenarioError(field="factor", owner=self.owner, value=value, expected=expected)
        check_positive_time("seconds", self.seconds, self.owner)


Change: TypeAlias = (
    SetCapacity
    | SetOverflow
    | AddWorkers
    | RemoveWorkers
    | SetInterval
    | SetServiceTime
    | SetWeights
    | SetOnError
    | Freeze
    | FailItem
    | Burst
    | SlowSpell
)
KINDS: tuple[type[Change], ...] = get_args(Change)
"""The classes of all changes."""
