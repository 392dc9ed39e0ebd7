"""Keeps the last ten minutes of what the app shows, and compares them; what that needs is loaded
where it begins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pcsim.snapshot.control import Keeper

if TYPE_CHECKING:
    from pcsim.launch.comparing import Comparisons
    from pcsim.scenario import Scenario


def keep(clock: Callable[[], float]) -> Keeper:
    """Return what keeps the last ten minutes of a run, or of a program that is watched.

    Args:
        clock: The time in seconds.

    Raises:
        RecordingError: This Python has no SQLite.
    """
    from pcsim.recording.keeping import Keeping

    return Keeping(clock)


def comparisons(scenario: Scenario | None, path: Path | None = None) -> Comparisons:
    """Return what the past of a run can be compared with, or that of a program.

    Args:
        scenario: What is run; None for a program.
        path: The file that is replayed; None for what is kept.
    """
    from pcsim.launch.comparing import Comparisons

    return Comparisons(scenario, path)
