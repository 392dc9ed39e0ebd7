"""`Queue.queue`, for code that reaches inside: it looks like a deque, and slots stay right."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcsim.queue import Empty, Full, Queue
from tests.support.threads import Calling, until_waiting


def filled(*items: int, maxsize: int = 3) -> Queue[int]:
    queue = Queue[int](maxsize)
    for item in items:
        queue.put_nowait(item)
    return queue


def test_a_queue_emptied_under_its_mutex_takes_as_many_again() -> None:
    """As everybody writes it."""
    queue = filled(1, 2, 3)
    with queue.mutex:
        queue.queue.clear()
    assert queue.empty()
    for item in range(3):
        queue.put_nowait(item)
    with pytest.raises(Full):
        queue.put_nowait(3)
    assert [queue.get_nowait() for _ in range(3)] == [0, 1, 2]


def test_emptying_it_lets_in_threads_that_wait_for_a_slot() -> None:
    """The standard class forgets them until the next get."""
    queue = filled(1, 2, 3)
    putters = [Calling(queue.put, number) for number in (4, 5)]
    until_waiting(queue, putters=2)
    with queue.mutex:
        queue.queue.clear()
    for putter in putters:
        putter.result()
    assert sorted([queue.get_nowait(), queue.get_nowait()]) == [4, 5]


def test_what_is_put_in_from_inside_goes_beyond_the_capacity() -> None:
    """And no further put is let in until it is below again."""
    queue = filled(1, 2, 3)
    queue.queue.append(4)
    queue.queue.appendleft(0)
    assert queue.qsize() == 5
    for expected in (0, 1):
        assert queue.get_nowait() == expected
        with pytest.raises(Full):
            queue.put_nowait(9)
    assert queue.get_nowait() == 2
    queue.put_nowait(9)


def test_what_is_put_in_from_inside_is_given_to_waiting_threads() -> None:
    """No notification is needed."""
    queue = Queue[int](2)
    getter = Calling(queue.get)
    until_waiting(queue, getters=1)
    queue.queue.append(7)
    assert getter.result() == 7


def test_it_can_be_looked_at_like_a_deque() -> None:
    """By its length, its items, and in words."""
    queue = filled(1, 2, 3)
    inside = queue.queue
    assert (len(inside), inside[0], inside[-1], list(inside)) == (3, 1, 3, [1, 2, 3])
    assert 2 in inside
    assert bool(inside)
    assert inside == deque([1, 2, 3]) == inside.copy()
    assert inside == filled(1, 2, 3).queue != deque([1])
    assert repr(inside) == "deque([1, 2, 3])"
    assert (inside.count(2), inside.index(3), inside.maxlen) == (1, 2, None)
    with pytest.raises(TypeError):
        hash(inside)
    for wrong in (inside.__getitem__, inside.__delitem__, inside.pop):
        with pytest.raises(IndexError):
            wrong(5)


CHANGES: dict[str, Callable[[Any, int], object]] = {
    "append": lambda inside, number: inside.append(number),
    "appendleft": lambda inside, number: inside.appendleft(number),
    "extend": lambda inside, number: inside.extend([number, number + 1]),
    "extendleft": lambda inside, number: inside.extendleft([number, number + 1]),
    "insert": lambda inside, number: inside.insert(number % 4, number),
    "pop": lambda inside, _: inside.pop() if inside else None,
    "popleft": lambda inside, _: inside.popleft() if inside else None,
    "delete": lambda inside, number: inside.__delitem__(number % len(inside)) if inside else None,
    "set": lambda inside, number: inside.__setitem__(0, number) if inside else None,
    "remove": lambda inside, _: inside.remove(inside[0]) if inside else None,
    "reverse": lambda inside, _: inside.reverse(),
    "rotate": lambda inside, number: inside.rotate(number % 3),
    "clear": lambda inside, _: inside.clear(),
}


@given(st.lists(st.tuples(st.sampled_from([*CHANGES, "put", "get"]), st.integers(0, 20))))
def test_it_changes_as_a_deque_does_and_the_capacity_holds(steps: list[tuple[str, int]]) -> None:
    """Whatever was done inside, as many puts are let in as there is room for."""
    queue, model = Queue[int](4), deque[int]()
    for step, number in steps:
        if step == "put":
            if len(model) < 4:
                model.append(number)
                queue.put_nowait(number)
            else:
                with pytest.raises(Full):
                    queue.put_nowait(number)
        elif step == "get":
            if model:
                assert queue.get_nowait() == model.popleft()
            else:
                with pytest.raises(Empty):
                    queue.get_nowait()
        else:
            CHANGES[step](model, number)
            CHANGES[step](queue.queue, number)
        assert queue.queue == model
        assert queue.qsize() == len(model)
