"""One run of a scenario in the kernel, and what is seen of it: as of a run of the Python engine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from typing import Any
from weakref import finalize

from pcsim.engine.books.depth_series import DepthSeries, first_step
from pcsim.engine.books.event_log import EventLog
from pcsim.engine.books.item_times import ItemTimes
from pcsim.engine.books.ledger import WorkerGauge
from pcsim.engine.observer import Observer
from pcsim.engine.protocols import RunFlags, RunStatus
from pcsim.kernel.books import Books, QueueBooks
from pcsim.kernel.leaving import LeftToPythonError
from pcsim.kernel.library import Library
from pcsim.kernel.plan import Plan
from pcsim.kernel.refilling import Refilling
from pcsim.kernel.structs import DUE_LATER, IN_TROUBLE, OVER, RUN_FAILS
from pcsim.snapshot import Cause, Phase, Snapshot

TURNS_AT_ONCE = 1_000_000
"""Turns between two looks whether Ctrl-C has come: about 30 ms."""

NO_MEMORY = "there is no memory left for the items of the run"


class _NoHand:
    """A worker of the kernel, whose items nobody sees."""

    in_hand = None


class KernelRun:
    """A run in virtual time that the kernel drives to its end.

    Args:
        library: The kernel.
        plan: What it runs.
        replication: Which of the independent runs of the scenario's seed; 0 or more.
        notes_depths: Whether it notes the depths of its queues over time, as `depths`.
    """

    kind = "virtual"
    in_one_thread = True
    has_data = False

    def __init__(
        self, library: Library, plan: Plan, replication: int = 0, *, notes_depths: bool = False
    ) -> None:
        self.scenario = scenario = plan.scenario
        self.log = EventLog(has_items=False)
        self.ledger = copy(plan.ledger)
        self.ledger.cells = plan.ledger.cells.copy()
        self.flags = RunFlags()
        self.status = RunStatus()
        self.sizes = plan.sizes
        self.queues = [QueueBooks(spec) for spec in scenario.queues]
        self.workers: Sequence[_NoHand] = [_NoHand()] * len(plan.by_rank)
        self.sojourn_times = ItemTimes(True, plan.goes_by_priority)
        self.depths = DepthSeries(first_step(scenario)) if notes_depths else None
        self.warm_up = 0.0 if scenario.warm_up == "auto" else scenario.warm_up
        self.warmed: Snapshot | None = None
        self.observer = Observer(self)
        self._now = 0.0
        self._library = library
        self._numbers = Refilling(plan, replication)
        self._kernel = library.new(
            plan.system, plan.workers, plan.queues, plan.inputs, plan.outputs, plan.streams,
            self._numbers.refill, self._numbers.drawn,
        )  # fmt: skip
        if not self._kernel:
            raise MemoryError(NO_MEMORY)
        has_room = self.depths is None or library.note_depths(self._kernel, self.depths.step)
        self._free = finalize(self, library.free, self._kernel)
        if not has_room:
            raise MemoryError(NO_MEMORY)
        self._books = Books(library, self._kernel, plan)

    # What is seen of it.

    def clock(self) -> float:
        """Seconds of virtual time, up to when its books are read."""
        return self._now

    def copy_cells(self) -> list[Any]:
        """Copy the ledger's cells."""
        return self.ledger.cells.copy()

    def worker_gauges(self, *, afresh: bool = False) -> list[WorkerGauge]:
        """What is known of threads: there are none."""
        return []

    def snapshot(self) -> Snapshot:
        """Describe the whole system as it is now, or at its end."""
        return self.observer.snapshot()

    # Its life.

    def finish(self) -> None:
        """Drive it from its start to its end.

        Raises:
            LeftToPythonError: It fails, or the kernel cannot go on with it.
            MemoryError: There is none left.
            KeyboardInterrupt: Ctrl-C; it does not go on.
        """
        self._begin()
        try:
            self._advance(math.inf)
            self._end()
        finally:
            self._free()

    def items_inside(self, times: Sequence[float]) -> tuple[list[int], float | None]:
        """Drive it from its start through these times, and count the items in the system.

        Returns:
            The numbers of items up to its end, and when that was; None where it is still to come.

        Raises:
            LeftToPythonError: As `finish` does.
        """
        self._begin()
        items: list[int] = []
        try:
            for at in times:
                if self._advance(at):
                    return items, self._library.now(self._kernel)
                items.append(self._library.in_system(self._kernel))
            return items, None
        finally:
            self._free()

    def _begin(self) -> None:
        self.status.origin = 0.0
        self.status.phase = Phase.RUNNING

    def _advance(self, until: float) -> bool:
        """Let time pass up to `until`; whether the run is over by then."""
        end_at = math.inf if self.scenario.end.time is None else self.scenario.end.time
        while True:
            warm_at = self.warm_up if self.warm_up and self.warmed is None else math.inf
            stop = min(warm_at, end_at, until)
            came = self._library.drive(self._kernel, stop, TURNS_AT_ONCE)
            if came == IN_TROUBLE:
                self._give_up()
            if came == OVER:
                return True
            if came != DUE_LATER:
                continue
            if stop == math.inf:
                raise LeftToPythonError("nothing happens any more, and it has no end")
            self._library.pass_time(self._kernel, stop)
            if stop == warm_at:
                self._end_warm_up()
            elif stop == end_at and not self.flags.aborting:
                self._stop()
            else:
                return self.flags.aborting

    def _stop(self) -> None:
        self.status.stop(Cause.TIME_LIMIT)
        self.flags.stop()
        self._library.stop(self._kernel)

    def _end_warm_up(self) -> None:
        self._read()
        self._library.forget_times(self._kernel)
        for queue in self.queues:
            queue.waiting_times.reset()
        self.sojourn_times.reset()
        self.warmed = self.snapshot()

    def _end(self) -> None:
        self._read()
        at, phase = self.clock(), Phase.FINISHED
        self.observer.end(at, phase)
        self.status.end(phase)

    def _read(self) -> None:
        if self._library.is_draining(self._kernel):
            self.status.begin_drain()
        self._now = self._library.now(self._kernel)
        if self.depths is not None:
            self._books.read_depths(self.depths)
        self._books.read(self.ledger.cells, self.queues, self.sojourn_times)

    def _give_up(self) -> None:
        if self._numbers.error is not None:
            raise self._numbers.error
        if self._library.trouble(self._kernel) != RUN_FAILS:
            raise MemoryError(NO_MEMORY)  # the Python engine would need more of it
        raise LeftToPythonError("the run fails")
