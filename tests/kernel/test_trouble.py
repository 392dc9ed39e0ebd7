"""What comes between: Ctrl-C while the kernel runs, and memory that is not there."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pcsim import simulate
from pcsim.distributions import Exponential
from pcsim.kernel import building, targets
from pcsim.kernel.library import Library
from pcsim.kernel.plan import Plan
from pcsim.kernel.run import KernelRun
from pcsim.scenario import ConsumerSpec, Discipline, End, ProducerSpec, QueueSpec, Scenario
from tests.support.small_scenarios import one_queue

ENDLESS = one_queue(Exponential(1.0), Exponential(0.5), until=1e12)
"""Years of work: only an interrupt ends it."""

GROWING = Scenario(
    queues=(QueueSpec("q", 10**6, discipline=Discipline.PRIORITY),),
    producers=(ProducerSpec("P", "q", Exponential(1.0), 2_000, priority=3),),
    consumers=(ConsumerSpec("C", "q", Exponential(1e6)),),
    end=End(time=3_000.0),
)
"""Items wait, so that the room for them has to grow a few times."""

FAILING = """\
#include <stdlib.h>
static int left;
__attribute__((visibility("default"))) void pcsim_fail_after(int number) { left = number; }
static void *failing_calloc(size_t many, size_t size) {
    return left-- > 0 ? calloc(many, size) : NULL;
}
static void *failing_realloc(void *old, size_t size) {
    return left-- > 0 ? realloc(old, size) : NULL;
}
#define calloc failing_calloc
#define realloc failing_realloc
#include "kernel.c"
"""


@pytest.fixture
def interrupted(kernel: None) -> Iterator[Callable[[float, Scenario], object]]:
    """Simulates, with Ctrl-C after some seconds, and once more each 5 s, as one presses it again:
    Python loses one that comes while it runs what must not raise. All that a run imports is there
    by then."""
    if not hasattr(signal, "setitimer"):
        pytest.skip("there is no timer of signals here")
    simulate(one_queue(Exponential(1.0), items=10), kernel="compiled")
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)

    def run(seconds: float, scenario: Scenario) -> object:
        signal.setitimer(signal.ITIMER_REAL, seconds, 5.0)
        try:
            return simulate(scenario, kernel="compiled")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    yield run
    signal.signal(signal.SIGALRM, before)


def test_an_interrupt_ends_a_run_wherever_it_comes(
    interrupted: Callable[[float, Scenario], object],
) -> None:
    """Mostly in C: it comes out of there with the first number that Python is asked for."""
    for part in range(5, 15):
        with pytest.raises(KeyboardInterrupt):
            interrupted(part * 0.001, ENDLESS)


def test_an_interrupt_ends_a_run_that_needs_no_numbers(
    interrupted: Callable[[float, Scenario], object],
) -> None:
    """All of its times are constant: the kernel comes back now and then."""
    with pytest.raises(KeyboardInterrupt):
        interrupted(0.01, one_queue(1.0, 0.5, until=1e12))


@pytest.mark.skipif(sys.platform == "win32", reason="built by the flags of other systems")
def test_memory_that_is_not_there_is_an_error(built: Path, tmp_path: Path) -> None:
    """Whichever of its requests fails; then it is as if there had never been a run."""
    source, path = tmp_path / "failing.c", tmp_path / "failing.so"
    source.write_text(FAILING)
    compiler = next(building.compilers())
    if not compiler.command:
        pytest.skip("ziglang has other options")
    flags = (*targets.C_FLAGS, "-shared", "-fPIC", f"-I{targets.SOURCES}")
    subprocess.run([*compiler.command, *flags, "-o", str(path), str(source)], check=True)
    library = Library(path)
    fail_after = ctypes.CDLL(str(path)).pcsim_fail_after
    for before in range(16):
        fail_after(before)
        with pytest.raises(MemoryError, match="there is no memory left"):
            KernelRun(library, Plan(GROWING), notes_depths=True).finish()
    fail_after(1_000)
    KernelRun(library, Plan(GROWING), notes_depths=True).finish()
