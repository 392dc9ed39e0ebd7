"""What a queue promises beyond the standard library's own tests of it."""

from __future__ import annotations

import gc
import queue as standard
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pcsim.queue import Empty, Full, LifoQueue, PriorityQueue, Queue, ShutDown, get_any
from pcsim.queue import core as module
from pcsim.queue.sealed import SLOTS_KEPT
from tests.support.queues import KINDS, ROADS, Plain, core_of
from tests.support.threads import Calling, run_all, until_waiting


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """What dies here dies because nothing refers to it."""
    gc.disable()
    yield
    gc.enable()


@KINDS
@pytest.mark.parametrize("maxsize", [0, -1])
def test_no_capacity_means_no_limit(kind: type[Queue[int]], maxsize: int) -> None:
    """As in the standard class, a `maxsize` of 0 or less is unbounded."""
    queue = kind(maxsize)
    for number in range(1_000):
        queue.put_nowait(number)
    assert not queue.full()
    assert queue.qsize() == 1_000
    assert sorted(queue.get_nowait() for _ in range(1_000)) == list(range(1_000))


@ROADS
def test_a_lower_capacity_throws_nothing_away(kind: type[Queue[int]]) -> None:
    """What is queued stays; puts are refused until there is room by the new measure."""
    queue = kind(4)
    for number in range(4):
        queue.put_nowait(number)
    queue.maxsize = 2
    assert queue.qsize() == 4
    assert queue.full()
    for number in range(2):
        with pytest.raises(Full):
            queue.put_nowait(9)
        assert queue.get_nowait() == number
    with pytest.raises(Full):
        queue.put_nowait(9)
    assert queue.get_nowait() == 2
    queue.put_nowait(4)
    assert [queue.get_nowait(), queue.get_nowait()] == [3, 4]


@pytest.mark.parametrize("maxsize", [3, 0])
def test_a_higher_capacity_lets_the_waiting_in(maxsize: int) -> None:
    """Putters that wait for a slot get one as soon as there is one."""
    queue = Queue[int](1)
    queue.put(0)
    puts = [Calling(queue.put, 1), Calling(queue.put, 2)]
    until_waiting(queue, putters=2)
    queue.maxsize = maxsize
    for put in puts:
        put.result()
    assert sorted(queue.get_nowait() for _ in range(3)) == [0, 1, 2]


def test_slots_that_are_too_many_go_while_others_put() -> None:
    """Collecting the slots of a lowered capacity survives a putter that takes the last of them."""

    class Snatched(list[None]):
        def pop(self, *_: Any) -> None:
            raise IndexError("a putter was quicker")

    queue = Queue[int](2)
    queue.put(1)
    queue.put(2)
    core_of(queue)._free = Snatched([None])  # type: ignore[assignment]
    queue.maxsize = 1
    assert queue.qsize() == 2


def test_slots_are_made_when_they_are_needed() -> None:
    """The number of slots is the peak: the most items that were ever in the queue at once."""
    queue = Queue[int](10**9)
    for peak in (1, 3, 2, 5, 1):
        for number in range(peak):
            queue.put(number)
        for _ in range(peak):
            queue.get()
    assert core_of(queue)._slots == 5


def test_a_peak_gives_its_memory_back() -> None:
    """Once it is drained, a queue without a limit keeps the slots of usual loads, not of the peak.
    Then it takes as many again."""
    queue = Queue[None]()
    for _ in range(2):
        for _ in range(20_000):
            queue.put(None)
        for _ in range(20_000):
            queue.get()
        core = core_of(queue)
        assert len(core._free) == core._slots <= 2 * SLOTS_KEPT
    queue.put(None)
    queue.shutdown()
    queue.get()
    with pytest.raises(ShutDown):
        queue.get()


class Hostile:
    """Every question about it is an error."""

    def _refuse(self, *_: object) -> Any:
        raise RuntimeError("do not touch")

    __eq__ = __repr__ = __str__ = __bool__ = __len__ = __iter__ = __lt__ = _refuse
    __hash__ = _refuse


