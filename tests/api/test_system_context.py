"""`ProducerConsumerSystem`: as a context manager, and dropped while it runs."""

from __future__ import annotations

import gc
import threading
import warnings
import weakref
from collections.abc import Callable, Iterable
from contextlib import suppress

import pytest

from pcsim import ProducerConsumerSystem
from pcsim.errors import PcsimError, WorkerError
from pcsim.snapshot import Phase
from tests.support.engines import GUARD, Boom, Gate, endless, line
from tests.support.programs import run_program


def test_the_context_manager_starts_and_waits() -> None:
    """`with` is start and wait; it does not start twice."""
    dest: list[int] = []
    with line(range(10), dest) as system:
        assert system.snapshot().phase is not Phase.CREATED
    assert dest == list(range(10))
    other = line(range(3), None)
    other.start()
    with other:
        pass
    assert other.snapshot().totals.consumed == 3


def test_the_context_manager_raises_the_runs_error() -> None:
    """A failed run is not left silently."""
    with pytest.raises(WorkerError), line(range(3), lambda item: item / 0):
        pass


def test_a_system_dropped_while_running_warns_and_ends() -> None:
    """Nobody can stop it any more, so it stops itself."""
    gate = Gate()
    gate.open.set()
    system = line(endless(), gate, consuming=0.001)
    system.start()
    assert gate.entered.wait(GUARD)
    threads = [t for t in threading.enumerate() if t.name in ("P", "C")]
    assert len(threads) == 2
    holder = [system]
    del system
    with pytest.warns(ResourceWarning, match="was dropped"):
        holder.clear()
    for thread in threads:
        thread.join(GUARD)
        assert not thread.is_alive()


def test_an_ended_system_is_dropped_quietly() -> None:
    """A warning would be noise."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with line(range(3), None) as system:
            pass
        del system
        gc.collect()


def _left_in(way: str) -> weakref.ref[ProducerConsumerSystem]:
    """A run whose end or whose error is seen where its system is a local, as that of a function."""
    sinks: dict[str, Callable[[int], object]] = {"fails": lambda item: item / 0}
    sources: dict[str, Iterable[int]] = {"source fails": (1 // item for item in (1, 0))}
    system = line(sources.get(way, range(3)), sinks.get(way))
    with suppress(PcsimError, Boom), system:
        if way == "is left":
            raise Boom
        if way == "is aborted":
            system.abort()
    return weakref.ref(system)


@pytest.mark.parametrize("way", ["works", "fails", "source fails", "is left", "is aborted"])
def test_a_run_that_is_over_stays_nowhere(way: str) -> None:
    """However it ended, nothing keeps its system, its items and its error: a service that makes
    one after the other does not grow."""
    systems = [_left_in(way) for _ in range(3)]
    gc.collect()
    assert [system() for system in systems] == [None] * 3


def test_leaving_by_an_exception_aborts_and_keeps_it() -> None:
    """The context manager hides neither the error nor the run."""
    with pytest.raises(Boom, match="mine"), line(endless(), None) as system:
        raise Boom("mine")
    assert system.snapshot().phase is Phase.ABORTED
    assert system.unfinished_workers == ()


def test_an_interrupt_while_the_context_manager_waits_aborts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C at the end of a `with` leaves no run behind."""
    system = line(endless(), None)

    def interrupted(_: object, timeout: float | None = None) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(ProducerConsumerSystem, "wait_for_completion", interrupted)
    with pytest.raises(KeyboardInterrupt), system:
        pass
    assert system.snapshot().phase is Phase.ABORTED


def test_a_dropped_system_is_reported_on_stderr() -> None:
    """With Python's development warnings on, the mistake is seen."""
    done = run_program(
        """
        from pcsim import ProducerConsumerSystem

        def endless():
            while True:
                yield 1

        system = ProducerConsumerSystem()
        system.add_queue("q", 3)
        system.add_producer("P", endless(), 0, "q")
        system.add_consumer("C", None, 0, queue_names="q")
        system.start()
        del system
        """,
        "-W",
        "always::ResourceWarning",
    )
    assert "ResourceWarning: a running ProducerConsumerSystem was dropped" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 0
