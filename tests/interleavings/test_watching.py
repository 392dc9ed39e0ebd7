"""Watching begins and ends while threads put and get: nothing is lost, doubled or left waiting."""

from __future__ import annotations

import queue

from pcsim import testing
from pcsim.watch.agent import Agent

MODULES = ("pcsim.watch.agent",)


def put_all(one: queue.Queue[int], items: int) -> None:
    """Put as many numbers."""
    for number in range(items):
        one.put(number)


def get_all(one: queue.Queue[int], items: int, taken: list[int]) -> None:
    """Take as many, each noted before the next is waited for."""
    for _ in range(items):
        item = one.get()
        taken.append(item)


def traffic_while_it_is_watched(capacity: int, items: int, times: int) -> None:
    """One putter, one getter, and a viewer that comes and goes."""
    one: queue.Queue[int] = queue.Queue(capacity)
    agent = Agent("allow")
    taken: list[int] = []
    looks: list[tuple[int, int, int]] = []

    def put() -> None:
        put_all(one, items)

    def get() -> None:
        get_all(one, items, taken)

    def watch() -> None:
        for _ in range(times):
            agent.begin(finds=False)
            book = agent.watch(one, None)
            if book is not None:
                puts, gets, *_ = book.read()
                looks.append((book.depth_at_first, puts, gets))
            agent.restore()

    testing.threads(put, get, watch)
    assert taken == list(range(items))
    assert not list(agent.faults), list(agent.faults)
    for first, puts, gets in looks:
        assert 0 <= first + puts - gets <= max(capacity, 1)


@testing.explore(schedules=300, modules=MODULES)
def test_a_viewer_comes_and_goes() -> None:
    """At any time."""
    traffic_while_it_is_watched(1, 3, 2)


@testing.explore(schedules=100, modules=MODULES, grain="looks")
def test_a_viewer_comes_and_goes_without_a_global_lock() -> None:
    """The same, without Python's lock."""
    traffic_while_it_is_watched(1, 2, 1)


@testing.explore(schedules=200, modules=MODULES)
def test_what_is_watched_all_the_time_is_counted_exactly() -> None:
    """Each put, each get, and nobody stands anywhere in the end."""
    agent = Agent("exec")
    agent.begin(finds=False)
    one: queue.Queue[int] = queue.Queue(1)
    taken: list[int] = []
    testing.threads(
        lambda: put_all(one, 2),
        lambda: put_all(one, 1),
        lambda: get_all(one, 3, taken),
    )
    (book,) = agent.books.values()
    puts, gets, wait_sum, *_ = book.read()
    assert (puts, gets, len(book.stamps)) == (3, 3, 0)
    assert wait_sum >= 0
    assert sorted(taken) == [0, 0, 1]
    assert all(cell[5] is None for cell in book.cells)
    agent.restore()
    assert not agent.faults
