"""A scenario read from a TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcsim.scenario import Scenario


def load(path: Path) -> Scenario:
    """The scenario in the file."""
    raise NotImplementedError(path)
