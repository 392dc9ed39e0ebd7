"""What the exit statuses of the command mean, and which one a run that is over earns."""

from __future__ import annotations

from enum import IntEnum

from pcsim.snapshot import Phase, Snapshot


class Exit(IntEnum):
    """What the command's exit status means."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    STUCK = 3
    """A deadlock, or `--timeout` expired."""
    HANGUP = 129
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


def exit_status_of(snapshot: Snapshot) -> Exit:
    """The status that the run itself earns, whatever ended the waiting for it."""
    if snapshot.failure is not None:
        return Exit.STUCK if snapshot.failure.is_deadlock else Exit.FAILED
    return Exit.DONE if snapshot.phase is Phase.FINISHED else Exit.FAILED
