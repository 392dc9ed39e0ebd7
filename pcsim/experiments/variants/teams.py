"""What does chunks of work: processes of pcsim's own, or an executor of the caller's."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeAlias

from pcsim import runtime
from pcsim.engine.raised import error_text
from pcsim.experiments.variants.clusters import ExecutorError, WorkerCheck, cores_of, is_of_dask
from pcsim.experiments.variants.processes import ProcessMaker
from pcsim.experiments.variants.units import Seen, Unit, all_done
from pcsim.experiments.variants.versions import versions
from pcsim.text import type_name

WIDTH_HOLDS = 2.0
"""Seconds after which a cluster is asked again how many cores its workers have."""

Executing: TypeAlias = Executor | Callable[[], Executor]
"""What a caller names: an executor, or a function that makes one, which may be called again."""


class Team:
    """Those who do the work, made when they are needed, and anew when they are broken.

    Args:
        jobs: How many processes; with an executor, how many units it does at once if it does not
            say.
        given: What does the work in their place. An executor is not shut down; what a function
            has made is.

    Raises:
        ExecutorError: It is neither.
    """

    def __init__(self, jobs: int, given: Executing | None = None) -> None:
        self.is_given = given is not None
        self._jobs = jobs
        self._executor: Executor | None = None
        self._maker = ProcessMaker()
        self._make: Callable[[], Executor] | None = partial(self._maker, jobs)
        self._is_lent = isinstance(given, Executor)
        if isinstance(given, Executor):
            self._executor, self._make = given, _maker_of(given)
        elif given is not None:
            self._make = _checked(given)
        self._first: list[Future[str]] = []
        self._has_begun = False
        self._width = 0
        self._asked = 0.0
        self._check = WorkerCheck()
        self.starts = 0
        """How often an executor was made here."""

    def submit(self, units: tuple[Unit, ...]) -> Future[tuple[Seen, ...]]:
        """Hand over a chunk.

        Raises:
            BrokenExecutor: Nobody can do it: see `renew`.
            ExecutorError: The executor cannot be made, or is closed.
        """
        try:
            return self._made().submit(all_done, units)
        except BrokenExecutor:
            raise
        except RuntimeError as error:  # it is shut down, or its client is closed
            raise ExecutorError(f"the executor takes no work: {error}") from None

    def is_ready(self) -> bool:
        """Whether one of the processes has begun; they are started by the first such question."""
        if not self._has_begun and not self._first:
            executor = self._made()
            self._has_begun = self._maker.made_copies
            with suppress(BrokenExecutor):  # which the first chunk finds as well
                self._first = [executor.submit(versions) for _ in range(self._jobs)]
        # Then it stays so: what has ended a process is never done in this one.
        self._has_begun |= not self._first or any(one.done() for one in self._first)
        return self._has_begun

    @property
    def width(self) -> int:
        """How many chunks are done at the same time."""
        if not self.is_given:
            return self._jobs
        if not self._width or runtime.clock() - self._asked > WIDTH_HOLDS:
            self.look()
        return self._width

    @property
    def looks_every(self) -> float | None:
        """Seconds after which to `look` at what does the work, while it is waited for."""
        executor = self._executor
        return WIDTH_HOLDS if executor is not None and is_of_dask(executor) else None

    def look(self) -> None:
        """Find out how much the caller's executor does at once.

        Raises:
            ExecutorError: It is a cluster that has had no worker for a while.
        """
        executor = self._made()
        cores = width_of(executor)
        if is_of_dask(executor):
            self._check.note(cores)
        self._width, self._asked = max(self._jobs, cores), runtime.clock()

    def renew(self, error: BrokenExecutor) -> None:
        """Leave a broken executor behind; another is made when it is needed.

        Raises:
            ExecutorError: It is the caller's, and another cannot be made.
        """
        if self._make is None:
            raise ExecutorError(f"the executor is broken: {error}") from None
        self.close()
        self._executor, self._is_lent = None, False

    def close(self, *, at_once: bool = False) -> None:
        """End what was made here.

        Args:
            at_once: Whether to end processes in the middle of their work.
        """
        if self._is_lent or self._executor is None:
            return
        executor, self._executor = self._executor, None
        if at_once:
            for process in list((getattr(executor, "_processes", None) or {}).values()):
                process.terminate()
        # Not every executor can cancel what waits; what was handed over is cancelled one by one.
        executor.shutdown(wait=True)

    def _made(self) -> Executor:
        if self._executor is None and self._make is not None:
            self.starts += 1
            self._executor = _new(self._make)
        if self._executor is None:
            raise ExecutorError("the executor is closed")
        return self._executor


def _checked(make: object) -> Callable[[], Executor]:
    if not callable(make):
        wanted = "a concurrent.futures.Executor, or a function that makes one"
        raise ExecutorError(f"executor must be {wanted}, not {type_name(make)}")
    return make


def _new(make: Callable[[], object]) -> Executor:
    try:
        made = make()
    except Exception as error:  # whatever it is, it is theirs
        raise ExecutorError(f"the executor cannot be made: {error_text(error)}") from error
    if not isinstance(made, Executor):
        wanted = "a concurrent.futures.Executor"
        raise ExecutorError(f"executor must make {wanted}, not {type_name(made)}")
    return made


def width_of(executor: Executor) -> int:
    """Return how many calls an executor does at the same time, as far as it says; 0 where it is a
    cluster without workers."""
    if is_of_dask(executor):
        return cores_of(executor)
    # That of the standard library, of loky and of mpi4py.
    for name in ("_max_workers", "num_workers"):
        width = getattr(executor, name, None)
        if isinstance(width, int) and width > 0:
            return width
    return runtime.core_count()


def _maker_of(given: Executor) -> Callable[[], Executor] | None:
    """What makes another pool of processes like the caller's; None for other executors.

    Python's pool is of no use once one of its processes has died, and does not say what it was
    made of but in private attributes.
    """
    if type(given) is not ProcessPoolExecutor:
        return None
    names = ("_max_workers", "_mp_context", "_initializer", "_initargs")
    width, context, initializer, arguments = (getattr(given, name, None) for name in names)

    def make() -> Executor:
        return ProcessPoolExecutor(width, context, initializer, arguments or ())

    return make
