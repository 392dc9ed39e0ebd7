"""What a queue promises beyond the standard library's own tests of it."""

from __future__ import annotations

import gc
import queue as standard
import random
import threading
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pcsim.queue import Empty, Full, LifoQueue, PriorityQueue, Queue, ShutDown, get_any
from pcsim.queue import core as module
from tests.support.threads import Calling, run_all, script_waiting, until_waiting

KINDS = pytest.mark.parametrize("kind", [Queue, LifoQueue, PriorityQueue])


class Plain(Queue[Any]):
    """A subclass that replaces a hook by its like: every operation goes under the mutex."""

    def _put(self, item: Any) -> None:
        self.queue.append(item)


ROADS = pytest.mark.parametrize("kind", [Queue, Plain])
"""The fast road and the one that calls hooks."""


class Thing:
    """Something that a weak reference can be made to."""


class Interrupted(BaseException):
    """A KeyboardInterrupt that no test runner takes for its own."""


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """What dies here dies because nothing refers to it."""
    gc.disable()
    yield
    gc.enable()


# Capacity.


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


@ROADS
@pytest.mark.parametrize("maxsize", [3, 0])
def test_a_higher_capacity_lets_the_waiting_in(kind: type[Queue[int]], maxsize: int) -> None:
    """Putters that wait for a slot get one as soon as there is one."""
    queue = kind(1)
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
    queue._free = Snatched([None])  # type: ignore[assignment]
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
    assert queue._slots == 5


# Timeouts.


@KINDS
@pytest.mark.parametrize("timeout", [float("nan"), float("inf"), -1, -0.001])
def test_a_timeout_that_is_no_time_is_refused(kind: type[Queue[int]], timeout: float) -> None:
    """It is an error whether or not there is room or an item, so that it shows at once."""
    queue = kind(1)
    with pytest.raises(ValueError, match="timeout"):
        queue.put(1, timeout=timeout)
    with pytest.raises(ValueError, match="timeout"):
        queue.get(timeout=timeout)
    with pytest.raises(ValueError, match="timeout"):
        get_any([queue], timeout=timeout)
    assert queue.empty()
    queue.put(1)
    with pytest.raises(ValueError, match="timeout"):
        queue.put(2, timeout=timeout)
    with pytest.raises(ValueError, match="timeout"):
        queue.get(timeout=timeout)
    assert queue.get() == 1


@KINDS
def test_a_timeout_may_be_longer_than_a_lock_can_wait(kind: type[Queue[int]]) -> None:
    """A thousand years are cut to the longest wait there is."""
    queue = kind(1)
    queue.put(1, timeout=1e12)
    assert queue.get(timeout=1e12) == 1
    get = Calling(lambda: queue.get(timeout=1e12))
    until_waiting(queue, getters=1)
    queue.put(2)
    assert get.result() == 2


@KINDS
@pytest.mark.parametrize("timeout", [0, 0.001])
def test_a_thread_that_waited_in_vain_leaves_the_line(
    kind: type[Queue[int]], timeout: float
) -> None:
    """After `Empty` or `Full` nobody waits there, and nothing has changed."""
    queue = kind(1)
    with pytest.raises(Empty):
        queue.get(timeout=timeout)
    queue.put(1)
    with pytest.raises(Full):
        queue.put(2, timeout=timeout)
    until_waiting(queue, getters=0, putters=0)
    assert queue.get_nowait() == 1
    assert queue.empty()


