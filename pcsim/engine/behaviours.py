"""What workers do, written once, as generators that any engine drives.

A behaviour yields effects and receives plain replies. Seconds, a `float` above 0, are a time of
work, answered with the time at which it is over; `Get` is answered with an item. The reply to
`Put` is the item where its queue has closed and another way is open to it, else whatever is none.
A behaviour knows no thread, lock or engine; reading the clock is a call, waiting is a yield. An
engine ends one by closing the generator, at an effect it has not carried out.

A producer holds no item while it works: it waits for its interval, then pulls, then puts. So an
engine may stop it during any work, or after any `Put`, and nothing is lost.

Times come from outside, as iterators of seconds: a behaviour does not know how they are drawn.

The effects of a worker are made once and used again: an engine reads them before it resumes.

What an engine can do at once it may lend as a short way: a call that does it, or returns
that it cannot, and then the effect is yielded. It saves the way out to the engine and back.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import count, repeat
from typing import Any, TypeAlias

from pcsim.engine.books.histogram import LOOK_EVERY
from pcsim.engine.books.item_times import ItemTimes
from pcsim.engine.books.ledger import COPIED, DISCARDED, DONE, FAILED, PRODUCED
from pcsim.engine.item import Item, ItemStatus
from pcsim.engine.journeys import Path
from pcsim.engine.lazy_results import LAZY, refuse
from pcsim.engine.protocols import RunFlags
from pcsim.engine.raised import is_a
from pcsim.snapshot import Cause


class Put:
    """Put the item into the worker's output at that position, waiting for a slot; `is_routed`
    where the output was chosen among several.

    Who has carried it out takes the item off the effect, so that nothing holds it any more.
    """

    __slots__ = ("is_routed", "item", "output")

    def __init__(self, output: int, is_routed: bool = False) -> None:
        self.output = output
        self.is_routed = is_routed
        self.item: Any = None


class Get:
    """Take an item from any of the worker's inputs, waiting for one."""

    __slots__ = ()


Effect: TypeAlias = float | Put | Get
Behaviour: TypeAlias = Generator[Effect, Any, None]


class WorkerContext:
    """What an engine lends to a behaviour: a clock, numbers for items, cells of the ledger.

    `note_failure` is called with an item that failed and with what is done about it. The short
    ways are set before the behaviour is made: `try_get` takes an item from the worker's inputs or
    returns None, and is tried before every `Get`; `try_put` puts one into its only output or
    returns False. A worker that `yields_at_same_time` uses the latter only after a time of work,
    so that others go before it that have their turn at the same time.
    """

    __slots__ = (
        "base", "cells", "flags", "keeps_source", "name", "note_failure", "now", "numbers",
        "sojourn_times", "source", "square_time", "try_get", "try_put", "yields_at_same_time",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        now: Callable[[], float],
        numbers: Iterator[int],
        cells: list[Any],
        base: int,
        sojourn_times: ItemTimes,
        note_failure: Callable[[Item, BaseException, Cause, int | None, int | None], None],
        flags: RunFlags,
    ) -> None:
        self.name = name
        self.flags = flags
        self.now = now
        self.numbers = numbers
        self.cells = cells
        self.base = base
        self.sojourn_times = sojourn_times
        self.square_time = [0.0]  # as in a row
        self.note_failure = note_failure
        self.try_get: Callable[[], Item | None] = _never
        self.try_put: Callable[[Item], bool] = _never
        self.yields_at_same_time = True
        self.source: Iterator[Any] | None = None
        """What a producer takes its data from, once it has begun to."""
        self.keeps_source = False
        """Whether another behaviour may go on with it: then its worker closes it, at its end."""

    def leave_source(self) -> None:
        """A behaviour has come to its end: close the source, unless another may go on with it."""
        if not self.keeps_source:
            self.close_source()

    def close_source(self) -> None:
        """Close the source, if it is a generator; what else there is to close is its owner's."""
        if isinstance(self.source, Generator):
            self.source.close()


def _never(*_: Any) -> Any:
    """No short way: a falsy answer."""


class Routes:
    """Where a worker's items go: for each the position of an output, from `choices`; without
    them, each item or a copy of it goes to every one of the first `copies` outputs that
    `is_open`."""

    __slots__ = ("choices", "copies", "is_open", "put")

    def __init__(
        self,
        choices: Iterator[int] | None = None,
        copies: int = 1,
        is_open: Callable[[int], bool] = lambda _: True,
    ) -> None:
        self.choices = choices
        self.copies = copies
        self.is_open = is_open
        self.put = Put(0, is_routed=True)


