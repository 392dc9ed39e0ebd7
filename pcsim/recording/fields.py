"""How each field of a snapshot and of its rows is kept in a frame: as a small plain value.

What a field needs follows from its type, so that a field that is added later is recorded as well.
Times are whole microseconds in a frame, and each is kept apart: what is lost by that does not add
up. The instants at which something began are kept as how long ago that was: of a worker that waits
for a full queue and of the queue, that is the same number, which compresses well.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from pcsim.engine.books.bucket_counts import BucketCounts, spread_of
from pcsim.snapshot import Spread, Totals

MICRO = 1e-6
LARGEST = 1e12
"""Seconds beyond which a time is kept as it is."""
INSTANTS = frozenset(
    ("since", "started_at", "ended_at", "item_since", "timed_since", "oldest_queued_at",
     "full_since", "empty_since")
)  # fmt: skip
"""Times of the run at which something began or ended."""
EXACT = frozenset(("square_time",))
"""Numbers that are no seconds."""


class Field(NamedTuple):
    """How a field is kept.

    Attributes:
        name: Its name.
        default: What it is where a recording does not have it.
        change: From the plain value before, the new value, and the time of the frame in whole
            microseconds, the new plain value and what stands for it in the frame.
        apply: From the plain value before, what stands in the frame, and that time, the new plain
            value.
        value: The value of a plain value.
    """

    name: str
    default: Any
    change: Callable[[Any, Any, int], tuple[Any, Any]]
    apply: Callable[[Any, Any, int], Any]
    value: Callable[[Any], Any]


def field_of(name: str, hint: Any, default: Any) -> Field:
    """Return how a field of that type is kept.

    Args:
        name: Its name.
        hint: Its type.
        default: Its default.
    """
    kinds = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    if Spread in kinds:
        return Field(name, default, _spread_change, _spread_apply, _spread_value)
    if _is_of_spreads(hint):
        return Field(name, default, _spreads_change, _spreads_apply, _spreads_value)
    if Totals in kinds:
        return Field(name, default, _counts_change, _counts_apply, lambda plain: Totals(*plain))
    if float in kinds and name in INSTANTS:
        return Field(name, default, _instant_change, _instant_apply, _seconds)
    if float in kinds and name not in EXACT:
        return Field(name, default, _time_change, _number_apply, _seconds)
    if int in kinds:
        return Field(name, default, _number_change, _number_apply, _itself)
    return Field(name, default, _plain_change, _plain_apply, _value_of(hint, kinds))


def _is_of_spreads(hint: Any) -> bool:
    inner = get_args(hint)
    return bool(inner) and any(Spread in get_args(one) for one in inner)


def _itself(plain: Any) -> Any:
    return plain


def micros(seconds: float) -> Any:
    """Seconds as whole microseconds; what is too much for that stays as it is."""
    return round(seconds / MICRO) if -LARGEST < seconds < LARGEST else seconds


def rounded(seconds: float) -> float:
    """A time as it is read again from a frame."""
    found: float = _seconds(micros(seconds))
    return found


def _seconds(plain: Any) -> Any:
    return plain / 1_000_000 if type(plain) is int else plain


def _difference(old: Any, new: Any) -> Any:
    return new - old if type(new) is int and type(old) is int else new


def _number_change(old: Any, new: Any, _at: int) -> tuple[Any, Any]:
    return new, _difference(old, new)


def _time_change(old: Any, new: Any, _at: int) -> tuple[Any, Any]:
    plain = None if new is None else micros(new)
    return plain, _difference(old, plain)


def _number_apply(old: Any, change: Any, _at: int) -> Any:
    return old + change if type(change) is int and type(old) is int else change


def _instant_change(_old: Any, new: Any, at: int) -> tuple[Any, Any]:
    plain = None if new is None else micros(new)
    return plain, at - plain if type(plain) is int else plain


def _instant_apply(_old: Any, change: Any, at: int) -> Any:
    return at - change if type(change) is int else change


def _plain_change(_old: Any, new: Any, _at: int) -> tuple[Any, Any]:
    is_plain = new is None or type(new) in (str, bool, int, float)
    plain = new if is_plain else msgspec.to_builtins(new)
    return plain, plain


def _plain_apply(_old: Any, change: Any, _at: int) -> Any:
    return change


def _value_of(hint: Any, kinds: tuple[Any, ...]) -> Callable[[Any], Any]:
    """What makes a value of that type from a plain one."""
    enums = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Enum)]
    if enums:
        (enum,) = enums
        known = {one.value: one for one in enum}
        return lambda plain: None if plain is None else known[plain]
    if all(kind in (str, bool, float, type(None)) for kind in kinds):
        return _itself
    return lambda plain: msgspec.convert(plain, hint, strict=False)


def _counts_change(old: Any, new: Any, _at: int) -> tuple[Any, Any]:
    plain = list(new)
    if old is None:
        return plain, plain
    return plain, [now - before for before, now in zip(old, plain, strict=True)]


def _counts_apply(old: Any, change: Any, _at: int) -> Any:
    if old is None:
        return change
    return [before + more for before, more in zip(old, change, strict=True)]


# A spread is kept as the counts that it was made from: [number, total, longest, generation,
# {bucket: count}], its change as what is added to each. One without counts is its seven numbers.


def _spread_change(old: Any, new: Spread, _at: int) -> tuple[Any, Any]:
    counts = new.counts
    if not isinstance(counts, BucketCounts):
        numbers = [*new[:7]]
        return numbers, numbers
    total = micros(counts.total)
    plain: list[Any] = [counts.number, total, counts.longest, counts.generation, counts.buckets]
    if old is None or len(old) != 5 or old[3] != counts.generation or old[0] > counts.number:
        return plain, [*plain[:4], dict(counts.buckets)]
    before = old[4].get
    # What counts new times does not change the counts of an earlier moment, but makes others.
    added = [
        number
        for bucket, count in counts.buckets.items()
        if (more := count - before(bucket, 0))
        for number in (bucket, more)
    ]
    longest = None if counts.longest == old[2] else counts.longest
    return plain, [counts.number - old[0], total - old[1], longest, added]


def _spread_apply(old: Any, change: Any, _at: int) -> Any:
    if len(change) != 4:
        return change
    number, total, longest, generation, buckets = old
    more, seconds, new_longest, added = change
    buckets = dict(buckets)
    for bucket, count in zip(added[::2], added[1::2], strict=True):
        buckets[bucket] = buckets.get(bucket, 0) + count
    is_longer = new_longest is not None
    return [number + more, total + seconds, new_longest if is_longer else longest, generation,
            buckets]  # fmt: skip


def _spread_value(plain: Any) -> Spread:
    if len(plain) != 5:
        return Spread(*plain)
    number, total, longest, generation, buckets = plain
    counts = BucketCounts(buckets, sorted(buckets), number, _seconds(total), longest, generation)
    return spread_of(counts, origin=counts)


def _spreads_change(_old: Any, new: Any, at: int) -> tuple[Any, Any]:
    plain = [[key, _spread_change(None, one, at)[1]] for key, one in new]
    return plain, plain


def _spreads_apply(_old: Any, change: Any, _at: int) -> Any:
    return change


def _spreads_value(plain: Any) -> Any:
    return tuple((key, _spread_value(one)) for key, one in plain)


def fields_of(kind: Any, without: frozenset[str] = frozenset()) -> tuple[Field, ...]:
    """Return how the fields of a kind of rows are kept.

    Args:
        kind: A class of named tuples.
        without: The names of fields that are not kept.
    """
    hints = get_type_hints(kind)
    defaults = kind._field_defaults
    return tuple(
        field_of(name, hints[name], defaults.get(name))
        for name in kind._fields
        if name not in without
    )
