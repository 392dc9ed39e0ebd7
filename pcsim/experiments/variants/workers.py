"""Does units of work, here or in processes: few in flight, results by number, one that dies again.

What is to be done is a task: a generator that asks for replications of a scenario, is sent what
was seen of them, and returns its answer. A task knows only its own runs, so that the answers are
the same however many processes there are and whichever is the first.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import suppress
from math import ceil
from typing import Any, Generic, NamedTuple, TypeVar

from pcsim import runtime
from pcsim.errors import PcsimError
from pcsim.experiments.variants.measures import Measure, Reading
from pcsim.experiments.variants.units import Seen, Unit, done, versions
from pcsim.scenario import Scenario

LEAST_SECONDS = 0.3
"""Of work in one unit, so that handing it over costs little."""
HERE_SECONDS = 0.5
"""Work that is done in this process before others are started, which takes about as long."""
IN_FLIGHT = 2
"""Units for each process that are handed over at once."""
MOST_ACTIVE = 4
"""Tasks for each process that are begun at once."""
MOST_TRIES = 3
"""How often a unit may end its process before it counts as failed."""

Answer = TypeVar("Answer")


class Ask(NamedTuple):
    """Replications that a task wants."""

    scenario: Scenario
    measures: tuple[Measure, ...]
    first: int
    number: int


class Got(NamedTuple):
    """What was seen of them, in their order.

    Attributes:
        runs: For each run its readings; fewer than asked for where one failed.
        grown: The queues that grew as long as each of them lasted.
        error: Why a run failed; "" where none did.
    """

    runs: list[tuple[Reading, ...]]
    grown: tuple[tuple[str, ...], ...] = ()
    error: str = ""


Task = Generator[Ask, Got, Answer]


class ExecutorError(PcsimError):
    """An executor of the caller's that cannot be used."""


class _Active(Generic[Answer]):
    """A task that has begun, and what it waits for."""

    def __init__(self, number: int, task: Task[Answer]) -> None:
        self.number = number
        self.task = task
        self.seen: dict[int, Seen] = {}
        self.left = 0

    def got(self) -> Got:
        """What it has asked for, put together by number."""
        parts = [self.seen[first] for first in sorted(self.seen)]
        runs: list[tuple[Reading, ...]] = []
        grown: list[tuple[str, ...]] = []
        for part in parts:
            runs += part.runs
            grown += part.grown
            if part.error:
                return Got(runs, tuple(grown), part.error)
        return Got(runs, tuple(grown))


class _Piece:
    """A unit that waits to be done, or is being done."""

    def __init__(self, active: _Active[Any], unit: Unit) -> None:
        self.active = active
        self.unit = unit
        self.tries = 0


