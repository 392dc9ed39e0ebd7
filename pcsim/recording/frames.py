"""Frames: snapshots as what has changed since the one before, in groups that begin with all of it.

A frame is a list of plain values: how many microseconds passed since the frame before, the rows
that there are where that has changed, and for each row that has changed which of its fields did,
and how. A group is one stream of compressed data in pieces: a piece has the frames of about a
second and is whole once it is written, and what came before it in its group helps to compress it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from pcsim.recording.encoding import encoded
from pcsim.recording.fields import Field, micros
from pcsim.recording.whole import OF_HEAD, OF_QUEUE, OF_WORKER
from pcsim.snapshot import QueueRow, Snapshot, WorkerRow
from pcsim.snapshot.window import Rows

LARGEST_PIECE = 1 << 28
"""Bytes that a piece may have at most once it is read: more than any that is written."""
_head_of = attrgetter(*(field.name for field in OF_HEAD))
_decode = msgspec.msgpack.Decoder().decode


def layout() -> dict[str, list[str]]:
    """Return the names of all fields in the order in which frames number them."""
    return {
        "head": [field.name for field in OF_HEAD],
        "queue": [field.name for field in OF_QUEUE],
        "worker": [field.name for field in OF_WORKER],
    }


class _Slot:
    """A row while it is written: as it was in the frame before."""

    __slots__ = ("fields", "plain", "row")

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self.fields = fields
        self.row: Sequence[Any] = (_NOTHING,) * len(fields)
        self.plain: list[Any] = [None] * len(fields)


_NOTHING = object()


class GroupWriter:
    """Turns the snapshots of one group into pieces of data."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj(6, zlib.DEFLATED, -15)
        self._at = 0
        self._head = _Slot(OF_HEAD)
        self._slots: list[_Slot] = [self._head]
        self._numbers: dict[tuple[bool, str], int] = {}
        self._orders: tuple[list[int], list[int]] = ([], [])
        self._frames: list[Any] = []
        self.changed = 0
        """Rows that have changed from one frame to the next."""

    @property
    def waiting(self) -> int:
        """Frames that were added since the last piece."""
        return len(self._frames)

    def add(self, snapshot: Snapshot) -> None:
        """Add the next snapshot of the run."""
        at = micros(snapshot.at)
        changes: list[Any] = []
        self._compare(0, _head_of(snapshot), at, changes)
        queues = self._rows(snapshot.queues, OF_QUEUE, at, changes, is_queue=True)
        workers = self._rows(snapshot.workers, OF_WORKER, at, changes, is_queue=False)
        orders = (queues, workers) if (queues, workers) != self._orders else None
        self._orders = queues, workers
        self._frames.append((at - self._at, orders, changes))
        self.changed += len(changes) // 3
        self._at = at

    def _rows(
        self,
        rows: Sequence[Any],
        fields: tuple[Field, ...],
        at: int,
        changes: list[Any],
        *,
        is_queue: bool,
    ) -> list[int]:
        order = []
        numbers, slots = self._numbers, self._slots
        for row in rows:
            key = is_queue, row.name
            number = numbers.get(key)
            if number is None:
                number = numbers[key] = len(slots)
                slots.append(_Slot(fields))
            order.append(number)
            if slots[number].row is not row:
                self._compare(number, row, at, changes)
        return order

    def _compare(self, number: int, row: Sequence[Any], at: int, changes: list[Any]) -> None:
        """Note what has changed in a row."""
        slot = self._slots[number]
        mask, values, plain = 0, [], slot.plain
        for place, (old, new) in enumerate(zip(slot.row, row, strict=True)):
            if old is not new and old != new:
                mask |= 1 << place
                plain[place], change = slot.fields[place].change(plain[place], new, at)
                values.append(change)
        slot.row = row
        if mask:
            changes += (number, mask, values)

    def piece(self) -> bytes:
        """Return the frames that wait as a piece of the group's data."""
        data = self._stream.compress(encoded(self._frames)) + self._stream.flush(zlib.Z_SYNC_FLUSH)
        self._frames = []
        return data


