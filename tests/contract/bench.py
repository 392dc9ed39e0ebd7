"""Where the tests of the contract run a scenario, on either engine.

What a test needs to happen in a certain order is made so by a gate: a sink is `slow`, a source
`steady`. On threads they wait until what is to come first is seen in a snapshot; in virtual time
they take so long that it has come.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeAlias

from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, ProducerSpec, QueueSpec, Scenario
from pcsim.snapshot import QueueRow, Snapshot, WorkerRow
from tests.support.engines import GUARD, check_growth, check_law

Engine: TypeAlias = ThreadsEngine | VirtualEngine
Holds: TypeAlias = Callable[[Snapshot], bool]
Sink: TypeAlias = Callable[[Any], object]


class Boom(Exception):
    """What the tests' sources and sinks raise."""


class Bench:
    """One engine at a time, of the kind that it was made for."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.is_virtual = kind == "virtual"
        self.slow_time = 1000.0 if self.is_virtual else 0.0
        """The service time of a consumer whose sink is `slow`."""
        self.steady_time = 1.0 if self.is_virtual else 0.0
        """The interval of a producer whose source is `steady`."""
        self.made: list[Engine] = []

    @property
    def engine(self) -> Engine:
        """The one made last."""
        return self.made[-1]

    def make(
        self,
        scenario: Scenario,
        sources: Mapping[str, Iterable[Any]] | None = None,
        sinks: Mapping[str, Sink] | None = None,
    ) -> Engine:
        """An engine that has not started."""
        if self.is_virtual:
            self.made.append(VirtualEngine(scenario, sources, sinks))
        else:
            self.made.append(ThreadsEngine(scenario, sources, sinks))
        return self.engine

    def started(self, *arguments: Any) -> Engine:
        """The same, started."""
        engine = self.make(*arguments)
        engine.start()
        return engine

    def run(self, *arguments: Any) -> Snapshot:
        """Run a scenario to its end: the last snapshot, which keeps the laws."""
        self.started(*arguments)
        return self.end()

    def end(self) -> Snapshot:
        """The last snapshot of the run, when it has come to its end."""
        assert self.engine.join(GUARD), self.engine.snapshot()
        final = self.engine.snapshot()
        check_final(final)
        return final

    def until(self, holds: Holds) -> Snapshot:
        """Let the run go on until that holds."""
        for snapshot in self.steps():
            if holds(snapshot):
                return snapshot
        raise AssertionError(f"it never held: {self.engine.snapshot()}")

    def steps(self) -> Iterator[Snapshot]:
        """Snapshots up to the end of the run: all there are in virtual time, some on threads."""
        engine = self.engine
        yield engine.snapshot()
        for _ in range(100_000):
            if isinstance(engine, VirtualEngine):
                engine.advance(most=1)
            else:
                engine.join(0.0005)
            snapshot = engine.snapshot()
            yield snapshot
            if snapshot.phase.is_over:
                return

    def slow(
        self, holds: Holds, sink: Sink | None = None, look: Callable[[], object] | None = None
    ) -> Sink:
        """A sink that ends its first item not before that holds, and when `look` was called."""
        seen = 0

        def act(data: Any) -> object:
            nonlocal seen
            seen += 1
            if seen == 1:
                self._expect(holds)
                if look is not None:
                    look()
            return None if sink is None else sink(data)

        return act

    def steady(self, items: Iterable[Any], holds: Holds) -> Iterator[Any]:
        """A source that gives each of its items only when that holds."""
        for item in items:
            self._expect(holds)
            yield item

    def after_first(self, items: Iterable[Any], name: str = "C") -> Iterator[Any]:
        """A source that gives the second and all further items when a consumer has the first."""
        rest = iter(items)
        yield from islice(rest, 1)
        yield from self.steady(rest, has_got(name, 1))

    def _expect(self, holds: Holds) -> None:
        if self.is_virtual:
            assert holds(self.engine.snapshot()), self.engine.snapshot()
            return
        end = time.monotonic() + GUARD
        while not holds(self.engine.snapshot()):
            assert time.monotonic() < end, self.engine.snapshot()
            threading.Event().wait(0.0003)

    def close(self) -> None:
        """No run outlives its test."""
        for engine in self.made:
            engine.abort()
            engine.join(GUARD)


def check_final(final: Snapshot) -> None:
    """What holds at the end of every run."""
    check_law(final)
    assert final.phase.is_over
    totals = final.totals
    assert (totals.in_producers_hands, totals.queued, totals.in_workers_hands) == (0, 0, 0)
    assert final.sojourn_time.count == totals.consumed
    for queue in final.queues:
        assert queue.closed
        assert queue.waiting_time.count == queue.got_total
        assert queue.peak_depth <= queue.capacity
    for worker in final.workers:
        assert worker.state in ("done", "failed")


def check_steps(steps: Iterable[Snapshot]) -> Snapshot:
    """The laws hold in each of the snapshots; the last of them."""
    before: Snapshot | None = None
    for snapshot in steps:
        check_law(snapshot)
        if before is not None:
            check_growth(before, snapshot)
            assert snapshot.at >= before.at
        before = snapshot
    assert before is not None
    return before


def worker(snapshot: Snapshot, name: str) -> WorkerRow:
    """The row of a worker."""
    return next(row for row in snapshot.workers if row.name == name)


def queue(snapshot: Snapshot, name: str) -> QueueRow:
    """The row of a queue."""
    return next(row for row in snapshot.queues if row.name == name)


def is_done(name: str) -> Holds:
    """Whether a worker has ended."""
    return lambda snapshot: worker(snapshot, name).state in ("done", "failed")


def is_full(name: str) -> Holds:
    """Whether a worker is blocked because a queue is full, and was not served a moment ago."""

    def holds(snapshot: Snapshot) -> bool:
        row = worker(snapshot, name)
        return row.state == "blocked" and row.reason == "full" and row.in_hand == 1

    return holds


def has_got(name: str, number: int) -> Holds:
    """Whether a worker has taken so many items."""
    return lambda snapshot: worker(snapshot, name).got_total >= number


def line(
    capacity: int = 3,
    items: int | None = None,
    *,
    interval: Any = 0,
    service: Any = 0,
    queue_has: Mapping[str, Any] | None = None,
    producer_has: Mapping[str, Any] | None = None,
    consumer_has: Mapping[str, Any] | None = None,
    **scenario_has: Any,
) -> Scenario:
    """One producer P, one queue q, one consumer C."""
    return Scenario(
        (QueueSpec("q", capacity, **(queue_has or {})),),
        (ProducerSpec("P", "q", interval, items, **(producer_has or {})),),
        (ConsumerSpec("C", "q", service, **(consumer_has or {})),),
        **scenario_has,
    )


def failing_at(k: int, then: Sink | None = None) -> Sink:
    """A sink that raises at its k-th item, counted from 1."""
    seen = 0

    def sink(data: Any) -> object:
        nonlocal seen
        seen += 1
        if seen == k:
            raise Boom(f"at {k}")
        return None if then is None else then(data)

    return sink


def calling_at(k: int, call: Callable[[], object], then: Sink | None = None) -> Sink:
    """A sink that calls that at its k-th item, counted from 1."""
    seen = 0

    def sink(data: Any) -> object:
        nonlocal seen
        seen += 1
        if seen == k:
            call()
        return None if then is None else then(data)

    return sink


def refusing(*data: int) -> Any:
    """A function that raises on these, however often it is tried."""

    def act(given: int) -> int:
        if given in data:
            raise Boom(f"not {given}")
        return given

    return act