class Workers:
    """What does the work: this process, further ones, or an executor.

    Args:
        jobs: How many processes; 1 for this one alone.
        executor: What does the work in their place. It is not shut down.
    """

    def __init__(self, jobs: int = 1, executor: Executor | None = None) -> None:
        self._jobs = jobs
        self._given = executor
        self._pool: ProcessPoolExecutor | None = None
        self._here = 0.0
        self._seconds_of_a_run = LEAST_SECONDS
        self.runs = 0
        """How many replications were done."""
        self.pool_starts = 0

    def drive(self, tasks: Iterable[Task[Answer]]) -> Iterator[tuple[int, Answer]]:
        """Do tasks; each answer with the number of its task, in the order in which they are known.

        Args:
            tasks: Each is begun when there is room for it.

        Raises:
            ExecutorError: The executor draws other numbers than this process.
            KeyboardInterrupt: Ctrl-C; what had begun is given up.
        """
        waiting = enumerate(tasks)
        active: set[_Active[Answer]] = set()
        pieces: runtime.deque[_Piece] = runtime.deque()
        futures: dict[Future[Seen], _Piece] = {}
        try:
            while True:
                for number, task in self._to_begin(waiting, len(active)):
                    begun = _Active(number, task)
                    active.add(begun)
                    yield from self._advance(begun, None, active, pieces)
                if not active:
                    return
                for piece, seen in self._step(pieces, futures):
                    one = piece.active
                    one.seen[piece.unit.first] = seen
                    one.left -= 1
                    self.runs += len(seen.runs)
                    if not one.left:
                        yield from self._advance(one, one.got(), active, pieces)
        finally:
            for future in futures:
                future.cancel()

    def close(self, *, at_once: bool = False) -> None:
        """End the processes.

        Args:
            at_once: Whether to end them in the middle of their work.
        """
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if at_once:
            for process in list((getattr(pool, "_processes", None) or {}).values()):
                process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)

    def _to_begin(
        self, waiting: Iterator[tuple[int, Task[Answer]]], active: int
    ) -> Iterator[tuple[int, Task[Answer]]]:
        for _ in range(MOST_ACTIVE * self._jobs - active):
            following = next(waiting, None)
            if following is None:
                return
            yield following

    def _advance(
        self,
        one: _Active[Answer],
        got: Got | None,
        active: set[_Active[Answer]],
        pieces: runtime.deque[_Piece],
    ) -> Iterator[tuple[int, Answer]]:
        """Let a task go on, until it asks for something or is done."""
        try:
            ask = next(one.task) if got is None else one.task.send(got)
        except StopIteration as end:
            active.discard(one)
            yield one.number, end.value
            return
        one.seen.clear()
        fair = ceil(ask.number / self._jobs)
        size = max(1, min(fair, ceil(LEAST_SECONDS / max(self._seconds_of_a_run, 1e-6))))
        last = ask.first + ask.number
        units = [
            Unit(ask.scenario, ask.measures, first, min(size, last - first))
            for first in range(ask.first, last, size)
        ]
        one.left = len(units)
        pieces.extend(_Piece(one, unit) for unit in units)

    def _step(
        self, pieces: runtime.deque[_Piece], futures: dict[Future[Seen], _Piece]
    ) -> Iterator[tuple[_Piece, Seen]]:
        """Hand over what there is room for, and return what has been done."""
        if self._is_here():
            piece = pieces.popleft() if pieces else None
            if piece is not None:
                yield piece, self._noted(done(piece.unit), is_here=True)
                return
        try:
            self._hand_over(pieces, futures)
            for future in wait(futures, return_when=FIRST_COMPLETED).done:
                seen = future.result()
                yield futures.pop(future), self._noted(seen)
        except BrokenExecutor as error:
            yield from self._again(pieces, futures, error)

    def _is_here(self) -> bool:
        return self._given is None and (self._jobs == 1 or self._here < HERE_SECONDS)

    def _hand_over(
        self, pieces: runtime.deque[_Piece], futures: dict[Future[Seen], _Piece]
    ) -> None:
        while pieces and len(futures) < IN_FLIGHT * self._jobs:
            # One that has ended a process is done alone: so only it counts another try.
            if futures and (pieces[0].tries or any(one.tries for one in futures.values())):
                return
            future = self._executor().submit(done, pieces[0].unit)
            futures[future] = pieces.popleft()

    def _again(
        self,
        pieces: runtime.deque[_Piece],
        futures: dict[Future[Seen], _Piece],
        error: BrokenExecutor,
    ) -> Iterator[tuple[_Piece, Seen]]:
        """A process has ended: what it was doing is done again, or has failed."""
        if self._given is not None:
            raise ExecutorError(f"the executor is broken: {error}") from None
        self.close()
        lost = list(futures.values())
        for future in futures:
            future.cancel()
        futures.clear()
        for piece in reversed(lost):
            piece.tries += 1
            if piece.tries >= MOST_TRIES:
                yield piece, Seen((), (), f"it ended its process {MOST_TRIES} times")
            else:
                pieces.appendleft(piece)

    def _executor(self) -> Executor:
        if self._given is not None:
            return self._given
        if self._pool is None:
            self.pool_starts += 1
            self._pool = ProcessPoolExecutor(
                self._jobs,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=ignore_interrupts,
            )
        return self._pool

    def _noted(self, seen: Seen, *, is_here: bool = False) -> Seen:
        if seen.by and seen.by != versions():
            raise ExecutorError(f"a worker has {seen.by}, and this is {versions()}: use the same")
        if is_here:
            self._here += seen.seconds
        if seen.runs:
            self._seconds_of_a_run = seen.seconds / len(seen.runs)
        return seen


def ignore_interrupts() -> None:
    """Leave Ctrl-C to the process that hands out the work."""
    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)
