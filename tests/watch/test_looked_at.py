"""Queues that are only looked at: found, named, with their depth and who waits, and left alone."""

from __future__ import annotations

import gc
import multiprocessing
import queue
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import pcsim
from pcsim.snapshot import Role, WorkerState
from pcsim.watch.agent import Agent
from pcsim.watch.looks import Looks, Program
from tests.support.threads import until

pytestmark = pytest.mark.alone
PROGRAM = Program(1, ("crawl.py",), "3.11.7", "allow", False, "/")
says_depth = pytest.mark.skipif(sys.platform == "darwin", reason="there it does not say its depth")
inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()


class Holder:
    """It has a queue as an attribute."""

    def __init__(self) -> None:
        self.tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def work(self) -> None:
        """Take one item."""
        self.tasks.get()


@pytest.fixture
def agent() -> Iterator[Agent]:
    """An agent that finds what is looked at, and no other queue."""
    gc.unfreeze()  # the app, in other tests of this process, freezes what there is: none is found
    one = Agent("allow")
    one.begin(finds=False)
    yield one
    one.restore()
    assert not one.faults


def row_of(agent: Agent, one: Any) -> dict[str, Any]:
    """The row of this queue."""
    if id(one) not in agent.looked_at.queues:
        agent.looked_at.find_at = 0.0
    agent.looked_at.begin()
    number = agent.looked_at.queues[id(one)].number
    return next(row for row in agent.look({})["looked_at"] if row["id"] == number)


def blocked_at(agent: Agent, name: str) -> Any:
    """Where the thread of this name is blocked: the queue, why, and since when."""
    threads = agent.look({})["threads"]
    return next((row["blocked"] for row in threads if row["name"] == name), None)


def test_depths_are_those_of_the_queues(agent: Agent) -> None:
    """At each look anew; a queue without a bound has the capacity 0."""
    inbox.put(1)
    try:
        assert row_of(agent, inbox).items() >= {"depth": 1, "maxsize": 0}.items()
        inbox.put(2)
        assert row_of(agent, inbox)["depth"] == 2
    finally:
        for _ in range(2):
            inbox.get()


def test_they_are_named_as_the_others() -> None:
    """By the global or the attribute that holds them."""
    agent, holder = Agent("allow"), Holder()
    agent.begin(finds=False)
    agent.look({})
    found = {one.key: one.found for one in agent.looked_at.queues.values()}
    agent.restore()
    assert found[id(inbox)][2] == "inbox"
    assert found[id(holder.tasks)] == ["attribute", "Holder", "tasks"]


def test_they_are_among_the_queues_that_are_listed() -> None:
    """Before anybody looks; a thread pool's own line of tasks is none."""
    agent = Agent("allow")
    gc.collect()  # of other tests
    before = agent.hello({})["queues"]
    made = queue.SimpleQueue[int](), pcsim.Queue[int]()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(int).result()
        assert agent.hello({})["queues"] == before + len(made)


Shared = Callable[[int], Any]


@pytest.fixture(params=["Queue", "JoinableQueue"])
def shared(request: pytest.FixtureRequest) -> Iterator[Shared]:
    """Makes queues of `multiprocessing`, and closes them."""
    made = []

    def make(maxsize: int) -> Any:
        one = getattr(multiprocessing.get_context("spawn"), request.param)(maxsize)
        made.append(one)
        return one

    yield make
    for one in made:
        one.close()
        one.join_thread()


@says_depth
def test_depth_and_capacity_of_a_shared_queue(agent: Agent, shared: Shared) -> None:
    """As it says them."""
    bounded, unbounded = shared(3), shared(0)
    bounded.put(1)
    assert row_of(agent, bounded).items() >= {"depth": 1, "maxsize": 3}.items()
    assert row_of(agent, unbounded).items() >= {"depth": 0, "maxsize": 0}.items()
    assert bounded.get(timeout=30) == 1
    assert row_of(agent, bounded)["depth"] == 0


@says_depth
@pytest.mark.parametrize("timeout", [None, 30.0])
def test_threads_blocked_at_a_shared_queue(
    agent: Agent, shared: Shared, timeout: float | None
) -> None:
    """In `get` of an empty one, in `put` of a full one, with a timeout and without."""
    one = shared(1)
    number = row_of(agent, one)["id"]
    reader = threading.Thread(target=one.get, args=(True, timeout), name="shared reader")
    reader.start()
    until(lambda: (blocked_at(agent, "shared reader") or ())[:2] == (number, "empty"))
    one.put(1)
    reader.join()
    one.put(2)
    writer = threading.Thread(target=one.put, args=(3, True, timeout), name="shared writer")
    writer.start()
    until(lambda: (blocked_at(agent, "shared writer") or ())[:2] == (number, "full"))
    assert one.get(timeout=30) == 2
    writer.join()
    assert one.get(timeout=30) == 3


