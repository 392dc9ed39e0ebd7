"""A snapshot as plain data, and back: whole, and with every number exactly as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pcsim.engine.books.bucket_counts import BucketCounts, spread_of
from pcsim.recording.fields import Field, fields_of
from pcsim.snapshot import QueueRow, Snapshot, Spread, WorkerRow

_APART = frozenset(("queues", "workers", "before", "at", "at_deadlock"))
OF_QUEUE = fields_of(QueueRow)
OF_WORKER = fields_of(WorkerRow)


def whole(snapshot: Snapshot, *, with_past: bool = False) -> list[Any]:
    """Return a snapshot as plain data, each part with the names of its fields.

    Args:
        snapshot: What to keep.
        with_past: Whether the snapshot of some seconds before is kept as well.
    """
    before = snapshot.before if with_past else None
    return [
        snapshot.at,
        _named(OF_HEAD, snapshot),
        [_named(OF_QUEUE, row) for row in snapshot.queues],
        [_named(OF_WORKER, row) for row in snapshot.workers],
        None if before is None else whole(before),
    ]


def snapshot_of(plain: Sequence[Any]) -> Snapshot:
    """Return the snapshot that was kept. What is no such data raises one of many errors.

    Args:
        plain: What `whole` has returned.
    """
    at, head, queues, workers, before = plain
    return Snapshot(
        at=at,
        queues=tuple(QueueRow(**_values(OF_QUEUE, row)) for row in queues),
        workers=tuple(WorkerRow(**_values(OF_WORKER, row)) for row in workers),
        before=None if before is None else snapshot_of(before),
        **_values(OF_HEAD, head),
    )


def _change(_old: Any, new: Snapshot | None, _at: int) -> tuple[Any, Any]:
    plain = None if new is None else whole(new)
    return plain, plain


OF_HEAD = (
    *fields_of(Snapshot, without=_APART),
    Field(
        "at_deadlock",
        None,
        _change,
        lambda _old, change, _at: change,
        lambda plain: None if plain is None else snapshot_of(plain),
    ),
)
"""What a snapshot has besides its rows, its time and its past."""


def _named(fields: tuple[Field, ...], row: Any) -> dict[str, Any]:
    """The fields that do not have their default."""
    return {
        field.name: _plain(value)
        for field in fields
        if (value := getattr(row, field.name)) != field.default or field.default is None
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Spread):
        counts = value.counts
        return [*counts] if isinstance(counts, BucketCounts) else [*value[:7]]
    if isinstance(value, Snapshot):
        return whole(value)
    if isinstance(value, tuple) and value and isinstance(value[0], tuple) and len(value[0]) == 2:
        return [[key, _plain(one)] for key, one in value]
    return value if type(value) in (str, bool, int, float) else msgspec.to_builtins(value)


def _values(fields: tuple[Field, ...], plain: dict[str, Any]) -> dict[str, Any]:
    return {field.name: _value(field, plain[field.name]) for field in fields if field.name in plain}


def _value(field: Field, plain: Any) -> Any:
    if isinstance(field.default, Spread):
        return _spread(plain)
    if field.name.endswith("_by_priority"):
        return tuple((key, _spread(one)) for key, one in plain)
    # A whole number is a number of microseconds in a frame, and of seconds here.
    return plain if type(plain) in (int, float) else field.value(plain)


def _spread(plain: Sequence[Any]) -> Spread:
    if len(plain) == 7:
        return Spread(*plain)
    buckets, order, number, total, longest, generation = plain
    counts = BucketCounts(buckets, order, number, total, longest, generation)
    return spread_of(counts, origin=counts)
