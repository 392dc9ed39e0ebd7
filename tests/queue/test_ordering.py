"""The order of steps by which no wake-up is lost: publish, then look; lower the flag, then count.

Each test makes the step of another thread come at the one place where a wrong order would lose
it: inside an operation on one of the queue's deques.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from pcsim import runtime
from pcsim.engine.item import Item
from pcsim.queue import Queue
from pcsim.queue.core import QueueCore, Waiter
from pcsim.queue.handing import MAX_WOKEN
from pcsim.queue.serving import join_getters, join_putters, serve_now
from pcsim.queue.waiting import wait_to_get, wait_to_put
from tests.support.metered import Bench
from tests.support.queues import core_of


class Watched(deque[Any]):
    """A deque at which another thread's step comes at a chosen place."""

    before_append: Callable[[], object] | None = None
    after_look: Callable[[int], object] | None = None
    """Called with the length that the look has seen; what it does comes after the look."""

    def append(self, thing: Any) -> None:
        act, self.before_append = self.before_append, None
        if act is not None:
            act()
        super().append(thing)

    def __len__(self) -> int:
        seen = super().__len__()
        act, self.after_look = self.after_look, None
        if act is not None:
            act(seen)
        return seen

    def __bool__(self) -> bool:
        return len(self) > 0


@pytest.fixture(autouse=True)
def _watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "deque", Watched)


def stand_in_line(queue: QueueCore[Any], item: Any = None) -> Waiter:
    """A thread that has just begun to wait: to get, or to put an item."""
    waiter = Waiter((queue,), item)
    with queue._mutex:
        if item is None:
            join_getters(queue, waiter)
        else:
            join_putters(queue, waiter)
    return waiter


class Later:
    """A thread that stands in line when it is called."""

    def __init__(self, queue: QueueCore[Any], item: Any = None) -> None:
        self._queue = queue
        self._item = item
        self.waiter: Waiter

    def __call__(self) -> None:
        self.waiter = stand_in_line(self._queue, self._item)
        assert self.waiter.pending


def queue_with_a_free_slot() -> Queue[int]:
    """One whose next put is on the fast path."""
    queue = Queue[int](1)
    queue.put(0)
    queue.get()
    return queue


def act_at(line: Any, **acts: Callable[..., object]) -> None:
    """Have this come at the next operation of that kind."""
    for name, act in acts.items():
        setattr(line, name, act)


# Publish, then look for those that wait.


def test_a_put_serves_a_getter_that_stands_in_line_just_before_the_item_is_there() -> None:
    """The getter has seen no item, so the put has to see the getter."""
    queue = queue_with_a_free_slot()
    getter = Later(core_of(queue))
    act_at(core_of(queue)._items, before_append=getter)
    queue.put(7)
    assert not getter.waiter.pending
    assert getter.waiter.item == 7


def test_a_get_serves_a_putter_that_stands_in_line_just_before_the_slot_is_free() -> None:
    """The putter has seen no slot, so the get has to see the putter."""
    queue = Queue[int](1)
    queue.put(1)
    putter = Later(core_of(queue), 2)
    act_at(core_of(queue)._free, before_append=putter)
    assert queue.get() == 1
    assert not putter.waiter.pending
    assert queue.get_nowait() == 2


def test_a_workers_put_serves_a_getter_that_stands_in_line_just_before() -> None:
    """The port of a worker keeps the same order."""
    bench = Bench(1)
    bench.put(0)
    bench.got()
    getter = Later(bench.queue)
    act_at(bench.queue._items, before_append=getter)
    item = bench.put(7)
    assert not getter.waiter.pending
    assert getter.waiter.item is item


def test_a_workers_get_serves_a_putter_that_stands_in_line_just_before() -> None:
    """The port of a worker keeps the same order."""
    bench = Bench(1)
    bench.put(1)
    putter = Later(bench.queue, Item(2, None, 0.0, queued_at=0.0))
    act_at(bench.queue._free, before_append=putter)
    assert bench.got() == 1
    assert not putter.waiter.pending
    assert bench.left == [2]


# Stand in line and raise the flag, then look at what is there.


def test_a_getter_is_served_by_a_put_that_comes_just_after_its_look() -> None:
    """The put comes too late for the look, so it has to see the flag."""
    queue = queue_with_a_free_slot()
    act_at(core_of(queue)._items, after_look=lambda _seen: queue.put(7))
    getter = stand_in_line(core_of(queue))
    assert not getter.pending
    assert getter.item == 7


def test_a_putter_is_served_by_a_get_that_comes_just_after_its_look() -> None:
    """The get comes too late for the look, so it has to see the flag."""
    queue = Queue[int](1)
    queue.put(1)
    act_at(core_of(queue)._free, after_look=lambda _seen: queue.get())
    putter = stand_in_line(core_of(queue), 2)
    assert not putter.pending
    assert queue.get_nowait() == 2


# The throttle: lower the flag, then count those that are woken once more.

LOOKS = (1, 2, 3)
"""The looks of a server that see as many woken as are allowed: when it stops giving, when it
counts, and when it counts again, the flag lowered."""


def serve_all_but_one(
    core: QueueCore[int],
    line: Any,
    waiters: list[Waiter],
    look: int,
    run: Callable[[Waiter], object],
) -> None:
    """Serve, and let every woken waiter run just after that look at their number."""
    seen_full = 0

    def looked(seen: int) -> None:
        nonlocal seen_full
        seen_full += seen == MAX_WOKEN
        if seen_full == look:
            for waiter in waiters[:MAX_WOKEN]:
                run(waiter)
        else:
            line.woken.after_look = looked

    with core._mutex:
        line.waiters.extend(waiters)
    line.woken.after_look = looked
    serve_now(core)
    assert seen_full == look, "the server has not looked that often"


@pytest.mark.parametrize("look", LOOKS)
def test_the_last_getter_is_served_when_all_woken_run_just_after_a_look_at_their_number(
    look: int,
) -> None:
    """One more waits than may be woken at once, and there is an item for each. Those that run see
    the flag up and leave the rest to the server; or they see it down and serve."""
    queue = Queue[int]()
    for item in range(MAX_WOKEN + 1):
        queue.put(item)
    core = core_of(queue)
    getters = [Waiter((core,)) for _ in range(MAX_WOKEN + 1)]
    serve_all_but_one(
        core, core._getters, getters, look, lambda waiter: wait_to_get(core, waiter, None)
    )
    assert [waiter.item for waiter in getters] == list(range(MAX_WOKEN + 1))
    assert not getters[-1].pending


@pytest.mark.parametrize("look", LOOKS)
def test_the_last_putter_is_served_when_all_woken_run_just_after_a_look_at_their_number(
    look: int,
) -> None:
    """The same for putters, where there is a slot for each."""
    queue = Queue[int](MAX_WOKEN + 1)
    for item in range(MAX_WOKEN + 1):
        queue.put(item)
    for _ in range(MAX_WOKEN + 1):
        queue.get()
    core = core_of(queue)
    putters = [Waiter((core,), item) for item in range(MAX_WOKEN + 1)]
    serve_all_but_one(
        core, core._putters, putters, look, lambda waiter: wait_to_put(core, waiter, None)
    )
    assert not putters[-1].pending
    assert [queue.get_nowait() for _ in putters] == list(range(MAX_WOKEN + 1))