class Cells:
    """A row in a group that was read, made when it is first looked at."""

    __slots__ = ("_row", "plain")

    def __init__(self, plain: list[Any]) -> None:
        self.plain = plain
        self._row: Any = None

    def row(self, kind: Any, fields: Sequence[Field | None]) -> Any:
        """Return the row."""
        if self._row is None:
            values = {
                field.name: field.value(plain)
                for field, plain in zip(fields, self.plain, strict=True)
                if field is not None
            }
            self._row = kind(**values)
        return self._row


class Frame(NamedTuple):
    """A moment in a group that was read."""

    at: float
    head: Cells
    queues: tuple[Cells, ...]
    workers: tuple[Cells, ...]


class Known(NamedTuple):
    """The fields of a recording, by their places; None for one that this pcsim does not know."""

    head: tuple[Field | None, ...]
    queue: tuple[Field | None, ...]
    worker: tuple[Field | None, ...]


def known(names: dict[str, Any]) -> Known:
    """Return the fields of a recording.

    Args:
        names: What `layout` returned when it was made.
    """

    def matched(key: str, fields: tuple[Field, ...]) -> tuple[Field | None, ...]:
        by_name = {field.name: field for field in fields}
        return tuple(by_name.get(str(name)) for name in names[key])

    return Known(matched("head", OF_HEAD), matched("queue", OF_QUEUE), matched("worker", OF_WORKER))


def read_group(pieces: Sequence[bytes], fields: Known) -> list[Frame]:
    """Return the frames of a group. What is damaged raises one of many errors.

    Args:
        pieces: Its pieces, from the first one on.
        fields: The fields of the recording.
    """
    group = GroupReader(fields)
    for piece in pieces:
        group.add(piece)
    return group.frames


class GroupReader:
    """Reads a group, piece by piece, as far as it is written.

    Args:
        fields: The fields of the recording.
    """

    def __init__(self, fields: Known) -> None:
        self.frames: list[Frame] = []
        """Its frames by now."""
        self.pieces = 0
        """How many pieces they are from."""
        self._stream = zlib.decompressobj(-15)
        self._fields = fields
        self._at = 0
        self._slots: dict[int, Cells] = {0: Cells([None] * len(fields.head))}
        self._of: dict[int, tuple[Field | None, ...]] = {0: fields.head}
        self._queues: list[int] = []
        self._workers: list[int] = []

    def add(self, piece: bytes) -> None:
        """Read the next piece. What is damaged raises one of many errors."""
        data = self._stream.decompress(piece, LARGEST_PIECE)
        self.frames.extend(self._frame(*each) for each in _decode(data))
        self.pieces += 1

    def _frame(self, passed: int, orders: Any, changes: list[Any]) -> Frame:
        self._at += passed
        slots = self._slots
        if orders is not None:
            self._queues, self._workers = orders
            for numbers, fields in zip(orders, self._fields[1:], strict=True):
                for number in numbers:
                    if number not in slots:
                        slots[number] = Cells([None] * len(fields))
                        self._of[number] = fields
        for place in range(0, len(changes), 3):
            number, mask, values = changes[place : place + 3]
            self._change(number, mask, values)
        return Frame(
            self._at / 1_000_000,
            slots[0],
            tuple(slots[number] for number in self._queues),
            tuple(slots[number] for number in self._workers),
        )

    def _change(self, number: int, mask: int, values: list[Any]) -> None:
        plain = self._slots[number].plain.copy()
        fields = self._of[number]
        place = 0
        for value in values:
            while not mask & 1:
                if not mask:
                    raise ValueError("more values than fields")
                mask >>= 1
                place += 1
            field = fields[place]
            plain[place] = value if field is None else field.apply(plain[place], value, self._at)
            mask >>= 1
            place += 1
        self._slots[number] = Cells(plain)


def snapshot_of(frame: Frame, fields: Known) -> Snapshot:
    """Return the snapshot of a frame, without its past.

    Args:
        frame: The frame.
        fields: The fields of its recording.
    """
    queues, workers = frame.queues, frame.workers
    values = {
        field.name: field.value(plain)
        for field, plain in zip(fields.head, frame.head.plain, strict=True)
        if field is not None
    }
    return Snapshot(
        at=frame.at,
        queues=tuple(cells.row(QueueRow, fields.queue) for cells in queues),
        workers=Rows(len(workers), lambda i: workers[i].row(WorkerRow, fields.worker)),
        **values,
    )