class FailurePolicy:
    """What is done about an item that fails: `retries` more tries, each after a time from
    `times`, then the output at position `dead_letter`. Without tries: it is skipped."""

    __slots__ = ("dead_letter", "retries", "times")

    def __init__(
        self, retries: int = 0, times: Iterator[float] | None = None, dead_letter: int = -1
    ) -> None:
        self.retries = retries
        self.times = repeat(0.0) if times is None else times
        self.dead_letter = dead_letter


def produce(
    source: Iterable[Any] | None,
    intervals: Iterator[float],
    context: WorkerContext,
    routes: Routes | None = None,
    priority: int = 0,
    *,
    on_schedule: bool = False,
) -> Behaviour:
    """Make an item of what the source gives (None: 1, 2, 3 and so on), after each interval, until
    one of them ends, or there is no number for a further item. Each copy of an item is an item of
    its own.

    An interval is the time from item to item, so what the source took for the last item is part of
    the next one, but not where intervals are up to fixed times (`on_schedule`). The time for which
    a full queue blocks the producer comes on top.
    """
    put = Put(0)
    now, numbers, name = context.now, context.numbers, context.name
    cells, produced, flags = context.cells, context.base + PRODUCED, context.flags
    try_put = context.try_put
    at_once = not context.yields_at_same_time
    iterator = context.source
    if iterator is None:
        iterator = context.source = count(1) if source is None else iter(source)
    counts_source = source is not None and not on_schedule
    source_time = 0.0
    try:
        for interval in intervals:
            seconds = max(interval - source_time, 0.0) if source_time else interval
            if seconds:
                at = yield seconds
            elif counts_source and interval:
                at = now()
            try:
                data = next(iterator)
                number = next(numbers)
            except StopIteration:
                return
            if counts_source and interval:
                began, at = at, now()
                source_time = at - began
            elif source is not None or not seconds:
                at = now()
            item = Item(number, data, at, name, at, priority)
            if (journeys := flags.journeys) is not None:
                item._path = Path(journeys)
            cells[produced] += 1
            if (seconds or at_once) and not flags.holds_producers and try_put(item):
                del item, data
                continue
            del data
            if routes is not None:
                routed = _route(item, routes, context)
                del item
                if not (yield from routed):
                    return
                continue
            put.item = item
            del item
            yield put
    finally:
        context.leave_source()


def consume(
    deliver: Callable[[Any], object] | None,
    times: Iterator[float],
    context: WorkerContext,
    failure_policy: FailurePolicy | None = None,
) -> Behaviour:
    """Take items, work on each for the next of the times, and deliver it for good (None: let it
    go); until the times end. Without a failure_policy an item that fails ends the run."""
    get = Get()
    cells, done, now, name = context.cells, context.base + DONE, context.now, context.name
    look_mask = LOOK_EVERY - 1
    sojourns = context.sojourn_times.pocket()
    note_sojourn, by_priority = sojourns.append, context.sojourn_times.by_priority
    try_get, square_time = context.try_get, context.square_time
    for seconds in times:
        item = try_get()
        if item is None:
            item = yield get
        item.consumer = name
        if seconds:
            at = yield seconds
        if deliver is not None:
            try:
                if (result := deliver(item.data)) is not None and type(result) in LAZY:
                    refuse(result)
                result = None  # it may be large, and the next item may be long in coming
            except BaseException as error:  # noqa: BLE001 - passed on or counted, never hidden
                is_saved, _ = yield from _mend(item, deliver, error, failure_policy, context)
                if not is_saved:
                    del item
                    continue
            at = now()
            square_time[0] += (at - (item.taken_at or at)) ** 2
        elif not seconds:
            at = now()
        item.ended_at = at
        if item._path is not None:
            item.note_end()
        note_sojourn(at - item.timestamp)
        if by_priority is not None:
            by_priority.note(item.priority, at - item.timestamp)
        cells[done] = total = cells[done] + 1
        if not total & look_mask:
            context.sojourn_times.fold_full(sojourns)
        del item


