"""The agent: it counts what a program does with its queues, and changes nothing of it."""

from __future__ import annotations

import asyncio
import gc
import math
import queue
import sys
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures.thread import ThreadPoolExecutor, _WorkItem
from typing import Any

import pytest

import pcsim
from pcsim.watch import agent as agent_module
from pcsim.watch.agent import READS_VARIABLES, Agent
from tests.support.threads import until

KINDS = (queue.Queue, queue.LifoQueue, queue.PriorityQueue)


@pytest.fixture
def agent() -> Iterator[Agent]:
    """An agent that watches the queues that it is given, and those made while it does."""
    one = Agent("allow")
    one.looked_at.find_at = math.inf
    one.begin(finds=False)
    yield one
    one.restore()
    assert not one.faults


def looked(agent: Agent, number: int = 0) -> dict[str, Any]:
    """The row of a queue."""
    row: dict[str, Any] = agent.look({})["queues"][number]
    return row


def row_of(agent: Agent, one: Any) -> dict[str, Any]:
    """The row of this queue, among others that there may be."""
    number = agent.books[id(one)].number
    rows = agent.look({})["queues"]
    return next(row for row in rows if row["id"] == number)


@pytest.mark.parametrize("kind", KINDS)
def test_every_put_and_get_is_counted(agent: Agent, kind: type[Any]) -> None:
    """Of all three classes, with blocking and without, by a method that was taken before too."""
    one = kind(3)
    put = one.put
    one.put(1)
    one.put_nowait(2)
    put(3)
    with pytest.raises(queue.Full):
        one.put_nowait(4)
    assert one.get() + one.get(timeout=1) in (3, 5)
    row = looked(agent)
    assert (row["puts"], row["gets"], row["depth"], row["peak"]) == (3, 2, 1, 3)
    (thread,) = agent.look({})["threads"]
    assert thread["cells"][row["id"]][:2] == (3, 2)
    assert thread["name"] == threading.current_thread().name


