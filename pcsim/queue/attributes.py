"""What a `Queue` shows of its inside, and which classes have that as attributes of their own."""

from __future__ import annotations

from typing import Any

from pcsim.queue.hooks import has_hooks
from pcsim.queue.inside import NAMES
from pcsim.queue.sealed import SealedCore
from pcsim.queue.unsealing import inside_of


def sealed_core(queue: Any) -> SealedCore[Any] | None:
    """The core of a queue that is sealed, and whose class has no hooks yet."""
    core: SealedCore[Any] | None = queue._pcsim_core
    if core is None:
        core = queue._pcsim_watched
        if core is not None and has_hooks(type(queue)):
            inside_of(queue)
            return None
    return core


def look(queue: Any, name: str) -> Any:
    """An attribute of the inside; the queue is unsealed."""
    try:
        inside = queue._pcsim_inside
        if inside is None or (queue._pcsim_core or queue._pcsim_watched) is not None:
            inside = inside_of(queue)
        return getattr(inside, name)
    except AttributeError:
        kind = type(queue).__name__
        raise AttributeError(f"{kind!r} object has no attribute {name!r}") from None


def inside_property(name: str, doc: str) -> Any:
    """An attribute of the inside: to look at it, or to replace it, unseals the queue."""

    def look_at(queue: Any) -> Any:
        return look(queue, name)

    def replace(queue: Any, value: Any) -> None:
        setattr(inside_of(queue), name, value)

    return property(look_at, replace, doc=doc)


def settle_class(kind: type[Any], base: type[Any]) -> None:
    """Decide how queues of a new subclass of `Queue` work: under a lock from the beginning, if it
    has hooks or anything of its own by a name of the inside.

    Such a class has the inside as plain attributes, like the standard class.
    """
    own = [name for name in NAMES if getattr(kind, name) is not vars(base)[name]]
    if not (own or has_hooks(kind)):
        return
    kind._pcsim_is_locked = True
    for name in NAMES:
        if name not in own:
            setattr(kind, name, False if name == "is_shutdown" else None)
    # Hooks of its objects are not watched for either. Any `__setattr__` of a user's goes first.
    not_a_users = (None, vars(base)["__setattr__"], object.__setattr__)
    setters = (vars(one).get("__setattr__") for one in kind.__mro__)
    setter: Any = next((one for one in setters if one not in not_a_users), object.__setattr__)
    kind.__setattr__ = setter