@ROADS
def test_an_item_that_comes_as_time_runs_out_is_got(
    kind: type[Queue[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A get whose time runs out after it was served returns the item; it is not lost."""
    queue = kind()

    def served_too_late_to_wake() -> bool:
        queue.put("the item")
        return False

    script_waiting(monkeypatch, served_too_late_to_wake)
    assert queue.get(timeout=1) == "the item"
    assert queue.empty()


@ROADS
def test_a_slot_that_comes_as_time_runs_out_is_used(
    kind: type[Queue[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A put whose time runs out after it was served has put, and says so by not raising."""
    queue = kind(1)
    queue.put(1)

    def served_too_late_to_wake() -> bool:
        assert queue.get() == 1
        return False

    script_waiting(monkeypatch, served_too_late_to_wake)
    queue.put(2, timeout=1)
    assert queue.get_nowait() == 2


@ROADS
@pytest.mark.parametrize("seed", range(3))
def test_a_timed_get_against_a_put_loses_nothing(kind: type[Queue[int]], seed: int) -> None:
    """Whatever the race between them, each item is got by somebody, once and in order."""
    queue = kind()
    random_wait = random.Random(seed).random

    def get_all() -> list[int]:
        got: list[int] = []
        while True:
            try:
                got.append(queue.get(timeout=random_wait() * 1e-4))
            except Empty:
                continue
            except ShutDown:
                return got

    gets = Calling(get_all)
    for number in range(1_000):
        queue.put(number)
    queue.shutdown()
    assert gets.result() == list(range(1_000))


# Items.


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
def test_nothing_is_kept_after_delivery_to_somebody_waiting(kind: type[Queue[Any]]) -> None:
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


# Subclasses.


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


def test_a_waiting_put_that_fails_inside_is_its_own_putter_s_error() -> None:
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


def test_a_waiting_get_that_fails_inside_is_its_own_getter_s_error() -> None:
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


def test_unfinished_tasks_can_be_set_as_in_the_standard_class() -> None:
    """Code that empties a queue under its mutex notifies the condition."""
    queue = Queue[int]()
    for number in range(5):
        queue.put(number)
    with queue.mutex:
        queue.queue.clear()
        queue.unfinished_tasks = 0
        queue.all_tasks_done.notify_all()
    queue.join()
    queue.put(1)
    assert queue.unfinished_tasks == 1
    queue.task_done()
    queue.join()


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


# Interrupts.


@ROADS
def test_an_interrupted_get_leaves_the_line(
    kind: type[Queue[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that was interrupted while waiting is not served; the next item is for others."""

    def interrupt() -> bool:
        raise Interrupted

    queue, other = kind(1), kind(1)
    with monkeypatch.context() as patch:
        script_waiting(patch, interrupt)
        with pytest.raises(Interrupted):
            queue.get()
        with pytest.raises(Interrupted):
            get_any([other, queue])
    until_waiting(queue)
    until_waiting(other)
    queue.put(1)
    assert queue.get_nowait() == 1


@ROADS
def test_an_interrupted_get_gives_its_item_back(
    kind: type[Queue[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An item that was handed over just before the interrupt is the next to be got."""
    queue, other = kind(2), kind(2)
    gets: list[Callable[[], object]] = [queue.get, lambda: get_any([other, queue])]
    for get in gets:

        def put_and_interrupt() -> bool:
            queue.put(1)
            raise Interrupted

        with monkeypatch.context() as patch:
            script_waiting(patch, put_and_interrupt)
            with pytest.raises(Interrupted):
                get()
        assert queue.qsize() == 1
        assert other.empty()
        queue.put(2)
        assert [queue.get_nowait(), queue.get_nowait()] == [1, 2]
        with pytest.raises(Empty):
            queue.get_nowait()
    assert queue.unfinished_tasks == 4


def test_an_item_given_back_goes_to_the_next_in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that waits behind an interrupted get is served in its place."""
    queue = Queue[str](1)
    behind: list[Calling[str]] = []

    def put_and_interrupt() -> bool:
        monkeypatch.undo()
        behind.append(Calling(queue.get))
        until_waiting(queue, getters=2)
        queue.put("the item")
        raise Interrupted

    script_waiting(monkeypatch, put_and_interrupt)
    with pytest.raises(Interrupted):
        queue.get()
    assert behind[0].result() == "the item"


def test_an_item_given_back_to_a_full_queue_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has lost its slot to another; the next one that is free is not given away again."""
    queue = Queue[int](1)

    def put_twice_and_interrupt() -> bool:
        queue.put(1)
        queue.put(2)
        raise Interrupted

    with monkeypatch.context() as patch:
        script_waiting(patch, put_twice_and_interrupt)
        with pytest.raises(Interrupted):
            queue.get()
    assert queue.qsize() == 2
    assert queue.get_nowait() == 1
    with pytest.raises(Full):
        queue.put_nowait(3)
    assert queue.get_nowait() == 2
    queue.put_nowait(3)
    with pytest.raises(Full):
        queue.put_nowait(4)


@ROADS
def test_an_interrupted_put_leaves_the_line(
    kind: type[Queue[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An item whose putter was interrupted while it waited is not put later."""

    def interrupt() -> bool:
        raise Interrupted

    queue = kind(1)
    queue.put(1)
    with monkeypatch.context() as patch:
        script_waiting(patch, interrupt)
        with pytest.raises(Interrupted):
            queue.put(2)
    assert queue.get_nowait() == 1
    assert queue.empty()
    assert queue.unfinished_tasks == 1


@ROADS
def test_interrupts_use_up_no_turns(
    kind: type[Queue[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many served waiters were interrupted, those that come later are served."""
    queue = kind(1)

    def put_and_interrupt() -> bool:
        queue.put(0)
        raise Interrupted

    def get_and_interrupt() -> bool:
        queue.get()
        raise Interrupted

    for _ in range(20):
        with monkeypatch.context() as patch:
            script_waiting(patch, put_and_interrupt)
            with pytest.raises(Interrupted):
                queue.get()
            queue.get_nowait()
        queue.put(0)
        with monkeypatch.context() as patch:
            script_waiting(patch, get_and_interrupt)
            with pytest.raises(Interrupted):
                queue.put(1)
            queue.get_nowait()
    get = Calling(queue.get)
    until_waiting(queue, getters=1)
    queue.put(1)
    assert get.result() == 1
    queue.put(2)
    put = Calling(queue.put, 3)
    until_waiting(queue, putters=1)
    assert queue.get() == 2
    put.result()


# Tasks.


@ROADS
def test_join_waits_for_every_task(kind: type[Queue[int]]) -> None:
    """It comes back when `task_done` was called once for each item put, by whatever road."""
    queue = kind(1)
    queue.put(0)
    waiting = Calling(queue.put, 1)
    until_waiting(queue, putters=1)
    join = Calling(queue.join)
    queue.get()
    waiting.result()
    queue.get()
    assert queue.unfinished_tasks == 2
    queue.task_done()
    assert join.is_going_on
    queue.task_done()
    join.result()
    with pytest.raises(ValueError, match="too many"):
        queue.task_done()
    assert queue.unfinished_tasks == 0
    queue.join()


def test_a_refused_put_is_no_task() -> None:
    """`Full` and `ShutDown` leave the count of tasks alone."""
    queue = Queue[int](1)
    queue.put(1)
    with pytest.raises(Full):
        queue.put_nowait(2)
    queue.get()
    queue.shutdown()
    with pytest.raises(ShutDown):
        queue.put(3)
    assert queue.unfinished_tasks == 1


# Closing.


@KINDS
def test_a_closed_queue_gives_what_it_has(kind: type[Queue[int]]) -> None:
    """After a graceful shutdown puts are refused, gets go on until nothing is left."""
    queue = kind(2)
    queue.put(1)
    queue.put(1)
    put = Calling(queue.put, 1)
    until_waiting(queue, putters=1)
    queue.shutdown()
    assert isinstance(put.error(), ShutDown)
    with pytest.raises(ShutDown):
        queue.put_nowait(1)
    assert [queue.get(), queue.get(timeout=1)] == [1, 1]
    with pytest.raises(ShutDown):
        queue.get()
    with pytest.raises(ShutDown):
        queue.get_nowait()
    with pytest.raises(ShutDown):
        queue.put(1)


@ROADS
def test_an_immediate_close_throws_away_what_is_queued(kind: type[Queue[int]]) -> None:
    """It counts as done, so that `join` comes back; every waiting thread is woken."""
    queue = kind(2)
    queue.put(1)
    queue.put(2)
    puts = [Calling(queue.put, 3) for _ in range(20)]
    until_waiting(queue, putters=20)
    join = Calling(queue.join)
    queue.shutdown(immediate=True)
    for put in puts:
        assert isinstance(put.error(), ShutDown)
    join.result()
    assert queue.empty()
    assert queue.unfinished_tasks == 0
    with pytest.raises(ShutDown):
        queue.get()


@ROADS
@pytest.mark.parametrize("immediate", [False, True])
def test_a_close_ends_every_wait(kind: type[Queue[int]], immediate: bool) -> None:
    """All that wait for an item, at one queue or several, get `ShutDown`."""
    queue, other = kind(), kind()
    gets = [Calling(queue.get) for _ in range(10)]
    until_waiting(queue, getters=10)
    of_any = Calling(lambda: get_any([other, queue]))
    until_waiting(queue, getters=11)
    queue.shutdown(immediate)
    for get in gets:
        assert isinstance(get.error(), ShutDown)
    assert of_any.is_going_on
    other.shutdown(immediate)
    assert isinstance(of_any.error(), ShutDown)


@ROADS
def test_two_consumers_and_one_last_item(kind: type[Queue[str]]) -> None:
    """Exactly one of them gets it, the other gets `ShutDown`."""
    for _ in range(50):
        queue = kind()

        def take(queue: Queue[str] = queue) -> str:
            try:
                return queue.get()
            except ShutDown:
                return "nothing"

        takes = [Calling(take), Calling(take)]
        queue.put("the last")
        queue.shutdown()
        assert sorted(one.result() for one in takes) == ["nothing", "the last"]


class OnItsWay(Queue[Any]):
    """Closes in the middle of a put on the fast road: after its check, before its item is in."""

    immediate = False

    def close_at_the_next_put(self, immediate: bool) -> None:
        count_put = self._count_put

        def close_and_count() -> int:
            self._count_put = count_put
            self.shutdown(immediate)
            return count_put()

        self.put(None)
        self.get()
        self.task_done()
        self._count_put = close_and_count


def test_an_item_on_its_way_into_a_closing_queue_arrives() -> None:
    """A put that was let in before the close is delivered; only then is it over."""
    queue = OnItsWay()
    queue.close_at_the_next_put(immediate=False)
    queue.put("late")
    assert queue.get() == "late"
    with pytest.raises(ShutDown):
        queue.get()


def test_the_last_item_on_its_way_ends_the_wait_of_the_others() -> None:
    """It is handed to the first in line; those behind it hear that it was the last."""
    queue = OnItsWay()
    queue.close_at_the_next_put(immediate=False)
    first = Calling(queue.get)
    until_waiting(queue, getters=1)
    second = Calling(queue.get)
    until_waiting(queue, getters=2)
    queue.put("late")
    assert first.result() == "late"
    assert isinstance(second.error(), ShutDown)


def test_an_item_on_its_way_into_an_immediate_close_is_thrown_away() -> None:
    """It counts as done as well: a thread in `join` comes back, one in `get` gets `ShutDown`."""
    queue = OnItsWay()
    queue.close_at_the_next_put(immediate=True)
    get = Calling(queue.get)
    until_waiting(queue, getters=1)
    queue._count_put = _joining(queue, queue._count_put)
    queue.put("late")
    join: Calling[None] = queue.joining  # type: ignore[attr-defined]
    join.result()
    assert isinstance(get.error(), ShutDown)
    assert queue.empty()
    assert queue.unfinished_tasks == 0


def _joining(queue: Queue[Any], count_put: Callable[[], int]) -> Callable[[], int]:
    """Count a put; before it goes on, somebody waits in `join` for it."""

    def count_and_join() -> int:
        number = count_put()
        queue.joining = Calling(queue.join)  # type: ignore[attr-defined]
        waiters: Any = queue.all_tasks_done
        while not waiters._waiters:
            threading.Event().wait(0.0005)
        return number

    return count_and_join


# Several queues.


@ROADS
def test_get_any_says_which_queue(kind: type[Queue[int]]) -> None:
    """It returns the queue and its item, and takes from no other."""
    queues = [kind() for _ in range(3)]
    queues[1].put(7)
    queue, item = get_any(iter(queues))
    assert queue is queues[1]
    assert item == 7
    assert all(one.empty() for one in queues)


@ROADS
@pytest.mark.parametrize("number", [2, 3, 7])
@pytest.mark.parametrize("seed", range(3))
def test_get_any_starves_no_queue(kind: type[Queue[int]], number: int, seed: int) -> None:
    """Every queue of n that always has an item gets at least 1/(2n) of all gets."""
    chance = random.Random(seed)
    queues = [kind() for _ in range(number)]
    ready = queues[: chance.randint(1, number)]
    served: Counter[int] = Counter()
    for _ in range(2_000):
        for queue in queues:
            if queue.empty() and (queue in ready or chance.random() < 0.3):
                queue.put(0)
        served[queues.index(get_any(queues)[0])] += 1
    for queue in ready:
        assert served[queues.index(queue)] >= 2_000 / (2 * number)


@ROADS
@pytest.mark.parametrize("position", range(4))
def test_get_any_waits_on_all_and_is_served_by_any(kind: type[Queue[str]], position: int) -> None:
    """An item in whichever queue ends the wait, and the waiter leaves every line."""
    queues = [kind(1) for _ in range(4)]
    get = Calling(lambda: get_any(queues))
    for queue in queues:
        until_waiting(queue, getters=1)
    queues[position].put("here")
    queue, item = get.result()
    assert queue is queues[position]
    assert item == "here"
    for queue in queues:
        until_waiting(queue)
        queue.put_nowait("for others")
        assert queue.get_nowait() == "for others"


def test_get_any_lets_putters_in() -> None:
    """Taking an item makes room for a thread that waits to put."""
    full, empty = Queue[int](1), Queue[int](1)
    full.put(1)
    put = Calling(full.put, 2)
    until_waiting(full, putters=1)
    assert get_any([empty, full]) == (full, 1)
    put.result()
    assert get_any([empty, full]) == (full, 2)


@ROADS
def test_get_any_goes_on_when_one_closes(kind: type[Queue[int]]) -> None:
    """What is left in a closed queue is got, then the others serve; with the last it is over."""
    first, second = kind(), kind()
    first.put(1)
    first.shutdown()
    assert get_any([first, second]) == (first, 1)
    with pytest.raises(Empty):
        get_any([first, second], block=False)
    get = Calling(lambda: get_any([first, second]))
    until_waiting(second, getters=1)
    second.put(2)
    assert get.result() == (second, 2)
    second.put(3)
    second.shutdown()
    assert get_any([first, second]) == (second, 3)
    with pytest.raises(ShutDown):
        get_any([first, second])
    with pytest.raises(ShutDown):
        get_any([first, second], block=False)


@ROADS
@pytest.mark.parametrize("timeout", [0, 0.001])
def test_get_any_in_vain_leaves_every_line(kind: type[Queue[int]], timeout: float) -> None:
    """After `Empty` no queue serves a thread that is gone."""
    queues = [kind() for _ in range(3)]
    with pytest.raises(Empty):
        get_any(queues, timeout=timeout)
    with pytest.raises(Empty):
        get_any(queues, block=False)
    for queue in queues:
        until_waiting(queue)
        queue.put(1)
        assert queue.get_nowait() == 1


def test_get_any_needs_queues_that_differ() -> None:
    """None at all could only wait for ever; one listed twice would be served twice as often."""
    queue = Queue[int]()
    with pytest.raises(ValueError, match="one queue or more"):
        get_any([])
    with pytest.raises(ValueError, match="once"):
        get_any([queue, Queue[int](), queue])


class Doubling(Queue[int]):
    """Changes what it gives by overriding `get`."""

    def get(self, block: bool = True, timeout: float | None = None) -> int:
        return 2 * super().get(block, timeout)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Queue[int](), r"get_any\(\[queue\]\), not a pcsim\.Queue$"),
        (standard.Queue(), r"get_any\(\[queue\]\), not a queue\.Queue$"),
        (7, "not a builtins.int$"),
        ([standard.Queue()], "from a pcsim.Queue, not from a queue.Queue$"),
        ([Queue[int](), None], "not from a builtins.NoneType$"),
        ([Queue[int](), Doubling()], "Doubling, which overrides `get`; .* hook `_get`$"),
    ],
)
def test_get_any_says_what_it_cannot_take_from(wrong: Any, words: str) -> None:
    """Whether it would have to wait or not, and it leaves the others alone."""
    with pytest.raises(TypeError, match=words):
        get_any(wrong)
    with pytest.raises(TypeError, match=words):
        get_any(wrong, block=False, timeout=-1)


def test_get_any_gives_what_hooks_make_of_an_item() -> None:
    """At once or after a wait, an item passes the hooks of the queue it comes from."""

    class Halving(Queue[int]):
        def _get(self) -> int:
            return super()._get() // 2

    plain, halving = Queue[int](), Halving()
    halving.put(8)
    assert get_any([plain, halving]) == (halving, 4)
    get = Calling(lambda: get_any([plain, halving]))
    until_waiting(halving, getters=1)
    halving.put(6)
    assert get.result() == (halving, 3)


def test_get_any_begins_with_the_first() -> None:
    """As long as none was served, in the order in which they are listed."""
    queues = [Queue[int](), Queue[int](), Queue[int]()]
    for queue in queues:
        queue.put(0)
    assert [queues.index(get_any(queues)[0]) for _ in queues] == [0, 1, 2]


def test_get_any_shares_one_queue_among_many() -> None:
    """Threads that wait at many queues or at one of them are served in the order they came."""
    queue, other = Queue[int](), Queue[int]()
    first = Calling(lambda: get_any([other, queue])[1])
    until_waiting(queue, getters=1)
    second = Calling(queue.get)
    until_waiting(queue, getters=2)
    queue.put(1)
    queue.put(2)
    assert (first.result(), second.result()) == (1, 2)


def test_more_wait_than_are_woken_at_once() -> None:
    """Those that were not woken with the first are woken by them: nobody is forgotten."""
    queue = Queue[int]()
    gets = [Calling(queue.get) for _ in range(50)]
    until_waiting(queue, getters=50)
    for number in range(50):
        queue.put(number)
    assert sorted(get.result() for get in gets) == list(range(50))
    small = Queue[int](1)
    small.put(0)
    puts = [Calling(small.put, number) for number in range(1, 50)]
    until_waiting(small, putters=49)
    assert sorted(small.get() for _ in range(50)) == list(range(50))
    for put in puts:
        put.result()


def test_exceptions_are_those_of_the_standard_library() -> None:
    """Code that catches `queue.Empty` catches ours; so with `ShutDown` where there is one."""
    assert module.Empty is standard.Empty
    assert module.Full is standard.Full
    assert getattr(standard, "ShutDown", ShutDown) is ShutDown
    assert run_all([lambda: ShutDown.__name__]) == ["ShutDown"]
