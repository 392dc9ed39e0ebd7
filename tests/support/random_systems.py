"""Random systems in which nothing is lost, for tests of what holds in all of them."""

from __future__ import annotations

from hypothesis import strategies as st
from msgspec.structs import replace

from pcsim.analysis.observation import Observation, measured_between
from pcsim.distributions import Exponential, Uniform
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.scenario import (
    Bursts,
    ConsumerSpec,
    Discipline,
    Overflow,
    ProducerSpec,
    QueueSpec,
    Scenario,
)

FROM_0 = st.just(0.0) | st.floats(0.001, 1.0)


TIMES = st.one_of(
    st.sampled_from([0.0, 0.5, 1.0, 1.5]),
    st.builds(Exponential, st.floats(0.2, 3.0)),
    st.builds(lambda low, more: Uniform(low, low + more), FROM_0, st.floats(0.1, 2)),
)


@st.composite
def systems(draw: st.DrawFn) -> Scenario:
    """One or two queues in a row, with one to three workers at each place; nothing is lost."""
    overflow, disciplines = Overflow.BLOCK, st.sampled_from(Discipline)
    queues = [QueueSpec("q", draw(st.integers(1, 6)), overflow, draw(disciplines))]
    bursts = draw(st.none() | st.builds(Bursts, st.just(2.0), TIMES))
    interval = draw(TIMES.filter(bool))
    producer = ProducerSpec("P", "q", interval, count=draw(st.integers(1, 3)), bursts=bursts)
    many = st.integers(1, 3)
    first = ConsumerSpec("C", "q", draw(TIMES), count=draw(many))
    consumers = [first]
    if draw(st.booleans()):
        queues.append(QueueSpec("r", draw(st.integers(1, 6)), overflow, draw(disciplines)))
        consumers = [
            replace(first, output="r"),
            ConsumerSpec("D", "r", draw(TIMES), count=draw(many)),
        ]
    seed = draw(st.integers(0, 10**6))
    return Scenario(tuple(queues), (producer,), tuple(consumers), seed=seed)


def ended(scenario: Scenario) -> tuple[VirtualEngine, Observation[float]]:
    """A run of it in virtual time that has ended, and its measures."""
    engine = VirtualEngine(scenario)
    engine.start()
    engine.join()
    assert engine.error is None
    return engine, measured_between(engine.warmed, engine.snapshot())
