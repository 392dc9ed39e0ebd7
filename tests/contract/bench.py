"""Where the tests of the contract run a scenario, on either engine.

What a test needs to happen in a certain order is made so by a gate: a sink is `slow`, a source
`steady`. On threads they wait until what is to come first is seen in a snapshot; in virtual time
they take long enough for it to have come.
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
from tests.support.engines import GUARD, check_balance, check_growth

Engine: TypeAlias = ThreadsEngine | VirtualEngine
Condition: TypeAlias = Callable[[Snapshot], bool]
Sink: TypeAlias = Callable[[Any], object]


class Boom(Exception):
    """The error that sources and sinks of tests raise."""


class Bench:
    """One engine at a time, of the kind that it was made for."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.is_virtual = kind == "virtual"
        self.slow_time = 1000.0 if self.is_virtual else 0.0
        """The service time of a consumer whose sink is `slow`."""
        self.steady_time = 1.0 if self.is_virtual else 0.0
        """The interval of a producer whose source is `steady`."""
        self.engines: list[Engine] = []

    @property
    def engine(self) -> Engine:
        """The latest."""
        return self.engines[-1]

    def make(
        self,
        scenario: Scenario,
        sources: Mapping[str, Iterable[Any]] | None = None,
        sinks: Mapping[str, Sink] | None = None,
    ) -> Engine:
        """An engine that has not started."""
        if self.is_virtual:
            self.engines.append(VirtualEngine(scenario, sources, sinks))
        else:
            self.engines.append(ThreadsEngine(scenario, sources, sinks))
        return self.engine

    def started(self, *arguments: Any) -> Engine:
        """The same, started."""
        engine = self.make(*arguments)
        engine.start()
        return engine

    def run(self, *arguments: Any) -> Snapshot:
        """Run a scenario to its end: the last snapshot, which is checked."""
        self.started(*arguments)
        return self.end()

    def end(self) -> Snapshot:
        """The last snapshot of the run, when it has come to its end."""
        assert self.engine.join(GUARD), self.engine.snapshot()
        final = self.engine.snapshot()
        check_final(final)
        return final

    def until(self, condition: Condition) -> Snapshot:
        """Let the run go on until the condition is true."""
        for snapshot in self.steps():
            if condition(snapshot):
                return snapshot
        raise AssertionError(f"it never came true: {self.engine.snapshot()}")

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
        self,
        condition: Condition,
        sink: Sink | None = None,
        look: Callable[[], object] | None = None,
    ) -> Sink:
        """A sink that ends its first item when the condition is true and `look` was called."""
        seen = 0

        def act(data: Any) -> object:
            nonlocal seen
            seen += 1
            if seen == 1:
                self._expect(condition)
                if look is not None:
                    look()
            return None if sink is None else sink(data)

        return act

    def steady(self, items: Iterable[Any], condition: Condition) -> Iterator[Any]:
        """A source that gives each of its items only when the condition is true."""
        for item in items:
            self._expect(condition)
            yield item

    def after_first(self, items: Iterable[Any], name: str = "C") -> Iterator[Any]:
        """A source that gives the second and all further items when a consumer has the first."""
        rest = iter(items)
        yield from islice(rest, 1)
        yield from self.steady(rest, has_got(name, 1))

    def _expect(self, condition: Condition) -> None:
        if self.is_virtual:
            assert condition(self.engine.snapshot()), self.engine.snapshot()
            return
        end = time.monotonic() + GUARD
        while not condition(self.engine.snapshot()):
            assert time.monotonic() < end, self.engine.snapshot()
            threading.Event().wait(0.0003)

    def close(self) -> None:
        """No run outlives its test."""
        for engine in self.engines:
            engine.abort()
            engine.join(GUARD)


def check_final(final: Snapshot) -> None:
    """Check what is true at the end of every run."""
    check_balance(final)
    assert final.phase.is_over
    totals = final.totals
    assert (totals.in_producers_hands, totals.queued, totals.in_workers_hands) == (0, 0, 0)
    assert final.sojourn_time.count == totals.consumed
    for queue in final.queues:
        assert queue.closed
        assert queue.waiting_time.count == queue.got_total
        assert queue.peak_depth <= (queue.capacity or 0)
    for worker in final.workers:
        assert worker.state in ("done", "failed")


def check_steps(steps: Iterable[Snapshot]) -> Snapshot:
    """Check each of the snapshots, and return the last."""
    before: Snapshot | None = None
    for snapshot in steps:
        check_balance(snapshot)
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


def is_done(name: str) -> Condition:
    """Whether a worker has ended."""
    return lambda snapshot: worker(snapshot, name).state in ("done", "failed")


def is_full(name: str) -> Condition:
    """Whether a worker is blocked because a queue is full, and was not served a moment ago."""

    def condition(snapshot: Snapshot) -> bool:
        row = worker(snapshot, name)
        return row.state == "blocked" and row.reason == "full" and row.in_hand == 1

    return condition


def has_got(name: str, number: int) -> Condition:
    """Whether a worker has taken this many items."""
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

    def act(item: int) -> int:
        if item in data:
            raise Boom(f"not {item}")
        return item

    return act
