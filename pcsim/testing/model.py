"""What a test may ask of the scheduler: threads, choices of outcomes, invariants, interrupts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from pcsim.testing import histories, primitives
from pcsim.testing.scheduler import Scheduler

Option = TypeVar("Option")


def _scheduler() -> Scheduler:
    scheduler = primitives.active()
    if scheduler is None:
        raise RuntimeError("this works in a function that is explored: see pcsim.testing.explore")
    return scheduler


def threads(*functions: Callable[[], Any]) -> list[Any]:
    """Run functions at the same time, each on a simulated thread, until all of them have ended.

    Args:
        functions: Without arguments. Their names become those of the threads.

    Returns:
        What each of them returned, in their order.

    Raises:
        RuntimeError: No scheduler runs.
        Exception: The first error of any of them.

    >>> from pcsim import testing
    >>> @testing.explore(schedules=10)
    ... def test_puts_meet():
    ...     queue = pcsim.Queue(1)
    ...     _, item = testing.threads(lambda: queue.put("item"), queue.get)
    ...     assert item == "item"
    """
    scheduler = _scheduler()
    me = scheduler.current
    results: list[Any] = [None] * len(functions)
    remaining = [len(functions)]

    def run(number: int) -> None:
        results[number] = functions[number]()
        remaining[0] -= 1
        if not remaining[0] and me is not None:
            scheduler.wake(me)

    for number, function in enumerate(functions):
        name = getattr(function, "__name__", "thread")
        primitives.Thread(target=run, args=(number,), name=name).begin(scheduler)
    if functions:
        scheduler.wait()
        scheduler.note(scheduler.histories_of_ended)
    return results


def choose(*options: Option) -> Option:
    """Return one of the options; each of them in some schedules. The first is the default.

    Args:
        options: What may happen, such as a result and a fault.

    Raises:
        RuntimeError: No scheduler runs.

    >>> from pcsim import testing
    >>> def sink(item):
    ...     if testing.choose("works", "fails") == "fails":
    ...         raise OSError
    """
    return options[_scheduler().value(len(options))]


def always(holds: Callable[[], object]) -> None:
    """Check something at every switch point from now on, until the schedule ends.

    Args:
        holds: Raises an exception where it does not hold. It must not wait for a lock.

    Raises:
        RuntimeError: No scheduler runs.

    >>> from pcsim import testing
    >>> def check(queue):
    ...     assert queue.qsize() <= queue.maxsize
    """
    _scheduler().add_invariant(holds)


def starts_may_fail() -> None:
    """Let any thread that is started from now on fail to start, as where a machine has no more.

    Raises:
        RuntimeError: No scheduler runs.

    >>> from pcsim import testing
    >>> def run(system):
    ...     testing.starts_may_fail()
    ...     system.start()  # may raise RuntimeError
    """
    scheduler = _scheduler()
    scheduler.can_fail_to_start = True
    if scheduler.follows:
        histories.change(histories.SPAWNED)


@contextmanager
def interrupts() -> Iterator[None]:
    """Let a KeyboardInterrupt come in the middle of what this thread does meanwhile, at most once.

    >>> from pcsim import testing
    >>> def get(queue):
    ...     with testing.interrupts():
    ...         return queue.get()
    """
    task = _scheduler().current
    if task is None:
        raise RuntimeError("there is no simulated thread to interrupt")
    task.may_be_interrupted = True
    try:
        yield
    finally:
        task.may_be_interrupted = False
        task.interrupt = None


def let_time_pass(seconds: float) -> None:
    """Wait for that much virtual time.

    Args:
        seconds: 0 or more; 0 lets another thread run first.

    >>> from pcsim import testing
    >>> def later(queue):
    ...     testing.let_time_pass(1.5)
    ...     queue.put("late")
    """
    primitives.sleep(seconds)
