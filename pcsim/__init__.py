"""pcsim: the flight simulator for producer-consumer systems, in a terminal.

Importing this package loads nothing; each name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pcsim.item import Item, ItemStatus
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
    "Result": "pcsim.result",
    "simulate": "pcsim.simulation",
    "run": "pcsim.simulation",
    "Item": "pcsim.item",
    "ItemStatus": "pcsim.item",
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
