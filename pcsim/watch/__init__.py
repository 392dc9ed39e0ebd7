"""Programs that know nothing of pcsim: watched, recorded, and what would change them predicted.

A program lets itself be watched with `allow`, or is started by `pcsim exec`; `pcsim watch` shows
it.
"""

from __future__ import annotations

__all__ = ["allow"]


def allow() -> bool:
    """Let `pcsim watch` look at this program. Until somebody looks, it costs nothing.

    It opens a socket that only your user can reach, served by one thread that sleeps. While a
    viewer looks, each `queue.Queue` of the program is watched, of its subclasses too, those that
    exist and those that are made. When the last viewer leaves, all is as it was.

    It never raises and never prints, and a second call changes nothing.

    Returns:
        Whether viewers can come: False where no socket can be made, as on Windows.

    >>> from pcsim import watch
    >>> watch.allow()
    True
    """
    from pcsim.watch import agent

    return agent.start("allow")
