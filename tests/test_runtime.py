"""Every lock, thread, clock and deque of queues and engines comes from `pcsim.runtime`.

So a program can put its own in their place, for example a scheduler that decides which thread
goes on, and then nothing happens that it does not know of.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pcsim import runtime

ROOT = Path(__file__).parent.parent
SEALED = sorted(
    path for room in ("queue", "engine") for path in (ROOT / "pcsim" / room).rglob("*.py")
)
ALLOWED = {
    "queue": {"Empty", "Full", "ShutDown", "Queue", "LifoQueue", "PriorityQueue"},  # base classes
    "collections": {"Counter", "abc"},
    "os": {"register_at_fork"},
}
"""Of modules that have primitives as well: what queues and engines may take from them."""
FORBIDDEN = {
    "_queue", "_thread", "asyncio", "atexit", "concurrent", "contextvars", "multiprocessing",
    "sched", "select", "selectors", "signal", "threading", "time",
}  # fmt: skip


def bypasses(tree: ast.AST) -> Iterator[str]:
    """Each import or use by which a module gets at primitives other than by `runtime`."""
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                root = name.name.partition(".")[0]
                modules[name.asname or root] = root
                if root in FORBIDDEN:
                    yield f"line {node.lineno}: import {name.name}"
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            root, _, rest = node.module.partition(".")
            for alias in node.names:
                name_of_it = rest.partition(".")[0] or alias.name
                if root in FORBIDDEN or (root in ALLOWED and name_of_it not in ALLOWED[root]):
                    yield f"line {node.lineno}: from {node.module} import {alias.name}"
        elif isinstance(node, ast.Name) and node.id == "__import__":
            yield f"line {node.lineno}: __import__"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            root = modules.get(node.value.id, "")
            if root in ALLOWED and node.attr not in ALLOWED[root]:
                yield f"line {node.lineno}: {root}.{node.attr}"


def test_nothing_bypasses_the_runtime() -> None:
    """No module of queues and engines imports a lock, a thread, a clock or a deque elsewhere."""
    assert len(SEALED) > 20
    seen = [
        f"{path.relative_to(ROOT)}, {bypass}"
        for path in SEALED
        for bypass in bypasses(ast.parse(path.read_text("utf-8")))
    ]
    assert seen == []


def test_the_search_sees_every_way_around_the_runtime() -> None:
    """Else the test above could not fail."""
    bypassing = [
        "import threading", "from threading import Lock", "import time as clock",
        "from collections import deque", "import collections\ncollections.deque()",
        "import queue as q\nq.SimpleQueue()", "from queue import SimpleQueue",
        "import concurrent.futures",
        "def f():\n    from _thread import allocate_lock", "__import__('time')",
        "import os as system\nsystem.fork()",
    ]  # fmt: skip
    assert [source for source in bypassing if not list(bypasses(ast.parse(source)))] == []
    harmless = "from collections.abc import Callable\nfrom queue import Empty\nimport math"
    assert list(bypasses(ast.parse(harmless))) == []


def test_queues_and_systems_run_on_primitives_that_are_put_in_their_place() -> None:
    """With each primitive of `runtime` replaced, all of them are used, and no module of pcsim
    makes one of the real kind."""
    run_script(
        """
import _thread, collections, sys, threading, time
from collections import Counter

real = {
    "Lock": threading.Lock, "RLock": threading.RLock, "Condition": threading.Condition,
    "Thread": threading.Thread, "current_thread": threading.current_thread,
    "get_ident": threading.get_ident, "clock": time.monotonic, "deque": collections.deque,
}
used, bypassed = Counter(), Counter()

def counting(name):
    def call(*arguments, **keywords):
        used[name] += 1
        return real[name](*arguments, **keywords)
    return call

def guarded(name, function):
    def call(*arguments, **keywords):
        if sys._getframe(1).f_globals.get("__name__", "").startswith("pcsim"):
            bypassed[name] += 1
        return function(*arguments, **keywords)
    return call

