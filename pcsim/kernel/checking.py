"""Whether a kernel agrees with the Python engine: asked once, before it is used."""

from __future__ import annotations

from pcsim.distributions import Exponential, Lognormal
from pcsim.engine.virtual.engine import VirtualEngine
from pcsim.kernel.leaving import LeftToPythonError
from pcsim.kernel.library import Library
from pcsim.kernel.plan import Plan
from pcsim.kernel.run import KernelRun
from pcsim.scenario import (
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
)

LASTS = 200.0
"""Seconds of virtual time."""

SAMPLE = Scenario(
    queues=(
        QueueSpec("in", 4, Overflow.DROP_OLD, Discipline.PRIORITY),
        QueueSpec("left", 2),
        QueueSpec("right", 2, discipline=Discipline.LIFO),
        QueueSpec("failed", 5, Overflow.DROP_NEW),
    ),
    producers=(
        ProducerSpec("urgent", "in", Exponential(1.0), count=2, priority=-1),
        ProducerSpec("usual", "in", Exponential(0.5), put_timeout=1.0),
    ),
    consumers=(
        ConsumerSpec("sort", "in", Exponential(0.2), output=("left", "right"),
                     routing=Routing.SHORTEST, put_timeout=2.0),
        ConsumerSpec("work", ("left", "right"), Lognormal(0.6, 1.5), count=2,
                     selection=Selection.LONGEST, on_error=Retry(1, "failed"),
                     failure_probability=0.1),
        ConsumerSpec("look", "failed", 0.5),
    ),
    warm_up=10.0,
    end=End(time=LASTS, items=400),
)  # fmt: skip


def difference(library: Library) -> str:
    """Run a sample on both; return how they differ, "" where they do not."""
    engine = VirtualEngine(SAMPLE, logs_items=False, keeps_recent=False, notes_depths=True)
    engine.start()
    engine.join()
    run = KernelRun(library, Plan(SAMPLE), notes_depths=True)
    try:
        run.finish()
    except LeftToPythonError as error:
        return f"it cannot run a sample: {error}"
    if (_seen_of(run), run.warmed) == (_seen_of(engine), engine.warmed):
        return ""
    return "it differs from the Python engine in a sample"


def _seen_of(run: KernelRun | VirtualEngine) -> tuple[object, object]:
    """The state at its end, and the depths of its queues over time."""
    return run.snapshot(), None if run.depths is None else run.depths.between(0.0, LASTS)
