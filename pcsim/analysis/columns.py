"""Amounts over time in columns of one width, in bounded memory however long a run lasts.

Recent columns are fine. They become wider, pairwise, until they have the width that is enough for
what is recent; from then on those that are too old go into columns of the whole run, which become
wider pairwise as often as that takes. So the last columns stay fine, and nothing is forgotten.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable

FINEST = 1 / 16
"""Seconds of a column at the start of a run."""
FINE, WHOLE = 2_400, 1_024
"""The most columns that are kept of the last while, and of all before it."""
MOVED = 256
"""Columns that leave the recent ones at a time."""


class Columns:
    """Amounts by track, each a series of columns that begin at time 0.

    >>> columns = Columns()
    >>> columns.extend(1.0, widest=1.0)
    >>> columns.add("worker", 0.0, 0.5, 0.5)
    >>> columns.total("worker", 0.25, 0.75)
    0.25
    """

    def __init__(self) -> None:
        self.step = FINEST
        """Seconds of a recent column."""
        self.first = 0
        """The number of the first recent column; what came before is in the wider ones."""
        self.whole_step = FINEST
        """Seconds of a wider column; all of those end where the recent ones begin."""
        self._length = 0
        self._at = 0.0
        self._recent: dict[Hashable, array[float]] = {}
        self._whole: dict[Hashable, array[float]] = {}

    @property
    def fine_from(self) -> float:
        """The time from which on columns are recent ones, in seconds."""
        return self.first * self.step

    def extend(self, at: float, widest: float) -> None:
        """Make room up to a time, before anything is added there.

        Args:
            at: The time in seconds; it never decreases.
            widest: The width in seconds up to which recent columns become wider, where there are
                too many of them.
        """
        while int(at / self.step) + 1 - self.first > FINE + MOVED and self.step < widest:
            self._widen()
        self._at = at
        length = int(at / self.step) + 1 - self.first
        if length > FINE + MOVED:
            self._age(length - FINE)
            length = int(at / self.step) + 1 - self.first
        if length > self._length:
            self._length = length
            for track in self._recent.values():
                track.extend(_zeros(length - len(track)))

    def add(self, track: Hashable, begin: float, end: float, amount: float) -> None:
        """Spread an amount evenly over a time for which there is room; all of it goes to where it
        begins if it has no length.

        Args:
            track: What the amount is of.
            begin: The begin of the time, in seconds.
            end: Its end.
            amount: The amount; nothing is done for 0 or less.
        """
        if amount <= 0.0:
            return
        values = self._recent.get(track)
        if values is None:
            values = self._recent[track] = _zeros(self._length)
        step, first = self.step, self.first
        left, right = int(begin / step) - first, int(end / step) - first
        if left < 0:
            self._add_old(track, begin, min(end, self.fine_from), end, amount)
            if right < 0:
                return
        if left == right or end <= begin:
            values[min(max(left, 0), len(values) - 1)] += amount
            return
        density = amount / (end - begin)
        if left >= 0:
            values[left] += density * ((left + 1 + first) * step - begin)
        for place in range(max(left + 1, 0), right):
            values[place] += density * step
        if right < len(values):
            values[right] += density * (end - (right + first) * step)

    def total(self, track: Hashable, begin: float, end: float) -> float:
        """The amount within a time; columns that it has a part of count with that part.

        Args:
            track: What the amount is of; 0 where nothing was ever added to it.
            begin: The begin of the time, in seconds.
            end: Its end.
        """
        edge = self.fine_from
        amount = 0.0
        if begin < edge:
            amount += _within(
                self._whole.get(track), self.whole_step, 0, begin, min(end, edge), edge
            )
        if end > edge:
            values = self._recent.get(track)
            amount += _within(values, self.step, self.first, max(begin, edge), end, self._at)
        return amount

    def forget(self, track: Hashable) -> None:
        """Forget all that was added to a track."""
        self._recent.pop(track, None)
        self._whole.pop(track, None)

    def copy(self) -> Columns:
        """Return a copy that stays as it is."""
        other = Columns()
        other.step, other.first = self.step, self.first
        other.whole_step, other._length, other._at = self.whole_step, self._length, self._at
        other._recent = {track: values[:] for track, values in self._recent.items()}
        other._whole = {track: values[:] for track, values in self._whole.items()}
        return other

    def until(self, at: float) -> Columns:
        """Return a copy that ends earlier: what came in its last column counts with its part.

        Args:
            at: Its end in seconds, not before `fine_from`.
        """
        other = self.copy()
        column = at / self.step - self.first
        length = int(column) + 1
        if at < self._at:
            other._at, other._length = at, min(length, self._length)
            is_last = length - 1 == int(self._at / self.step) - self.first
            width = self._at / self.step - self.first - (length - 1) if is_last else 1.0
            part = (column - (length - 1)) / width
            for values in other._recent.values():
                del values[length:]
                if len(values) == length:
                    values[-1] *= part
        return other

    def _widen(self) -> None:
        """Make one column of two."""
        if self.first % 2:
            self._age(1)
        for track, values in self._recent.items():
            self._recent[track] = _paired(values)
        self.first //= 2
        self.step *= 2
        self._length = (self._length + 1) // 2

    def _age(self, number: int) -> None:
        """Move the oldest recent columns into those of the whole run; there may be fewer."""
        step, before = self.step, self.first
        edge = (before + number) * step
        while edge / self.whole_step > WHOLE or self.whole_step < step:
            for track, values in self._whole.items():
                self._whole[track] = _paired(values)
            self.whole_step *= 2
        for track, values in self._recent.items():
            moved = values[:number]
            del values[:number]
            if any(moved):
                self._add_whole(track, before, moved)
        self.first += number
        self._length = max(self._length - number, 0)

    def _add_whole(self, track: Hashable, first: int, moved: array[float]) -> None:
        """Add columns as wide as recent ones to those of the whole run; `first` is the number of
        the first one."""
        place, values, times = first, moved, int(self.whole_step / self.step)
        while times > 1:
            if place % 2:
                values = array("f", (0.0,)) + values
            place, values, times = place // 2, _paired(values), times // 2
        whole = self._whole.setdefault(track, array("f"))
        end = place + len(values)
        whole.extend(_zeros(end - len(whole)))
        whole[place:end] = array("f", map(float.__add__, whole[place:end], values))

    def _add_old(
        self, track: Hashable, begin: float, until: float, end: float, amount: float
    ) -> None:
        """Add the part before the recent columns, as where a look comes after a long time."""
        whole = self._whole.setdefault(track, array("f"))
        length = int(self.fine_from / self.whole_step) + 1
        whole.extend(_zeros(length - len(whole)))
        step = self.whole_step
        if end <= begin:
            whole[min(int(begin / step), length - 1)] += amount
            return
        density = amount / (end - begin)
        for place in range(int(begin / step), min(int(until / step) + 1, length)):
            low, high = max(begin, place * step), min(until, (place + 1) * step)
            if high > low:
                whole[place] += density * (high - low)


def _zeros(number: int) -> array[float]:
    return array("f", bytes(4 * max(number, 0)))


def _paired(values: array[float]) -> array[float]:
    if len(values) % 2:
        values.append(0.0)
    return array("f", map(float.__add__, values[::2], values[1::2]))


def _within(
    values: array[float] | None, step: float, first: int, begin: float, end: float, edge: float
) -> float:
    """The sum of columns from `begin` to `end`, with parts of those at both ends. The last column
    reaches to `edge` only."""
    end = min(end, edge)
    if values is None or end <= begin:
        return 0.0
    left, right = begin / step - first, end / step - first
    low, high = int(left), int(right)
    size = len(values)
    if low >= size:
        return 0.0
    last = int(edge / step - first)
    filled = edge / step - first - last
    if low == high:
        part = right - left
        return values[low] * (part / filled if low == last and filled else part)
    amount = values[low] * (low + 1 - left) + sum(values[low + 1 : min(high, size)])
    if high >= size or right == high:
        return amount
    part = right - high
    return amount + values[high] * (part / filled if high == last else part)
