"""Keeps the last ten minutes of what the app shows; what that needs is loaded where it begins."""

from __future__ import annotations

from collections.abc import Callable

from pcsim.snapshot.control import Keeper


def keep(clock: Callable[[], float]) -> Keeper:
    """Return what keeps the last ten minutes of a run, or of a program that is watched.

    Args:
        clock: The time in seconds.

    Raises:
        RecordingError: This Python has no SQLite.
    """
    from pcsim.recording.keeping import Keeping

    return Keeping(clock)
