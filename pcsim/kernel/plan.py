"""What the kernel is to run: a scenario as tables, or why the kernel does not run it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ctypes import Array, c_int32
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pcsim.distributions import Distribution, Instants, Time, may_be_zero
from pcsim.distributions.base import packed
from pcsim.distributions.streams import choice_blocks, stream, uniform_blocks
from pcsim.engine.books.ledger import Account, Ledger
from pcsim.engine.endable import Block
from pcsim.engine.kit import own_blocks
from pcsim.engine.virtual.tie_order import ranked
from pcsim.kernel.structs import (
    NONE,
    OutputPlan,
    QueuePlan,
    StreamPlan,
    SystemPlan,
    WorkerPlan,
)
from pcsim.scenario import (
    ConsumerSpec,
    Discipline,
    Overflow,
    ProducerSpec,
    Retry,
    Routing,
    Scenario,
    Selection,
    WorkerSpec,
)
from pcsim.scenario.specs import stream_names
from pcsim.snapshot import Role

if TYPE_CHECKING:
    from numpy.random import Generator

ROLES = (Role.PRODUCER, Role.CONSUMER, Role.STAGE)
OVERFLOWS = (Overflow.BLOCK, Overflow.DROP_NEW, Overflow.DROP_OLD, Overflow.FAIL)
DISCIPLINES = (Discipline.FIFO, Discipline.LIFO, Discipline.PRIORITY)
ROUTINGS = (Routing.ROUND_ROBIN, Routing.RANDOM, Routing.SHORTEST, Routing.BROADCAST)
SELECTIONS = (Selection.ROUND_ROBIN, Selection.LONGEST, Selection.PRIORITY)
FAILS, SKIPS, RETRIES = range(3)
"""What is done about an item that fails. These and the tuples: as in `source/plans.h`."""

DRAWN = -1.0
"""In the place of the seconds of a stream that is not constant."""

MOST_WORKERS = 1_000_000
"""Of workers and queues; more would not fit into its numbers of 32 bits."""


class Refusal(NamedTuple):
    """Something that the kernel leaves to the Python engine."""

    because: str
    applies_to: Callable[[Scenario], bool]


REFUSALS = (
    Refusal("a cycle of stages may deadlock", lambda one: bool(one.cycle())),
    Refusal("the scenario changes during the run", lambda one: bool(one.changes)),
    Refusal(
        "the system is too large",
        lambda one: len(one.workers) > MOST_WORKERS or len(one.queues) > MOST_WORKERS,
    ),
)
"""What can be seen in the scenario. A run that fails is run again in Python, for the error."""


def refusal(scenario: Scenario) -> str:
    """Return why the kernel does not run a scenario; "" where it does."""
    return next((one.because for one in REFUSALS if one.applies_to(scenario)), "")


class Numbers(NamedTuple):
    """Random numbers of one worker for one purpose."""

    worker: str
    purpose: str
    blocks_of: Callable[[Callable[[], Generator]], Iterator[Block]]

    def blocks(self, seed: int, replication: int) -> Iterator[Block]:
        """Draw them, block after block."""
        return self.blocks_of(partial(stream, seed, replication, self.worker, self.purpose))


class Plan:
    """A scenario as the kernel's tables: the same for all of its replications.

    Args:
        scenario: One that is not refused.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.ledger = Ledger(scenario)
        self.by_rank = ranked(self.ledger.accounts)
        """The numbers of the workers in the order of their ranks."""
        self.sizes = {
            one.name: one.items
            for one in scenario.workers
            if isinstance(one, ProducerSpec) and one.items is not None
        }
        self.priorities = sorted({one.priority for one in scenario.producers}) or [0]
        self.numbers: dict[int, Numbers] = {}
        """By position among the streams."""
        self._drawn_by = stream_names((*scenario.producers, *scenario.consumers))
        self._streams: list[tuple[float, bool]] = []
        self._constants: dict[float, int] = {}
        self._inputs: list[int] = []
        self._outputs: list[tuple[int, bool]] = []
        self.workers = (WorkerPlan * len(self.by_rank))()
        for number, plan in zip(self.by_rank, self.workers, strict=True):
            self._worker(scenario.workers[number], self.ledger.accounts[number], plan)
        self.goes_by_priority = any(one.discipline.goes_by_priority for one in scenario.queues)
        self.system = SystemPlan(
            workers=len(self.by_rank),
            queues=len(scenario.queues),
            inputs=len(self._inputs),
            outputs=len(self._outputs),
            streams=len(self._streams),
            priorities=len(self.priorities),
            by_priority=self.goes_by_priority,
            items=NONE if scenario.end.items is None else scenario.end.items,
        )
        self.queues = _table(QueuePlan, [
            (one.capacity, OVERFLOWS.index(one.overflow), DISCIPLINES.index(one.discipline))
            for one in scenario.queues
        ])  # fmt: skip
        self.inputs = (c_int32 * len(self._inputs))(*self._inputs)
        self.outputs = _table(OutputPlan, self._outputs)
        self.streams = _table(StreamPlan, self._streams)

    def _worker(self, spec: WorkerSpec, account: Account, plan: WorkerPlan) -> None:
        ways = spec.ways
        plan.role = ROLES.index(account.role)
        plan.routing = ROUTINGS.index(spec.routing)
        plan.first_input, plan.inputs = len(self._inputs), len(account.inputs)
        plan.first_output, plan.outputs = len(self._outputs), len(account.outputs)
        plan.ways = ways
        plan.dead_letter = plan.on_times = plan.off_times = plan.chances = plan.choices = NONE
        plan.most = NONE
        plan.patience = -1.0 if spec.put_timeout is None else spec.put_timeout
        weights = spec.weights or (1.0,) * ways
        self._inputs += account.inputs
        self._outputs += [
            (queue, position < ways and bool(weights[position]))
            for position, queue in enumerate(account.outputs)
        ]
        if isinstance(spec, ProducerSpec):
            self._producer(spec, plan)
        else:
            self._consumer(spec, plan)
        if ways > 1 and spec.routing.takes_weights:
            plan.choices = self._stream(
                spec.name,
                "routing",
                lambda make: (block.tolist() for block in choice_blocks(weights, make())),
            )

    def _producer(self, spec: ProducerSpec, plan: WorkerPlan) -> None:
        plan.times = self._times(spec.interval, spec.name, "interval")
        plan.takes_time = spec.name not in self.sizes and not may_be_zero(spec.interval)
        plan.priority = self.priorities.index(spec.priority)
        if spec.items is not None:
            plan.most = spec.items
        if spec.bursts is not None:
            plan.on_times = self._period(spec.bursts.on, spec.name, "on")
            plan.off_times = self._period(spec.bursts.off, spec.name, "off")

    def _consumer(self, spec: ConsumerSpec, plan: WorkerPlan) -> None:
        plan.times = self._times(spec.service_time, spec.name, "service")
        plan.takes_time = not may_be_zero(spec.service_time)
        plan.selection = SELECTIONS.index(spec.selection)
        if spec.max_items is not None:
            plan.most = spec.max_items
        if spec.failure_probability:
            plan.failure_probability = spec.failure_probability
            plan.chances = self._stream(
                spec.name, "failure", lambda make: map(packed, uniform_blocks(make()))
            )
        if isinstance(spec.on_error, Retry):
            plan.on_error, plan.retries = RETRIES, spec.on_error.retries
            plan.dead_letter = spec.outputs.index(spec.on_error.dead_letter)
        elif spec.on_error != "fail":
            plan.on_error = SKIPS

    # Streams.

    def _times(self, time: Time, worker: str, purpose: str) -> int:
        """The stream of a worker's own times."""
        if not isinstance(time, Distribution):
            return self._constant(float(time))
        is_schedule = isinstance(time, Instants) and purpose == "interval"
        return self._stream(worker, purpose, partial(own_blocks, time), is_schedule=is_schedule)

    def _period(self, time: Time, worker: str, purpose: str) -> int:
        """The stream of the times for which a producer is active, or silent."""
        if not isinstance(time, Distribution):
            return self._constant(float(time))
        return self._stream(worker, purpose, lambda make: time._blocks(make()))

    def _constant(self, seconds: float) -> int:
        if seconds not in self._constants:
            self._constants[seconds] = len(self._streams)
            self._streams.append((seconds, False))
        return self._constants[seconds]

    def _stream(
        self,
        worker: str,
        purpose: str,
        blocks_of: Callable[[Callable[[], Generator]], Iterator[Block]],
        *,
        is_schedule: bool = False,
    ) -> int:
        number = len(self._streams)
        self._streams.append((DRAWN, is_schedule))
        drawn_by = self._drawn_by.get(worker, worker)
        self.numbers[number] = Numbers(drawn_by, purpose, blocks_of)
        return number


def _table(kind: Any, rows: list[Any]) -> Array[Any]:
    """An array of structures whose first fields these are."""
    table: Array[Any] = (kind * len(rows))(*rows)
    return table
