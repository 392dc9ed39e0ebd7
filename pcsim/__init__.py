"""pcsim: the flight simulator for producer-consumer systems, in a terminal.

Importing this package loads nothing; each name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pcsim.version import __version__

if TYPE_CHECKING:
    from pcsim.analysis.result import Result
    from pcsim.distributions import (
        Empirical,
        Erlang,
        Exponential,
        Gamma,
        Hyperexponential,
        Instants,
        Lognormal,
        Normal,
        Uniform,
    )
    from pcsim.engine.item import Item, ItemStatus
    from pcsim.errors import (
        DeadlockError,
        EndlessError,
        InputError,
        LazyResultError,
        PcsimError,
        PhaseError,
        QueueOverflowError,
        ScenarioError,
        ScenarioFileError,
        ScreenError,
        SimulatedFailure,
        TheoryError,
        WorkerError,
    )
    from pcsim.experiments.branching import Branch, branch
    from pcsim.experiments.simulate import run, simulate
    from pcsim.experiments.sizing.answer import Sizing
    from pcsim.experiments.sizing.sizing import size
    from pcsim.experiments.variants.asking import what_if
    from pcsim.experiments.variants.checking import Check, check
    from pcsim.experiments.variants.sweeping import Sweep, sweep
    from pcsim.queue import Empty, Full, LifoQueue, PriorityQueue, Queue, ShutDown, get_any
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
    )
    from pcsim.system import ProducerConsumerSystem

_MODULES = {
    "pcsim.system": (
        "ProducerConsumerSystem",
    ),
    "pcsim.queue": (
        "Queue", "LifoQueue", "PriorityQueue", "get_any", "Empty", "Full", "ShutDown",
    ),
    "pcsim.scenario": (
        "Bursts", "ConsumerSpec", "Discipline", "End", "Overflow", "ProducerSpec", "QueueSpec",
        "Retry", "Routing", "Scenario", "Selection",
    ),
    "pcsim.distributions": (
        "Empirical", "Erlang", "Exponential", "Gamma", "Hyperexponential", "Instants",
        "Lognormal", "Normal", "Uniform",
    ),
    "pcsim.errors": (
        "DeadlockError", "EndlessError", "InputError", "PcsimError", "PhaseError",
        "LazyResultError", "QueueOverflowError", "ScenarioError", "ScenarioFileError",
        "ScreenError", "SimulatedFailure", "TheoryError", "WorkerError",
    ),
    "pcsim.analysis.result": (
        "Result",
    ),
    "pcsim.engine.item": (
        "Item", "ItemStatus",
    ),
    "pcsim.experiments.branching": (
        "Branch", "branch",
    ),
    "pcsim.experiments.simulate": (
        "simulate", "run",
    ),
    "pcsim.experiments.variants.asking": (
        "what_if",
    ),
    "pcsim.experiments.sizing.answer": (
        "Sizing",
    ),
    "pcsim.experiments.sizing.sizing": (
        "size",
    ),
    "pcsim.experiments.variants.checking": (
        "Check", "check",
    ),
    "pcsim.experiments.variants.sweeping": (
        "Sweep", "sweep",
    ),
}  # fmt: skip
"""The names that each module exports here."""
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Branch",
    "Bursts",
    "Check",
    "ConsumerSpec",
    "DeadlockError",
    "Discipline",
    "Empirical",
    "Empty",
    "End",
    "EndlessError",
    "Erlang",
    "Exponential",
    "Full",
    "Gamma",
    "Hyperexponential",
    "InputError",
    "Instants",
    "Item",
    "ItemStatus",
    "LazyResultError",
    "LifoQueue",
    "Lognormal",
    "Normal",
    "Overflow",
    "PcsimError",
    "PhaseError",
    "PriorityQueue",
    "ProducerConsumerSystem",
    "ProducerSpec",
    "Queue",
    "QueueOverflowError",
    "QueueSpec",
    "Result",
    "Retry",
    "Routing",
    "Scenario",
    "ScenarioError",
    "ScenarioFileError",
    "ScreenError",
    "Selection",
    "ShutDown",
    "SimulatedFailure",
    "Sizing",
    "Sweep",
    "TheoryError",
    "Uniform",
    "WorkerError",
    "__version__",
    "branch",
    "check",
    "get_any",
    "run",
    "simulate",
    "size",
    "sweep",
    "what_if",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'pcsim' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
