"""Programs of each interpreter at hand, let in from within: what is seen, and what is left of it.

More interpreters are named in the environment variable `PCSIM_PYTHONS`.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pcsim.snapshot import QueueRow, WorkerState
from pcsim.watch import programs
from pcsim.watch.remote import Remote
from tests.support import watched
from tests.support.threads import until
from tests.watch.outside.conftest import PYTHONS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")

KINDS = """
import asyncio, queue, sys, threading
from concurrent.futures import ThreadPoolExecutor

LET_IN

from pcsim.queue.queue import Queue as Ours

plain, last, first, ours = queue.Queue(3), queue.LifoQueue(), queue.PriorityQueue(), Ours(2)
simple, full = queue.SimpleQueue(), Ours(1)
every = plain, last, first, ours
init, code = queue.Queue.__init__, Ours.put.__code__
is_over = threading.Event()

def producer():
    number = 0
    while not is_over.wait(0.001):
        number += 1
        for one in (*every, simple):
            one.put(number)

def consumer():
    while True:
        for one in (*every, simple):
            one.get()

def stuck():
    full.put(1)
    full.put(2)

async def chat(here):
    for number in range(1000000):
        await here.put(number)
        await here.get()
        await asyncio.sleep(0.001)

async def talk():
    await chat(asyncio.Queue(1))

for function in (producer, consumer, stuck, lambda: asyncio.run(talk())):
    threading.Thread(target=function, daemon=True).start()
pool = ThreadPoolExecutor(2)
tasks = [pool.submit(is_over.wait) for _ in range(3)]
print("ready", flush=True)
for line in sys.stdin:
    if line == "left\\n":
        own = [type(getattr(one, name)) is threading.Condition
               for one in every[:3] for name in ("not_empty", "not_full")]
        print(all(own), queue.Queue.__init__ is init, Ours.put.__code__ is code, flush=True)
    else:
        is_over.set()
        sys.exit(3)
"""
"""Queues of all kinds, in traffic."""


COUNTED = {"plain", "last", "first", "ours", "full"}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("way", ["allow", "exec"])
def test_a_program_is_let_in_shown_and_left_as_it_was(
    tmp_path: Path, python: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All kinds of queues, by two viewers in turn; its output and its status are its own."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    let_in = "import pcsim.watch\nassert pcsim.watch.allow()" if way == "allow" else ""
    script = tmp_path / "program.py"
    script.write_text(KINDS.replace("LET_IN", let_in), "utf-8")
    command = [python, str(script)]
    if way == "exec":
        command = [sys.executable, "-m", "pcsim", "exec", "--", *command]
    with watched.running(command, tmp_path) as process:
        for _ in range(2):
            with closing(programs.remote(process.pid)) as remote:
                assert_is_seen(remote)
        listed = json.loads(watched.pcsim(tmp_path, "watch", "--json").stdout)
        (found,) = (one for one in listed if one["pid"] == process.pid)
        assert found["way"] == ("pcsim.watch.allow" if way == "allow" else "pcsim exec")
        out, errors = process.communicate("left\nend\n", timeout=30)
        assert errors == ""
        assert process.returncode == 3
        if way == "allow":
            assert out == "True True True\n"
    assert list((tmp_path / "pcsim").iterdir()) == []


def assert_is_seen(remote: Remote) -> None:
    """All kinds of queues, what goes through those that are counted, and who is stuck."""
    seen: dict[str, QueueRow] = {}

    def is_counted() -> bool:
        seen.clear()
        seen.update((row.name, row) for row in remote.look().queues)
        return seen.keys() >= COUNTED and all(seen[n].got_total > 5 for n in COUNTED - {"full"})

    until(is_counted)
    assert (seen["plain"].capacity, seen["ours"].capacity, seen["last"].capacity) == (3, 2, None)
    assert not seen["simple"].is_counted
    assert {"pool", "simple"} <= seen.keys(), sorted(seen)
    if remote.program.is_free_threaded:
        return  # what a thread does that began before cannot be read there
    (stuck,) = [one for one in remote.look().workers if "stuck" in one.name]
    assert (stuck.state, stuck.queue) == (WorkerState.BLOCKED, "full")
