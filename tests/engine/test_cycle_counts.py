"""The counts of waits in cycles say of a deadlock what a search through all workers says."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pcsim.engine.connections import Connections
from pcsim.engine.cycle_counts import BlockedOn, Cycle, CycleCounts
from pcsim.engine.deadlock import QueueWait, deadlocked, waiting
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import ConsumerSpec, End, ProducerSpec, QueueSpec, Retry, Scenario
from pcsim.snapshot import BlockReason, Phase

EMPTY, FULL = BlockReason.EMPTY, BlockReason.FULL


class Places(NamedTuple):
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class ModelWorker:
    """A worker that has an item in hand or wants one, and may be blocked."""

    def __init__(self, name: str, places: Places) -> None:
        self.name = name
        self.account = cast("Any", places)
        self.blocked_on: BlockedOn | None = None
        self.cycle: Cycle | None = None
        self.has_item = not places.inputs


class Model:
    """Workers that take and put single items by the rules of a run, one step of one at a time."""

    def __init__(self, capacities: list[int], places: list[Places]) -> None:
        self.capacities = capacities
        self.depths = [0] * len(capacities)
        self.live = {f"W{n}": ModelWorker(f"W{n}", place) for n, place in enumerate(places)}
        each = range(len(capacities))
        self.readers: list[dict[str, ModelWorker]] = [{} for _ in each]
        self.writers: list[dict[str, ModelWorker]] = [{} for _ in each]
        for name, worker in self.live.items():
            for queue in worker.account.inputs:
                self.readers[queue][name] = worker
            for queue in worker.account.outputs:
                self.writers[queue][name] = worker
        self.counts = CycleCounts(self.live, self.readers, self.writers)
        for queue in each:
            self.refuse_at(queue)

    def search(self) -> frozenset[str]:
        """The workers that are stuck, by the search through all of them."""
        waits = {
            name: QueueWait(*worker.blocked_on)
            for name, worker in self.live.items()
            if worker.blocked_on is not None
        }
        return deadlocked(self.live, waits, self.readers, self.writers)

    def block(self, worker: ModelWorker, reason: BlockReason, queues: tuple[int, ...]) -> bool:
        """Let it wait; return what the counts say."""
        worker.blocked_on = (reason, queues)
        return worker.cycle is not None and worker.cycle.begin_wait(worker, worker.blocked_on)

    def resume(self, worker: ModelWorker) -> None:
        blocked_on, worker.blocked_on = worker.blocked_on, None
        assert blocked_on is not None
        if worker.cycle is not None:
            worker.cycle.end_wait(worker, blocked_on)

    def waiters(self, reason: BlockReason, queue: int) -> list[ModelWorker]:
        return [
            worker
            for worker in self.live.values()
            if worker.blocked_on is not None
            and worker.blocked_on[0] is reason
            and queue in worker.blocked_on[1]
        ]

    def put(self, worker: ModelWorker, queue: int) -> bool:
        """Put what it has in hand; return whether the counts say that this is a deadlock."""
        getters = self.waiters(EMPTY, queue)
        if getters:
            self.resume(getters[0])
            getters[0].has_item = True
        elif self.readers[queue]:
            if self.depths[queue] == self.capacities[queue]:
                return self.block(worker, FULL, (queue,))
            self.depths[queue] += 1
        worker.has_item = not worker.account.inputs
        return False

    def get(self, worker: ModelWorker, first: int) -> bool:
        """Take an item from one of its queues; return whether that is said to be a deadlock."""
        inputs = worker.account.inputs
        for queue in (*inputs[first:], *inputs[:first]):
            if self.depths[queue]:
                worker.has_item = True
                putters = self.waiters(FULL, queue)
                if putters:
                    self.resume(putters[0])
                    putters[0].has_item = not putters[0].account.inputs
                else:
                    self.depths[queue] -= 1
                return False
        if not any(self.writers[queue] for queue in inputs):
            return self.leave(worker)
        return self.block(worker, EMPTY, inputs)

    def leave(self, worker: ModelWorker) -> bool:
        """End it; return whether the counts say that it may leave a deadlock."""
        del self.live[worker.name]
        for queue in worker.account.inputs:
            del self.readers[queue][worker.name]
        for queue in worker.account.outputs:
            del self.writers[queue][worker.name]
        ended = [
            one
            for queue in (*worker.account.inputs, *worker.account.outputs)
            for one in self.refuse_at(queue)
        ]
        says_so = self.counts.leave(worker)
        for one in ended:
            if one.name in self.live:
                says_so |= self.leave(one)
        return says_so

    def refuse_at(self, queue: int) -> list[ModelWorker]:
        """End the waits at a queue that has no readers, or no writers; return who ends by that."""
        ended = []
        if not self.readers[queue]:
            self.depths[queue] = 0
            for worker in self.waiters(FULL, queue):
                self.resume(worker)
                worker.has_item = not worker.account.inputs
        for worker in self.waiters(EMPTY, queue):
            if not any(self.writers[one] for one in worker.account.inputs):
                self.resume(worker)
                ended.append(worker)
        return ended

    def step(self, number: int, choice: int) -> tuple[str, bool]:
        """Let one of the workers that can act do something; what it was, and what is said of it."""
        able = [worker for worker in self.live.values() if worker.blocked_on is None]
        if not able:
            return "nothing", False
        worker = able[number % len(able)]
        if choice == 0:
            return "end", self.leave(worker)
        if not worker.has_item:
            return "get", self.get(worker, choice % len(worker.account.inputs))
        outputs = worker.account.outputs
        if not outputs or (worker.account.inputs and choice == 1):
            worker.has_item = not worker.account.inputs
            return "consume", False
        return "put", self.put(worker, outputs[choice % len(outputs)])


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Two to five queues, and workers between them, some of the same kind."""
    number = draw(st.integers(2, 5))
    some = st.lists(st.integers(0, number - 1), max_size=2, unique=True).map(tuple)
    kinds = draw(st.lists(st.builds(Places, some, some).filter(any), min_size=2, max_size=7))
    twins = draw(st.lists(st.sampled_from(kinds), max_size=4))
    ring = [Places((n,), ((n + 1) % number,)) for n in range(number)]
    places = [*kinds, *twins, *(ring if draw(st.booleans()) else ())]
    return Model(draw(st.lists(st.integers(1, 2), min_size=number, max_size=number)), places)


