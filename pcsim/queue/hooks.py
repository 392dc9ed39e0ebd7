"""The hooks that a class of queues may have in the place of the standard ones."""

from __future__ import annotations

import queue as standard
from typing import Any

# Looked up once: a queue of a subclass compares them at each operation.
_PUT, _GET = standard.Queue._put, standard.Queue._get
_QSIZE, _INIT = standard.Queue._qsize, standard.Queue._init
HOOKS = frozenset({"_init", "_qsize", "_put", "_get"})


def has_hooks(kind: type[Any]) -> bool:
    """Whether a class has other hooks than the standard queue of the first in, first out."""
    return (
        kind._put is not _PUT
        or kind._get is not _GET
        or kind._qsize is not _QSIZE
        or kind._init is not _INIT
    )
