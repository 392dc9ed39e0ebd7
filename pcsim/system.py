"""`ProducerConsumerSystem`: describe a system in Python, run it on threads, ask how it went."""

from __future__ import annotations

import sys
import warnings
import weakref
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Protocol, cast

from pcsim import runtime
from pcsim.analysis import report
from pcsim.engine.threads.engine import ABANDON_AFTER, ThreadsEngine
from pcsim.errors import PhaseError, ScenarioError
from pcsim.scenario import (
    ConsumerSpec,
    OnError,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Scenario,
)  # fmt: skip
from pcsim.scenario.graph import describe_cycle
from pcsim.snapshot import EventBatch, Phase, QueueDetail, Snapshot
from pcsim.snapshot.shutdown import Shutdown
from pcsim.validation import check_timeout, check_unique


class Appendable(Protocol):
    """A destination that keeps what it is given."""

    def append(self, item: Any, /) -> object:
        """Take one item."""


class ProducerConsumerSystem:
    """Producers, bounded queues and consumers, each worker on a thread of its own.

    Describe it with `add_queue`, `add_producer` and `add_consumer`, then `start` it. Used with
    `with`, it starts, and at the end waits for completion, or aborts when left by an exception.
    All times are seconds.
    """

    def __init__(self, title: str = "") -> None:
        self._title = title
        self._queues: list[QueueSpec] = []
        self._producers: list[ProducerSpec] = []
        self._consumers: list[ConsumerSpec] = []
        self._sources: dict[str, Iterable[Any]] = {}
        self._sinks: dict[str, Callable[[Any], object]] = {}
        self._engine: ThreadsEngine | None = None
        self._building = runtime.RLock()

    # Describing.

    def add_queue(
        self, name: str, queue_size: int = 10, *, overflow: Overflow | str = Overflow.BLOCK
    ) -> None:
        """Add a queue of that capacity (1 or more, whole).

        `overflow` says what it does with an item when it is full: `block` its producer,
        `drop_new`, `drop_old` or `fail`. Raises `ScenarioError` for a wrong value.
        """
        self._describable()
        spec = QueueSpec(name, queue_size, cast("Overflow", overflow))  # which checks it
        check_unique("queue", (*[queue.name for queue in self._queues], name))
        self._queues.append(spec)

    def add_producer(
        self,
        name: str,
        source: Iterable[Any],
        production_delay: float = 0.1,
        queue_name: str = "",
    ) -> None:
        """Add a producer: every `production_delay` seconds (0: as fast as it can) one item of
        the source into the queue.

        The source may be endless; it is read lazily, by the producer's thread, one item at a
        time. A generator is closed at the end, be it the source or what `iter` makes of it; a
        file, a cursor, or whatever else has a `close`, is its owner's to close. Raises
        `ScenarioError` for a wrong value.
        """
        self._describable()
        given: object = source
        if not isinstance(given, Iterable) and not hasattr(given, "__getitem__"):
            raise ScenarioError(
                field="source", owner=f"producer {name!r}", value=source, expected="iterable"
            )
        spec = ProducerSpec(name, queue_name, production_delay)
        check_unique("worker", (*self._worker_names, name))
        self._producers.append(spec)
        self._sources[name] = source

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
        """Add a consumer: it takes an item from any of its queues (round robin), works
        `consumption_delay` seconds and hands it to the destination.

        `destination` has an `append` or is called with each item; None lets items go. With
        `output` it is a stage: what the function returns goes into that queue. It ends after
        `max_items` (None: no limit). `on_error="skip"` counts an item for which the
        destination raises an `Exception` as failed and goes on, `"fail"` ends the run. Raises
        `ScenarioError` for a wrong value.
        """
        self._describable()
        names = _names(name, queue_names)
        spec = ConsumerSpec(name, names, consumption_delay, max_items, output, on_error)
        check_unique("worker", (*self._worker_names, name))
        sink = _sink(name, destination, is_stage=output is not None)
        self._consumers.append(spec)
        if sink is not None:
            self._sinks[name] = sink

    @property
    def _worker_names(self) -> list[str]:
        return [w.name for w in self._producers] + [w.name for w in self._consumers]

    def _describable(self) -> None:
        """Before a change: an engine that was only looked at is made anew when next needed."""
        with self._building:
            if self._engine is None:
                return
            phase = self._engine.snapshot().phase
            if phase is not Phase.CREATED:
                raise PhaseError(f"the run is {phase.value}: the system cannot be changed any more")
            self._engine = None

    def _is_whole(self) -> bool:
        """Whether it can be run. Ending what cannot must not hide the error that led there."""
        try:
            self._built()
        except ScenarioError:
            return False
        return True

    def _built(self) -> ThreadsEngine:
        """The engine, made when it is first needed."""
        with self._building:
            if self._engine is None:
                scenario = Scenario(
                    tuple(self._queues), tuple(self._producers), tuple(self._consumers), self._title
                )
                if cycle := scenario.cycle(blocking=True):
                    warnings.warn(describe_cycle(cycle), stacklevel=3)
                engine = ThreadsEngine(scenario, self._sources, self._sinks)
                if self._engine is None:  # else a signal handler was quicker, and may have begun
                    self._engine = engine
                    weakref.finalize(self, _abandoned, engine)
            return self._engine

    # Controlling.

    def start(self) -> None:
        """Start all workers. Raises `ScenarioError` when the description does not fit
        together, `PhaseError` when it was started before."""
        self._built().start()

    def wait_for_completion(self, timeout: float | None = None) -> bool:
        """Wait for the end, at most `timeout` seconds; whether it has come.

        Raises the run's first error: a `WorkerError` that names worker and item, the original
        being its cause, or a `DeadlockError`. Raises `PhaseError` before the start, and from
        a worker, which cannot wait for its own end.
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
        """Make nothing new; what is queued goes on."""
        self._built().pause_producing()

    def resume_producing(self) -> None:
        """Go on producing."""
        self._built().resume_producing()

    def drain(self) -> None:
        """Ask to stop producing, empty the queues and end; returns at once. Of a description that
        is not complete there is nothing to end."""
        if self._is_whole():
            self._built().drain()

    def abort(self) -> None:
        """Ask everyone to end at once, what is left being discarded; returns at once, as `drain`
        does of what is not complete."""
        if self._is_whole():
            self._built().abort()

    def stop(self, timeout: float = 5.0) -> dict[str, object]:
        """Drain, wait at most `timeout` seconds, abort what is left; the statistics at the end.

        `abandoned` among them names workers that hang in their source or sink. There are none
        of a description that is not complete.
        """
        timeout = check_timeout(timeout)
        if not self._is_whole():
            return {}
        # The abort abandons workers that hang, which takes its time.
        shutdown = Shutdown(self._built(), 2 * ABANDON_AFTER + timeout)
        shutdown.drain(timeout)
        shutdown.wait()
        return self.get_statistics()

    @property
    def unfinished_workers(self) -> tuple[str, ...]:
        """The names of the workers that have not ended: whom a wait that timed out waited for."""
        return self._built().live_workers

    # Asking.

    def snapshot(self) -> Snapshot:
        """One exact instant of the whole system. From any thread, and from a signal handler."""
        return self._built().snapshot()

    def events(self, since: int = 0) -> EventBatch:
        """What has happened, from event number `since` on."""
        return self._built().events(since)

    def queue_detail(self, name: str, limit: int = 100) -> QueueDetail:
        """The oldest `limit` items waiting in a queue, without disturbing them."""
        self._built().scenario.check_queue(name, "queue_detail")
        return self._built().queue_detail(name, limit)

    def get_statistics(self) -> dict[str, object]:
        """The measures of the run so far: `duration`, `total_produced`, `total_consumed`,
        `total_queue_remaining`, `queue_stats` by name, `producers` and `consumers`."""
        return report.statistics(self.snapshot())

    def print_statistics(self) -> None:
        """Print the report to standard output."""
        from pcsim.text import encodable

        text = report.text(self.snapshot())
        sys.stdout.write(encodable(text, sys.stdout.encoding).rstrip("\n") + "\n")

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
        finally:  # left by an exception, or one came while it waited
            if engine.is_running_here:
                shutdown = Shutdown(engine, 2 * ABANDON_AFTER)
                shutdown.abort()
                shutdown.wait()


def _sink(name: str, destination: Any, *, is_stage: bool) -> Callable[[Any], object] | None:
    if destination is None:
        return None
    append = getattr(destination, "append", None)
    if callable(append) and not is_stage:
        return append  # type: ignore[no-any-return]
    if callable(destination):
        return destination  # type: ignore[no-any-return]
    expected = "a function" if is_stage else "a function, or an object with append"
    raise ScenarioError(
        field="destination", owner=f"consumer {name!r}", value=destination, expected=expected
    )


def _names(consumer: str, queue_names: Any) -> tuple[str, ...]:
    if isinstance(queue_names, str):
        return (queue_names,)
    if not isinstance(queue_names, Iterable):
        owner, expected = f"consumer {consumer!r}", "a name or a list of names"
        raise ScenarioError(field="queue_names", owner=owner, value=queue_names, expected=expected)
    return tuple(queue_names)


def _abandoned(engine: ThreadsEngine) -> None:
    """A system was dropped: one that still runs is aborted, and told of."""
    if engine.is_running_here:
        engine.abort()  # first: the warning may be turned into an error
        warnings.warn("a running ProducerConsumerSystem was dropped", ResourceWarning, stacklevel=2)
