"""Does tasks, here or on others: few units in flight, results by number, one that dies again.

What is to be done is a task: a generator that asks for replications of a scenario, is sent what
was seen of them, and returns its answer. A task knows only its own runs, so that the answers are
the same whatever does the work and whichever is the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from math import ceil
from typing import Any

from pcsim import runtime
from pcsim.analysis.result import RunBy
from pcsim.engine.raised import error_text
from pcsim.experiments.variants.clusters import ExecutorError
from pcsim.experiments.variants.kept import CacheUse, KeptRuns
from pcsim.experiments.variants.tasks import MOST_TRIES, Active, Answer, Ask, Got, Piece, Task, gaps
from pcsim.experiments.variants.teams import Executing, Team
from pcsim.experiments.variants.units import Seen, Unit, done
from pcsim.experiments.variants.versions import versions
from pcsim.kernel.choice import KernelChoice
from pcsim.text import safe

LEAST_SECONDS = 0.3
"""Of work in one chunk, so that handing it over costs little."""
AWAY = 3.0
"""A chunk for an executor of the caller's has this many times more: it may be on other machines."""
SMALLEST = 0.1
"""The share of a chunk that the last ones have at least."""
UNIT_SECONDS = 0.1
"""Of work in one unit, of which chunks are made: the last ones are small."""
HERE_SECONDS = 0.1
"""Work that is done in this process before others are started. It goes on here until they run."""
IN_FLIGHT = 2
"""Chunks for each worker that are handed over at once."""
MOST_ACTIVE = 64
"""Tasks for each worker that are begun at once."""
SLOWEST_FADES = 0.9
"""How much of the longest run that was seen is still expected of others, from unit to unit."""

Chunk = list[Piece]


