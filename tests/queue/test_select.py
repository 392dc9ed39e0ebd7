"""`get_any` takes from the first of several queues that has an item."""

from __future__ import annotations

import queue as standard
import random
from collections import Counter
from typing import Any

import pytest

from pcsim.queue import Empty, Queue, ShutDown, get_any
from tests.support.cases import case
from tests.support.queues import ROADS
from tests.support.threads import Calling, until_waiting


@ROADS
def test_get_any_says_which_queue(kind: type[Queue[int]]) -> None:
    """It returns the queue and its item, and takes from no other."""
    queues = [kind() for _ in range(3)]
    queues[1].put(7)
    queue, item = get_any(iter(queues))
    assert queue is queues[1]
    assert item == 7
    assert all(one.empty() for one in queues)


def check_fairness(kind: type[Queue[int]], number: int, seed: int) -> None:
    """Check the share of each queue that always has an item."""
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
@pytest.mark.parametrize("number", [2, 3, 7])
def test_get_any_starves_no_queue(kind: type[Queue[int]], number: int) -> None:
    """Every queue of n that always has an item gets at least 1/(2n) of all gets."""
    for seed in range(3):
        with case(seed):
            check_fairness(kind, number, seed)


def check_service_at(kind: type[Queue[str]], position: int) -> None:
    """Check that an item in the queue at this position ends the wait."""
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


@ROADS
def test_get_any_waits_on_all_and_is_served_by_any(kind: type[Queue[str]]) -> None:
    """An item in whichever queue ends the wait, and the waiter leaves every line."""
    for position in range(4):
        with case(position):
            check_service_at(kind, position)


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