def test_a_queue_that_does_not_say_its_depth_is_numbered(agent: Agent) -> None:
    """As one that is a pipe, or any on macOS."""
    before = agent.look({})["unwatched"].get("silent", 0)
    one = multiprocessing.get_context("spawn").SimpleQueue()
    agent.looked_at.find_at = 0.0
    assert agent.look({})["unwatched"]["silent"] == before + 1
    one.close()


def takes_from_global() -> None:
    """A thread that waits at a global."""
    inbox.get()


def test_a_reader_that_waits_is_seen(agent: Agent) -> None:
    """For as long as it does; it gets its item, and is known to read the queue from then on."""
    one, is_let_go = inbox, threading.Event()

    def run() -> None:
        takes_from_global()
        is_let_go.wait()

    thread = threading.Thread(target=run, name="reader")
    thread.start()
    number = agent.looked_at.queues[id(one)].number if agent.looked_at.queues else None
    number = number or row_of(agent, one)["id"]
    until(lambda: (blocked_at(agent, "reader") or ())[:2] == (number, "empty"))
    since = blocked_at(agent, "reader")[2]
    assert blocked_at(agent, "reader")[2] >= since
    one.put(1)
    until(lambda: blocked_at(agent, "reader") is None)
    row = next(row for row in agent.look({})["threads"] if row["name"] == "reader")
    assert row["reads"] == [number]
    assert row["sampled"][1] > 0
    is_let_go.set()
    thread.join()
    assert all(row["name"] != "reader" for row in agent.look({})["threads"])


def test_a_reader_by_an_attribute_is_seen(agent: Agent) -> None:
    """The call is followed through plain attributes."""
    holder = Holder()
    thread = threading.Thread(target=holder.work, name="holder")
    thread.start()
    until(lambda: (blocked_at(agent, "holder") or ("", ""))[1] == "empty")
    holder.tasks.put(1)
    thread.join()


class Computed:
    """It counts how often its property is read."""

    reads = 0

    @property
    def tasks(self) -> queue.SimpleQueue[Any]:
        """The queue."""
        self.reads += 1
        return inbox


def test_no_code_of_the_program_is_run(agent: Agent) -> None:
    """A property that gives the queue is not read: its reader is not said to wait."""
    computed = Computed()
    row_of(agent, inbox)
    thread = threading.Thread(target=lambda: computed.tasks.get(), name="computed")
    thread.start()
    until(lambda: computed.reads == 1)
    assert blocked_at(agent, "computed") is None
    assert computed.reads == 1
    inbox.put(1)
    thread.join()


def test_nothing_is_left_of_it() -> None:
    """No reference, weak or not, and what is gone is forgotten."""
    agent = Agent("allow")
    agent.begin(finds=False)
    one: queue.SimpleQueue[Any] = queue.SimpleQueue()
    held: list[queue.SimpleQueue[Any]] = [queue.SimpleQueue()]
    agent.look({})
    assert id(one) in agent.looked_at.queues
    key = id(held[0])
    assert key in agent.looked_at.queues
    held.clear()
    assert key not in agent.looked_at.queues
    agent.restore()
    assert weakref.getweakrefcount(one) == 0
    assert not agent.looked_at.queues


def test_rows_are_not_counted(agent: Agent) -> None:
    """No rate is claimed of the queue or of its reader, no total, and not when a wait ended."""
    thread = threading.Thread(target=takes_from_global, name="uncounted")
    row_of(agent, inbox)
    looks = Looks(PROGRAM, 2)
    look = agent.look({})
    assert looks.lacks_names(look)
    looks.learn_names(agent.names({}))
    assert looks.begin(look).is_counted
    thread.start()
    until(lambda: blocked_at(agent, "uncounted") is not None)
    shown = looks.snapshot(agent.look({}))
    inbox.put(1)
    thread.join()
    (row,) = [row for row in shown.queues if row.name.endswith("inbox")]
    assert (row.depth, row.capacity, row.is_counted) == (0, None, False)
    assert row.throughput(1.0) is row.put_rate(1.0) is None
    (worker,) = [one for one in shown.workers if one.name == "uncounted"]
    assert (worker.role, worker.state, worker.queue) == (
        Role.CONSUMER,
        WorkerState.BLOCKED,
        row.name,
    )
    assert not looks.events.since(0).events
    assert not worker.is_counted
    assert not shown.is_counted
    assert shown.totals == type(shown.totals)()
