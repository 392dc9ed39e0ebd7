"""What begins inside a queue's own code: a signal handler or a `__del__` that uses the queue,
and interrupts. Each is made to come at a chosen place."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from pcsim.queue import Empty, Full, Queue, get_any
from pcsim.queue.core import Waiter
from pcsim.queue.sealed import SealedCore
from pcsim.queue.serving import join_all_getters, serve, serve_now
from tests.support.queues import core_of
from tests.support.threads import Calling, script_waiting, until_waiting


class Interrupted(BaseException):
    """A KeyboardInterrupt that no test runner takes for its own."""


# Serving.


def test_a_slot_whose_putter_was_served_from_within_stays_free(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The thread that is about to give it has no putter for it, and puts it back."""
    queue = Queue[int](1)
    queue.put(1)
    putter = Calling(queue.put, 2)
    until_waiting(queue, putters=1)
    core = core_of(queue)
    take_slot = SealedCore._take_slot

    def take_slot_late(taking: SealedCore[int]) -> bool:
        """Something else happens, as from a signal handler, before it goes on."""
        is_taken = take_slot(taking)
        monkeypatch.undo()
        serve_now(core)
        return is_taken

    monkeypatch.setattr(SealedCore, "_take_slot", take_slot_late)
    queue.maxsize = 3
    putter.result()
    queue.put_nowait(3)
    with pytest.raises(Full):
        queue.put_nowait(4)
    assert [queue.get_nowait() for _ in range(3)] == [1, 2, 3]


def test_an_item_put_while_another_is_given_waits_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The getter was served from within already, with the item that was meant for it."""
    queue = Queue[int](3)
    getter = Calling(queue.get)
    until_waiting(queue, getters=1)

    def on_item(_waiter: Waiter, _queue: object) -> float:
        monkeypatch.undo()
        queue.put_nowait(2)
        queue.put_nowait(3)
        return 0.0

    monkeypatch.setattr(Waiter, "on_item", on_item)
    queue.put(1)
    assert getter.result() == 1
    assert [queue.get_nowait(), queue.get_nowait()] == [2, 3]
    for item in range(3):
        queue.put_nowait(item)
    with pytest.raises(Full):
        queue.put_nowait(4)


def test_a_getter_is_served_once_though_its_other_queue_is_filled_from_within() -> None:
    """An item that comes to one queue while another serves the same getter stays there."""
    first, second = Queue[str](1), Queue[str](1)

    class Filling(Waiter):
        def on_item(self, _queue: object) -> float:
            second.put_nowait("stays")
            return 0.0

    cores = (core_of(first), core_of(second))
    waiter = Filling(cores)
    with cores[0]._mutex:
        join_all_getters(cores, waiter)
    first.put("given")
    assert (waiter.queue, waiter.item) == (cores[0], "given")
    assert second.get_nowait() == "stays"
    second.put_nowait("again")


def test_a_putter_may_put_from_within() -> None:
    """The item that is put while another is being queued takes a slot of its own."""
    queue = Queue[str](1)
    queue.put("there")

    class Putting(Waiter):
        def on_slot(self, _queue: object) -> float:
            queue.put_nowait("within")
            return 0.0

    core = core_of(queue)
    with core._mutex:
        core._putters.waiters.append(Putting((core,), "first"))
        serve(core)
    behind = Calling(queue.put, "behind")
    until_waiting(queue, putters=2)
    queue.maxsize = 4
    behind.result()
    with pytest.raises(Full):
        queue.put_nowait("too many")
    assert sorted(queue.get_nowait() for _ in range(4)) == ["behind", "first", "there", "within"]


# Interrupts.


def interrupted(call: Callable[[], object], number: int) -> bool:
    """Interrupt the call when it calls a function of the queue for that time; False when it
    had come to an end before."""
    left = number

    def trace(frame: Any, _event: str, _argument: object) -> None:
        nonlocal left
        if "pcsim/queue" in frame.f_code.co_filename.replace("\\", "/"):
            left -= 1
            if left < 0:
                raise Interrupted

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except Interrupted:
        return left < 0
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("operation", ["put", "get", "get_any"])
def test_an_interrupt_at_any_call_leaves_no_waiter_in_line(
    operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From before standing in line until the thread is parked."""

    def interrupt() -> bool:
        raise Interrupted

    number = 0
    while True:
        queue, other = Queue[int](1), Queue[int](1)
        calls: dict[str, Callable[[], object]] = {
            "put": partial(queue.put, 2),
            "get": queue.get,
            "get_any": partial(get_any, [other, queue]),
        }
        if operation == "put":
            queue.put(1)
        with monkeypatch.context() as patch:
            script_waiting(patch, interrupt)
            came = interrupted(calls[operation], number)
        until_waiting(queue)
        until_waiting(other)
        if operation == "put":
            assert queue.get_nowait() == 1
        with pytest.raises(Empty):
            queue.get_nowait()
        Calling(queue.put_nowait, 3).result()
        assert queue.get_nowait() == 3
        if not came:
            break
        number += 1
    assert number > 5, "the interrupts came nowhere"


# A wait inside a hook.


class Tee(Queue[int]):
    """Puts each item into another queue as well, from its hook."""

    def __init__(self, other: Queue[int]) -> None:
        self.other = other
        super().__init__()

    def _put(self, item: int) -> None:
        super()._put(item)
        self.other.put(item)


def test_a_hook_that_waits_on_another_queue_delays_no_thread() -> None:
    """Each queue with hooks has a lock of its own."""
    other = Queue[int](1)
    other.put(0)
    tee = Tee(other)
    putter = Calling(tee.put, 5)
    until_waiting(other, putters=1)
    bystander = Queue[int](1)
    bystander.put(1)
    assert bystander.get() == 1
    assert other.get() == 0
    putter.result()
    assert (tee.get(), other.get()) == (5, 5)
