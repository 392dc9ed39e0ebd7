"""pcsim: the flight simulator for producer-consumer systems, in a terminal.

Importing this package loads nothing; each name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pcsim.version import __version__

if TYPE_CHECKING:
    from pcsim.engine.item import Item, ItemStatus
    from pcsim.queue import Empty, Full, LifoQueue, PriorityQueue, Queue, ShutDown, get_any
    from pcsim.system import ProducerConsumerSystem

_HOMES = {
    "ProducerConsumerSystem": "pcsim.system",
    "Queue": "pcsim.queue",
    "LifoQueue": "pcsim.queue",
    "PriorityQueue": "pcsim.queue",
    "get_any": "pcsim.queue",
    "Empty": "pcsim.queue",
    "Full": "pcsim.queue",
    "ShutDown": "pcsim.queue",
    "Scenario": "pcsim.scenario",
    "Result": "pcsim.analysis.result",
    "simulate": "pcsim.experiments.simulate",
    "run": "pcsim.experiments.simulate",
    "Item": "pcsim.engine.item",
    "ItemStatus": "pcsim.engine.item",
}

__all__ = [
    "Empty",
    "Full",
    "Item",
    "ItemStatus",
    "LifoQueue",
    "PriorityQueue",
    "ProducerConsumerSystem",
    "Queue",
    "Result",
    "Scenario",
    "ShutDown",
    "__version__",
    "get_any",
    "run",
    "simulate",
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