def relay(
    transform: Callable[[Any], Any] | None,
    times: Iterator[float],
    context: WorkerContext,
    routes: Routes | None = None,
    failure_policy: FailurePolicy | None = None,
) -> Behaviour:
    """Take items, work on each, and put what the function makes of it (None: the same)
    downstream."""
    get, put = Get(), Put(0)
    now, name = context.now, context.name
    try_get, try_put = context.try_get, context.try_put
    at_once, square_time = not context.yields_at_same_time, context.square_time
    for seconds in times:
        item = try_get()
        if item is None:
            item = yield get
        item.consumer = name
        if seconds:
            at = yield seconds
        if transform is not None:
            try:
                result = transform(item.data)
                if type(result) in LAZY:
                    refuse(result)
                item.data, result = result, None
            except BaseException as error:  # noqa: BLE001 - passed on or counted, never hidden
                is_saved, data = yield from _mend(item, transform, error, failure_policy, context)
                if not is_saved:
                    del item
                    continue
                item.data = data
            at = now()
            square_time[0] += (at - (item.taken_at or at)) ** 2
        elif not seconds:
            at = now()
        if item._path is not None:
            item.note_pass(at)
        item.queued_at = at
        item.taken_at = None
        if (seconds or at_once) and try_put(item):
            del item
            continue
        if routes is not None:
            routed = _route(item, routes, context)
            del item
            yield from routed
            continue
        put.item = item
        del item
        yield put


def _route(item: Item, routes: Routes, context: WorkerContext) -> Generator[Effect, Any, bool]:
    """Put an item where the routes say, and elsewhere where that has closed; False when there is
    no number for a copy. Each copy of an item is an item of its own."""
    put = routes.put
    unplaced: Item | None = item
    if routes.choices is not None:
        del item
        while unplaced is not None:
            put.output, put.item = next(routes.choices), unplaced
            unplaced.queued_at, unplaced = context.now(), None
            unplaced = _refused((yield put))
        return True
    pattern = item.copy(0, 0.0)  # once it is put, the item is what others make of it
    outputs = [output for output in range(routes.copies) if routes.is_open(output)]
    del item
    for output in outputs or (0,):
        if unplaced is None:
            try:
                unplaced = pattern.copy(next(context.numbers), 0.0)
            except StopIteration:
                return False
            context.cells[context.base + COPIED] += 1
        put.output, put.item = output, unplaced
        unplaced.queued_at, unplaced = context.now(), None
        unplaced = _refused((yield put))
    if unplaced is not None:  # the last of its queues has closed meanwhile
        unplaced.end(ItemStatus.DISCARDED, context.now())
        context.cells[context.base + DISCARDED] += 1
    return True


def _refused(reply: Any) -> Item | None:
    """The item that a put did not take; None where it did."""
    return reply if isinstance(reply, Item) else None


def stand_still(seconds: float) -> Behaviour:
    """Do nothing for a time, and end: another behaviour follows."""
    yield seconds


def _mend(
    item: Item,
    act: Callable[[Any], Any],
    error: BaseException,
    failure_policy: FailurePolicy | None,
    context: WorkerContext,
) -> Generator[Effect, Any, tuple[bool, Any]]:
    """Do about a failed item what the policy says.

    Without a policy the error goes on, and the engine ends the run. So does one that is no
    `Exception`: an exit or Ctrl-C is no fault of the item.

    Returns:
        Whether the item was saved, and what the function returned then.
    """
    if failure_policy is None or not is_a(error, Exception):
        item.end(ItemStatus.FAILED, context.now())
        raise error
    for attempt in range(1, failure_policy.retries + 1):
        context.note_failure(item, error, Cause.RETRY, attempt, failure_policy.retries)
        seconds = next(failure_policy.times)
        if seconds:
            yield seconds
        try:
            result = act(item.data)
            if type(result) in LAZY:
                refuse(result)
            return True, result
        except Exception as again:  # noqa: BLE001 - the last one is reported
            error = again
    if failure_policy.dead_letter < 0:
        item.end(ItemStatus.FAILED, context.now())
        context.cells[context.base + FAILED] += 1
        context.note_failure(item, error, Cause.SKIP, None, None)
        return False, None
    context.note_failure(item, error, Cause.DEAD_LETTER, None, None)
    item.pass_on(context.now())
    put = Put(failure_policy.dead_letter)
    put.item = item
    del item
    yield put
    return False, None
