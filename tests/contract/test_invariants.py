"""What holds of every run in virtual time, on systems that Hypothesis makes up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pcsim.distributions import Exponential, Uniform, mean_of
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import (
    Bursts,
    ConsumerSpec,
    Discipline,
    End,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Retry,
    Routing,
    Scenario,
    Selection,
)  # fmt: skip
from pcsim.snapshot import Phase, Snapshot
from tests.contract.bench import check_final
from tests.contract.scenarios import digest, outcome
from tests.support.engines import check_balance, check_growth

NAMES = ("a", "b", "c", "d")
TIMES: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0]),
    st.sampled_from([Exponential(1.0), Uniform(0.0, 2.0)]),
)
SLOW: st.SearchStrategy[Any] = st.sampled_from([0.5, 1.0, Exponential(1.0)])
TIMEOUTS = st.sampled_from([None, None, None, 0.0, 0.5, 1.0, 4.0])


@st.composite
def queues(draw: st.DrawFn, number: int) -> tuple[QueueSpec, ...]:
    """This number of queues, of any policy and discipline."""
    return tuple(
        QueueSpec(
            name,
            draw(st.integers(1, 4)),
            draw(st.sampled_from(Overflow)),
            draw(st.sampled_from(Discipline)),
        )
        for name in NAMES[:number]
    )


@st.composite
def producers(draw: st.DrawFn, name: str, outputs: tuple[str, ...]) -> ProducerSpec:
    """A producer into some of these queues."""
    routing = draw(st.sampled_from(Routing))
    weighs = routing is Routing.RANDOM and draw(st.booleans())
    interval = draw(TIMES)
    bursts = [None, None, Bursts(3.0, Exponential(2.0)) if mean_of(interval) else None]
    return ProducerSpec(
        name,
        outputs,
        interval,
        draw(st.integers(0, 25)),
        routing=routing,
        weights=tuple(draw(st.floats(0.1, 5)) for _ in outputs) if weighs else (),
        put_timeout=draw(TIMEOUTS),
        bursts=draw(st.sampled_from(bursts)),
        priority=draw(st.integers(-2, 2)),
    )


@st.composite
def consumers(
    draw: st.DrawFn, name: str, inputs: tuple[str, ...], outputs: tuple[str, ...]
) -> ConsumerSpec:
    """A consumer, or a stage where there are outputs; the last of them is for dead letters too."""
    policies: list[Any] = ["fail", "skip", "skip"]
    if outputs:
        policies.append(Retry(draw(st.integers(1, 2)), outputs[-1]))
    is_stage = bool(outputs) and draw(st.booleans())
    return ConsumerSpec(
        name,
        inputs,
        draw(TIMES),
        draw(st.sampled_from([None, None, None, 1, 7])),
        outputs if is_stage else None,
        draw(st.sampled_from(policies)),
        selection=draw(st.sampled_from(Selection)),
        routing=draw(st.sampled_from(Routing)),
        put_timeout=draw(TIMEOUTS),
        failure_probability=draw(st.sampled_from([0.0, 0.0, 0.2, 1.0])),
    )


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """One to four queues, two to six workers; stages put into queues further down only."""
    number = draw(st.integers(1, 4))
    names = NAMES[:number]
    some = st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)
    makers = [tuple(draw(some)) for _ in range(draw(st.integers(1, 3)))]
    takers = [tuple(draw(some)) for _ in range(draw(st.integers(1, 3)))]
    below = [
        tuple(name for name in names if name > max(inputs))[: draw(st.integers(0, 2))]
        for inputs in takers
    ]
    # Every queue is fed and read: by the first that can.
    makers[0] = tuple(dict.fromkeys((*makers[0], *names)))
    missing = tuple(name for name in names if not any(name in inputs for inputs in takers))
    if missing:
        takers.append(missing)
        below.append(())
    return Scenario(
        draw(queues(number)),
        tuple(draw(producers(f"P{at}", outputs)) for at, outputs in enumerate(makers)),
        tuple(
            draw(consumers(f"C{at}", inputs, outputs))
            for at, (inputs, outputs) in enumerate(zip(takers, below, strict=True))
        ),
        seed=draw(st.integers(0, 9)),
        end=draw(st.sampled_from([End(), End(), End(time=15.0), End(items=20)])),
    )


class Watched:
    """A run whose queues' depth is integrated from outside, and whose items are followed."""

    def __init__(self, scenario: Scenario, most: int) -> None:
        self.most = most
        self.delivered: Counter[int] = Counter()
        number = iter(range(10**6)).__next__
        sources = {spec.name: iter(number, None) for spec in scenario.producers}
        self.copies = any(
            spec.routing is Routing.BROADCAST and len(spec.outputs) > 1 for spec in scenario.workers
        )
        sinks: dict[str, Callable[[Any], object]] = {
            spec.name: self._deliver for spec in scenario.consumers if spec.output is None
        }
        self.engine = VirtualEngine(scenario, sources, sinks)
        self.areas = [0.0] * len(scenario.queues)
        self.last = self.engine.snapshot()

    def _deliver(self, data: Any) -> None:
        self.delivered[data] += 1

    def look(self, control: Callable[[VirtualEngine], None] | None = None) -> Snapshot:
        """Check a snapshot after one more slice."""
        snapshot = self.engine.snapshot()
        check_balance(snapshot)
        check_growth(self.last, snapshot)
        assert snapshot.at >= self.last.at
        for index, row in enumerate(self.last.queues):
            self.areas[index] += row.depth * (snapshot.at - self.last.at)
        for row in snapshot.queues:
            assert row.depth <= row.peak_depth <= (row.capacity or 0)
        self.last = snapshot
        return snapshot

    def run(self, controls: dict[int, str] | None = None) -> Snapshot:
        """To the end, using each control after its number of slices."""
        engine = self.engine
        engine.start()
        for step in range(100_000):
            self.look()
            if controls and step in controls:
                getattr(engine, controls.pop(step))()
                self.look()
            if not engine.advance(most=self.most):
                if controls and not engine.snapshot().phase.is_over:
                    getattr(engine, controls.pop(min(controls)))()
                    continue
                break
        return self.look()


