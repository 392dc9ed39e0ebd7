"""Systems of pcsim in a watched program: shown from their own books, and left alone."""

from __future__ import annotations

import json
import math
import queue
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import pcsim
from pcsim.snapshot import BlockReason, Role, Snapshot, WorkerState
from pcsim.watch import programs
from pcsim.watch.agent import Agent
from pcsim.watch.looks import Looks, Program
from tests.support import watched
from tests.support.threads import until
from tests.watch.outside.conftest import PYTHONS


class Gate:
    """Lets items through one by one."""

    def __init__(self) -> None:
        self.permits: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.passed = 0

    def __call__(self, item: Any) -> Any:
        self.permits.get()
        self.passed += 1
        return item

    def let(self, number: int) -> None:
        """Let that many more through."""
        until_passed = self.passed + number
        for _ in range(number):
            self.permits.put(None)
        until(lambda: self.passed >= until_passed)


@pytest.fixture
def agent() -> Iterator[Agent]:
    """One that finds nothing but systems, and the queues that are made from now on."""
    one = Agent("allow")
    one.others = ()  # type: ignore[assignment]
    one.looked_at.find_at = math.inf
    one.begin(finds=False)
    yield one
    one.restore()
    assert not one.faults


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def system(gate: Gate) -> Iterator[pcsim.ProducerConsumerSystem]:
    """A lister fills `jobs`; the parser hands what it takes to `pages`, and the writer waits."""
    one = pcsim.ProducerConsumerSystem()
    one.add_queue("jobs", 3)
    one.add_queue("pages", 2)
    one.add_producer("lister", iter(range(1_000)), 0.0, "jobs")
    one.add_consumer("parser", gate, 0.0, queue_names="jobs", output="pages")
    one.add_consumer("writer", lambda _: None, 0.0, queue_names="pages")
    one.start()
    yield one
    one.abort()
    for _ in range(5):
        gate.permits.put(None)
    assert one.wait_for_completion(30)


class Viewer:
    """Looks at an agent in this process as a viewer of another one does."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.looks = Looks(Program(1, ("program.py",), "3.13.0", "allow", False, "/"), 2)
        self.has_begun = False

    def look(self) -> Snapshot:
        answer = json.loads(json.dumps(self.agent.look({})))
        if self.looks.lacks_names(answer):
            self.looks.learn_names(json.loads(json.dumps(self.agent.names({}))))
        make = self.looks.snapshot if self.has_begun else self.looks.begin
        self.has_begun = True
        return make(answer)


def rows_of(snapshot: Snapshot) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows of queues and of workers by their names."""
    return {row.name: row for row in snapshot.queues}, {row.name: row for row in snapshot.workers}


def system_state(viewer: Viewer, name: str) -> WorkerState:
    """What a worker is shown to do."""
    state: WorkerState = rows_of(viewer.look())[1][name].state
    return state


def test_queues_and_workers_have_the_names_of_the_scenario(
    agent: Agent, gate: Gate, system: pcsim.ProducerConsumerSystem
) -> None:
    """With capacities, depths, who reads and writes what, and who is blocked where."""
    viewer = Viewer(agent)
    until(lambda: rows_of(viewer.look())[1]["lister"].state is WorkerState.BLOCKED)
    queues, workers = rows_of(viewer.look())
    assert {name: (row.depth, row.capacity) for name, row in queues.items()} == {
        "jobs": (3, 3),
        "pages": (0, 2),
    }
    assert [(one.role, one.inputs, one.outputs) for one in workers.values()] == [
        (Role.PRODUCER, (), ("jobs",)),
        (Role.STAGE, ("jobs",), ("pages",)),
        (Role.CONSUMER, ("pages",), ()),
    ]
    assert (workers["lister"].queue, workers["lister"].reason) == ("jobs", BlockReason.FULL)
    assert (workers["writer"].queue, workers["writer"].reason) == ("pages", BlockReason.EMPTY)
    assert (workers["parser"].state, workers["parser"].in_hand) == (WorkerState.RUNNING, 1)
    assert agent.hello({})["queues"] >= 2


