"""What one worker works with, and the behaviours that it makes of that, one after the other.

A worker has one behaviour, unless its description is changed while it runs. Then the behaviour
ends before its next item, and the worker asks its kit for another. Streams of random numbers, the
source, the turns of its routing and what is left of bursts outlast that: a change of one of them
shifts nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, islice, repeat
from math import prod
from typing import TYPE_CHECKING, Any

from pcsim.distributions import Distribution, Instants, Time, draws
from pcsim.distributions.streams import stream, uniform_numbers, weighted_choices
from pcsim.engine.behaviours import (
    Behaviour,
    FailurePolicy,
    Routes,
    WorkerContext,
    consume,
    produce,
    relay,
    stand_still,
)
from pcsim.engine.books.ledger import PRODUCED, Account
from pcsim.engine.endable import Block, EndableTimes, TimesOfRetries
from pcsim.engine.intervals import Bursty, on_schedule
from pcsim.engine.policies import ROUTING_CHOICES
from pcsim.engine.run import Run
from pcsim.errors import SimulatedFailure
from pcsim.scenario import ConsumerSpec, ProducerSpec, Retry, WorkerSpec
from pcsim.snapshot import Role

if TYPE_CHECKING:
    from numpy.random import Generator

Sink = Callable[[Any], object]


class RandomStreams:
    """The random numbers of one worker, a stream for each purpose."""

    def __init__(self, seed: int, replication: int, name: str) -> None:
        self._key = seed, replication, name
        self._generations: dict[str, int] = {}

    def times(self, time: Time, purpose: str) -> Iterator[float]:
        """Times in seconds; numbers are drawn only where there is something to draw."""
        if isinstance(time, (int, float)):
            return repeat(float(time))
        return draws(time, stream(*self._key, purpose))

    def endable(self, time: Time, purpose: str) -> EndableTimes:
        """Make times that can be ended; those that are made later for this purpose are others."""
        number = self._generations[purpose] = self._generations.get(purpose, 0) + 1
        if not isinstance(time, Distribution):
            return EndableTimes.equal(float(time))
        return EndableTimes(own_blocks(time, partial(stream, *self._key, _nth(purpose, number))))

    def choices(self, weights: Sequence[float]) -> Iterator[int]:
        """Positions, each as often as its weight says."""
        number = self._generations["routing"] = self._generations.get("routing", 0) + 1
        return weighted_choices(weights, stream(*self._key, _nth("routing", number)))

    def chances(self, purpose: str) -> Iterator[float]:
        """Numbers from 0 to 1."""
        return uniform_numbers(stream(*self._key, purpose))


def own_blocks(time: Distribution, make: Callable[[], Generator]) -> Iterator[Block]:
    """The times of a worker in blocks, from the generator that is made for them. Those of recorded
    instants are the instants themselves."""
    if isinstance(time, Instants):
        return iter([list(time.arrivals)])
    return time._blocks(make())


def _nth(purpose: str, number: int) -> str:
    return purpose if number == 1 else f"{purpose} {number}"


class Kit:
    """What one worker works with.

    Args:
        run: Its run.
        spec: Its description, at first.
        account: Where its cells are.
        context: What its engine lends to its behaviours.
        streams: Its random numbers.
        own: Its source or its sink, where it has one.
    """

    def __init__(
        self,
        run: Run,
        spec: WorkerSpec,
        account: Account,
        context: WorkerContext,
        streams: RandomStreams,
        own: Any = None,
    ) -> None:
        self._run = run
        self.declared = self.spec = spec
        self._account = account
        self.context = context
        self._streams = streams
        self.own = own
        self._times = self._new_times(spec)
        self._routes = self._new_routes(spec)
        self._bursty: Bursty | None = None
        if isinstance(spec, ProducerSpec) and spec.bursts is not None:
            on, off = spec.bursts.on, spec.bursts.off
            self._bursty = Bursty(streams.times(on, "on"), streams.times(off, "off"))
        self._act: Sink | None = None
        if isinstance(spec, ConsumerSpec):
            self._act = own
            if spec.failure_probability:
                chances = streams.chances("failure")
                self._act = _failing(own or _unchanged, spec.failure_probability, chances)
        self.burst = 0
        """How many items a producer makes at once when it begins its next behaviour."""
        self.failures = 0
        """How many items fail, of those that come next."""
        self._spells: list[float] = []
        """The factors of the slow spells that go on."""
        self._lengthened = 1.0
        """How many times as long its times are, since the last behaviour was made."""

    # Changes, under the lock of the run, while the worker may be at work.

    def end_behaviour(self, *, is_idle: bool) -> None:
        """Let its behaviour end before the next item. One that is idle waits for an item, and has
        the time for it."""
        self.context.keeps_source = True
        self._times.end(is_unused=is_idle)

    def begin_spell(self, factor: float) -> None:
        """Its times are that many times as long from now on."""
        self._spells.append(factor)
        self._lengthened *= factor

    def end_spell(self, factor: float) -> None:
        """They are so no more."""
        self._spells.remove(factor)
        self._lengthened /= factor

    # Behaviours, made by the worker when it has none, or for it while it waits.

    def behaviour(self) -> Behaviour:
        """Make the first behaviour of the worker."""
        if isinstance(self.spec, ProducerSpec):
            return self._producer(self.spec, None)
        return self._consumer(self.spec)

    def next_behaviour(
        self, spec: WorkerSpec, time_left: float | None, frozen: float
    ) -> tuple[Behaviour, bool]:
        """Make the behaviour that follows another one.

        Args:
            spec: The description of the worker as it is now.
            time_left: Seconds that are left of the interval that a producer waits for; None
                where it waits for none.
            frozen: Seconds for which it is to do nothing at first.

        Returns:
            The behaviour, and whether it is all: else another one follows it.
        """
        has_other_times = spec != self.spec and self._take_on(spec)
        if time_left is not None:
            time_left = None if has_other_times else time_left * self._lengthened
        self._lengthened = 1.0
        if isinstance(spec, ProducerSpec):
            if frozen:
                time_left = frozen + (time_left or 0.0)
            return self._producer(spec, time_left), True
        if frozen:
            return stand_still(float(frozen)), False
        return self._consumer(spec), True

    def _take_on(self, spec: WorkerSpec) -> bool:
        """Go by that description; whether its times are others."""
        before, self.spec = self.spec, spec
        has_other_times = _time_of(spec) != _time_of(before)
        if has_other_times:
            self._times = self._new_times(spec)
        if spec.weights != before.weights:
            self._routes = self._new_routes(spec)
        return has_other_times

    def _new_times(self, spec: WorkerSpec) -> EndableTimes:
        if isinstance(spec, ProducerSpec):
            return self._streams.endable(spec.interval, "interval")
        return self._streams.endable(spec.service_time, "service")

    def _new_routes(self, spec: WorkerSpec) -> Routes | None:
        """None where there is only one output to choose."""
        run, number, outputs = self._run, spec.ways, self._account.outputs
        if number < 2:
            return None
        if spec.routing.copies:
            return Routes(
                copies=number, is_open=lambda output: not run.queues[outputs[output]].is_shutdown
            )
        draw = partial(self._streams.choices, spec.weights or (1.0,) * number)
        loads = [partial(run.connections.load, index) for index in outputs[:number]]
        return Routes(ROUTING_CHOICES[spec.routing](loads, draw))

    def _producer(self, spec: ProducerSpec, time_left: float | None) -> Behaviour:
        # Without a source, and after the last of recorded times, nothing can come any more.
        is_on_schedule = isinstance(spec.interval, Instants)
        made = self._run.ledger.cells[self._account.base + PRODUCED]
        size = self._run.sizes.get(spec.name)
        known = None if self.own is None or is_on_schedule or size is None else size - made
        intervals = self._intervals(time_left, is_on_schedule)
        items = None if spec.items is None else spec.items - made
        return produce(
            self.own,
            limited(intervals, known, items),
            self.context,
            self._routes,
            spec.priority,
            on_schedule=is_on_schedule,
        )

    def _intervals(self, time_left: float | None, is_on_schedule: bool) -> Iterator[float]:
        self._times.factor = prod(self._spells)
        intervals = self._times.each()
        if is_on_schedule:
            intervals = on_schedule(intervals, self._elapsed)
        elif self._bursty is not None:
            intervals = self._bursty.intervals(intervals)
        burst, self.burst = self.burst, 0
        if time_left is not None:
            intervals = chain((float(time_left),), intervals)
        return chain(repeat(0.0, burst), intervals) if burst else intervals

    def _elapsed(self) -> float:
        """Seconds since the start of the run."""
        return self._run.clock() - (self._run.status.origin or 0.0)

    def _consumer(self, spec: ConsumerSpec) -> Behaviour:
        """What a consumer or a stage does."""
        account = self._account
        self._times.factor = prod(self._spells)
        act, failures = self._act, self.failures
        if failures:
            act = _failing_first(failures, act or _unchanged, self._has_failed)
        services = times = self._times.each()
        if spec.max_items is not None:
            times = islice(services, spec.max_items - account.item_number(self._run.ledger.cells))
        failure_policy = None if spec.on_error == "fail" else FailurePolicy()
        if isinstance(spec.on_error, Retry):
            position = account.output_names.index(spec.on_error.dead_letter)
            again = TimesOfRetries(self._times, services)
            failure_policy = FailurePolicy(spec.on_error.retries, again, position)
        if account.role is Role.STAGE:
            return relay(act, times, self.context, self._routes, failure_policy)
        return consume(act, times, self.context, failure_policy)

    def _has_failed(self) -> None:
        self.failures -= 1


def _time_of(spec: WorkerSpec) -> Time:
    """The time of each item: before it is made, or of the work on it."""
    return spec.interval if isinstance(spec, ProducerSpec) else spec.service_time


def limited(intervals: Iterator[float], size: int | None, items: int | None) -> Iterator[float]:
    """Take as many intervals as items may come. After its last item, where that is known, a
    source is asked without a wait whether that was all: it may have grown."""
    if size is not None:
        intervals = chain(islice(intervals, max(size, 0)), repeat(0.0, 1), intervals)
    return intervals if items is None else islice(intervals, max(items, 0))


def _failing(act: Sink, probability: float, chances: Iterator[float]) -> Sink:
    """The same, but it fails by chance."""

    def fail_or_act(data: Any) -> object:
        if next(chances) < probability:
            raise SimulatedFailure("simulated, by failure_probability")
        return act(data)

    return fail_or_act


def _failing_first(number: int, act: Sink, on_failure: Callable[[], object]) -> Sink:
    """The same, but it fails for the first items."""
    left = iter(range(number))

    def fail_or_act(data: Any) -> object:
        if next(left, None) is not None:
            on_failure()
            raise SimulatedFailure("simulated, as it was asked for")
        return act(data)

    return fail_or_act


def _unchanged(data: Any) -> Any:
    return data
