"""Contract: whatever is changed, in whatever order, the laws hold, on both engines.

`python -m pytest -m long tests/contract/test_steering_laws.py` runs thousands of sequences.
"""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from pcsim.distributions import Exponential
from pcsim.engine.threads.engine import ThreadsEngine
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.errors import PhaseError, ScenarioError
from pcsim.scenario import (
    Bursts,
    Change,
    ConsumerSpec,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Routing,
    Scenario,
)
from pcsim.scenario.changes import (
    AddWorkers,
    Burst,
    FailItem,
    Freeze,
    RemoveWorkers,
    SetCapacity,
    SetInterval,
    SetOnError,
    SetOverflow,
    SetServiceTime,
    SetWeights,
    SlowSpell,
)
from pcsim.snapshot import Snapshot
from tests.support.engines import GUARD

QUEUES = ["in", "left", "right", "back", "dead"]
WORKERS = ["P", "B", "R", "L", "X", "D", "P-1", "P-2", "L-1", "L-2", "L-3"]
POLICIES = [policy for policy in Overflow if not policy.fails]


def scenario(tick: float) -> Scenario:
    """Two kinds of producers, a router, a loop with dead letters: all that can be changed."""
    time = Exponential(tick) if tick >= 0.01 else tick
    return Scenario(
        tuple(QueueSpec(name, 3) for name in QUEUES),
        (
            ProducerSpec("P", "in", time, count=2),
            ProducerSpec("B", "in", tick, bursts=Bursts(on=3 * tick, off=2 * tick)),
        ),
        (
            ConsumerSpec(
                "R",
                ("in", "back"),
                tick / 4,
                output=("left", "right"),
                routing=Routing.RANDOM,
                weights=(2, 1),
                on_error="skip",
            ),
            ConsumerSpec("L", "left", time, count=2, on_error=Retry(1, "dead")),
            ConsumerSpec("X", "right", 0, output="back", put_timeout=tick, on_error="skip"),
            ConsumerSpec("D", "dead", 0, on_error="skip"),
        ),
        seed=5,
    )


@cache
def changes(tick: float) -> st.SearchStrategy[Change]:
    """Changes of that scenario; not all of them fit it."""
    queue, worker = st.sampled_from(QUEUES), st.sampled_from(WORKERS)
    time = st.sampled_from([0.0, tick / 3, tick, 3 * tick])
    at = st.none()
    policy = st.sampled_from(["skip", Retry(0, "dead"), Retry(2, "dead")])
    weights = st.sampled_from([(1.0, 0.0), (0.0, 1.0), (1.0, 3.0)])
    return st.one_of(
        st.builds(SetCapacity, queue, st.integers(1, 5)),
        st.builds(SetOverflow, queue, st.sampled_from(POLICIES)),
        st.builds(AddWorkers, worker, st.integers(1, 2)),
        st.builds(RemoveWorkers, worker, st.integers(1, 2)),
        st.builds(SetInterval, worker, st.sampled_from([tick / 3, tick])),
        st.builds(SetServiceTime, worker, time),
        st.builds(SetWeights, worker, weights),
        st.builds(SetOnError, worker, policy),
        st.builds(Freeze, worker, st.just(2 * tick)),
        st.builds(FailItem, worker),
        st.builds(Burst, worker, st.integers(1, 6)),
        st.builds(SlowSpell, worker, st.just(3.0), st.just(4 * tick), at=at),
    )