def test_times_are_those_of_the_queue(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """How long items waited, and how long it was full and empty."""
    now = [100.0]
    monkeypatch.setattr(agent_module, "clock", lambda: now[0])
    one: queue.Queue[int] = queue.Queue(1)
    now[0] = 101.0
    one.put(1)  # empty for 1 s
    now[0] = 105.0
    one.get()  # full for 4 s
    now[0] = 107.0
    row = looked(agent)
    assert (row["empty"], row["empty_since"]) == (1.0, 105.0)
    assert (row["full"], row["full_since"]) == (4.0, None)
    assert row["wait_sum"] == row["longest"] == 4.0


def test_a_last_in_first_out_queue_gives_each_item_its_own_time(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The item that came last goes first."""
    now = [0.0]
    monkeypatch.setattr(agent_module, "clock", lambda: now[0])
    one: queue.LifoQueue[int] = queue.LifoQueue()
    for now[0] in (1.0, 2.0):
        one.put(0)
    now[0] = 5.0
    one.get()
    row = looked(agent)
    assert (row["wait_sum"], row["oldest"]) == (3.0, 1.0)


@pytest.mark.parametrize("is_before", [True, False])
def test_a_blocked_thread_is_seen_whenever_it_came(is_before: bool) -> None:
    """One that waits in `get` when the watching begins is not disturbed, and gets its item."""
    agent = Agent("allow")
    one: queue.Queue[int] = queue.Queue()
    got: list[int] = []
    thread = threading.Thread(target=lambda: got.append(one.get()), name="reader")
    if is_before:
        thread.start()
        until(lambda: bool(one.not_empty._waiters))  # type: ignore[attr-defined]
    agent.begin(finds=False)
    agent.watch(one, None)
    agent._note_standing(agent.books.values())
    if not is_before:
        thread.start()
        until(lambda: bool(one.not_empty._waiters))  # type: ignore[attr-defined]
    (row,) = agent.look({})["threads"]
    number = looked(agent)["id"]
    assert (row["name"], row["blocked"][:2]) == ("reader", (number, "empty"))
    one.put(7)
    thread.join()
    assert got == [7]
    rows = {row["name"]: row for row in agent.look({})["threads"]}
    assert "reader" not in rows or rows["reader"]["blocked"] is None
    agent.restore()
    assert not agent.faults


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_taken_back(kind: type[Any]) -> None:
    """Conditions, classes and the making of queues are as they were, and items stay."""
    made = queue.Queue.__init__
    agent = Agent("allow")
    one = kind()
    before = [one.not_empty, one.not_full]
    inside = [dict(vars(condition)) for condition in before]
    agent.begin(finds=False)
    agent.watch(one, None)
    one.put(1)
    assert one.not_empty is not before[0]
    assert isinstance(one.not_empty, threading.Condition)
    assert repr(one.not_empty) == repr(before[0])
    agent.restore()
    assert [one.not_empty, one.not_full] == before
    assert [vars(condition) for condition in before] == inside
    assert queue.Queue.__init__ is made
    assert one.get_nowait() == 1
    agent.begin(finds=False)  # and once more
    agent.watch(one, None)
    one.put(2)
    assert looked(agent)["puts"] == 1
    agent.restore()
    assert queue.Queue.__init__ is made


def test_items_that_go_past_the_conditions_are_noticed(agent: Agent) -> None:
    """At the second look that sees the same, the counts agree with the queue again."""
    one: queue.Queue[int] = queue.Queue()
    for number in range(3):
        one.put(number)
    one.queue.clear()
    looked(agent)
    row = looked(agent)
    assert (row["depth"], row["unseen_gets"], row["empty_since"] is not None) == (0, 3, True)
    one.queue.extend([1, 2])
    looked(agent)
    row = looked(agent)
    assert (row["depth"], row["unseen_puts"]) == (2, 2)


def test_a_condition_refuses_what_it_refused_before(agent: Agent) -> None:
    """To notify or to wait without the lock is an error, watched or not."""
    one: queue.Queue[int] = queue.Queue()
    with pytest.raises(RuntimeError, match="un-acquired"):
        one.not_empty.notify()
    with pytest.raises(RuntimeError, match="un-acquired"):
        one.not_full.wait()
    with one.not_empty:
        assert not one.not_empty.wait(0)
        one.not_empty.notify_all()
    assert looked(agent)["puts"] == 0


def test_a_queue_with_conditions_of_its_own_is_counted(agent: Agent) -> None:
    """It is not watched, and not changed."""

    class Own(queue.Queue[int]):
        def __init__(self) -> None:
            super().__init__()
            self.not_empty = threading.Condition(threading.Lock())

    one = Own()
    assert agent.watch(one, None) is None
    agent.restore()
    agent.begin(finds=False)
    assert agent.watch(one, None) is None
    assert agent.look({})["unwatched"] == {"own conditions": 1}


def test_a_queue_that_is_gone_is_forgotten_at_once(agent: Agent) -> None:
    """Nothing of the agent keeps it, not even until garbage is collected."""
    gc.disable()
    try:
        one: queue.Queue[int] = queue.Queue()
        gone = weakref.ref(one)
        del one
        assert gone() is None
        assert agent.books == {}
    finally:
        gc.enable()


def test_nothing_is_kept_without_a_bound(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that have ended are added up, and waiting times that nobody fetches are let go."""
    monkeypatch.setattr(agent_module, "MOST_CELLS", 4)
    one: queue.Queue[int] = queue.Queue()
    agent.books[id(one)].most_cells = 4

    def worker() -> None:
        one.put(1)

    for _ in range(20):
        thread = threading.Thread(target=worker)
        thread.start()
        thread.join()
    assert len(agent.books[id(one)].cells) <= 4
    answer = agent.look({})
    ended = sum(entry[2] for entry in answer["ended"])
    assert ended + sum(t["cells"][answer["queues"][0]["id"]][0] for t in answer["threads"]) == 20
    assert {entry[1].rpartition(".")[2] for entry in answer["ended"]} == {"worker"}


def test_only_so_many_queues_are_watched(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is counted."""
    agent.look({})
    most = len(agent.books) + 2
    monkeypatch.setattr(agent_module, "MOST_QUEUES", most)
    queues = [queue.Queue[int]() for _ in range(5)]
    ours = [pcsim.Queue[int]() for _ in range(2)]
    for one in ours * 2:
        one.put(1)
    assert len(agent.books) == most
    assert agent.look({})["unwatched"] == {"more": len(queues) - 2 + len(ours)}


def test_a_recording_has_each_item_and_each_wait(agent: Agent) -> None:
    """Who put it and who got it; what came before has nobody. Nothing is noted without one."""
    one: queue.Queue[int] = queue.Queue()
    one.put(1)
    agent.begin_record({})
    one.put(2)
    taker = threading.Thread(target=lambda: [one.get() for _ in range(3)])
    taker.start()
    until(lambda: bool(one.not_empty._waiters))  # type: ignore[attr-defined]
    one.put(3)
    taker.join()
    noted = agent.items({})
    number = looked(agent)["id"]
    by = {row["name"]: row["id"] for row in agent.look({})["threads"]}
    mine, theirs = by[threading.current_thread().name], set(by.values())
    assert [item[0] for item in noted["items"]] == [number] * 3
    assert [item[2] for item in noted["items"]] == [0, mine, mine]
    assert {item[4] for item in noted["items"]} == theirs - {mine}
    assert all(item[1] <= item[3] for item in noted["items"])
    ((_, at, reason, begin, end),) = noted["waits"]
    assert (at, reason, begin <= end) == (number, "empty", True)
    assert (noted["lost"], noted["more"]) == ([0, 0], 0)
    agent.end_record({})
    one.put(4)
    one.get()
    assert agent.items({})["items"] == []


def test_what_a_recording_loses_is_counted(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody fetches it in time, the oldest goes."""
    monkeypatch.setattr(agent_module, "MOST_LOGGED", 10)
    small = Agent("allow")
    agent.restore()
    small.begin(finds=False)
    one: queue.Queue[int] = queue.Queue()
    small.begin_record({})
    for number in range(25):
        one.put(number)
        one.get()
    noted = small.items({})
    assert (len(noted["items"]), noted["lost"]) == (10, [15, 0])
    small.restore()


def test_answers_are_refused_in_words(agent: Agent) -> None:
    """Of another version, or where there is no such question."""
    assert agent.answer({"ask": "look", "protocol": 99})["error"] == "protocol"
    assert agent.answer({"ask": "x", "protocol": 1})["error"] == "unknown request"
    assert agent.answer({"ask": ["look"], "protocol": 1})["error"] == "unknown request"
    assert "pid" in agent.answer({"ask": "hello"})


def test_the_items_of_a_queue_are_short_texts(agent: Agent) -> None:
    """Whatever they are, and only where they are asked for."""

    class Bad:
        def __repr__(self) -> str:
            raise SystemError("no")

        __class__ = property(__repr__)

    one: queue.Queue[Any] = queue.Queue()
    one.put("secret" * 100)
    one.put(Bad())
    number = looked(agent)["id"]
    assert "secret" not in str(agent.look({}))
    texts = [text for text, _ in agent.detail({"id": number})["items"]]
    assert len(texts[0]) < 100
    assert texts[1] == "<Bad: its repr raises>"
    assert agent.detail({"id": number, "limit": 1})["depth"] == 2
    assert agent.detail({"id": -1})["items"] == []


class Holder:
    """It has queues as attributes, alone and in containers."""

    def __init__(self) -> None:
        self.inbox: queue.Queue[int] = queue.Queue()
        self.lanes = [queue.Queue[int](), queue.Queue[int]()]
        self.by_name = {"high": queue.Queue[int]()}


def test_queues_that_exist_are_found_and_named() -> None:
    """By attributes, elements, globals and local variables of running functions."""
    holder = Holder()
    local: queue.Queue[int] = queue.Queue()
    watched = [holder.inbox, *holder.lanes, holder.by_name["high"], local]
    agent = Agent("allow")
    agent.begin()
    found = {id(one): agent.books[id(one)].found for one in watched}
    agent.restore()
    names = [found[id(one)][2] for one in watched if one is not local]
    assert names == ["inbox", "lanes[0]", "lanes[1]", "by_name['high']"]
    assert {found[id(one)][1] for one in watched if one is not local} == {"Holder"}
    # The local variable, or the list of queues that the test keeps.
    assert found[id(local)] is None or READS_VARIABLES
    assert not READS_VARIABLES or found[id(local)][0] == "local"
    assert not agent.faults
    assert sys.getrefcount(holder) < 10


def work(gate: threading.Event) -> None:
    """A task."""
    gate.wait()


@pytest.mark.parametrize("is_before", [True, False])
def test_a_thread_pool_is_a_queue_of_tasks(is_before: bool) -> None:
    """Whether it was there before or not: tasks that wait, workers named by what they run, how long
    they are idle; and nothing of it stays."""
    functions = ThreadPoolExecutor.submit, vars(_WorkItem)["run"]
    agent, gate = Agent("allow"), threading.Event()
    pool = ThreadPoolExecutor(1)
    if is_before:
        pool.submit(gate.wait)
        pool.submit(work, gate)
    agent.begin(finds=False)
    agent.begin_others()
    if not is_before:
        pool.submit(gate.wait)
        until(lambda: row_of(agent, pool._work_queue)["gets"] == 1)
        pool.submit(work, gate)
    row = row_of(agent, pool._work_queue)
    assert (row["depth"], row["first_depth"]) == (1, int(is_before))
    gate.set()
    pool.submit(work, gate).result()

    def is_idle() -> bool:
        threads = {t["target"]: t for t in agent.look({})["threads"]}
        return "work" in threads and threads["work"]["blocked"] is not None

    until(is_idle)
    row = row_of(agent, pool._work_queue)
    assert (row["depth"], row["puts"] - row["gets"]) == (0, -int(is_before))
    pool.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(work, gate)
    assert row_of(agent, pool._work_queue)["puts"] == row["puts"]
    agent.restore()
    assert (ThreadPoolExecutor.submit, vars(_WorkItem)["run"]) == functions
    assert not agent.faults


@pytest.mark.parametrize("kind", [asyncio.Queue, asyncio.LifoQueue, asyncio.PriorityQueue])
async def test_queues_of_asyncio_are_watched(kind: type[Any]) -> None:
    """Tasks are what puts and gets; the class is as it was afterwards."""
    functions = {name: vars(asyncio.Queue)[name] for name in ("put", "get", "put_nowait")}
    agent = Agent("allow")
    one = kind(2)
    one.put_nowait(0)
    agent.begin(finds=False)
    agent.begin_others()
    got: list[int] = []

    async def write() -> None:
        for number in range(1, 5):
            await one.put(number)

    async def read() -> None:
        while True:
            got.append(await one.get())

    writer = asyncio.create_task(write(), name="the writer")
    while not one._putters:
        await asyncio.sleep(0)
    row = row_of(agent, one)
    assert (row["depth"], row["first_depth"], row["puts"]) == (2, 1, 1)
    (thread,) = (t for t in agent.look({})["threads"] if str(row["id"]) in map(str, t["cells"]))
    assert (thread["name"], thread["target"]) == ("the writer", "write")
    assert thread["blocked"][:2] == (row["id"], "full")
    reader = asyncio.create_task(read())
    await writer
    while len(got) < 5:
        await asyncio.sleep(0)
    row = row_of(agent, one)
    assert (row["depth"], row["puts"], row["gets"]) == (0, 4, 5)
    threads = {thread["target"]: thread for thread in agent.look({})["threads"]}
    assert threads["read"]["blocked"][:2] == (row["id"], "empty")
    reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    assert all(thread["blocked"] is None for thread in agent.look({})["threads"])
    agent.restore()
    assert {name: vars(asyncio.Queue)[name] for name in functions} == functions
    assert not agent.faults