@settings(max_examples=120, deadline=None)
@given(scenarios(), st.sampled_from([1, 1, 5]))
def test_any_run_is_exact_and_ends(scenario: Scenario, most: int) -> None:
    """Exact at every slice, in bounds, never falling; it ends or fails; nothing is lost."""
    watched = Watched(scenario, most)
    final = watched.run()
    assert final.phase in (Phase.FINISHED, Phase.FAILED)
    assert (final.failure is None) == (final.phase is Phase.FINISHED)
    check_final(final)
    if not watched.copies:
        assert max(watched.delivered.values(), default=1) == 1
    if most == 1 and scenario.end.time is None:  # else time leaps to the end with the last event
        for index, queue in enumerate(watched.engine.queues):
            assert queue.departures_minus_arrivals == pytest.approx(watched.areas[index], abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    scenarios(),
    st.dictionaries(
        st.integers(0, 60),
        st.sampled_from(["pause_producing", "resume_producing", "drain", "abort"]),
        max_size=5,
    ),
)
def test_any_run_is_exact_whatever_is_asked_of_it(
    scenario: Scenario, controls: dict[int, str]
) -> None:
    """Controls at any moment; a run that is paused for good is ended from outside."""
    watched = Watched(scenario, 1)
    watched.run(dict(controls))
    if not watched.engine.snapshot().phase.is_over:
        assert watched.engine.flags.paused
        watched.engine.drain()
        while watched.engine.advance(most=1):
            watched.look()
    final = watched.look()
    check_final(final)
    if "abort" not in controls.values():
        assert final.phase is not Phase.ABORTED
    if not watched.copies:
        assert max(watched.delivered.values(), default=1) == 1


@settings(max_examples=40, deadline=None)
@given(scenarios(), st.integers(1, 50))
def test_any_run_is_the_same_however_it_is_driven(scenario: Scenario, most: int) -> None:
    """Whole, or in slices that are looked at."""
    whole = VirtualEngine(scenario)
    whole.start()
    assert whole.join(60)
    sliced = VirtualEngine(scenario)
    sliced.start()
    while sliced.advance(most=most):
        sliced.snapshot()
    assert digest(outcome(sliced)) == digest(outcome(whole))


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 5),
    st.integers(1, 3),
    st.integers(1, 3),
    TIMES,
    TIMES,
    st.sampled_from(Discipline),
)
def test_the_integral_of_depth_is_the_sum_of_waits(
    capacity: int, many: int, few: int, interval: Any, service: Any, discipline: Discipline
) -> None:
    """Where every item is taken: Little's law, to rounding."""
    scenario = Scenario(
        (QueueSpec("q", capacity, discipline=discipline),),
        (ProducerSpec("P", "q", interval, 20, count=many),),
        (ConsumerSpec("C", "q", service, count=few),),
    )
    watched = Watched(scenario, 1)
    final = watched.run()
    waits = final.queues[0].waiting_time
    assert waits.count == final.totals.consumed == 20 * many
    assert watched.engine.queues[0].departures_minus_arrivals == pytest.approx(
        waits.mean * waits.count, abs=1e-6
    )
    assert watched.areas[0] == pytest.approx(waits.mean * waits.count, abs=1e-6)
    if final.at:
        assert final.queues[0].mean_depth(final.at) * final.at == pytest.approx(
            watched.areas[0], abs=1e-6
        )


@st.composite
def rings(draw: st.DrawFn) -> Scenario:
    """Stages that may put into any queue, which takes them time; it ends at a time."""
    number = draw(st.integers(1, 3))
    names = NAMES[:number]
    some = st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)
    stages = tuple(
        ConsumerSpec(
            f"S{at}",
            name,
            draw(SLOW),
            draw(st.sampled_from([None, None, 5])),
            tuple(draw(some)),
            routing=draw(st.sampled_from(Routing)),
            put_timeout=draw(TIMEOUTS),
        )
        for at, name in enumerate(names)
    )
    return Scenario(
        draw(queues(number)),
        (ProducerSpec("P", names, draw(TIMES), draw(st.integers(0, 20))),),
        stages,
        end=End(time=40.0),
    )


@settings(max_examples=60, deadline=None)
@given(rings())
def test_any_cycle_is_exact_and_ends(scenario: Scenario) -> None:
    """Empty, in deadlock, or when its time is up; a deadlock only when every worker waits for
    another."""
    watched = Watched(scenario, 1)
    final = watched.run()
    check_final(final)
    if final.failure is not None and final.failure.is_deadlock:
        blocked = final.failure.message.count(" waits on ")
        assert blocked >= 1
        assert "full" in final.failure.message
