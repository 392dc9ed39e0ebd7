"""A schedule: the decisions that make a run of simulated threads, as text that can be stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What is decided."""

    RUN = "r"
    """The thread of that number goes on."""
    TIME = "t"
    """Time passes, until the earliest deadline of a waiting thread."""
    VALUE = "v"
    """The outcome of that number comes true: a fault, for one."""
    INTERRUPT = "i"
    """The thread of that number gets a KeyboardInterrupt."""


class Decision(NamedTuple):
    """One decision that differs from the default."""

    step: int
    """The number of the switch point, from 1 on."""
    kind: Kind
    number: int = 0

    def __str__(self) -> str:
        return f"{self.step}{self.kind}{'' if self.kind is Kind.TIME else self.number}"


_DECISION = re.compile(r"(\d+)([rtvi])(\d*)")


def as_text(decisions: Iterable[Decision]) -> str:
    """Write decisions as text: `12r1 40t 57v1`.

    Args:
        decisions: In the order of their steps.

    >>> as_text([Decision(12, Kind.RUN, 1), Decision(40, Kind.TIME)])
    '12r1 40t'
    """
    return " ".join(map(str, decisions)) or "-"


def parsed(text: str) -> list[Decision]:
    """Read what `as_text` wrote.

    Args:
        text: Decisions with spaces between them; `-` for none.

    Raises:
        ValueError: The text is no schedule.

    >>> parsed("12r1 40t")[0].step
    12
    """
    if text.strip() == "-":
        return []
    decisions = []
    for word in text.split():
        match = _DECISION.fullmatch(word)
        if match is None:
            raise ValueError(f"{word!r} is no decision of a schedule, such as 12r1, 40t or 57v1")
        decisions.append(Decision(int(match[1]), Kind(match[2]), int(match[3] or 0)))
    return decisions