@pytest.mark.parametrize("kind", [Queue, LifoQueue, Plain])
def test_items_pass_by_identity(kind: type[Queue[Any]]) -> None:
    """A queue asks its items nothing: not for their truth, their like, their hash or their name."""
    queue = kind(1)
    for item in (Hostile(), None, False, ..., StopIteration, Empty()):
        queue.put(item)
        assert queue.get() is item
        get = Calling(lambda: get_any([queue])[1])
        until_waiting(queue, getters=1)
        queue.put(item)
        assert get.result() is item
        queue.put(None)
        put = Calling(queue.put, item)
        until_waiting(queue, putters=1)
        assert queue.get() is None
        put.result()
        assert queue.get() is item


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_item_that_dies_badly_hurts_no_thread() -> None:
    """A `__del__` that raises is Python's to report; the queue goes on."""

    class Dies:
        def __del__(self) -> None:
            raise RuntimeError("not like this")

    queue = Queue[Any](2)
    queue.put(Dies())
    queue.put(Dies())
    queue.get()
    assert queue.qsize() == 1
    queue.shutdown(immediate=True)
    assert queue.empty()


class Thing:
    """Something that a weak reference can be made to."""


@KINDS
def test_nothing_is_kept_after_delivery(kind: type[Queue[Any]]) -> None:
    """A weak reference to an item dies when the thread that got it drops it."""
    queue = kind(1)
    item = Thing()
    remembered = weakref.ref(item)
    queue.put(item)
    del item
    queue.get()
    assert remembered() is None


@KINDS
def test_nothing_is_kept_after_delivery_to_a_waiting_thread(kind: type[Queue[Any]]) -> None:
    """The same for an item that was handed from thread to thread."""
    queue = kind(1)
    get = Calling(lambda: weakref.ref(queue.get()))
    until_waiting(queue, getters=1)
    queue.put(Thing())
    assert get.result()() is None
    queue.put(1)
    item = Thing()
    remembered = weakref.ref(item)
    put = Calling(queue.put, item)
    until_waiting(queue, putters=1)
    queue.get()
    put.result()
    del item, put
    queue.get()
    assert remembered() is None


@KINDS
def test_nothing_is_kept_after_the_end(kind: type[Queue[Any]]) -> None:
    """A consumer that got `ShutDown` leaves nothing for the garbage collector."""
    queue = kind()
    queue.put(Thing())
    queue.shutdown()

    def consume() -> weakref.ref[Thing]:
        last = queue.get()
        with pytest.raises(ShutDown):
            queue.get()
        return weakref.ref(last)

    assert consume()() is None


@KINDS
def test_what_a_close_throws_away_dies(kind: type[Queue[Any]]) -> None:
    """An immediate shutdown lets go of what was queued."""
    queue = kind()
    item = Thing()
    remembered = weakref.ref(item)
    queue.put(item)
    del item
    queue.shutdown(immediate=True)
    assert remembered() is None


@KINDS
def test_an_item_may_put_into_its_queue_when_it_dies(kind: type[Queue[Any]]) -> None:
    """A `__del__` that uses the queue finds it usable: there is no deadlock."""
    queue = kind(1)

    class Heir:
        def __del__(self) -> None:
            queue.put_nowait("last words")

    queue.put(Heir())
    queue.get()
    assert queue.get_nowait() == "last words"


@KINDS
def test_items_thrown_away_die_outside_the_lock(kind: type[Queue[Any]]) -> None:
    """A `__del__` that waits for another thread's use of the queue comes back."""
    queue = kind()
    refused: list[BaseException] = []

    class Heir:
        def __del__(self) -> None:
            refused.append(Calling(queue.put, "last words").error())

    queue.put(Heir())
    queue.shutdown(immediate=True)
    assert [type(error) for error in refused] == [ShutDown]