def test_counts_are_those_of_the_system_since_the_first_look(
    agent: Agent, gate: Gate, system: pcsim.ProducerConsumerSystem
) -> None:
    """Not twice, and from nothing at the first look; the law of items holds."""

    def is_through(passed: int) -> bool:
        """Whether so much has come to the writer, and there is no more to do."""
        jobs, pages = system.snapshot().queues
        return (pages.got_total, jobs.put_total) == (passed, passed + 4)

    gate.let(4)
    until(lambda: is_through(4))
    viewer = Viewer(agent)
    before, _ = rows_of(viewer.look())
    gate.let(7)
    until(lambda: is_through(11))
    shown = viewer.look()
    own = system.snapshot()
    queues, workers = rows_of(shown)
    assert [(row.put_total, row.got_total) for row in before.values()] == [(0, 0), (0, 0)]
    assert [(row.put_total, row.got_total) for row in queues.values()] == [(7, 7), (7, 7)]
    assert workers["parser"].got_total - workers["parser"].put_total in (0, 1)
    assert shown.totals.accounted == shown.totals.produced + shown.totals.copied + (
        shown.totals.carried
    )
    (jobs,) = [row for row in own.queues if row.name == "jobs"]
    answer = agent.look({})["queues"]
    (found,) = [row for row in answer if row["maxsize"] == 3 and row["puts"] == jobs.put_total]
    assert found["gets"] == jobs.got_total
    assert found["wait_sum"] == pytest.approx(jobs.waiting_time.mean * jobs.got_total)
    assert sum(count for _, count in found["buckets"]) == jobs.waiting_time.count


def test_a_worker_that_uses_a_queue_of_its_own_is_one_row(agent: Agent, gate: Gate) -> None:
    """With both queues; when its system is over it is gone, and not there as a thread."""
    own: queue.Queue[Any] = queue.Queue()
    one = pcsim.ProducerConsumerSystem()
    one.add_queue("jobs", 3)
    one.add_producer("lister", iter(range(3)), 0.0, "jobs")
    one.add_consumer("sender", lambda item: own.put(gate(item)), 0.0, queue_names="jobs")
    one.start()
    viewer = Viewer(agent)
    viewer.look()
    gate.let(1)
    until(lambda: rows_of(viewer.look())[1]["sender"].put_total == 1)
    queues, workers = rows_of(viewer.look())
    assert workers.keys() == {"lister", "sender"}
    assert workers["sender"].inputs == ("jobs",)
    assert workers["sender"].outputs == (next(iter(queues.keys() - {"jobs"})),)
    gate.let(2)
    assert one.wait_for_completion(30)
    assert rows_of(viewer.look())[1] == {}


def test_a_worker_that_has_ended_is_not_taken_for_the_next_thread(agent: Agent) -> None:
    """Python gives the identity of an ended thread to another one."""
    ended = {"id": 5, "ident": 7, "native": 40, "alive": False, "cells": {}, "blocked": None}
    later = {"id": 9, "ident": 7, "native": 41, "alive": True, "cells": {1: ()}, "blocked": None}
    threads = {9: later}
    agent.engines._add(dict(ended), threads)
    assert threads == {5: ended, 9: later}


def test_a_paused_producer_is_shown_as_paused(
    agent: Agent, gate: Gate, system: pcsim.ProducerConsumerSystem
) -> None:
    """For as long as it is, and not as running; what has passed of it counts as paused."""
    viewer = Viewer(agent)
    viewer.look()

    def lister() -> Any:
        return rows_of(viewer.look())[1]["lister"]

    system.pause_producing()
    gate.let(4)
    until(lambda: lister().state is WorkerState.PAUSED)
    shown, own = viewer.look(), system.snapshot()
    row = rows_of(shown)[1]["lister"]
    (real,) = own.producers
    assert (row.queue, row.reason) == (None, None)
    assert shown.at - row.since <= own.at - real.since + 1e-6
    assert row.spent(shown.at).paused > 0.0
    system.resume_producing()
    until(lambda: lister().state is not WorkerState.PAUSED)
    (real,) = system.snapshot().producers
    assert lister().paused_time == pytest.approx(real.paused_time, abs=1e-6)


def test_a_worker_that_failed_is_shown_as_failed(agent: Agent, gate: Gate) -> None:
    """While the rest of its system goes on."""
    one = pcsim.ProducerConsumerSystem()
    one.add_queue("jobs", 3)
    one.add_producer("lister", iter(range(100)), 0.0, "jobs")
    breaks = Gate()
    one.add_consumer("breaker", lambda item: breaks(item) / 0, 0.0, queue_names="jobs")
    one.add_consumer("taker", gate, 0.0, queue_names="jobs")
    one.start()
    viewer = Viewer(agent)
    until(lambda: rows_of(viewer.look())[1]["taker"].in_hand)
    breaks.permits.put(None)
    until(lambda: system_state(viewer, "breaker") is WorkerState.FAILED)
    assert system_state(viewer, "taker") is not WorkerState.FAILED
    one.abort()
    for _ in range(10):
        gate.permits.put(None)
    with pytest.raises(pcsim.WorkerError):
        one.wait_for_completion(30)


