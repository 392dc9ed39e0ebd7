"""Processes are copies of this one where that is safe, and fresh ones elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pcsim import runtime
from pcsim.experiments.variants import processes
from pcsim.experiments.variants.processes import ProcessMaker
from tests.support.programs import run_program

SWEEPS = """
    import multiprocessing, os, signal
    from pcsim import sweep
    from pcsim.experiments.variants import workers
    from tests.experiments.variants.shop import SHOP

    workers.LEAST_SECONDS = workers.HERE_SECONDS = 1e-3
    GRID = ["clerk.count=1,2", "orders.capacity=2,4"]
    signal.signal(signal.SIGTERM, lambda *_: print("handled", flush=True))
    killed, kinds = [], set()

    def look(_):
        children = multiprocessing.active_children()
        kinds.update(type(one).__name__ for one in children)
        if children and not killed:
            killed.append(children[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    def interrupt(_):
        look(_)
        if kinds:
            raise KeyboardInterrupt

    options = {{"jobs": 2, "replications": 40, "on_progress": {progress}}}
    found = sweep(SHOP, GRID, **options)
    assert killed
    assert found.is_interrupted or found.rows == sweep(SHOP, GRID, replications=40).rows
    print(*kinds, found.is_interrupted, flush=True)
"""
"""One of the workers is killed, and in the end the program may be interrupted."""

THREAD = """
import _thread
lock = _thread.allocate_lock()
lock.acquire()
if __name__ == "__main__":
    _thread.start_new_thread(lock.acquire, ())
"""
"""A thread that `threading` knows nothing of, as those of libraries."""


@pytest.mark.skipif(sys.platform != "linux", reason="copies are made on Linux")
@pytest.mark.parametrize("progress", ["look", "interrupt"])
@pytest.mark.parametrize(("before", "kind"), [("", "Fork"), (THREAD, "Spawn")])
def test_results_of_copies_are_those_of_one_process(before: str, kind: str, progress: str) -> None:
    """A killed one costs its part, and none runs the handlers of the program. Where a library has
    started a thread before, they are fresh processes."""
    program = SWEEPS.format(progress=progress)
    done = run_program(f'{before}\nif __name__ == "__main__":{program}')
    assert done.stderr == ""
    assert done.stdout.split() == [f"{kind}Process", str(progress == "interrupt")]


@pytest.mark.parametrize(
    ("system", "native", "known", "copies"),
    [
        ("linux", 1, 1, True),
        ("linux", 2, 1, False),
        ("linux", 1, 2, False),
        ("linux", 0, 1, False),
        ("darwin", 1, 1, False),
        ("win32", 1, 1, False),
    ],
)
def test_a_process_with_threads_is_not_copied(
    system: str,
    native: int,
    known: int,
    *,
    copies: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither are they where that is not known, or where systems advise against it."""
    for number in range(native):
        (tmp_path / str(number)).mkdir()
    monkeypatch.setattr(processes, "THREADS", tmp_path if native else tmp_path / "none")
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(runtime, "thread_count", lambda: known)
    assert ProcessMaker().makes_copies is copies
