"""The command `pcsim`, called in the process of the test."""

from __future__ import annotations

import pytest

from pcsim.cli import main


def call(*arguments: str) -> int | str | None:
    """The exit status of the command."""
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    return leaving.value.code
