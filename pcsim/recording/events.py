"""Events as plain data in a recording, and back."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

import msgspec

from pcsim.recording.encoding import encoded
from pcsim.recording.fields import micros
from pcsim.snapshot import BlockReason, Cause, Event, EventKind

ROUTINE = frozenset((EventKind.BLOCKED, EventKind.RESUMED, EventKind.DROPPED, EventKind.SKIPPED))
"""What may happen at every item."""
MOST_ROUTINE = 500
"""Routine events of one piece that are kept; more would not be read, and cost more than frames."""
LARGEST = 1 << 26
"""Bytes that the events of one piece may have: more than any that is written."""
_DEFAULTS = tuple(Event._field_defaults.get(name) for name in Event._fields)
_decode = msgspec.msgpack.Decoder(list[list[Any]]).decode


def thinned(events: list[Event]) -> list[Event]:
    """Return the events that are kept of one piece: of routine ones the latest.

    Args:
        events: In the order in which they happened.
    """
    surplus = sum(event.kind in ROUTINE for event in events) - MOST_ROUTINE
    kept = []
    for event in events:
        if event.kind in ROUTINE and surplus > 0:
            surplus -= 1
        else:
            kept.append(event)
    return kept


def packed(events: Iterable[Event]) -> bytes:
    """Return events as compressed data."""
    rows = []
    last = 0
    for event in events:
        row = [event.number - last, micros(event.at), *event[2:]]
        while row[-1] == _DEFAULTS[len(row) - 1]:
            row.pop()
        if event.seconds is not None:
            row[7] = micros(event.seconds)
        rows.append(row)
        last = event.number
    return zlib.compress(encoded(rows))


def unpacked(data: bytes) -> list[Event]:
    """Return the events that were packed. What is damaged raises one of many errors."""
    stream = zlib.decompressobj()
    events = []
    number = 0
    for row in _decode(stream.decompress(data, LARGEST)):
        number += row[0]
        fields = [*row, *_DEFAULTS[len(row) :]]
        fields[0], fields[1] = number, row[1] / 1_000_000
        fields[2] = EventKind(fields[2])
        fields[5] = None if fields[5] is None else BlockReason(fields[5])
        fields[7] = None if fields[7] is None else fields[7] / 1_000_000
        fields[10] = None if fields[10] is None else Cause(fields[10])
        events.append(Event(*fields))
    return events