import pcsim.runtime
for name in ("Lock", "RLock", "current_thread", "get_ident", "clock"):
    setattr(pcsim.runtime, name, counting(name))
for name in ("Condition", "Thread", "deque"):
    def __init__(self, *arguments, _name=name, **keywords):
        used[_name] += 1
        real[_name].__init__(self, *arguments, **keywords)
    setattr(pcsim.runtime, name, type(name, (real[name],), {"__init__": __init__}))

for name in (
    "Lock", "RLock", "Condition", "Event", "Semaphore", "Barrier", "Thread", "Timer",
    "current_thread", "get_ident",
):
    setattr(threading, name, guarded(name, getattr(threading, name)))
for module, name in (
    (_thread, "allocate_lock"), (_thread, "start_new_thread"), (_thread, "get_ident"),
    (time, "monotonic"), (time, "time"), (time, "perf_counter"), (time, "sleep"),
    (collections, "deque"),
):
    setattr(module, name, guarded(name, getattr(module, name)))

import pcsim
from pcsim.queue import LifoQueue, Queue, get_any

def use(queue):
    def consume():
        for _ in range(20):
            queue.get(timeout=60)
            queue.task_done()
    consumer = real["Thread"](target=consume)
    consumer.start()
    for number in range(20):
        queue.put(number)
    queue.join()
    consumer.join()
    with queue.not_empty:
        queue.queue.append(1)
    assert get_any([queue, Queue()]) == (queue, 1)
    queue.shutdown()

use(Queue(1))
use(LifoQueue(1))
assert min(used[name] for name in ("Lock", "RLock", "Condition", "deque")) > 0, used
used.clear()

system = pcsim.ProducerConsumerSystem()
system.add_queue("q", 1)
system.add_producer("P", range(50), 0.0001, "q")
delivered = []
system.add_consumer("C", delivered.append, 0, None, "q")
with system:
    assert system.wait_for_completion(60)
system.snapshot(), system.get_statistics()
assert delivered == list(range(50))
names = ("Lock", "RLock", "Thread", "current_thread", "clock", "deque")
assert min(used[name] for name in names) > 0, used
assert not bypassed, bypassed
"""
    )


def test_importing_makes_no_lock_and_registers_nothing() -> None:
    """What a process needs is made with its first queue, or when its first engine starts."""
    run_script(
        """
import os
made = []

def watched(function, name):
    def call(*arguments, **keywords):
        made.append(name)
        return function(*arguments, **keywords)
    return call

from pcsim import runtime
for name in ("Lock", "RLock", "call_at_exit"):
    setattr(runtime, name, watched(getattr(runtime, name), name))
for name in ("Condition", "Thread", "deque"):
    kind = getattr(runtime, name)
    changed = {"__init__": watched(kind.__init__, name)}
    setattr(runtime, name, type(name, (kind,), changed))
if hasattr(os, "register_at_fork"):
    os.register_at_fork = watched(os.register_at_fork, "register_at_fork")
import pcsim.queue, pcsim.system, pcsim.engine.threads.engine, pcsim.engine.virtual.pacing
assert made == [], made
pcsim.queue.Queue()
assert "RLock" in made and "deque" in made and "call_at_exit" not in made, made
"""
    )


def run_script(script: str) -> None:
    """In a process of its own, where nothing is imported yet."""
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


class Restless(deque[int]):
    """A deque that other threads change: no copy of it comes to its end."""

    def copy(self) -> Restless:
        raise RuntimeError("deque mutated during iteration")


def test_a_deque_that_never_rests_is_listed_item_by_item() -> None:
    """Without a global lock, a copy may fail again and again."""
    assert runtime.listed(Restless([1, 2, 3])) == [1, 2, 3]
    assert runtime.listed(Restless()) == []


def test_what_is_taken_while_a_deque_is_listed_is_missing() -> None:
    """The rest is there, in its order."""

    class Emptied(Restless):
        def __getitem__(self, place: Any) -> Any:
            item = super().__getitem__(place)
            self.pop()
            return item

    assert runtime.listed(Emptied([1, 2, 3, 4])) == [1, 2]
