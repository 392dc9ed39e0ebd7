"""For every test: no thread outlives it, and its examples are the same in every run."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import settings

from pcsim.runtime import core_count

# The same examples in every run: a suite that fails points at the last change.
# To look further: pytest --hypothesis-profile=random
# No deadline: how long an example takes depends on what else the machine does.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("random", deadline=None)
settings.load_profile("same")

# What is there when the tests begin stays, and each app leaves as much again. Looking through it
# took a fifth of the time of the app's tests. Tests that want garbage collected ask for it.
gc.set_threshold(2_000, 20, 50)

# The Python engine defines what a run is, so it is tested; `tests/kernel` tests the other one
# against it.
os.environ["PCSIM_KERNEL"] = "0"
# What was simulated before is simulated again.
os.environ["PCSIM_CACHE"] = "0"

# A shell starts what is in the background without Ctrl-C; the programs that the tests start would
# inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

PATIENCE = 10.0
"""Seconds that threads still ending get: a guard, not a measure."""

SHARED = ("asyncio_", "ThreadPoolExecutor", "pytest_timeout", "Dummy-")
OF_DASK = ("Dask-", "AsyncProcess Dask", "QueueFeederThread")
"""A cluster that several tests use starts a worker again that died in one of them."""
OTHERS = (*SHARED, *OF_DASK)
"""Beginnings of the names of threads that belong to a loop or a runner and outlive a test."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """More workers than processors for `-n auto`: tests of the app wait a third of their time."""
    return core_count() * 3 // 2


@pytest.fixture(autouse=True)
def no_thread_is_left_behind() -> Iterator[None]:
    """Every thread that a test has started ends with it."""
    before = set(threading.enumerate())
    yield
    until = time.monotonic() + PATIENCE
    started = [thread for thread in threading.enumerate() if thread not in before]
    for thread in started:
        if thread is not threading.current_thread() and not thread.name.startswith(OTHERS):
            thread.join(max(until - time.monotonic(), 0.01))
    survivors = [
        thread.name
        for thread in started
        if thread.is_alive() and not thread.name.startswith(OTHERS)
    ]
    assert not survivors, f"threads left behind: {', '.join(survivors)}"


@pytest.fixture(autouse=True)
def no_agent_is_left_behind() -> Iterator[None]:
    """A test that lets viewers into this process ends that: a later fork would serve, too."""
    yield
    agent = sys.modules.get("_pcsim_agent")
    assert agent is None or agent._Here.server is None, "call pcsim.watch.agent.leave()"
