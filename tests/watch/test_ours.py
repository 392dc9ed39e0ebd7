"""Queues of pcsim in a watched program: counted, named, and left as they are."""

from __future__ import annotations

import gc
import math
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import pcsim
from pcsim.queue.attributes import sealed_core
from pcsim.watch.agent import Agent, hook_of, our_functions
from tests.support.threads import until

pytestmark = pytest.mark.alone
Kind = Callable[[int], Any]
pages: pcsim.Queue[Any] = pcsim.Queue(2)


class Hooked(pcsim.Queue[Any]):
    """It stores its items by a hook, so it works under a lock from the beginning."""

    def _put(self, item: Any) -> None:
        super()._put(item)


class Overriding(pcsim.LifoQueue[Any]):
    """Its `put` calls that of its class."""

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        super().put(item, block, timeout)


def unsealed(maxsize: int) -> pcsim.Queue[Any]:
    """A queue into which the program has looked."""
    one: pcsim.Queue[Any] = pcsim.Queue(maxsize)
    assert one.mutex
    return one


KINDS = [pcsim.Queue, pcsim.LifoQueue, pcsim.PriorityQueue, Hooked, Overriding, unsealed]


def agent_for_ours() -> Agent:
    """One that spares itself the search for all else."""
    one = Agent("allow")
    one.others = (one.others[-1],)  # type: ignore[assignment]
    one.looked_at.find_at = math.inf
    return one


@pytest.fixture
def agent() -> Iterator[Agent]:
    """An agent that watches queues of pcsim, and finds no other."""
    gc.unfreeze()  # the app, in other tests of this process, freezes what there is
    one = agent_for_ours()
    one.begin(finds=False)
    one.begin_others()
    yield one
    one.restore()
    assert not one.faults


def row_of(agent: Agent, one: Any) -> dict[str, Any]:
    """The row of this queue."""
    number = agent.books[id(one)].number
    rows: list[dict[str, Any]] = agent.look({})["queues"]
    return next(row for row in rows if row["id"] == number)


def blocked(agent: Agent, name: str) -> Any:
    """Where the thread of this name is blocked, and why."""
    rows = agent.look({})["threads"]
    found = next((row["blocked"] for row in rows if row["name"] == name), None)
    return found and found[:2]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_new", [False, True])
def test_each_put_and_get_is_counted_once(agent: Agent, kind: Kind, is_new: bool) -> None:
    """Of those that exist and of new ones, by methods taken before and by those taken later."""
    if not is_new:
        agent.restore()
    one = kind(5)
    put, get = one.put, one.get
    one.put(7)
    if not is_new:
        agent.begin(finds=False)
        agent.begin_others()
    for number in range(4):
        put(number)
    with pytest.raises(pcsim.Full):
        one.put_nowait(4)
    taken = [get(), one.get_nowait()]
    row = row_of(agent, one)
    seen = {key: row[key] for key in ("first_depth", "puts", "gets", "depth", "maxsize", "peak")}
    assert seen == {
        "first_depth": not is_new,
        "puts": 4 + is_new,
        "gets": 2,
        "depth": 3,
        "maxsize": 5,
        "peak": 5,
    }
    assert (row["unseen_puts"], row["unseen_gets"]) == (0, 0)
    assert len(taken) == 2
    (mine,) = [t for t in agent.look({})["threads"] if row["id"] in t["cells"]]
    assert mine["cells"][row["id"]][:2] == (4 + is_new, 2)


@pytest.mark.parametrize("kind", [pcsim.Queue, pcsim.LifoQueue])
def test_nothing_is_left_of_it(kind: Kind) -> None:
    """A queue stays sealed if it was, the functions have their own code, no global is left."""
    functions = our_functions()
    codes = [one.__code__ for one in functions]
    one = kind(2)
    was_sealed = sealed_core(one) is not None
    agent = agent_for_ours()
    for _ in range(2):
        agent.begin(finds=False)
        agent.begin_others()
        assert all(f.__code__ is not code for f, code in zip(functions, codes, strict=True))
        one.put(1)
        assert one.get() == 1
        agent.look({})
        assert (sealed_core(one) is not None) == was_sealed
        agent.restore()
        assert [f.__code__ for f in functions] == codes
    assert not any(hook_of(f.__code__) in f.__globals__ for f in functions)
    assert agent.books == {}
    assert not agent.faults


