"""`ProducerConsumerSystem`: describe a system in Python, run it on threads, and measure it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from pcsim import runtime
from pcsim.engine.threads.engine import ABANDON_AFTER, ThreadsEngine
from pcsim.engine.threads.process_exit import abort_with
from pcsim.errors import PhaseError, ScenarioError
from pcsim.experiments.own_code import Appendable
from pcsim.scenario import OnError, Overflow
from pcsim.scenario.deadlock_risk import deadlock_risk, describe_risk
from pcsim.snapshot import EventBatch, Phase, QueueDetail, Snapshot
from pcsim.snapshot.shutdown import Shutdown
from pcsim.system.description import Description
from pcsim.system.recording import Recordable
from pcsim.system.reports import Reports
from pcsim.system.steering import Steered
from pcsim.validation import check_timeout


class ProducerConsumerSystem(Recordable, Steered):
    """Producers, bounded queues and consumers, each worker on a thread of its own.

    Describe the system with `add_queue`, `add_producer` and `add_consumer`, then `start` it. As
    a context manager it starts on entry; on exit it waits for completion, and after an exception
    it aborts the run. All methods may be called from any thread. All times are seconds.

    Args:
        title: The title of its reports.

    Example:
        >>> from pcsim import ProducerConsumerSystem
        >>> results = []
        >>> system = ProducerConsumerSystem("Words")
        >>> system.add_queue("words", queue_size=2)
        >>> system.add_producer("Reader", ["to", "be"], production_delay=0, queue_name="words")
        >>> system.add_consumer("Writer", results, consumption_delay=0, queue_names="words")
        >>> with system:
        ...     pass
        >>> results, system.get_statistics()["total_consumed"]
        (['to', 'be'], 2)
    """

    def __init__(self, title: str = "") -> None:
        self._description = Description(title)
        self._engine: ThreadsEngine | None = None
        self._reports = Reports()
        self._building = runtime.RLock()
        self._is_shown = False

    # Describing.

    def add_queue(
        self, name: str, queue_size: int = 10, *, overflow: Overflow | str = Overflow.BLOCK
    ) -> None:
        """Add a queue.

        Args:
            name: Its name, which no other queue has.
            queue_size: Its capacity in items, 1 or more.
            overflow: What happens to an item that arrives when it is full: `block` the
                producer until there is room, `drop_new` (that item), `drop_old` (the oldest
                that waits), or `fail` (the run ends with a `QueueOverflowError`).

        Raises:
            ScenarioError: A value is out of its range.
            PhaseError: The run has started.
        """
        self._check_changeable()
        self._description.add_queue(name, queue_size, overflow)

    def add_producer(
        self,
        name: str,
        source: Iterable[Any],
        production_delay: float = 0.1,
        queue_name: str = "",
    ) -> None:
        """Add a producer, which puts one item of its source after the other into a queue.

        Args:
            name: Its name, which no other worker has.
            source: Where the items come from: any iterable, which may be endless. The
                producer's thread reads it lazily, one item at a time. A generator is closed at
                the end; files and cursors are not.
            production_delay: Seconds from item to item, 0 or more. A source that takes longer is
                not delayed further; a wait at a full queue is added.
            queue_name: The queue that it puts into.

        Raises:
            ScenarioError: A value is out of its range, or the source cannot be iterated.
            PhaseError: The run has started.
        """
        self._check_changeable()
        self._description.add_producer(name, source, production_delay, queue_name)

    def add_consumer(
        self,
        name: str,
        destination: Appendable | Callable[[Any], object] | None,
        consumption_delay: float = 0.15,
        max_items: int | None = None,
        queue_names: str | Iterable[str] = (),
        *,
        output: str | None = None,
        on_error: OnError = "fail",
    ) -> None:
        """Add a consumer, which takes items from its queues and hands them to a destination.

        Args:
            name: Its name, which no other worker has.
            destination: A function that is called with each item, or an object with `append`;
                None discards items. It is called in the consumer's thread. A coroutine function
                or a generator function is refused: to call it runs nothing.
            consumption_delay: Seconds that it works on each item, 0 or more.
            max_items: The number of items after which it ends, 1 or more; None: no limit.
            queue_names: One queue or several, from which it takes in turn (round robin).
            output: Makes it a stage: the queue into which the destination's results go.
            on_error: What an `Exception` of the destination does: `"fail"` ends the run,
                `"skip"` counts the item as failed and goes on, and a `Retry` tries again.

        Raises:
            ScenarioError: A value is out of its range, or the destination cannot be called.
            PhaseError: The run has started.
        """
        self._check_changeable()
        self._description.add_consumer(
            name, destination, consumption_delay, max_items, queue_names, output, on_error
        )

    def _check_changeable(self) -> None:
        """Forget an engine that has not started; the next use makes another one. Raises
        `PhaseError` once it has."""
        with self._building:
            if self._engine is None:
                return
            phase = self._engine.snapshot().phase
            if phase is not Phase.CREATED:
                raise PhaseError(f"the run is {phase.value}: the system cannot be changed any more")
            if self._is_shown:
                raise PhaseError("the system is shown in the app: it cannot be changed meanwhile")
            self._engine = None

    def _is_whole(self) -> bool:
        """Whether the description is complete. To end what cannot run is no error."""
        try:
            self._built()
        except ScenarioError:
            return False
        return True

    def _built(self) -> ThreadsEngine:
        """The engine, which the first use makes."""
        with self._building:
            if self._engine is None:
                description = self._description
                scenario = description.scenario()
                engine = ThreadsEngine(scenario, description.sources, description.sinks)
                if risk := deadlock_risk(scenario, engine.sizes):
                    warnings.warn(describe_risk(risk), stacklevel=3)
                if self._engine is None:  # else a signal handler was quicker, and may have begun
                    self._engine = engine
                    abort_with(self, engine)
            return self._engine

    # Controlling.

    def start(self) -> None:
        """Start all workers; returns at once.

        Raises:
            ScenarioError: The description is not complete: a queue without a producer or a
                consumer, or a name that does not exist.
            PhaseError: The run has started before.
        """
        self._built().start()

    def wait_for_completion(self, timeout: float | None = None) -> bool:
        """Wait for the end of the run.

        Args:
            timeout: Seconds to wait at most, 0 or more; None for no limit.

        Returns:
            Whether the run has ended.

        Raises:
            WorkerError: A worker failed, as the first error of the run; the original is its
                `__cause__`.
            DeadlockError: The workers waited for each other.
            PhaseError: The run has not started, or a worker of the run itself called this.
        """
        engine = self._built()
        if timeout is not None:
            timeout = check_timeout(timeout)
        if engine.snapshot().phase is Phase.CREATED:
            raise PhaseError("the system has not started: there is nothing to wait for")
        if not engine.join(timeout):
            return False
        if engine.error is not None:
            raise engine.error.with_traceback(None)
        return True

    def pause_producing(self) -> None:
        """Let producers make no more items until `resume_producing`; consumers go on."""
        self._built().pause_producing()

    def resume_producing(self) -> None:
        """Let producers go on after `pause_producing`."""
        self._built().resume_producing()

    def drain(self) -> None:
        """Ask the run to stop producing, empty its queues and end; returns at once.

        A description that is not complete has nothing to end.
        """
        if self._is_whole():
            self._built().drain()

    def abort(self) -> None:
        """Ask the run to end at once and discard all items in it; returns at once.

        A description that is not complete has nothing to end.
        """
        if self._is_whole():
            self._built().abort()

    def stop(self, timeout: float = 5.0) -> dict[str, object]:
        """Drain the run, abort it where that takes too long, and wait for its end.

        Args:
            timeout: Seconds that the drain may take, 0 or more.

        Returns:
            The statistics, as from `get_statistics`: `abandoned` has the names of workers that
            hang in their source or sink. Empty for a description that is not complete.

        Raises:
            ScenarioError: The timeout is out of its range.
        """
        timeout = check_timeout(timeout)
        if not self._is_whole():
            return {}
        # The abort abandons workers that hang, which takes its time.
        shutdown = Shutdown(self._built(), 5 * ABANDON_AFTER + timeout)
        shutdown.drain(timeout)
        shutdown.wait()
        return self.get_statistics()

    @property
    def unfinished_workers(self) -> tuple[str, ...]:
        """The names of the workers that have not ended: what a wait that timed out waited for."""
        return self._built().connections.live_names

    # Asking.

    def snapshot(self) -> Snapshot:
        """The exact state of the whole system at one time.

        It waits for no other thread, so a signal handler may call it as well.
        """
        return self._built().snapshot()

    def events(self, since: int = 0) -> EventBatch:
        """The events from a number on, as far as they are still kept.

        Args:
            since: The number of the first event, 0 or more. Pass the batch's `next_number` the
                next time, to have each event once.
        """
        return self._built().events(since)

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """The oldest items that wait in a queue, which stay there.

        Args:
            name: The queue.
            limit: The number of items at most.

        Raises:
            ScenarioError: There is no such queue.
        """
        self._built().scenario.check_queue(name, "queue_detail")
        return self._built().queue_detail(name, limit)

    def get_statistics(self) -> dict[str, object]:
        """The measures of the run so far.

        Returns:
            Among others `duration`, `throughput`, `total_produced`, `total_consumed`,
            `total_queue_remaining`, `queue_stats` (by name), `producers`, `consumers`; `recent`
            has the same of the last ten seconds. Times are seconds, shares 0 to 1. Nothing is
            simulated for it, but what `diagnose` has found at the end is part of it.
        """
        return self._reports.statistics(self._built())

    def diagnose(self) -> dict[str, object]:
        """Find what limits the run, by simulating changes of it one after the other.

        That takes about a second; of a finished run it is done once. Where sources and
        destinations of your own take time, the times that were measured are simulated.

        Returns:
            `sentence`, `bottleneck`, `advice` and `diagnosis`, as `pcsim run --json` prints them;
            the last is None of a run that failed.

        Example:
            >>> import time
            >>> system = ProducerConsumerSystem()
            >>> system.add_queue("jobs", 5)
            >>> system.add_producer("Feeder", range(40), 0, "jobs")
            >>> system.add_consumer("Worker", lambda job: time.sleep(0.005), 0, None, "jobs")
            >>> with system:
            ...     pass
            >>> system.diagnose()["bottleneck"]
            'Worker'
        """
        return self._reports.limit(self._built())

    def print_statistics(self) -> None:
        """Print the report of the run so far; of one that has finished, with what limited it."""
        self._reports.print(self._built())

    # Showing.

    def show(self, *, start: bool = False, theme: str | None = None) -> None:
        """Show the system in the app, in this terminal, until the app is left.

        A run that has not started can be started there. To leave one that goes on asks: it is
        ended at once, or drained, or it goes on without the app. What the program prints
        meanwhile stands on the terminal afterwards.

        Args:
            start: Whether to start the run at once, if it has not started.
            theme: `dark` or `light`; None as the terminal is.

        Raises:
            ScreenError: It is not called in the main thread, or there is no terminal, or an
                event loop (`asyncio.run`) is running there.
            ScenarioError: The description is not complete.
            WorkerError: The run has ended, because a worker failed: as `wait_for_completion`.
            DeadlockError: The run has ended, because workers waited for each other.

        Example:
            >>> system = ProducerConsumerSystem("Words")
            >>> system.add_queue("words", queue_size=2)
            >>> system.add_producer("Reader", ["to", "be"], queue_name="words")
            >>> system.add_consumer("Writer", None, queue_names="words")
            >>> system.show(start=True)  # doctest: +SKIP
        """
        engine = self._built()
        from pcsim.launch.own_code import show_run

        self._is_shown = True
        try:
            show_run(engine, start=start, theme=theme)
        finally:
            self._is_shown = False
        if engine.phase.is_over and engine.error is not None:
            raise engine.error.with_traceback(None)

    def __enter__(self) -> ProducerConsumerSystem:
        if self._built().snapshot().phase is Phase.CREATED:
            self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        engine = self._built()
        try:
            if error is None:
                self.wait_for_completion()
        finally:  # after an exception in the block, or one that came during the wait
            if engine.is_running_here:
                shutdown = Shutdown(engine, 5 * ABANDON_AFTER)
                shutdown.abort()
                shutdown.wait()


def run_of(system: ProducerConsumerSystem) -> ThreadsEngine:
    """Return the run of a system, for front ends.

    Raises:
        ScenarioError: The description is not complete.
    """
    return system._built()