def test_two_systems_are_kept_apart(
    agent: Agent, gate: Gate, system: pcsim.ProducerConsumerSystem
) -> None:
    """What has the same name gets a number."""
    other = pcsim.ProducerConsumerSystem()
    other.add_queue("jobs", 5)
    other.add_producer("lister", iter(range(100)), 0.0, "jobs")
    other.add_consumer("taker", gate, 0.0, queue_names="jobs")
    other.start()
    queues, workers = rows_of(Viewer(agent).look())
    other.abort()
    for _ in range(10):
        gate.permits.put(None)
    assert other.wait_for_completion(30)
    assert (queues["jobs"].capacity, queues["jobs-2"].capacity) == (3, 5)
    assert workers["lister-2"].outputs == ("jobs-2",)


def test_items_are_shown_on_request(
    agent: Agent, gate: Gate, system: pcsim.ProducerConsumerSystem
) -> None:
    """The oldest ones, each with when it came."""
    until(lambda: system.snapshot().queues[0].depth == 3)
    names = agent.names({})["queues"]
    (number,) = [row["id"] for row in names if row["found"] and row["found"][2] == "jobs"]
    detail = agent.detail({"id": number, "limit": 2})
    assert [shown for shown, _ in detail["items"]] == ["1", "2"]
    assert detail["depth"] == 3
    assert detail["items"][0][1] <= detail["items"][1][1]


def test_nothing_of_the_system_is_replaced(
    agent: Agent, gate: Gate, system: pcsim.ProducerConsumerSystem
) -> None:
    """A look is a snapshot: the same functions, the same queues."""
    (engine,) = agent.engines.running()
    before = [(type(one), one.times.clock, one._items) for one in engine.queues]
    agent.look({})
    assert [(type(one), one.times.clock, one._items) for one in engine.queues] == before
    assert agent.books.keys().isdisjoint(id(one) for one in engine.queues)


def test_another_version_of_pcsim_is_numbered(
    agent: Agent,
    system: pcsim.ProducerConsumerSystem,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where its systems do not answer as this one's do, the rest is shown."""
    with monkeypatch.context() as changed:
        changed.delattr("pcsim.engine.run.Run.copy_cells")
        look = agent.look({})
    assert look["unwatched"]["other pcsim"] == 2
    assert "copy_cells" in agent.faults[0]
    agent.faults.clear()


PROGRAM = """
import sys, threading
from pcsim import ProducerConsumerSystem

gate = threading.Semaphore(0)
system = ProducerConsumerSystem()
system.add_queue("jobs", 3)
system.add_queue("pages", 2)
system.add_producer("lister", iter(range(10**6)), 0.0, "jobs")
system.add_consumer("parser", lambda item: item, 0.0, queue_names="jobs", output="pages")
system.add_consumer("writer", lambda item: gate.acquire(), 0.0, queue_names="pages")
system.start()
print("ready", flush=True)
for line in sys.stdin:
    if line == "go\\n":
        for _ in range(50):
            gate.release()
    else:
        system.abort()
        gate.release()
        system.wait_for_completion()
        sys.exit(3)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")
@pytest.mark.parametrize("python", PYTHONS)
def test_a_program_with_a_system_is_watched(
    tmp_path: Path, python: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On each interpreter at hand that can run a system, by an agent that was there before it."""
    if not watched.can_import(python, "pcsim.system"):
        pytest.skip("this Python lacks what a system of pcsim needs")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    script = tmp_path / "program.py"
    script.write_text(PROGRAM, "utf-8")
    command = [sys.executable, "-m", "pcsim", "exec", "--", python, str(script)]
    with watched.running(command, tmp_path) as process:
        with closing(programs.remote(process.pid)) as remote:
            until(lambda: rows_of(remote.look())[1]["lister"].state is WorkerState.BLOCKED)
            queues, workers = rows_of(remote.look())
            assert {name: (row.depth, row.capacity) for name, row in queues.items()} == {
                "jobs": (3, 3),
                "pages": (2, 2),
            }
            assert list(workers) == ["lister", "parser", "writer"]
            before = queues["pages"].got_total
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            until(lambda: rows_of(remote.look())[0]["pages"].got_total == before + 50)
        out, errors = process.communicate("end\n", timeout=30)
        assert (out, errors, process.returncode) == ("", "", 3)
