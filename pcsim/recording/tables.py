"""A recording as flat tables: each row of a snapshot when it has changed, and each event.

Times are seconds, durations are those that had ended by then.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from pcsim.recording.reader import Reader
from pcsim.snapshot import Event, QueueRow, Snapshot, Spread, Totals, WorkerRow

SPREAD = ("count", "mean", "p50", "p90", "p95", "p99", "max")
"""What is kept of a spread of times."""
_LEFT_OUT = frozenset(("waiting_by_priority",))
TABLES = ("totals", "queues", "workers", "events")
"""The names of the tables."""


def columns(table: str) -> list[str]:
    """Return the columns of a table.

    Args:
        table: One of `TABLES`.
    """
    if table == "events":
        return list(Event._fields)
    if table == "totals":
        times = (f"sojourn_time_{part}" for part in SPREAD)
        return ["at", "phase", "producing", *Totals._fields, *times]
    kind: Any = QueueRow if table == "queues" else WorkerRow
    names = ["at"]
    for name in kind._fields:
        if isinstance(kind._field_defaults.get(name), Spread):
            names += [f"{name}_{part}" for part in SPREAD]
        elif name not in _LEFT_OUT:
            names.append(name)
    return names


def rows(reader: Reader, table: str) -> Iterator[list[Any]]:
    """Yield the rows of a table, in the order of their times.

    Args:
        reader: The recording.
        table: One of `TABLES`.

    Raises:
        RecordingError: It is damaged.
    """
    if table == "events":
        for event in reader.notes.all_events():
            yield [_plain(value) for value in event]
        return
    known: dict[str, Any] = {}
    for moment in moments(reader):
        if table == "totals":
            sojourn = moment.sojourn_time
            head = [moment.at, moment.phase.value, moment.producing]
            yield [*head, *moment.totals, *(getattr(sojourn, part) for part in SPREAD)]
            continue
        for row in moment.queues if table == "queues" else moment.workers:
            if known.get(row.name) is not row:
                known[row.name] = row
                yield [moment.at, *_cells(row)]


def moments(reader: Reader) -> Iterator[Snapshot]:
    """Yield all snapshots of a recording, without their past.

    Args:
        reader: The recording.

    Raises:
        RecordingError: It is damaged.
    """
    place = reader.place_at(-math.inf)
    while True:
        yield reader.moment(place)
        following = reader.next(place)
        if following is None:
            return
        place = following


def _cells(row: QueueRow | WorkerRow) -> Iterator[Any]:
    for name, value in zip(row._fields, row, strict=True):
        if isinstance(value, Spread):
            yield from (getattr(value, part) for part in SPREAD)
        elif name not in _LEFT_OUT:
            yield _plain(value)


def _plain(value: Any) -> Any:
    """A value for a cell: several names are one text with spaces between them."""
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return str(value) if isinstance(value, str) else value