@pytest.mark.parametrize("attempt", ["get", "put", "any", "over"])
def test_an_error_has_no_other_as_its_context(attempt: str) -> None:
    """`Empty`, `Full` and `ShutDown` show no error of the inside in their tracebacks."""
    queue = Queue[int](1)
    if attempt == "put":
        queue.put(1)
    if attempt == "over":
        queue.shutdown()
    attempts: dict[str, Callable[[], object]] = {
        "get": queue.get_nowait,
        "put": lambda: queue.put_nowait(2),
        "any": lambda: get_any([queue], block=False),
        "over": queue.get,
    }
    with pytest.raises((Empty, Full, ShutDown)) as caught:
        attempts[attempt]()
    assert caught.value.__context__ is None


class Moody(Queue[Any]):
    """Refuses to store what is "bad"; refuses to give while it sulks."""

    sulks = False

    def _put(self, item: Any) -> None:
        if item == "bad":
            raise ZeroDivisionError
        super()._put(item)

    def _get(self) -> Any:
        if self.sulks:
            raise ZeroDivisionError
        return super()._get()


def test_a_put_that_fails_inside_leaves_the_queue_as_it_was() -> None:
    """A subclass's `_put` that raises stores nothing and counts nothing."""
    queue = Moody(1)
    with pytest.raises(ZeroDivisionError):
        queue.put("bad")
    assert queue.qsize() == queue.unfinished_tasks == 0
    queue.put("good")
    assert queue.unfinished_tasks == 1
    assert queue.get() == "good"


def test_a_waiting_put_that_fails_inside_is_its_own_putters_error() -> None:
    """The thread that made the room gets an item and no error; the next in line gets the slot."""
    queue = Moody(1)
    queue.put("first")
    bad = Calling(queue.put, "bad")
    until_waiting(queue, putters=1)
    good = Calling(queue.put, "good")
    until_waiting(queue, putters=2)
    assert queue.get() == "first"
    assert isinstance(bad.error(), ZeroDivisionError)
    good.result()
    assert queue.get_nowait() == "good"
    assert queue.unfinished_tasks == 2


def test_a_get_that_fails_inside_leaves_the_item() -> None:
    """A subclass's `_get` that raises gives nothing, and the next try finds what was there."""
    queue = Moody(1)
    queue.put("item")
    queue.sulks = True
    with pytest.raises(ZeroDivisionError):
        queue.get()
    with pytest.raises(ZeroDivisionError):
        get_any([queue])
    assert queue.qsize() == 1
    queue.sulks = False
    assert queue.get_nowait() == "item"
    until_waiting(queue, getters=0)


def test_a_waiting_get_that_fails_inside_is_its_own_getters_error() -> None:
    """The putter knows nothing of it, and the item stays."""
    queue = Moody(1)
    get = Calling(queue.get)
    until_waiting(queue, getters=1)
    queue.sulks = True
    queue.put("item")
    assert isinstance(get.error(), ZeroDivisionError)
    queue.sulks = False
    assert queue.get_nowait() == "item"


def test_items_that_cannot_be_compared_keep_a_priority_queue_usable() -> None:
    """As in the standard class, the put raises TypeError; others go on."""
    queue = PriorityQueue[Any](3)
    queue.put(1)
    with pytest.raises(TypeError):
        queue.put("a")
    assert queue.unfinished_tasks == 1
    assert queue.get() == 1


def test_without_block_any_timeout_is_accepted() -> None:
    """As in the standard class, which does not look at it."""
    queue = Queue[int](1)
    queue.put(1, False, -1)
    assert queue.get(False, -1) == 1
    with pytest.raises(Empty):
        queue.get(False, -1)


def test_a_queue_may_be_falsy() -> None:
    """A subclass with a length is compared by identity, not by its truth."""

    class Sized(Queue[int]):
        def __len__(self) -> int:
            return self.qsize()

    first, second = Sized(), Sized()
    get = Calling(lambda: get_any([first, second]))
    until_waiting(second, getters=1)
    second.put(1)
    queue, item = get.result()
    assert queue is second
    assert item == 1


def test_exceptions_are_those_of_the_standard_library() -> None:
    """Code that catches `queue.Empty` catches ours; so with `ShutDown` where there is one."""
    assert module.Empty is standard.Empty
    assert module.Full is standard.Full
    assert getattr(standard, "ShutDown", ShutDown) is ShutDown
    assert run_all([lambda: ShutDown.__name__]) == ["ShutDown"]
