"""From a scenario, its sources and its sinks to the behaviour of each worker."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from itertools import chain, cycle, islice, repeat
from typing import TYPE_CHECKING, Any

from pcsim.distributions import Instants, Time, draws
from pcsim.distributions.streams import chances, choices, stream
from pcsim.engine.behaviours import (
    Behaviour,
    FailurePolicy,
    Routes,
    WorkerContext,
    bursty,
    consume,
    on_schedule,
    produce,
    relay,
)  # fmt: skip
from pcsim.engine.books.ledger import Account
from pcsim.engine.item import Item
from pcsim.engine.worker import error_text
from pcsim.errors import SimulatedFailure
from pcsim.scenario import ConsumerSpec, ProducerSpec, Retry, Routing, WorkerSpec
from pcsim.snapshot import Cause, EventKind, Role

if TYPE_CHECKING:
    from pcsim.engine.protocols import RunQueue
    from pcsim.engine.run import Run

Sink = Callable[[Any], object]


def assemble(run: Run, sources: Mapping[str, Iterable[Any]], sinks: Mapping[str, Sink]) -> None:
    """Connect each worker of the run with its queues, and give it its behaviour. `run.sizes` takes
    how many items a source has, where that is known."""
    for spec, worker in zip(run.scenario.workers, run.workers, strict=True):
        account = worker.account
        source = sources.get(spec.name)
        if isinstance(spec, ProducerSpec) and (size := _size(spec, source)) is not None:
            run.sizes[spec.name] = size
        around = _surroundings(run, account)
        worker.connect(spec, run.queues, around)
        lots = _RandomStreams(run, spec)
        routes = _routes(spec, lots, [run.queues[index] for index in account.outputs])
        if isinstance(spec, ProducerSpec):
            worker.behave(_producer(run, spec, source, lots, routes, around))
        else:
            worker.behave(_taker(spec, account, sinks.get(spec.name), lots, routes, around))


class _RandomStreams:
    """The random numbers of one worker, a stream for each purpose."""

    def __init__(self, run: Run, spec: WorkerSpec) -> None:
        self._key = run.scenario.seed, run.replication, spec.name

    def times(self, time: Time, purpose: str) -> Iterator[float]:
        """Times in seconds; numbers are drawn only where there is something to draw."""
        if isinstance(time, (int, float)):
            return repeat(float(time))
        return draws(time, stream(*self._key, purpose))

    def choices(self, weights: Sequence[float]) -> Iterator[int]:
        """Positions, each as often as its weight says."""
        return choices(weights, stream(*self._key, "routing"))

    def chances(self, purpose: str) -> Iterator[float]:
        """Numbers from 0 to 1."""
        return chances(stream(*self._key, purpose))


def _surroundings(run: Run, account: Account) -> WorkerContext:
    def failed(
        item: Item, error: BaseException, cause: Cause, attempt: int | None, limit: int | None
    ) -> None:
        run.log.append(
            run.clock(),
            EventKind.SKIPPED,
            account.name,
            item=item.id,
            cause=cause,
            count=attempt,
            limit=limit,
            message=error_text(error),
        )

    return WorkerContext(
        account.name,
        run.clock,
        run.new_numbers if account.role is Role.PRODUCER else run.numbers,
        run.ledger.cells,
        account.base,
        run.sojourn_times,
        failed,
    )


def _routes(spec: WorkerSpec, lots: _RandomStreams, outputs: Sequence[RunQueue]) -> Routes | None:
    """None where there is but one way."""
    ways = spec.ways
    if ways < 2:
        return None
    if spec.routing is Routing.BROADCAST:
        return Routes(copies=ways, is_open=lambda output: not outputs[output].is_shutdown)
    if spec.routing is Routing.RANDOM:
        return Routes(lots.choices(spec.weights or (1.0,) * ways))
    if spec.routing is Routing.SHORTEST:
        return Routes(_shortest(outputs[:ways]))
    return Routes(cycle(range(ways)))


def _shortest(queues: Sequence[RunQueue]) -> Iterator[int]:
    while True:
        depths = [math.inf if queue.is_shutdown else queue.depth() for queue in queues]
        yield depths.index(min(depths))


def _producer(
    run: Run,
    spec: ProducerSpec,
    source: Iterable[Any] | None,
    lots: _RandomStreams,
    routes: Routes | None,
    around: WorkerContext,
) -> Behaviour:
    size = run.sizes.get(spec.name)
    # Without a source, and after the last of recorded instants, nothing can come any more.
    known = None if source is None or isinstance(spec.interval, Instants) else size
    intervals = _as_many(_intervals(run, spec, lots), known, spec.items)
    return produce(source, intervals, around, routes, spec.priority)


def _intervals(run: Run, spec: ProducerSpec, lots: _RandomStreams) -> Iterator[float]:
    if isinstance(spec.interval, Instants):
        return on_schedule(spec.interval.at or (), run.elapsed)
    intervals = lots.times(spec.interval, "interval")
    if spec.bursts is None:
        return intervals
    return bursty(intervals, lots.times(spec.bursts.on, "on"), lots.times(spec.bursts.off, "off"))


def _as_many(intervals: Iterator[float], size: int | None, items: int | None) -> Iterator[float]:
    """So many intervals as items may come. After its last item, where that is known, a source
    is asked without a wait whether that was all: it may have grown."""
    if size is not None:
        intervals = chain(_the_first(intervals, size), repeat(0.0, 1), intervals)
    return intervals if items is None else _the_first(intervals, items)


def _the_first(times: Iterator[float], number: int) -> Iterator[float]:
    """So many of them; those that are all alike without one more iterator on every item's way."""
    return repeat(next(times), number) if isinstance(times, repeat) else islice(times, number)


def _taker(
    spec: ConsumerSpec,
    account: Account,
    sink: Sink | None,
    lots: _RandomStreams,
    routes: Routes | None,
    around: WorkerContext,
) -> Behaviour:
    is_stage = account.role is Role.STAGE
    act = sink
    if spec.failure_probability:
        act = _failing(sink or _unchanged, spec.failure_probability, lots.chances("failure"))
    services = lots.times(spec.service_time, "service")
    times = services if spec.max_items is None else _the_first(services, spec.max_items)
    remedy = None if spec.on_error == "fail" else FailurePolicy()
    if isinstance(spec.on_error, Retry):
        position = spec.outputs.index(spec.on_error.dead_letter)
        remedy = FailurePolicy(spec.on_error.retries, services, position)
    if is_stage:
        return relay(act, times, around, routes, remedy)
    return consume(act, times, around, remedy)


def _failing(act: Sink, probability: float, lots: Iterator[float]) -> Sink:
    """The same, but it fails by chance."""

    def fail_or_act(data: Any) -> object:
        if next(lots) < probability:
            raise SimulatedFailure("simulated, by failure_probability")
        return act(data)

    return fail_or_act


def _size(spec: ProducerSpec, source: object) -> int | None:
    """How many items will come, where it can be told without pulling any."""
    if not isinstance(source, Sized):
        return spec.items
    try:
        size = len(source)
    except Exception:  # noqa: BLE001 - the length is only told: without it the run is the same
        return spec.items
    return size if spec.items is None else min(size, spec.items)


def _unchanged(data: Any) -> Any:
    return data
