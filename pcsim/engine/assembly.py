"""From a scenario, its sources and its sinks to the behaviour of each worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from functools import partial
from itertools import chain, count, islice, repeat
from typing import Any, NamedTuple

from pcsim.distributions import Instants, Time, draws
from pcsim.distributions.streams import stream, uniform_numbers, weighted_choices
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
from pcsim.engine.numbering import limited_ids
from pcsim.engine.policies import ROUTING_CHOICES
from pcsim.engine.raised import error_text
from pcsim.engine.run import Run
from pcsim.errors import SimulatedFailure
from pcsim.scenario import ConsumerSpec, ProducerSpec, Retry, WorkerSpec
from pcsim.snapshot import Cause, EventKind, Role
from pcsim.text import safe_value

Sink = Callable[[Any], object]


def assemble(
    run: Run,
    sources: Mapping[str, Iterable[Any]],
    sinks: Mapping[str, Sink],
    replication: int = 0,
) -> None:
    """Connect each worker of the run with its queues, and give it its behaviour.

    Args:
        run: A run that has its workers and queues, and has not begun. Its `sizes` take how many
            items a source has, where that is known.
        sources: Iterables of data by the name of their producer.
        sinks: Functions of the data by the name of their consumer or stage.
        replication: Which of the independent runs of the scenario this is.
    """
    ids = _Ids.of(run)
    run.has_data = bool(sources or sinks)
    for spec, worker in zip(run.scenario.workers, run.workers, strict=True):
        account = worker.account
        source = sources.get(spec.name)
        if isinstance(spec, ProducerSpec) and (size := _size(spec, source)) is not None:
            run.sizes[spec.name] = size
        context = _context(run, account, ids)
        worker.connect(spec, run.queues, context)
        streams = _RandomStreams(run.scenario.seed, replication, spec.name)
        routes = _routes(run, spec, streams, account.outputs)
        if isinstance(spec, ProducerSpec):
            worker.behave(_producer(run, spec, source, streams, routes, context))
        else:
            sink = sinks.get(spec.name)
            worker.behave(_consumer(spec, account, sink, streams, routes, context))


class _Ids(NamedTuple):
    """Numbers of items, each taken once."""

    all: Iterator[int]
    of_producers: Iterator[int]
    """The same, for items that producers make: they end when the run has made enough."""

    @classmethod
    def of(cls, run: Run) -> _Ids:
        ids, limit = count(1), run.scenario.end.items
        if limit is None:
            return cls(ids, ids)
        return cls(ids, limited_ids(limit, ids, partial(run.drain, Cause.ENOUGH_ITEMS)))


class _RandomStreams:
    """The random numbers of one worker, a stream for each purpose."""

    def __init__(self, seed: int, replication: int, name: str) -> None:
        self._key = seed, replication, name

    def times(self, time: Time, purpose: str) -> Iterator[float]:
        """Times in seconds; numbers are drawn only where there is something to draw."""
        if isinstance(time, (int, float)):
            return repeat(float(time))
        return draws(time, stream(*self._key, purpose))

    def choices(self, weights: Sequence[float]) -> Iterator[int]:
        """Positions, each as often as its weight says."""
        return weighted_choices(weights, stream(*self._key, "routing"))

    def chances(self, purpose: str) -> Iterator[float]:
        """Numbers from 0 to 1."""
        return uniform_numbers(stream(*self._key, purpose))


def _context(run: Run, account: Account, ids: _Ids) -> WorkerContext:
    def note_failure(
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
            payload=safe_value(item.data) if run.has_data else "",
            producer=item.producer or "",
        )

    return WorkerContext(
        account.name,
        run.clock,
        ids.of_producers if account.role is Role.PRODUCER else ids.all,
        run.ledger.cells,
        account.base,
        run.sojourn_times,
        note_failure,
        run.flags,
    )


def _routes(
    run: Run, spec: WorkerSpec, streams: _RandomStreams, outputs: Sequence[int]
) -> Routes | None:
    """None where there is only one output to choose."""
    number = spec.ways
    if number < 2:
        return None
    if spec.routing.copies:
        return Routes(
            copies=number, is_open=lambda output: not run.queues[outputs[output]].is_shutdown
        )
    draw = partial(streams.choices, spec.weights or (1.0,) * number)
    loads = [partial(run.connections.load, index) for index in outputs[:number]]
    return Routes(ROUTING_CHOICES[spec.routing](loads, draw))


def _producer(
    run: Run,
    spec: ProducerSpec,
    source: Iterable[Any] | None,
    streams: _RandomStreams,
    routes: Routes | None,
    context: WorkerContext,
) -> Behaviour:
    size = run.sizes.get(spec.name)
    # Without a source, and after the last of recorded times, nothing can come any more.
    is_on_schedule = isinstance(spec.interval, Instants)
    known = None if source is None or is_on_schedule else size
    intervals = _limited(_intervals(run, spec, streams), known, spec.items)
    return produce(source, intervals, context, routes, spec.priority, on_schedule=is_on_schedule)


def _intervals(run: Run, spec: ProducerSpec, streams: _RandomStreams) -> Iterator[float]:
    if isinstance(spec.interval, Instants):
        return on_schedule(spec.interval.arrivals, partial(_elapsed, run))
    intervals = streams.times(spec.interval, "interval")
    if spec.bursts is None:
        return intervals
    on, off = streams.times(spec.bursts.on, "on"), streams.times(spec.bursts.off, "off")
    return bursty(intervals, on, off)


def _elapsed(run: Run) -> float:
    """Seconds since the start of the run."""
    return run.clock() - (run.status.origin or 0.0)


def _limited(intervals: Iterator[float], size: int | None, items: int | None) -> Iterator[float]:
    """Take as many intervals as items may come. After its last item, where that is known, a
    source is asked without a wait whether that was all: it may have grown."""
    if size is not None:
        intervals = chain(_first(intervals, size), repeat(0.0, 1), intervals)
    return intervals if items is None else _first(intervals, items)


def _first(times: Iterator[float], number: int) -> Iterator[float]:
    """Take the first of them; equal ones without one more iterator on every item's way."""
    return repeat(next(times), number) if isinstance(times, repeat) else islice(times, number)