@settings(max_examples=400, deadline=None)
@given(models(), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12)), max_size=120))
def test_the_counts_and_the_search_agree(model: Model, steps: list[tuple[int, int]]) -> None:
    """Where somebody is stuck, the counts say so at that step; where a wait is said to complete a
    deadlock, it does, unless a cycle has lost a part since."""
    assert not model.search()
    for number, choice in steps:
        act, says_so = model.step(number, choice)
        stuck = model.search()
        assert not stuck or says_so
        may_be_wrong = act == "end" or any(cycle.is_outdated for cycle in model.counts.cycles)
        assert stuck or not says_so or may_be_wrong
        if stuck:
            return
        if says_so:
            model.counts.refresh()


@settings(max_examples=200, deadline=None)
@given(models(), st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), max_size=120))
def test_the_counts_of_a_run_are_those_of_a_fresh_look(
    model: Model, steps: list[tuple[int, int]]
) -> None:
    """However the workers blocked and went on, nothing is counted twice or forgotten."""
    for number, choice in steps:
        model.step(number, choice)
        if any(cycle.is_outdated for cycle in model.counts.cycles):
            return
    kept = counted(model.counts)
    model.counts.find()
    assert counted(model.counts) == kept


def test_a_part_of_a_cycle_can_be_stuck_while_the_rest_of_it_works() -> None:
    """S puts into its own queue, which is full, and T, on the other way round, still has work."""
    s, t, p = Places((0,), (0, 1)), Places((1,), (0,)), Places((), (0, 1))
    model = Model([1, 1], [s, t, p])
    (cycle,) = model.counts.cycles
    assert (cycle.queues, cycle.size, cycle.feeders) == (frozenset({0, 1}), 2, 1)
    stage, other, producer = model.live.values()
    for worker, queue in ((stage, 0), (other, 1)):
        assert not model.put(producer, queue)
        assert not model.get(worker, 0)
    assert not model.put(producer, 0)
    assert model.put(stage, 0)
    assert model.search() == {"W0"}


def counted(counts: CycleCounts) -> list[tuple[object, ...]]:
    """What is counted of each cycle."""
    return sorted(
        (sorted(one.queues), one.size, one.empty_waits, one.full_waits, one.feeders)
        for one in counts.cycles
    )


@st.composite
def cyclic_scenarios(draw: st.DrawFn) -> Scenario:
    """A ring of stages, with branches, dead letters and a few items from outside."""
    number = draw(st.integers(1, 4))
    names = [f"q{n}" for n in range(number)]
    times = st.sampled_from([0.5, 1.0, 1.5])
    queues = [QueueSpec(name, draw(st.integers(1, 2))) for name in names]
    stages = [
        ConsumerSpec(
            f"S{n}",
            name,
            draw(times),
            output=(names[(n + 1) % number], *draw(st.lists(st.just("out"), max_size=1))),
            count=draw(st.integers(1, 2)),
            max_items=draw(st.none() | st.integers(1, 9)),
        )
        for n, name in enumerate(names)
    ]
    failing = draw(st.sampled_from([None, *names]))
    if failing is not None:
        stages[0] = replace(
            stages[0], failure_probability=0.3, on_error=Retry(1, dead_letter=failing)
        )
    producer = ProducerSpec("P", draw(st.sampled_from(names)), draw(times), draw(st.integers(1, 9)))
    return Scenario(
        (*queues, QueueSpec("out", 2)),
        (producer, ProducerSpec("Q", "out", 3.0, 3)),
        (*stages, ConsumerSpec("Sink", "out", draw(times))),
        end=End(time=60),
    )


@settings(max_examples=100, deadline=None)
@given(cyclic_scenarios())
def test_nobody_is_stuck_in_a_run_that_goes_on(scenario: Scenario) -> None:
    """After each event of a virtual run, the search finds no deadlock that was not noticed."""
    engine = VirtualEngine(scenario)
    engine.start()
    while engine.advance(most=1) and engine.phase is Phase.RUNNING:
        assert not search(engine.connections, engine)


def search(connections: Connections, engine: VirtualEngine) -> frozenset[str]:
    """The workers that are stuck, by the search through all of them."""
    waits = waiting(connections.live, engine.queues, engine.copy_cells())
    return deadlocked(connections.live, waits, connections._readers, connections._writers)
