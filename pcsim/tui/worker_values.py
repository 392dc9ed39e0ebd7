"""The numbers of a line of workers: of one worker, or of a group together."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from pcsim.snapshot import Role, WorkerRow
from pcsim.tui.groups import Group, Line, members_of
from pcsim.tui.sorting import Value, by_number, trouble
from pcsim.tui.view import View


def value(key: str, line: Line, places: Sequence[int], view: View, *, makes: bool = False) -> Value:
    """Return what lines are compared by in the order of a column.

    Args:
        key: The key of the column.
        line: The line.
        places: Where its workers are in the snapshot.
        view: The view.
        makes: Whether its producers are asked how long they let their intervals pass.
    """
    members = members_of(line)
    match key:
        case "state":
            return max(map(trouble, members))
        case "name":
            return by_number(line.group if isinstance(line, Group) else line.name)
        case "why":
            return view.at - min(one.since for one in members)
        case "progress":
            return line.progress
        case "items":
            return items(line)
        case "rate":
            return rate(line, places, view)
        case "shares":
            return spent(line, places, view)[1]
        case _:
            return busy(line, places, view, makes=makes)


def items(line: Line) -> int | None:
    """The items they have brought on; None where those of one are not counted."""
    members = members_of(line)
    if not all(one.is_counted for one in members):
        return None
    return sum(one.items_total for one in members)


def rate(line: Line, places: Sequence[int], view: View) -> float | None:
    """The items a second of all of them; None where those of one are not counted."""
    rates = [one.throughput(at) for one, at in recent(line, places, view)]
    known = [rate for rate in rates if rate is not None]
    return fsum(known) if len(known) == len(rates) else None


def busy(line: Line, places: Sequence[int], view: View, *, makes: bool = False) -> float | None:
    """The mean part of their time in which they worked; None of a producer that only waits.

    Args:
        line: The line.
        places: Where its workers are in the snapshot.
        view: The view.
        makes: Whether it is instead the part in which they let their intervals pass.
    """
    # Of a program that is watched, it is not known what its producers wait for.
    makes = makes and not view.is_watched
    shares = [one.shares(at) for one, at in recent(line, places, view)]
    share = fsum(one.making if makes else one.running for one in shares) / len(shares)
    only_waits = not makes and members_of(line)[0].role is Role.PRODUCER and not share
    return None if only_waits else share


def spent(line: Line, places: Sequence[int], view: View) -> tuple[float, float, float, float]:
    """Where their time went, in the mean and in the order of `glyphs.SPENT`: each 0 to 1. A
    producer that lets its interval pass counts as running: nobody holds it up."""
    shares = [one.shares(at) for one, at in recent(line, places, view)]
    number = len(shares)
    return (
        fsum(one.active for one in shares) / number,
        fsum(one.blocked_full for one in shares) / number,
        fsum(one.blocked_empty for one in shares) / number,
        fsum(one.paused for one in shares) / number,
    )


def recent(line: Line, places: Sequence[int], view: View) -> list[tuple[WorkerRow, float]]:
    """The rows that rates and shares are of, and their times: of one that has ended, all its life.

    Args:
        line: The line.
        places: Where its workers are in the snapshot.
        view: The view.
    """
    shown = view.shown
    return [
        (shown.workers[place], shown.at) if one.ended_at is None else (one, view.at)
        for one, place in zip(members_of(line), places, strict=True)
    ]