def _consumer(
    spec: ConsumerSpec,
    account: Account,
    sink: Sink | None,
    streams: _RandomStreams,
    routes: Routes | None,
    context: WorkerContext,
) -> Behaviour:
    """What a consumer or a stage does."""
    act = sink
    if spec.failure_probability:
        act = _failing(sink or _unchanged, spec.failure_probability, streams.chances("failure"))
    services = streams.times(spec.service_time, "service")
    times = services if spec.max_items is None else _first(services, spec.max_items)
    failure_policy = None if spec.on_error == "fail" else FailurePolicy()
    if isinstance(spec.on_error, Retry):
        position = spec.outputs.index(spec.on_error.dead_letter)
        failure_policy = FailurePolicy(spec.on_error.retries, services, position)
    if account.role is Role.STAGE:
        return relay(act, times, context, routes, failure_policy)
    return consume(act, times, context, failure_policy)


def _failing(act: Sink, probability: float, chances: Iterator[float]) -> Sink:
    """The same, but it fails by chance."""

    def fail_or_act(data: Any) -> object:
        if next(chances) < probability:
            raise SimulatedFailure("simulated, by failure_probability")
        return act(data)

    return fail_or_act


def _size(spec: ProducerSpec, source: object) -> int | None:
    """How many items will come, where that is known without pulling any."""
    if not isinstance(source, Sized):
        return spec.items
    try:
        size = len(source)
    except Exception:  # noqa: BLE001 - the length is only shown: without it the run is the same
        return spec.items
    return size if spec.items is None else min(size, spec.items)


def _unchanged(data: Any) -> Any:
    return data
