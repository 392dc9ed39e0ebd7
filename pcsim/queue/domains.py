"""Make lock domains: one for each system, one for all queues that belong to no system."""

from __future__ import annotations

from pcsim.queue.core import has_global_lock
from pcsim.queue.fork import watch
from pcsim.queue.lock_domain import LockDomain

_free_standing: dict[str, LockDomain] = {}


def new_domain() -> LockDomain:
    """Make a domain that a forked child can use as well."""
    domain = LockDomain()
    watch(domain)
    return domain


def free_standing_domain() -> LockDomain:
    """The domain of a `pcsim.Queue`.

    They share one, made when the first of them is made, because `get_any` may wait at any of them
    together. Without a global lock each has its own, so that threads on several cores do not wait
    for each other; then a lock of each `get_any` decides which of its queues serves it.
    """
    if not has_global_lock:
        return new_domain()
    # Two threads may both make one; `setdefault` is one C call, so both get the same.
    return _free_standing.get("domain") or _free_standing.setdefault("domain", new_domain())