class _Machine(RuleBasedStateMachine):
    """A run that is changed, paused, drained and looked at, in any order."""

    tick = 1.0

    def make(self) -> Any:
        """The engine."""
        return VirtualEngine(scenario(self.tick))

    def let_pass(self, ticks: float) -> None:
        """Let that much time pass."""
        self.engine.advance(until=self.engine.clock() + ticks * self.tick)

    @initialize()
    def begin(self) -> None:
        """Start it."""
        self.engine: Any = self.make()
        self.engine.start()
        self.before: Snapshot = self.engine.snapshot()
        self.most = dict.fromkeys(QUEUES, 3)

    @rule(data=st.data())
    def change(self, data: st.DataObject) -> None:
        """Change something; what does not fit changes nothing."""
        change = data.draw(changes(self.tick))
        try:
            self.engine.steer(change)
        except (ScenarioError, PhaseError):
            return
        if isinstance(change, SetCapacity):
            seen = self.engine.snapshot()
            row = next(row for row in seen.queues if row.name == change.queue)
            assert row.capacity == change.capacity

    @rule(ticks=st.sampled_from([0.0, 0.3, 1.0, 4.0]))
    def go_on(self, ticks: float) -> None:
        """Let it run."""
        self.let_pass(ticks)

    @rule(paused=st.booleans())
    def pause(self, paused: bool) -> None:
        """Let producers stand still, or go on."""
        (self.engine.pause_producing if paused else self.engine.resume_producing)()

    @rule(way=st.sampled_from(["", "", "", "", "", "drain", "abort"]))
    def end_it(self, way: str) -> None:
        """Ask it to end, now and then."""
        if way:
            getattr(self.engine, way)()

    @invariant()
    def nothing_is_lost(self) -> None:
        """Each item is somewhere, a worker has one at most, and nothing is counted back."""
        if not hasattr(self, "engine"):
            return
        was, seen = self.before, self.engine.snapshot()
        assert seen.totals.balanced, seen.totals
        assert min(seen.totals) >= 0, seen.totals
        for row in seen.workers:
            assert row.in_hand in (0, 1), row
        rows = {row.name: row for row in seen.workers}
        for old in was.workers:
            new = rows[old.name]
            assert new.got_total >= old.got_total
            assert new.put_total >= old.put_total
            assert new.done_total >= old.done_total
        for queue, before in zip(seen.queues, was.queues, strict=True):
            most, capacity = self.most[queue.name], queue.capacity or 0
            assert 0 <= queue.depth <= max(capacity, before.depth, most), queue
            assert queue.peak_depth >= before.peak_depth
            self.most[queue.name] = max(capacity, queue.depth)
        self.before = seen

    def teardown(self) -> None:
        """It comes to an end, with nothing left."""
        if not hasattr(self, "engine"):
            return
        engine = self.engine
        engine.resume_producing()
        engine.drain()
        for _ in count():
            if engine.join(0.02) or engine.phase.is_over:
                break
            if next(self._patience, None) is None:
                engine.abort()
                assert engine.join(GUARD), engine.snapshot()
                break
        end = engine.snapshot()
        assert end.phase.is_over
        assert end.failure is None, end.failure
        assert end.totals.balanced
        assert end.totals.in_system == 0, end.totals
        assert end.sojourn_time.count == end.totals.consumed
        assert not end.abandoned

    @property
    def _patience(self) -> Any:
        if not hasattr(self, "_left"):
            self._left = iter(range(3))
        return self._left


class Virtual(_Machine):
    """In virtual time."""


class Threads(_Machine):
    """On threads."""

    tick = 0.0004

    def make(self) -> Any:
        """The engine."""
        return ThreadsEngine(scenario(self.tick))

    def let_pass(self, ticks: float) -> None:
        """Let that much time pass."""
        self.engine.join(ticks * self.tick)


def _run(machine: type[_Machine], examples: int, steps: int) -> None:
    run_machine(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=examples < 1_000,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_laws_hold_in_virtual_time_whatever_is_changed() -> None:
    """In any order, with pauses, drains and aborts between."""
    _run(Virtual, 40, 25)


def test_laws_hold_on_threads_whatever_is_changed() -> None:
    """In any order, with pauses, drains and aborts between."""
    _run(Threads, 8, 25)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("machine", [Virtual, Threads])
def test_laws_hold_in_thousands_of_sequences(machine: type[_Machine]) -> None:
    """On each engine."""
    _run(machine, 3_000, 50)