class Workers:
    """What does the work: this process, further ones, or an executor.

    Args:
        jobs: How many processes; 1 for this one alone.
        executor: What does the work in their place, or a function that makes it, anew if it
            breaks. An executor is not shut down.
        kernel: Whether the compiled kernel does it: see `simulate`.
        kept: Runs that are kept on the disk; None for none.

    Raises:
        ExecutorError: It is neither.
    """

    def __init__(
        self,
        jobs: int = 1,
        executor: Executing | None = None,
        kernel: KernelChoice = "auto",
        kept: KeptRuns | None = None,
    ) -> None:
        self._kernel = kernel
        self._by: Counter[str] = Counter()
        """Runs by why the Python engine has made them; "" for those of the kernel."""
        self.team = Team(jobs, executor)
        self.kept = kept
        self._is_alone = jobs == 1 and executor is None
        self._taken = 0
        self._here = 0.0
        self._slowest = 0.0
        self._refused = 0
        self._pieces: runtime.deque[Piece] = runtime.deque()
        self._waiting = 0.0
        """Seconds that these take."""
        self._futures: dict[Future[tuple[Seen, ...]], Chunk] = {}
        self.runs = 0
        """How many replications were done, or taken from those that are kept."""

    def drive(self, tasks: Iterable[Task[Answer]]) -> Iterator[tuple[int, Answer]]:
        """Do tasks; each answer with the number of its task, in the order in which they are known.

        Args:
            tasks: Each is begun when there is room for it.

        Raises:
            ExecutorError: The executor does no work, or draws other numbers than this process.
            KeyboardInterrupt: Ctrl-C; what had begun is given up.
        """
        waiting = enumerate(tasks)
        active: set[Active[Answer]] = set()
        try:
            while True:
                while self._has_room(len(active)):
                    number, task = next(waiting, (0, None))
                    if task is None:
                        break
                    begun = Active(number, task)
                    active.add(begun)
                    yield from self._advance(begun, None, active)
                if not active:
                    return
                for piece, seen in self._step():
                    one = piece.active
                    one.seen[piece.unit.first] = seen
                    one.left -= 1
                    self.runs += len(seen.runs)
                    if self.kept is not None:
                        self.kept.keep(piece.unit, seen)
                    if not one.left:
                        yield from self._advance(one, one.got(), active)
        finally:
            for future in self._futures:
                future.cancel()
            self._futures.clear()
            self._pieces.clear()

    @property
    def ran(self) -> RunBy:
        """What has made the runs."""
        return RunBy.of_all(self._by)

    def close(self, *, at_once: bool = False) -> None:
        """End the processes.

        Args:
            at_once: Whether to end them in the middle of their work.
        """
        if self.kept is not None:
            self.kept.close()
        self.team.close(at_once=at_once)

    @property
    def cache(self) -> CacheUse:
        """What runs that are kept did."""
        return CacheUse() if self.kept is None else CacheUse(self._taken, self.kept.problem)

    def _has_room(self, active: int) -> bool:
        """Whether another task is begun: what waits fills less than the chunks in flight."""
        if self._is_here():
            return not active
        width = self.team.width
        is_short = self._waiting < IN_FLIGHT * width * self._least
        return active < width or (is_short and active < MOST_ACTIVE * width)

    def _seconds(self, one: Active[Any]) -> float:
        """How long one of its runs takes, about; rather too long where nothing is known of it."""
        return max(one.seconds or self._slowest or LEAST_SECONDS, 1e-6)

    def _advance(
        self, one: Active[Answer], got: Got | None, active: set[Active[Answer]]
    ) -> Iterator[tuple[int, Answer]]:
        """Let a task go on, until it asks for what must be done, or is done itself."""
        has_begun = got is not None
        missing: list[tuple[int, int]] = []
        while not missing:
            try:
                ask = next(one.task) if got is None else one.task.send(got)
            except StopIteration as end:
                active.discard(one)
                yield one.number, end.value
                return
            one.seen = self._found(ask)
            missing = gaps(ask, one.seen)
            got = one.got()
        width = 1 if self._is_here() else self.team.width
        fair = ceil(ask.number * min(len(active), width) / width)
        seconds = self._seconds(one)
        size = max(1, min(fair, int(min(UNIT_SECONDS, self._least) / seconds)))
        units = [
            Unit(ask.scenario, ask.measures, place, min(size, last - place), self._kernel)
            for first, last in missing
            for place in range(first, last, size)
        ]
        one.left = len(units)
        # Those of a task that has begun go first: so few have runs that must be kept.
        pieces = (Piece(one, unit, unit.number * seconds) for unit in units)
        self._put(*pieces, is_first=has_begun)

    def _found(self, ask: Ask) -> dict[int, Seen]:
        """What of it is kept."""
        if self.kept is None:
            return {}
        found = self.kept.find(*ask)
        self.runs += len(found)
        self._taken += len(found)
        return found

    def _put(self, *pieces: Piece, is_first: bool = False) -> None:
        """Let them wait, in this order."""
        self._waiting += sum(piece.seconds for piece in pieces)
        if is_first:
            self._pieces.extendleft(reversed(pieces))
        else:
            self._pieces.extend(pieces)

    def _take(self) -> Piece:
        piece = self._pieces.popleft()
        self._waiting = self._waiting - piece.seconds if self._pieces else 0.0
        return piece

    def _step(self) -> Iterator[tuple[Piece, Seen]]:
        """Hand over what there is room for, and return what has been done."""
        if self._is_here() and self._pieces:
            piece = self._take()
            seen = done(piece.unit)
            self._here += seen.seconds
            yield piece, self._noted(piece, seen)
            return
        try:
            self._hand_over()
            done_by_now = wait(self._futures, self.team.looks_every, FIRST_COMPLETED).done
            if not done_by_now:
                self.team.look()
            for future in done_by_now:
                yield from self._brought(future)
        except BrokenExecutor as error:
            yield from self._again(error)

    def _is_here(self) -> bool:
        if self._is_alone or self.team.is_given:
            return self._is_alone
        return not self._is_worth_it() or not self.team.is_ready()

    def _is_worth_it(self) -> bool:
        """Whether processes are started: the first run says how long the others take."""
        waiting = self._waits(HERE_SECONDS) if self._here else 0.0
        return self.team.starts > 0 or self._here + waiting >= HERE_SECONDS

    def _hand_over(self) -> None:
        while self._pieces and len(self._futures) < IN_FLIGHT * self.team.width:
            suspects = [self._pieces[0], *(chunk[0] for chunk in self._futures.values())]
            if self._futures and any(one.is_suspect for one in suspects):
                return
            chunk = self._chunk()
            try:
                future = self.team.submit(tuple(piece.unit for piece in chunk))
            except BaseException:
                self._put(*chunk, is_first=True)
                raise
            self._futures[future] = chunk

    def _chunk(self) -> Chunk:
        """Take units enough that handing them over costs little, and leave some to the others."""
        left = self._share()
        chunk = [self._take()]
        left -= self._expected(chunk[0])
        while self._pieces and not (chunk[0].is_suspect or self._pieces[0].is_suspect):
            left -= self._expected(self._pieces[0])
            if left < 0:
                break
            chunk.append(self._take())
        return chunk

    def _share(self) -> float:
        """The seconds of a chunk: where little waits a part of it, so that all end together."""
        shares = IN_FLIGHT * self.team.width
        waiting = self._waits(shares * self._least)
        return max(waiting / shares, SMALLEST * self._least)

    def _waits(self, enough: float) -> float:
        """How many seconds of work wait, as far as is known by now, or `enough`."""
        waiting = 0.0
        for piece in self._pieces:
            waiting += self._expected(piece)
            if waiting >= enough:
                return enough
        return waiting

    def _expected(self, piece: Piece) -> float:
        """How long it takes."""
        return piece.unit.number * self._seconds(piece.active)

    @property
    def _least(self) -> float:
        """The seconds of a chunk where much waits."""
        return LEAST_SECONDS * (AWAY if self.team.is_given else 1.0)

    def _brought(self, future: Future[tuple[Seen, ...]]) -> Iterator[tuple[Piece, Seen]]:
        """What was done of a chunk; why, where the executor has not done it."""
        try:
            seen = future.result()
        except BrokenExecutor:
            raise
        except CancelledError:
            raise ExecutorError("the executor has cancelled its work") from None
        except Exception as error:  # noqa: BLE001 - units raise none: it is the executor's
            yield from self._refuse(self._futures.pop(future), safe(error_text(error), 300))
            return
        self._refused = -1
        for piece, one in zip(self._futures.pop(future), seen, strict=True):
            yield piece, self._noted(piece, one)

    def _refuse(self, chunk: Chunk, why: str) -> Iterator[tuple[Piece, Seen]]:
        """A chunk was not done: one unit of it may be why, or the executor does no work at all."""
        if self._refused >= 0:
            self._refused += 1
            if self._refused >= MOST_TRIES:
                raise ExecutorError(f"the executor does no work: {why}")
        if len(chunk) == 1:
            yield chunk[0], Seen((), (), why)
            return
        for piece in chunk:
            piece.tries = MOST_TRIES - 1
        self._put(*chunk, is_first=True)

    def _again(self, error: BrokenExecutor) -> Iterator[tuple[Piece, Seen]]:
        """A process has ended: what it was doing is done again, or has failed."""
        self.team.renew(error)
        lost = [piece for chunk in self._futures.values() for piece in chunk]
        self._futures.clear()
        for piece in lost:
            piece.tries += 1
        self._put(*(piece for piece in lost if piece.tries < MOST_TRIES), is_first=True)
        for piece in lost:
            if piece.tries >= MOST_TRIES:
                yield piece, Seen((), (), f"it ended its process {MOST_TRIES} times")

    def _noted(self, piece: Piece, seen: Seen) -> Seen:
        if seen.by and seen.by != versions():
            raise ExecutorError(f"a worker has {seen.by}, and this is {versions()}: use the same")
        if seen.runs:
            self._by[seen.because] += len(seen.runs)
            piece.active.seconds = seen.seconds / len(seen.runs)
            self._slowest = max(piece.active.seconds, SLOWEST_FADES * self._slowest)
        return seen
