"""Workers of one group on one line, which unfolds to a line for each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from pcsim.snapshot import WorkerRow
from pcsim.text import safe
from pcsim.tui import figures
from pcsim.tui.glyphs import STUCK_FIRST, WAITING, standing


class Group(NamedTuple):
    """The workers of a group: at least two."""

    group: str
    members: tuple[WorkerRow, ...]
    is_unfolded: bool = False
    total: int = 0
    """How many there are with those that are not shown; 0 where all are."""

    @property
    def name(self) -> str:
        """The name of the line: no worker has it, and it stays while workers come and go."""
        return f"{self.group}\0"

    @property
    def title(self) -> str:
        """What is shown as its name, such as `parser ×3`."""
        return safe(f"{self.group} ×{self.size}")

    @property
    def size(self) -> int:
        """How many there are, shown or not."""
        return max(self.total, len(self.members))

    @property
    def progress(self) -> float | None:
        """The share of their known amount of work that is done; None where none has one."""
        known = [row.progress for row in self.members if row.progress is not None]
        return sum(known) / len(known) if known else None

    @property
    def word(self) -> str:
        """The word for what they do: of those that differ, the one that matters most."""
        words = set(map(standing, self.members))
        return next(word for word in STUCK_FIRST if word in words)

    def counted(self, at: float, width: int) -> str:
        """How many do that, and where they wait: `2 of 3, pages full 21 ms`.

        Args:
            at: The time of the snapshot, in seconds.
            width: The cells that there are: what does not fit is left out.
        """
        words = Counter(map(standing, self.members))
        number, total = words[self.word], self.size
        head = f"all {total}" if number == total else f"{number} of {total}"
        where = _waits(self.members, self.word, at)
        others = ", ".join(
            f"{words[word]} {word}" for word in STUCK_FIRST if words[word] and word != self.word
        )
        forms = [
            "; ".join(filter(None, [", ".join(filter(None, [head, where])), others])),
            ", ".join(filter(None, [head, where])),
            "; ".join(filter(None, [head, others])),
            head,
        ]
        return next((form for form in forms if len(form) <= width), head)


Line: TypeAlias = WorkerRow | Group
"""What a line shows: a worker, or a group."""


def members_of(line: Line) -> tuple[WorkerRow, ...]:
    """Return the workers of a line."""
    return line.members if isinstance(line, Group) else (line,)


class Lines(NamedTuple):
    """Lines, and where the workers of each are in the snapshot."""

    lines: list[Line]
    places: list[tuple[int, ...]]


def folded(
    rows: Sequence[WorkerRow],
    places: Sequence[int],
    unfolded: Collection[str],
    totals: Mapping[str, int] = MappingProxyType({}),
) -> Lines:
    """Return the lines: a group is where the first of it would be.

    Args:
        rows: All workers of a snapshot.
        places: The places of those to show, in their order.
        unfolded: The groups whose members have lines of their own, below that of the group.
        totals: The number of all members of each group, where not all of them are to be shown.
    """
    groups = [rows[place].group for place in places]
    sizes = Counter(groups)
    if not any(size > 1 and name for name, size in sizes.items()):
        # There may be a thousand of them, ten times a second.
        return Lines([rows[place] for place in places], list(zip(places, strict=True)))
    members: dict[str, list[int]] = {}
    for place, name in zip(places, groups, strict=True):
        members.setdefault(name, []).append(place)
    found = Lines([], [])

    def add(line: Line, *its_places: int) -> None:
        found.lines.append(line)
        found.places.append(its_places)

    for place, name in zip(places, groups, strict=True):
        group = members[name] if name else ()
        if len(group) < 2:
            add(rows[place], place)
        elif group[0] == place:
            is_unfolded = name in unfolded
            shown = tuple(rows[one] for one in group)
            add(Group(name, shown, is_unfolded, totals.get(name, 0)), *group)
            if is_unfolded:
                for one in group:
                    add(rows[one], one)
    return found


def in_blocks(lines: Sequence[Line], ranked: Callable[[Sequence[int]], Sequence[int]]) -> list[int]:
    """Return the places of the lines in another order; the members of a group that is unfolded
    stay below it.

    Args:
        lines: The lines.
        ranked: Returns the places of some lines in their order.
    """
    below: dict[int, list[int]] = {}
    heads: list[int] = []
    left = 0
    for place, line in enumerate(lines):
        if left:
            left -= 1
            below[heads[-1]].append(place)
            continue
        heads.append(place)
        if isinstance(line, Group) and line.is_unfolded:
            left, below[place] = len(line.members), []
    return [one for head in ranked(heads) for one in (head, *ranked(below.get(head, ())))]


def _waits(members: Sequence[WorkerRow], word: str, at: float) -> str:
    """Where those that wait do so, where that is one queue, and the longest wait."""
    waiting = [row for row in members if standing(row) == word and word in ("blocked", WAITING)]
    if not waiting or len({(row.queue, row.reason) for row in waiting}) > 1:
        return ""
    first = min(waiting, key=lambda row: row.since)
    reason = first.reason.value if first.reason else ""
    longest = figures.duration(figures.few_digits(max(at - first.since, 0.0)), 8)
    return f"{safe(first.queue or '', 40)} {reason} {longest}"