@pytest.mark.parametrize("kind", KINDS)
def test_who_waits_is_seen_and_for_how_long(agent: Agent, kind: Kind) -> None:
    """A reader of an empty queue, then a writer of a full one."""
    one = kind(1)
    reader = threading.Thread(target=one.get, name="reader")
    reader.start()
    number = agent.books[id(one)].number
    until(lambda: blocked(agent, "reader") == (number, "empty"))
    one.put(1)
    reader.join()
    one.put(2)
    writer = threading.Thread(target=one.put, args=(3,), name="writer")
    writer.start()
    until(lambda: blocked(agent, "writer") == (number, "full"))
    one.get()
    writer.join()
    cells = {row["name"]: row["cells"][number] for row in agent.look({})["threads"]}
    assert cells["reader"][:2] == (0, 1)
    assert cells["reader"][3] > 0
    assert cells["writer"][:2] == (1, 0)
    assert cells["writer"][2] > 0
    row = row_of(agent, one)
    assert row["full"] > 0
    assert row["empty"] > 0
    assert one.get() == 3


@pytest.mark.parametrize("kind", [pcsim.Queue, pcsim.LifoQueue, unsealed])
def test_a_reader_from_before_is_seen_and_its_item_noticed(agent: Agent, kind: Kind) -> None:
    """It waits in the code as it was; at the next look the books agree with the queue."""
    agent.restore()
    one = kind(1)
    reader = threading.Thread(target=one.get, name="earlier")
    reader.start()
    until(lambda: agent.hello({})["blocked"] > 0)
    agent.begin(finds=False)
    agent.begin_others()
    agent._note_standing(agent.books.values())
    number = agent.books[id(one)].number
    until(lambda: blocked(agent, "earlier") == (number, "empty"))
    one.put(1)
    reader.join()
    row = row_of(agent, one)
    assert (row["puts"], row["gets"], row["unseen_gets"], row["depth"]) == (1, 0, 1, 0)
    assert blocked(agent, "earlier") is None


def test_get_any_is_counted_and_seen(agent: Agent) -> None:
    """At the queue that it takes from; while it waits, at one of them."""
    first, second = pcsim.Queue[int](), pcsim.Queue[int]()
    numbers = {agent.books[id(one)].number for one in (first, second)}
    taken: list[Any] = []

    def take() -> None:
        taken.extend(pcsim.get_any([first, second]) for _ in range(2))

    thread = threading.Thread(target=take, name="any")
    first.put(1)
    thread.start()
    until(lambda: (blocked(agent, "any") or (None,))[0] in numbers)
    second.put(2)
    thread.join()
    assert [item for _, item in taken] == [1, 2]
    assert [row_of(agent, one)["gets"] for one in (first, second)] == [1, 1]


def test_the_oldest_items_are_shown_on_request(agent: Agent) -> None:
    """And the queue stays sealed."""
    one: pcsim.Queue[Any] = pcsim.Queue()
    for item in ("a", "b", "c"):
        one.put(item)
    shown = agent.detail({"id": agent.books[id(one)].number, "limit": 2})
    assert [text for text, _ in shown["items"]] == ["'a'", "'b'"]
    assert shown["depth"] == 3
    assert sealed_core(one) is not None


def test_a_recording_has_its_items(agent: Agent) -> None:
    """With who put and took each; what came before it has nobody."""
    one: pcsim.Queue[int] = pcsim.Queue()
    one.put(1)
    agent.begin_record({})
    one.put(2)
    one.get()
    one.get()
    one.put(3)
    noted, ended = agent.items({}), agent.end_record({})
    number = agent.books[id(one)].number
    (mine,) = {row["id"] for row in agent.look({})["threads"]}
    # Other tests may have left queues with items.
    items = [(item[2], item[4]) for item in noted["items"] if item[0] == number]
    assert items == [(0, mine), (mine, mine)]
    assert noted["lost"] == [0, 0]
    assert [item[2] for item in ended["queued"] if item[0] == number] == [mine]


def test_what_goes_past_put_and_get_is_noticed(agent: Agent) -> None:
    """A shutdown that drops, at the second look; a new capacity at the first."""
    one: pcsim.Queue[int] = pcsim.Queue(3)
    for number in range(3):
        one.put(number)
    one.maxsize = 7
    assert row_of(agent, one)["maxsize"] == 7
    one.shutdown(immediate=True)
    row_of(agent, one)
    row = row_of(agent, one)
    assert (row["depth"], row["unseen_gets"], row["closed"]) == (0, 3, True)


def test_another_version_of_pcsim_is_left_alone(
    agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a function is not there by its name, the queues are numbered."""
    agent.restore()
    one = pcsim.Queue[int]()
    monkeypatch.delattr(sys.modules["pcsim.queue.locked"], "_wait_for_slot")
    agent.begin(finds=False)
    agent.looked_at.find_at = math.inf
    assert agent.look({})["unwatched"]["other pcsim"] >= 1
    assert id(one) not in agent.books


def test_they_are_named_by_globals(agent: Agent) -> None:
    """As other queues."""
    agent.look({})
    assert agent.books[id(pages)].found[2] == "pages"
