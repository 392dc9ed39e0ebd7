"""What workers do, written once, as generators that any engine drives.

A behaviour yields effects and receives plain replies: `Work` and `Put` are answered with None,
`Get` with an item. It knows no thread, lock or engine; reading the clock is a call, waiting is a
yield. An engine ends one by closing the generator, at an effect it has not carried out.

A producer holds no item while it works: it waits for its interval, then pulls, then puts. So an
engine may stop it during any `Work`, or after any `Put`, and nothing is lost.

The effects of a worker are made once and used again: an engine reads them before it resumes.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from io import IOBase
from itertools import chain, islice, repeat
from typing import Any, TypeAlias

from pcsim.histogram import FOLD_EVERY, GatheredTimes
from pcsim.item import Item, ItemStatus
from pcsim.ledger import DONE, FAILED


class Work:
    """Take that many seconds, 0 or more."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class Put:
    """Put the item into the worker's output at that position, waiting for a slot.

    Who has carried it out takes the item off the effect, so that nothing holds it any more.
    """

    __slots__ = ("item", "output")

    def __init__(self, output: int) -> None:
        self.output = output
        self.item: Any = None


class Get:
    """Take an item from any of the worker's inputs, waiting for one."""

    __slots__ = ()


Effect: TypeAlias = Work | Put | Get
Behaviour: TypeAlias = Generator[Effect, Any, None]


class Surroundings:
    """What an engine lends to a behaviour: a clock, numbers for items, the books."""

    __slots__ = ("base", "cells", "name", "now", "number", "skipped", "sojourn_times")

    def __init__(
        self,
        name: str,
        now: Callable[[], float],
        number: Callable[[], int],
        cells: list[Any],
        base: int,
        sojourn_times: GatheredTimes,
        skipped: Callable[[Item, BaseException], None],
    ) -> None:
        self.name = name
        self.now = now
        self.number = number
        self.cells = cells
        self.base = base
        self.sojourn_times = sojourn_times
        self.skipped = skipped


def produce(
    source: Iterable[Any],
    size: int | None,
    items: int | None,
    interval: float,
    around: Surroundings,
) -> Behaviour:
    """Make an item of what the source gives, after each interval, until it gives no more, or
    `items` were made. After `size` items, where it is known, the source is asked without a
    wait whether that was all: it may have grown."""
    work, put = Work(interval), Put(0)
    now, number, name = around.now, around.number, around.name
    iterator = iter(source)
    pull = iterator.__next__
    try:
        for waits in _waits(interval > 0, size, items):
            if waits:
                yield work
            try:
                data = pull()
            except StopIteration:
                return
            at = now()
            put.item = Item(number(), data, at, name, at)
            del data
            yield put
    finally:
        _close(iterator)


def _waits(has_interval: bool, size: int | None, items: int | None) -> Iterator[bool]:
    """For each item to come, whether an interval goes before it."""
    waits: Iterator[bool] = repeat(has_interval)
    if size is not None and has_interval:
        waits = chain(repeat(True, size), repeat(False, 1), waits)
    return waits if items is None else islice(waits, items)


def consume(
    deliver: Callable[[Any], object],
    service_time: float,
    max_items: int | None,
    skips: bool,
    around: Surroundings,
) -> Behaviour:
    """Take items, work on each, and deliver it for good."""
    get, work = Get(), Work(service_time)
    cells, done, now, name = around.cells, around.base + DONE, around.now, around.name
    fold_mask = FOLD_EVERY - 1
    sojourns = around.sojourn_times.pocket()
    note_sojourn = sojourns.append
    for _ in repeat(None) if max_items is None else repeat(None, max_items):
        item: Item = yield get
        item.consumer = name
        if service_time:
            yield work
        try:
            deliver(item.data)
        except BaseException as error:  # noqa: BLE001 - passed on or counted, never hidden
            _failed(item, error, skips, around)
        else:
            item.ended_at = at = now()
            note_sojourn(at - item.timestamp)
            cells[done] = total = cells[done] + 1
            if not total & fold_mask:
                around.sojourn_times.fold(sojourns)
        del item


def relay(
    transform: Callable[[Any], Any],
    service_time: float,
    max_items: int | None,
    skips: bool,
    around: Surroundings,
) -> Behaviour:
    """Take items, work on each, and put what the function makes of it downstream."""
    get, work, put = Get(), Work(service_time), Put(0)
    now, name = around.now, around.name
    for _ in repeat(None) if max_items is None else repeat(None, max_items):
        item: Item = yield get
        item.consumer = name
        if service_time:
            yield work
        try:
            item.data = transform(item.data)
        except BaseException as error:  # noqa: BLE001 - passed on or counted, never hidden
            _failed(item, error, skips, around)
        else:
            item.queued_at = now()
            item.taken_at = None
            put.item = item
            yield put
        del item


def _failed(item: Item, error: BaseException, skips: bool, around: Surroundings) -> None:
    """Count a failed item and go on, or pass the error on: the engine ends the run."""
    item.end(ItemStatus.FAILED, around.now())
    if not skips:
        raise error
    around.cells[around.base + FAILED] += 1
    around.skipped(item, error)


def _close(source: Iterator[Any]) -> None:
    """Close a generator, or whatever iterator can be closed. A file stays its owner's."""
    close = getattr(source, "close", None)
    if close is not None and not isinstance(source, IOBase):
        close()
